//! What reading a source brought to a store.

/// What one source gave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SyncCounts {
    /// The source, as given.
    pub source: String,
    /// Log files that were read for the first time.
    pub new: u64,
    /// Those that were read again, since they had changed or failed.
    pub again: u64,
    /// Those that were left alone.
    pub unchanged: u64,
    /// Those that are of no use, or outside of the window.
    pub skipped: u64,
    /// Those that failed, and what could not be listed.
    pub failed: u64,
    /// Those that had failed and are no longer there.
    pub gone: u64,
    /// Events in what was read.
    pub events: u64,
    /// Bytes read.
    pub bytes: u64,
    /// What failed for want of permission.
    pub forbidden: u64,
}

impl SyncCounts {
    /// Files seen, read or not.
    #[must_use]
    pub fn files(&self) -> u64 {
        self.new + self.again + self.unchanged + self.skipped + self.failed
    }
}
