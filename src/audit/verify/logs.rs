//! Judges log files by the digests that list them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::digests::{JudgedChain, JudgedDigest};
use super::signatures::known_by;
use super::verdict::{InvalidReason, MissingReason, UncheckedReason, Verdict, VerifiedFile, VerifiedKind};
use crate::domain::digest::{Hash, ListedLog};
use crate::domain::digest_key::ChainKey;
use crate::domain::log_key::LogKey;
use crate::domain::timestamp::Timestamp;
use crate::domain::window::Window;

/// Digests of so many seconds after the window may list log files that were delivered late: 30 days.
pub const LATE_SECONDS: i64 = 30 * 86_400;

/// The newest log files of a place wait for their digest for so many seconds: two hours.
pub const WAITING_SECONDS: i64 = 2 * 3_600;

/// A log file that is there.
#[derive(Debug, Clone)]
pub struct FoundLog {
    /// Its name in the source.
    pub file: Arc<str>,
    /// What the name says.
    pub key: LogKey,
}

/// What a log file's bytes turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogText {
    /// The SHA-256 of its text.
    Hash(Hash),
    /// It does not inflate, or something follows its text.
    Gzip,
    /// It could not be opened.
    Unreadable,
}

/// A log file that digests list, and what they say of it.
#[derive(Debug)]
struct Listing {
    chain: ChainKey,
    time: Option<Timestamp>,
    /// The digests that list it, and the hash that each names; of those that are not valid, no hash.
    by: Vec<(Arc<str>, Option<Hash>)>,
}

/// What the digests list of a window.
#[derive(Debug, Default)]
pub struct ListedLogs {
    listings: BTreeMap<Box<str>, Listing>,
    /// Those that digests of other times list.
    elsewhere: HashSet<Box<str>>,
}

impl ListedLogs {
    /// What the digests say of the log files of a window: those that its digests list, and those that later digests list
    /// with events of it.
    #[must_use]
    pub fn new(chains: &[JudgedChain], window: &Window) -> Self {
        let mut listed = Self::default();
        for chain in chains {
            for judged in &chain.digests {
                let Ok(digest) = &judged.found.read else { continue };
                let asked = window.contains(judged.found.key.end);
                let is_valid = judged.valid().is_some();
                for log in &digest.logs {
                    let known_by = known_by(&log.object);
                    let is_ours = asked || (is_late(judged, window) && has_events_of(log, window));
                    if !is_ours {
                        // A digest that is not valid says nothing of other times.
                        if is_valid {
                            listed.elsewhere.insert(known_by.into());
                        }
                        continue;
                    }
                    let listing = listed.listings.entry(known_by.into()).or_insert_with(|| Listing {
                        chain: chain.key.clone(),
                        time: time_of(log),
                        by: Vec::new(),
                    });
                    listing.by.push((Arc::clone(&judged.found.file), is_valid.then_some(log.hash)));
                }
            }
        }
        listed
    }

    /// Whether a digest lists a log file of that name, so that its text has to be read.
    #[must_use]
    pub fn wants(&self, file: &str) -> bool {
        let listing = self.listings.get(known_by(file));
        listing.is_some_and(|listing| listing.by.iter().any(|(_, hash)| hash.is_some()))
    }

    /// Judges the log files that are there, with what their texts turned out to be where they were wanted, and names those
    /// that are not there.
    #[must_use]
    pub fn judge(
        &self,
        found: &[(FoundLog, Option<LogText>)],
        chains: &[JudgedChain],
        window: &Window,
        now: Timestamp,
    ) -> Vec<VerifiedFile> {
        let mut rows = Vec::new();
        let mut met: HashSet<&str> = HashSet::new();
        let newest = newest_of_places(found, now);
        for (log, text) in found {
            let known_by = known_by(&log.file);
            match self.listings.get_key_value(known_by) {
                Some((name, listing)) => {
                    met.insert(name);
                    let (verdict, digest) = listing.verdict(*text);
                    // Where a valid chain covers its time and does not list it, what else does is of no weight.
                    let not_valid = Verdict::Unchecked(UncheckedReason::DigestNotValid);
                    let stronger = (verdict == not_valid).then(|| unlisted(log, chains, window, &newest)).flatten();
                    let stronger = stronger.filter(|row| row.verdict == Verdict::Unlisted);
                    rows.push(stronger.unwrap_or_else(|| listing.row(Arc::clone(&log.file), verdict, digest)));
                }
                None if self.elsewhere.contains(known_by) => {}
                None => rows.extend(unlisted(log, chains, window, &newest)),
            }
        }
        let absent = self.listings.iter().filter(|(name, _)| !met.contains(&***name));
        rows.extend(absent.map(|(name, listing)| {
            let word = listing.by.iter().find(|(_, hash)| hash.is_some());
            let verdict = match word {
                Some(_) => Verdict::Missing(MissingReason::Listed),
                None => Verdict::Unchecked(UncheckedReason::DigestNotValid),
            };
            listing.row((**name).into(), verdict, word.or(listing.by.first()).map(|(digest, _)| digest))
        }));
        rows
    }
}

