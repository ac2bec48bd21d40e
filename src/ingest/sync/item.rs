//! What a sync finds out, one log file after the other.

use crate::decode::Decoded;
use crate::domain::log_key::LogKey;
use crate::domain::tally::Skip;
use crate::source::Unlisted;
use crate::source::known::ObjectVersion;

/// Something that was found out about a log file.
#[derive(Debug)]
pub struct SyncItem {
    /// The number of its source.
    pub source: usize,
    /// Its name and state.
    pub version: ObjectVersion,
    /// What its name says.
    pub key: LogKey,
    /// What became of it.
    pub what: FileFate,
}

/// What became of a log file.
#[derive(Debug)]
pub enum FileFate {
    /// It was opened; it may have failed all the same.
    Decoded(Box<Decoded>),
    /// It could not be opened or fetched.
    Failed(Unlisted),
    /// It is of no use, whatever the window.
    Skipped(Skip),
    /// It had failed before, and is no longer there.
    Gone,
}

/// What a store made of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreChange {
    /// It had not been there.
    New,
    /// It had been there, in another state or not readable.
    Again,
}

/// What a worker found out.
#[derive(Debug)]
pub(super) enum WorkerNews {
    Item(SyncItem),
    Unlisted(usize, LogKey, Unlisted),
    Unreached(usize),
    OutsideWindow(usize, LogKey),
    Unchanged(usize, u64),
    Incomplete(usize, String),
}
