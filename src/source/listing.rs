//! What the listing of a source found.

use std::sync::Arc;

use super::chunk::Chunk;
use super::known::ObjectVersion;
use super::unlisted::Unlisted;
use crate::domain::tally::Skip;

/// What a source has.
#[derive(Debug, Default)]
pub struct Listing {
    /// Files that may be read.
    pub chunks: Vec<Chunk>,
    /// Files that are not even opened, by their names.
    pub skipped: Vec<(Arc<str>, Skip)>,
    /// What could not be listed, with the reason.
    pub failed: Vec<Unlisted>,
    /// Whether the source itself could not be listed.
    pub is_unreached: bool,
    /// How many files were read before, in the state that they are in.
    pub unchanged: u64,
    /// Files that failed before and are no longer there.
    pub gone: Vec<ObjectVersion>,
}
