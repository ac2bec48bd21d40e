//! What a run created, changed and deleted, what it was refused, and what it read.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::lines::Lines;
use super::roles::counted;
use super::setting::PageSetting;
use crate::audit::activity::change::{Change, touched};
use crate::audit::activity::run_call::RunCall;
use crate::audit::activity::shown_run::ShownRun;
use crate::domain::session_call::CallOutcome;

/// So many resources of a kind of change are named.
const NAMED: usize = 20;

/// What was called where, and who called.
type Place<'a> = (&'a str, &'a str, &'a str, &'a str);

fn place(call: &RunCall) -> Place<'_> {
    let operation = &call.call.operation;
    (
        operation.service.as_deref().unwrap_or("?"),
        operation.event_name.as_deref().unwrap_or("?"),
        operation.account_id.as_deref().unwrap_or("?"),
        call.caller(),
    )
}

fn named((service, event_name, account, caller): Place<'_>, setting: &PageSetting<'_>) -> String {
    let caller = if caller == "run" { String::new() } else { format!(", called by {caller} for it") };
    format!("{service} {event_name} in {}{caller}", setting.names.beside(account))
}

fn times(count: usize) -> String {
    if count == 1 { String::new() } else { format!(", {count} times") }
}

/// Writes what was created, changed and deleted.
pub(super) fn put_changes(shown: &ShownRun<'_>, setting: &PageSetting<'_>, lines: &mut Lines) {
    for change in Change::ALL {
        let mut places: BTreeMap<Place<'_>, Vec<&RunCall>> = BTreeMap::new();
        for call in shown.calls.iter().filter(|call| Change::of(&call.call) == Some(change)) {
            places.entry(place(call)).or_default().push(call);
        }
        if places.is_empty() {
            continue;
        }
        lines.blank();
        let title = match change {
            Change::Created => "Created",
            Change::Changed => "Changed",
            Change::Deleted => "Deleted",
        };
        lines.put("", title);
        lines.each("  ", places.into_iter(), |lines, (place, calls)| {
            lines.put("  ", &format!("{}{}", named(place, setting), times(calls.len())));
            put_touched(&calls, lines);
        });
    }
}

fn put_touched(calls: &[&RunCall], lines: &mut Lines) {
    let names: BTreeSet<String> = calls.iter().flat_map(|call| touched(&call.call)).collect();
    let more = names.len().saturating_sub(NAMED);
    names.iter().take(NAMED).for_each(|name| lines.put("      ", name));
    if more > 0 {
        lines.put("      ", &format!("and {more} more"));
    }
}

/// Writes what was refused, and what failed for another reason, each kind with its first message.
pub(super) fn put_failures(shown: &ShownRun<'_>, setting: &PageSetting<'_>, lines: &mut Lines) {
    for (outcome, title) in [(CallOutcome::Denied, "Denied"), (CallOutcome::Failed, "Failed")] {
        let mut places: BTreeMap<(Place<'_>, &str), Vec<&RunCall>> = BTreeMap::new();
        for call in shown.calls.iter().filter(|call| call.call.operation.outcome() == outcome) {
            let code = call.call.operation.error_code.as_deref().unwrap_or_default();
            places.entry((place(call), code)).or_default().push(call);
        }
        if places.is_empty() {
            continue;
        }
        lines.blank();
        lines.put("", title);
        let mut places: Vec<_> = places.into_iter().collect();
        places.sort_by_key(|(_, calls)| calls.first().map(|call| call.call.time));
        lines.each("  ", places.into_iter(), |lines, ((place, code), calls)| {
            let Some(first) = calls.first() else { return };
            let code = if code.is_empty() { "no error code" } else { code };
            let time = setting.zone.rfc3339(first.call.time);
            lines.put("  ", &format!("{time}  {}: {code}{}", named(place, setting), times(calls.len())));
            if let Some(message) = calls.iter().find_map(|call| call.call.error_message.as_deref()) {
                lines.put("      ", message);
            }
        });
    }
}

/// Writes how many reads of each service succeeded.
pub(super) fn put_reads(shown: &ShownRun<'_>, lines: &mut Lines) {
    for (read_only, what) in [(Some(true), "Read"), (None, "Read or changed, which the log files do not tell")] {
        let mut services: BTreeMap<&str, usize> = BTreeMap::new();
        for call in &shown.calls {
            let operation = &call.call.operation;
            if operation.read_only == read_only && operation.outcome() == CallOutcome::Ok {
                *services.entry(operation.service.as_deref().unwrap_or("?")).or_default() += 1;
            }
        }
        if services.is_empty() {
            continue;
        }
        let total: usize = services.values().sum();
        let mut services: Vec<(&str, usize)> = services.into_iter().collect();
        services.sort_by_key(|(service, count)| (Reverse(*count), *service));
        let services: Vec<String> = services.iter().map(|(service, count)| format!("{service} {count}")).collect();
        lines.blank();
        lines.put("", &format!("{what}: {} ({})", counted(total, "call"), services.join(", ")));
    }
}
