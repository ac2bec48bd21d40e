//! `activity`: one row per kind of call that a run made at a place.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use hashbrown::DefaultHashBuilder;

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

/// The columns that the run of a row fills, and those that its operation does: those in front, in this order.
const OF_RUN: Range<usize> = 0..8;
const OF_OPERATION: Range<usize> = 8..15;

/// Sorts rows by their cells in the order of the columns: text as bytes, counts as numbers, what is absent first.
///
/// Many rows have a run or an operation in common, so each of these is compared with the others once.
pub fn sort(rows: &mut [ActivityRow]) {
    let runs = ranks(rows, |row| Arc::as_ptr(&row.kind.run).addr(), OF_RUN);
    let operations = ranks(rows, |row| Arc::as_ptr(&row.kind.operation).addr(), OF_OPERATION);
    let rank = |row: &ActivityRow| {
        let (run, operation) = (Arc::as_ptr(&row.kind.run).addr(), Arc::as_ptr(&row.kind.operation).addr());
        (runs[&run], operations[&operation])
    };
    rows.sort_by_cached_key(rank);
    for same in rows.chunk_by_mut(|one, other| rank(one) == rank(other)) {
        same.sort_by(|one, other| compare(one, other, OF_OPERATION.end..COLUMNS.len()));
    }
}

/// The ranks of values that rows share, by where they lie: those with equal cells have one.
fn ranks(
    rows: &[ActivityRow],
    place: impl Fn(&ActivityRow) -> usize,
    columns: Range<usize>,
) -> HashMap<usize, usize, DefaultHashBuilder> {
    let shown: HashMap<usize, &ActivityRow, DefaultHashBuilder> = rows.iter().map(|row| (place(row), row)).collect();
    let mut values: Vec<(usize, &ActivityRow)> = shown.into_iter().collect();
    values.sort_unstable_by(|(_, one), (_, other)| compare(one, other, columns.clone()));
    let equal =
        |one: &(usize, &ActivityRow), other: &(usize, &ActivityRow)| compare(one.1, other.1, columns.clone()).is_eq();
    let equal = values.chunk_by(equal).enumerate();
    equal.flat_map(|(rank, values)| values.iter().map(move |(place, _)| (*place, rank))).collect()
}

fn compare(one: &ActivityRow, other: &ActivityRow, columns: Range<usize>) -> Ordering {
    let orders = COLUMNS[columns].iter().map(|column| order(&column.cell(one), &column.cell(other)));
    orders.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::audit::activity::fold::CallKind;
    use crate::audit::activity::link::Join;
    use crate::audit::activity::run_cells::RunCells;
    use crate::domain::session_call::Operation;
    use crate::domain::timestamp::Timestamp;

    const TEXTS: [Option<&str>; 4] = [None, Some("a"), Some("ab"), Some("b")];

    fn text(number: u8) -> Option<Arc<str>> {
        TEXTS[usize::from(number) % TEXTS.len()].map(Arc::from)
    }

    fn run(cells: [u8; 4]) -> Arc<RunCells> {
        let [organization, phase, run_id, issuer] = cells.map(text);
        Arc::new(RunCells { organization, phase, run_id, issuer, ..RunCells::default() })
    }

    fn operation(cells: [u8; 4]) -> Arc<Operation> {
        let [account_id, region, event_name, error_code] = cells.map(text);
        let read_only = [None, Some(false), Some(true)][usize::from(cells[0] / 4) % 3];
        Arc::new(Operation { account_id, region, service: None, event_name, read_only, error_code })
    }

    fn row(
        run: &Arc<RunCells>,
        operation: &Arc<Operation>,
        [calls, first, last, role, hops, named]: [u8; 6],
    ) -> ActivityRow {
        let at = |second: u8| Timestamp::from_seconds(second.into()).unwrap();
        ActivityRow {
            kind: CallKind {
                run: Arc::clone(run),
                operation: Arc::clone(operation),
                role_arn: text(role),
                hops: hops.into(),
                via: text(role / 4).into_iter().collect(),
                join: Join::Key,
                caller: "run".into(),
            },
            calls: calls.into(),
            first_seen: at(first),
            last_seen: at(last),
            resources: [named, named / 4].into_iter().filter_map(text).collect(),
        }
    }

    proptest! {
        #[test]
        fn rows_are_in_the_order_of_all_their_cells(
            runs in prop::collection::vec(any::<[u8; 4]>(), 1..6),
            operations in prop::collection::vec(any::<[u8; 4]>(), 1..6),
            rows in prop::collection::vec((any::<[prop::sample::Index; 2]>(), prop::array::uniform6(0..6_u8)), 0..40),
        ) {
            // Some of them are equal and lie in several places.
            let (runs, operations): (Vec<_>, Vec<_>) =
                (runs.into_iter().map(run).collect(), operations.into_iter().map(operation).collect());
            let mut rows: Vec<ActivityRow> = rows
                .into_iter()
                .map(|([at, of], figures)| row(at.get(&runs), of.get(&operations), figures))
                .collect();
            let mut slow = rows.clone();
            slow.sort_by(|one, other| compare(one, other, 0..COLUMNS.len()));
            sort(&mut rows);
            prop_assert_eq!(rows, slow);
        }
    }
}
