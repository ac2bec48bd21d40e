//! Whether a table can be read.

use aws_sdk_athena::types::{WorkGroup, WorkGroupConfiguration};

use super::days::DayColumns;
use super::describe::DESCRIBE;
use super::execution::{START, execute};
use super::open::{WHAT, wanted};
use super::place::TablePlace;
use super::plan::TablePlan;
use super::policy::{WORKGROUP, policy};
use super::request::ask;
use super::table::AthenaTable;
use crate::aws::connect::runtime;
use crate::aws::failure::RequestFailure;
use crate::domain::trouble::{SourceTrouble, TroubleKind};
use crate::source::caller::who;
use crate::source::doctor::{CheckResult, Diagnosis};
use crate::source::paged::account_region::{refuse_anonymous, roles};
use crate::source::question::RemoteQuestion;

/// Looks at the table and its workgroup, and lets Athena explain the statement, which scans nothing.
pub(super) fn examine(table: &AthenaTable, question: &RemoteQuestion) -> Result<Diagnosis, SourceTrouble> {
    refuse_anonymous(WHAT, &question.aws)?;
    let mut diagnosis = Diagnosis::default();
    who(question, &mut diagnosis)?;
    if diagnosis.is_anonymous() {
        return Ok(diagnosis);
    }
    let runtime = runtime()?;
    for role in roles(&question.aws) {
        runtime.block_on(examine_one(table, role, question, &mut diagnosis))?;
    }
    Ok(diagnosis)
}

async fn examine_one(
    table: &AthenaTable,
    role: Option<&str>,
    question: &RemoteQuestion,
    diagnosis: &mut Diagnosis,
) -> Result<(), SourceTrouble> {
    // Whose it is makes the policy narrower, and is no reason to end.
    let place = match TablePlace::of(role, &question.aws, true).await {
        Ok(place) => place,
        Err(_) => TablePlace::of(role, &question.aws, false).await?,
    };
    let output = examine_workgroup(table, &place, diagnosis).await;
    let plan = match TablePlan::of(table, place.clone(), question).await {
        Ok(plan) => plan,
        Err(trouble) => {
            add_trouble(diagnosis, DESCRIBE, &place.role(), trouble);
            return Ok(());
        }
    };
    let day = match &plan.layout.day {
        DayColumns::Text(column, format) => format!("its partitions tell the day in {column} ({format})"),
        DayColumns::Date(column) => format!("its partitions tell the day in {column}"),
        DayColumns::Parts { year, month, day } => {
            format!("its partitions tell the day in {}, {} and {}", year.name, month.name, day.name)
        }
        DayColumns::EventTime { .. } => "no partition tells the day".to_owned(),
    };
    let (role, count) = (place.role(), plan.shape.columns.len());
    diagnosis.add(DESCRIBE, CheckResult::Good, format!("{role}{} has {count} columns; {day}", table.name()));
    for note in &plan.notes {
        diagnosis.add(DESCRIBE, CheckResult::Note, note.clone());
    }
    let days = wanted(None, question);
    let losses = plan.losses(&days, question);
    for loss in losses.all().chain(losses.narrowed.iter().cloned()) {
        diagnosis.add("projection", CheckResult::Note, format!("{role}{loss}"));
    }
    let statement = format!("EXPLAIN {}", plan.statement(&days));
    match execute(&place.client, table, &statement, &plan.label()).await {
        Ok(_) => {
            let told = "Athena takes the statement; whether it may read the log files shows when it runs";
            diagnosis.add(START, CheckResult::Good, format!("{role}{told}"));
        }
        Err(failure) => add_trouble(diagnosis, START, &role, failure.trouble(table, &place, &question.aws)),
    }
    diagnosis.policy = Some(policy(table, &place, &plan.shape, output.as_deref()));
    Ok(())
}

/// Looks at the workgroup: where results go.
async fn examine_workgroup(table: &AthenaTable, place: &TablePlace, diagnosis: &mut Diagnosis) -> Option<String> {
    let (workgroup, own) = (table.workgroup(), table.options.output.as_deref().map(str::to_owned));
    let request = place.client.get_work_group().work_group(workgroup);
    let label = place.label(table);
    let answer = ask(&label, || {
        let request = request.clone();
        async move { request.send().await.map_err(|error| RequestFailure::of(&error)) }
    });
    let role = place.role();
    let found = match answer.await {
        Ok(answer) => answer.work_group,
        Err(failure) => {
            // Whoever may not look at it may still use it.
            let told = format!("{role}the workgroup {workgroup} is not known: {}", failure.reason());
            diagnosis.add(WORKGROUP, CheckResult::Note, told);
            return own;
        }
    };
    let output = found.as_ref().and_then(output).or(own);
    let limit = found
        .as_ref()
        .and_then(WorkGroup::configuration)
        .and_then(WorkGroupConfiguration::bytes_scanned_cutoff_per_query);
    let limit = limit.map_or_else(String::new, |bytes| format!("; a query may scan {bytes} bytes"));
    let told = output.as_deref().map_or_else(|| "do not say where".to_owned(), |output| format!("go to {output}"));
    diagnosis.add(WORKGROUP, CheckResult::Good, format!("{role}results of the workgroup {workgroup} {told}{limit}"));
    output
}

/// Where the results of a workgroup go.
fn output(workgroup: &WorkGroup) -> Option<String> {
    let configuration = workgroup.configuration()?.result_configuration()?;
    configuration.output_location().filter(|output| !output.is_empty()).map(str::to_owned)
}

fn add_trouble(diagnosis: &mut Diagnosis, name: &'static str, role: &str, trouble: SourceTrouble) {
    let verdict = if trouble.cause == TroubleKind::Permission { CheckResult::Denied } else { CheckResult::Failed };
    diagnosis.add(name, verdict, format!("{role}{}", trouble.message));
    diagnosis.hints.extend(trouble.hints);
}
