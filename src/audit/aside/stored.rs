//! Events that go on to those of their run as the bytes that they were put aside as. Only what tells their part and their copies is
//! looked at.

use std::sync::Arc;

use super::bytes::Rest;
use super::event_bytes::{EventId, skip_outcome, take_id, take_session, take_subject};
use super::file::AsideError;
use super::keys::{EventKey, half, key_of_id};
use super::text_numbers::TextNumbers;
use crate::domain::subject::Subject;

/// An event as [`put_event_of_file`](super::event_bytes::put_event_of_file) added it.
#[derive(Debug)]
pub struct StoredEvent {
    pub(super) bytes: Box<[u8]>,
    issuer: Option<Arc<str>>,
    /// The part of its run.
    pub(super) part: usize,
    pub(super) key: EventKey,
    /// The key of the event that it corrects.
    pub(super) original: Option<EventKey>,
}

impl StoredEvent {
    /// The next one. `part_of` tells the part of a run by its issuer, the subject and its id.
    ///
    /// # Errors
    ///
    /// It is something else.
    pub fn take(
        rest: &mut Rest<'_>,
        texts: &mut TextNumbers,
        part_of: impl FnOnce(Option<&str>, &Subject, Option<&str>) -> usize,
    ) -> Result<Self, AsideError> {
        let start = rest.0;
        rest.signed()?;
        let id = match take_id(rest)? {
            EventId::None => None,
            EventId::Uuid(uuid) => Some(uuid),
            EventId::Other(text) => Some(key_of_id(text)),
        };
        let subject = take_subject(rest, texts)?;
        (0..3).try_for_each(|_| TextNumbers::skip(rest))?;
        let issuer = texts.take(rest)?;
        (0..4).try_for_each(|_| TextNumbers::skip(rest))?;
        let (_, run_id) = take_session(rest)?;
        rest.number()?;
        if rest.byte()? != 0 {
            rest.signed()?;
        }
        skip_outcome(rest)?;
        let content = rest.array()?;
        let mut original = None;
        if rest.byte()? != 0 {
            original = Some(key_of_id(rest.text()?));
            rest.text()?;
        }
        let part = part_of(issuer.as_deref(), &subject, run_id.as_deref());
        let bytes = start.get(..start.len() - rest.0.len()).unwrap_or_default().into();
        Ok(Self { bytes, issuer, part, key: id.unwrap_or_else(|| half(content)), original })
    }

    /// The host that issued the token.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }
}
