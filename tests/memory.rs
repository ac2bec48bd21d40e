//! What is kept of an event takes little memory: a year of a large organization fits into that of a small machine.

#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]
#![expect(unsafe_code, reason = "an allocator that counts is one")]

#[path = "support/events.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod events;

use std::alloc::{GlobalAlloc, Layout, System};
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use events::{Folder, event, records};
use tfctrail::audit::runs::dedupe::deduplicate;
use tfctrail::decode::Limits;
use tfctrail::domain::issuer::Issuers;
use tfctrail::domain::window::Window;
use tfctrail::ingest::scan::{Options, ingest};
use tfctrail::progress::Progress;
use tfctrail::source::Spec;

/// Counts the bytes that are allocated. Moving a block counts as growing it: a large one is moved by its pages.
struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

fn grow(bytes: usize) {
    let now = NOW.fetch_add(bytes, Ordering::Relaxed) + bytes;
    MOST.fetch_max(now, Ordering::Relaxed);
}

// SAFETY: everything is left to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        match size.checked_sub(layout.size()) {
            Some(more) => grow(more),
            None => drop(NOW.fetch_sub(layout.size() - size, Ordering::Relaxed)),
        }
        // SAFETY: as above.
        unsafe { System.realloc(block, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// One at a time, since all count together.
static ALONE: Mutex<()> = Mutex::new(());

const EVENTS_PER_FILE: usize = 1_000;

/// The most bytes that were allocated at once to read so many log files and remove the copies.
fn most(folder: &Folder, files: usize, threads: usize) -> usize {
    let options = Options {
        issuers: Issuers::default(),
        limits: Limits::default(),
        window: Window::default(),
        late_days: 1,
        threads: NonZeroUsize::new(threads).unwrap(),
        calls: false,
        exclude: Vec::new(),
    };
    let specs: Vec<Spec> = (0..files).map(|file| Spec::Path(folder.path(&format!("{file}.json")))).collect();
    let before = NOW.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    let read = ingest(&specs, &[], &options, &Progress::default());
    assert!(read.coverage.failed.is_empty(), "{:?}", read.coverage.failed);
    let distinct = deduplicate(read.events);
    assert_eq!(distinct.events.len(), files * EVENTS_PER_FILE);
    MOST.load(Ordering::Relaxed) - before
}

/// Each with an id, a run, a session and a key of its own.
fn log_file(file: usize) -> String {
    let each = (0..EVENTS_PER_FILE).map(|at| {
        let number = file * EVENTS_PER_FILE + at;
        let time = format!("2026-10-{:02}T08:{:02}:{:02}Z", 1 + file % 28, at / 60 % 60, at % 60);
        event(&format!("00000000-0000-4000-8000-{number:012}"), &time, &format!("web-{}", at % 50))
            .replace("ASIAEXAMPLE", &format!("ASIA{number:016}"))
            .replace("terraform-run-run-", &format!("terraform-run-run-{number:016}"))
    });
    records(&each.collect::<Vec<_>>())
}

#[test]
fn an_event_takes_at_most_600_bytes() {
    const FILES: usize = 30;
    let _alone = ALONE.lock().unwrap();
    let folder = Folder::new();
    for file in 0..FILES {
        folder.write(&format!("{file}.json"), log_file(file));
    }
    for threads in [1, 2] {
        // What one log file takes while it is read is taken once a thread.
        let one = most(&folder, threads, threads);
        let all = most(&folder, FILES, threads);
        let each = all.saturating_sub(one) / ((FILES - threads) * EVENTS_PER_FILE);
        assert!((200..=600).contains(&each), "{each} bytes with {threads} threads: {one} and {all}");
    }
}
