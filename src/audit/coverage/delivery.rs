//! What log files held by the day on which CloudTrail delivered them.

use std::collections::BTreeMap;

use super::place::DayKey;
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

    /// What is left of it beside a part.
    #[must_use]
    pub fn less(self, part: Self) -> Self {
        let (bytes, records) = (self.bytes, self.records);
        Self {
            read: self.read.saturating_sub(part.read),
            bytes: ByteTally {
                read: bytes.read.saturating_sub(part.bytes.read),
                inflated: bytes.inflated.saturating_sub(part.bytes.inflated),
            },
            records: RecordTally {
                total: records.total.saturating_sub(part.records.total),
                kept: records.kept.saturating_sub(part.records.kept),
                other: records.other.saturating_sub(part.records.other),
                malformed: records.malformed.saturating_sub(part.records.malformed),
            },
        }
    }
}

/// What of a day was delivered before the minute within it at which a window begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EarlyTally {
    /// What the log files held.
    pub held: DeliveryTally,
    /// How many were read to the end, by the day and the place of their folder.
    pub read: BTreeMap<DayKey, u64>,
}

impl EarlyTally {
    /// Adds another count.
    pub fn add(&mut self, more: Self) {
        self.held.add(more.held);
        for (day, read) in more.read {
            *self.read.entry(day).or_default() += read;
        }
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
