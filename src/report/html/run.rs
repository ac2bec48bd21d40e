//! A run as a page of its own beside the report, built like it: one file, no script but its own, below a million bytes.

use std::io::{self, Write};

use askama::Template;

use super::budget::clip;
use super::{SCRIPT, TableView, policy};
use crate::audit::activity::change::Change;
use crate::audit::activity::deeds::{Deed, changes, failures};
use crate::audit::activity::run_call::RunCall;
use crate::audit::activity::shown_run::{ShownRun, TimelineEvent, timeline};
use crate::domain::assumption::Assumption;
use crate::domain::role::role_name;
use crate::domain::session_call::CallOutcome;
use crate::domain::source_address::SourceAddress;
use crate::domain::window::Window;
use crate::report::review::PageContext;
use crate::report::review::deeds::{account, call, last, paragraphs, word};
use crate::report::review::place::ReportPlace;
use crate::report::review::run_links::RunLinks;
use crate::report::review::table::{ColumnHead, ReviewTable, TableCell, number, text, time};
use crate::report::review::tables::{FINDING_COLUMNS, finding_row, leads_home};
use crate::report::review::words::window_name;
use crate::report::show::did::in_words;
use crate::report::show::page::{NO_ID, facts, names};
use crate::report::show::roles;
use crate::report::show::setting::PageSetting;

const STYLE: &str = concat!(include_str!("style.css"), include_str!("run.css"));

/// So many rows of the time line, and of each other table, are in the page, and so many bytes of their cells.
const TIMELINE_ROWS: usize = 500;
const TIMELINE_BYTES: usize = 400_000;
const ROWS: usize = 200;
const BYTES: usize = 80_000;

/// So many roles are shown.
const ROLES: usize = 100;

/// What a page of this report says where it does not have all rows.
const ELSEWHERE: &str = "tfctrail show, with the id of the run and the log files,";

#[derive(Template)]
#[template(path = "run.html")]
struct RunPage<'a> {
    style: &'static str,
    script: &'static str,
    policy: String,
    title: String,
    names: String,
    window: String,
    url: Option<String>,
    place: ReportPlace,
    facts: Vec<(&'static str, String)>,
    roles: Vec<String>,
    more_roles: usize,
    tables: Vec<TableView>,
    version: &'a str,
}

/// Writes the page of a run, as far as it lies in the window of a report.
pub(in crate::report) fn write(
    out: &mut dyn Write,
    shown: &ShownRun<'_>,
    window: Window,
    setting: &PageContext<'_>,
) -> io::Result<()> {
    let page = PageSetting { names: setting.account_names, zone: setting.time_zone, width: 100 };
    let roles = roles::rows(shown, &page);
    let small = [assumptions(shown, setting), changed(shown, setting), refused(shown, setting), found(shown, setting)];
    let small = small.into_iter().map(|table| TableView::of_part(table, ROWS, BYTES, ELSEWHERE));
    let all = TableView::of_part(all(shown, setting), TIMELINE_ROWS, TIMELINE_BYTES, ELSEWHERE);
    let page = RunPage {
        style: STYLE,
        script: SCRIPT,
        policy: policy(STYLE),
        title: clip(shown.run.run_id.unwrap_or(NO_ID)),
        names: clip(&names(shown)),
        window: window_name(window),
        place: setting.place.below(),
        url: shown.run.url().filter(|url| leads_home(&shown.run, setting) && url.len() <= 2_000),
        facts: facts(shown, &page).into_iter().map(|(name, text)| (name, clip(&text))).collect(),
        more_roles: roles.len().saturating_sub(ROLES),
        roles: roles.iter().take(ROLES).map(|(before, text)| format!("{}{}", &before[2..], clip(text))).collect(),
        tables: small.chain([all]).collect(),
        version: env!("CARGO_PKG_VERSION"),
    };
    let text = page.render().map_err(io::Error::other)?;
    out.write_all(text.as_bytes())?;
    out.flush()
}

