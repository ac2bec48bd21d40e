//! The account of everything that a report rests on: its counters balance, and it says what is missing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::delivery::{Besides, DeliveryTally, EarlyTally};
use super::flaw::{Conflict, FailedFile, MalformedList};
use super::gap::{self, Gap, GapKind};
use super::place::{DayKey, DayTally, DaysWithFiles};
use super::source::SourceCoverage;
use super::verified::Verified;
use crate::domain::tally::{ByteTally, CallTally, FileTally, KeptTally, RecordTally, Skip};
use crate::domain::timestamp::{Day, Timestamp};
use crate::domain::window::Window;

/// So many names of what is skipped as another service's are kept.
pub const SERVICES: usize = 3;

/// The account of everything that a report rests on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// The window asked for.
    pub window: Window,
    /// The end of the window that log files were read for, which may be a later one.
    pub read_to: Option<Timestamp>,
    /// How many days late a log file may be.
    pub late_days: u32,
    /// The day on which the question is asked: later days have no log files yet. Nothing where no clock is at hand.
    pub today: Option<Day>,
    /// The only accounts that the question is about, where it names them: log files of others answer nothing.
    pub accounts: Option<BTreeSet<Box<str>>>,
    /// The only accounts whose calls are asked for, where it names them. Their log files hold the calls; those of others
    /// tell whose the calls are.
    pub call_accounts: Option<BTreeSet<Box<str>>>,
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
    /// What became of the calls of sessions, where these were asked for.
    pub calls: Option<CallTally>,
    /// Every file that failed, in the order of names and reasons.
    pub failed: Vec<FailedFile>,
    /// Days of the window on which a known account and region has no log file, as ranges in order.
    pub gaps: Vec<Gap>,
    /// The malformed records, by file and offset. [`RecordTally::malformed`] counts all of them.
    pub malformed: MalformedList,
    /// Events of which there are copies of another content, in the order of ids.
    pub conflicts: Vec<Conflict>,
    /// Log files that are a part of an answer which has more, in order, and what of it says so, for a person.
    pub truncated: BTreeMap<Arc<str>, Box<str>>,
    /// Log files by account, region and day; files whose key does not tell are under absent members.
    pub days: BTreeMap<DayKey, DayTally>,
    /// The first names of what is skipped as another service's, at most [`SERVICES`] of them.
    pub services: BTreeSet<Arc<str>>,
    /// The same counts by the day of delivery, as the names of log files tell it.
    pub delivered: BTreeMap<Option<Day>, DeliveryTally>,
    /// By the minute within a day at which a part of the answer begins, what of these counts was delivered on that day before it.
    pub early: BTreeMap<Timestamp, EarlyTally>,
    /// What was read beside the log files of the window, where anything was.
    pub besides: Option<Besides>,
    /// What else makes the coverage incomplete, in words, in order.
    pub incomplete: BTreeSet<String>,
    /// Whether a source is a file that was named, standard input or an API: that was read, whatever it held.
    pub is_named: bool,
    /// Where no log file of the window was read: which days and places the sources have, as far as they were looked at.
    pub held: Vec<DaysWithFiles>,
    /// `AssumeRoleWithWebIdentity` events by issuer, whether selected or not.
    pub issuers: BTreeMap<Box<str>, u64>,
    /// What digests say of the log files; nothing where they were taken as they are.
    pub verified: Option<Verified>,
}

impl Coverage {
    /// Counts a file that is skipped under that name.
    pub fn skip(&mut self, name: &Arc<str>, why: Skip) {
        self.files.skip(why, 1);
        self.name_skipped(name, why);
    }

    /// Names a file that is skipped, if it is one of those that are named.
    pub fn name_skipped(&mut self, name: &Arc<str>, why: Skip) {
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

    /// Whether anything is missing that makes a report incomplete. Gaps alone do not, nor do conflicts.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        self.files.failed > 0
            || self.records.malformed > 0
            || !self.truncated.is_empty()
            || !self.incomplete.is_empty()
            || self.verified.as_ref().is_some_and(|verified| !verified.is_clean(self.window))
            || self.is_unread()
    }

