//! `policy`: one row per role, workspace, phase or run, with the permissions that its calls needed.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::audit::activity::permissions::NeededPermissions;
use crate::audit::policy::statements::Grants;
use crate::report::cell::{Cell, Shape};
use crate::report::schema::{Column, Schema, ShownWhen};

/// A group, and whether its policy holds what was denied too.
#[derive(Debug, Clone)]
pub struct PolicyRow {
    /// What the calls needed.
    pub needed: NeededPermissions,
    /// Whether what was denied counts as needed.
    pub include_denied: bool,
}

const COLUMNS: &[Column<PolicyRow>] = &[
    Column::new("role_arn", Shape::Text, |row| Cell::text(row.needed.group.role_arn.as_deref())),
    Column::new("organization", Shape::Text, |row| Cell::text(row.needed.group.organization.as_deref())),
    Column::new("project", Shape::Text, |row| Cell::text(row.needed.group.project.as_deref())),
    Column::new("workspace", Shape::Text, |row| Cell::text(row.needed.group.workspace.as_deref())),
    Column::new("phase", Shape::Text, |row| Cell::text(row.needed.group.phase.as_deref())),
    Column::new("run_id", Shape::Text, |row| Cell::text(row.needed.group.run_id.as_deref())),
    Column::new("actions", Shape::List, |row| list(row.needed.used(row.include_denied).0)),
    Column::new("resources", Shape::List, |row| list(row.needed.used(row.include_denied).1)),
    Column::new("calls", Shape::Count, |row| Cell::Count(row.needed.calls)),
    Column::new("unmapped", Shape::List, |row| list(row.needed.unmapped.iter().map(String::as_str).collect())),
    Column::new("inferred", Shape::List, |row| actions(&row.needed.inferred)),
    Column::new("denied", Shape::List, |row| actions(&row.needed.denied)),
    Column::new("first_seen", Shape::Time, |row| Cell::Time(Some(row.needed.first_seen))),
    Column::new("last_seen", Shape::Time, |row| Cell::Time(Some(row.needed.last_seen))),
];

const TABLE: &[(&str, ShownWhen)] = &[
    ("role_arn", ShownWhen::AnyValue),
    ("organization", ShownWhen::AnyValue),
    ("project", ShownWhen::AnyValue),
    ("workspace", ShownWhen::AnyValue),
    ("phase", ShownWhen::AnyValue),
    ("run_id", ShownWhen::AnyValue),
    ("actions", ShownWhen::Always),
    ("calls", ShownWhen::Always),
    ("unmapped", ShownWhen::AnyValue),
    ("inferred", ShownWhen::AnyValue),
    ("denied", ShownWhen::AnyValue),
    ("last_seen", ShownWhen::Always),
];

fn list(texts: BTreeSet<&str>) -> Cell<'_> {
    Cell::List(texts.into_iter().map(Cow::Borrowed).collect())
}

fn actions(grants: &Grants) -> Cell<'_> {
    list(grants.iter().map(|(action, _)| action).collect())
}

/// The columns of `policy`.
#[must_use]
pub fn schema() -> Schema<PolicyRow> {
    Schema::new(COLUMNS.to_vec(), TABLE)
}
