//! Records of log files that only a reader of calls cannot read: malformed to questions about calls, and others to all else.

use std::sync::Arc;

use crate::audit::coverage::Coverage;
use crate::decode::Decoded;
use crate::domain::timestamp::Timestamp;
use crate::store::handle::Store;
use crate::store::rows::columns::number;
use crate::store::tally::malformed;
use crate::store::write::StoreWriter;

/// So many of them are named in a log file; all are counted.
const NAMED: usize = 10_000;

impl StoreWriter {
    /// Takes those of a log file.
    pub(super) fn insert_unread_calls(&self, log_file: i64, decoded: &Decoded) -> rusqlite::Result<()> {
        if decoded.unread_calls.is_empty() {
            return Ok(());
        }
        let unnamed = decoded.extracted.as_ref().map_or(0, |extracted| extracted.unnamed);
        let records = (decoded.unread_calls.len() as u64).saturating_add(unnamed);
        let records = i64::try_from(records).unwrap_or(i64::MAX);
        let named = decoded.unread_calls.iter().take(NAMED);
        let notes: Vec<String> = named.map(|malformed| malformed.to_string().replace('\n', " ")).collect();
        let sql = "INSERT INTO unread_calls VALUES (?, ?, ?)";
        self.connection().prepare_cached(sql)?.execute((log_file, records, notes.join("\n"))).map(drop)
    }
}

impl Store {
    /// Counts as malformed what only a reader of calls cannot read, of the log files of the window of a coverage.
    pub(super) fn reject_unread_calls(&self, coverage: &mut Coverage) -> rusqlite::Result<()> {
        let sql = format!(
            "SELECT coalesce(f.label, f.name), f.delivered, u.records, u.notes
            FROM unread_calls AS u CROSS JOIN log_files AS f ON f.id = u.log_file WHERE {}",
            self.files_read(coverage.window, coverage.late_days)
        );
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let file: Arc<str> = row.get::<_, Box<str>>(0)?.into();
            let delivered = row.get::<_, Option<i64>>(1)?.and_then(Timestamp::from_seconds);
            coverage.reject_later(delivered, number(row, 2)?);
            let notes = row.get_ref(3)?.as_str()?.lines();
            notes.filter_map(|note| malformed(&file, note)).for_each(|record| coverage.malformed.note(record));
        }
        Ok(())
    }
}
