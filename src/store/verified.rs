//! What of a store is as CloudTrail wrote it (DESIGN §10).
//!
//! An answer that takes only what was verified is one of a store that has nothing else. Where a store has more, that is left out
//! of a copy, in which what is left out are failed log files: so each question to it gives what a scan with `--verified` gives.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use super::error::StoreError;
use super::handle::Store;
use super::listed_late::is_listed_late;
use super::rows::columns::number;
use super::told;
use super::verdicts::LEFT_OUT;
use super::write::StoreWriter;
use crate::audit::coverage::{Coverage, DayKey, Verified};
use crate::domain::archive_judge::DigestsSay;
use crate::domain::issuer::Issuers;
use crate::domain::log_key::LogKey;
use crate::domain::tally::Skip;
use crate::domain::verdict::{UncheckedReason, Verdict, VerifiedFile, VerifiedKind};

/// Why a log file is left out of which no verdict is known.
const NO_VERDICT: &str =
    "not verified: unchecked (no-verdict): it was read without --verified; tfctrail sync --verified reads it again";

impl Store {
    /// Counts what digests said when the sources were verified last, as a scan of the window does.
    pub(super) fn tell_of_digests(&self, coverage: &mut Coverage) -> rusqlite::Result<()> {
        let mut verified = Verified::of_failures(coverage);
        let Coverage { window, late_days, .. } = *coverage;
        let words = told::remembered(&self.connection, window, late_days)?;
        for (chain, end) in words.hours {
            verified.chains.entry(chain).or_default().push((end, Verdict::Valid));
        }
        let failed: HashSet<Arc<str>> = coverage.failed.iter().map(|failed| Arc::clone(&failed.file)).collect();
        let known = verified.troubles.iter().enumerate().map(|(at, row)| (Arc::clone(&row.file), at));
        let known: HashMap<Arc<str>, usize> = known.collect();
        let mut say = DigestsSay { window, quiet: words.quiet, incomplete: words.incomplete, ..DigestsSay::default() };
        for row in words.files {
            let key = LogKey::parse(&row.file);
            let is_asked =
                || key.reason_to_skip(&window, late_days).is_none() || is_listed_late(&row, window, late_days);
            match row.kind {
                VerifiedKind::Digest => say.digests.push(row),
                VerifiedKind::Log if failed.contains(&row.file) => {
                    // What digests said is more than the reason of a failure tells.
                    let known = known.get(&row.file).and_then(|at| verified.troubles.get_mut(*at));
                    if let Some(known) = known.filter(|known| known.verdict == row.verdict) {
                        *known = row;
                    }
                }
                VerifiedKind::Log if !is_asked() => {}
                VerifiedKind::Log if row.verdict == Verdict::Unchecked(UncheckedReason::NotYetCovered) => {
                    coverage.know(DayKey {
                        account_id: key.account.clone(),
                        region: key.region.clone(),
                        date: key.date,
                    });
                    coverage.skip(&row.file, Skip::Unverified);
                    verified.count(&row.file, &key, row.verdict);
                }
                VerifiedKind::Log if words.standing.contains(told::known_by(&row.file)) => {
                    let VerifiedFile { file, verdict, .. } = &row;
                    coverage.incomplete.insert(format!(
                        "{file}: {verdict} since it was read, so what was verified of it before stands"
                    ));
                    verified.logs.count(row.verdict);
                    verified.troubles.push(row);
                }
                VerifiedKind::Log => say.missing.push(row),
            }
        }
        coverage.verified = Some(verified);
        coverage.take_digests(say);
        Ok(())
    }

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
        self.connection.query_row(&sql, [source], |row| number(row, 0))
    }
}

/// Makes log files failed ones without rows.
fn leave_out(writer: &mut StoreWriter) -> rusqlite::Result<()> {
    let connection = writer.connection();
    connection.execute_batch(&format!(
        "CREATE TEMP TABLE told_words (source, file, verdict, reason, PRIMARY KEY (source, file)) WITHOUT ROWID;
        INSERT OR IGNORE INTO told_words SELECT p.source, t.file, t.verdict, t.reason
        FROM told_files AS t JOIN parts AS p ON p.id = t.part WHERE t.kind = 'log' ORDER BY t.verdict, t.reason;
        CREATE TEMP TABLE left_out AS
        SELECT f.*, t.verdict || CASE t.reason WHEN '' THEN '' ELSE ' (' || t.reason || ')' END AS word
        FROM log_files AS f LEFT JOIN told_words AS t ON t.source = f.source AND t.file = coalesce(f.label, f.name)
        WHERE {LEFT_OUT}"
    ))?;
    // Of those that nobody verified, their events tell for which windows they are missed however late.
    connection.execute_batch(
        "CREATE TEMP TABLE left_out_late AS
        SELECT w.id AS log_file, coalesce(t.oldest, e.oldest) AS oldest, coalesce(t.newest, e.newest) AS newest,
            coalesce(t.listed, w.delivered) AS listed
        FROM temp.left_out AS w LEFT JOIN listed_late AS t ON t.log_file = w.id LEFT JOIN (
            SELECT a.log_file, min(a.time) AS oldest, max(a.time) AS newest
            FROM temp.left_out AS l CROSS JOIN assumptions AS a
                ON a.id >= l.first_row AND a.id < l.first_row + l.rows AND a.log_file = l.id GROUP BY a.log_file
        ) AS e ON e.log_file = w.id
        WHERE w.delivered IS NOT NULL AND coalesce(t.oldest, e.oldest) < w.delivered - w.delivered % 86400",
    )?;
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
        ) SELECT id, source, name, label, size, tag, 'failed', coalesce('not verified: ' || word, ?), 0, in_days, account, region, date, delivered,
            delivered_day, bytes_read, bytes_inflated, 0, 0, 0, 0, 0, NULL, scope, NULL, 0
        FROM temp.left_out WHERE word IS NOT 'unchecked (not-yet-covered)'";
    writer.connection().execute(sql, [NO_VERDICT])?;
    writer.connection().execute_batch(
        "INSERT INTO listed_late SELECT t.* FROM temp.left_out_late AS t JOIN log_files AS f ON f.id = t.log_file;
        DROP TABLE temp.left_out; DROP TABLE temp.left_out_late; DROP TABLE temp.told_words",
    )
}
