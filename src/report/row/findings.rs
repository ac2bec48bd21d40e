//! `findings`: one row per finding.

use std::borrow::Cow;

use crate::domain::finding::Finding;
use crate::report::cell::{Cell, Shape};
use crate::report::schema::{Column, Schema, ShownWhen};

/// In front of the title of a finding that somebody suppressed.
pub const SUPPRESSED: &str = "suppressed: ";

const COLUMNS: &[Column<Finding>] = &[
    Column::new("severity", Shape::Text, |finding| Cell::text(Some(finding.severity.as_str()))),
    Column::new("rule_id", Shape::Text, |finding| Cell::text(Some(finding.rule_id))),
    Column::new("title", Shape::Text, title),
    Column::new("account_id", Shape::Text, |finding| Cell::text(finding.account_id.as_deref())),
    Column::new("organization", Shape::Text, |finding| Cell::text(finding.organization.as_deref())),
    Column::new("project", Shape::Text, |finding| Cell::text(finding.project.as_deref())),
    Column::new("workspace", Shape::Text, |finding| Cell::text(finding.workspace.as_deref())),
    Column::new("run_id", Shape::Text, |finding| Cell::text(finding.run_id.as_deref())),
    Column::new("first_seen", Shape::Time, |finding| Cell::Time(Some(finding.first_seen))),
    Column::new("last_seen", Shape::Time, |finding| Cell::Time(Some(finding.last_seen))),
    Column::new("count", Shape::Count, |finding| Cell::Count(finding.count)),
    Column::new("evidence", Shape::List, evidence),
    Column::new("remedy", Shape::Text, |finding| Cell::text(Some(finding.remedy))),
];

/// What a table for people has. Remedies and evidence are for those who follow a finding up, and wider than any terminal.
const TABLE: &[(&str, ShownWhen)] = &[
    ("severity", ShownWhen::Always),
    ("rule_id", ShownWhen::Always),
    ("title", ShownWhen::Always),
    ("account_id", ShownWhen::Always),
    ("organization", ShownWhen::AnyValue),
    ("project", ShownWhen::AnyValue),
    ("workspace", ShownWhen::AnyValue),
    ("run_id", ShownWhen::AnyValue),
    ("last_seen", ShownWhen::Always),
    ("count", ShownWhen::Always),
];

/// The columns of `findings`.
#[must_use]
pub fn schema() -> Schema<Finding> {
    Schema::new(COLUMNS.to_vec(), TABLE)
}

fn title(finding: &Finding) -> Cell<'_> {
    match finding.suppressed {
        Some(_) => Cell::owned(format!("{SUPPRESSED}{}", finding.title)),
        None => Cell::text(Some(finding.title)),
    }
}

/// `name=value` texts: `finding` is its identity, `event` and `log_file` are the first events, `suppressed` says why it
/// is, and the rest are values of events.
fn evidence(finding: &Finding) -> Cell<'_> {
    let evidence = &finding.evidence;
    let events = evidence.events.iter().flat_map(|(id, log_file)| {
        let id = (!id.is_empty()).then(|| format!("event={id}"));
        id.into_iter().chain([format!("log_file={log_file}")])
    });
    let values = evidence.values.iter().map(|(name, value)| format!("{name}={value}"));
    let suppressed = finding.suppressed.as_ref();
    let suppressed = suppressed.map(|it| format!("suppressed={} (until {})", it.reason, it.expires));
    let mut texts: Vec<Cow<'_, str>> = events.chain(values).chain(suppressed).map(Cow::Owned).collect();
    texts.push(format!("finding={}", finding.uid).into());
    texts.sort_unstable();
    texts.dedup();
    Cell::List(texts.into())
}
