//! Log files that came after the late days of a window, and of which digests tell that they have events of it. An answer that takes
//! only what was verified takes them, as a scan does (DESIGN §10).

use rusqlite::Connection;

use super::handle::Store;
use super::question::{end_of_files, in_time};
use crate::audit::verify::LATE_SECONDS;
use crate::domain::digest_key::DigestKey;
use crate::domain::log_key::LogKey;
use crate::domain::timestamp::Timestamp;
use crate::domain::verdict::VerifiedFile;
use crate::domain::window::Window;

/// Remembers what a digest tells of the events of a log file, if it was delivered on a later day than the oldest of them.
pub(super) fn remember(connection: &Connection, file: i64, row: &VerifiedFile) -> rusqlite::Result<()> {
    let Some(late) = LateFile::of(row) else { return Ok(()) };
    let LateFile { delivered, oldest, newest, listed } = late;
    if oldest.day() < delivered.day() {
        let sql = "INSERT INTO listed_late VALUES (?, ?, ?, ?)";
        let values = (file, oldest.seconds(), newest.seconds(), listed.seconds());
        connection.prepare_cached(sql)?.execute(values)?;
    }
    Ok(())
}

/// What is told of a log file that a digest lists.
struct LateFile {
    delivered: Timestamp,
    oldest: Timestamp,
    newest: Timestamp,
    listed: Timestamp,
}

impl LateFile {
    fn of(row: &VerifiedFile) -> Option<Self> {
        let (oldest, newest) = row.events?;
        let delivered = LogKey::parse(&row.file).delivered?;
        let listed = DigestKey::parse(row.digest.as_deref()?)?.end;
        Some(Self { delivered, oldest, newest, listed })
    }
}

/// Whether the log file of a row came too late for a window, and a digest tells that it has events of it.
pub(super) fn is_listed_late(row: &VerifiedFile, window: Window, late_days: u32) -> bool {
    let ends = window.to.zip(end_of_files(window, late_days));
    let Some(((to, end), late)) = ends.zip(LateFile::of(row)) else { return false };
    let LateFile { delivered, oldest, newest, listed } = late;
    let is_told = end <= delivered && listed.seconds() <= end.seconds().saturating_add(LATE_SECONDS);
    is_told && oldest < to && window.from.is_none_or(|from| from <= newest)
}

impl Store {
    /// The part of SQL that tells which log files a scan would have read (DESIGN §2, §10); `f` is the log file.
    pub(super) fn files_read(&self, window: Window, late_days: u32) -> String {
        let in_time = in_time(window, late_days);
        let late = self.listed_late(window, late_days);
        late.map_or_else(|| in_time.clone(), |late| format!("({in_time} OR f.id IN ({late}))"))
    }

    /// The part of SQL that selects the log files that came too late for a window, and that a scan takes all the same; nothing
    /// where there are none by what is asked.
    pub(super) fn listed_late(&self, window: Window, late_days: u32) -> Option<String> {
        let (to, end) = window.to.zip(end_of_files(window, late_days)).filter(|_| self.is_verified)?;
        let from = window.from.map_or(i64::MIN, Timestamp::seconds);
        let (to, end) = (to.seconds(), end.seconds());
        let last = end.saturating_add(LATE_SECONDS);
        Some(format!(
            "SELECT t.log_file FROM listed_late AS t JOIN log_files AS g ON g.id = t.log_file
            WHERE t.oldest < {to} AND t.newest >= {from} AND t.listed <= {last} AND g.delivered >= {end}"
        ))
    }
}
