//! How far every step is above the floor, on the same files in the same process:
//! `cargo bench --bench scan -- [standard|tiny|smoke|huge]`.
//!
//! The CPU of a shared machine changes from minute to minute, so each contestant runs right after a run of the
//! floor, in turn, five times. The ratio of such a pair is what counts; the table shows the median, least and most.
#![expect(clippy::print_stdout, reason = "the table is for whoever started it")]

mod corpus;
mod floor;

use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use tfctrail::audit::coverage::Coverage;
use tfctrail::audit::runs::assign::assign;
use tfctrail::audit::runs::dedupe::deduplicate;
use tfctrail::audit::runs::fold::fold;
use tfctrail::decode::DecodeLimits;
use tfctrail::domain::assumption::Assumption;
use tfctrail::domain::issuer::Issuers;
use tfctrail::domain::window::Window;
use tfctrail::ingest::options::{IngestOptions, WantedCalls};
use tfctrail::ingest::scan::{Ingested, ingest};
use tfctrail::progress::Progress;
use tfctrail::report::row::{events, runs};
use tfctrail::report::schema::Column;
use tfctrail::report::{self, Format};
use tfctrail::source::SourceSpec;

use corpus::{CorpusSpec, Counts, Manifest};
use floor::Measured;

const ROUNDS: usize = 5;

/// What a contestant counted; `None` where it does not count.
#[derive(Clone, Copy, Debug, Default)]
struct Outcome {
    gzip_bytes: Option<u64>,
    text_bytes: Option<u64>,
    records: Option<u64>,
    web_identity: Option<u64>,
    hcp: Option<u64>,
    calls: Option<u64>,
}

type Run = dyn Fn(&Path, usize) -> io::Result<Outcome>;

/// One way to go through an archive, given its folder and the number of threads.
struct Contestant {
    name: &'static str,
    run: Box<Run>,
}

impl Contestant {
    fn new(name: &'static str, run: impl Fn(&Path, usize) -> io::Result<Outcome> + 'static) -> Self {
        Self { name, run: Box::new(run) }
    }
}

/// Everything that is compared with the floor, in the order of the table.
fn contestants() -> Vec<Contestant> {
    let name = memchr::memmem::Finder::new("AssumeRoleWithWebIdentity");
    vec![
        Contestant::new("find the files", |root, _| floor::files(root).map(|_| Outcome::default())),
        Contestant::new("+ read", |root, threads| {
            let gzip_bytes = Some(floor::read_all(root, threads)?);
            Ok(Outcome { gzip_bytes, ..Outcome::default() })
        }),
        Contestant::new("+ inflate (floor)", inflate),
        Contestant::new("+ memmem for the event name", move |root, threads| {
            // Hits are no events yet: a trust policy names it too. So they are not compared with the manifest.
            floor::inflate_each(root, threads, |text| u64::from(name.find_iter(text).count() > 0))?;
            Ok(Outcome::default())
        }),
        Contestant::new("+ records (ingest)", |root, threads| Ok(counts(&scan(root, threads, false).coverage))),
        Contestant::new("+ records and calls (ingest)", |root, threads| {
            let ingested = scan(root, threads, true);
            Ok(Outcome { calls: Some(ingested.calls.len() as u64), ..counts(&ingested.coverage) })
        }),
        Contestant::new("tfctrail events, as CSV", |root, threads| {
            let ingested = scan(root, threads, false);
            let events = deduplicate(ingested.events).events;
            write(events::schema().columns(), &events)?;
            Ok(counts(&ingested.coverage))
        }),
        Contestant::new("tfctrail runs, as CSV", |root, threads| {
            let ingested = scan(root, threads, false);
            let events = deduplicate(ingested.events).events;
            let events: Vec<&Assumption> = events.iter().collect();
            write(runs::schema().columns(), &fold(&events, &assign(&events, 3_600)))?;
            Ok(counts(&ingested.coverage))
        }),
    ]
}

/// The library's scan, as the command line calls it.
fn scan(root: &Path, threads: usize, calls: bool) -> Ingested {
    let options = IngestOptions {
        issuers: Issuers::default(),
        limits: DecodeLimits::default(),
        window: Window::default(),
        late_days: 1,
        begins: Vec::new(),
        threads: NonZeroUsize::new(threads).unwrap_or(NonZeroUsize::MIN),
        calls: if calls { WantedCalls::LongLived } else { WantedCalls::None },
        told: Window::default(),
        call_memory: 1 << 30,
        event_memory: None,
        exclude: Vec::new(),
        judge: None,
        listed: tfctrail::ingest::known_listings::KnownListings::default(),
        work_list: None,
        archive: None,
    };
    ingest(&[SourceSpec::Path(root.to_path_buf())], &[], &options, &Progress::default())
}

fn counts(coverage: &Coverage) -> Outcome {
    Outcome {
        gzip_bytes: Some(coverage.bytes.read),
        text_bytes: Some(coverage.bytes.inflated),
        records: Some(coverage.records.total),
        web_identity: Some(coverage.issuers.values().sum()),
        hcp: Some(coverage.records.kept),
        calls: None,
    }
}

