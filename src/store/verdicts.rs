//! What digests said of log files, as a store remembers it.

use rusqlite::Connection;

use crate::domain::verdict::Verdict;

/// Log files with rows that no digest is known to vouch for; `f` is the log file.
pub(super) const LEFT_OUT: &str = "(f.outcome = 'read' OR f.rows > 0)
    AND NOT EXISTS (SELECT 1 FROM verdicts AS v WHERE v.log_file = f.id AND v.verdict = 'valid')";

/// Remembers what digests said of a log file, if anything was asked.
pub(super) fn remember(connection: &Connection, file: i64, verdict: Option<Verdict>) -> rusqlite::Result<()> {
    let Some(verdict) = verdict else { return Ok(()) };
    let sql = "INSERT INTO verdicts VALUES (?, ?, ?)";
    connection.prepare_cached(sql)?.execute((file, verdict.as_str(), verdict.reason()))?;
    Ok(())
}
