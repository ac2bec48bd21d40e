//! The days of log files, by number.

use super::counts::day_of;
use crate::audit::coverage::DayKey;
use crate::domain::log_key::LogKey;
use crate::source::Chunk;

/// The days of files that are all known before the first is read: each has a slot, so that counting a file compares
/// and copies no text. Neighbours in a tree share their day.
pub(super) struct DaySlots {
    pub(super) keys: Vec<DayKey>,
    /// For each file, its place in `keys`.
    pub(super) slots: Vec<usize>,
}

impl DaySlots {
    pub(super) fn of(chunks: &[Chunk]) -> Self {
        let mut days = Self { keys: Vec::new(), slots: Vec::with_capacity(chunks.len()) };
        for chunk in chunks {
            let LogKey { account, region, date, .. } = &chunk.key;
            let same = |day: &DayKey| day.date == *date && day.account_id == *account && day.region == *region;
            if !days.keys.last().is_some_and(same) {
                days.keys.push(day_of(&chunk.key));
            }
            days.slots.push(days.keys.len() - 1);
        }
        days
    }
}
