//! From sources to events and coverage, in memory.
//!
//! Each worker of the [`pool`](super::pool) keeps its own counts. What the workers found is put into its total order afterwards, so the
//! result is the same for any number of them.

use std::io;
use std::sync::Arc;

use crate::audit::activity::put_aside::CallRoom;
use crate::audit::coverage::{Coverage, DayKey, DayTally, FileOutcome, SourceCoverage, SourceTally};
use crate::decode::defect::io_reason;
use crate::decode::record::session_call::SessionPass;
use crate::decode::{Decoded, Decoder, FileEnd};
use crate::domain::archive_judge::ArchiveJudge;
use crate::domain::assumption::Assumption;
use crate::domain::call::Call;
use crate::domain::log_key::LogKey;
use crate::domain::shared::SharedTexts;
use crate::domain::tally::Skip;
use crate::domain::trouble::in_order;
use crate::domain::window::Window;
use crate::progress::Progress;
use crate::source::place::FolderHandle;
use crate::source::remote::Remote;
use crate::source::{Body, Chunk, Delivery, Listing, SourceSpec, Unlisted, directory};
#[cfg(feature = "store")]
use crate::store::read::WindowContents;

use super::counts::{count, day_of};
use super::options::{IngestOptions, WantedCalls};
use super::outside_writes::WrittenFiles;
use super::pool::{Pool, PoolTask};
use super::second_pass::{NotedFiles, NotedPlace, SecondPass, SessionCalls, room_of_each};
use super::unlisted::UnlistedLog;

/// What was read.
#[derive(Debug, Default)]
pub struct Ingested {
    /// Kept events, copies and all, in no order.
    pub events: Vec<Assumption>,
    /// Calls with long-lived credentials, copies and all, in no order; none unless asked for.
    pub calls: Vec<Call>,
    /// Calls that were made with the credentials of sessions; none unless asked for.
    pub sessions: SessionCalls,
    /// What was read and what is missing; the counters of kept events are not filled in yet.
    pub coverage: Coverage,
    /// Sources of which nothing could be read for want of permission.
    pub forbidden: Vec<String>,
    /// What to do about what failed, a line each.
    pub advice: Vec<String>,
}

#[cfg(feature = "store")]
impl Ingested {
    /// Puts what a store has beside what was read.
    pub fn add(&mut self, contents: WindowContents) {
        let WindowContents { events, mut coverage, forbidden, notes: _ } = contents;
        take_over(&mut self.events, events);
        self.forbidden.extend(forbidden);
        self.coverage.sources.append(&mut coverage.sources);
        self.coverage.merge(coverage);
        self.coverage.failed.sort_unstable();
        self.coverage.find_gaps();
    }
}

/// Reads all sources: local ones first, then the `remotes` among them, which have been opened. Stores are not read here.
#[must_use]
pub fn ingest(specs: &[SourceSpec], remotes: &[Remote], options: &IngestOptions, progress: &Progress) -> Ingested {
    let room = room_of_each(options);
    let mut gathered = WorkerResult::new(specs, options, &room);
    let mut chunks = Vec::new();
    for (source, spec) in specs.iter().enumerate() {
        match spec {
            SourceSpec::Path(path) => {
                let listing = directory::list(path, source, &options.exclude, progress);
                let listed = gathered.take_listing(source, listing, options);
                // A tree may have millions of files, and most often there is one tree: nothing is moved then.
                if chunks.is_empty() { chunks = listed } else { chunks.extend(listed) }
            }
            SourceSpec::Stdin => {
                let again = options.calls.parameters_of_sessions().is_some();
                chunks.extend(gathered.take_listing(source, stdin_listing(source, again), options));
            }
            SourceSpec::Remote(_) | SourceSpec::Store(_) => {}
        }
    }
    let days = DaySlots::of(&chunks);
    gathered.days.resize(days.keys.len(), DayTally::default());
    // One tree has each name once; with several sources, copies may be told apart by their text alone.
    let results = Pool::new(&chunks, remotes, options.threads, progress).run(|pieces| {
        let mut gathered = WorkerResult::new(specs, options, &room);
        gathered.days.resize(days.keys.len(), DayTally::default());
        let (mut decoder, mut nearby) = (first_decoder(options), FolderHandle::default());
        for piece in pieces {
            match piece {
                PoolTask::Local(at, chunk) => {
                    let content = chunk.decode(&mut decoder, &mut nearby);
                    let place = NotedPlace::Local(at);
                    let found = gathered.take_or_fail(chunk, Some(days.slots[at]), content, place);
                    progress.finish_file(chunk.size(), found);
                }
                PoolTask::Fetched(remote, delivery) => {
                    if let (Some(judge), Some((name, key))) = (&options.judge, delivery.met()) {
                        judge.meet(name, key);
                    }
                    gathered.receive(remote, delivery, &mut decoder, progress);
                }
            }
        }
        gathered
    });
    for result in results {
        gathered.merge(result);
    }
    gathered.settle_days(days.keys);
    if let Some(judge) = &options.judge {
        gathered.settle_unlisted(&**judge);
    }
    if let Some(parameters) = options.calls.parameters_of_sessions() {
        let noted = std::mem::take(&mut gathered.noted);
        let again = SecondPass { chunks: &chunks, remotes, options, parameters, progress, room };
        again.read(noted, &mut gathered.sessions, &mut gathered.coverage);
        let written = std::mem::take(&mut gathered.written);
        again.read_writes(written, &mut gathered.sessions, &mut gathered.coverage);
    }
    gathered.finish(specs, remotes)
}

