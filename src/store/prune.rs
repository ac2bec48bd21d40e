//! Removes events from a store, for those who must not keep them. The log files stay marked as read, and the coverage
//! says what is missing.

use rusqlite::{Transaction, TransactionBehavior};

use super::copies;
use super::error::StoreError;
use super::handle::Store;
use super::recollect;
use super::replaced;
use super::rows::state::IS_KEPT;
use super::stretch;
use crate::domain::timestamp::Timestamp;

/// Names that no event and no call has any more. `raw` is what a correction has by itself.
pub(super) const UNUSED: &str = "
    DELETE FROM call_operations WHERE id NOT IN (SELECT operation FROM calls);
    DELETE FROM call_callers WHERE id NOT IN (SELECT caller FROM calls);
    DELETE FROM call_resources WHERE id NOT IN (
        SELECT resources FROM calls WHERE resources IS NOT NULL
        UNION SELECT resources FROM writes WHERE resources IS NOT NULL
    );
    DELETE FROM call_parameters WHERE id NOT IN (SELECT parameters FROM calls WHERE parameters IS NOT NULL);
    DELETE FROM call_principals WHERE id NOT IN (
        SELECT principal FROM assumptions WHERE principal IS NOT NULL
        UNION SELECT principal FROM call_callers
        UNION SELECT principal FROM call_sessions
    );
    DELETE FROM subjects WHERE id NOT IN (
        SELECT subject FROM assumptions UNION SELECT subject FROM remembered
        UNION SELECT value FROM assumptions, json_each(raw) WHERE raw IS NOT NULL AND value IS NOT NULL
    );
    DELETE FROM sessions WHERE id NOT IN (
        SELECT session FROM assumptions WHERE session IS NOT NULL
        UNION SELECT value FROM assumptions, json_each(raw) WHERE raw IS NOT NULL AND value IS NOT NULL
    );
    DELETE FROM agents WHERE id NOT IN (
        SELECT agent FROM assumptions WHERE agent IS NOT NULL
        UNION SELECT agent FROM call_callers
        UNION SELECT value FROM remembered WHERE kind = 'agent'
        UNION SELECT value FROM assumptions, json_each(raw) WHERE raw IS NOT NULL AND value IS NOT NULL
    );
    DELETE FROM issuers WHERE id NOT IN (
        SELECT issuer FROM assumptions WHERE issuer IS NOT NULL
        UNION SELECT issuer FROM remembered
        UNION SELECT value FROM assumptions, json_each(raw) WHERE raw IS NOT NULL AND value IS NOT NULL
    );
    DELETE FROM texts WHERE id NOT IN (
        SELECT account FROM assumptions WHERE account IS NOT NULL
        UNION SELECT region FROM assumptions WHERE region IS NOT NULL
        UNION SELECT address FROM assumptions WHERE address IS NOT NULL
        UNION SELECT audience FROM assumptions WHERE audience IS NOT NULL
        UNION SELECT role FROM assumptions WHERE role IS NOT NULL
        UNION SELECT verification FROM assumptions WHERE verification IS NOT NULL
        UNION SELECT error FROM assumptions WHERE error IS NOT NULL
        UNION SELECT account FROM call_operations
        UNION SELECT region FROM call_operations
        UNION SELECT service FROM call_operations
        UNION SELECT name FROM call_operations
        UNION SELECT error FROM call_operations
        UNION SELECT kind FROM call_callers
        UNION SELECT account FROM call_callers
        UNION SELECT role FROM call_callers
        UNION SELECT issuer FROM call_callers
        UNION SELECT address FROM call_callers
        UNION SELECT service FROM call_callers
        UNION SELECT role FROM call_sessions
        UNION SELECT message FROM calls WHERE message IS NOT NULL
        UNION SELECT account FROM writes
        UNION SELECT service FROM writes
        UNION SELECT name FROM writes
        UNION SELECT kind FROM writes
        UNION SELECT principal FROM writes
        UNION SELECT account FROM log_files
        UNION SELECT region FROM log_files
        UNION SELECT issuer FROM seen
        UNION SELECT source FROM extracted
        UNION SELECT value FROM remembered WHERE kind <> 'agent'
        UNION SELECT account FROM known_days
        UNION SELECT region FROM known_days
        UNION SELECT value FROM assumptions, json_each(raw) WHERE raw IS NOT NULL AND value IS NOT NULL
    );
