//! What runs did as members of the report's JSON, behind all others.

use std::io::{self, Write};

use serde::Serialize;

use super::members::ObjectMembers;
use super::setting::PageContext;
use crate::audit::activity::change::Change;
use crate::audit::activity::deeds::{Chain, Deed, chains, changes, failures};
use crate::audit::review::deeds::{FirstUse, RunDeeds};
use crate::domain::run::Run;
use crate::domain::session_call::CallOutcome;

#[derive(Serialize)]
struct CountsObject {
    runs: usize,
    calls: u64,
    changes: u64,
    denied: u64,
    failed: u64,
    chained: u64,
}

/// Whose run it is.
#[derive(Serialize)]
struct RunObject<'a> {
    run_id: Option<&'a str>,
    organization: Option<&'a str>,
    project: Option<&'a str>,
    workspace: Option<&'a str>,
    stack: Option<&'a str>,
    deployment: Option<&'a str>,
    first_seen: String,
}

#[derive(Serialize)]
struct DeedObject<'a> {
    run: RunObject<'a>,
    what: &'static str,
    service: &'a str,
    event_name: &'a str,
    account_id: &'a str,
    caller: &'a str,
    error_code: Option<&'a str>,
    message: Option<&'a str>,
    on: Vec<String>,
    count: usize,
    first_seen: Option<String>,
    last_seen: Option<String>,
}

#[derive(Serialize)]
struct ChainObject<'a> {
    run: RunObject<'a>,
    roles: Vec<String>,
    calls: u64,
    denied: u64,
    first_seen: String,
}

#[derive(Serialize)]
struct FirstUseObject<'a> {
    run: RunObject<'a>,
    service: Option<&'a str>,
    event_name: Option<&'a str>,
    account_id: Option<&'a str>,
    first_seen: String,
    count: u64,
    new_workspace: bool,
}

#[derive(Serialize)]
struct PageObject<'a> {
    run: RunObject<'a>,
    file: &'a str,
}

/// Writes `calls`, `changes`, `denied_calls`, `chains`, `first_used` and `run_pages`.
pub(super) fn put<W: Write>(
    page: &mut ObjectMembers<W>,
    deeds: &RunDeeds<'_>,
    setting: &PageContext<'_>,
) -> io::Result<()> {
    let counts = deeds.counts();
    page.value(
        "calls",
        &CountsObject {
            runs: deeds.runs.len(),
            calls: counts.calls,
            changes: counts.changes,
            denied: counts.denied,
            failed: counts.failed,
            chained: counts.chained,
        },
    )?;
    let changed = deeds.runs.iter().flat_map(|run| {
        let of = |change: Change| {
            changes(&run.calls, change).into_iter().map(move |deed| DeedObject::of(&run.run, change.as_str(), &deed))
        };
        Change::ALL.into_iter().flat_map(of).collect::<Vec<_>>()
    });
    page.values("changes", changed)?;
    let denied = deeds.runs.iter().flat_map(|run| {
        let found = failures(&run.calls, CallOutcome::Denied).into_iter();
        found.map(|deed| DeedObject::of(&run.run, "denied", &deed)).collect::<Vec<_>>()
    });
    page.values("denied_calls", denied)?;
    let chained = deeds.runs.iter().flat_map(|run| {
        chains(&run.calls).into_iter().map(|chain| ChainObject::of(&run.run, &chain)).collect::<Vec<_>>()
    });
    page.values("chains", chained)?;
    let first_used =
        deeds.first_used.iter().filter_map(|first| Some(FirstUseObject::of(&deeds.runs.get(first.run)?.run, first)));
    page.values("first_used", first_used)?;
    let pages = setting.run_pages.iter();
    page.values(
        "run_pages",
        pages.filter_map(|(at, file)| Some(PageObject { run: RunObject::of(&deeds.runs.get(at)?.run), file })),
    )
}

impl<'a> RunObject<'a> {
    fn of(run: &'a Run<'_>) -> Self {
        Self {
            run_id: run.run_id,
            organization: run.organization,
            project: run.project,
            workspace: run.workspace,
            stack: run.stack,
            deployment: run.deployment,
            first_seen: run.first_seen.to_string(),
        }
    }
}

impl<'a> DeedObject<'a> {
    fn of(run: &'a Run<'_>, what: &'static str, deed: &Deed<'a>) -> Self {
        let message = deed.calls.iter().find_map(|call| call.call.error_message.as_deref());
        Self {
            run: RunObject::of(run),
            what,
            service: deed.service,
            event_name: deed.event_name,
            account_id: deed.account,
            caller: deed.caller,
            error_code: Some(deed.code).filter(|code| !code.is_empty()),
            message,
            on: deed.touched().into_iter().collect(),
            count: deed.calls.len(),
            first_seen: deed.first().map(|time| time.to_string()),
            last_seen: deed.last().map(|time| time.to_string()),
        }
    }
}

impl<'a> ChainObject<'a> {
    fn of(run: &'a Run<'_>, chain: &Chain) -> Self {
        Self {
            run: RunObject::of(run),
            roles: chain.roles.iter().map(ToString::to_string).collect(),
            calls: chain.calls,
            denied: chain.denied,
            first_seen: chain.first.to_string(),
        }
    }
}

impl<'a> FirstUseObject<'a> {
    fn of(run: &'a Run<'_>, first: &FirstUse<'a>) -> Self {
        let operation = &first.call.call.operation;
        Self {
            run: RunObject::of(run),
            service: operation.service.as_deref(),
            event_name: operation.event_name.as_deref(),
            account_id: operation.account_id.as_deref(),
            first_seen: first.call.call.time.to_string(),
            count: first.calls,
            new_workspace: first.is_new_owner,
        }
    }
}