/// Reads log files for the first time.
fn first_decoder(options: &IngestOptions) -> Decoder {
    let decoder = options.decoder();
    match (options.calls, options.calls.parameters_of_sessions()) {
        (WantedCalls::SessionAndWrites, _) => decoder.with_session_calls(SessionPass::First, true).noting_writes(),
        (_, Some(parameters)) => decoder.with_session_calls(SessionPass::First, parameters),
        (WantedCalls::LongLived, None) => decoder.with_calls(),
        _ => decoder,
    }
}

/// The days of files that are all known before the first is read: each has a slot, so that counting a file compares
/// and copies no text. Neighbours in a tree share their day.
struct DaySlots {
    keys: Vec<DayKey>,
    /// For each file, its place in `keys`.
    slots: Vec<usize>,
}

impl DaySlots {
    fn of(chunks: &[Chunk]) -> Self {
        let mut days = Self { keys: Vec::new(), slots: Vec::with_capacity(chunks.len()) };
        for chunk in chunks {
            let LogKey { account, region, date, .. } = &chunk.key;
            let same = |day: &DayKey| day.date == *date && day.account_id == *account && day.region == *region;
            if !days.keys.last().is_some_and(same) {
                days.keys.push(day_of(&chunk.key));
            }
            days.slots.push(days.keys.len() - 1);
        }
        days
    }
}

/// Standard input; `again` says that it may be read twice, so that it is put aside first.
fn stdin_listing(source: usize, again: bool) -> Listing {
    let log_file: Arc<str> = "-".into();
    let body = match if again { spooled_stdin() } else { Ok(Body::Stdin) } {
        Ok(body) => body,
        Err(error) => {
            let reason = format!("cannot be put aside in a temporary file: {}", io_reason(&error));
            let unlisted = Unlisted { file: log_file, reason, forbidden: false };
            return Listing { failed: vec![unlisted], ..Listing::default() };
        }
    };
    let chunk = Chunk { source, log_file, key: LogKey::default(), version: None, walked: None, body };
    Listing { chunks: vec![chunk], ..Listing::default() }
}

fn spooled_stdin() -> io::Result<Body> {
    let mut file = tempfile::tempfile()?;
    let size = io::copy(&mut io::stdin().lock(), &mut file)?;
    Ok(Body::Spooled { file, size, share: None })
}

/// What one worker has so far.
struct WorkerResult {
    events: Vec<Assumption>,
    texts: SharedTexts,
    calls: Vec<Call>,
    sessions: SessionCalls,
    noted: NotedFiles,
    written: WrittenFiles,
    /// What no digest lists, where only what was verified counts.
    unlisted: Vec<UnlistedLog>,
    coverage: Coverage,
    /// The days of [`DaySlots`], by their slots.
    days: Vec<DayTally>,
    sources: Vec<SourceTally>,
    window: Window,
    late_days: u32,
}

impl WorkerResult {
    fn new(specs: &[SourceSpec], options: &IngestOptions, room: &CallRoom) -> Self {
        Self {
            events: Vec::new(),
            texts: SharedTexts::default(),
            calls: Vec::new(),
            sessions: SessionCalls::new(options.calls, room.clone()),
            noted: NotedFiles::default(),
            written: WrittenFiles::default(),
            unlisted: Vec::new(),
            coverage: Coverage { window: options.window, late_days: options.late_days, ..Coverage::default() },
            days: Vec::new(),
            sources: vec![SourceTally::default(); specs.len()],
            window: options.window,
            late_days: options.late_days,
        }
    }

