//! Breaks texts into lines, between names and never inside of one if there is another way.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Where a text may break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Breaks {
    /// Between words.
    Words,
    /// Behind `/`, `:` and what else stands between names.
    Parts,
    /// Nowhere, it is one name; but a name that is longer than any that is wanted breaks behind `-`, `_`, `.` and the like.
    Nowhere,
    /// Nowhere at all: a number or a time.
    Never,
}

impl Breaks {
    fn is_after(self, character: char) -> bool {
        match self {
            Self::Words => character == ' ',
            Self::Parts => matches!(character, '/' | ':' | ';' | ' ' | ',' | '='),
            Self::Nowhere => matches!(character, '/' | ':' | ';' | ' ' | ',' | '=' | '-' | '_' | '.'),
            Self::Never => false,
        }
    }
}

/// The lines of a text, none wider than `width`; at least one.
pub(super) fn wrap(text: &str, width: usize, breaks: Breaks) -> Vec<String> {
    if text.width() <= width {
        return vec![text.to_owned()];
    }
    let mut lines = vec![String::new()];
    let mut room = width;
    for piece in text.split_inclusive(|character| breaks.is_after(character)) {
        let (needed, whole) = (piece.trim_end_matches(' ').width(), piece.width());
        if needed > room && room < width {
            lines.push(String::new());
            room = width;
        }
        if needed <= room {
            push(&mut lines, piece);
            room = room.saturating_sub(whole);
            continue;
        }
        for character in piece.chars() {
            let taken = character.width().unwrap_or(0);
            if taken > room && room < width {
                lines.push(String::new());
                room = width;
            }
            push(&mut lines, character.encode_utf8(&mut [0; 4]));
            room = room.saturating_sub(taken);
        }
    }
    for line in &mut lines {
        line.truncate(line.trim_end_matches(' ').len());
    }
    lines
}

fn push(lines: &mut [String], text: &str) {
    if let Some(line) = lines.last_mut() {
        line.push_str(text);
    }
}

/// The width of the longest part of a text that should stay on one line.
pub(super) fn longest_piece(text: &str, breaks: Breaks) -> usize {
    match breaks {
        Breaks::Nowhere | Breaks::Never => text.width(),
        Breaks::Words | Breaks::Parts => {
            let pieces = text.split_inclusive(|character| breaks.is_after(character));
            pieces.map(|piece| piece.trim_end_matches(' ').width()).max().unwrap_or(0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_break_between_names() {
        let check = |text: &str, width, breaks, expected: &[&str]| {
            assert_eq!(wrap(text, width, breaks), expected, "{text:?} {width}");
        };
        check("", 5, Breaks::Words, &[""]);
        check("one two three", 13, Breaks::Words, &["one two three"]);
        check("one two three", 8, Breaks::Words, &["one two", "three"]);
        check("one two three", 7, Breaks::Words, &["one two", "three"]);
        check("one two three", 4, Breaks::Words, &["one", "two", "thre", "e"]);
        let arn = "arn:aws:iam::111122223333:role/tfc/deploy";
        check(arn, 31, Breaks::Parts, &["arn:aws:iam::111122223333:role/", "tfc/deploy"]);
        check("prod-network", 12, Breaks::Nowhere, &["prod-network"]);
        check("prod-network", 8, Breaks::Nowhere, &["prod-", "network"]);
        check("2026-11-02T10:00:00Z", 8, Breaks::Never, &["2026-11-", "02T10:00", ":00Z"]);
        check("日本語", 4, Breaks::Nowhere, &["日本", "語"]);
        check("日本", 1, Breaks::Nowhere, &["日", "本"]);
        assert_eq!(longest_piece(arn, Breaks::Parts), 13);
        assert_eq!(longest_piece("prod-network", Breaks::Nowhere), 12);
    }
}