";

/// What was removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PrunedRows {
    /// Events, copies and all.
    pub events: u64,
    /// Calls of runs, copies and all.
    pub calls: u64,
}

/// Removes calls before a point in time, and what others did before it with what runs wrote: how many calls there were.
fn remove_calls(transaction: &Transaction<'_>, before: i64) -> rusqlite::Result<usize> {
    for table in ["call_sessions", "call_keys"] {
        let sql = format!(
            "DELETE FROM {table} WHERE (log_file, place) IN (SELECT log_file, place FROM calls WHERE time < ?)"
        );
        transaction.execute(&sql, [before])?;
    }
    transaction.execute("DELETE FROM writes WHERE time < ?", [before])?;
    transaction.execute("DELETE FROM calls WHERE time < ?", [before])
}

impl Store {
    /// Removes all events and calls before a point in time: how many there were. What they show, and when, is remembered, so that
    /// nothing of it is called new later; `forget` removes that as well. The file shrinks, so that nothing else of them is
    /// left in it; that takes as much space again for a while.
    pub fn prune(&mut self, before: Timestamp, forget: bool) -> Result<PrunedRows, StoreError> {
        let pruned = self.remove_before(before.seconds(), forget).and_then(|removed| {
            if removed != PrunedRows::default() || forget {
                self.connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);")?;
            }
            Ok(removed)
        });
        pruned.map_err(|error| StoreError::sqlite(&self.path, error))
    }

    fn remove_before(&mut self, before: i64, forget: bool) -> rusqlite::Result<PrunedRows> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (first, rows) =
            transaction.query_row("SELECT ifnull(min(id), 0), ifnull(max(id), 0) + 1 FROM assumptions", [], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
            })?;
        let copied = copies::with_copies(&transaction, first, rows)?;
        replaced::note(&transaction, before)?;
        let sql = format!(
            "UPDATE log_files SET pruned = log_files.pruned + gone.events
            FROM (
                SELECT log_file, count(*) AS events FROM assumptions AS a
                WHERE (time < ? OR id IN (SELECT id FROM temp.replaced)) AND {IS_KEPT} GROUP BY log_file
            ) AS gone
            WHERE gone.log_file = log_files.id"
        );
        transaction.execute(&sql, [before])?;
        if !forget {
            recollect::remember(&transaction, before)?;
        }
        let sql = "DELETE FROM assumptions WHERE time < ? OR id IN (SELECT id FROM temp.replaced)";
        let removed = transaction.execute(sql, [before])?;
        transaction.execute_batch("DROP TABLE temp.replaced")?;
        if removed > 0 {
            copies::settle(&transaction, &copied)?;
            stretch::settle(&transaction)?;
        }
        let calls = remove_calls(&transaction, before)?;
        if removed + calls > 0 {
            let sql = "INSERT INTO pruned (before, events, forgotten, calls) VALUES (?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET events = events + excluded.events,
                    forgotten = max(forgotten, excluded.forgotten), calls = calls + excluded.calls";
            let number = |rows: usize| i64::try_from(rows).unwrap_or(i64::MAX);
            transaction.execute(sql, (before, number(removed), forget, number(calls)))?;
        }
        if forget && transaction.execute("DELETE FROM remembered WHERE first < ?", [before])? > 0 {
            // Some of it is of a later time, which nobody can tell apart.
            let sql = "UPDATE pruned SET forgotten = 1";
            transaction.execute(sql, [])?;
        }
        let rows = PrunedRows { events: removed as u64, calls: calls as u64 };
        if rows != PrunedRows::default() || forget {
            transaction.execute_batch(UNUSED)?;
        }
        transaction.commit()?;
        Ok(rows)
    }
}