fn assumptions<'a>(shown: &'a ShownRun<'_>, setting: &'a PageContext<'a>) -> ReviewTable<'a> {
    const COLUMNS: &[ColumnHead] =
        &[text("Time"), text("Phase"), text("Account"), text("Role"), text("From"), text("Let in by"), text("Outcome")];
    ReviewTable {
        id: "assumptions",
        title: "Role assumptions",
        note: "What the run asked AWS for, with its signed token.",
        file: None,
        empty: "No role assumption of the run was read; its calls are known by their session name.".to_owned(),
        columns: COLUMNS,
        total: shown.assumptions.len(),
        rows: Box::new(shown.assumptions.iter().map(|event| assumption_row(event, setting))),
    }
}

fn assumption_row(event: &Assumption, setting: &PageContext<'_>) -> Vec<TableCell> {
    let outcome = match event.outcome.error_code() {
        Some(code) => TableCell::lines(["denied".to_owned(), code.to_owned()]).marked("bad"),
        None => TableCell::new(event.outcome.as_str()),
    };
    let provider = event.issuer.as_deref().map(|issuer| format!("provider {issuer}")).into_iter();
    let audience = event.audience.as_deref().map(|audience| format!("audience {audience}"));
    vec![
        time(event.time, setting.time_zone),
        TableCell::opt(event.subject.phase()),
        account(event.account_id.as_deref().unwrap_or_default(), setting),
        TableCell::opt(event.role_arn.as_deref().map(role_name)).marked("name"),
        TableCell::opt(event.source_address.as_ref().map(SourceAddress::as_str)).marked("address"),
        TableCell::lines(provider.chain(audience)).marked("name"),
        outcome,
    ]
}

