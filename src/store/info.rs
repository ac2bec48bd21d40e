//! What is in a store, in numbers.

use super::calls::about::CallInfo;
use super::error::StoreError;
use super::handle::Store;
use super::parts::beginnings;
use super::rows::columns::number;
use super::rows::state::{IS_KEPT, IS_LOOK_ALIKE};
use crate::domain::timestamp::Timestamp;

/// A store at a glance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreInfo {
    /// Bytes of the file.
    pub bytes: u64,
    /// Its schema version.
    pub schema: i64,
    /// By part of a source, in the order in which they were first synced. What lies in several parts is in each of them.
    pub sources: Vec<SourceInfo>,
    /// Log files that could not be read again, so that what was read of them before stands.
    pub stale: u64,
    /// Kept events, copies and all.
    pub events: u64,
    /// Events beside them of issuers that nobody named, kept for their subject.
    pub look_alikes: u64,
    /// The earliest and the latest of them.
    pub times: Option<(Timestamp, Timestamp)>,
    /// What is kept of the calls of runs.
    pub calls: CallInfo,
    /// Log files with rows that are known to be as CloudTrail wrote them, and those of which nobody knows it.
    pub verified: (u64, u64),
    /// Before which time events were removed, and how many.
    pub pruned: Option<(Timestamp, u64)>,
}

/// One part of a source.
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
    /// When a sync began that was not read to its end; the epoch where that is not known.
    pub unfinished: Option<Timestamp>,
}

/// The numbers of a whole source.
const OF_SOURCE: &str = "SELECT ifnull(sum(files), 0), ifnull(sum(files) FILTER (WHERE outcome = 'read'), 0),
        ifnull(sum(files) FILTER (WHERE outcome = 'failed'), 0), ifnull(sum(kept - pruned), 0)
    FROM days WHERE source = ?";
/// The numbers of what has a name that begins so.
const OF_NAME: &str = "SELECT count(*), count(*) FILTER (WHERE outcome = 'read'),
        count(*) FILTER (WHERE outcome = 'failed'), ifnull(sum(kept - pruned), 0)
    FROM log_files WHERE source = ?1 AND name >= ?2 AND name < ?2 || char(1114111)";

impl Store {
    /// What is in it.
    pub fn info(&self) -> Result<StoreInfo, StoreError> {
        self.at_one_moment(|| self.numbers())
    }

    fn parts(&self) -> rusqlite::Result<Vec<SourceInfo>> {
        // The sums of days are those of whole sources.
        let sql = "SELECT p.label, s.kind, p.start, p.synced, p.begun, p.source, p.names,
                (SELECT count(*) FROM parts AS o WHERE o.source = p.source) = 1
            FROM parts AS p JOIN sources AS s ON s.id = p.source ORDER BY p.id";
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        let mut parts = Vec::new();
        while let Some(row) = rows.next()? {
            let (source, names): (i64, String) = (row.get(5)?, row.get(6)?);
            let kind: String = row.get(1)?;
            let names = if row.get(7)? { None } else { Some(beginnings(&kind, &names)) };
            let [files, read, failed, events] = self.files_of(source, names)?;
            parts.push(SourceInfo {
                label: row.get(0)?,
                kind,
                start: time(row.get(2)?),
                synced: time(row.get(3)?),
                files,
                read,
                failed,
                events,
                unfinished: time(row.get(4)?),
            });
        }
        Ok(parts)
    }

    /// How many log files a source has, how many were read and failed, and the kept events in them; where only those with
    /// some `names` count, those whose name begins so.
    fn files_of(&self, source: i64, names: Option<Vec<&str>>) -> rusqlite::Result<[u64; 4]> {
        let sums = |sql: &str, bound: &[&dyn rusqlite::ToSql]| {
            let mut statement = self.connection.prepare_cached(sql)?;
            statement.query_row(bound, |row| Ok([number(row, 0)?, number(row, 1)?, number(row, 2)?, number(row, 3)?]))
        };
        let Some(names) = names else { return sums(OF_SOURCE, &[&source]) };
        let mut all = [0; 4];
        for name in names {
            let found = sums(OF_NAME, &[&source, &name])?;
            all.iter_mut().zip(found).for_each(|(all, found)| *all += found);
        }
        Ok(all)
    }

    fn numbers(&self) -> rusqlite::Result<StoreInfo> {
        let connection = &self.connection;
        let sources = self.parts()?;
        // Each end of the index is a query of its own, or SQLite walks over all of it.
        let end = |order| {
            format!(
                "SELECT time FROM assumptions AS a INDEXED BY assumptions_by_time WHERE {IS_KEPT} ORDER BY time {order} LIMIT 1"
            )
        };
        let ends = &format!("SELECT ({}), ({})", end("ASC"), end("DESC"));
        let times = connection.query_row(ends, [], |row| Ok(time(row.get(0)?).zip(time(row.get(1)?))))?;
        let sql = "SELECT max(before), ifnull(sum(events), 0) FROM pruned";
        let pruned = connection.query_row(sql, [], |row| Ok((time(row.get(0)?), number(row, 1)?)))?;
        let sql = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
        Ok(StoreInfo {
            bytes: connection.query_row(sql, [], |row| number(row, 0))?,
            schema: super::migrate::version(connection)?,
            events: connection.query_row("SELECT ifnull(sum(kept - pruned), 0) FROM days", [], |row| number(row, 0))?,
            stale: connection.query_row("SELECT count(*) FROM stale", [], |row| number(row, 0))?,
            look_alikes: connection.query_row(
                &format!(
                    "SELECT count(*) FROM assumptions AS a INDEXED BY assumptions_with_copies WHERE {IS_LOOK_ALIKE}"
                ),
                [],
                |row| number(row, 0),
            )?,
            sources,
            times,
            calls: self.numbers_of_calls()?,
            verified: (
                connection
                    .query_row("SELECT count(*) FROM verdicts WHERE verdict = 'valid'", [], |row| number(row, 0))?,
                self.counted_unverified(None)?,
            ),
            pruned: pruned.0.map(|before| (before, pruned.1)),
        })
    }
}

fn time(seconds: Option<i64>) -> Option<Timestamp> {
    seconds.and_then(Timestamp::from_seconds)
}
