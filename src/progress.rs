//! How far a scan is: counters that its workers raise and anyone may read. No terminal, no clock.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::timestamp::Timestamp;

/// Shared counters of one scan. They are for showing only: no decision may rest on them.
#[derive(Debug, Default)]
pub struct Progress {
    listed: AtomicU64,
    files_total: AtomicU64,
    files_done: AtomicU64,
    bytes_total: AtomicU64,
    bytes_done: AtomicU64,
    found: AtomicU64,
    stretches: Mutex<Vec<Span>>,
}

/// A stretch of time that is read from its end to its start.
#[derive(Debug, Clone, Copy)]
struct Span {
    start: Timestamp,
    end: Timestamp,
    reached: Timestamp,
}

/// One of the stretches of time that a scan reads backwards.
#[derive(Debug)]
pub struct Stretch {
    progress: Arc<Progress>,
    number: usize,
}

/// How far the stretches of time are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// Everything after it has been read.
    pub back_to: Timestamp,
    /// How much of the time has been read, in thousandths.
    pub per_mille: u64,
}

/// The counters at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reading {
    /// Files that a local tree was found to have so far; it is listed before the first is read.
    pub listed: u64,
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
    /// How far sources are that are read backwards in time.
    pub reached: Option<Reached>,
}

impl Stretch {
    /// Everything after `time` has been read.
    pub fn reached(&self, time: Timestamp) {
        if let Some(span) = self.progress.spans().get_mut(self.number) {
            span.reached = time.clamp(span.start, span.end);
        }
    }
}

impl Progress {
    /// A local tree has one more file.
    pub fn list_file(&self) {
        self.listed.fetch_add(1, Ordering::Relaxed);
    }

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

    /// The time from `start` to `end` is to be read backwards.
    #[must_use]
    pub fn stretch(self: &Arc<Self>, start: Timestamp, end: Timestamp) -> Stretch {
        let mut spans = self.spans();
        spans.push(Span { start, end, reached: end });
        Stretch { progress: Arc::clone(self), number: spans.len() - 1 }
    }

    fn spans(&self) -> std::sync::MutexGuard<'_, Vec<Span>> {
        self.stretches.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reached(&self) -> Option<Reached> {
        let spans = self.spans();
        let back_to = spans.iter().map(|span| span.reached).max()?;
        let seconds = |from: Timestamp, to: Timestamp| to.seconds().abs_diff(from.seconds());
        let whole: u64 = spans.iter().map(|span| seconds(span.start, span.end)).sum();
        let read: u64 = spans.iter().map(|span| seconds(span.reached, span.end)).sum();
        Some(Reached { back_to, per_mille: (read * 1_000).checked_div(whole).unwrap_or(1_000) })
    }

    /// The counters now.
    #[must_use]
    pub fn read(&self) -> Reading {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Reading {
            listed: load(&self.listed),
            files_total: load(&self.files_total),
            files_done: load(&self.files_done),
            bytes_total: load(&self.bytes_total),
            bytes_done: load(&self.bytes_done),
            found: load(&self.found),
            reached: self.reached(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_read_backwards() {
        let at = |seconds| Timestamp::from_seconds(seconds).unwrap();
        let progress = Arc::new(Progress::default());
        assert_eq!(progress.read().reached, None);
        let [fast, slow] = [(); 2].map(|()| progress.stretch(at(1_000), at(2_000)));
        assert_eq!(progress.read().reached, Some(Reached { back_to: at(2_000), per_mille: 0 }));
        fast.reached(at(1_200));
        slow.reached(at(1_600));
        assert_eq!(progress.read().reached, Some(Reached { back_to: at(1_600), per_mille: 600 }));
        fast.reached(at(0));
        slow.reached(at(1_000));
        assert_eq!(progress.read().reached, Some(Reached { back_to: at(1_000), per_mille: 1_000 }));
    }
}
