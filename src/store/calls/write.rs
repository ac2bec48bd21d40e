//! Puts the calls of a log file into a store, in the transaction of its events.

use rusqlite::params;
use sha2::{Digest as _, Sha256};

use super::kept::KeptCalls;
use crate::decode::Decoded;
use crate::domain::session_call::{CallOutcome, SessionCall};
use crate::domain::timestamp::Timestamp;
use crate::store::intern::uuid_bytes;
use crate::store::write::StoreWriter;

/// An id as it is kept.
pub(super) enum StoredId<'a> {
    None,
    Bytes([u8; 16]),
    Hash([u8; 8]),
    Text(&'a str),
}

impl<'a> StoredId<'a> {
    pub(super) fn of(id: Option<&'a str>) -> Self {
        match id {
            None => Self::None,
            Some(id) => uuid_bytes(id).map_or(Self::Text(id), Self::Bytes),
        }
    }

    /// The id of a call of which nobody asks but whether another one has the same.
    fn hashed(self) -> Self {
        match self {
            Self::Bytes(bytes) => Self::Hash(hash_of_id(bytes)),
            other => other,
        }
    }

    pub(super) fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            Self::Hash(bytes) => Some(bytes),
            Self::None | Self::Text(_) => None,
        }
    }

    pub(super) fn text(&self) -> Option<&'a str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

/// What stands for the id of an event that nobody asks for.
pub(super) fn hash_of_id(id: [u8; 16]) -> [u8; 8] {
    let whole: [u8; 32] = Sha256::digest(id).into();
    let (parts, _) = whole.as_chunks::<8>();
    parts.first().copied().unwrap_or_default()
}

/// How much of the hash of a record is kept: all of it where it is the identity of the event.
pub(super) fn content_length(has_id: bool, kept: KeptCalls) -> usize {
    match kept {
        _ if !has_id => 32,
        KeptCalls::Each | KeptCalls::EachAndWrites => 16,
        KeptCalls::Sums | KeptCalls::None => 8,
    }
}

impl StoreWriter {
    /// Takes the calls of a log file, and whose calls it has besides.
    pub(in crate::store) fn insert_calls(
        &mut self,
        log_file: i64,
        kept: KeptCalls,
        decoded: &Decoded,
    ) -> rusqlite::Result<()> {
        if kept == KeptCalls::None {
            return Ok(());
        }
        self.insert_unread_calls(log_file, decoded)?;
        if let Some(extracted) = &decoded.extracted {
            self.insert_extracted(log_file, extracted)?;
        }
        for (place, call) in (0..).zip(&decoded.session_calls) {
            self.insert_call(log_file, place, kept, call)?;
            if kept == KeptCalls::EachAndWrites {
                self.insert_written(log_file, place, call)?;
            }
        }
        if kept == KeptCalls::EachAndWrites {
            self.insert_others(log_file, decoded)?;
        }
        self.insert_notes(log_file, decoded)
    }

    fn insert_call(&mut self, log_file: i64, place: i64, kept: KeptCalls, call: &SessionCall) -> rusqlite::Result<()> {
        let is_whole = kept >= KeptCalls::Each;
        let outcome = call.operation.outcome();
        let (connection, texts, calls) = (&self.store.connection, &mut self.interned, &mut self.interned_calls);
        let id = StoredId::of(call.event_id.as_deref());
        // By these ids, copies across accounts and sessions are put in order.
        let is_asked = is_whole || call.shared_event_id.is_some() || call.issued.is_some();
        let id = if is_asked { id } else { id.hashed() };
        let shared = StoredId::of(call.shared_event_id.as_deref());
        // Whoever asks for messages asks for each call, but for denials; a policy has nothing of what failed.
        let has_message = is_whole || outcome == CallOutcome::Denied;
        let has_parameters = is_whole || outcome != CallOutcome::Failed;
        let parameters = call.parameters.as_deref().filter(|_| has_parameters);
        let sql = "INSERT INTO calls (
                log_file, place, whole, time, caller, operation, event_id, shared_id, content, resources, parameters, message
            ) VALUES (?, ?, ?, ?, ?, ?, coalesce(?, ?), coalesce(?, ?), ?, ?, ?, ?)";
        let values = params![
            log_file,
            place,
            is_whole,
            call.time.seconds(),
            calls.caller(connection, texts, &call.caller)?,
            calls.operation(connection, texts, &call.operation)?,
            id.bytes(),
            id.text(),
            shared.bytes(),
            shared.text(),
            &call.content[..content_length(call.event_id.is_some(), kept)],
            calls.resources(connection, &call.resources)?,
            parameters.map(|text| calls.parameters(connection, text)).transpose()?,
            texts.text(connection, call.error_message.as_deref().filter(|_| has_message))?,
        ];
        connection.prepare_cached(sql)?.execute(values)?;
        if let Some(issued) = &call.issued {
            let principal = issued.principal_id.as_deref();
            let values = params![
                log_file,
                place,
                &issued.access_key_id,
                principal.map(|text| calls.principal(connection, text)).transpose()?.unwrap_or(0),
                texts.text(connection, issued.role_arn.as_deref())?.unwrap_or(0),
                Timestamp::seconds(issued.end),
            ];
            connection.prepare_cached("INSERT INTO call_sessions VALUES (?, ?, ?, ?, ?, ?)")?.execute(values)?;
        }
        Ok(())
    }
}
