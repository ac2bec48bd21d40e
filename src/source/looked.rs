//! What of a source was looked at, and what that tells about its days.

use crate::domain::log_key::LogKey;
use crate::domain::timestamp::Day;

/// What a folder of day folders has before a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DaysBefore {
    /// The folder.
    pub folder: String,
    /// The first day of the window.
    pub first: Day,
    /// A key for each account, region and day that has log files among the days just before.
    pub days: Vec<LogKey>,
}

/// Days of a folder of day folders.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SettledDays {
    /// What the names of its log files begin with, in front of the date.
    pub folder: String,
    /// The first day.
    pub first: Day,
    /// The last day.
    pub last: Day,
}

/// What of a source was looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LookedRange {
    /// What the names of everything that was listed begin with, beside what was asked for.
    pub below: Vec<String>,
    /// The first day; none where all are looked at.
    pub first: Option<Day>,
    /// The last day; none where all are looked at.
    pub last: Option<Day>,
}