    /// Counts what is not opened, and gives the rest.
    fn take_listing(&mut self, source: usize, listing: Listing, options: &IngestOptions) -> Vec<Chunk> {
        for (name, skip) in &listing.skipped {
            self.skip(source, name, *skip);
        }
        for unlisted in listing.failed {
            self.fail(source, &unlisted.file, unlisted.reason, unlisted.forbidden);
        }
        let mut chunks = listing.chunks;
        chunks.retain(|chunk| match options.reason_to_skip(&chunk.log_file, &chunk.key) {
            Some(skip) => {
                if skip == Skip::Window {
                    self.coverage.know(day_of(&chunk.key));
                }
                self.skip(source, &chunk.log_file, skip);
                false
            }
            None => true,
        });
        chunks
    }

    /// Takes what came over a network.
    fn receive(&mut self, remote: &Remote, delivery: Delivery, decoder: &mut Decoder, progress: &Progress) {
        let source = remote.source;
        match delivery {
            Delivery::Chunk(chunk) => {
                let content = chunk.decode_fetched(&*remote.inbox, decoder);
                let place = NotedPlace::Remote { source, log_file: Arc::clone(&chunk.log_file), size: chunk.size() };
                let found = self.take_or_fail(&chunk, None, content, place);
                progress.finish_file(chunk.size(), found);
            }
            Delivery::Skipped { name, key, skip, .. } => {
                if skip == Skip::Window {
                    self.coverage.know(day_of(&key));
                }
                self.skip(source, &name, skip);
            }
            Delivery::Failed { key, unlisted, .. } => {
                self.coverage.days.entry(day_of(&key)).or_default().files += 1;
                self.fail(source, &unlisted.file, unlisted.reason, unlisted.forbidden);
                progress.finish_file(0, 0);
            }
            Delivery::Unchosen { .. } | Delivery::Unchanged(_) | Delivery::Gone(_) => {}
            Delivery::Incomplete(what) => {
                self.coverage.incomplete.insert(what);
            }
        }
    }

    /// Takes one chunk, whose day may have a slot: how many events it gave.
    fn take_or_fail(
        &mut self,
        chunk: &Chunk,
        slot: Option<usize>,
        decoded: Result<Decoded, Unlisted>,
        place: NotedPlace,
    ) -> u64 {
        match decoded {
            Ok(decoded) => {
                let found = decoded.assumptions.len() as u64;
                self.take(chunk, slot, decoded, place);
                found
            }
            Err(unlisted) => {
                self.day(&chunk.key, slot).files += 1;
                self.fail(chunk.source, &chunk.log_file, unlisted.reason, unlisted.forbidden);
                0
            }
        }
    }

    fn take(&mut self, chunk: &Chunk, slot: Option<usize>, mut decoded: Decoded, place: NotedPlace) {
        if decoded.ended == FileEnd::Unlisted {
            let (source, file, key, bytes) =
                (chunk.source, Arc::clone(&chunk.log_file), chunk.key.clone(), decoded.bytes);
            self.unlisted.push(UnlistedLog { source, file, key, bytes });
            return;
        }
        let (outcome, of_day) = count(&mut self.coverage, &chunk.log_file, &chunk.key, &mut decoded);
        let source = &mut self.sources[chunk.source];
        source.files += 1;
        source.read += u64::from(outcome == FileOutcome::Read);
        if matches!(outcome, FileOutcome::Skipped(_)) {
            return;
        }
        self.day(&chunk.key, slot).add(of_day);
        decoded.assumptions.iter_mut().for_each(|event| self.texts.share(event));
        make_room(&mut self.events, decoded.assumptions.len());
        self.events.append(&mut decoded.assumptions);
        self.calls.append(&mut decoded.calls);
        self.sessions.add(&mut decoded);
        self.written.add(&place, &chunk.key, &mut decoded);
        self.noted.add(place, &chunk.key, &decoded);
    }

    fn day(&mut self, key: &LogKey, slot: Option<usize>) -> &mut DayTally {
        match slot {
            Some(slot) => &mut self.days[slot],
            None => self.coverage.days.entry(day_of(key)).or_default(),
        }
    }

