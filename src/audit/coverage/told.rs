//! What digests said, as it is handed to whoever remembers it by source.

use super::verified::Verified;
use crate::domain::verdict::VerifiedFile;
use crate::domain::window::Window;

/// What digests of a window said, for the sources that were asked about.
#[derive(Debug, Clone, Copy)]
pub struct ToldByDigests<'a> {
    /// The window.
    pub window: Window,
    /// What they said of digests and log files.
    pub verified: &'a Verified,
    /// What could not be listed or asked.
    pub incomplete: &'a [String],
    /// What the names of the files of each source begin with.
    pub labels: &'a [String],
}

impl ToldByDigests<'_> {
    /// Whether a file is one of a source, or may be: nothing tells of which it is.
    #[must_use]
    pub fn is_of(&self, source: usize, file: &str) -> bool {
        let is_below = |label: &String| file.starts_with(label.as_str());
        self.labels.get(source).is_some_and(is_below) || !self.labels.iter().any(is_below)
    }

    /// The files to remember of a source.
    #[must_use]
    pub fn files(&self, source: usize) -> Vec<VerifiedFile> {
        let all = self.verified.troubles.iter().cloned().chain(self.verified.waiting_files());
        all.filter(|row| self.is_of(source, &row.file)).collect()
    }
}
