//! What digests list, and what that says of a log file.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::copies::{ChainHomes, Home, base_of};
use super::digests::{JudgedChain, JudgedDigest};
use super::signatures::known_by;
use crate::domain::digest::{Hash, ListedLog, LogText};
use crate::domain::digest_key::{ChainKey, archive_part};
use crate::domain::log_key::LogKey;
use crate::domain::timestamp::{Day, Timestamp};
use crate::domain::verdict::{InvalidReason, MissingReason, UncheckedReason, Verdict, VerifiedFile, VerifiedKind};
use crate::domain::window::Window;

/// Digests of so many seconds after the window may list log files that were delivered late: 30 days.
pub const LATE_SECONDS: i64 = 30 * 86_400;

/// Digests are of an hour each.
pub(super) const HOUR_SECONDS: i64 = 3_600;

/// A log file that digests list, and what they say of it.
#[derive(Debug)]
pub(super) struct Listing {
    /// The chain of the first digest that lists it.
    chain: Arc<ChainKey>,
    /// Its key, as that digest has it.
    object: Box<str>,
    time: Option<Timestamp>,
    /// The times of its first and of its last event, where it has any.
    times: Option<(Timestamp, Timestamp)>,
    /// What the digests say that list it.
    by: Vec<Word>,
}

/// What a digest says of a log file.
#[derive(Debug)]
struct Word {
    digest: Arc<str>,
    /// The number of its source.
    source: usize,
    /// Where the digests of its chain lie.
    homes: Arc<ChainHomes>,
    /// The hash that it names; none if it is not valid.
    hash: Option<Hash>,
    /// Whether somebody asked for the log file while its copy was listed.
    is_asked: AtomicBool,
    /// Whether the log file is there, in its copy.
    is_met: AtomicBool,
}

/// What the digests list of a window.
#[derive(Debug, Default)]
pub(super) struct ListedLogs {
    listings: HashMap<Box<str>, Listing>,
    /// Those that valid digests of other times list, among the names that tell no time.
    elsewhere: HashSet<Box<str>>,
}

impl ListedLogs {
    /// Takes out of the digests what they say of the log files of a window: those that its digests list, those that were
    /// delivered in it, whatever digest lists them, and those that later digests list with events of it.
    pub(super) fn take(chains: &mut [JudgedChain], window: &Window) -> Self {
        let mut listed = Self::default();
        for chain in chains {
            for judged in &mut chain.digests {
                let is_valid = judged.verdict == Verdict::Valid;
                let (asked, is_late) = (window.contains(judged.end), is_late(judged, window));
                // Of other hours, what is not valid says nothing.
                let tells = is_valid || is_cut(judged, window);
                let Some(says) = &mut judged.says else { continue };
                for log in std::mem::take(&mut says.logs) {
                    let is_wanted =
                        || (tells && is_delivered_in(&log, window)) || (is_late && has_events_of(&log, window));
                    if asked || is_wanted() {
                        let word = Word {
                            digest: Arc::clone(&judged.file),
                            source: judged.source,
                            homes: Arc::clone(&chain.homes),
                            hash: is_valid.then_some(log.hash),
                            is_asked: AtomicBool::default(),
                            is_met: AtomicBool::default(),
                        };
                        listed.add(&chain.key, log, word);
                    } else if is_valid {
                        listed.add_elsewhere(&log);
                    }
                }
            }
        }
        listed
    }

    fn add(&mut self, chain: &Arc<ChainKey>, log: ListedLog, word: Word) {
        if let Some(listing) = self.listings.get_mut(known_by(&log.object)) {
            listing.by.push(word);
            return;
        }
        let (name, time) = (known_by(&log.object).into(), time_of(&log));
        let (chain, times) = (Arc::clone(chain), log.times);
        let listing = Listing { chain, object: log.object, time, times, by: vec![word] };
        self.listings.insert(name, listing);
    }

