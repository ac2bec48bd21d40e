//! What is in a store, and what a sync says that it did.

use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags};

/// What a sync did with all sources.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) new: u64,
    pub(crate) changed: u64,
    pub(crate) unchanged: u64,
    pub(crate) skipped: u64,
    pub(crate) failed: u64,
    pub(crate) gone: u64,
    pub(crate) events: u64,
}

/// What `sync -o json` says.
pub(crate) fn counts(json: &str) -> Counts {
    let report: serde_json::Value = serde_json::from_str(json).unwrap();
    let rows = report["rows"].as_array().unwrap();
    let sum = |column: &str| rows.iter().map(|row| row[column].as_u64().unwrap()).sum();
    Counts {
        new: sum("new"),
        changed: sum("changed"),
        unchanged: sum("unchanged"),
        skipped: sum("skipped"),
        failed: sum("failed"),
        gone: sum("gone"),
        events: sum("kept"),
    }
}

fn open(store: &Path) -> Connection {
    Connection::open_with_flags(store, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
}

/// The texts of a query's first column.
pub(crate) fn column(store: &Path, sql: &str) -> Vec<String> {
    let store = open(store);
    let mut statement = store.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

/// Everything in a store that does not depend on the order in which it came: the rows of the views and of what is
/// remembered of log files, as text.
pub(crate) fn tables(store: &Path) -> Vec<String> {
    let queries = [
        "SELECT * FROM events",
        "SELECT * FROM runs",
        "SELECT s.label, f.name, f.label, f.size, f.tag, f.outcome, f.reason, f.bytes_read, f.bytes_inflated, f.total,
            f.kept, f.other, f.malformed, f.notes, f.rows
            FROM log_files AS f JOIN sources AS s ON s.id = f.source ORDER BY s.label, f.name",
        "SELECT s.label, d.folder, d.first, d.last FROM settled AS d JOIN sources AS s ON s.id = d.source
            ORDER BY s.label, d.folder, d.first",
        "SELECT a.text, r.text, d.date, d.delivered, d.outcome, d.files, d.total, d.kept FROM days AS d
            LEFT JOIN texts AS a ON a.id = d.account LEFT JOIN texts AS r ON r.id = d.region
            ORDER BY 1, 2, 3, 4, 5, 6, 7, 8",
        "SELECT a.event_id, a.copy, f.name FROM assumptions AS a JOIN log_files AS f ON f.id = a.log_file ORDER BY 1, 2, 3",
    ];
    let store = open(store);
    let found = store.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(found, "ok");
    queries.iter().flat_map(|sql| rows(&store, sql)).collect()
}

fn rows(store: &Connection, sql: &str) -> Vec<String> {
    let mut statement = store.prepare(sql).unwrap();
    let width = statement.column_count();
    let rows = statement.query_map([], |row| {
        let cells = (0..width).map(|at| row.get::<_, Value>(at).map(|value| format!("{value:?}")));
        Ok(cells.collect::<Result<Vec<_>, _>>()?.join("|"))
    });
    rows.unwrap().map(Result::unwrap).collect()
}
