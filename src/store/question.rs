//! What is asked of a store, and which log files a scan would have read for that.

use std::fmt::Write as _;

use crate::audit::filter::Filter;
use crate::domain::issuer::Issuers;
use crate::domain::timestamp::{Day, Timestamp};
use crate::domain::window::Window;

/// What is asked of a store.
#[derive(Debug, Clone, Copy)]
pub struct StoreQuestion<'a> {
    /// The issuers.
    pub issuers: &'a Issuers,
    /// The window and the filters.
    pub filter: &'a Filter,
    /// With the gap in seconds that splits runs: every event of a run that has one that passes.
    pub whole_runs: Option<i64>,
    /// How many days late a log file may be.
    pub late_days: u32,
}

/// The part of SQL that tells which log files are of a window by the time of their delivery (DESIGN §2); `f` is the log file.
pub(super) fn in_time(window: Window, late_days: u32) -> String {
    let mut sql = String::from("(f.delivered IS NULL OR (1");
    // Writing to a String cannot fail.
    if let Some(from) = window.from {
        let _ = write!(sql, " AND f.delivered >= {}", from.minute().seconds());
    }
    if let Some(end) = end_of_files(window, late_days) {
        let _ = write!(sql, " AND f.delivered < {}", end.seconds());
    }
    sql + "))"
}

/// The first second of the first day whose log files are too late for a window.
pub(super) fn end_of_files(window: Window, late_days: u32) -> Option<Timestamp> {
    window.last_folder(late_days).map(Day::end)
}
