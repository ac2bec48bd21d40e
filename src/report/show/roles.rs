//! The roles of a run as a tree: which role's credentials led to which.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::setting::PageSetting;
use crate::audit::activity::deeds::{DEEPEST, way};
use crate::audit::activity::run_call::RunCall;
use crate::audit::activity::shown_run::ShownRun;
use crate::domain::role::{arn_account, role_name};
use crate::domain::session_call::CallOutcome;
use crate::report::lines::{Lines, MOST};

/// A role, reached in one way.
#[derive(Default)]
struct Node {
    calls: usize,
    denied: usize,
    /// The roles that were assumed with it, in the order of their ARNs.
    next: BTreeMap<Arc<str>, Node>,
}

impl Node {
    fn at(&mut self, roles: impl Iterator<Item = Arc<str>>) -> &mut Self {
        roles.take(DEEPEST).fold(self, |node, role| node.next.entry(role).or_default())
    }

    fn count(&mut self, call: &RunCall) {
        self.calls += 1;
        self.denied += usize::from(call.call.operation.outcome() == CallOutcome::Denied);
    }
}

/// Writes the tree.
pub(super) fn put(shown: &ShownRun<'_>, setting: &PageSetting<'_>, lines: &mut Lines) {
    let rows = rows(shown, setting);
    if rows.is_empty() {
        return;
    }
    lines.blank();
    lines.put("", "Roles");
    let more = rows.len().saturating_sub(MOST);
    rows.iter().take(MOST).for_each(|(before, text)| lines.put(before, text));
    if more > 0 {
        lines.put("  ", &format!("and {more} more; -o csv has all"));
    }
}

/// The lines of the tree, each with what stands in front of it.
pub(in crate::report) fn rows(shown: &ShownRun<'_>, setting: &PageSetting<'_>) -> Vec<(String, String)> {
    let mut root = Node::default();
    for event in shown.assumptions.iter().filter(|event| !event.outcome.is_denied()) {
        root.at(event.role_arn.clone().into_iter());
    }
    for call in &shown.calls {
        let way = way(call);
        root.at(way.iter().cloned()).count(call);
        if let Some(next) = call.call.issued.as_ref().and_then(|issued| issued.role_arn.clone()) {
            root.at(way.into_iter().chain([next]));
        }
    }
    let mut rows = Vec::new();
    for (role, node) in &root.next {
        rows.push(("  ".to_owned(), label(role, node, setting)));
        below(node, "  ", setting, &mut rows);
    }
    rows
}

fn below(node: &Node, indent: &str, setting: &PageSetting<'_>, rows: &mut Vec<(String, String)>) {
    for (at, (role, next)) in node.next.iter().enumerate() {
        let is_last = at + 1 == node.next.len();
        rows.push((format!("{indent}{}", if is_last { "└─ " } else { "├─ " }), label(role, next, setting)));
        below(next, &format!("{indent}{}", if is_last { "   " } else { "│  " }), setting, rows);
    }
}

fn label(role: &str, node: &Node, setting: &PageSetting<'_>) -> String {
    let calls = match (node.calls, node.denied) {
        (0, _) => "no calls".to_owned(),
        (calls, 0) => counted(calls, "call"),
        (calls, denied) => format!("{}, {denied} denied", counted(calls, "call")),
    };
    match arn_account(role) {
        Some(account) => format!("{} in {}: {calls}", role_name(role), setting.names.beside(account)),
        None => format!("{role}: {calls}"),
    }
}

/// A count with the word for what it counts.
pub(super) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
