//! What was seen of each source, and what its end says: the same for a scan, for a sync and for a question to a store.

use crate::domain::timestamp::Day;
use crate::domain::window::Window;

/// What was counted of one source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SourceTally {
    /// Files seen in it, read or not.
    pub files: u64,
    /// Those of them that were read.
    pub read: u64,
    /// Those of them that were not read for want of permission.
    pub forbidden: u64,
}

impl SourceTally {
    /// Adds what was counted elsewhere.
    pub fn add(&mut self, more: Self) {
        self.files += more.files;
        self.read += more.read;
        self.forbidden += more.forbidden;
    }

    /// Whether nothing could be read for want of permission.
    #[must_use]
    pub fn is_forbidden(self) -> bool {
        self.forbidden > 0 && self.read == 0
    }
}

/// One source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceCoverage {
    /// As given on the command line.
    pub source: String,
    /// Files seen in it, read or not.
    pub files: u64,
    /// First day folder that the window leaves.
    pub first_folder: Option<Day>,
    /// Last day folder that the window and the late days leave.
    pub last_folder: Option<Day>,
    /// How many bytes a service scanned for it, where one says so: Athena.
    pub scanned: Option<u64>,
}

impl SourceCoverage {
    /// That of a source with so many files, read for a window. A source that gives pages of events has no day folders.
    #[must_use]
    pub fn new(source: String, files: u64, is_paged: bool, window: Window, late_days: u32) -> Self {
        let folders = if is_paged { Window::default() } else { window };
        let (first_folder, last_folder) = (folders.first_day(), folders.last_folder(late_days));
        Self { source, files, first_folder, last_folder, scanned: None }
    }

    /// Whether it tells which days have log files. One that gives pages of events does not.
    #[must_use]
    pub fn tells_days(&self, window: Window) -> bool {
        window == Window::default() || self.first_folder.is_some() || self.last_folder.is_some()
    }

    /// What makes the coverage incomplete where no file was seen, and nothing where some were. Of a source `by_day`, other days
    /// were not looked at.
    #[must_use]
    pub fn no_log_file(&self, by_day: bool) -> Option<String> {
        let is_bounded = self.first_folder.is_some() || self.last_folder.is_some();
        let of = if by_day && is_bounded { " in the day folders of the window" } else { "" };
        (self.files == 0).then(|| format!("{}: holds no log file{of}", self.source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::timestamp::Timestamp;

    #[test]
    fn pages_of_events_tell_no_days() {
        let day = |text: &str| Timestamp::parse_rfc3339(text);
        let window = Window { from: day("2026-11-01T00:00:00Z"), to: day("2026-11-02T00:00:00Z") };
        let tells = |is_paged, window| SourceCoverage::new("s".to_owned(), 1, is_paged, window, 1).tells_days(window);
        assert!(tells(false, window) && !tells(true, window));
        assert!(tells(false, Window::default()) && tells(true, Window::default()));
    }
}
