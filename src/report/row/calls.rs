//! `activity --calls`: one row per call of a run; and counts by any of its columns.

use std::borrow::{Borrow, Cow};

use crate::audit::activity::count::{CallGroup, count};
use crate::audit::activity::run_call::RunCall;
use crate::domain::source_address::SourceAddress;
use crate::report::cell::{Cell, Shape};
use crate::report::schema::{Column, ColumnError, Schema, ShownWhen};

/// Every column, in the public order.
pub(super) const COLUMNS: &[Column<RunCall>] = &[
    Column::new("time", Shape::Time, |row| Cell::Time(Some(row.call.time))),
    Column::new("event_id", Shape::Text, |row| Cell::text(row.call.event_id.as_deref())),
    Column::new("account_id", Shape::Text, |row| Cell::text(row.call.operation.account_id.as_deref())),
    Column::new("region", Shape::Text, |row| Cell::text(row.call.operation.region.as_deref())),
    Column::new("service", Shape::Text, |row| Cell::text(row.call.operation.service.as_deref())),
    Column::new("event_name", Shape::Text, |row| Cell::text(row.call.operation.event_name.as_deref())),
    Column::new("read_only", Shape::Flag, |row| Cell::Flag(row.call.operation.read_only)),
    Column::new("outcome", Shape::Text, |row| Cell::text(Some(row.call.operation.outcome().as_str()))),
    Column::new("error_code", Shape::Text, |row| Cell::text(row.call.operation.error_code.as_deref())),
    Column::new("source_ip", Shape::Text, |row| {
        Cell::text(row.call.caller.source_address.as_ref().map(SourceAddress::as_str))
    }),
    Column::new("user_agent", Shape::Text, |row| Cell::text(row.call.caller.user_agent.as_deref())),
    Column::new("access_key_id", Shape::Text, |row| Cell::text(row.call.caller.access_key_id.as_deref())),
    Column::new("role_arn", Shape::Text, |row| Cell::text(row.attribution.role_arn.as_deref())),
    Column::new("hops", Shape::Count, |row| Cell::Count(row.attribution.hops.into())),
    Column::new("via", Shape::List, |row| {
        Cell::List(row.attribution.via.roles().iter().map(|arn| Cow::Owned(arn.to_string())).collect())
    }),
    Column::new("join", Shape::Text, |row| Cell::text(Some(row.attribution.join.as_str()))),
    Column::new("caller", Shape::Text, |row| Cell::text(Some(row.caller()))),
    Column::new("organization", Shape::Text, |row| Cell::text(row.run.organization.as_deref())),
    Column::new("project", Shape::Text, |row| Cell::text(row.run.project.as_deref())),
    Column::new("workspace", Shape::Text, |row| Cell::text(row.run.workspace.as_deref())),
    Column::new("stack", Shape::Text, |row| Cell::text(row.run.stack.as_deref())),
    Column::new("deployment", Shape::Text, |row| Cell::text(row.run.deployment.as_deref())),
    Column::new("module", Shape::Text, |row| Cell::text(row.run.module.as_deref())),
    Column::new("phase", Shape::Text, |row| Cell::text(row.run.phase.as_deref())),
    Column::new("run_id", Shape::Text, |row| Cell::text(row.run.run_id.as_deref())),
    Column::new("resources", Shape::List, |row| {
        Cell::List(row.call.resources.iter().map(|arn| Cow::Borrowed(&**arn)).collect())
    }),
    Column::new("log_file", Shape::Text, |row| Cell::text(Some(&*row.call.log_file))),
    Column::new("issuer", Shape::Text, |row| Cell::text(row.run.issuer.as_deref())),
    Column::new("grouping", Shape::Text, |row| Cell::text(row.run.grouping.as_deref())),
];

pub(super) const TABLE: &[(&str, ShownWhen)] = &[
    ("time", ShownWhen::Always),
    ("workspace", ShownWhen::Always),
    ("phase", ShownWhen::Always),
    ("account_id", ShownWhen::Always),
    ("service", ShownWhen::Always),
    ("event_name", ShownWhen::Always),
    ("outcome", ShownWhen::Always),
    ("source_ip", ShownWhen::Always),
    ("run_id", ShownWhen::Always),
    ("stack", ShownWhen::AnyValue),
    ("deployment", ShownWhen::AnyValue),
    ("organization", ShownWhen::Several),
    ("region", ShownWhen::Always),
    ("hops", ShownWhen::NotZero),
    ("resources", ShownWhen::AnyValue),
];

/// What comes with these if there is room.
pub(super) const SPARE: &[&str] = &["organization", "region", "hops", "resources"];

/// Only for counting: the UTC day and hour of a call.
const SPANS: [Column<RunCall>; 2] = [
    Column::new("day", Shape::Text, |row| Cell::owned(row.call.time.day().to_string())),
    Column::new("hour", Shape::Text, |row| Cell::owned(row.call.time.hour().to_string())),
];

const COUNTS: [Column<CallGroup>; 6] = [
    Column::new("runs", Shape::Count, |group| Cell::Count(group.runs)),
    Column::new("calls", Shape::Count, |group| Cell::Count(group.calls)),
    Column::new("denied", Shape::Count, |group| Cell::Count(group.denied)),
    Column::new("failed", Shape::Count, |group| Cell::Count(group.failed)),
    Column::new("first_seen", Shape::Time, |group| Cell::Time(Some(group.first_seen))),
    Column::new("last_seen", Shape::Time, |group| Cell::Time(Some(group.last_seen))),
];

/// The columns of `activity --calls`.
#[must_use]
pub fn schema() -> Schema<RunCall> {
    Schema::new(COLUMNS.to_vec(), TABLE).with_spare(SPARE)
}

/// The columns by which calls are counted.
#[derive(Debug, Clone)]
pub struct CountBy(Vec<Column<RunCall>>);

impl CountBy {
    /// Reads `A,B`: columns of `activity --calls`, `day` or `hour`.
    pub fn parse(names: &str) -> Result<Self, ColumnError> {
        Schema::new([COLUMNS, &SPANS].concat(), &[]).select(names).map(Self)
    }

    /// The columns of such counts. What was counted by is text, times too.
    #[must_use]
    pub fn schema(&self) -> Schema<CallGroup> {
        let keys = self.0.iter().enumerate().map(|(place, column)| {
            Column::at(column.heading().name, Shape::Text, place, |group: &CallGroup, place| {
                Cell::text(group.keys.get(place).and_then(Option::as_deref))
            })
        });
        Schema::new(keys.chain(COUNTS).collect(), &[])
    }

    /// Counts calls.
    #[must_use]
    pub fn rows<C: Borrow<RunCall>>(&self, calls: impl IntoIterator<Item = C>) -> Vec<CallGroup> {
        count(calls.into_iter().map(|call| {
            let key = |column: &Column<RunCall>| {
                let cell = column.cell(call.borrow());
                (!cell.is_absent()).then(|| cell.to_text().into())
            };
            (self.0.iter().map(key).collect(), call)
        }))
    }
}
