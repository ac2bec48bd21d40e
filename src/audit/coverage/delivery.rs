//! What log files held by the day on which CloudTrail delivered them.

use crate::domain::log_key::LogKey;
use crate::domain::tally::{ByteTally, RecordTally};
use crate::domain::timestamp::{Day, Timestamp};

/// What the log files of one day of delivery held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DeliveryTally {
    /// Log files read to the end.
    pub read: u64,
    /// What was read of them, and of those that failed.
    pub bytes: ByteTally,
    /// What became of their records.
    pub records: RecordTally,
}

impl DeliveryTally {
    /// Adds another count.
    pub fn add(&mut self, more: Self) {
        self.read += more.read;
        self.bytes.add(more.bytes);
        self.records.add(more.records);
    }
}

/// What was read beside the log files of a window, for what was before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Besides {
    /// Log files read to the end.
    pub read: u64,
    /// Log files that failed.
    pub failed: u64,
}

/// The day of delivery that a key tells.
#[must_use]
pub fn delivery_of(key: &LogKey) -> Option<Day> {
    key.delivered.map(Timestamp::day)
}
