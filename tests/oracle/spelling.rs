//! The same text in its many spellings: JSON strings, base64, escapes in escapes.

use base64::Engine as _;
use regex::bytes::Regex;

use crate::looker::MOST_CARRIERS;
use crate::reader::{NAME, holds, parse};

pub(crate) fn regex(text: &str) -> Regex {
    Regex::new(text).unwrap()
}

/// The text of a JSON string, half a surrogate pair as U+FFFD.
pub(crate) fn unquote(quoted: &[u8]) -> Option<String> {
    if !quoted.starts_with(b"\"") {
        return None;
    }
    let raw = std::str::from_utf8(quoted).ok()?;
    if !raw.contains('\\') {
        return Some(raw[1..raw.len() - 1].to_owned());
    }
    Some(parse(raw.as_bytes())?.as_str()?.to_owned())
}

pub(crate) fn unbase64(text: &str) -> Option<Vec<u8>> {
    let text: String = text.chars().filter(|it| !" \t\n\r".contains(*it)).collect();
    base64::engine::general_purpose::STANDARD_NO_PAD
        .decode(text.trim_end_matches('='))
        .ok()
        .filter(|_| text.len() - text.trim_end_matches('=').len() < 3)
}

/// The text with its escapes resolved, as often as texts may lie in texts.
pub(crate) fn spellings(text: &[u8]) -> Vec<Vec<u8>> {
    let escape = regex(r#"(?s-u)\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt])|)"#);
    let mut all = vec![text.to_vec()];
    for _ in 0..=MOST_CARRIERS {
        let resolved = escape.replace_all(all.last().unwrap(), |found: &regex::bytes::Captures| {
            let plain = |byte: u8| vec![byte];
            if let Some(code) = found.get(1) {
                let code = u32::from_str_radix(std::str::from_utf8(code.as_bytes()).unwrap(), 16).unwrap();
                return plain(if code < 128 { u8::try_from(code).unwrap() } else { b' ' });
            }
            match found.get(2).map(|it| it.as_bytes()[0]) {
                Some(b'n') => plain(b'\n'),
                Some(b'r') => plain(b'\r'),
                Some(b'b' | b'f' | b't') => plain(b' '),
                Some(byte) => plain(byte),
                None => plain(b'\\'),
            }
        });
        let resolved = resolved.into_owned();
        all.push(resolved);
    }
    all
}

/// Whether the name may be there in any spelling, however often escapes are resolved.
pub(crate) fn may_name(text: &[u8]) -> bool {
    holds(text, NAME) || regex(r"(?s-u)\\u00(?:[4-7]|3[0-9]|.?$)").is_match(text)
}

pub(crate) fn may_hold_events(text: &[u8]) -> bool {
    let base64 = regex(r"(?-u)(?:[A-Za-z0-9+/]{60,}[\r\n]+)*[A-Za-z0-9+/]+");
    spellings(text).iter().any(|text| {
        holds(text, NAME)
            || base64.find_iter(text).any(|run| {
                let run: Vec<u8> = run.as_bytes().iter().copied().filter(|it| !b"\r\n".contains(it)).collect();
                run.len() > 64 && !run.iter().all(u8::is_ascii_hexdigit)
            })
    })
}
