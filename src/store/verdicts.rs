//! What digests said of log files, as a store remembers it.

use rusqlite::Connection;

use super::listed_late;
use crate::domain::verdict::VerifiedFile;

/// Log files with rows that no digest is known to vouch for; `f` is the log file.
pub(super) const LEFT_OUT: &str = "(f.outcome = 'read' OR f.rows > 0)
    AND NOT EXISTS (SELECT 1 FROM verdicts AS v WHERE v.log_file = f.id AND v.verdict = 'valid')";

/// Remembers what digests said of a log file, if anything was asked.
pub(super) fn remember(connection: &Connection, file: i64, row: Option<&VerifiedFile>) -> rusqlite::Result<()> {
    let Some(row) = row else { return Ok(()) };
    let sql = "INSERT INTO verdicts VALUES (?, ?, ?)";
    connection.prepare_cached(sql)?.execute((file, row.verdict.as_str(), row.verdict.reason()))?;
    listed_late::remember(connection, file, row)
}
