//! Rows for whose event another row stands, as a copy or as a correction: they go with it when it is pruned, since they would come
//! back in its place.

use rusqlite::{Connection, Transaction};

use super::corrections::rows_of_an_event;
use super::rows::state::{IS_REPLACED, STANDS};

/// Notes, in `temp.replaced`, the rows from a point in time on for whose event a row before it stands. A row of whose day there are
/// questions that do not read the log file of the one that stands is what they are told, and is not among them.
pub(super) fn note(transaction: &Transaction<'_>, before: i64) -> rusqlite::Result<()> {
    transaction.execute_batch("CREATE TEMP TABLE replaced (id INTEGER PRIMARY KEY)")?;
    for (row, delivered) in standing(transaction, before)? {
        // What is of the day of that delivery, and not after it, is never read without it.
        let sql = format!(
            "INSERT OR IGNORE INTO temp.replaced SELECT a.id FROM assumptions AS a
            WHERE a.time >= ?2 AND a.time < ?3 + 60 AND a.time >= ?3 - ?3 % 86400 AND {IS_REPLACED} AND a.id IN ({})",
            rows_of_an_event()
        );
        transaction.prepare_cached(&sql)?.execute((row, before, delivered))?;
    }
    Ok(())
}

/// The rows before a point in time that stand for others, each with the second of its delivery, of log files that were delivered
/// later.
fn standing(connection: &Connection, before: i64) -> rusqlite::Result<Vec<(i64, i64)>> {
    let sql = format!(
        "SELECT a.id, f.delivered FROM assumptions AS a INDEXED BY assumptions_with_copies
        CROSS JOIN log_files AS f ON f.id = a.log_file
        WHERE a.copy <> 0 AND a.copy = {STANDS} AND a.time < ?1 AND f.delivered >= ?1"
    );
    let mut statement = connection.prepare(&sql)?;
    let rows = statement.query_map([before], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}
