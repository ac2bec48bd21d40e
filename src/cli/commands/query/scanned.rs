//! What a scan found, as tables that can be asked: `events` and `runs`, with the rows of these commands.

use std::borrow::Cow;

use crate::domain::assumption::Assumption;
use crate::domain::run::Run;
use crate::report::cell::{Cell, Shape};
use crate::report::row;
use crate::report::schema::Schema;
use crate::store::sql::snapshot::{Connection, Result, SnapshotCell as SqlCell, SnapshotColumn, TemporaryStore};

/// A temporary store of these rows, in their order.
pub(super) fn of_scan(events: &[&Assumption], runs: &[Run<'_>]) -> Result<Connection> {
    let snapshot = TemporaryStore::new()?;
    fill(&snapshot, "events", &row::events::schema(), events.iter().copied())?;
    fill(&snapshot, "runs", &row::runs::schema(), runs)?;
    snapshot.finish()
}

fn fill<'a, T: 'a>(
    snapshot: &TemporaryStore,
    table: &str,
    schema: &Schema<T>,
    rows: impl IntoIterator<Item = &'a T>,
) -> Result<()> {
    let columns = schema.columns();
    let headings = columns.iter().map(crate::report::schema::Column::heading);
    let columns_of_sql: Vec<SnapshotColumn<'_>> = headings
        .map(|heading| SnapshotColumn { name: heading.name, is_count: heading.shape == Shape::Count })
        .collect();
    snapshot.fill(table, &columns_of_sql, rows, |row, at| match columns[at].cell(row) {
        Cell::Count(count) => SqlCell::Count(count),
        cell if cell.is_absent() => SqlCell::Absent,
        Cell::Text(text) => SqlCell::Text(text),
        // Lists are texts.
        cell => SqlCell::Text(Cow::Owned(cell.to_text().into_owned())),
    })
}
