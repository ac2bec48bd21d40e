//! Members of objects that tell something, by their keys.

use std::ops::Range;

use crate::decode::structure::StructureScan;

/// The keys of lists whose elements are events or carriers.
pub(super) const LISTS: &[&str] = &["Records", "records", "Events", "events", "logEvents", "Messages"];

/// The keys of events.
pub(super) const EVENTS: &[&str] = &["eventVersion", "eventName"];

/// Keys that say that there is more than this.
pub(super) const TOKENS: &[&str] = &["NextToken", "nextToken"];

/// Keys that tell something beside others.
pub(super) const HINTS: &[&str] = &["eventSource", "EventSource", "digestS3Object"];

/// A key that tells something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownKey {
    /// What it tells.
    pub tells: KeyMeaning,
    /// How it is written.
    pub name: &'static str,
    /// The carriers that look at it, as bits.
    pub(super) carriers: u32,
}

/// What a key of an object tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyMeaning {
    /// It may be that of a list of elements.
    List,
    /// It is that of an event.
    Event,
    /// A carrier opens its value.
    Carrier,
    /// There is more.
    Token,
    /// It tells something beside others.
    Hint,
}

/// A member of an object that tells something.
#[derive(Debug, Clone)]
pub struct Member {
    /// Its key.
    pub key: &'static KnownKey,
    /// Where its value is in the object.
    pub value: Range<usize>,
    /// What a leap over the value saw.
    pub scan: StructureScan,
}

/// How many carriers may lie in each other.
pub const MAX_CARRIERS: u8 = 4;
