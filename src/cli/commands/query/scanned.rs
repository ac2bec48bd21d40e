//! What a scan found, as tables that can be asked: `events` and `runs`, with the rows of these commands.

use std::borrow::Cow;

use crate::audit::activity::fold::ActivityRow;
use crate::domain::assumption::Assumption;
use crate::domain::run::Run;
use crate::report::cell::{Cell, Shape};
use crate::report::row;
use crate::report::schema::{Column, Schema};
use crate::store::Store;
use crate::store::StoreError;
use crate::store::sql::snapshot::{Connection, Result, SnapshotCell as SqlCell, SnapshotColumn, TemporaryStore};

/// A temporary store of these rows, in their order.
pub(super) fn of_scan(
    events: &[&Assumption],
    runs: &[Run<'_>],
    activity: Option<&[ActivityRow]>,
) -> Result<Connection> {
    let snapshot = TemporaryStore::new()?;
    fill(&snapshot, "events", &row::events::schema(), events.iter().copied())?;
    fill(&snapshot, "runs", &row::runs::schema(), runs)?;
    if let Some(rows) = activity {
        fill(&snapshot, ACTIVITY, &row::activity::schema(), rows)?;
    }
    snapshot.finish()
}

/// The name of the table of calls.
pub const ACTIVITY: &str = "activity";

fn fill<'a, T: 'a>(
    snapshot: &TemporaryStore,
    table: &str,
    schema: &Schema<T>,
    rows: impl IntoIterator<Item = &'a T>,
) -> Result<()> {
    let columns = schema.columns();
    snapshot.fill(table, &columns_of_sql(columns), rows, |row, at| sql_cell(columns[at].cell(row), joined))
}

/// Puts rows of `activity` beside the tables of a store; `list` makes a text of a list.
pub fn put_beside(
    store: &Store,
    rows: &[ActivityRow],
    list: fn(&Cell<'_>) -> String,
) -> std::result::Result<(), StoreError> {
    let schema = row::activity::schema();
    let columns = schema.columns();
    store.put_beside(ACTIVITY, &columns_of_sql(columns), rows, |row, at| sql_cell(columns[at].cell(row), list))
}

/// Whatever is no text and no number, as a table shows it; lists are joined with `;`.
#[must_use]
pub fn joined(cell: &Cell<'_>) -> String {
    cell.to_text().into_owned()
}

fn columns_of_sql<T>(columns: &[Column<T>]) -> Vec<SnapshotColumn<'static>> {
    let headings = columns.iter().map(Column::heading);
    headings.map(|heading| SnapshotColumn { name: heading.name, is_count: heading.shape == Shape::Count }).collect()
}

fn sql_cell(cell: Cell<'_>, list: fn(&Cell<'_>) -> String) -> SqlCell<'_> {
    match cell {
        Cell::Count(count) => SqlCell::Count(count),
        cell if cell.is_absent() => SqlCell::Absent,
        Cell::Text(text) => SqlCell::Text(text),
        cell => SqlCell::Text(Cow::Owned(list(&cell))),
    }
}
