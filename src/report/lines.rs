//! Lines of a page: no longer than a width, and without anything that a terminal would obey.

use std::borrow::Cow;

use crate::report::visible::visible;

/// Longer texts end in `…`, in characters; the data formats have them in full.
const LONGEST: usize = 512;

/// A page has no more entries of a kind; it says how many more there are.
pub(super) const MOST: usize = 40;

/// A page that is being written.
pub(super) struct Lines {
    text: String,
    width: usize,
}

impl Lines {
    /// An empty page of so many characters a line.
    pub(super) fn new(width: usize) -> Self {
        Self { text: String::new(), width: width.max(40) }
    }

    /// The page.
    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// A line with nothing on it, but never in front of everything.
    pub(super) fn blank(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
    }

    /// A rule over the whole width.
    pub(super) fn rule(&mut self) {
        self.text.extend(std::iter::repeat_n('─', self.width));
        self.text.push('\n');
    }

    /// A text behind `before`; what does not fit goes on below, as far in as `before` is long.
    pub(super) fn put(&mut self, before: &str, text: &str) {
        let shown = visible(text);
        let shown = cut(&shown);
        let indent = before.chars().count();
        let room = self.width.saturating_sub(indent).max(20);
        for (at, line) in wrapped(&shown, room).iter().enumerate() {
            if at == 0 {
                self.text.push_str(before);
            } else {
                self.text.extend(std::iter::repeat_n(' ', indent));
            }
            self.text.push_str(line);
            let end = self.text.trim_end_matches(' ').len();
            self.text.truncate(end);
            self.text.push('\n');
        }
    }

    /// The same behind a word of ours, which may have a colour: the number of it in ANSI.
    pub(super) fn put_marked(&mut self, word: &str, color: Option<u8>, text: &str) {
        let start = self.text.len();
        self.put(&format!("{word}  "), text);
        if let Some(color) = color {
            self.text.replace_range(start..start + word.len(), &format!("\u{1b}[1;{color}m{word}\u{1b}[0m"));
        }
    }

    /// A text on one line, however long it is: somebody wants to click on it, or to copy it.
    pub(super) fn put_whole(&mut self, text: &str) {
        self.text.push_str(&visible(text));
        self.text.push('\n');
    }

    /// Entries, as many as a page has, and how many more there are.
    pub(super) fn each<T>(
        &mut self,
        indent: &str,
        items: impl ExactSizeIterator<Item = T>,
        mut put: impl FnMut(&mut Self, T),
    ) {
        let more = items.len().saturating_sub(MOST);
        items.take(MOST).for_each(|item| put(self, item));
        if more > 0 {
            self.put(indent, &format!("and {more} more; -o csv has all"));
        }
    }

    /// Rows of cells that stand below each other.
    pub(super) fn columns(&mut self, indent: &str, rows: &[Vec<String>]) {
        let count = rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |at: usize| rows.iter().filter_map(|row| Some(row.get(at)?.chars().count())).max().unwrap_or(0);
        let widths: Vec<usize> = (0..count).map(|at| width(at).min(40)).collect();
        for row in rows {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            self.put(indent, cells.collect::<Vec<_>>().join("  ").trim_end());
        }
    }
}

fn cut(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// The text in lines of at most so many characters. A line ends at a space if there is one, else anywhere; spaces within a
/// line stay.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    if text.chars().count() <= width {
        return vec![text.to_owned()];
    }
    let (mut lines, mut line, mut length, mut gap) = (Vec::new(), String::new(), 0, 0);
    for word in text.split(' ') {
        if word.is_empty() {
            gap += 1;
            continue;
        }
        let count = word.chars().count();
        if length > 0 && length + gap + count > width {
            lines.push(std::mem::take(&mut line));
            length = 0;
        }
        if length > 0 {
            line.extend(std::iter::repeat_n(' ', gap));
            length += gap;
        }
        for character in word.chars() {
            if length == width {
                lines.push(std::mem::take(&mut line));
                length = 0;
            }
            line.push(character);
            length += 1;
        }
        gap = 1;
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_too_long_and_none_is_obeyed() {
        assert_eq!(wrapped("a bb  ccc", 9), ["a bb  ccc"]);
        assert_eq!(wrapped("a bb  ccc", 5), ["a bb", "ccc"]);
        assert_eq!(wrapped("a  bb ccc", 6), ["a  bb", "ccc"]);
        assert_eq!(wrapped("aaaaaaa b", 3), ["aaa", "aaa", "a b"]);
        let mut lines = Lines::new(40);
        lines.blank();
        lines.put("  ", &format!("\u{1b}[31m\n{}", "wörter ".repeat(200)));
        let text = lines.into_text();
        assert!(text.starts_with("  \\u001b[31m\\u000awörter wörter"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 40) && text.ends_with("…\n"), "{text}");
    }
}
