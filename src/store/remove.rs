//! Removes a source, or a part of one, with all that was read of it.

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior};

use super::copies;
use super::error::StoreError;
use super::handle::Store;
use super::label::label;
use super::parts::beginnings;
use super::prune::UNUSED;
use super::stretch;
use super::told::TOLD;

/// What is to be removed.
#[derive(Debug, Clone)]
pub struct RemovalTarget {
    source: i64,
    /// The part of it; all of it where there is none.
    part: Option<i64>,
    label: String,
}

impl RemovalTarget {
    /// What a store calls it.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }
}

/// What went with a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemovedRows {
    /// Its log files, read or not.
    pub files: u64,
    /// Kept events of them, copies and all.
    pub events: u64,
}

impl Store {
    /// What a text names: the identity of a source, or what a part of one is called; nothing where there is none.
    pub fn named(&self, text: &str) -> Result<Option<RemovalTarget>, StoreError> {
        self.find(text).map_err(|error| self.error(error))
    }

    fn find(&self, text: &str) -> rusqlite::Result<Option<RemovalTarget>> {
        let read =
            |row: &rusqlite::Row<'_>| Ok(RemovalTarget { source: row.get(0)?, part: row.get(1)?, label: row.get(2)? });
        let sql = "SELECT id, NULL, CASE kind WHEN 'local' THEN label ELSE identity END FROM sources
            WHERE ?1 IN (identity, label) ORDER BY identity <> ?1, id LIMIT 1";
        let whole = self.connection.query_row(sql, [text], read).optional()?;
        // A bucket is called by its name, and so is the part that is all of it.
        if whole.is_some() {
            return Ok(whole);
        }
        let sql = "SELECT source, id, label FROM parts
            WHERE rtrim(label, '/') = rtrim(?, '/') ORDER BY label <> ?1, id LIMIT 1";
        self.connection.query_row(sql, [text], read).optional()
    }

    /// Removes it. The file shrinks, so that nothing of it is left.
    pub fn remove(&mut self, named: &RemovalTarget) -> Result<RemovedRows, StoreError> {
        let removed = self.remove_source(named).and_then(|removed| {
            self.connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);")?;
            Ok(removed)
        });
        removed.map_err(|error| StoreError::sqlite(&self.path, error))
    }

    fn remove_source(&mut self, named: &RemovalTarget) -> rusqlite::Result<RemovedRows> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let fronts = |sql: &str| -> rusqlite::Result<Vec<String>> {
            let mut statement = transaction.prepare(sql)?;
            let lists = statement.query_map((named.source, named.part), |row| {
                let (kind, list): (String, String) = (row.get(0)?, row.get(1)?);
                Ok(beginnings(&kind, &list).into_iter().map(str::to_owned).collect::<Vec<_>>())
            })?;
            Ok(lists.collect::<rusqlite::Result<Vec<_>>>()?.concat())
        };
        let own = fronts(
            "SELECT s.kind, p.names FROM parts AS p JOIN sources AS s ON s.id = p.source
            WHERE p.source = ?1 AND (?2 IS NULL OR p.id = ?2)",
        )?;
        let kept = fronts(
            "SELECT s.kind, p.names FROM parts AS p JOIN sources AS s ON s.id = p.source
            WHERE p.source = ?1 AND ?2 IS NOT NULL AND p.id <> ?2",
        )?;
        let is_last = kept.is_empty();
        let goes = |name: &str| {
            is_last
                || own.iter().any(|own| name.starts_with(&**own)) && !kept.iter().any(|kept| name.starts_with(&**kept))
        };
        let removed = forget_files(&transaction, named.source, goes)?;
        forget_days(&transaction, named.source, goes)?;
        let sql =
            "DELETE FROM remarks WHERE part IN (SELECT id FROM parts WHERE source = ?1 AND (?2 IS NULL OR id = ?2))";
        transaction.execute(sql, (named.source, named.part))?;
        // What others could not list either is theirs from now on.
        let sql =
            "DELETE FROM unlisted WHERE part IN (SELECT id FROM parts WHERE source = ?1 AND (?2 IS NULL OR id = ?2))";
        transaction.execute(sql, (named.source, named.part))?;
        for table in TOLD.into_iter().chain(["passed_over"]) {
            let of = "part IN (SELECT id FROM parts WHERE source = ?1 AND (?2 IS NULL OR id = ?2))";
            transaction.execute(&format!("DELETE FROM {table} WHERE {of}"), (named.source, named.part))?;
        }
        let sql = "DELETE FROM parts WHERE source = ?1 AND (?2 IS NULL OR id = ?2)";
        transaction.execute(sql, (named.source, named.part))?;
        if is_last {
            for table in ["known_days", "looked_before", "extract_sources"] {
                transaction.execute(&format!("DELETE FROM {table} WHERE source = ?"), [named.source])?;
            }
            transaction.execute("DELETE FROM sources WHERE id = ?", [named.source])?;
        } else {
            label(&transaction, named.source)?;
        }
        transaction.execute_batch(UNUSED)?;
        transaction.commit()?;
        Ok(removed)
    }
}

/// Forgets the log files of a source whose name goes, and their events.
fn forget_files(connection: &Connection, source: i64, goes: impl Fn(&str) -> bool) -> rusqlite::Result<RemovedRows> {
    let mut removed = RemovedRows { files: 0, events: 0 };
    let mut statement = connection.prepare("SELECT name, id, first_row, rows FROM log_files WHERE source = ?")?;
    let mut rows = statement.query([source])?;
    let mut files: Vec<(i64, Option<i64>, i64)> = Vec::new();
    while let Some(row) = rows.next()? {
        if goes(row.get_ref(0)?.as_str()?) {
            files.push((row.get(1)?, row.get(2)?, row.get(3)?));
        }
    }
    let mut copied = std::collections::BTreeSet::new();
    for (id, first, rows) in files {
        if let Some(first) = first {
            copied.append(&mut copies::with_copies(connection, first, rows)?);
            // Where rows were pruned, those of another log file may have taken their numbers.
            let sql = "DELETE FROM assumptions WHERE id >= ? AND id < ? AND log_file = ?";
            removed.events += connection.prepare_cached(sql)?.execute((first, first + rows, id))? as u64;
        }
        connection.prepare_cached("DELETE FROM log_files WHERE id = ?")?.execute([id])?;
        removed.files += 1;
    }
    copies::settle(connection, &copied)?;
    stretch::settle(connection)?;
    Ok(removed)
}

/// Forgets that days of folders whose name goes need not be listed any more.
fn forget_days(connection: &Connection, source: i64, goes: impl Fn(&str) -> bool) -> rusqlite::Result<()> {
    let mut statement = connection.prepare("SELECT DISTINCT folder FROM settled WHERE source = ?")?;
    let folders = statement.query_map([source], |row| row.get::<_, String>(0))?;
    let folders: Vec<String> = folders.collect::<rusqlite::Result<_>>()?;
    for folder in folders.iter().filter(|folder| goes(folder)) {
        connection.execute("DELETE FROM settled WHERE source = ? AND folder = ?", (source, folder))?;
    }
    Ok(())
}
