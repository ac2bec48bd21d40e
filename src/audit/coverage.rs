//! What was read, and what is missing (DESIGN §4).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::tally::{ByteTally, FileTally, KeptTally, RecordTally, Skip};
use crate::domain::timestamp::Day;
use crate::domain::window::Window;

/// So many names of what is skipped as another service's are kept.
pub const SERVICES: usize = 3;

/// The account of everything that a report rests on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// The window asked for.
    pub window: Window,
    /// The sources, as given.
    pub sources: Vec<SourceCoverage>,
    /// What became of the files.
    pub files: FileTally,
    /// What was read.
    pub bytes: ByteTally,
    /// What became of the records.
    pub records: RecordTally,
    /// What became of the kept events.
    pub kept: KeptTally,
    /// Every file that failed, in the order of names and reasons.
    pub failed: Vec<FailedFile>,
    /// Days without any log file between days that have some, in order.
    pub gaps: Vec<DayKey>,
    /// Log files by account, region and day; files whose key does not tell are under absent members.
    pub days: BTreeMap<DayKey, DayTally>,
    /// The first names of what is skipped as another service's, at most [`SERVICES`] of them.
    pub services: BTreeSet<Arc<str>>,
    /// What else makes the coverage incomplete, in words, in order.
    pub incomplete: BTreeSet<String>,
    /// `AssumeRoleWithWebIdentity` events by issuer, whether selected or not.
    pub issuers: BTreeMap<Box<str>, u64>,
}

/// One source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceCoverage {
    /// As given on the command line.
    pub source: String,
    /// Files seen in it, read or not.
    pub files: u64,
    /// First day folder that the window leaves.
    pub first_folder: Option<Day>,
    /// Last day folder that the window and the late days leave.
    pub last_folder: Option<Day>,
}

impl SourceCoverage {
    /// What makes the coverage incomplete where no file was seen. Of a source `by_day`, other days were not looked at.
    #[must_use]
    pub fn no_log_file(&self, by_day: bool) -> String {
        let is_bounded = self.first_folder.is_some() || self.last_folder.is_some();
        let of = if by_day && is_bounded { " in the day folders of the window" } else { "" };
        format!("{}: holds no log file{of}", self.source)
    }
}

/// A file that failed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FailedFile {
    /// Its name, as in the `log_file` column.
    pub file: Arc<str>,
    /// What failed, with the byte offset.
    pub reason: String,
}

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

/// What a day's log files held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DayTally {
    /// Log files read or failed.
    pub files: u64,
    /// Records in them.
    pub records: u64,
    /// Kept events in them.
    pub kept: u64,
    /// Log files that were there but not opened, since delivered outside the window.
    pub outside_window: u64,
}

impl DayTally {
    /// Adds another count.
    pub fn add(&mut self, more: Self) {
        self.files += more.files;
        self.records += more.records;
        self.kept += more.kept;
        self.outside_window += more.outside_window;
    }
}

impl Coverage {
    /// Counts a file that is skipped under that name.
    pub fn skip(&mut self, name: &Arc<str>, why: Skip) {
        self.files.skip(why);
        if why == Skip::Service {
            self.name_service(Arc::clone(name));
        }
    }

    /// The smallest stay, so that they are the same ones in any order.
    fn name_service(&mut self, name: Arc<str>) {
        self.services.insert(name);
        if self.services.len() > SERVICES {
            self.services.pop_last();
        }
    }

    /// Whether anything is missing that makes a report incomplete. Gaps alone do not.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        self.files.failed > 0 || self.records.malformed > 0 || !self.incomplete.is_empty()
    }

    /// Whether every file, record and kept event is in exactly one counter.
    #[must_use]
    pub fn balances(&self) -> bool {
        self.files.balances() && self.records.balances() && self.kept.total() == self.records.kept
    }

    /// Adds what another worker counted.
    pub fn merge(&mut self, other: Self) {
        self.files.add(&other.files);
        self.bytes.add(other.bytes);
        self.records.add(other.records);
        self.failed.extend(other.failed);
        other.services.into_iter().for_each(|name| self.name_service(name));
        self.incomplete.extend(other.incomplete);
        for (key, day) in other.days {
            self.days.entry(key).or_default().add(day);
        }
        for (issuer, count) in other.issuers {
            *self.issuers.entry(issuer).or_default() += count;
        }
    }

    /// Finds the gaps: days of the window on which an account's region has no log file, while it has some on an
    /// earlier and on a later day of the window.
    pub fn find_gaps(&mut self) {
        let mut places: BTreeMap<(&str, &str), Vec<Day>> = BTreeMap::new();
        for key in self.days.keys() {
            if let (Some(account), Some(region), Some(date)) = (&key.account_id, &key.region, key.date)
                && self.window.contains_day(date)
            {
                places.entry((account, region)).or_default().push(date);
            }
        }
        let mut gaps = Vec::new();
        for ((account, region), days) in &places {
            for pair in days.windows(2) {
                let mut day = pair[0].plus(1);
                while day < pair[1] {
                    gaps.push(DayKey {
                        account_id: Some((*account).into()),
                        region: Some((*region).into()),
                        date: Some(day),
                    });
                    day = day.plus(1);
                }
            }
        }
        self.gaps = gaps;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(window: (&str, &str), days: &[&str], gaps: &[&str]) {
        let window = Window { from: Day::parse(window.0).map(Day::start), to: Day::parse(window.1).map(Day::start) };
        let key = |text: &&str| {
            let (place, date) = text.split_once(' ').unwrap();
            DayKey { account_id: Some(place.into()), region: Some("eu-west-1".into()), date: Day::parse(date) }
        };
        let days = days.iter().map(|text| (key(text), DayTally { files: 1, ..DayTally::default() })).collect();
        let mut coverage = Coverage { window, days, ..Coverage::default() };
        coverage.find_gaps();
        assert_eq!(coverage.gaps, gaps.iter().map(key).collect::<Vec<_>>());
    }

    #[test]
    fn gaps_lie_between_days_of_the_window() {
        check(("", ""), &["1 2026-11-01", "1 2026-11-04", "2 2026-11-02"], &["1 2026-11-02", "1 2026-11-03"]);
        check(("2026-11-02", "2026-11-09"), &["1 2026-11-01", "1 2026-11-04"], &[]);
        check(("2026-11-01", "2026-11-05"), &["1 2026-11-01", "1 2026-11-03", "1 2026-11-05"], &["1 2026-11-02"]);
    }
}
