//! What the digests of a window say of its log files: asked for one log file after the other, by whoever reads them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::copies::Home;
use super::digests::JudgedChain;
use super::listed::{ListedLogs, Listing};
use super::logs::{FoundLog, NewestLogs};
use super::unlisted::{Places, unlisted};
use crate::domain::digest::LogText;
use crate::domain::digest_key::{ChainKey, ends_early};
use crate::domain::timestamp::{Day, Timestamp};
use crate::domain::verdict::{UncheckedReason, Verdict, VerifiedFile};
use crate::domain::window::Window;

/// The judged digests of a window. Any number of workers may ask it at once.
#[derive(Debug, Default)]
pub struct DigestBook {
    chains: Vec<JudgedChain>,
    places: Places,
    listed: ListedLogs,
    window: Window,
    /// How many listed log files lie where no digest of their chain does.
    strays: AtomicUsize,
}

/// What a copy of an archive lacks that its digests speak of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lacks {
    /// Digests, as the next ones name them.
    pub digests: usize,
    /// Log files, as valid digests list them.
    pub logs: usize,
}

impl DigestBook {
    /// That of these chains, in their order. What they list moves into the book.
    #[must_use]
    pub fn new(mut chains: Vec<JudgedChain>, window: Window) -> Self {
        let listed = ListedLogs::take(&mut chains, &window);
        let places = Places::of(&chains);
        Self { chains, places, listed, window, strays: AtomicUsize::default() }
    }

    /// The chains.
    #[must_use]
    pub fn chains(&self) -> &[JudgedChain] {
        &self.chains
    }

    /// A valid digest that does not lie where it was written: where that is, and its name here.
    #[must_use]
    pub fn moved(&self) -> Option<(String, &str)> {
        let mut moved = self.chains.iter().filter_map(|chain| chain.moved.as_ref());
        moved.next().map(|(from, file)| (from.clone(), &**file))
    }

    /// The chains that are cut off before the end of the window, or were ended, as [`ends_early`] says at that moment, each with the
    /// end of its newest valid digest.
    #[must_use]
    pub fn ends_early(&self, now: Timestamp) -> BTreeMap<&ChainKey, Timestamp> {
        let mut early: BTreeMap<&ChainKey, Timestamp> = BTreeMap::new();
        for chain in self.chains.iter().filter(|chain| !chain.key.is_backfill) {
            let newest = chain.digests.iter().rev().find(|judged| judged.verdict == Verdict::Valid);
            let newest = newest.map(|judged| judged.end).filter(|end| ends_early(*end, self.window, now));
            if let Some(newest) = newest {
                let end = early.entry(&chain.key).or_insert(newest);
                *end = newest.min(*end);
            }
        }
        early
    }

    /// The places of the archives of which there are several copies, each of which is judged by itself, and what each lacks;
    /// asked when all log files were met.
    #[must_use]
    pub fn copies(&self) -> BTreeMap<Home, Lacks> {
        let mut copies: BTreeMap<Home, Lacks> = BTreeMap::new();
        for chain in &self.chains {
            if let Some(own) = &chain.homes.own {
                let alarms = chain.missing.iter().filter(|row| row.verdict.is_alarm()).count();
                copies.entry(own.clone()).or_default().digests += alarms;
            }
        }
        for (own, row) in self.listed.all().flat_map(Listing::absent) {
            if let (Some(lacks), true) = (own.and_then(|own| copies.get_mut(own)), row.verdict.is_alarm()) {
                lacks.logs += 1;
            }
        }
        copies
    }

    /// How many of the log files that were met lie in another source, or in another folder, than the digests that list them.
    #[must_use]
    pub fn strays(&self) -> usize {
        self.strays.load(Ordering::Relaxed)
    }

    /// The rows of the digests of the window, and of those that are missing in it.
    pub fn digests(&self) -> impl Iterator<Item = VerifiedFile> {
        self.chains.iter().flat_map(|chain| chain.rows(|end| self.window.contains(end)))
    }

