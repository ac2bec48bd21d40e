//! What a run created, changed and deleted, what it was refused, and what it read.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::roles::counted;
use super::setting::PageSetting;
use crate::audit::activity::change::Change;
use crate::audit::activity::deeds::{Deed, changes, failures};
use crate::audit::activity::shown_run::ShownRun;
use crate::domain::session_call::{CallOutcome, Operation};
use crate::report::lines::Lines;

/// So many resources of a kind of change are named.
const NAMED: usize = 20;

fn named(deed: &Deed<'_>, setting: &PageSetting<'_>) -> String {
    let Deed { service, event_name, account, caller, .. } = deed;
    let caller = if *caller == "run" { String::new() } else { format!(", called by {caller} for it") };
    format!("{service} {event_name} in {}{caller}", setting.names.beside(account))
}

fn times(count: usize) -> String {
    if count == 1 { String::new() } else { format!(", {count} times") }
}

/// Writes what was created, changed and deleted.
pub(super) fn put_changes(shown: &ShownRun<'_>, setting: &PageSetting<'_>, lines: &mut Lines) {
    for change in Change::ALL {
        let deeds = changes(&shown.calls, change);
        if deeds.is_empty() {
            continue;
        }
        lines.blank();
        let title = match change {
            Change::Created => "Created",
            Change::Changed => "Changed",
            Change::Deleted => "Deleted",
        };
        lines.put("", title);
        lines.each("  ", deeds.into_iter(), |lines, deed| {
            lines.put("  ", &format!("{}{}", named(&deed, setting), times(deed.calls.len())));
            put_touched(&deed, lines);
        });
    }
}

/// What a change let in is said in words where it is everyone.
pub(in crate::report) fn in_words(name: &str) -> &str {
    if name == "lets_in=*" { "lets in everyone" } else { name }
}

fn put_touched(deed: &Deed<'_>, lines: &mut Lines) {
    let names = deed.touched();
    let more = names.len().saturating_sub(NAMED);
    names.iter().take(NAMED).for_each(|name| lines.put("      ", in_words(name)));
    if more > 0 {
        lines.put("      ", &format!("and {more} more"));
    }
}

/// Writes what was refused, and what failed for another reason, each kind with its first message.
pub(super) fn put_failures(shown: &ShownRun<'_>, setting: &PageSetting<'_>, lines: &mut Lines) {
    for (outcome, title) in [(CallOutcome::Denied, "Denied"), (CallOutcome::Failed, "Failed")] {
        let deeds = failures(&shown.calls, outcome);
        if deeds.is_empty() {
            continue;
        }
        lines.blank();
        lines.put("", title);
        lines.each("  ", deeds.into_iter(), |lines, deed| {
            let code = if deed.code.is_empty() { "no error code" } else { deed.code };
            let time = deed.first().map(|first| setting.zone.rfc3339(first)).unwrap_or_default();
            lines.put("  ", &format!("{time}  {}: {code}{}", named(&deed, setting), times(deed.calls.len())));
            if let Some(message) = deed.message() {
                lines.put("      ", message);
            }
        });
    }
}

/// Writes how many calls began sessions of their own, by which the run went on: they neither read nor change anything.
pub(super) fn put_hops(shown: &ShownRun<'_>, lines: &mut Lines) {
    let hops = shown.calls.iter().filter(|call| call.call.begins_session());
    put_counted("Went on with other credentials", hops.map(|call| &*call.call.operation), event_name, lines);
}

/// Writes how many reads of each service succeeded.
pub(super) fn put_reads(shown: &ShownRun<'_>, lines: &mut Lines) {
    for (read_only, what) in [(Some(true), "Read"), (None, "Read or changed, which the log files do not tell")] {
        let is_read =
            |operation: &&Operation| operation.read_only == read_only && operation.outcome() == CallOutcome::Ok;
        let others = shown.calls.iter().filter(|call| !call.call.begins_session());
        put_counted(what, others.map(|call| &*call.call.operation).filter(is_read), service, lines);
    }
}

fn service(operation: &Operation) -> Option<&str> {
    operation.service.as_deref()
}

fn event_name(operation: &Operation) -> Option<&str> {
    operation.event_name.as_deref()
}

/// Writes how many calls there are of some operations, and how many of each kind.
fn put_counted<'a>(
    what: &str,
    operations: impl Iterator<Item = &'a Operation>,
    kind: impl Fn(&Operation) -> Option<&str>,
    lines: &mut Lines,
) {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for operation in operations {
        *kinds.entry(kind(operation).unwrap_or("?")).or_default() += 1;
    }
    if kinds.is_empty() {
        return;
    }
    let total: usize = kinds.values().sum();
    let mut kinds: Vec<(&str, usize)> = kinds.into_iter().collect();
    kinds.sort_by_key(|(kind, count)| (Reverse(*count), *kind));
    let kinds: Vec<String> = kinds.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
    lines.blank();
    lines.put("", &format!("{what}: {} ({})", counted(total, "call"), kinds.join(", ")));
}
