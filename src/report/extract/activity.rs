//! What a tally says of the calls of a log file.

use serde::Serialize;

use crate::decode::Decoded;
use crate::decode::defect::Malformed;
use crate::decode::extract::ALL_ISSUERS;
use crate::decode::extract::hashes::text_of;
use crate::domain::digest::hex;
use crate::domain::issuer::Issuers;

/// So many records are named of one log file, as a coverage names.
const NAMED: usize = 10_000;

/// A record that cannot be read.
#[derive(Serialize)]
pub(super) struct MalformedPlace {
    offset: u64,
    reason: String,
}

impl MalformedPlace {
    pub(super) fn of(malformed: &Malformed) -> Self {
        Self { offset: malformed.offset, reason: malformed.reason.to_string() }
    }
}

/// The order of the fields is part of the contract (DESIGN §12).
#[derive(Serialize)]
pub(super) struct ActivityMember {
    calls: usize,
    issuers: Vec<String>,
    unkept: Option<String>,
    handed_on: String,
    written: Option<String>,
    malformed: usize,
    malformed_at: Vec<MalformedPlace>,
    sha256: Option<String>,
}

impl ActivityMember {
    /// Of a log file in which sessions of these issuers were known as those of runs.
    pub(super) fn of(decoded: &Decoded, issuers: &Issuers) -> Self {
        let hosts = issuers.hosts().map(str::to_owned);
        let mut handed_on = decoded.notes.handed_on.to_vec();
        handed_on.sort_unstable();
        Self {
            calls: decoded.session_calls.len(),
            issuers: if issuers.all() { vec![ALL_ISSUERS.to_owned()] } else { hosts.collect() },
            unkept: decoded.notes.unkept.as_ref().map(|hashes| text_of(hashes.iter().copied())),
            handed_on: text_of(handed_on.into_iter().flat_map(|(from, to)| [from, to])),
            written: decoded.written.as_ref().map(|hashes| text_of(hashes.iter().copied())),
            malformed: decoded.unread_calls.len(),
            malformed_at: decoded.unread_calls.iter().take(NAMED).map(MalformedPlace::of).collect(),
            sha256: decoded.stored_sha256.as_ref().map(|hash| hex(hash)),
        }
    }
}