    /// Whether a valid digest lists a log file of that name, so that its text has to be hashed.
    #[must_use]
    pub fn wants(&self, file: &str) -> bool {
        self.listed.of(file).is_some_and(Listing::is_wanted)
    }

    /// Whether a valid digest lists a log file of that name, with events of a window.
    #[must_use]
    pub fn lists_events_of(&self, file: &str, window: &Window) -> bool {
        self.listed.of(file).is_some_and(|listing| listing.is_wanted() && listing.has_events_of(window))
    }

    /// Takes that a file of that name is there, in the source of that number.
    pub fn meet(&self, source: usize, file: &str) {
        if self.listed.of(file).is_some_and(|listing| !listing.meet(source, file)) {
            self.strays.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The row of a log file that is there and that a digest of the window lists, with what its text turned out to be where it was wanted;
    /// nothing for one that none lists.
    #[must_use]
    pub fn listed(&self, log: &FoundLog, text: Option<LogText>) -> Option<VerifiedFile> {
        let listing = self.listed.of(&log.file)?;
        let (verdict, digest) = listing.verdict(text);
        // Where a valid chain covers its time and does not list it, what else does is of no weight.
        let not_valid = verdict == Verdict::Unchecked(UncheckedReason::DigestNotValid);
        let stronger = not_valid.then(|| self.judge_unlisted(log, &NewestLogs::default())).flatten();
        let stronger = stronger.filter(|row| row.verdict == Verdict::Unlisted);
        Some(stronger.unwrap_or_else(|| listing.row(Arc::clone(&log.file), verdict, digest)))
    }

    /// The row of a log file that no digest of the window lists. Nothing for one whose name speaks of another time than the
    /// window, and for one that a valid digest of another time lists. What the newest digest does not cover yet is told by
    /// the newest log file of its place, so that this is asked when all have been seen.
    #[must_use]
    pub fn unlisted(&self, log: &FoundLog, newest: &NewestLogs) -> Option<VerifiedFile> {
        if self.listed.is_elsewhere(&log.file) {
            return None;
        }
        self.judge_unlisted(log, newest)
    }

    fn judge_unlisted(&self, log: &FoundLog, newest: &NewestLogs) -> Option<VerifiedFile> {
        unlisted(log, (&self.chains, &self.places), &self.window, newest)
    }

    /// The same, which remembers that somebody asked for the file of a source, by its number.
    #[must_use]
    pub fn ask(&self, source: usize, file: &str) -> bool {
        let wanted = self.listed.of(file).filter(|listing| listing.is_wanted());
        wanted.map(|listing| listing.ask(source, file)).is_some()
    }

    /// Where the log files of a source, by its number, lie that valid digests of the window list and for which nobody asked.
    /// Wherever an archive was moved or copied to, log files and digests were so together. In no order that means anything.
    pub fn unasked(&self, source: usize) -> impl Iterator<Item = String> {
        self.listed.all().flat_map(move |listing| listing.unasked(source))
    }

    /// Where the log files lie that valid digests of the window list, in no order that means anything.
    pub fn wanted(&self) -> impl Iterator<Item = String> {
        self.listed.all().filter(|listing| listing.is_wanted()).map(Listing::place)
    }

    /// The log files that valid digests list and that were delivered more than so many days after the day of their first event,
    /// whether they are there or not: those two days of each, in no order that means anything.
    pub fn late(&self, late_days: u32) -> impl Iterator<Item = (Day, Day)> {
        let days = self.listed.all().filter(|listing| listing.is_wanted()).filter_map(Listing::days);
        days.filter(move |(first, delivered)| first.plus(i64::from(late_days)) < *delivered)
    }

    /// The rows of the log files that digests of the window list and that are not there: those that nobody took to
    /// [`Self::meet`], in each copy for itself.
    pub fn absent(&self) -> impl Iterator<Item = VerifiedFile> {
        self.listed.all().flat_map(Listing::absent).map(|(_, row)| row)
    }
}
