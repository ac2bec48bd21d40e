//! Whether text that is written as a JSON string or a cell of CSV is one whole object, told by its brackets as they stand there.

use memchr::{memchr, memmem};

/// Whether a JSON string, with its quotes, holds one object and no more, as far as can be seen without resolving its escapes.
/// Where a quote or a bracket may be spelled as a number, nobody can see it.
pub(super) fn quoted_is_one_object(quoted: &[u8]) -> bool {
    let text = quoted.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\""));
    let text = text.filter(|text| memmem::find(text, b"\\u00").is_none());
    text.is_some_and(|text| is_one(text, behind_string_in_json, is_white_in_json))
}

/// The same of the text of a cell of CSV, in which two quotes stand for one.
pub(super) fn cell_is_one_object(cell: &[u8]) -> bool {
    is_one(cell, behind_string_in_cell, |rest| rest.trim_ascii().is_empty())
}

/// What follows the string inside of a text whose first quote is at a position; nothing where it is cut off.
type BehindString = fn(&[u8], usize) -> Option<&[u8]>;

#[inline(always)]
fn is_one(text: &[u8], behind_string: BehindString, is_white: fn(&[u8]) -> bool) -> bool {
    let mut depth = 0_u64;
    let mut rest = text;
    loop {
        let end = memchr(b'"', rest).unwrap_or(rest.len());
        for (at, byte) in rest[..end].iter().enumerate() {
            match byte {
                b'{' => depth += 1,
                b'}' if depth == 1 => return is_white(&rest[at + 1..]),
                b'}' if depth == 0 => return false,
                b'}' => depth -= 1,
                _ => {}
            }
        }
        match behind_string(rest, end) {
            Some(behind) if depth > 0 => rest = behind,
            _ => return false,
        }
    }
}

fn behind_string_in_json(text: &[u8], quote: usize) -> Option<&[u8]> {
    // Each quote of the text has one backslash in the string that holds it.
    let mut rest = (slashes(text, quote) == 1).then(|| text.get(quote + 1..)).flatten()?;
    loop {
        let quote = memchr(b'"', rest)?;
        let behind = rest.get(quote + 1..)?;
        match slashes(rest, quote) % 4 {
            1 => return Some(behind),
            // It is escaped in the text, too.
            3 => rest = behind,
            _ => return None,
        }
    }
}

fn behind_string_in_cell(text: &[u8], quote: usize) -> Option<&[u8]> {
    let behind = |text: &'_ [u8], quote: usize| (text.get(quote + 1) == Some(&b'"')).then_some(quote + 2);
    let mut rest = text.get(behind(text, quote)?..)?;
    loop {
        let quote = memchr(b'"', rest)?;
        let is_end = slashes(rest, quote).is_multiple_of(2);
        rest = rest.get(behind(rest, quote)?..)?;
        if is_end {
            return Some(rest);
        }
    }
}

/// How many backslashes stand in front of a position.
fn slashes(text: &[u8], at: usize) -> usize {
    text[..at].iter().rev().take_while(|byte| **byte == b'\\').count()
}

fn is_white_in_json(mut text: &[u8]) -> bool {
    loop {
        text = match text {
            [] => return true,
            [b'\\', b'n' | b'r' | b't', rest @ ..] | [b' ', rest @ ..] => rest,
            _ => return false,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: bool) {
        let quoted = serde_json::to_string(text).unwrap();
        assert_eq!(quoted_is_one_object(quoted.as_bytes()), expected, "{text}");
        let cell = text.replace('"', "\"\"");
        assert_eq!(cell_is_one_object(cell.as_bytes()), expected, "{cell}");
    }

    #[test]
    fn one_whole_object_is_told_by_its_brackets() {
        for text in [
            "{}",
            "{\"a\":1} \r\n\t",
            r#"{"a":{"b":"}{"},"c":[{}]}"#,
            r#"{"a":"\"}\\","b":"\\\"{"}"#,
            r#"{"a":"{\"b\":\"\\\"}\"}"}"#,
        ] {
            check(text, true);
            let whole = text.trim_end().len();
            (0..text.len()).for_each(|end| check(&text[..end], end >= whole));
            check(&format!("{text}{text}"), false);
            check(&format!("{text}x"), false);
        }
        // Numbers may spell anything.
        assert!(!quoted_is_one_object(br#""{\u0022a\u0022:1}""#));
        assert!(!quoted_is_one_object(br#""{\"a\":\"\u0001\"}""#));
        assert!(!quoted_is_one_object(br#""{}"#) && !quoted_is_one_object(b"") && !cell_is_one_object(b"{\"a\":1}"));
    }
}