    fn add_elsewhere(&mut self, log: &ListedLog) {
        let name = known_by(&log.object);
        if LogKey::parse(name).delivered.is_none() {
            self.elsewhere.insert(name.into());
        }
    }

    /// What is listed of a file. Wherever an archive was moved or copied to, what its keys have from `AWSLogs` on stays the
    /// same; a copy may also have lost all folders.
    pub(super) fn of(&self, file: &str) -> Option<&Listing> {
        let is_same = |listing: &&Listing| match (archive_part(file), archive_part(&listing.object)) {
            (Some(here), Some(there)) => here == there,
            _ => true,
        };
        self.listings.get(known_by(file)).filter(is_same)
    }

    /// Whether a digest of another time lists a file.
    pub(super) fn is_elsewhere(&self, file: &str) -> bool {
        self.elsewhere.contains(known_by(file))
    }

    /// All of them, in no order that means anything.
    pub(super) fn all(&self) -> impl Iterator<Item = &Listing> {
        self.listings.values()
    }
}

impl Listing {
    /// Its key in the source of the first valid digest that lists it, else as digests have it.
    pub(super) fn place(&self) -> String {
        let valid = self.by.iter().find(|word| word.hash.is_some());
        valid.map_or_else(|| self.object.to_string(), |word| self.place_by(word))
    }

    /// Its key in the source of a digest that lists it.
    fn place_by(&self, word: &Word) -> String {
        let root = archive_part(&word.digest).map(|part| &word.digest[..word.digest.len() - part.len()]);
        match (root, archive_part(&self.object)) {
            (Some(root), Some(part)) => format!("{root}{part}"),
            _ => self.object.to_string(),
        }
    }

    /// The days of its first event and of its delivery, where both are known.
    pub(super) fn days(&self) -> Option<(Day, Day)> {
        let delivered = LogKey::parse(&self.object).delivered?;
        Some((self.times?.0.day(), delivered.day()))
    }

    /// Whether it has events of a window, or may have some between its first and its last one.
    pub(super) fn has_events_of(&self, window: &Window) -> bool {
        self.times.is_some_and(|times| meets(times, window))
    }

    /// Remembers that somebody asked for it, where that file lies in that source.
    pub(super) fn ask(&self, source: usize, file: &str) {
        for word in self.words_about(source, file) {
            word.is_asked.store(true, Ordering::Relaxed);
        }
    }

    /// Remembers that it is there, where that file lies in that source. Whether a digest of its chain lies there, too.
    pub(super) fn meet(&self, source: usize, file: &str) -> bool {
        for word in self.words_about(source, file) {
            word.is_met.store(true, Ordering::Relaxed);
        }
        let base = base_of(file);
        self.by.iter().any(|word| word.homes.have(source, base))
    }

    /// What is said of it there.
    fn words_about(&self, source: usize, file: &str) -> impl Iterator<Item = &Word> {
        let base = base_of(file);
        self.by.iter().filter(move |word| word.homes.own(source, base))
    }

    /// Its keys in a source, of which valid digests there say that it is there, and for which nobody asked.
    pub(super) fn unasked(&self, source: usize) -> impl Iterator<Item = String> {
        self.copies().filter_map(move |words| {
            let word = words.iter().find(|word| word.hash.is_some()).filter(|word| word.source == source)?;
            let is_asked = words.iter().any(|word| word.is_asked.load(Ordering::Relaxed));
            (!is_asked).then(|| self.place_by(word))
        })
    }

    /// What is said of it, apart for each copy.
    fn copies(&self) -> impl Iterator<Item = Vec<&Word>> {
        let mut copies: Vec<Vec<&Word>> = Vec::new();
        // Anybody who can write there can put a digest into any number of folders.
        let mut known: HashMap<Option<&Home>, usize> = HashMap::new();
        for word in &self.by {
            let at = *known.entry(word.homes.own.as_ref()).or_insert(copies.len());
            match copies.get_mut(at) {
                Some(words) => words.push(word),
                None => copies.push(vec![word]),
            }
        }
        copies.into_iter()
    }

