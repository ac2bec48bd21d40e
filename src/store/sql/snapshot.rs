//! What a scan found, as a store that lives as long as the question: the tables `events` and `runs`, with the rows of
//! these commands.

use rusqlite::types::{ToSqlOutput, Value as SqlValue, ValueRef};
use rusqlite::{Connection, Result, ToSql, params_from_iter};

use crate::domain::assumption::Assumption;
use crate::domain::run::Run;
use crate::report::cell::{Cell, Shape};
use crate::report::row;
use crate::report::schema::Schema;

/// A temporary store, on disk where it is large, that holds these rows in their order. Nobody else can open it.
pub fn of_scan(events: &[&Assumption], runs: &[Run<'_>]) -> Result<Connection> {
    let connection = Connection::open("")?;
    connection.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = FILE; BEGIN")?;
    fill(&connection, "events", &row::events::schema(), events.iter().copied())?;
    fill(&connection, "runs", &row::runs::schema(), runs)?;
    connection.execute_batch("COMMIT")?;
    Ok(connection)
}

fn fill<'a, T: 'a>(
    connection: &Connection,
    table: &str,
    schema: &Schema<T>,
    rows: impl IntoIterator<Item = &'a T>,
) -> Result<()> {
    let kind = |shape| if shape == Shape::Count { "INTEGER" } else { "TEXT" };
    let headings: Vec<_> = schema.columns().iter().map(crate::report::schema::Column::heading).collect();
    let columns: Vec<String> = headings.iter().map(|head| format!("\"{}\" {}", head.name, kind(head.shape))).collect();
    connection.execute_batch(&format!("CREATE TABLE {table} ({})", columns.join(", ")))?;
    let places = vec!["?"; columns.len()].join(", ");
    let mut insert = connection.prepare(&format!("INSERT INTO {table} VALUES ({places})"))?;
    for row in rows {
        let cells = schema.columns().iter().map(|column| Bound(column.cell(row)));
        insert.execute(params_from_iter(cells))?;
    }
    Ok(())
}

/// A cell as SQL has it: what is absent is `NULL`, lists are texts.
struct Bound<'a>(Cell<'a>);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok(match &self.0 {
            Cell::Count(count) => ToSqlOutput::Owned(SqlValue::Integer(i64::try_from(*count).unwrap_or(i64::MAX))),
            cell if cell.is_absent() => ToSqlOutput::Owned(SqlValue::Null),
            Cell::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            cell => ToSqlOutput::Owned(SqlValue::Text(cell.to_text().into_owned())),
        })
    }
}
