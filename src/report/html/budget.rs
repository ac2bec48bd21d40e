//! What keeps a page small: text is cut, and rows end where their bytes are spent.

use crate::report::review::table::TableCell;
use crate::report::visible::visible;

/// So many characters of a text are shown.
const CHARACTERS: usize = 200;

/// Bytes that are left.
#[derive(Debug)]
pub(super) struct Budget(usize);

impl Budget {
    pub(super) fn new(bytes: usize) -> Self {
        Self(bytes)
    }

    /// Whether so many more bytes fit; from then on they are spent.
    pub(super) fn takes(&mut self, bytes: usize) -> bool {
        let left = self.0.checked_sub(bytes);
        self.0 = left.unwrap_or(0);
        left.is_some()
    }
}

/// The text with hidden characters escaped, and an ellipsis where it is cut.
pub(super) fn clip(text: &str) -> String {
    match text.char_indices().nth(CHARACTERS) {
        Some((end, _)) => format!("{}…", visible(&text[..end])),
        None => visible(text).into_owned(),
    }
}

/// Bytes that a cell takes in the page, at most.
pub(super) fn cost(cell: &TableCell) -> usize {
    // The longest escape is `&#39;`, of one byte.
    let escaped = |text: &str| text.bytes().map(|byte| if b"<>&\"'".contains(&byte) { 5 } else { 1 }).sum::<usize>();
    let lines: usize = cell.lines.iter().map(|line| escaped(line) + 24).sum();
    lines + cell.href.as_deref().map_or(0, escaped) + 96
}
