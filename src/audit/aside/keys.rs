//! Keys of events that are put aside.

use sha2::{Digest as _, Sha256};

use super::event_bytes::uuid;
use crate::domain::assumption::Assumption;

/// What tells events apart, but for accidents: events of one key are looked at together.
pub(super) type EventKey = [u8; 16];

/// The key of an event.
pub(super) fn key(event: &Assumption) -> EventKey {
    match event.event_id.as_deref() {
        Some(id) => key_of_id(id),
        None => half(event.content),
    }
}

/// The key of the event with an id.
pub(super) fn key_of_id(id: &str) -> EventKey {
    uuid(id).unwrap_or_else(|| half(Sha256::digest(id).into()))
}

pub(super) fn half(hash: [u8; 32]) -> EventKey {
    std::array::from_fn(|at| hash[at])
}
