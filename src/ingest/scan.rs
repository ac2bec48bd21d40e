//! From sources to events and coverage, in memory.
//!
//! Each worker of the [`pool`](super::pool) keeps its own counts. What the workers found is put into its total order afterwards, so the
//! result is the same for any number of them.

use crate::audit::coverage::DayTally;
use crate::progress::Progress;
use crate::source::place::FolderHandle;
use crate::source::remote::Remote;
use crate::source::{Chunk, SourceSpec, directory, named};

use super::day_slots::DaySlots;
use super::extract_past::ExtractPast;
use super::extract_writer::ExtractWriter;
use super::first_reading::{decoder, stdin_listing};
use super::fold_parts::FoldFailure;
pub use super::ingested::Ingested;
use super::kept_events::rooms;
use super::noted::NotedPlace;
use super::options::{IngestOptions, WantedCalls};
use super::pool::{Pool, PoolTask};
use super::second_pass::{SecondPass, room_of_each};
use super::worker_result::{WorkerResult, WorkerRoom};

/// Reads all sources: local ones first, then the `remotes` among them, which have been opened. Stores are not read here.
#[must_use]
pub fn ingest(specs: &[SourceSpec], remotes: &[Remote], options: &IngestOptions, progress: &Progress) -> Ingested {
    ingest_or_extract(specs, remotes, options, progress, None)
}

/// The same; where an `extract` is written, all events go there.
pub(super) fn ingest_or_extract(
    specs: &[SourceSpec],
    remotes: &[Remote],
    options: &IngestOptions,
    progress: &Progress,
    extract: Option<(ExtractWriter, Option<ExtractPast>)>,
) -> Ingested {
    let (extract, past) = extract.unzip();
    let (events, rows) = rooms(options);
    let room = WorkerRoom { calls: room_of_each(options), events, rows };
    let mut gathered = WorkerResult::new(specs, options, &room, extract);
    let mut chunks = list_local(specs, options, progress, &mut gathered);
    if let Some(past) = past.flatten() {
        chunks.retain(|chunk| !past.done.is_read(chunk));
        gathered.take_past(past);
    }
    let days = DaySlots::of(&chunks);
    gathered.days.resize(days.keys.len(), DayTally::default());
    // One tree has each name once; with several sources, copies may be told apart by their text alone.
    let mut writer = gathered.extract.take();
    writer.iter_mut().for_each(ExtractWriter::hand_on);
    let results = Pool::new(&chunks, remotes, options.threads, progress).run(|pieces| {
        let mut gathered = WorkerResult::new(specs, options, &room, writer.as_ref().map(ExtractWriter::beside));
        gathered.days.resize(days.keys.len(), DayTally::default());
        read_pieces(pieces, &mut gathered, &days, options, progress);
        gathered.extract.take().iter_mut().for_each(ExtractWriter::hand_on);
        gathered
    });
    if let Some(writer) = &mut writer {
        for remote in remotes {
            writer.know(remote);
        }
    }
    let is_extract = writer.take().is_some();
    for result in results {
        gathered.merge(result);
    }
    gathered.settle_days(days.keys);
    match gathered.settle(specs, options, &room, is_extract) {
        Err(FoldFailure::Lack(lack)) => return Ingested { lack: Some(lack), ..Ingested::default() },
        Err(FoldFailure::Aside(failure)) => return Ingested { failure: Some(failure), ..Ingested::default() },
        Ok(()) => {}
    }
    if let Some(parameters) = options.calls.parameters_of_sessions() {
        let noted = std::mem::take(&mut gathered.noted);
        let room = room.calls;
        let again = SecondPass { chunks: &chunks, remotes, options, parameters, progress, room };
        again.read(noted, &mut gathered.sessions, &mut gathered.coverage);
        // An extract tells of it, whatever is asked.
        if options.calls == WantedCalls::SessionAndWrites {
            let written = std::mem::take(&mut gathered.written);
            again.read_writes(written, &mut gathered.sessions, &mut gathered.coverage);
        }
    }
    gathered.finish(specs, remotes)
}

/// Reads what a worker pulls, until there is nothing more, or nobody takes what is written.
fn read_pieces(
    pieces: &mut dyn Iterator<Item = PoolTask<'_>>,
    gathered: &mut WorkerResult,
    days: &DaySlots,
    options: &IngestOptions,
    progress: &Progress,
) {
    let decoder = decoder(options, gathered.extract.is_some());
    let (mut decoder, mut nearby) = (decoder.giving_rows(gathered.extracts.taker()), FolderHandle::default());
    for piece in pieces {
        if gathered.extract.as_ref().is_some_and(ExtractWriter::is_over) {
            break;
        }
        match piece {
            PoolTask::Local(at, chunk) => {
                gathered.extracts.read_source(chunk.source);
                let content = chunk.decode(&mut decoder, &mut nearby);
                let place = NotedPlace::Local(at);
                let found = gathered.take_or_fail(chunk, Some(days.slots[at]), content, place);
                progress.finish_file(chunk.size(), found);
            }
            PoolTask::Fetched(remote, delivery) => {
                if let (Some(judge), Some((name, key))) = (&options.judge, delivery.met()) {
                    judge.meet(remote.source, name, key);
                }
                gathered.extracts.read_source(remote.source);
                gathered.receive(remote, delivery, &mut decoder, progress);
            }
        }
    }
}

/// Lists the local sources.
fn list_local(
    specs: &[SourceSpec],
    options: &IngestOptions,
    progress: &Progress,
    gathered: &mut WorkerResult,
) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    for (source, spec) in specs.iter().enumerate() {
        match spec {
            SourceSpec::Path(path) => {
                let listing = options.listed.take(source);
                let listing = listing.unwrap_or_else(|| directory::list(path, source, &options.exclude, progress));
                let listed = gathered.take_listing(source, listing, options);
                // A tree may have millions of files, and most often there is one tree: nothing is moved then.
                if chunks.is_empty() { chunks = listed } else { chunks.extend(listed) }
            }
            SourceSpec::Files(files) => {
                chunks.extend(gathered.take_listing(source, named::list(files, source), options));
            }
            SourceSpec::Stdin => {
                let again = options.calls.parameters_of_sessions().is_some() && gathered.extract.is_none();
                chunks.extend(gathered.take_listing(source, stdin_listing(source, again), options));
            }
            SourceSpec::Remote(_) | SourceSpec::Store(_) => {}
        }
    }
    chunks
}
