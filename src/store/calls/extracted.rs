//! Log files that an extract is of: where they lie, and what tells that they are as they were. Whoever wrote the extract knew nothing
//! of runs but what each of them tells by itself.

use rusqlite::Row;

use crate::decode::Decoded;
use crate::decode::extract::ExtractedLog;
use crate::domain::tally::ByteTally;
use crate::source::known::ExtractedState;
use crate::store::rows::columns::number;
use crate::store::write::StoreWriter;

/// What [`state`] reads of `f` and `e`, of log files `f` and with [`JOIN`].
pub(super) const COLUMNS: &str =
    "(SELECT text FROM texts WHERE id = e.source), f.total, f.rows, f.bytes_read, f.bytes_inflated,
    e.sha256";

/// Where what extracts told of log files `f` is.
pub(super) const JOIN: &str = "LEFT JOIN extracted AS e ON e.log_file = f.id";

/// What an extract told of the log file of a row with [`COLUMNS`] from a place on, if it did.
pub(super) fn state(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<ExtractedState>> {
    let Some(source) = row.get(at)? else { return Ok(None) };
    let bytes = ByteTally { read: number(row, at + 3)?, inflated: number(row, at + 4)? };
    let (records, kept, sha256) = (number(row, at + 1)?, number(row, at + 2)?, row.get(at + 5)?);
    Ok(Some(ExtractedState { source, records, kept, bytes, sha256 }))
}

/// Whether what is known of runs was looked for when a log file was read.
pub(super) fn knew_runs(decoded: &Decoded) -> bool {
    decoded.extracted.as_ref().is_none_or(|extracted| extracted.is_read_again)
}

impl StoreWriter {
    /// Takes where a log file lies that an extract is of.
    pub(super) fn insert_extracted(&mut self, log_file: i64, extracted: &ExtractedLog) -> rusqlite::Result<()> {
        let source = self.name(Some(&extracted.source))?;
        let sql = "INSERT INTO extracted VALUES (?, ?, ?)";
        self.connection().prepare_cached(sql)?.execute((log_file, source, extracted.sha256)).map(drop)
    }
}
