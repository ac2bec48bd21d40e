//! Makes hostile text harmless for a terminal (DESIGN §6): what would move the cursor, turn the direction of
//! reading or hide is written as the escape that JSON has for it, so that JSON shown on a terminal still says
//! the same.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::str;

/// Whether a character does something, or nothing, where a reader expects to see one: control and format
/// characters, separators of lines, and whatever Unicode wants ignored in display.
#[must_use]
pub fn is_hidden(character: char) -> bool {
    matches!(character,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}'
        | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{110bd}'
        | '\u{110cd}' | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// The text on one line, with every hidden character escaped.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_hidden) {
        let mut shown = String::with_capacity(text.len() + 16);
        push_visible(&mut shown, text, |_| false);
        Cow::Owned(shown)
    } else {
        Cow::Borrowed(text)
    }
}

fn push_visible(shown: &mut String, text: &str, keeps: impl Fn(char) -> bool) {
    for character in text.chars() {
        if !is_hidden(character) || keeps(character) {
            shown.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            // Writing to a String cannot fail.
            let _ = write!(shown, "\\u{unit:04x}");
        }
    }
}

/// Escapes hidden characters on their way to a terminal, save for the ends of lines. Not for tables: their own
/// bold type would go, and they escape each cell.
#[derive(Debug)]
pub struct VisibleWriter<W> {
    inner: W,
    /// The start of a character whose rest is still to come.
    pending: Vec<u8>,
}

impl<W: Write> VisibleWriter<W> {
    /// Writes to `inner`.
    pub fn new(inner: W) -> Self {
        Self { inner, pending: Vec::new() }
    }

    fn push(&mut self, bytes: &[u8], at_end: bool) -> io::Result<()> {
        let joined = if self.pending.is_empty() {
            Cow::Borrowed(bytes)
        } else {
            Cow::Owned([&std::mem::take(&mut self.pending), bytes].concat())
        };
        let mut shown = String::with_capacity(joined.len());
        for chunk in joined.utf8_chunks() {
            push_visible(&mut shown, chunk.valid(), |character| character == '\n');
            let rest = chunk.invalid();
            let is_last = std::ptr::eq(rest.as_ptr_range().end, joined.as_ptr_range().end);
            if is_last && !at_end && str::from_utf8(rest).is_err_and(|error| error.error_len().is_none()) {
                self.pending = rest.to_vec();
            } else if !rest.is_empty() {
                shown.push(char::REPLACEMENT_CHARACTER);
            }
        }
        self.inner.write_all(shown.as_bytes())
    }
}

impl<W: Write> Write for VisibleWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.push(bytes, false)?;
        Ok(bytes.len())
    }

    /// Text is complete when it is flushed; half a character is none.
    fn flush(&mut self) -> io::Result<()> {
        self.push(b"", true)?;
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hidden_characters_are_escaped_and_all_others_stay() {
        let check = |text: &str, expected: &str| assert_eq!(visible(text), expected, "{text:?}");
        check("", "");
        check("plain, Größe, 日本語, 🚀 \\ \"", "plain, Größe, 日本語, 🚀 \\ \"");
        check("\x1b[31mred\x07\r\n\t", r"\u001b[31mred\u0007\u000d\u000a\u0009");
        check("a\u{7f}b\u{9b}c", r"a\u007fb\u009bc");
        check("\u{202e}evil\u{2066}\u{200f}\u{61c}", r"\u202eevil\u2066\u200f\u061c");
        check("z\u{200b}w\u{feff}\u{ad}\u{2060}", r"z\u200bw\ufeff\u00ad\u2060");
        check("\u{2028}\u{2029}", r"\u2028\u2029");
        check("\u{e0001}\u{e007f}", r"\udb40\udc01\udb40\udc7f");
        check("web\u{fe0f}", r"web\ufe0f");
    }

    fn written(parts: &[&[u8]]) -> String {
        let mut out = Vec::new();
        let mut writer = VisibleWriter::new(&mut out);
        for part in parts {
            writer.write_all(part).unwrap();
        }
        writer.flush().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn writer_keeps_lines_and_survives_split_characters() {
        assert_eq!(written(&[b"a\nb\x1b\r\n"]), "a\nb\\u001b\\u000d\n");
        assert_eq!(written(&[b"\xf3\xa0", b"\x80", b"\x81x"]), r"\udb40\udc01x");
        assert_eq!(written(&[b"\xc3", b"\xa9"]), "é");
        assert_eq!(written(&[b"\xc3"]), "\u{fffd}");
        assert_eq!(written(&[b"\xc3", b"("]), "\u{fffd}(");
        assert_eq!(written(&[b"\xff\xfe\xe2\x80"]), "\u{fffd}\u{fffd}\u{fffd}");
    }

    proptest! {
        #[test]
        fn nothing_hidden_is_left(text in any::<String>()) {
            let shown = visible(&text).into_owned();
            prop_assert!(!shown.chars().any(is_hidden));
            prop_assert_eq!(visible(&shown), &*shown);
        }

        #[test]
        fn json_says_the_same(text in any::<String>()) {
            let json = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(serde_json::from_str::<String>(&visible(&json)).unwrap(), text);
        }

        #[test]
        fn writer_does_not_care_where_writes_end(text in any::<String>(), size in 1_usize..5) {
            let parts: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
            prop_assert_eq!(written(&parts), text.split('\n').map(visible).collect::<Vec<_>>().join("\n"));
        }
    }
}