fn changed<'a>(shown: &'a ShownRun<'_>, setting: &'a PageContext<'a>) -> ReviewTable<'a> {
    const COLUMNS: &[ColumnHead] =
        &[text("What"), text("Call"), text("Account"), text("On"), number("Times"), text("Last")];
    let of = |change: Change| changes(&shown.calls, change).into_iter().map(move |deed| (change, deed));
    let deeds: Vec<(Change, Deed<'_>)> = Change::ALL.into_iter().flat_map(of).collect();
    ReviewTable {
        id: "changes",
        title: "Created, changed, deleted",
        note: "Calls that succeeded and, as their records say, do not only read.",
        file: None,
        empty: "The run changed nothing, as far as the log files tell.".to_owned(),
        columns: COLUMNS,
        total: deeds.len(),
        rows: Box::new(deeds.into_iter().map(|(change, deed)| {
            vec![
                word(change),
                call(&deed),
                account(deed.account, setting),
                TableCell::lines(deed.touched().into_iter().map(|name| in_words(&name).to_owned())).marked("evidence"),
                TableCell::count(deed.calls.len() as u64),
                last(&deed, setting),
            ]
        })),
    }
}

fn refused<'a>(shown: &'a ShownRun<'_>, setting: &'a PageContext<'a>) -> ReviewTable<'a> {
    const COLUMNS: &[ColumnHead] = &[
        text("Outcome"),
        text("Call"),
        text("Account"),
        text("Answer"),
        text("Message"),
        number("Times"),
        text("Last"),
    ];
    let outcomes = [(CallOutcome::Denied, "denied"), (CallOutcome::Failed, "failed")];
    let of = |(outcome, name)| failures(&shown.calls, outcome).into_iter().map(move |deed| (name, deed));
    let deeds: Vec<(&'static str, Deed<'_>)> = outcomes.into_iter().flat_map(of).collect();
    ReviewTable {
        id: "denials",
        title: "Denied and failed",
        note: "Each kind with the first message of AWS.",
        file: None,
        empty: "Nothing was denied, and nothing failed.".to_owned(),
        columns: COLUMNS,
        total: deeds.len(),
        rows: Box::new(deeds.into_iter().map(|(outcome, deed)| {
            vec![
                TableCell::new(outcome).marked(if outcome == "denied" { "bad" } else { "" }),
                call(&deed),
                account(deed.account, setting),
                TableCell::new(deed.code),
                TableCell::lines(paragraphs(deed.message().unwrap_or_default())).marked("evidence"),
                TableCell::count(deed.calls.len() as u64),
                last(&deed, setting),
            ]
        })),
    }
}

fn found<'a>(shown: &'a ShownRun<'_>, setting: &'a PageContext<'a>) -> ReviewTable<'a> {
    let links = RunLinks::of_run_page();
    ReviewTable {
        id: "findings",
        title: "Findings",
        note: "Findings of the report that are about this run or have one of its role assumptions as evidence.",
        file: None,
        empty: "No rule found anything about this run.".to_owned(),
        columns: FINDING_COLUMNS,
        total: shown.findings.len(),
        rows: Box::new(shown.findings.iter().map(move |finding| finding_row(finding, setting, &links))),
    }
}

fn all<'a>(shown: &'a ShownRun<'_>, setting: &'a PageContext<'a>) -> ReviewTable<'a> {
    const COLUMNS: &[ColumnHead] = &[
        text("Time"),
        text("Phase"),
        text("Call"),
        text("Outcome"),
        text("Account"),
        text("Region"),
        text("Role"),
        text("From"),
        text("Resources"),
    ];
    let events = timeline(std::slice::from_ref(shown));
    ReviewTable {
        id: "timeline",
        title: "Time line",
        note: "Every role assumption and every call of the run, in the order of time.",
        file: None,
        empty: "Nothing of this run was read.".to_owned(),
        columns: COLUMNS,
        total: events.len(),
        rows: Box::new(events.into_iter().map(|event| match event {
            TimelineEvent::Assumption(event) => asked(event, setting),
            TimelineEvent::Call(call) => called(call, setting),
        })),
    }
}

fn asked(event: &Assumption, setting: &PageContext<'_>) -> Vec<TableCell> {
    let outcome = event.outcome.as_str();
    vec![
        time(event.time, setting.time_zone),
        TableCell::opt(event.subject.phase()),
        TableCell::new("sts AssumeRoleWithWebIdentity").marked("name"),
        TableCell::new(outcome).marked(if event.outcome.is_denied() { "bad" } else { "" }),
        account(event.account_id.as_deref().unwrap_or_default(), setting),
        TableCell::opt(event.region.as_deref()),
        TableCell::opt(event.role_arn.as_deref().map(role_name)).marked("name"),
        TableCell::opt(event.source_address.as_ref().map(SourceAddress::as_str)).marked("address"),
        TableCell::opt(event.role_arn.as_deref()).marked("evidence"),
    ]
}

fn called(call: &RunCall, setting: &PageContext<'_>) -> Vec<TableCell> {
    let operation = &call.call.operation;
    let name = [operation.service.as_deref(), operation.event_name.as_deref()].map(|name| name.unwrap_or("?"));
    let by = call.call.caller.invoked_by.as_deref().map(|caller| format!("called by {caller}"));
    let outcome = operation.outcome();
    let code = operation.error_code.as_deref().map(str::to_owned);
    vec![
        time(call.call.time, setting.time_zone),
        TableCell::opt(call.run.phase.as_deref()),
        TableCell::lines([name.join(" ")].into_iter().chain(by)).marked("name"),
        TableCell::lines([outcome.as_str().to_owned()].into_iter().chain(code)).marked(match outcome {
            CallOutcome::Denied => "bad",
            CallOutcome::Ok | CallOutcome::Failed => "",
        }),
        account(operation.account_id.as_deref().unwrap_or_default(), setting),
        TableCell::opt(operation.region.as_deref()),
        TableCell::opt(call.attribution.role_arn.as_deref().map(role_name)).marked("name"),
        TableCell::opt(call.call.caller.source_address.as_ref().map(SourceAddress::as_str)).marked("address"),
        TableCell::lines(call.call.resources.iter().map(ToString::to_string)).marked("evidence"),
    ]
}
