//! What of a store is as CloudTrail wrote it (DESIGN §10).
//!
//! An answer that takes only what was verified is one of a store that has nothing else. Where a store has more, that is left out
//! of a copy, in which what is left out are failed log files: so each question to it gives what a scan with `--verified` gives.

use std::path::Path;

use super::error::StoreError;
use super::handle::Store;
use super::write::StoreWriter;
use crate::domain::issuer::Issuers;

/// Log files with rows that no digest is known to vouch for; `f` is the log file.
const LEFT_OUT: &str = "(f.outcome = 'read' OR f.rows > 0)
    AND NOT EXISTS (SELECT 1 FROM verdicts AS v WHERE v.log_file = f.id AND v.verdict = 'valid')";

/// Why a log file is left out of which no verdict is known.
const NO_VERDICT: &str =
    "not verified: unchecked (no-verdict): it was read without --verified; tfctrail sync --verified reads it again";

impl Store {
    /// Opens a store to read what of it is as CloudTrail wrote it. Other log files are failed ones.
    pub fn open_verified(path: &Path) -> Result<Self, StoreError> {
        let store = Self::open_read(path)?;
        if store.counted_unverified(None).map_err(|error| store.error(error))? == 0 {
            return Ok(Self { is_verified: true, ..store });
        }
        let folder = tempfile::Builder::new().prefix("tfctrail-").tempdir();
        let folder = folder.map_err(|error| StoreError::io(&std::env::temp_dir(), error))?;
        let copy = folder.path().join("store.db");
        let text = copy.to_string_lossy();
        store.connection.execute("VACUUM INTO ?", [&*text]).map_err(|error| store.error(error))?;
        drop(store);
        let mut writer = Self::create(&copy)?.writer(&[], &Issuers::default())?;
        writer.change(leave_out)?;
        writer.close()?.close()?;
        Ok(Self { is_verified: true, folder: Some(folder), ..Self::open_read(&copy)? })
    }

    /// How many log files have rows that no digest is known to vouch for: of a source, or of all.
    pub(super) fn counted_unverified(&self, source: Option<i64>) -> rusqlite::Result<u64> {
        let sql = format!("SELECT count(*) FROM log_files AS f WHERE (?1 IS NULL OR f.source = ?1) AND {LEFT_OUT}");
        self.connection.query_row(&sql, [source], |row| super::rows::columns::number(row, 0))
    }
}

/// Makes log files failed ones without rows.
fn leave_out(writer: &mut StoreWriter) -> rusqlite::Result<()> {
    let connection = writer.connection();
    connection.execute_batch(&format!(
        "CREATE TEMP TABLE left_out AS
        SELECT f.*, 'not verified: ' || v.verdict || CASE v.reason WHEN '' THEN '' ELSE ' (' || v.reason || ')' END AS word
        FROM log_files AS f LEFT JOIN verdicts AS v ON v.log_file = f.id WHERE {LEFT_OUT}"
    ))?;
    let left_out: Vec<(i64, String)> = {
        let mut statement = writer.connection().prepare("SELECT source, name FROM temp.left_out")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect::<rusqlite::Result<_>>()?
    };
    for (source, name) in &left_out {
        writer.forget(*source, name)?;
    }
    let sql = "INSERT INTO log_files (
            id, source, name, label, size, tag, outcome, reason, forbidden, in_days, account, region, date, delivered,
            delivered_day, bytes_read, bytes_inflated, total, kept, other, malformed, pruned, notes, scope, first_row, rows
        ) SELECT id, source, name, label, size, tag, 'failed', coalesce(word, ?), 0, in_days, account, region, date, delivered,
            delivered_day, bytes_read, bytes_inflated, 0, 0, 0, 0, 0, NULL, scope, NULL, 0
        FROM temp.left_out";
    writer.connection().execute(sql, [NO_VERDICT])?;
    writer.connection().execute_batch("DROP TABLE temp.left_out")
}
