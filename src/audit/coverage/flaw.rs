//! What is wrong with log files: those that failed, malformed records, and copies that contradict each other.

use std::collections::BTreeSet;
use std::sync::Arc;

/// A file that failed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FailedFile {
    /// Its name, as in the `log_file` column.
    pub file: Arc<str>,
    /// What failed, with the byte offset.
    pub reason: String,
}

/// A record that could not be read, without taking its file along.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MalformedRecord {
    /// The log file, as in the `log_file` column.
    pub file: Arc<str>,
    /// Where it starts in the inflated text.
    pub offset: u64,
    /// What is wrong with it.
    pub reason: String,
}

/// Malformed records, by file and offset: at most [`MalformedList::MOST`], and then the first of that order, so that the
/// list is the same for any number of workers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MalformedList(BTreeSet<MalformedRecord>);

impl MalformedList {
    /// How many are named at the most (DESIGN §8).
    pub const MOST: usize = 10_000;

    /// Takes one.
    pub fn note(&mut self, record: MalformedRecord) {
        if self.0.len() < Self::MOST || self.0.last().is_some_and(|last| record < *last) {
            self.0.insert(record);
            if self.0.len() > Self::MOST {
                self.0.pop_last();
            }
        }
    }

    /// Takes those of another list.
    pub fn merge(&mut self, other: Self) {
        if self.0.is_empty() {
            *self = other;
            return;
        }
        other.0.into_iter().for_each(|record| self.note(record));
    }

    /// Keeps those of some files.
    pub fn retain(&mut self, mut keep: impl FnMut(&MalformedRecord) -> bool) {
        self.0.retain(|record| keep(record));
    }

    /// How many are named.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none is named.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those that are named, by file and offset.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &MalformedRecord> {
        self.0.iter()
    }
}

impl Extend<MalformedRecord> for MalformedList {
    fn extend<I: IntoIterator<Item = MalformedRecord>>(&mut self, records: I) {
        records.into_iter().for_each(|record| self.note(record));
    }
}

impl FromIterator<MalformedRecord> for MalformedList {
    fn from_iter<I: IntoIterator<Item = MalformedRecord>>(records: I) -> Self {
        let mut list = Self::default();
        list.extend(records);
        list
    }
}

/// An event of which there are copies of different content, which CloudTrail never writes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conflict {
    /// Its id.
    pub event_id: Box<str>,
    /// The log files that have a copy of it, distinct and in order.
    pub files: Vec<Arc<str>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_too_many_stay_in_whatever_order_they_come() {
        let record = |at: usize| MalformedRecord { file: "f".into(), offset: at as u64, reason: String::new() };
        let count = MalformedList::MOST + 5;
        let (mut one, mut other, mut both) =
            (MalformedList::default(), MalformedList::default(), MalformedList::default());
        one.extend((0..count).rev().map(record));
        other.extend((0..count).filter(|at| at % 2 == 1).map(record));
        both.extend((0..count).filter(|at| at % 2 == 0).map(record));
        both.merge(other);
        assert_eq!(one, both);
        assert_eq!((one.len(), one.iter().last()), (MalformedList::MOST, Some(&record(MalformedList::MOST - 1))));
    }
}