    /// Puts the days that have slots beside the others.
    fn settle_days(&mut self, keys: Vec<DayKey>) {
        for (key, day) in keys.into_iter().zip(std::mem::take(&mut self.days)) {
            // A digest by its content counts for no day.
            if day != DayTally::default() {
                self.coverage.days.entry(key).or_default().add(day);
            }
        }
    }

    /// Counts what no digest lists, and what digests say besides.
    fn settle_unlisted(&mut self, judge: &dyn ArchiveJudge) {
        for log in std::mem::take(&mut self.unlisted) {
            log.count(log.fate(judge), &mut self.coverage);
            self.sources[log.source].files += 1;
        }
        self.coverage.take_digests(judge.rest());
    }

    fn skip(&mut self, source: usize, name: &Arc<str>, skip: Skip) {
        self.coverage.skip(name, skip);
        self.sources[source].files += 1;
    }

    fn fail(&mut self, source: usize, file: &Arc<str>, reason: String, forbidden: bool) {
        self.coverage.fail(file, reason);
        self.sources[source].files += 1;
        self.sources[source].forbidden += u64::from(forbidden);
    }

    fn merge(&mut self, mut other: Self) {
        take_over(&mut self.events, std::mem::take(&mut other.events));
        take_over(&mut self.calls, std::mem::take(&mut other.calls));
        self.sessions.merge(other.sessions);
        self.noted.merge(other.noted);
        self.written.merge(other.written);
        self.unlisted.extend(other.unlisted);
        self.coverage.merge(other.coverage);
        for (mine, more) in self.days.iter_mut().zip(other.days) {
            mine.add(more);
        }
        for (mine, more) in self.sources.iter_mut().zip(other.sources) {
            mine.add(more);
        }
    }

    fn finish(mut self, specs: &[SourceSpec], remotes: &[Remote]) -> Ingested {
        let (mut forbidden, mut quiet) = (Vec::new(), Vec::new());
        for (at, (spec, tally)) in specs.iter().zip(&self.sources).enumerate() {
            // A store brings its own account.
            if matches!(spec, SourceSpec::Store(_)) {
                continue;
            }
            let remote = remotes.iter().find(|remote| remote.source == at);
            let window = remote.map_or(self.window, |remote| remote.window);
            let source = SourceCoverage::new(spec.label(), tally.files, spec.is_paged(), window, self.late_days);
            self.coverage.is_named |= match spec {
                SourceSpec::Path(path) => !path.is_dir(),
                SourceSpec::Stdin => true,
                SourceSpec::Remote(_) | SourceSpec::Store(_) => spec.is_paged(),
            };
            if let Some(line) = source.no_log_file(spec.is_listed_by_day()) {
                // One that has log files of other days is as good as one whose log files are skipped by their time.
                if remote.is_some_and(|remote| remote.inbox.has_days()) {
                    quiet.push(line);
                } else {
                    self.coverage.incomplete.insert(line);
                }
            }
            if tally.is_forbidden() {
                forbidden.push(source.source.clone());
            }
            self.coverage.sources.push(source);
        }
        for before in remotes.iter().flat_map(|remote| remote.inbox.before()) {
            before.days.iter().for_each(|key| self.coverage.know(day_of(key)));
        }
        if self.coverage.is_unread() {
            self.coverage.incomplete.extend(quiet);
        }
        self.coverage.failed.sort_unstable();
        self.coverage.find_gaps();
        let advice = in_order(remotes.iter().map(|remote| remote.inbox.advice()));
        Ingested {
            events: self.events,
            calls: self.calls,
            sessions: self.sessions,
            coverage: self.coverage,
            forbidden,
            advice,
        }
    }
}

/// Puts all of `from` beside what is in `into`, in no order. Each may have millions, so few are there twice at any time.
fn take_over<T>(into: &mut Vec<T>, mut from: Vec<T>) {
    if into.len() < from.len() {
        std::mem::swap(into, &mut from);
    }
    while !from.is_empty() {
        let rest = from.len().saturating_sub(part_of(into.len()));
        make_room(into, from.len() - rest);
        into.extend(from.drain(rest..));
        from.shrink_to(rest);
    }
}

/// Makes room for `more`, and for little besides: of what may be millions, twice as many would be half of all memory.
fn make_room<T>(into: &mut Vec<T>, more: usize) {
    if into.capacity() - into.len() < more {
        into.reserve_exact(more.max(part_of(into.len())));
    }
}

/// A part of so many, large enough that whoever cannot grow in place does not move everything each time.
fn part_of(many: usize) -> usize {
    (many / 16).max(1 << 9)
}
