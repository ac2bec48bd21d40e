//! What runs did, as tables: the same rows for HTML and Markdown. Text in them is as the log has it.

use std::sync::Arc;

use super::setting::PageContext;
use super::table::{ColumnHead, ReviewTable, TableCell, number, text, time};
use super::words::NO_PAST;
use crate::audit::activity::change::Change;
use crate::audit::activity::deeds::{Chain, Deed, chains, changes, failures};
use crate::audit::activity::shown_run::ShownRun;
use crate::audit::review::deeds::{DeedCounts, FirstUse, RunDeeds};
use crate::domain::role::{arn_account, role_name};
use crate::domain::run::Run;
use crate::domain::session_call::CallOutcome;
use crate::report::coverage_text::grouped;
use crate::report::show::did::in_words;

/// So many characters of a message stand in a line.
const WIDEST: usize = 180;

/// The tables about the deeds of the runs of a window.
pub(super) fn tables<'a>(deeds: &'a RunDeeds<'_>, setting: &'a PageContext<'a>) -> Vec<ReviewTable<'a>> {
    vec![changed(deeds, setting), denied(deeds, setting), chained(deeds, setting), first_used(deeds, setting)]
}

/// Whose run it is, and a link to its page.
fn owner(at: usize, run: &Run<'_>, setting: &PageContext<'_>) -> TableCell {
    let names = [run.project, run.workspace, run.stack, run.deployment];
    let names = names.into_iter().flatten().collect::<Vec<_>>().join(" / ");
    let lines = run.organization.map(str::to_owned).into_iter().chain((!names.is_empty()).then_some(names));
    let id = run.run_id.unwrap_or(run.grouping.as_str()).to_owned();
    let href = setting.run_pages.of_run(at).map(str::to_owned);
    TableCell { href, ..TableCell::lines(lines.chain([id])).marked("name") }
}

/// What was called, and by which service where that was not the run itself.
pub(in crate::report) fn call(deed: &Deed<'_>) -> TableCell {
    let by = (deed.caller != "run").then(|| format!("called by {}", deed.caller));
    TableCell::lines([format!("{} {}", deed.service, deed.event_name)].into_iter().chain(by)).marked("name")
}

/// A message of AWS in lines, none of which is cut on a page; they end at spaces where there are any.
pub(in crate::report) fn paragraphs(message: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in message.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + word.chars().count() < WIDEST => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.retain(|line| !line.is_empty());
    lines
}

pub(in crate::report) fn account(id: &str, setting: &PageContext<'_>) -> TableCell {
    TableCell::new(setting.account_names.beside(id).into_owned()).marked("id")
}

/// A word about what became of things, and its mark.
pub(in crate::report) fn word(change: Change) -> TableCell {
    TableCell::new(change.as_str()).marked(if change == Change::Deleted { "bad" } else { "" })
}

pub(in crate::report) fn last(deed: &Deed<'_>, setting: &PageContext<'_>) -> TableCell {
    deed.last().map_or_else(TableCell::default, |last| time(last, setting.time_zone))
}

