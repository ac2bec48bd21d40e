//! Removes events from a store, for those who must not keep them. The log files stay marked as read, and the coverage
//! says what is missing.

use rusqlite::TransactionBehavior;

use super::copies;
use super::error::StoreError;
use super::handle::Store;
use super::recollect;
use super::rows::state::IS_KEPT;
use super::stretch;
use crate::domain::timestamp::Timestamp;

/// Names that no event has any more. `raw` is what a correction has by itself.
pub(super) const UNUSED: &str = "
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
        UNION SELECT account FROM log_files
        UNION SELECT region FROM log_files
        UNION SELECT issuer FROM seen
        UNION SELECT value FROM remembered WHERE kind <> 'agent'
        UNION SELECT account FROM known_days
        UNION SELECT region FROM known_days
        UNION SELECT value FROM assumptions, json_each(raw) WHERE raw IS NOT NULL AND value IS NOT NULL
    );
";

impl Store {
    /// Removes all events before a point in time: how many there were. What they show, and when, is remembered, so that
    /// nothing of it is called new later; `forget` removes that as well. The file shrinks, so that nothing else of them is
    /// left in it; that takes as much space again for a while.
    pub fn prune(&mut self, before: Timestamp, forget: bool) -> Result<u64, StoreError> {
        let pruned = self.remove_before(before.seconds(), forget).and_then(|removed| {
            if removed > 0 || forget {
                self.connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);")?;
            }
            Ok(removed)
        });
        pruned.map_err(|error| StoreError::sqlite(&self.path, error))
    }

    fn remove_before(&mut self, before: i64, forget: bool) -> rusqlite::Result<u64> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (first, rows) =
            transaction.query_row("SELECT ifnull(min(id), 0), ifnull(max(id), 0) + 1 FROM assumptions", [], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
            })?;
        let copied = copies::with_copies(&transaction, first, rows)?;
        let sql = format!(
            "UPDATE log_files SET pruned = log_files.pruned + gone.events
            FROM (
                SELECT log_file, count(*) AS events FROM assumptions AS a WHERE time < ? AND {IS_KEPT} GROUP BY log_file
            ) AS gone
            WHERE gone.log_file = log_files.id"
        );
        transaction.execute(&sql, [before])?;
        if !forget {
            recollect::remember(&transaction, before)?;
        }
        let removed = transaction.execute("DELETE FROM assumptions WHERE time < ?", [before])?;
        if removed > 0 {
            copies::settle(&transaction, &copied)?;
            stretch::settle(&transaction)?;
            let sql = "INSERT INTO pruned VALUES (?1, ?2, ?3)
                ON CONFLICT DO UPDATE SET events = events + excluded.events, forgotten = max(forgotten, excluded.forgotten)";
            transaction.execute(sql, (before, i64::try_from(removed).unwrap_or(i64::MAX), forget))?;
        }
        if forget && transaction.execute("DELETE FROM remembered WHERE first < ?", [before])? > 0 {
            // Some of it is of a later time, which nobody can tell apart.
            let sql = "UPDATE pruned SET forgotten = 1";
            transaction.execute(sql, [])?;
        }
        if removed > 0 || forget {
            transaction.execute_batch(UNUSED)?;
        }
        transaction.commit()?;
        Ok(removed as u64)
    }
}
