//! What digests said of log files, as a store remembers it.

use rusqlite::Connection;

use crate::domain::verdict::Verdict;

/// Remembers what digests said of a log file, if anything was asked.
pub(super) fn remember(connection: &Connection, file: i64, verdict: Option<Verdict>) -> rusqlite::Result<()> {
    let Some(verdict) = verdict else { return Ok(()) };
    let sql = "INSERT INTO verdicts VALUES (?, ?, ?)";
    connection.prepare_cached(sql)?.execute((file, verdict.as_str(), verdict.reason()))?;
    Ok(())
}