    /// Whether a valid digest lists it, so that its text has to be read.
    pub(super) fn is_wanted(&self) -> bool {
        self.by.iter().any(|word| word.hash.is_some())
    }

    /// What is known of a file with that text, and the digest that says so.
    pub(super) fn verdict(&self, text: Option<LogText>) -> (Verdict, Option<&Arc<str>>) {
        let valid = || self.by.iter().filter_map(|word| Some((&word.digest, word.hash?)));
        let Some((first, _)) = valid().next() else {
            return (Verdict::Unchecked(UncheckedReason::DigestNotValid), self.by.first().map(|word| &word.digest));
        };
        match text {
            Some(LogText::Hash(found)) => match valid().find(|(_, hash)| *hash == found) {
                Some((digest, _)) => (Verdict::Valid, Some(digest)),
                None => (Verdict::Invalid(InvalidReason::Hash), Some(first)),
            },
            Some(LogText::Gzip) => (Verdict::Invalid(InvalidReason::Gzip), Some(first)),
            Some(LogText::Unreadable) | None => (Verdict::Unchecked(UncheckedReason::Unreadable), Some(first)),
        }
    }

    /// The rows of the copies in which it is not there, and where those lie.
    pub(super) fn absent(&self) -> impl Iterator<Item = (Option<&Home>, VerifiedFile)> {
        let not_met = |words: &Vec<&Word>| !words.iter().any(|word| word.is_met.load(Ordering::Relaxed));
        self.copies().filter(not_met).map(|words| {
            let valid = words.iter().find(|word| word.hash.is_some());
            let verdict = match valid {
                Some(_) => Verdict::Missing(MissingReason::Listed),
                None => Verdict::Unchecked(UncheckedReason::DigestNotValid),
            };
            let word = valid.unwrap_or(&words[0]);
            let own = word.homes.own.as_ref();
            let file = own.map_or_else(|| self.object.to_string(), |_| self.place_by(word));
            (own, self.row(file.into(), verdict, Some(&word.digest)))
        })
    }

    pub(super) fn row(&self, file: Arc<str>, verdict: Verdict, digest: Option<&Arc<str>>) -> VerifiedFile {
        VerifiedFile {
            kind: VerifiedKind::Log,
            account: Some(self.chain.account.clone()),
            region: Some(self.chain.region.clone()),
            trail: Some(self.chain.trail.clone()),
            file,
            time: self.time,
            verdict,
            digest: digest.map(Arc::clone),
            events: self.times,
        }
    }
}

/// Whether a digest ends within the time in which late log files are listed.
fn is_late(judged: &JudgedDigest, window: &Window) -> bool {
    let Some(to) = window.to else { return false };
    let after = judged.end.seconds() - to.seconds();
    (0..=LATE_SECONDS).contains(&after)
}

/// Whether the hour of a digest begins in the window and ends behind it.
fn is_cut(judged: &JudgedDigest, window: &Window) -> bool {
    let end = judged.end.seconds();
    window.to.is_some_and(|to| to.seconds() <= end && end - HOUR_SECONDS < to.seconds())
}

fn is_delivered_in(log: &ListedLog, window: &Window) -> bool {
    LogKey::parse(&log.object).delivered.is_some_and(|delivered| window.contains(delivered))
}

fn has_events_of(log: &ListedLog, window: &Window) -> bool {
    log.times.is_some_and(|times| meets(times, window))
}

/// Whether the time from the first to the last event of a log file meets a window.
fn meets((oldest, newest): (Timestamp, Timestamp), window: &Window) -> bool {
    window.from.is_none_or(|from| from <= newest) && window.to.is_none_or(|to| oldest < to)
}

fn time_of(log: &ListedLog) -> Option<Timestamp> {
    LogKey::parse(&log.object).delivered.or(log.times.map(|(_, newest)| newest))
}
