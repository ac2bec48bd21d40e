//! What an extract tells of a log file beside what a reader of it finds.

use crate::domain::digest::Hash;

/// A log file that others read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtractedLog {
    /// How the extract calls its source.
    pub source: Box<str>,
    /// How many records only a reader of calls cannot read, beyond those that are named.
    pub unnamed: u64,
    /// The hash of its bytes as they were stored, where that is known.
    pub sha256: Option<Hash>,
    /// Whether it was read in the archive that the extract is of, so that what is known of runs was looked for.
    pub is_read_again: bool,
}
