//! What was seen of each source.

use crate::domain::timestamp::Day;

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
}

impl SourceCoverage {
    /// What makes the coverage incomplete where no file was seen. Of a source `by_day`, other days were not looked at.
    #[must_use]
    pub fn no_log_file(&self, by_day: bool) -> String {
        let is_bounded = self.first_folder.is_some() || self.last_folder.is_some();
        let of = if by_day && is_bounded { " in the day folders of the window" } else { "" };
        format!("{}: holds no log file{of}", self.source)
    }
}
