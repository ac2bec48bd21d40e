//! What is kept of an event takes little memory, and a log file without one hardly any: a year of a large organization fits
//! into that of a small machine.

#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]
#![expect(unsafe_code, reason = "an allocator that counts is one")]

#[path = "support/events.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod events;

use std::alloc::{GlobalAlloc, Layout, System};
use std::fs;
use std::io::Write as _;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use events::{Folder, event, records};
use flate2::Compression;
use flate2::write::GzEncoder;
use tfctrail::audit::runs::dedupe::deduplicate;
use tfctrail::decode::DecodeLimits;
use tfctrail::domain::issuer::Issuers;
use tfctrail::domain::window::Window;
use tfctrail::ingest::options::{IngestOptions, WantedCalls};
use tfctrail::ingest::scan::ingest;
use tfctrail::progress::Progress;
use tfctrail::source::SourceSpec;

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
    let specs: Vec<SourceSpec> =
        (0..files).map(|file| SourceSpec::Path(folder.path(&format!("{file}.json")))).collect();
    most_of(&specs, threads, files * EVENTS_PER_FILE)
}

/// The same for other sources, which hold so many events.
fn most_of(specs: &[SourceSpec], threads: usize, events: usize) -> usize {
    let options = IngestOptions {
        issuers: Issuers::default(),
        limits: DecodeLimits::default(),
        window: Window::default(),
        late_days: 1,
        begins: Vec::new(),
        threads: NonZeroUsize::new(threads).unwrap(),
        calls: WantedCalls::None,
        told: Window::default(),
        call_memory: 1 << 30,
        event_memory: None,
        exclude: Vec::new(),
        judge: None,
        listed: tfctrail::ingest::known_listings::KnownListings::default(),
        work_list: None,
        archive: None,
    };
    let before = NOW.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    let read = ingest(specs, &[], &options, &Progress::default());
    assert!(read.coverage.failed.is_empty(), "{:?}", read.coverage.failed);
    let distinct = deduplicate(read.events);
    assert_eq!(distinct.events.len(), events);
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

/// A log file, packed, of so many bytes of text in which no event is ours.
fn packed(bytes: usize) -> Vec<u8> {
    let other = event("00000000-0000-4000-8000-000000000001", "2026-10-01T08:00:00Z", "web")
        .replace("AssumeRoleWithWebIdentity", "GetCallerIdentity");
    let count = (bytes / other.len()).max(1);
    let text = records(&vec![other; count]);
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    gzip.finish().unwrap()
}

#[test]
fn a_log_file_without_events_takes_at_most_600_bytes() {
    let _alone = ALONE.lock().unwrap();
    let bytes = packed(1_000);
    let archive = |days: usize| {
        let folder = Folder::new();
        let first = folder.write("first", &bytes);
        for file in 0..days * 100 {
            let (day, minute) = (1 + file / 100, file % 60);
            let parent = folder.path(&format!("AWSLogs/111122223333/CloudTrail/eu-west-1/2026/10/{day:02}"));
            fs::create_dir_all(&parent).unwrap();
            let name = format!("111122223333_CloudTrail_eu-west-1_202610{day:02}T08{minute:02}Z_{file:016}.json.gz");
            // Only the names count here, and one file may have many.
            fs::hard_link(&first, parent.join(name)).unwrap();
        }
        folder
    };
    let (few, many) = (archive(2), archive(30));
    for threads in [1, 2] {
        let [few, many] = [&few, &many].map(|folder| most_of(&[SourceSpec::Path(folder.path("AWSLogs"))], threads, 0));
        let each = many.saturating_sub(few) / 2_800;
        assert!((50..=600).contains(&each), "{each} bytes with {threads} threads: {few} and {many}");
    }
}

#[test]
fn a_worker_holds_at_most_16_mib_of_text() {
    const MIB: usize = 1 << 20;
    let _alone = ALONE.lock().unwrap();
    let folder = Folder::new();
    for (file, size) in [20, 15, 15].into_iter().enumerate() {
        folder.write(&format!("logs/{file}.json.gz"), packed(size * MIB));
    }
    for threads in [1, 2] {
        let most = most_of(&[SourceSpec::Path(folder.path("logs"))], threads, 0);
        assert!(most >= 14 * MIB, "{most}");
        assert!(most <= threads * 18 * MIB, "{most} bytes with {threads} threads");
    }
}