    /// Whether no log file was read that can hold events of the window in the accounts asked about (DESIGN §8). Without a window, nothing was to be
    /// read; what has no time of delivery in its name may be of any. What was delivered before the window is none, though on its first day.
    #[must_use]
    pub fn is_unread(&self) -> bool {
        let Window { from, to } = self.window;
        if (from.is_none() && to.is_none()) || self.is_named {
            return false;
        }
        let (first, last) = (self.window.first_day(), self.window.last_folder(self.late_days));
        let is_of_window = |day: Day| first.is_none_or(|first| first <= day) && last.is_none_or(|last| day <= last);
        let early = self.early_of(self.window);
        let early_on = |day: Day| early.filter(|_| first == Some(day)).map_or(0, |early| early.held.read);
        let is_read = self.delivered.iter().any(|(day, tally)| match *day {
            None => tally.read > 0,
            Some(day) => is_of_window(day) && tally.read > early_on(day),
        });
        let read_before = |key: &DayKey| early.and_then(|early| early.read.get(key)).copied().unwrap_or_default();
        let has_read_of = |accounts: &BTreeSet<Box<str>>| {
            // What tells no day may be of any account.
            let is_asked = |key: &DayKey| {
                let is_of = |account: &str| accounts.contains(account);
                key.date.is_none_or(|day| is_of_window(day) && key.account_id.as_deref().is_none_or(is_of))
            };
            self.days.iter().any(|(key, day)| day.read > read_before(key) && is_asked(key))
        };
        !is_read || [&self.accounts, &self.call_accounts].into_iter().flatten().any(|accounts| !has_read_of(accounts))
    }

    /// Whether the question is about what lies in the folder of an account; where that is not known, it may be.
    pub(super) fn is_about(&self, account: Option<&str>) -> bool {
        self.accounts.as_ref().zip(account).is_none_or(|(accounts, account)| accounts.contains(account))
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
        self.malformed.merge(other.malformed);
        self.conflicts.extend(other.conflicts);
        self.truncated.extend(other.truncated);
        self.incomplete.extend(other.incomplete);
        self.is_named |= other.is_named;
        self.read_to = self.read_to.or(other.read_to);
        if let Some(verified) = other.verified {
            self.verified.get_or_insert_default().merge(verified);
        }
        for (key, day) in other.days {
            self.days.entry(key).or_default().add(day);
        }
        for (day, tally) in other.delivered {
            self.delivered.entry(day).or_default().add(tally);
        }
        for (begins, tally) in other.early {
            self.early.entry(begins).or_default().add(tally);
        }
        for (issuer, count) in other.issuers {
            *self.issuers.entry(issuer).or_default() += count;
        }
    }

    /// Takes that a place has log files on a day, though none of them is opened: the known places of DESIGN §8.
    pub fn know(&mut self, key: DayKey) {
        self.days.entry(key).or_default().outside_window += 1;
    }

    /// Finds the gaps of the window, out of the days that are known (DESIGN §8). To be called again whenever the days, the
    /// window or the day of the question change.
    pub fn find_gaps(&mut self) {
        self.gaps = gap::find(&self.days, self.window, self.late_days, self.today);
        if let Some(verified) = &self.verified {
            self.gaps = gap::part_quiet(std::mem::take(&mut self.gaps), &verified.quiet);
        }
        if let Some(accounts) = &self.accounts {
            self.gaps.retain(|gap| accounts.contains(&gap.account_id));
        }
        if !self.is_unread() {
            self.held.clear();
        } else if self.held.is_empty() {
            self.held = self.held_days();
        }
    }

    /// How many days the gaps have on which log files may be missing.
    #[must_use]
    pub fn gap_days(&self) -> u64 {
        self.gaps.iter().filter(|gap| gap.kind != GapKind::Quiet).map(Gap::days).sum()
    }

    /// Which days and places are known to have log files.
    fn held_days(&self) -> Vec<DaysWithFiles> {
        let mut held: Vec<DaysWithFiles> = Vec::new();
        for (DayKey { account_id, region, date }, _) in self.days.iter().filter(|(_, day)| day.has_files()) {
            let Some(date) = *date else { continue };
            match held.last_mut() {
                // Days come in the order of places.
                Some(last) if last.account_id == *account_id && last.region == *region => last.last = date,
                _ => {
                    let (account_id, region) = (account_id.clone(), region.clone());
                    held.push(DaysWithFiles { account_id, region, first: date, last: date });
                }
            }
        }
        held
    }
}