/// Each run with its place, and what `of` makes of it.
fn each<'d, T>(deeds: &'d RunDeeds<'_>, of: impl Fn(&'d ShownRun<'_>) -> Vec<T>) -> Vec<(usize, &'d Run<'d>, T)> {
    let of_run = |(at, run): (usize, &'d ShownRun<'_>)| {
        of(run).into_iter().map(|it| (at, &run.run as &Run<'d>, it)).collect::<Vec<_>>()
    };
    deeds.runs.iter().enumerate().flat_map(of_run).collect()
}

fn changed<'a>(deeds: &'a RunDeeds<'_>, setting: &'a PageContext<'a>) -> ReviewTable<'a> {
    const COLUMNS: &[ColumnHead] =
        &[text("Whose run"), text("What"), text("Call"), text("Account"), text("On"), number("Times"), text("Last")];
    let found = each(deeds, |run| {
        let of = |change: Change| changes(&run.calls, change).into_iter().map(move |deed| (change, deed));
        Change::ALL.into_iter().flat_map(of).collect()
    });
    ReviewTable {
        id: "changes",
        title: "What runs changed",
        note: "Calls that succeeded and, as their records say, do not only read, by run, call and account.",
        file: Some("activity.csv"),
        empty: "No run changed anything, as far as the log files tell.".to_owned(),
        columns: COLUMNS,
        total: found.len(),
        rows: Box::new(found.into_iter().map(|(at, run, (change, deed))| {
            vec![
                owner(at, run, setting),
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

fn denied<'a>(deeds: &'a RunDeeds<'_>, setting: &'a PageContext<'a>) -> ReviewTable<'a> {
    const COLUMNS: &[ColumnHead] =
        &[text("Whose run"), text("Call"), text("Account"), text("Answer"), number("Times"), text("Last")];
    let found = each(deeds, |run| failures(&run.calls, CallOutcome::Denied));
    ReviewTable {
        id: "denied-calls",
        title: "Refused calls",
        note: "Calls that AWS refused, with its first message. Terraform may take a resource that it may not read for one that is gone.",
        file: Some("activity.csv"),
        empty: "AWS denied no call of a run.".to_owned(),
        columns: COLUMNS,
        total: found.len(),
        rows: Box::new(found.into_iter().map(|(at, run, deed)| {
            let code = Some(deed.code.to_owned()).filter(|code| !code.is_empty());
            let answer = code.into_iter().chain(paragraphs(deed.message().unwrap_or_default()));
            vec![
                owner(at, run, setting),
                call(&deed),
                account(deed.account, setting),
                TableCell::lines(answer).marked("name"),
                TableCell::count(deed.calls.len() as u64),
                last(&deed, setting),
            ]
        })),
    }
}

/// A role with its account.
fn role(arn: &Arc<str>, setting: &PageContext<'_>) -> String {
    match arn_account(arn) {
        Some(id) => format!("{} in {}", role_name(arn), setting.account_names.beside(id)),
        None => arn.to_string(),
    }
}

fn chained<'a>(deeds: &'a RunDeeds<'_>, setting: &'a PageContext<'a>) -> ReviewTable<'a> {
    const COLUMNS: &[ColumnHead] =
        &[text("Whose run"), text("Roles"), number("Calls"), number("Denied"), text("First call")];
    let found: Vec<(usize, &Run<'_>, Chain)> = each(deeds, |run| chains(&run.calls));
    ReviewTable {
        id: "chains",
        title: "Where runs went on",
        note: "Roles that a run's role assumed in turn, beginning with the run's own. The numbers are those of the last one.",
        file: Some("activity.csv"),
        empty: "No run went on to another role.".to_owned(),
        columns: COLUMNS,
        total: found.len(),
        rows: Box::new(found.into_iter().map(|(at, run, chain)| {
            let roles = chain.roles.iter().enumerate();
            let roles = roles.map(|(at, arn)| format!("{}{}", if at > 0 { "→ " } else { "" }, role(arn, setting)));
            vec![
                owner(at, run, setting),
                TableCell::lines(roles).marked("name"),
                TableCell::count(chain.calls),
                TableCell::count(chain.denied).marked(if chain.denied > 0 { "bad" } else { "" }),
                time(chain.first, setting.time_zone),
            ]
        })),
    }
}

/// Services of one row: of a workspace that never called before, all of them.
fn rows_of<'d, 'a>(deeds: &'d RunDeeds<'a>) -> Vec<Vec<&'d FirstUse<'a>>> {
    let mut rows: Vec<Vec<&'d FirstUse<'a>>> = Vec::new();
    for first in &deeds.first_used {
        match rows.last_mut() {
            Some(row) if first.is_new_owner && row.first().is_some_and(|other| first.has_owner_of(other)) => {
                row.push(first);
            }
            _ => rows.push(vec![first]),
        }
    }
    rows
}

fn first_used<'a>(deeds: &'a RunDeeds<'_>, setting: &'a PageContext<'a>) -> ReviewTable<'a> {
    const COLUMNS: &[ColumnHead] =
        &[text("Whose run"), text("Service"), text("First call"), text("Account"), text("First"), number("Calls")];
    let rows = rows_of(deeds);
    ReviewTable {
        id: "first-used",
        title: "Services used for the first time",
        note: "By workspace, or by deployment of a Stack: no earlier call that was read, and that succeeded, was to this service. All services of a workspace that never called before are one row.",
        file: None,
        empty: if deeds.has_past {
            "No workspace used a service that is new to it.".to_owned()
        } else {
            NO_PAST.to_owned()
        },
        columns: COLUMNS,
        total: rows.len(),
        rows: Box::new(rows.into_iter().map(|row| first_used_row(&row, deeds, setting))),
    }
}

fn first_used_row(row: &[&FirstUse<'_>], deeds: &RunDeeds<'_>, setting: &PageContext<'_>) -> Vec<TableCell> {
    let name = |name: &Option<Arc<str>>| name.as_deref().unwrap_or("?").to_owned();
    let services: Vec<String> = row.iter().map(|first| name(&first.call.call.operation.service)).collect();
    let Some(first) = row.iter().min_by_key(|first| first.call.call.time) else { return Vec::new() };
    let operation = &first.call.call.operation;
    let head = first.is_new_owner.then(|| "a new workspace".to_owned());
    let run = deeds.runs.get(first.run);
    vec![
        run.map_or_else(TableCell::default, |run| owner(first.run, &run.run, setting)),
        TableCell::lines(head.into_iter().chain(paragraphs(&services.join(", ")))).marked("name"),
        TableCell::new(name(&operation.event_name)).marked("name"),
        account(&name(&operation.account_id), setting),
        time(first.call.call.time, setting.time_zone),
        TableCell::count(row.iter().map(|first| first.calls).sum()),
    ]
}

/// What a run did, in a cell of the table of runs.
pub(super) fn summary(run: &Run<'_>, deeds: &RunDeeds<'_>, setting: &PageContext<'_>) -> TableCell {
    let Some((at, shown)) = deeds.place_of(run).and_then(|at| Some((at, deeds.runs.get(at)?))) else {
        return TableCell::default();
    };
    let counts = DeedCounts::of(shown);
    let parts = [(counts.changes, "changed"), (counts.denied, "denied"), (counts.chained, "by other roles")];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    let parts = parts.map(|(count, what)| format!("{} {what}", grouped(count)));
    let calls = format!("{} call{}", grouped(counts.calls), if counts.calls == 1 { "" } else { "s" });
    TableCell {
        href: setting.run_pages.of_run(at).map(str::to_owned),
        ..TableCell::lines([calls].into_iter().chain(parts))
    }
}