fn write<T>(columns: &[Column<T>], rows: &[T]) -> io::Result<()> {
    let options = report::WriterOptions::new(report::headings(columns), None);
    let writer = Format::Csv.open(Box::new(io::sink()), &options)?;
    report::write_rows(columns, rows, writer).map(drop)
}

fn inflate(root: &Path, threads: usize) -> io::Result<Outcome> {
    let text_bytes = Some(floor::inflate_all(root, threads)?);
    Ok(Outcome { text_bytes, ..Outcome::default() })
}

fn main() -> io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if !words.iter().any(|word| word == "--bench") {
        println!("nothing measured: run it with cargo bench");
        return Ok(());
    }
    let preset = words.iter().find(|word| !word.starts_with('-')).map_or("standard", String::as_str);
    let Some(spec) = CorpusSpec::preset(preset) else {
        return Err(io::Error::other(format!("no preset is named {preset}: standard, tiny, smoke and huge are")));
    };
    let dir = target().join("bench-corpus").join(preset);
    let manifest = corpus::ensure(&spec, &dir)?;
    introduce(preset, &manifest);
    let root = dir.join("AWSLogs");
    let cores = thread::available_parallelism().map_or(1, usize::from);
    floor::read_all(&root, cores)?;
    println!("\n| step | ratio to the floor (CPU) | min–max | ratio (wall) | threads |\n|---|---|---|---|---|");
    for threads in if cores > 1 { vec![1, cores] } else { vec![1] } {
        compare(&root, threads, &manifest.counts)?;
    }
    Ok(())
}

/// Cargo's target folder: `CARGO_TARGET_TMPDIR` is the folder `tmp` in it.
fn target() -> PathBuf {
    let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
    tmp.parent().unwrap_or(tmp).to_path_buf()
}

fn introduce(preset: &str, manifest: &Manifest) {
    let Counts { files, gzip_bytes, text_bytes, records, web_identity, hcp, text_bytes_with_web_identity, .. } =
        manifest.counts;
    println!(
        "{preset}: {files} files, {} MB gzip, {} MB text, {records} records, {web_identity} web identity events \
         ({hcp} of HCP Terraform) in files with {} % of the text",
        gzip_bytes / 1_000_000,
        text_bytes / 1_000_000,
        100 * text_bytes_with_web_identity / text_bytes.max(1),
    );
}

/// Every contestant against the floor, in pairs, and the rows of the table for this number of threads.
fn compare(root: &Path, threads: usize, counts: &Counts) -> io::Result<()> {
    let contestants = contestants();
    let mut pairs = vec![Vec::new(); contestants.len()];
    let mut floors = Vec::new();
    for _ in 0..ROUNDS {
        for (contestant, pairs) in contestants.iter().zip(&mut pairs) {
            let floor = run(&inflate, root, threads, counts)?;
            let other = run(&contestant.run, root, threads, counts)?;
            floors.push(floor.cpu.as_secs_f64());
            pairs.push((ratio(other.cpu, floor.cpu), ratio(other.wall, floor.wall)));
        }
    }
    for (contestant, pairs) in contestants.iter().zip(&pairs) {
        let (cpu, wall): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
        let [least, middle, most] = spread(cpu);
        let [_, wall, _] = spread(wall);
        println!("| {} | {middle:.3} | {least:.3}–{most:.3} | {wall:.3} | {threads} |", contestant.name);
    }
    let [_, seconds, _] = spread(floors);
    let megabytes = u32::try_from(counts.text_bytes / 1_000_000).unwrap_or(u32::MAX);
    let speed = f64::from(megabytes) / 1000.0 / seconds;
    println!("| *floor: {seconds:.3} s of CPU, {speed:.2} GB/s of text per core* | | | | {threads} |");
    Ok(())
}

/// One measured run, whose counts must be those of the manifest.
fn run(step: &Run, root: &Path, threads: usize, counts: &Counts) -> io::Result<Measured<Outcome>> {
    let measured = floor::measure(|| step(root, threads))?;
    let Outcome { gzip_bytes, text_bytes, records, web_identity, hcp, calls } = measured.value;
    for (what, counted, expected) in [
        ("gzip bytes", gzip_bytes, counts.gzip_bytes),
        ("text bytes", text_bytes, counts.text_bytes),
        ("records", records, counts.records),
        ("web identity events", web_identity, counts.web_identity),
        ("events of HCP Terraform", hcp, counts.hcp),
        ("calls with long-lived credentials", calls, counts.calls),
    ] {
        if counted.is_some_and(|counted| counted != expected) {
            return Err(io::Error::other(format!("{what}: counted {counted:?}, expected {expected}")));
        }
    }
    Ok(measured)
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}

/// Least, median and most of some numbers.
fn spread(mut numbers: Vec<f64>) -> [f64; 3] {
    numbers.sort_by(f64::total_cmp);
    match numbers.as_slice() {
        [] => [f64::NAN; 3],
        [least, .., most] => [*least, numbers[numbers.len() / 2], *most],
        [only] => [*only; 3],
    }
}
