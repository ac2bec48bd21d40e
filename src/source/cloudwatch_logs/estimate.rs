//! What reading log groups would take.

use super::describe::{FoundGroup, ReadBy};
use super::find::{FoundGroups, find};
use super::groups::LogGroups;
use super::open::WHAT;
use super::range::range;
use crate::aws::connect::runtime;
use crate::domain::timestamp::Timestamp;
use crate::domain::trouble::{SourceTrouble, TroubleKind};
use crate::domain::work::SourceWork;
use crate::source::kind::RemoteSource as _;
use crate::source::paged::account_region::refuse_anonymous;
use crate::source::paged::slots::AskedRange;
use crate::source::question::{RemoteQuestion, SourceNote};

/// As much as FilterLogEvents gives at once.
const PAGE: u64 = 1 << 20;

/// What Logs Insights scans for one of the hundredths of a dollar below, in bytes
/// (<https://aws.amazon.com/cloudwatch/pricing/>: $0.005 per GB in most regions).
const BYTES_FOR_A_CENT: u64 = 2_000_000_000;

/// One row for each group. Groups are looked for, and nothing of them is read.
pub(super) fn estimate(
    groups: &LogGroups,
    question: &RemoteQuestion,
    notes: &mut Vec<SourceNote>,
) -> Result<Vec<SourceWork>, SourceTrouble> {
    refuse_anonymous(WHAT, &question.aws)?;
    let found = runtime()?.block_on(find(groups, question, false))?;
    if found.groups.is_empty()
        && let Some(trouble) = trouble(&found)
    {
        return Err(trouble);
    }
    notes.extend(found.notes.iter().map(SourceNote::new));
    notes.extend(found.failed.iter().map(|(it, _)| SourceNote::new(format!("{}: {}", it.file, it.reason))));
    notes.extend(found.absent.iter().map(|label| SourceNote::new(format!("{label}: there is no such log group"))));
    let mut work = Vec::new();
    let (mut filters, mut scanned) = (false, None);
    for group in found.groups.iter().filter(|group| group.read_by != ReadBy::Nothing) {
        let asked = range(question.window, question.late_days, question.now, group.age);
        notes.extend(asked.too_old.map(|text| SourceNote::new(format!("{} {text}", group.label))));
        let Some(range) = asked.range else { continue };
        let bytes = share(group, range, asked.oldest, question.now);
        let requests = match group.read_by {
            ReadBy::Filter => bytes.div_ceil(PAGE).max(1),
            ReadBy::Query | ReadBy::Nothing => 2,
        };
        if group.read_by == ReadBy::Query {
            scanned = Some(scanned.unwrap_or_default() + bytes);
        } else {
            filters = true;
        }
        work.push(SourceWork {
            source: groups.label(),
            prefix: group.label.to_string(),
            list_requests: 1,
            get_requests: requests,
            bytes,
            ..SourceWork::default()
        });
    }
    if filters {
        notes.push(SourceNote::new(
            "FilterLogEvents takes at most one request for each MB that a group holds of the window, five a second, and AWS \
             does not charge for it; only what matches is fetched",
        ));
    }
    if let Some(scanned) = scanned {
        notes.push(SourceNote::new(format!(
            "Logs Insights scans at most {scanned} bytes of groups of the class Infrequent Access: ${} at $0.005 a GB",
            dollars(scanned)
        )));
    }
    Ok(work)
}

/// Why there is nothing that could be estimated.
fn trouble(found: &FoundGroups) -> Option<SourceTrouble> {
    let (unlisted, hints) = found.failed.first()?;
    let cause = if unlisted.forbidden { TroubleKind::Permission } else { TroubleKind::Failure };
    let trouble = SourceTrouble::new(cause, format!("{}: {}", unlisted.file, unlisted.reason));
    Some(hints.iter().fold(trouble, SourceTrouble::hint))
}

/// How much of what a group holds lies in a range, if every hour has as much. Of an import nobody knows from when its
/// events are, so that all of it may.
fn share(group: &FoundGroup, range: AskedRange, oldest: Timestamp, now: Timestamp) -> u64 {
    if group.age.is_imported {
        return group.stored;
    }
    let since = group.age.created.map_or(oldest, |created| created.max(oldest));
    let seconds = |from: Timestamp, to: Timestamp| to.seconds().saturating_sub(from.seconds()).max(0).unsigned_abs();
    let whole = seconds(since, now).max(1);
    let part = seconds(range.start.max(since), range.end).min(whole);
    u64::try_from(u128::from(group.stored) * u128::from(part) / u128::from(whole)).unwrap_or(group.stored)
}

/// With two digits behind the point, rounded up.
fn dollars(bytes: u64) -> String {
    let cents = bytes.div_ceil(BYTES_FOR_A_CENT);
    format!("{}.{:02}", cents / 100, cents % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scanning_has_a_price() {
        assert_eq!(dollars(0), "0.00");
        assert_eq!(dollars(1), "0.01");
        assert_eq!(dollars(1_000_000_000_000), "5.00");
    }
}
