//! What is no event and no carrier: whether events may be in it all the same (DESIGN §8).

use std::borrow::Cow;

use memchr::memmem;

use super::keys::MAX_CARRIERS;
use crate::decode::record::prefilter::Prefilter;

/// Base64 of up to this many characters holds no event.
const SHORT_BASE64: usize = 64;

/// Lines of wrapped base64 are at least this long.
const BASE64_LINE: usize = 60;

/// Whether a text, with escapes resolved as often as texts may lie in texts, names the event or holds base64.
pub(in crate::decode) fn may_hold_events(text: &[u8], prefilter: &Prefilter) -> bool {
    each_spelling(text, |text| prefilter.names(text) || holds_base64(text))
}

/// Whether a text, with escapes resolved, names the event.
pub(in crate::decode) fn names_event(text: &[u8], prefilter: &Prefilter) -> bool {
    if !prefilter.may_hide(text) {
        return prefilter.names(text);
    }
    each_spelling(text, |text| prefilter.names(text))
}

/// Whether a cell beside that of an event, with escapes resolved, holds an event of this name: a word or a search for the name is
/// none.
pub(in crate::decode) fn holds_event(text: &[u8], prefilter: &Prefilter) -> bool {
    let has_version =
        |text: &[u8]| [&b"eventVersion"[..], b"eventversion"].iter().any(|key| memmem::find(text, key).is_some());
    // Most cells have neither.
    prefilter.may_name(text) && each_spelling(text, |text| prefilter.names(text) && has_version(text))
}

/// Whether a text, with escapes resolved, has the names that every call has which was made with credentials.
pub(in crate::decode) fn may_hold_calls(text: &[u8]) -> bool {
    let has = |text: &[u8], names: [&str; 2]| names.iter().any(|name| memmem::find(text, name.as_bytes()).is_some());
    each_spelling(text, |text| {
        has(text, ["eventName", "eventname"])
            && (has(text, ["sessionContext", "sessioncontext"]) || has(text, ["accessKeyId", "accesskeyid"]))
    })
}

fn each_spelling(text: &[u8], holds: impl Fn(&[u8]) -> bool) -> bool {
    let mut text = Cow::Borrowed(text);
    for _ in 0..=MAX_CARRIERS {
        if holds(&text) {
            return true;
        }
        if memchr::memchr(b'\\', &text).is_none() {
            return false;
        }
        text = Cow::Owned(resolve(&text));
    }
    holds(&text)
}

/// A text with escapes resolved as often as texts may lie in texts.
pub(super) fn spelled_out(text: &[u8]) -> Cow<'_, [u8]> {
    let mut text = Cow::Borrowed(text);
    for _ in 0..=MAX_CARRIERS {
        if memchr::memchr(b'\\', &text).is_none() {
            break;
        }
        text = Cow::Owned(resolve(&text));
    }
    text
}

/// Resolves the escapes of JSON wherever they stand. Characters beyond ASCII become spaces, and what is no escape stays.
fn resolve(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(step) = memchr::memchr(b'\\', &text[at..]) {
        out.extend_from_slice(&text[at..at + step]);
        at += step;
        let (byte, length) = match text.get(at + 1) {
            Some(b'u') => match text.get(at + 2..at + 6).and_then(hexadecimal) {
                Some(code) => (u8::try_from(code).ok().filter(u8::is_ascii).unwrap_or(b' '), 6),
                None => (b'\\', 1),
            },
            Some(b'n') => (b'\n', 2),
            Some(b'r') => (b'\r', 2),
            Some(b't' | b'b' | b'f') => (b' ', 2),
            Some(plain @ (b'"' | b'\\' | b'/')) => (*plain, 2),
            _ => (b'\\', 1),
        };
        out.push(byte);
        at += length;
    }
    out.extend_from_slice(&text[at..]);
    out
}

fn hexadecimal(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |code, digit| Some(code * 16 + char::from(*digit).to_digit(16)?))
}

/// Whether there is base64 of more than [`SHORT_BASE64`] characters, in one line or wrapped. Digits of a hash, which are
/// hexadecimal, are none.
fn holds_base64(text: &[u8]) -> bool {
    let (mut length, mut line, mut hexadecimal) = (0, 0, true);
    for byte in text {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => {
                length += 1;
                line += 1;
                hexadecimal &= byte.is_ascii_hexdigit();
            }
            b'\r' | b'\n' if line >= BASE64_LINE || (line == 0 && length > 0) => line = 0,
            _ => (length, line, hexadecimal) = (0, 0, true),
        }
        if length > SHORT_BASE64 && !hexadecimal {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_every_spelling() {
        let check = |text: &str, expected: bool| {
            assert_eq!(may_hold_events(text.as_bytes(), &Prefilter::new()), expected, "{text}");
        };
        check("AssumeRoleWithWebIdentity", true);
        check("AssumeRole", false);
        check("Assume\\u0052oleWithWebIdentity", true);
        check("Assume\\\\u0052oleWithWebIdentity", true);
        check("Assume\\\\\\\\u0052oleWithWebIdentity", true);
        check("Assume\\u005cu0052oleWithWebIdentity", true);
        check("Assume\\\\u\\u003005\\u0032oleWithWebIdentity", true);
        check("Assume\\u0153oleWithWebIdentity", false);
        check("Assume\\u00", false);
        check("\\", false);
    }

    #[test]
    fn calls_are_found_in_every_spelling() {
        let check = |text: &str, expected: bool| assert_eq!(may_hold_calls(text.as_bytes()), expected, "{text}");
        let call = r#"{"eventName":"x","userIdentity":{"sessionContext":{}}}"#;
        check(call, true);
        check(&format!("{{\"payload\":{call:?}}}"), true);
        check(&call.to_lowercase(), true);
        check(&call.replace("sessionContext", "accessKeyId"), true);
        check(&call.replace("eventName", "event\\u004eame"), true);
        check(&call.replace("sessionContext", "x"), false);
        check(&call.replace("eventName", "name"), false);
    }

    #[test]
    fn base64_is_found_in_one_line_or_many() {
        let check = |text: &str, expected: bool| assert_eq!(holds_base64(text.as_bytes()), expected, "{text}");
        let long = |count: usize| "eyJldmVu".repeat(count);
        check(&long(8), false);
        check(&format!("{}d", long(8)), true);
        check(&format!("x: {}d==", long(8)), true);
        check(&format!("{}\n{}", long(8), "dA=="), true);
        check(&format!("{}\r\n{}\r\n", long(8), long(8)), true);
        check(&"word\n".repeat(40), false);
        check(&"0123456789abcdef".repeat(8), false);
        check("/var/log/a/b/c.d/e-f/g", false);
        check("", false);
    }
}
