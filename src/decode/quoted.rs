//! The text of JSON strings, whatever is in them.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, SeqAccess, Visitor};

/// The text of a JSON string. Half a surrogate pair, which JSON's grammar admits, becomes U+FFFD.
pub(super) fn unquote(quoted: &str) -> Result<Cow<'_, str>, serde_json::Error> {
    if let Some(plain) =
        quoted.get(1..quoted.len().saturating_sub(1)).filter(|plain| memchr::memchr(b'\\', plain.as_bytes()).is_none())
    {
        return Ok(Cow::Borrowed(plain));
    }
    let mut inner = serde_json::Deserializer::from_str(quoted);
    Deserializer::deserialize_bytes(&mut inner, LossyText).map(Cow::Owned)
}

struct LossyText;

impl<'de> Visitor<'de> for LossyText {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<String, E> {
        Ok(lossy(bytes))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<String, A::Error> {
        Err(serde::de::Error::custom("a list where text belongs"))
    }
}

/// Text, with U+FFFD for half a surrogate pair. `serde_json` gives one in the three bytes that UTF-8 would have for it,
/// as many as U+FFFD has.
pub(super) fn lossy(bytes: &[u8]) -> String {
    if memchr::memchr(0xed, bytes).is_none()
        && let Ok(text) = simdutf8::basic::from_utf8(bytes)
    {
        return text.to_owned();
    }
    let mut bytes = bytes.to_vec();
    for at in 0..bytes.len() {
        if let [0xed, 0xa0..=0xbf, _] = bytes[at..(at + 3).min(bytes.len())] {
            bytes[at..at + 3].copy_from_slice("\u{fffd}".as_bytes());
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
