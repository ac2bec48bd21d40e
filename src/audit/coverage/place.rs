//! Accounts and regions, and the days on which they have log files.

use crate::domain::log_key::LogKey;
use crate::domain::timestamp::Day;

/// One day of an account's region.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DayKey {
    /// The account.
    pub account_id: Option<Box<str>>,
    /// The region.
    pub region: Option<Box<str>>,
    /// The day of the folder.
    pub date: Option<Day>,
}

impl DayKey {
    /// That of a log file, as its key tells it.
    #[must_use]
    pub fn of(key: &LogKey) -> Self {
        Self { account_id: key.account.clone(), region: key.region.clone(), date: key.date }
    }
}

/// What a day's log files held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DayTally {
    /// Log files read or failed.
    pub files: u64,
    /// Those of them that were read to the end.
    pub read: u64,
    /// Records in them.
    pub records: u64,
    /// Kept events in them.
    pub kept: u64,
    /// Log files that are there and were not opened, since delivered outside the window; of a day folder that was seen and
    /// not listed, one.
    pub outside_window: u64,
}

impl DayTally {
    /// Adds another count.
    pub fn add(&mut self, more: Self) {
        self.files += more.files;
        self.read += more.read;
        self.records += more.records;
        self.kept += more.kept;
        self.outside_window += more.outside_window;
    }

    /// Whether the day has log files, opened or not.
    #[must_use]
    pub fn has_files(&self) -> bool {
        self.files + self.outside_window > 0
    }
}

/// The days on which an account's region has log files.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DaysWithFiles {
    /// The account.
    pub account_id: Option<Box<str>>,
    /// The region.
    pub region: Option<Box<str>>,
    /// The first day.
    pub first: Day,
    /// The last day.
    pub last: Day,
}
