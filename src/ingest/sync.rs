//! Reads what is new in sources and hands it to a store.
//!
//! Workers decode, and this thread alone writes. A log file's events and the mark that it was read are one item, and an
//! item is committed as a whole: whenever the process ends, what is committed is in the store once, and all else is read
//! again.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::options::IngestOptions;
use super::pool::{Pool, PoolTask};
use crate::decode::{Decoded, Decoder};
use crate::domain::log_key::LogKey;
use crate::domain::tally::Skip;
use crate::progress::Progress;
use crate::source::known::{ObjectVersion, ReadAgainFor, Resume};
use crate::source::place::FolderHandle;
use crate::source::remote::Remote;
use crate::source::{Chunk, Delivery, LookedRange, SourceSpec, Unlisted, directory};

mod again;

mod extracts;

mod item;

mod ledger;

mod observer;

mod stored;

mod synced;

mod tally;

mod unlisted;

use self::again::SecondReading;
use self::extracts::{ExtractsEnd, HeldListing, SyncExtracts};
use self::item::WorkerNews;
pub use self::item::{FileFate, StoreChange, SyncItem};
pub use self::ledger::{KnownOfRuns, Ledger};
pub use self::observer::SyncObserver;
use self::observer::{TOGETHER, WAITING};
pub use self::synced::Synced;
use self::tally::SyncTally;

/// A step of a sync.
#[derive(Debug, Clone, Copy)]
pub enum SyncStep<'a> {
    /// An item was taken.
    Taken(&'a SyncItem),
    /// So many items were committed.
    Committed(usize),
}

/// A commit may take this part of the time.
const SHARE: u32 = 16;

/// Between commits passes at most so much time.
const LONGEST: Duration = Duration::from_secs(2);

/// Whoever says stop waits no longer for an answer.
const LOOK: Duration = Duration::from_millis(100);

