//! What asking a table would take. Athena itself tells before a query only what it would ask, and never how much: that is
//! known where the log files of the table can be listed.

use super::days::DayRange;
use super::open::{WHAT, remembered, wanted};
use super::place::TablePlace;
use super::plan::TablePlan;
use super::price::price;
use super::shape::TableShape;
use super::table::AthenaTable;
use crate::aws::AwsOptions;
use crate::aws::connect::runtime;
use crate::domain::trouble::SourceTrouble;
use crate::domain::window::Window;
use crate::domain::work::SourceWork;
use crate::source::bucket::BucketAddress;
use crate::source::kind::{RemoteReading, RemoteSource as _};
use crate::source::paged::account_region::{refuse_anonymous, roles};
use crate::source::question::{RemoteQuestion, SourceNote};

/// A start, a look and a page.
const REQUESTS: u64 = 3;

/// One row for each prefix that Athena would read, or one for the table. Nothing is asked but the catalog.
pub(super) fn estimate(
    table: &AthenaTable,
    source: usize,
    question: &RemoteQuestion,
    notes: &mut Vec<SourceNote>,
) -> Result<Vec<SourceWork>, SourceTrouble> {
    refuse_anonymous(WHAT, &question.aws)?;
    let mut work = Vec::new();
    for role in roles(&question.aws) {
        let runtime = runtime()?;
        let names = question.known(source).is_some();
        let place = runtime.block_on(TablePlace::of(role, &question.aws, names))?;
        let plan = runtime.block_on(TablePlan::of(table, place, question))?;
        let label = table.label();
        let mut note = |text: String| notes.push(SourceNote::new(format!("{label}: {text}")));
        plan.notes.iter().for_each(|text| note(text.clone()));
        let days = wanted(remembered(&plan, source, question).as_ref(), question);
        if days.is_empty() {
            note("every day of the window was read, and none can change any more".to_owned());
            continue;
        }
        let losses = plan.losses(&days, question);
        losses.all().chain(losses.narrowed.iter().cloned()).for_each(&mut note);
        note(format!("in the workgroup {} Athena would run: {}", table.workgroup(), plan.statement(&days)));
        let listed = listed(&plan.shape, &days, question, role);
        let counted = listed.and_then(|(address, question)| {
            let mut reading = RemoteReading { source, count: 1, question: &question, notes: &mut Vec::new() };
            address.estimate(&mut reading).ok()
        });
        if let Some(prefixes) = counted.filter(|_| plan.layout.day.prunes()) {
            let bytes = prefixes.iter().map(|prefix| prefix.bytes).sum();
            note(format!("Athena would scan at most the {bytes} bytes of these log files: {}", price(bytes)));
            work.extend(prefixes.into_iter().map(|prefix| SourceWork { source: label.clone(), ..prefix }));
        } else {
            note(
                "how much Athena would scan is known only after the query: $5 a TB, the price in most regions"
                    .to_owned(),
            );
            let prefix = table.name();
            work.push(SourceWork { source: label, prefix, get_requests: REQUESTS, ..SourceWork::default() });
        }
    }
    Ok(work)
}

/// Where the log files of a table are, and how they are listed for the days that it is asked for; nothing for a table over
/// something else.
fn listed(
    shape: &TableShape,
    days: &[DayRange],
    question: &RemoteQuestion,
    role: Option<&str>,
) -> Option<(BucketAddress, RemoteQuestion)> {
    let location = shape.property("storage.location.template").or(shape.property("location"))?;
    let front = location.split("${").next()?;
    // A template may end in the middle of a folder's name.
    let place = if front == location { front } else { &front[..=front.rfind('/')?] };
    let is_archive = location.contains("AWSLogs/") || location.contains("/CloudTrail");
    let address: BucketAddress = place.strip_prefix("s3://").filter(|_| is_archive)?.parse().ok()?;
    let window = Window { from: Some(days.first()?.first.start()), to: Some(days.last()?.last.end()) };
    let role_arns = role.iter().map(|role| (*role).to_owned()).collect();
    let aws = AwsOptions { role_arns, ..question.aws.clone() };
    let question = RemoteQuestion { window, late_days: 0, resume: None, aws, own_aws: Vec::new(), ..question.clone() };
    Some((address, question))
}
