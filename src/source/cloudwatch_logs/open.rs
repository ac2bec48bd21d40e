//! Starts the reading of all groups.

use std::sync::{Arc, PoisonError};

use tokio::runtime::Runtime;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{Sender, channel};

use super::describe::{FoundGroup, ReadBy};
use super::find::{FoundGroups, find};
use super::groups::LogGroups;
use super::range::range;
use super::reading::{GroupReading, ReadingContext, failed};
use super::remember::{front, wanted};
use crate::aws::connect::runtime;
use crate::domain::timestamp::Timestamp;
use crate::domain::trouble::SourceTrouble;
use crate::source::delivery::Delivery;
use crate::source::inbox::Inbox;
use crate::source::paged::account_region::refuse_anonymous;
use crate::source::paged::inbox::{FailureAdvice, PagedInbox, RememberedRange};
use crate::source::question::{RemoteQuestion, SourceNote};

/// Pages that may wait to be decoded; each has at most 1 MB, or some 8 MB of a slot.
const WAITING: usize = 16;

/// Queries of Logs Insights that run at once: an account has some 30, and others want to see their dashboards.
const QUERIES: usize = 4;

/// What is never public.
pub(super) const WHAT: &str = "a log group";

/// Starts to read log groups as source number `source`. What is asked for ends at the time of the question.
pub(super) fn open(
    groups: &LogGroups,
    source: usize,
    question: &RemoteQuestion,
    notes: &mut Vec<SourceNote>,
) -> Result<Box<dyn Inbox>, SourceTrouble> {
    refuse_anonymous(WHAT, &question.aws)?;
    let runtime = runtime()?;
    let known = question.known(source);
    let found = runtime.block_on(find(groups, question, known.is_some()))?;
    notes.extend(found.notes.iter().map(SourceNote::new));
    let advice = FailureAdvice::default();
    let shared = Arc::new(ReadingContext {
        source,
        resumes: question.resume.is_some(),
        aws: question.aws.clone(),
        progress: Arc::clone(&question.progress),
        advice: Arc::clone(&advice),
        queries: Semaphore::new(QUERIES),
    });
    let mut told = not_found(&found, &advice);
    let mut begun = RememberedRange::default();
    if known.is_some() {
        found.looked_for.iter().for_each(|label| begun.add(front(label), None));
    }
    let (out, rest) = channel(WAITING);
    for (reading, oldest) in readings(found.groups, question, &shared, &mut told, notes) {
        start(&runtime, reading, oldest, question, &mut begun, &out);
    }
    drop(out);
    Ok(Box::new(PagedInbox::open(runtime, rest, told, advice, begun)?))
}

/// What is to be read of each group, with the first second that it still has; what nothing is read of is told.
fn readings(
    groups: Vec<FoundGroup>,
    question: &RemoteQuestion,
    shared: &Arc<ReadingContext>,
    told: &mut Vec<Delivery>,
    notes: &mut Vec<SourceNote>,
) -> Vec<(GroupReading, Timestamp)> {
    let mut readings = Vec::new();
    for group in groups {
        notes.push(SourceNote::detail(format!("{}: {}", group.label, group.manner())));
        if group.read_by == ReadBy::Nothing {
            told.push(failed(&group.label, group.manner().to_owned(), false));
            continue;
        }
        let asked = range(question.window, question.late_days, question.now, group.age);
        told.extend(asked.too_old.map(|text| Delivery::Incomplete(format!("{} {text}", group.label))));
        let Some(range) = asked.range else { continue };
        let stretch = shared.progress.stretch(range.start, range.end);
        readings.push((GroupReading { group, range, stretch, shared: Arc::clone(shared) }, asked.oldest));
    }
    readings
}

/// Starts to read one group.
fn start(
    runtime: &Runtime,
    reading: GroupReading,
    oldest: Timestamp,
    question: &RemoteQuestion,
    begun: &mut RememberedRange,
    out: &Sender<Delivery>,
) {
    let Some(known) = question.known(reading.shared.source) else {
        runtime.spawn(reading.deliver(out.clone()));
        return;
    };
    let refresh = question.resume.as_ref().is_some_and(|resume| resume.refresh);
    let wanted = wanted(&reading.group, known.as_ref(), reading.range, oldest, question.now, refresh);
    let first = wanted.iter().map(|stretch| stretch.reach.start.day()).min();
    begun.add(front(&reading.group.label), first);
    runtime.spawn(reading.deliver_slots(wanted, question.now, out.clone()));
}

/// What is said of groups that were not found, and of those that could not be looked for.
fn not_found(found: &FoundGroups, advice: &FailureAdvice) -> Vec<Delivery> {
    let mut told = Vec::new();
    for (unlisted, hints) in &found.failed {
        advice.lock().unwrap_or_else(PoisonError::into_inner).insert(hints.clone());
        told.push(failed(&unlisted.file, unlisted.reason.clone(), unlisted.forbidden));
    }
    told.extend(found.absent.iter().map(|label| failed(label, "there is no such log group".to_owned(), false)));
    told
}