/// Reads what is new: of local sources first, then of the `remotes` among them, which have been opened. Ends early
/// when told to stop. `told` hears of each step.
pub fn sync<L: Ledger>(
    specs: &[SourceSpec],
    remotes: &[Remote],
    resume: &Resume,
    options: &IngestOptions,
    outside: SyncObserver<'_>,
    ledger: &mut L,
    told: &mut dyn FnMut(SyncStep<'_>),
) -> Result<Synced, L::Error> {
    let stop = outside.stop;
    let mut tally = SyncTally::new(specs, options);
    let (out, found) = sync_channel(WAITING);
    let known = ledger.known_of_runs()?;
    let mut unlisted = Vec::new();
    let (written, extracts) = thread::scope(|scope| {
        let known = known.as_ref();
        // Whoever takes what is found hears of the end when the sender is gone.
        let feeders = scope.spawn(move || feed(specs, remotes, resume, options, outside, known, &out));
        let is_over = || stop.load(Ordering::Relaxed) || has_failed(resume);
        let written = write(found, (&mut tally, &mut unlisted), ledger, &is_over, told);
        (written, feeders.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    written?;
    let ExtractsEnd { lack, failure, sources: of_extracts, cut_off } = extracts;
    if lack.is_some() || failure.is_some() {
        return Ok(Synced { lack, failure, ..Synced::default() });
    }
    tally.interrupted = stop.load(Ordering::Relaxed);
    let looked = looked(specs, remotes, options.late_days);
    if !tally.interrupted && !has_failed(resume) {
        let judge = options.judge.as_ref();
        let asked = judge.map(|judge| unlisted::settle(unlisted, &**judge, &mut tally, ledger)).transpose()?;
        tell_unlisted(&tally, &looked, ledger)?;
        if let Some(asked) = asked {
            asked.tell(specs, &tally, ledger)?;
        }
        for (source, days) in tally.outside.iter().enumerate() {
            ledger.know(source, &days.iter().cloned().collect::<Vec<_>>())?;
            ledger.pass_over(source, &tally.passed_over[source], &looked[source])?;
        }
        for source in &of_extracts {
            ledger.hold_extracts(*source)?;
        }
        for remote in remotes {
            if !of_extracts.contains(&remote.source) {
                ledger.settle(remote.source, &remote.inbox.settled())?;
            }
            ledger.look_before(remote.source, &remote.inbox.before())?;
        }
        ledger.commit()?;
    }
    let [mut read_again, mut read_for_writes] = [0; 2];
    if known.is_some() && !tally.interrupted && !has_failed(resume) {
        let reading = SecondReading { specs, remotes, options, outside };
        read_again = tally.take_second(reading.run(ReadAgainFor::Calls, ledger)?);
        read_for_writes = tally.take_second(reading.run(ReadAgainFor::Writes, ledger)?);
        tally.interrupted = stop.load(Ordering::Relaxed);
    }
    Ok(Synced { looked, read_again, read_for_writes, cut_off, ..tally.finish(specs, remotes, resume) })
}

/// Tells a store what could not be listed of each source, and what was never reached.
fn tell_unlisted<L: Ledger>(tally: &SyncTally, looked: &[LookedRange], ledger: &mut L) -> Result<(), L::Error> {
    for (source, looked) in looked.iter().enumerate() {
        let unlisted = &tally.unlisted[source];
        if tally.is_reached[source] {
            ledger.take_unlisted(source, unlisted, looked)?;
        } else {
            ledger.miss(source, unlisted, looked)?;
        }
    }
    Ok(())
}

/// What is looked at in each of the sources. Local ones are looked at as a whole, whatever the window.
#[must_use]
pub fn looked(specs: &[SourceSpec], remotes: &[Remote], late_days: u32) -> Vec<LookedRange> {
    let mut looked = vec![LookedRange::default(); specs.len()];
    for Remote { source, window, inbox } in remotes {
        // A page has what happened in its time, however late it is asked for.
        let late_days = if specs[*source].kind().is_paged() { 0 } else { late_days };
        looked[*source] =
            LookedRange { below: inbox.below(), first: window.first_day(), last: window.last_folder(late_days) };
    }
    looked
}

/// Whether what is known of a source could not be read.
fn has_failed(resume: &Resume) -> bool {
    resume.sources.values().any(|past| past.known.failure().is_some())
}

/// Lists and decodes with all workers. Ends early when told to, or when nobody takes what is found. `known` is what is known
/// of runs, where calls of theirs are kept.
fn feed(
    specs: &[SourceSpec],
    remotes: &[Remote],
    resume: &Resume,
    options: &IngestOptions,
    SyncObserver { progress, stop }: SyncObserver<'_>,
    known: Option<&KnownOfRuns>,
    out: &SyncSender<WorkerNews>,
) -> ExtractsEnd {
    let Some((chunks, held)) = list(specs, resume, options, progress, out) else { return ExtractsEnd::default() };
    let extracts = SyncExtracts::of(specs, options);
    Pool::new(&chunks, remotes, options.threads, progress).run(|pieces| {
        let (out, mine) = (out.clone(), extracts.of_worker());
        let (mut decoder, mut nearby) = (options.decoder().giving_rows(mine.taker()), FolderHandle::default());
        if let Some(known) = known {
            decoder = known.ask(decoder);
        }
        while !stop.load(Ordering::Relaxed)
            && let Some(piece) = pieces.next()
        {
            let found = match piece {
                PoolTask::Local(_, chunk) => {
                    mine.read_source(chunk.source);
                    let found = read(chunk, &mut decoder, &mut nearby);
                    progress.finish_file(chunk.size(), found.events());
                    found
                }
                PoolTask::Fetched(remote, delivery) => {
                    if let (Some(judge), Some((name, key))) = (&options.judge, delivery.met()) {
                        judge.meet(remote.source, name, key);
                    }
                    mine.read_source(remote.source);
                    receive(remote, delivery, &mut decoder, progress)
                }
            };
            let Some(found) = mine.take(found) else { continue };
            if out.send(found).is_err() {
                return;
            }
        }
        mine.end();
    });
    if stop.load(Ordering::Relaxed) {
        return ExtractsEnd::default();
    }
    extracts.settle(held, resume, options, known.is_some(), out)
}

/// The local files that are to be read; nothing where nobody takes what is found.
fn list(
    specs: &[SourceSpec],
    resume: &Resume,
    options: &IngestOptions,
    progress: &Progress,
    out: &SyncSender<WorkerNews>,
) -> Option<(Vec<Chunk>, Vec<HeldListing>)> {
    let (mut chunks, mut held) = (Vec::new(), Vec::new());
    for (source, spec) in specs.iter().enumerate() {
        let (SourceSpec::Path(path), Some(past)) = (spec, resume.sources.get(&source)) else { continue };
        let listing = directory::list_new(path, source, &options.exclude, past.known.as_ref(), progress);
        out.send(WorkerNews::Unchanged(source, listing.unchanged)).ok()?;
        if listing.is_unreached {
            out.send(WorkerNews::Unreached(source)).ok()?;
        }
        held.push(HeldListing { source, skipped: listing.skipped, gone: listing.gone });
        for unlisted in listing.failed {
            out.send(WorkerNews::Unlisted(source, LogKey::default(), unlisted)).ok()?;
        }
        for chunk in listing.chunks {
            match options.reason_to_skip(&chunk.log_file, &chunk.key) {
                None => chunks.push(chunk),
                Some(skip) => out.send(skipped(source, chunk.key, chunk.version, skip)).ok()?,
            }
        }
    }
    Some((chunks, held))
}

fn skipped(source: usize, key: LogKey, version: Option<ObjectVersion>, skip: Skip) -> WorkerNews {
    match version {
        Some(version) if skip != Skip::Window => {
            WorkerNews::Item(SyncItem { source, version, key, what: FileFate::Skipped(skip) })
        }
        _ => WorkerNews::OutsideWindow(source, key),
    }
}

fn receive(remote: &Remote, delivery: Delivery, decoder: &mut Decoder, progress: &Progress) -> WorkerNews {
    let source = remote.source;
    match delivery {
        Delivery::Chunk(chunk) => {
            let found = taken_or_failed(&chunk, chunk.decode_fetched(&*remote.inbox, decoder));
            progress.finish_file(chunk.size(), found.events());
            found
        }
        Delivery::Skipped { name: _, key, skip, version } => skipped(source, key, version, skip),
        Delivery::Failed { key, unlisted, version } => {
            progress.finish_file(0, 0);
            match version {
                Some(version) => WorkerNews::Item(SyncItem { source, version, key, what: FileFate::Failed(unlisted) }),
                None => WorkerNews::Unlisted(source, key, unlisted),
            }
        }
        Delivery::Unchosen { key, .. } => WorkerNews::OutsideWindow(source, key),
        Delivery::Unchanged(count) => WorkerNews::Unchanged(source, count),
        Delivery::Gone(version) => {
            let key = LogKey::parse(&version.name);
            WorkerNews::Item(SyncItem { source, version, key, what: FileFate::Gone })
        }
        Delivery::Incomplete(what) => WorkerNews::Incomplete(source, what),
    }
}

fn read(chunk: &Chunk, decoder: &mut Decoder, nearby: &mut FolderHandle) -> WorkerNews {
    taken_or_failed(chunk, chunk.decode(decoder, nearby))
}

fn taken_or_failed(chunk: &Chunk, decoded: Result<Decoded, Unlisted>) -> WorkerNews {
    match decoded {
        Ok(decoded) => taken(chunk, decoded),
        Err(unlisted) => item(chunk, FileFate::Failed(unlisted)),
    }
}

fn taken(chunk: &Chunk, decoded: Decoded) -> WorkerNews {
    // The name of its log file settles the place of an event among its copies.
    item(chunk, FileFate::Decoded(Box::new(decoded)))
}

fn item(chunk: &Chunk, what: FileFate) -> WorkerNews {
    // Without a state, it is read again next time.
    let unknown = || ObjectVersion { name: Arc::clone(&chunk.log_file), size: chunk.size(), tag: "".into() };
    let version = chunk.version.clone().unwrap_or_else(unknown);
    WorkerNews::Item(SyncItem { source: chunk.source, version, key: chunk.key.clone(), what })
}

impl WorkerNews {
    /// Kept events in it.
    fn events(&self) -> u64 {
        match self {
            Self::Item(SyncItem { what: FileFate::Decoded(decoded), .. }) => decoded.assumptions.len() as u64,
            _ => 0,
        }
    }
}

/// Writes what is found, as it comes, but what no digest lists, where only what was verified counts. Commits are as frequent as they are cheap, so that little is read again after an
/// end, and little time goes into them. The receiver ends with it, and so do those who send.
fn write<L: Ledger>(
    found: Receiver<WorkerNews>,
    (tally, unlisted): (&mut SyncTally, &mut Vec<SyncItem>),
    ledger: &mut L,
    is_over: &dyn Fn() -> bool,
    told: &mut dyn FnMut(SyncStep<'_>),
) -> Result<(), L::Error> {
    let (mut pending, mut last, mut pause) = (0, Instant::now(), Duration::ZERO);
    while !is_over() {
        let wait = if pending == 0 { LOOK } else { pause.saturating_sub(last.elapsed()).min(LOOK) };
        let next = match found.recv_timeout(wait) {
            Ok(next) => Some(next),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => break,
        };
        let next = match next {
            Some(WorkerNews::Item(item)) if unlisted::is_unlisted(&item) => {
                unlisted.push(item);
                None
            }
            next => next,
        };
        if let Some(next) = next {
            if let WorkerNews::Item(item) = &next {
                let change = ledger.take(item)?;
                pending += 1;
                tally.change(item, change);
                told(SyncStep::Taken(item));
            }
            tally.take(next);
        }
        if pending >= TOGETHER || (pending > 0 && last.elapsed() >= pause) {
            let start = Instant::now();
            ledger.commit()?;
            told(SyncStep::Committed(pending));
            pending = 0;
            last = Instant::now();
            pause = (last.duration_since(start) * SHARE).min(LONGEST);
        }
    }
    if pending > 0 {
        ledger.commit()?;
        told(SyncStep::Committed(pending));
    }
    drop(found);
    Ok(())
}
