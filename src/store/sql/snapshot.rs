//! Rows that were scanned, as a store that lives as long as the question.

use std::borrow::Cow;

use rusqlite::types::{ToSqlOutput, ValueRef};
pub use rusqlite::{Connection, Result};
use rusqlite::{ToSql, params_from_iter};

use crate::store::error::StoreError;
use crate::store::handle::Store;

/// A column of a table of such a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotColumn<'a> {
    /// Its name.
    pub name: &'a str,
    /// Whether it holds numbers; any other column holds texts.
    pub is_count: bool,
}

/// A cell of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SnapshotCell<'a> {
    /// What is absent: `NULL`.
    Absent,
    /// A number.
    Count(u64),
    /// Text.
    Text(Cow<'a, str>),
}

impl ToSql for SnapshotCell<'_> {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Absent => ValueRef::Null,
            Self::Count(count) => ValueRef::Integer(i64::try_from(*count).unwrap_or(i64::MAX)),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

/// Makes a table that holds these rows in their order.
fn fill<T>(
    connection: &Connection,
    kind: &str,
    table: &str,
    columns: &[SnapshotColumn<'_>],
    rows: impl IntoIterator<Item = T>,
    cell: impl for<'a> Fn(&'a T, usize) -> SnapshotCell<'a>,
) -> Result<()> {
    let word = |is_count| if is_count { "INTEGER" } else { "TEXT" };
    let named: Vec<String> =
        columns.iter().map(|column| format!("\"{}\" {}", column.name, word(column.is_count))).collect();
    connection.execute_batch(&format!("CREATE {kind} {table} ({})", named.join(", ")))?;
    let places = vec!["?"; columns.len()].join(", ");
    let mut insert = connection.prepare(&format!("INSERT INTO {table} VALUES ({places})"))?;
    for row in rows {
        insert.execute(params_from_iter((0..columns.len()).map(|at| cell(&row, at))))?;
    }
    Ok(())
}

impl Store {
    /// Puts rows beside what is stored, as a table that is there as long as the store is open. Nothing in the file changes.
    pub fn put_beside<T>(
        &self,
        table: &str,
        columns: &[SnapshotColumn<'_>],
        rows: impl IntoIterator<Item = T>,
        cell: impl for<'a> Fn(&'a T, usize) -> SnapshotCell<'a>,
    ) -> std::result::Result<(), StoreError> {
        fill(&self.connection, "TEMP TABLE", table, columns, rows, cell).map_err(|error| self.error(error))
    }
}

/// A temporary store, on disk where it is large, which is given its tables one after the other. Nobody else can open it.
#[derive(Debug)]
pub struct TemporaryStore(Connection);

impl TemporaryStore {
    /// An empty one.
    pub fn new() -> Result<Self> {
        let connection = Connection::open("")?;
        connection
            .execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = FILE; BEGIN")?;
        Ok(Self(connection))
    }

    /// Makes a table that holds these rows in their order; `cell` gives that of a row and of a column by its place.
    pub fn fill<T>(
        &self,
        table: &str,
        columns: &[SnapshotColumn<'_>],
        rows: impl IntoIterator<Item = T>,
        cell: impl for<'a> Fn(&'a T, usize) -> SnapshotCell<'a>,
    ) -> Result<()> {
        fill(&self.0, "TABLE", table, columns, rows, cell)
    }

    /// What can be asked.
    pub fn finish(self) -> Result<Connection> {
        self.0.execute_batch("COMMIT")?;
        Ok(self.0)
    }
}
