//! The digests of a window as those who read log files ask them.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use crate::audit::verify::book::DigestBook;
use crate::audit::verify::logs::{FoundLog, NewestLogs};
use crate::domain::archive_judge::{ArchiveJudge, DigestsSay, QuietDays};
use crate::domain::digest::LogText;
use crate::domain::log_key::LogKey;
use crate::domain::timestamp::{Day, Timestamp};
use crate::domain::verdict::{Verdict, VerifiedFile};
use crate::domain::window::Window;
use crate::source::Unlisted;

/// The digests of a window as those who read log files ask them.
#[derive(Debug)]
pub struct ScanJudge {
    book: Arc<DigestBook>,
    incomplete: Vec<String>,
    window: Window,
    late_days: u32,
    now: Timestamp,
    newest: Mutex<NewestLogs>,
}

impl ScanJudge {
    /// That of a book which was asked about [`Window::of_digests`].
    #[must_use]
    pub fn new(book: Arc<DigestBook>, failed: Vec<Unlisted>, window: Window, late_days: u32, now: Timestamp) -> Self {
        let line = |unlisted: Unlisted| format!("digests: {}: {}", unlisted.file, unlisted.reason);
        let incomplete = failed.into_iter().map(line).collect();
        Self { book, incomplete, window, late_days, now, newest: Mutex::default() }
    }

    fn newest<T>(&self, look: impl FnOnce(&mut NewestLogs) -> T) -> T {
        look(&mut self.newest.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether a log file that is not there is missed: the others of its time are read.
    fn is_missed(&self, row: &VerifiedFile) -> bool {
        let key = LogKey::parse(&row.file);
        let is_read = key.reason_to_skip(&self.window, self.late_days).is_none();
        row.verdict.is_alarm() && (is_read || self.is_late(&row.file))
    }
}

/// A log file of that name.
fn log(file: &str) -> FoundLog {
    FoundLog { file: file.into(), key: LogKey::parse(file) }
}

impl ArchiveJudge for ScanJudge {
    fn meet(&self, log_file: &str, key: &LogKey) {
        // Asking is what it remembers.
        drop(self.book.listed(&log(log_file), None));
        self.newest(|newest| newest.see(key, self.now));
    }

    fn is_late(&self, log_file: &str) -> bool {
        let delivered = LogKey::parse(log_file).delivered;
        let is_after = delivered.zip(self.window.to).is_some_and(|(delivered, to)| to <= delivered);
        is_after && self.book.wants(log_file)
    }

    fn judge(&self, log_file: &str, text: LogText) -> Option<Verdict> {
        Some(self.book.listed(&log(log_file), Some(text))?.verdict)
    }

    fn judge_unlisted(&self, log_file: &str, key: &LogKey) -> Option<Verdict> {
        let log = FoundLog { file: log_file.into(), key: key.clone() };
        self.newest(|newest| self.book.unlisted(&log, newest)).map(|row| row.verdict)
    }

    fn rest(&self) -> DigestsSay {
        let mut missing: Vec<VerifiedFile> = self.book.absent().filter(|row| self.is_missed(row)).collect();
        VerifiedFile::sort(&mut missing);
        let quiet = quiet_days(&self.book);
        DigestsSay {
            window: self.window.of_digests(self.late_days),
            digests: self.book.digests().collect(),
            missing,
            quiet,
            incomplete: self.incomplete.clone(),
        }
    }
}

/// The days of places whose digests are there and valid from their first second to their last one, and on which nothing was
/// delivered, says every digest of the window.
fn quiet_days(book: &DigestBook) -> Vec<QuietDays> {
    let mut delivered: HashSet<(Box<str>, Box<str>, Day)> = HashSet::new();
    for key in book.wanted().map(|key| LogKey::parse(&key)) {
        if let (Some(account), Some(region)) = (key.account, key.region) {
            let days = [key.date, key.delivered.map(Timestamp::day)].into_iter().flatten();
            delivered.extend(days.map(|day| (account.clone(), region.clone(), day)));
        }
    }
    let mut covered: BTreeSet<(Box<str>, Box<str>, Day)> = BTreeSet::new();
    for chain in book.chains().iter().filter(|chain| !chain.key.is_backfill) {
        let hours = chain.digests.iter().filter_map(|judged| judged.valid()).map(|digest| (digest.start, digest.end));
        for (start, end) in joined(hours) {
            let mut day = start.day();
            while day <= end.day() {
                if start <= day.start() && day.end() <= end {
                    covered.insert((chain.key.account.clone(), chain.key.region.clone(), day));
                }
                day = day.plus(1);
            }
        }
    }
    let mut quiet: Vec<QuietDays> = Vec::new();
    for place in covered {
        if delivered.contains(&place) {
            continue;
        }
        let (account_id, region, day) = place;
        match quiet.last_mut() {
            Some(days) if days.account_id == account_id && days.region == region && days.last.plus(1) == day => {
                days.last = day;
            }
            _ => quiet.push(QuietDays { account_id, region, first: day, last: day }),
        }
    }
    quiet
}

/// Times, in order, of which those that follow each other are one.
fn joined(hours: impl Iterator<Item = (Timestamp, Timestamp)>) -> Vec<(Timestamp, Timestamp)> {
    let mut joined: Vec<(Timestamp, Timestamp)> = Vec::new();
    for (start, end) in hours {
        match joined.last_mut() {
            Some((_, last)) if start <= *last => *last = (*last).max(end),
            _ => joined.push((start, end)),
        }
    }
    joined
}
