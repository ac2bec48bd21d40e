//! Removes events from a store, for those who must not keep them. The log files stay marked as read, and the coverage
//! says what is missing.

use rusqlite::TransactionBehavior;

use super::copies;
use super::error::StoreError;
use super::open::Store;
use crate::domain::timestamp::Timestamp;

/// Names that no event has any more.
const UNUSED: &str = "
    DELETE FROM subjects WHERE id NOT IN (SELECT subject FROM assumptions);
    DELETE FROM sessions WHERE id NOT IN (SELECT session FROM assumptions WHERE session IS NOT NULL);
    DELETE FROM agents WHERE id NOT IN (SELECT agent FROM assumptions WHERE agent IS NOT NULL);
    DELETE FROM issuers WHERE id NOT IN (SELECT issuer FROM assumptions WHERE issuer IS NOT NULL);
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
    );
";

impl Store {
    /// Removes all events before a point in time: how many there were. The file shrinks, so that nothing of them is left
    /// in it; that takes as much space again for a while.
    pub fn prune(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        let pruned = self.remove(before.seconds()).and_then(|removed| {
            if removed > 0 {
                self.connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);")?;
            }
            Ok(removed)
        });
        pruned.map_err(|error| StoreError::sqlite(&self.path, error))
    }

    fn remove(&mut self, before: i64) -> rusqlite::Result<u64> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (first, rows) =
            transaction.query_row("SELECT ifnull(min(id), 0), ifnull(max(id), 0) + 1 FROM assumptions", [], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
            })?;
        let copied = copies::with_copies(&transaction, first, rows)?;
        let sql = "UPDATE log_files SET pruned = log_files.pruned + gone.events
            FROM (
                SELECT log_file, count(*) AS events FROM assumptions WHERE time < ? AND copy < 4 GROUP BY log_file
            ) AS gone
            WHERE gone.log_file = log_files.id";
        transaction.execute(sql, [before])?;
        let removed = transaction.execute("DELETE FROM assumptions WHERE time < ?", [before])?;
        if removed > 0 {
            copies::settle(&transaction, &copied)?;
            transaction.execute_batch(UNUSED)?;
            let sql = "INSERT INTO pruned VALUES (?, ?) ON CONFLICT DO UPDATE SET events = events + excluded.events";
            transaction.execute(sql, (before, i64::try_from(removed).unwrap_or(i64::MAX)))?;
        }
        transaction.commit()?;
        Ok(removed as u64)
    }
}
