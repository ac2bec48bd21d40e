//! A log file as its extract tells of it.

use crate::decode::Decoded;
use crate::domain::log_key::LogKey;
use crate::domain::tally::Skip;
use crate::domain::timestamp::Timestamp;

/// A log file that was extracted, or was to be.
#[derive(Debug, Clone, Copy)]
pub struct ExtractedFile<'a> {
    /// Its source, as it is called in reports.
    pub source: &'a str,
    /// Its name.
    pub log_file: &'a str,
    /// What its name says.
    pub key: &'a LogKey,
    /// What tells this state of it from any other, where something does.
    pub etag: Option<&'a str>,
    /// How many bytes it has, where that was known before it was read.
    pub size: Option<u64>,
    /// When it was last written.
    pub last_modified: Option<Timestamp>,
    /// What became of it.
    pub fate: ExtractedFate<'a>,
}

/// What became of a log file.
#[derive(Debug, Clone, Copy)]
pub enum ExtractedFate<'a> {
    /// It was opened; it may have failed all the same.
    Decoded(&'a Decoded),
    /// It could not be opened or fetched, and why.
    Failed(&'a str),
    /// It was not opened.
    Skipped(Skip),
}
