//! Judges log files that no digest lists.

use std::sync::Arc;

use super::digests::{JudgedChain, JudgedDigest};
use super::listed::HOUR_SECONDS;
use super::logs::{FoundLog, NewestLogs, place_of};
use crate::domain::timestamp::Timestamp;
use crate::domain::verdict::{UncheckedReason, Verdict, VerifiedFile, VerifiedKind};
use crate::domain::window::Window;

/// The newest log files of a place wait for their digest for so many seconds: two hours.
const WAITING_SECONDS: i64 = 2 * 3_600;

/// The row of a log file that no digest lists; nothing for one outside the window. A name that does not tell when it was
/// delivered is in every window.
pub(super) fn unlisted(
    log: &FoundLog,
    chains: &[JudgedChain],
    window: &Window,
    newest: &NewestLogs,
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
    let last = of_place().filter_map(|chain| chain.digests.last()).map(|judged| judged.end).max();
    let first = of_place().filter_map(|chain| chain.digests.first()?.says.as_ref()).map(|says| says.start);
    let is_before = first.min().is_some_and(|first| delivered < first.minute());
    let verdict = match (covering, last) {
        (Some(_), _) => Verdict::Unlisted,
        (None, None) => Verdict::Unchecked(UncheckedReason::NoDigest),
        (None, Some(_)) if is_before => Verdict::Unchecked(UncheckedReason::BeforeFirst),
        (None, Some(_)) if of_place().any(|chain| has_next(chain, delivered)) => {
            Verdict::Unchecked(UncheckedReason::HourNotValid)
        }
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
    let at = chain.digests.partition_point(|judged| judged.end <= delivered);
    let later = || chain.digests[at..].iter().take(2 * COPIES).filter_map(|judged| Some((judged, judged.valid()?)));
    let (judged, hour) = later().find(|(_, hour)| hour.start.minute() <= delivered && delivered < hour.end)?;
    later().any(|(_, next)| next.start == hour.end).then_some(judged)
}

/// Whether a digest of a later hour than the one that holds a time is there.
fn has_next(chain: &JudgedChain, delivered: Timestamp) -> bool {
    chain.digests.last().is_some_and(|last| {
        let start = last.valid().map(|digest| digest.start.minute().seconds());
        delivered.seconds() < start.unwrap_or(last.end.seconds() - HOUR_SECONDS)
    })
}
