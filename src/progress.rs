//! How far a scan is: counters that its workers raise and anyone may read. No terminal, no clock.

use std::sync::atomic::{AtomicU64, Ordering};

/// Shared counters of one scan. They are for showing only: no decision may rest on them.
#[derive(Debug, Default)]
pub struct Progress {
    files_total: AtomicU64,
    files_done: AtomicU64,
    bytes_total: AtomicU64,
    bytes_done: AtomicU64,
    found: AtomicU64,
}

/// The counters at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reading {
    /// Files known so far; grows while a source is listed.
    pub files_total: u64,
    /// Files finished, read or not.
    pub files_done: u64,
    /// Bytes of the known files, as stored.
    pub bytes_total: u64,
    /// Bytes of the finished files.
    pub bytes_done: u64,
    /// Kept events in them.
    pub found: u64,
}

impl Progress {
    /// A file of so many stored bytes is to be read.
    pub fn expect_file(&self, bytes: u64) {
        self.files_total.fetch_add(1, Ordering::Relaxed);
        self.bytes_total.fetch_add(bytes, Ordering::Relaxed);
    }

    /// A file of so many stored bytes is finished, and held so many kept events.
    pub fn finish_file(&self, bytes: u64, found: u64) {
        self.files_done.fetch_add(1, Ordering::Relaxed);
        self.bytes_done.fetch_add(bytes, Ordering::Relaxed);
        self.found.fetch_add(found, Ordering::Relaxed);
    }

    /// The counters now.
    #[must_use]
    pub fn read(&self) -> Reading {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Reading {
            files_total: load(&self.files_total),
            files_done: load(&self.files_done),
            bytes_total: load(&self.bytes_total),
            bytes_done: load(&self.bytes_done),
            found: load(&self.found),
        }
    }
}
