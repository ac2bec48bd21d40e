//! What a sync did.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::audit::aside::file::AsideError;
use crate::audit::coverage::Coverage;
use crate::domain::sync_counts::SyncCounts;
use crate::source::LookedRange;

/// What a sync did.
#[derive(Debug, Default)]
pub struct Synced {
    /// By source, in the order given.
    pub outcomes: Vec<SyncCounts>,
    /// What was read this time, and what is missing of it.
    pub coverage: Coverage,
    /// What else makes a source incomplete, by its number.
    pub remarks: Vec<Vec<String>>,
    /// What was looked at, by the number of the source.
    pub looked: Vec<LookedRange>,
    /// Files that had failed and are no longer there, by the names that the store knew.
    pub gone: Vec<Arc<str>>,
    /// Files that were read again, if they are still there, since fewer events were kept of them before.
    pub widened: u64,
    /// Files that were read a second time, for calls of runs that could not be told at first.
    pub read_again: u64,
    /// Files that were read once more, for what others did with what turned out to be of runs.
    pub read_for_writes: u64,
    /// What to do about what failed, a line each.
    pub advice: Vec<String>,
    /// What extracts among the sources lack of what is asked for. Nothing of them is in the store then.
    pub lack: Option<String>,
    /// Why rows of extracts could not be put aside, or read back.
    pub failure: Option<AsideError>,
    /// Extracts whose end is cut off.
    pub cut_off: BTreeSet<Arc<str>>,
    /// Whether it was told to stop. What it had read is in the store.
    pub interrupted: bool,
}
