//! The text of one call, parsed: as a whole, or behind an identity that is known.

use std::borrow::Cow;

use super::assumption::{compact, not_json};
use super::known_identities::RecordFront;
use super::session_wire::SessionRecord;
use crate::decode::defect::MalformedReason;
use crate::decode::fields::{ObjectOrText, ReadMode};
use crate::decode::plain_json::PlainJson;

/// A record whose fields were read.
pub(super) struct ParsedCall<'a> {
    pub(super) event: SessionRecord<'a>,
    /// It has no white space outside of strings.
    is_compact: bool,
}

impl<'a> ParsedCall<'a> {
    /// The whole record.
    pub(super) fn of(record: &'a [u8]) -> Result<Self, MalformedReason> {
        let text = simdutf8::basic::from_utf8(record).map_err(|_| MalformedReason::NotUtf8)?;
        if let Some(event) = PlainJson::read(text) {
            return Ok(Self { event, is_compact: true });
        }
        let event: Result<SessionRecord, _> =
            ReadMode::Quick.read_any(text).or_else(|_| ReadMode::Careful.read_any(text));
        let event = event.map_err(|error: serde_json::Error| not_json(&error))?;
        Ok(Self { event, is_compact: false })
    }

    /// The record without its identity, which is known; none where only the whole record tells what it says.
    pub(super) fn behind(record: &'a [u8], front: RecordFront) -> Option<Self> {
        let (_, rest) = front.split(record)?;
        let event = PlainJson::read_behind(simdutf8::basic::from_utf8(rest).ok()?)?;
        Some(Self { event, is_compact: true })
    }

    /// Reads the identity that was left out.
    pub(super) fn read_identity(&mut self, record: &'a [u8], front: RecordFront) -> Option<()> {
        let (identity, _) = front.split(record)?;
        let identity = PlainJson::read(std::str::from_utf8(identity).ok()?)?;
        self.event.identity = ObjectOrText::Object(identity);
        Some(())
    }

    /// The text of the record without white space outside of strings.
    pub(super) fn compact<'r>(&self, record: &'r [u8]) -> Cow<'r, [u8]> {
        if self.is_compact { Cow::Borrowed(record) } else { compact(record) }
    }
}
