//! What is in a store, in numbers.

use rusqlite::Row;

use super::error::StoreError;
use super::open::Store;
use crate::domain::timestamp::Timestamp;

/// A store at a glance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Info {
    /// Bytes of the file.
    pub bytes: u64,
    /// Its schema version.
    pub schema: i64,
    /// By source, in the order in which they were first synced.
    pub sources: Vec<SourceInfo>,
    /// Kept events, copies and all.
    pub events: u64,
    /// Events beside them of issuers that nobody named, kept for their subject.
    pub alikes: u64,
    /// The earliest and the latest of them.
    pub times: Option<(Timestamp, Timestamp)>,
    /// Before which time events were removed, and how many.
    pub pruned: Option<(Timestamp, u64)>,
}

/// One source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceInfo {
    /// As it was last given.
    pub label: String,
    /// What it is.
    pub kind: String,
    /// From when on it is complete, if it is read up to the present.
    pub start: Option<Timestamp>,
    /// When it was last read to its end.
    pub synced: Option<Timestamp>,
    /// Log files, read or not.
    pub files: u64,
    /// Those that were read.
    pub read: u64,
    /// Those that failed.
    pub failed: u64,
    /// Kept events in them.
    pub events: u64,
}

impl Store {
    /// What is in it.
    pub fn info(&self) -> Result<Info, StoreError> {
        self.at_one_moment(|| self.numbers())
    }

    fn numbers(&self) -> rusqlite::Result<Info> {
        let connection = &self.connection;
        let sql = "SELECT s.label, s.kind, s.start, s.synced, ifnull(sum(d.files), 0),
                ifnull(sum(d.files) FILTER (WHERE d.outcome = 'read'), 0),
                ifnull(sum(d.files) FILTER (WHERE d.outcome = 'failed'), 0),
                ifnull(sum(d.kept - d.pruned), 0)
            FROM sources AS s LEFT JOIN days AS d ON d.source = s.id GROUP BY s.id ORDER BY s.id";
        let mut statement = connection.prepare(sql)?;
        let sources = statement.query_map([], |row| {
            Ok(SourceInfo {
                label: row.get(0)?,
                kind: row.get(1)?,
                start: time(row.get(2)?),
                synced: time(row.get(3)?),
                files: number(row, 4)?,
                read: number(row, 5)?,
                failed: number(row, 6)?,
                events: number(row, 7)?,
            })
        })?;
        let sources: Vec<SourceInfo> = sources.collect::<rusqlite::Result<_>>()?;
        // Each end of the index is a query of its own, or SQLite walks over all of it.
        let end = |order| {
            format!(
                "SELECT time FROM assumptions INDEXED BY assumptions_by_time WHERE copy < 4 ORDER BY time {order} LIMIT 1"
            )
        };
        let ends = &format!("SELECT ({}), ({})", end("ASC"), end("DESC"));
        let times = connection.query_row(ends, [], |row| Ok(time(row.get(0)?).zip(time(row.get(1)?))))?;
        let sql = "SELECT max(before), ifnull(sum(events), 0) FROM pruned";
        let pruned = connection.query_row(sql, [], |row| Ok((time(row.get(0)?), number(row, 1)?)))?;
        let sql = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
        Ok(Info {
            bytes: connection.query_row(sql, [], |row| number(row, 0))?,
            schema: super::migrate::version(connection)?,
            events: sources.iter().map(|source| source.events).sum(),
            alikes: connection.query_row(
                "SELECT count(*) FROM assumptions INDEXED BY assumptions_with_copies WHERE copy <> 0 AND copy >= 4",
                [],
                |row| number(row, 0),
            )?,
            sources,
            times,
            pruned: pruned.0.map(|before| (before, pruned.1)),
        })
    }
}

fn time(seconds: Option<i64>) -> Option<Timestamp> {
    seconds.and_then(Timestamp::from_seconds)
}

fn number(row: &Row<'_>, at: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(at).map(|count| u64::try_from(count).unwrap_or_default())
}
