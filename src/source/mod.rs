//! Floor 2: where log files come from.
//!
//! A source lists what it has as [`Chunk`]s; the worker that decodes a local file opens it itself, so that no bytes are
//! handed from thread to thread. What comes over a network arrives in an [`Inbox`]; nothing outside this floor is
//! asynchronous.

use std::path::PathBuf;
use std::sync::Arc;

use crate::domain::log_key::LogKey;
use crate::domain::tally::Skip;
use crate::domain::timestamp::Day;

use known::ObjectVersion;

pub use chunk::{Body, Bytes, Chunk};

pub mod aws;

pub mod bucket;

mod chunk;

pub mod content;

pub mod directory;

pub mod doctor;

pub mod history;

pub mod known;

pub mod outcome;

pub mod remote;

pub mod trouble;

pub mod upload;

pub mod work;

/// A source, as given on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spec {
    /// A file, or a folder with everything below it.
    Path(PathBuf),
    /// Standard input.
    Stdin,
    /// An archive in S3.
    Bucket(bucket::Address),
    /// The event history of some regions.
    EventHistory(history::regions::Regions),
    /// A store, which has its own account of what was read.
    Store(PathBuf),
}

impl Spec {
    /// How the source is called in reports.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Path(path) => path.to_string_lossy().into_owned(),
            Self::Stdin => "-".to_owned(),
            Self::Bucket(address) => address.to_string(),
            Self::EventHistory(regions) => format!("event-history:{regions}"),
            Self::Store(path) => format!("store:{}", path.display()),
        }
    }

    /// Whether only the day folders of a window are looked at.
    #[must_use]
    pub fn is_listed_by_day(&self) -> bool {
        matches!(self, Self::Bucket(_))
    }

    /// Whether it comes over a network.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        match self {
            Self::Path(_) | Self::Stdin | Self::Store(_) => false,
            Self::Bucket(_) | Self::EventHistory(_) => true,
        }
    }
}

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
    /// So many log files that were read before, in the state that they are in.
    Unchanged(u64),
    /// A log file that failed before and is no longer there.
    Gone(ObjectVersion),
    /// Something else that makes the coverage incomplete, in words.
    Incomplete(String),
}

/// Where workers get what comes over a network, while more is on its way. Dropping it ends all transfers.
pub trait Inbox: Send + Sync {
    /// Waits for the next delivery; `None` at the end. Any number of workers may wait at once.
    fn next(&self) -> Option<Delivery>;

    /// Fetches a log file once more, whose bytes were damaged; nothing where that cannot help.
    fn again(&self, _log_file: &str, _size: u64) -> Option<Body> {
        None
    }

    /// What the names of everything that is listed begin with, be it more than was asked for: folders with day folders,
    /// or the regions of accounts.
    fn below(&self) -> Vec<String> {
        Vec::new()
    }

    /// Whether folders with day folders were found in it: it has log files, be they of other days.
    fn has_days(&self) -> bool {
        false
    }

    /// The first day that may get log files; none where the window tells.
    fn first_day(&self) -> Option<Day> {
        None
    }

    /// After the end: the days that were listed to their end and can no longer change, where somebody remembers.
    fn settled(&self) -> Vec<Settled> {
        Vec::new()
    }

    /// After the end: which days before the window have log files, by the folders that were looked into (DESIGN §8).
    fn before(&self) -> Vec<Before> {
        Vec::new()
    }

    /// After the end: what to do about what failed, a line each.
    fn advice(&self) -> Vec<String> {
        Vec::new()
    }
}

/// What a folder of day folders has before a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Before {
    /// The folder.
    pub folder: String,
    /// The first day of the window.
    pub first: Day,
    /// A key for each account, region and day that has log files among the days just before.
    pub days: Vec<LogKey>,
}

/// Days of a folder of day folders.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Settled {
    /// What the names of its log files begin with, in front of the date.
    pub folder: String,
    /// The first day.
    pub first: Day,
    /// The last day.
    pub last: Day,
}

/// What of a source was looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Looked {
    /// What the names of everything that was listed begin with, beside what was asked for.
    pub below: Vec<String>,
    /// The first day; none where all are looked at.
    pub first: Option<Day>,
    /// The last day; none where all are looked at.
    pub last: Option<Day>,
}

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

/// A file or folder that could not be listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlisted {
    /// Its name, as in the `log_file` column.
    pub file: Arc<str>,
    /// What failed.
    pub reason: String,
    /// Whether it was for want of permission.
    pub forbidden: bool,
}
