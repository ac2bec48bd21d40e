//! `activity`: one row per kind of call that a run made at a place.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::audit::activity::fold::ActivityRow;
use crate::report::cell::{Cell, Shape};
use crate::report::schema::{Column, Schema, ShownWhen};

/// Every column, in the public order.
const COLUMNS: &[Column<ActivityRow>] = &[
    Column::new("organization", Shape::Text, |row| Cell::text(row.kind.run.organization.as_deref())),
    Column::new("project", Shape::Text, |row| Cell::text(row.kind.run.project.as_deref())),
    Column::new("workspace", Shape::Text, |row| Cell::text(row.kind.run.workspace.as_deref())),
    Column::new("stack", Shape::Text, |row| Cell::text(row.kind.run.stack.as_deref())),
    Column::new("deployment", Shape::Text, |row| Cell::text(row.kind.run.deployment.as_deref())),
    Column::new("module", Shape::Text, |row| Cell::text(row.kind.run.module.as_deref())),
    Column::new("phase", Shape::Text, |row| Cell::text(row.kind.run.phase.as_deref())),
    Column::new("run_id", Shape::Text, |row| Cell::text(row.kind.run.run_id.as_deref())),
    Column::new("account_id", Shape::Text, |row| Cell::text(row.kind.operation.account_id.as_deref())),
    Column::new("region", Shape::Text, |row| Cell::text(row.kind.operation.region.as_deref())),
    Column::new("service", Shape::Text, |row| Cell::text(row.kind.operation.service.as_deref())),
    Column::new("event_name", Shape::Text, |row| Cell::text(row.kind.operation.event_name.as_deref())),
    Column::new("read_only", Shape::Flag, |row| Cell::Flag(row.kind.operation.read_only)),
    Column::new("outcome", Shape::Text, |row| Cell::text(Some(row.kind.operation.outcome().as_str()))),
    Column::new("error_code", Shape::Text, |row| Cell::text(row.kind.operation.error_code.as_deref())),
    Column::new("calls", Shape::Count, |row| Cell::Count(row.calls)),
    Column::new("first_seen", Shape::Time, |row| Cell::Time(Some(row.first_seen))),
    Column::new("last_seen", Shape::Time, |row| Cell::Time(Some(row.last_seen))),
    Column::new("role_arn", Shape::Text, |row| Cell::text(row.kind.role_arn.as_deref())),
    Column::new("hops", Shape::Count, |row| Cell::Count(row.kind.hops.into())),
    Column::new("via", Shape::List, |row| Cell::List(row.kind.via.iter().map(|arn| Cow::Borrowed(&**arn)).collect())),
    Column::new("join", Shape::Text, |row| Cell::text(Some(row.kind.join.as_str()))),
    Column::new("caller", Shape::Text, |row| Cell::text(Some(&*row.kind.caller))),
    Column::new("resources", Shape::List, |row| {
        Cell::List(row.resources.iter().map(|arn| Cow::Borrowed(&**arn)).collect())
    }),
    Column::new("issuer", Shape::Text, |row| Cell::text(row.kind.run.issuer.as_deref())),
    Column::new("grouping", Shape::Text, |row| Cell::text(row.kind.run.grouping.as_deref())),
];

const TABLE: &[(&str, ShownWhen)] = &[
    ("workspace", ShownWhen::Always),
    ("phase", ShownWhen::Always),
    ("run_id", ShownWhen::Always),
    ("account_id", ShownWhen::Always),
    ("service", ShownWhen::Always),
    ("event_name", ShownWhen::Always),
    ("outcome", ShownWhen::Always),
    ("calls", ShownWhen::Always),
    ("stack", ShownWhen::AnyValue),
    ("deployment", ShownWhen::AnyValue),
    ("organization", ShownWhen::Several),
    ("region", ShownWhen::Always),
    ("last_seen", ShownWhen::Always),
    ("hops", ShownWhen::NotZero),
    ("resources", ShownWhen::AnyValue),
];

/// What comes with these if there is room.
const SPARE: &[&str] = &["organization", "region", "last_seen", "hops", "resources"];

/// The columns of `activity`.
#[must_use]
pub fn schema() -> Schema<ActivityRow> {
    Schema::new(COLUMNS.to_vec(), TABLE).with_spare(SPARE)
}

/// Sorts rows by their cells in the order of the columns: text as bytes, counts as numbers, what is absent first.
pub fn sort(rows: &mut [ActivityRow]) {
    rows.sort_by(|one, other| {
        let orders = COLUMNS.iter().map(|column| order(&column.cell(one), &column.cell(other)));
        orders.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    });
}

fn order(one: &Cell<'_>, other: &Cell<'_>) -> Ordering {
    match (one, other) {
        (Cell::Count(one), Cell::Count(other)) => one.cmp(other),
        (Cell::Time(one), Cell::Time(other)) => one.cmp(other),
        (Cell::Flag(one), Cell::Flag(other)) => one.cmp(other),
        (Cell::List(one), Cell::List(other)) => one.iter().cmp(other.iter()),
        (one, other) => one.to_text().as_bytes().cmp(other.to_text().as_bytes()),
    }
}
