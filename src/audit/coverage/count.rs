//! Counting of log files, for all who do: a scan and a sync count each of them, a store counts many at once. It stands here
//! and not in `ingest`, since the store is below that; what it counts is plain values.

use std::sync::Arc;

use super::delivery::{DeliveryTally, EarlyTally};
use super::flaw::FailedFile;
use super::place::{DayKey, DayTally};
use super::whole::Coverage;
use crate::domain::log_key::LogKey;
use crate::domain::tally::{ByteTally, RecordTally, Skip};
use crate::domain::timestamp::{Day, Timestamp};

/// What became of a log file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileOutcome {
    /// It was read to its end.
    Read,
    /// It failed.
    Failed,
    /// It was skipped.
    Skipped(Skip),
}

/// Log files of which the same became.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileCount {
    /// How many.
    pub files: u64,
    /// What became of them.
    pub outcome: FileOutcome,
    /// The day on which they were delivered, as their names tell it.
    pub delivered: Option<Day>,
    /// What was read of them.
    pub bytes: ByteTally,
    /// What became of their records; none of those of a skipped file counts.
    pub records: RecordTally,
}

impl FileCount {
    /// What so many of them are in the counts of their day.
    #[must_use]
    pub fn of_day(&self, files: u64) -> DayTally {
        let read = if self.outcome == FileOutcome::Read { files } else { 0 };
        DayTally { files, read, records: self.records.total, kept: self.records.kept, outside_window: 0 }
    }
}

impl Coverage {
    /// Counts log files. Their day is left to the caller, who may know it by a number, and so are the names of those that
    /// failed or are of another service.
    pub fn count(&mut self, count: &FileCount) {
        self.bytes.add(count.bytes);
        self.records.add(count.records);
        let delivered = self.delivered.entry(count.delivered).or_default();
        delivered.bytes.add(count.bytes);
        delivered.records.add(count.records);
        match count.outcome {
            FileOutcome::Read => {
                self.files.total += count.files;
                self.files.read += count.files;
                delivered.read += count.files;
            }
            FileOutcome::Failed => {
                self.files.total += count.files;
                self.files.failed += count.files;
            }
            FileOutcome::Skipped(why) => self.files.skip(why, count.files),
        }
    }

    /// Counts log files that were delivered on the day on which a part of the answer begins, before it does.
    pub fn count_early(&mut self, key: &LogKey, count: &FileCount) {
        let read = if count.outcome == FileOutcome::Read { count.files } else { 0 };
        let held = DeliveryTally { read, bytes: count.bytes, records: count.records };
        for early in self.early_at(key.delivered) {
            early.held.add(held);
            if read > 0 {
                *early.read.entry(DayKey::of(key)).or_default() += read;
            }
        }
    }

    fn early_at(&mut self, delivered: Option<Timestamp>) -> impl Iterator<Item = &mut EarlyTally> {
        let is_early = move |begins: &Timestamp| {
            delivered.is_some_and(|delivered| delivered < *begins && delivered.day() == begins.day())
        };
        self.early.iter_mut().filter(move |(begins, _)| is_early(begins)).map(|(_, tally)| tally)
    }

    /// Counts records as malformed that were counted among the others before more of them was read.
    pub fn reject_later(&mut self, delivered: Option<Timestamp>, records: u64) {
        let move_over = |tally: &mut RecordTally| {
            let records = records.min(tally.other);
            tally.other -= records;
            tally.malformed += records;
        };
        self.early_at(delivered).for_each(|early| move_over(&mut early.held.records));
        let day = self.delivered.entry(delivered.map(Timestamp::day)).or_default();
        move_over(&mut self.records);
        move_over(&mut day.records);
    }

    /// Counts a log file that failed before anything of it was there.
    pub fn fail(&mut self, file: &Arc<str>, reason: String) {
        self.files.total += 1;
        self.files.failed += 1;
        self.failed.push(FailedFile { file: Arc::clone(file), reason });
    }
}
