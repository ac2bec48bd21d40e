//! What others see of a sync, and how much of it is under way at once.

use std::sync::atomic::AtomicBool;

use crate::progress::Progress;

/// What others see of a sync, and say to it.
#[derive(Debug, Clone, Copy)]
pub struct SyncObserver<'a> {
    /// Raised as files become known and are read.
    pub progress: &'a Progress,
    /// Set by whoever wants it to end.
    pub stop: &'a AtomicBool,
}

/// How many items may wait to be written.
pub(super) const WAITING: usize = 256;

/// How many items are committed at once at the most.
pub(super) const TOGETHER: usize = 4_096;
