//! What comes one by one from a source behind an API.

use std::sync::Arc;

use super::chunk::Chunk;
use super::known::ObjectVersion;
use super::unlisted::Unlisted;
use crate::domain::log_key::LogKey;
use crate::domain::tally::Skip;

/// What a source gives whose log files come one by one over a network.
#[derive(Debug)]
pub enum Delivery {
    /// A log file, or a page of events, to decode.
    Chunk(Chunk),
    /// A log file that is not fetched, or what is none.
    Skipped {
        /// Its name, or that of the folder that is left out.
        name: Arc<str>,
        /// What its name says.
        key: LogKey,
        /// Why.
        skip: Skip,
        /// Which state of it, where somebody remembers.
        version: Option<ObjectVersion>,
    },
    /// A log file or listing that failed.
    Failed {
        /// What its name says.
        key: LogKey,
        /// Which, and why.
        unlisted: Unlisted,
        /// Which state of it failed; nothing for a listing, and where nobody remembers.
        version: Option<ObjectVersion>,
    },
    /// A log file that is there, and that nobody chose to read.
    Unchosen {
        /// Its name.
        name: Arc<str>,
        /// What its name says.
        key: LogKey,
    },
    /// So many log files that were read before, in the state that they are in.
    Unchanged(u64),
    /// A log file that failed before and is no longer there.
    Gone(ObjectVersion),
    /// Something else that makes the coverage incomplete, in words.
    Incomplete(String),
}

impl Delivery {
    /// The name of the log file that it shows to be there, and what that says.
    #[must_use]
    pub fn met(&self) -> Option<(&str, &LogKey)> {
        match self {
            Self::Chunk(chunk) => Some((&chunk.log_file, &chunk.key)),
            Self::Skipped { name, key, .. } | Self::Unchosen { name, key } => Some((name, key)),
            Self::Failed { key, unlisted, .. } => Some((&unlisted.file, key)),
            Self::Unchanged(_) | Self::Gone(_) | Self::Incomplete(_) => None,
        }
    }
}
