//! The digests of a window as those who read log files ask them.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use crate::audit::verify::book::DigestBook;
use crate::audit::verify::logs::{FoundLog, NewestLogs};
use crate::domain::archive_judge::{ArchiveJudge, DigestsSay, QuietDays};
use crate::domain::digest::LogText;
use crate::domain::digest_key::archive_part;
use crate::domain::log_key::LogKey;
use crate::domain::timestamp::{Day, Timestamp};
use crate::domain::verdict::VerifiedFile;
use crate::domain::window::Window;
use crate::source::{SourceSpec, Unlisted};

/// The places that are read: digests list the log files of a whole region, also where only a part of it is asked for.
#[derive(Debug, Clone, Default)]
pub struct AskedPlaces(Vec<Option<String>>);

impl AskedPlaces {
    /// Those of sources, as [`SourceSpec::place_in_archive`] says.
    #[must_use]
    pub fn of(sources: &[SourceSpec]) -> Self {
        let archives = sources.iter().filter(|spec| matches!(spec, SourceSpec::Path(_) | SourceSpec::Remote(_)));
        Self(archives.map(SourceSpec::place_in_archive).collect())
    }

    /// Whether a log file would be read if it were there.
    fn hold(&self, file: &str) -> bool {
        let part = archive_part(file);
        let is_in =
            |place: &Option<String>| place.as_ref().zip(part).is_none_or(|(place, part)| part.starts_with(&**place));
        self.0.iter().any(is_in)
    }
}

/// The digests of a window as those who read log files ask them.
#[derive(Debug)]
pub struct ScanJudge {
    book: Arc<DigestBook>,
    incomplete: Vec<String>,
    window: Window,
    late_days: u32,
    now: Timestamp,
    places: AskedPlaces,
    newest: Mutex<NewestLogs>,
}

impl ScanJudge {
    /// That of a book which was asked about [`Window::of_digests`].
    #[must_use]
    pub fn new(
        book: Arc<DigestBook>,
        failed: Vec<Unlisted>,
        (window, late_days): (Window, u32),
        now: Timestamp,
        places: AskedPlaces,
    ) -> Self {
        let line = |unlisted: Unlisted| format!("digests: {}: {}", unlisted.file, unlisted.reason);
        let incomplete = failed.into_iter().map(line).collect();
        Self { book, incomplete, window, late_days, now, places, newest: Mutex::default() }
    }

    fn newest<T>(&self, look: impl FnOnce(&mut NewestLogs) -> T) -> T {
        look(&mut self.newest.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether a log file that is not there is missed: the others of its time are read.
    fn is_missed(&self, row: &VerifiedFile) -> bool {
        row.verdict.is_alarm() && self.is_read(&row.file) && self.places.hold(&row.file)
    }

    /// Whether a log file of that name is read: as every scan of the window reads it, or since it came late.
    #[must_use]
    pub fn is_read(&self, log_file: &str) -> bool {
        let key = LogKey::parse(log_file);
        key.reason_to_skip(&self.window, self.late_days).is_none() || self.is_late(log_file)
    }
}

/// A log file of that name.
fn log(file: &str) -> FoundLog {
    FoundLog { file: file.into(), key: LogKey::parse(file) }
}

impl ArchiveJudge for ScanJudge {
    fn meet(&self, source: usize, log_file: &str, key: &LogKey) {
        self.book.meet(source, log_file);
        self.newest(|newest| newest.see(key, self.now));
    }

    fn is_late(&self, log_file: &str) -> bool {
        let delivered = LogKey::parse(log_file).delivered;
        let is_after = delivered.zip(self.window.to).is_some_and(|(delivered, to)| to <= delivered);
        is_after && self.book.lists_events_of(log_file, &self.window)
    }

    fn judge(&self, log_file: &str, text: LogText) -> Option<VerifiedFile> {
        self.book.listed(&log(log_file), Some(text))
    }

    fn judge_unlisted(&self, log_file: &str, key: &LogKey) -> Option<VerifiedFile> {
        let log = FoundLog { file: log_file.into(), key: key.clone() };
        self.newest(|newest| self.book.unlisted(&log, newest))
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