impl Listing {
    /// What is known of a file with that text, and the digest that says so.
    fn verdict(&self, text: Option<LogText>) -> (Verdict, Option<&Arc<str>>) {
        let valid = || self.by.iter().filter_map(|(digest, hash)| Some((digest, (*hash)?)));
        let Some((first, _)) = valid().next() else {
            return (Verdict::Unchecked(UncheckedReason::DigestNotValid), self.by.first().map(|(digest, _)| digest));
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

    fn row(&self, file: Arc<str>, verdict: Verdict, digest: Option<&Arc<str>>) -> VerifiedFile {
        VerifiedFile {
            kind: VerifiedKind::Log,
            account: Some(self.chain.account.clone()),
            region: Some(self.chain.region.clone()),
            trail: Some(self.chain.trail.clone()),
            file,
            time: self.time,
            verdict,
            digest: digest.map(Arc::clone),
        }
    }
}

/// Whether a digest ends within the time in which late log files are listed.
fn is_late(judged: &JudgedDigest, window: &Window) -> bool {
    let Some(to) = window.to else { return false };
    let after = judged.found.key.end.seconds() - to.seconds();
    (0..=LATE_SECONDS).contains(&after)
}

fn has_events_of(log: &ListedLog, window: &Window) -> bool {
    let Some((oldest, newest)) = log.times else { return false };
    window.from.is_none_or(|from| from <= newest) && window.to.is_none_or(|to| oldest < to)
}

fn time_of(log: &ListedLog) -> Option<Timestamp> {
    LogKey::parse(&log.object).delivered.or(log.times.map(|(_, newest)| newest))
}

/// An account and a region.
type Place<'a> = (&'a str, &'a str);

fn place_of(key: &LogKey) -> Option<Place<'_>> {
    Some((key.account.as_deref()?, key.region.as_deref()?))
}

/// When the newest log file of each place was delivered. A name that speaks of a time to come counts for none.
fn newest_of_places(found: &[(FoundLog, Option<LogText>)], now: Timestamp) -> HashMap<Place<'_>, Timestamp> {
    let mut newest: HashMap<Place<'_>, Timestamp> = HashMap::new();
    for (log, _) in found {
        if let (Some(place), Some(delivered)) = (place_of(&log.key), log.key.delivered)
            && delivered <= now
        {
            let last = newest.entry(place).or_insert(delivered);
            *last = (*last).max(delivered);
        }
    }
    newest
}

/// The row of a log file that no digest lists; nothing for one outside the window. A name that does not tell when it was
/// delivered is in every window.
fn unlisted(
    log: &FoundLog,
    chains: &[JudgedChain],
    window: &Window,
    newest: &HashMap<Place<'_>, Timestamp>,
) -> Option<VerifiedFile> {
    let (Some(place), Some(delivered)) = (place_of(&log.key), log.key.delivered) else { return Some(odd(log)) };
    if !window.contains(delivered) {
        return None;
    }
    let of_place = || {
        let chains = chains.iter().filter(|chain| (&*chain.key.account, &*chain.key.region) == place);
        chains.filter(|chain| !chain.key.is_backfill)
    };
    let covering = of_place().find_map(|chain| Some((chain, covering(chain, delivered)?)));
    let last = of_place().filter_map(|chain| chain.digests.last()).map(|judged| judged.found.key.end).max();
    let first =
        of_place().filter_map(|chain| chain.digests.first()?.found.read.as_ref().ok()).map(|digest| digest.start);
    let is_before = first.min().is_some_and(|first| delivered < first.minute());
    let verdict = match (covering, last) {
        (Some(_), _) => Verdict::Unlisted,
        (None, None) => Verdict::Unchecked(UncheckedReason::NoDigest),
        (None, Some(_)) if is_before => Verdict::Unchecked(UncheckedReason::BeforeFirst),
        (None, Some(_)) if of_place().any(|chain| has_next(chain, delivered)) => {
            Verdict::Unchecked(UncheckedReason::HourNotValid)
        }
        (None, Some(_)) => {
            let newest = newest.get(&place).filter(|newest| delivered <= **newest);
            let waits = newest.map(|newest| newest.seconds() - delivered.seconds());
            Verdict::Unchecked(if waits.is_some_and(|waits| waits <= WAITING_SECONDS) {
                UncheckedReason::NotYetCovered
            } else {
                UncheckedReason::ChainEnded
            })
        }
    };
    Some(VerifiedFile {
        kind: VerifiedKind::Log,
        account: log.key.account.clone(),
        region: log.key.region.clone(),
        trail: covering.map(|(chain, _)| chain.key.trail.clone()),
        file: Arc::clone(&log.file),
        time: Some(delivered),
        verdict,
        digest: covering.map(|(_, judged)| Arc::clone(&judged.found.file)),
    })
}

/// The row of a log file with a name that CloudTrail does not give.
fn odd(log: &FoundLog) -> VerifiedFile {
    VerifiedFile {
        kind: VerifiedKind::Log,
        account: log.key.account.clone(),
        region: log.key.region.clone(),
        trail: None,
        file: Arc::clone(&log.file),
        time: None,
        verdict: Verdict::Unchecked(UncheckedReason::OddName),
        digest: None,
    }
}

/// So many digests may have one end: copies of each other.
const COPIES: usize = 8;

/// The valid digest whose hour holds a time, if the one after it is valid too: what was delivered at the end of an hour may
/// stand in the next one.
fn covering(chain: &JudgedChain, delivered: Timestamp) -> Option<&JudgedDigest> {
    let at = chain.digests.partition_point(|judged| judged.found.key.end <= delivered);
    let later = || chain.digests[at..].iter().take(2 * COPIES).filter_map(|judged| Some((judged, judged.valid()?)));
    let (judged, hour) = later().find(|(_, hour)| hour.start.minute() <= delivered && delivered < hour.end)?;
    later().any(|(_, next)| next.start == hour.end).then_some(judged)
}

/// Whether a digest of a later hour than the one that holds a time is there.
fn has_next(chain: &JudgedChain, delivered: Timestamp) -> bool {
    let at = chain.digests.partition_point(|judged| judged.found.key.end <= delivered);
    let ends = chain.digests[at..].first().zip(chain.digests.last());
    ends.is_some_and(|(hour, last)| hour.found.key.end < last.found.key.end)
}
