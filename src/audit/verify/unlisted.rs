//! Judges log files that no digest lists.

use std::collections::HashMap;
use std::sync::Arc;

use super::digests::{JudgedChain, JudgedDigest};
use super::listed::HOUR_SECONDS;
use super::logs::{FoundLog, NewestLogs, Place, place_of};
use crate::domain::timestamp::Timestamp;
use crate::domain::verdict::{UncheckedReason, Verdict, VerifiedFile, VerifiedKind};
use crate::domain::window::Window;

/// The newest log files of a place wait for their digest for so many seconds: two hours.
const WAITING_SECONDS: i64 = 2 * 3_600;

/// What the chains of an account and region tell of its log files, those of late log files apart.
#[derive(Debug, Default)]
struct PlaceChains {
    /// Those with a valid digest, by their places among all. Others can be there in any number.
    valid: Vec<usize>,
    /// The start of the first hour that a digest tells.
    first: Option<Timestamp>,
    /// The end of the newest digest.
    last: Option<Timestamp>,
    /// The start of the newest hour: what was delivered before it is not past the newest digest.
    newest_hour: Option<i64>,
}

/// What chains tell of log files that no digest lists, by account and region.
#[derive(Debug, Default)]
pub(super) struct Places(HashMap<Box<str>, HashMap<Box<str>, PlaceChains>>);

impl Places {
    /// That of these chains.
    pub(super) fn of(chains: &[JudgedChain]) -> Self {
        let mut places = Self::default();
        for (at, chain) in chains.iter().enumerate().filter(|(_, chain)| !chain.key.is_backfill) {
            let regions = places.0.entry(chain.key.account.clone()).or_default();
            let place = regions.entry(chain.key.region.clone()).or_default();
            if chain.digests.iter().any(|judged| judged.valid().is_some()) {
                place.valid.push(at);
            }
            let first = chain.digests.first().and_then(|judged| judged.says.as_ref()).map(|says| says.start);
            place.first = place.first.into_iter().chain(first).min();
            if let Some(last) = chain.digests.last() {
                place.last = place.last.max(Some(last.end));
                place.newest_hour = place.newest_hour.max(Some(newest_hour(last)));
            }
        }
        places
    }

    fn get(&self, (account, region): Place<'_>) -> Option<&PlaceChains> {
        self.0.get(account)?.get(region)
    }
}

/// The row of a log file that no digest lists; nothing for one outside the window. A name that does not tell when it was
/// delivered is in every window.
pub(super) fn unlisted(
    log: &FoundLog,
    (chains, places): (&[JudgedChain], &Places),
    window: &Window,
    newest: &NewestLogs,
) -> Option<VerifiedFile> {
    let (Some(place), Some(delivered)) = (place_of(&log.key), log.key.delivered) else { return Some(odd(log)) };
    if !window.contains(delivered) {
        return None;
    }
    let none = PlaceChains::default();
    let told = places.get(place).unwrap_or(&none);
    let valid = told.valid.iter().map(|at| &chains[*at]);
    let covering = valid.into_iter().find_map(|chain| Some((chain, covering(chain, delivered)?)));
    let is_before = told.first.is_some_and(|first| delivered < first.minute());
    let is_within = told.newest_hour.is_some_and(|newest| delivered.seconds() < newest);
    let verdict = match (covering, told.last) {
        (Some(_), _) => Verdict::Unlisted,
        (None, None) => Verdict::Unchecked(UncheckedReason::NoDigest),
        (None, Some(_)) if is_before => Verdict::Unchecked(UncheckedReason::BeforeFirst),
        (None, Some(_)) if is_within => Verdict::Unchecked(UncheckedReason::HourNotValid),
        (None, Some(_)) => {
            let newest = newest.of(place).filter(|newest| delivered <= *newest);
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
        digest: covering.map(|(_, judged)| Arc::clone(&judged.file)),
        events: None,
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
        events: None,
    }
}

/// So many digests may have one end: copies of each other.
const COPIES: usize = 8;

/// The valid digest whose hour holds a time, if the one after it is valid too: what was delivered at the end of an hour may
/// stand in the next one.
fn covering(chain: &JudgedChain, delivered: Timestamp) -> Option<&JudgedDigest> {
    let at = chain.digests.partition_point(|judged| judged.end <= delivered);
    let later = || chain.digests[at..].iter().take(2 * COPIES).filter_map(|judged| Some((judged, judged.valid()?)));
    let (judged, hour) = later().find(|(_, hour)| hour.start.minute() <= delivered && delivered < hour.end)?;
    later().any(|(_, next)| next.start == hour.end).then_some(judged)
}

/// The start of the hour of the newest digest of a chain, or what it is at the latest where that digest is not valid.
fn newest_hour(last: &JudgedDigest) -> i64 {
    let start = last.valid().map(|digest| digest.start.minute().seconds());
    start.unwrap_or(last.end.seconds() - HOUR_SECONDS)
}
