//! What is inside a carrier.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

#[cfg(target_arch = "x86_64")]
use super::base64_blocks::undo_blocks;
use super::one_object::QuotedText;
use crate::decode::structure::StructureScan;

/// How gzip begins as base64.
pub(super) const GZIP_AS_BASE64: &[u8] = b"H4sI";

/// What is inside a carrier, as it is written there.
#[derive(Debug, Clone, Copy)]
pub enum CarriedContent<'a> {
    /// An object, and what a leap over it saw.
    Object(&'a [u8], &'a StructureScan),
    /// A JSON string of text, in which many events may be.
    Text(QuotedText<'a>),
    /// A JSON string of the text of one event, or of something else.
    Message(QuotedText<'a>),
    /// A JSON string of the text of an event, of which there must be one.
    Event(QuotedText<'a>),
    /// A JSON string of base64.
    Base64(QuotedText<'a>),
    /// A record with the names of a table, all in lower case.
    LowerCase(&'a [u8]),
    /// Where an event belongs, there is none.
    NoEvent,
    /// The name of an object in S3.
    ObjectName,
    /// A message about the way that events come.
    Test,
}

impl<'a> CarriedContent<'a> {
    /// The part of the object that it is, as it is written there.
    pub(super) fn json(&self) -> Option<&'a [u8]> {
        match self {
            Self::Object(json, _) | Self::LowerCase(json) => Some(json),
            Self::Text(text) | Self::Message(text) | Self::Event(text) | Self::Base64(text) => Some(text.json()),
            Self::NoEvent | Self::ObjectName | Self::Test => None,
        }
    }
}

/// Whether a text is sent only to see that the way is open.
pub(super) fn is_test(text: &[u8]) -> bool {
    const TESTS: [&[u8]; 3] =
        [b"aws-logs-write-test", b"Permission Check Successful", b"CloudTrail validation message."];
    let text = text.trim_ascii();
    text.starts_with(b"CWL CONTROL MESSAGE:") || TESTS.contains(&text)
}

/// Undoes base64 in a JSON string into a reused buffer, if that is all there is in it. Nothing is unquoted for it: its characters
/// have no escapes.
pub(super) fn plain_base64(quoted: &[u8], bytes: &mut Vec<u8>) -> bool {
    bytes.clear();
    let inner = quoted.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
    let Some(base64) = inner else { return false };
    #[cfg(target_arch = "x86_64")]
    let base64 = undo_blocks(base64, bytes);
    base64_simd::STANDARD.decode_append(base64, bytes).is_ok()
}

/// Undoes base64, in one line or in many.
pub(super) fn unbase64(text: &[u8]) -> Option<Vec<u8>> {
    const CONFIG: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    const ENGINE: GeneralPurpose = GeneralPurpose::new(&STANDARD, CONFIG);
    // Most are in one line, with their padding.
    if let Ok(bytes) = base64_simd::STANDARD.decode_to_vec(text) {
        return Some(bytes);
    }
    let white = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    if memchr::memchr3(b' ', b'\n', b'\r', text).is_some() || memchr::memchr(b'\t', text).is_some() {
        let joined: Vec<u8> = text.iter().filter(|byte| !white(byte)).copied().collect();
        return ENGINE.decode(joined).ok();
    }
    ENGINE.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use crate::decode::{DecodeLimits, Decoder};
    use crate::domain::issuer::Issuers;

    #[test]
    fn what_only_tests_the_way_counts_as_nothing() {
        let check = |text: &str, expected: [u64; 3]| {
            let found = Decoder::new(Issuers::default(), DecodeLimits::default()).bytes(&"x".into(), text.as_bytes());
            let records = found.records;
            assert_eq!([records.malformed, records.other, records.kept], expected, "{text} {:?}", found.ended);
        };
        let event = r#"{"eventVersion":"1.11","userIdentity":{},"eventName":"AssumeRole"}"#;
        let beside = |message: &str| format!("{{\"Messages\":[{{\"Body\":{message:?}}},{{\"Body\":{event:?}}}]}}");
        check(&beside("CWL CONTROL MESSAGE: checking health of destination"), [0, 1, 0]);
        let subscription = |message: &str| format!("{{\"Type\":\"SubscriptionConfirmation\",\"Message\":{message:?}}}");
        check(&beside(&subscription("You have chosen to subscribe")), [0, 1, 0]);
        // A payload that was cut off.
        check(&format!("H4sIAAAAA\n{event}\n"), [1, 1, 0]);
    }
}
