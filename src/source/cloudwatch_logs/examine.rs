//! Whether log groups can be read.

use super::describe::{DESCRIBE, FoundGroup, ReadBy};
use super::find::find;
use super::groups::LogGroups;
use super::open::WHAT;
use super::policy::policy;
use super::range::range;
use super::reading::GroupPages;
use crate::aws::AwsOptions;
use crate::aws::connect::runtime;
use crate::domain::timestamp::Timestamp;
use crate::domain::trouble::{SourceTrouble, TroubleKind};
use crate::source::caller::who;
use crate::source::doctor::{CheckResult, Diagnosis};
use crate::source::paged::account_region::refuse_anonymous;
use crate::source::paged::regions::Regions;
use crate::source::paged::slots::AskedRange;
use crate::source::question::RemoteQuestion;

/// A query costs by what it scans, so that only the last seconds are queried.
const QUERIED: i64 = 60;

/// Looks for the groups, and tries one page of each.
pub(super) fn examine(groups: &LogGroups, question: &RemoteQuestion) -> Result<Diagnosis, SourceTrouble> {
    refuse_anonymous(WHAT, &question.aws)?;
    let mut diagnosis = Diagnosis::default();
    who(question, &mut diagnosis)?;
    if diagnosis.is_anonymous() {
        return Ok(diagnosis);
    }
    let runtime = runtime()?;
    let found = match runtime.block_on(find(groups, question, false)) {
        Ok(found) => found,
        Err(trouble) if trouble.cause == TroubleKind::Failure => {
            diagnosis.add(DESCRIBE, CheckResult::Failed, trouble.message);
            diagnosis.hints.extend(trouble.hints);
            return Ok(diagnosis);
        }
        Err(trouble) => return Err(trouble),
    };
    for note in &found.notes {
        diagnosis.add(DESCRIBE, CheckResult::Note, note.clone());
    }
    for (unlisted, hints) in &found.failed {
        let verdict = if unlisted.forbidden { CheckResult::Denied } else { CheckResult::Failed };
        diagnosis.add(DESCRIBE, verdict, format!("{}: {}", unlisted.file, unlisted.reason));
        diagnosis.hints.extend(hints.clone());
    }
    for label in &found.absent {
        diagnosis.add(DESCRIBE, CheckResult::Failed, format!("{label}: there is no such log group"));
    }
    for group in &found.groups {
        let asked = range(question.window, question.late_days, question.now, group.age);
        if let Some(too_old) = asked.too_old {
            diagnosis.add("window", CheckResult::Note, format!("{} {too_old}", group.label));
        }
        match asked.range {
            Some(range) if group.read_by != ReadBy::Nothing => {
                runtime.block_on(try_one(group, range, question, &mut diagnosis));
            }
            _ => diagnosis.add(group.action(), CheckResult::Note, format!("{}: {}", group.label, group.manner())),
        }
    }
    diagnosis.policy = Some(policy(&found.groups, groups.regions == Regions::All));
    Ok(diagnosis)
}

async fn try_one(group: &FoundGroup, range: AskedRange, question: &RemoteQuestion, diagnosis: &mut Diagnosis) {
    let place = &group.region.place;
    let range = match group.read_by {
        ReadBy::Query => AskedRange {
            start: Timestamp::from_seconds(range.end.seconds() - QUERIED).map_or(range.start, |at| at.max(range.start)),
            ..range
        },
        _ => range,
    };
    let mut pages = GroupPages::new(group, range);
    let (verdict, told) = match pages.next(group).await {
        Ok(page) => {
            let events = page.unwrap_or_default();
            let newest = events.iter().filter_map(|event| event.at).max();
            let newest = newest.and_then(|at| Timestamp::from_seconds(at.div_euclid(1_000)));
            let newest = newest.map_or_else(String::new, |time| format!(", the newest of {time}"));
            let what = if group.read_by == ReadBy::Query { "the last minute" } else { "the first page" };
            (CheckResult::Good, format!("{} log events on {what} that may be ours{newest}", events.len()))
        }
        Err(failure) if place.is_not_enabled(&failure) => (CheckResult::Note, "not enabled, or so it seems".to_owned()),
        Err(failure) => {
            let aws = AwsOptions { region: Some(place.region.to_string()), ..question.aws.clone() };
            let trouble = failure.trouble(&aws, group.action(), &group.resource());
            diagnosis.hints.extend(trouble.hints);
            let verdict = if failure.is_forbidden() { CheckResult::Denied } else { CheckResult::Failed };
            (verdict, trouble.message)
        }
    };
    let role = place.role.as_deref().map_or_else(String::new, |role| format!(" as {role}"));
    diagnosis.add(group.action(), verdict, format!("{}{role}: {told}", group.label));
}
