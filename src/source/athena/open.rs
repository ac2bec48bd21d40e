//! Asks a table, and starts the reading of what it answers.

use std::sync::{Arc, PoisonError};

use tokio::sync::mpsc::channel;

use super::days::DayRange;
use super::execution::execute;
use super::place::TablePlace;
use super::plan::{TablePlan, days};
use super::price::price;
use super::reading::{ReadingContext, TableReading, failed};
use super::remember::RememberedDays;
use super::table::AthenaTable;
use crate::aws::connect::runtime;
use crate::domain::trouble::{SourceTrouble, TroubleKind};
use crate::source::delivery::Delivery;
use crate::source::inbox::Inbox;
use crate::source::kind::RemoteSource as _;
use crate::source::paged::account_region::{refuse_anonymous, roles};
use crate::source::paged::inbox::{FailureAdvice, PagedInbox, RememberedRange};
use crate::source::question::{RemoteQuestion, SourceNote};

/// Log files that may wait to be decoded; each has at most some 8 MB.
const WAITING: usize = 16;

/// What is never public.
pub(super) const WHAT: &str = "a table of Athena";

/// Asks a table as source number `source`, and waits for the end of the query: only then is there anything to read.
pub(super) fn open(
    table: &AthenaTable,
    source: usize,
    question: &RemoteQuestion,
    notes: &mut Vec<SourceNote>,
) -> Result<Box<dyn Inbox>, SourceTrouble> {
    refuse_anonymous(WHAT, &question.aws)?;
    let runtime = runtime()?;
    let shared = Arc::new(ReadingContext {
        source,
        label: table.label().into(),
        aws: question.aws.clone(),
        progress: Arc::clone(&question.progress),
        advice: FailureAdvice::default(),
    });
    let (mut told, mut begun, mut readings) = (Vec::new(), RememberedRange::default(), Vec::new());
    let mut scanned = 0;
    let roles = roles(&question.aws);
    for role in &roles {
        match runtime.block_on(ask(table, *role, source, question, notes, &shared)) {
            Ok((reading, bytes)) => {
                scanned += bytes;
                told.extend(reading.lost());
                readings.push(reading);
            }
            Err(trouble) if roles.len() == 1 || trouble.cause == TroubleKind::Usage => return Err(trouble),
            Err(trouble) => told.push(missing(table, *role, trouble, &shared)),
        }
    }
    let (out, rest) = channel(WAITING);
    for reading in readings {
        if let Some(days) = &reading.days {
            begun.add(days.front().to_owned(), days.wanted.first().map(|range| range.first));
        }
        runtime.spawn(reading.deliver(out.clone()));
    }
    drop(out);
    let advice = Arc::clone(&shared.advice);
    Ok(Box::new(PagedInbox::open(runtime, rest, told, advice, begun)?.with_scanned(scanned)))
}

/// What is said of the table of one role of several.
fn missing(table: &AthenaTable, role: Option<&str>, trouble: SourceTrouble, shared: &ReadingContext) -> Delivery {
    shared.advice.lock().unwrap_or_else(PoisonError::into_inner).insert(trouble.hints);
    let role = role.map_or_else(String::new, |role| format!("as {role}: "));
    let reason = format!("{role}{}; all events of it are missing", trouble.message);
    failed(&table.label(), reason, trouble.cause == TroubleKind::Permission)
}

/// Asks the table of one account: what is to be read, and how many bytes Athena scanned for it.
async fn ask(
    table: &AthenaTable,
    role: Option<&str>,
    source: usize,
    question: &RemoteQuestion,
    notes: &mut Vec<SourceNote>,
    shared: &Arc<ReadingContext>,
) -> Result<(TableReading, u64), SourceTrouble> {
    let place = TablePlace::of(role, &question.aws, question.known(source).is_some()).await?;
    let plan = TablePlan::of(table, place, question).await?;
    let label = table.label();
    notes.extend(plan.notes.iter().map(|note| SourceNote::new(format!("{label}: {note}"))));
    let remembered = remembered(&plan, source, question);
    let wanted = wanted(remembered.as_ref(), question);
    let losses = plan.losses(&wanted, question);
    notes.extend(losses.narrowed.iter().map(|text| SourceNote::detail(format!("{label}: {text}"))));
    let shared = Arc::clone(shared);
    let reading = |query| TableReading { plan: plan.clone(), query, days: remembered, losses, shared };
    if wanted.is_empty() {
        return Ok((reading(None), 0));
    }
    let statement = plan.statement(&wanted);
    notes.push(SourceNote::detail(format!("{label}: {statement}")));
    let done = execute(&plan.place.client, table, &statement, &plan.label()).await;
    let done = done.map_err(|failure| failure.trouble(table, &plan.place, &question.aws))?;
    let price = price(done.scanned);
    notes.push(SourceNote::new(format!("{label}: Athena scanned {} bytes: {price}", done.scanned)));
    Ok((reading(Some(done.id)), done.scanned))
}

/// What is remembered of a table.
pub(super) fn remembered(plan: &TablePlan, source: usize, question: &RemoteQuestion) -> Option<RememberedDays> {
    let (known, resume) = (question.known(source)?, question.resume.as_ref()?);
    Some(RememberedDays::new(plan, known.as_ref(), resume, question, days(question)))
}

/// The days that are asked for.
pub(super) fn wanted(remembered: Option<&RememberedDays>, question: &RemoteQuestion) -> Vec<DayRange> {
    match remembered {
        Some(remembered) => remembered.wanted.clone(),
        None => days(question).into_iter().collect(),
    }
}
