//! From sources to events and coverage, in memory.
//!
//! Each worker of the [`pool`](super::pool) keeps its own counts. What the workers found is put into its total order afterwards, so the
//! result is the same for any number of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::audit::activity::put_aside::CallRoom;
use crate::audit::coverage::{Coverage, DayKey, DayTally, FileOutcome, SourceCoverage, SourceTally};
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
use crate::source::known::ObjectVersion;
use crate::source::place::FolderHandle;
use crate::source::remote::Remote;
use crate::source::{Chunk, Delivery, Listing, SourceSpec, Unlisted, directory, named};
#[cfg(feature = "store")]
use crate::store::read::WindowContents;

use super::counts::{count, day_of};
use super::day_slots::DaySlots;
use super::extract_writer::ExtractWriter;
use super::first_reading::{decoder, stdin_listing};
use super::fold::{FoldedFate, FoldedFile, GatheredRows};
use super::options::IngestOptions;
use super::outside_writes::WrittenFiles;
use super::pool::{Pool, PoolTask};
use super::room::{make_room, take_over};
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
    /// What extracts among the sources lack of what is asked for, so that there is no answer.
    pub lack: Option<String>,
    /// Extracts whose end is cut off.
    pub cut_off: BTreeSet<Arc<str>>,
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
    ingest_or_extract(specs, remotes, options, progress, None)
}

/// The same; where an `extract` is written, all events go there.
pub(super) fn ingest_or_extract(
    specs: &[SourceSpec],
    remotes: &[Remote],
    options: &IngestOptions,
    progress: &Progress,
    extract: Option<ExtractWriter>,
) -> Ingested {
    let room = room_of_each(options);
    let mut gathered = WorkerResult::new(specs, options, &room, extract);
    let chunks = list_local(specs, options, progress, &mut gathered);
    let days = DaySlots::of(&chunks);
    gathered.days.resize(days.keys.len(), DayTally::default());
    // One tree has each name once; with several sources, copies may be told apart by their text alone.
    let mut writer = gathered.extract.take();
    writer.iter_mut().for_each(ExtractWriter::hand_on);
    let results = Pool::new(&chunks, remotes, options.threads, progress).run(|pieces| {
        let mut gathered = WorkerResult::new(specs, options, &room, writer.as_ref().map(ExtractWriter::beside));
        gathered.days.resize(days.keys.len(), DayTally::default());
        let (mut decoder, mut nearby) = (decoder(options, gathered.extract.is_some()), FolderHandle::default());
        for piece in pieces {
            if gathered.extract.as_ref().is_some_and(ExtractWriter::is_over) {
                break;
            }
            match piece {
                PoolTask::Local(at, chunk) => {
                    let content = chunk.decode(&mut decoder, &mut nearby);
                    let place = NotedPlace::Local(at);
                    let found = gathered.take_or_fail(chunk, Some(days.slots[at]), content, place);
                    progress.finish_file(chunk.size(), found);
                }
                PoolTask::Fetched(remote, delivery) => {
                    if let (Some(judge), Some((name, key))) = (&options.judge, delivery.met()) {
                        judge.meet(remote.source, name, key);
                    }
                    gathered.receive(remote, delivery, &mut decoder, progress);
                }
            }
        }
        gathered.extract.take().iter_mut().for_each(ExtractWriter::hand_on);
        gathered
    });
    let is_extract = writer.take().is_some();
    for result in results {
        gathered.merge(result);
    }
    gathered.settle_days(days.keys);
    if let Some(lack) = gathered.settle(options, is_extract) {
        return Ingested { lack: Some(lack), ..Ingested::default() };
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
                let listed =
                    gathered.take_listing(source, directory::list(path, source, &options.exclude, progress), options);
                // A tree may have millions of files, and most often there is one tree: nothing is moved then.
                if chunks.is_empty() { chunks = listed } else { chunks.extend(listed) }
            }
            SourceSpec::Files(files) => {
                chunks.extend(gathered.take_listing(source, named::list(files, source), options));
            }
            SourceSpec::Stdin => {
                let again = options.calls.parameters_of_sessions().is_some();
                chunks.extend(gathered.take_listing(source, stdin_listing(source, again), options));
            }
            SourceSpec::Remote(_) | SourceSpec::Store(_) => {}
        }
    }
    chunks
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
    /// Where events go, where none are kept.
    extract: Option<ExtractWriter>,
    /// The days of [`DaySlots`], by their slots.
    days: Vec<DayTally>,
    sources: Vec<SourceTally>,
    /// Files of each source that its listing skips, since they are no log files.
    special: Vec<u64>,
    extracts: GatheredRows,
    window: Window,
    late_days: u32,
}

impl WorkerResult {
    fn new(specs: &[SourceSpec], options: &IngestOptions, room: &CallRoom, extract: Option<ExtractWriter>) -> Self {
        Self {
            events: Vec::new(),
            texts: SharedTexts::default(),
            calls: Vec::new(),
            sessions: SessionCalls::new(options.calls, room.clone()),
            noted: NotedFiles::default(),
            written: WrittenFiles::default(),
            unlisted: Vec::new(),
            coverage: Coverage { window: options.window, late_days: options.late_days, ..Coverage::default() },
            extract,
            days: Vec::new(),
            sources: vec![SourceTally::default(); specs.len()],
            special: vec![0; specs.len()],
            extracts: GatheredRows::default(),
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
            self.fail_to_fetch(source, None, unlisted);
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
            Delivery::Failed { key, unlisted, version } => {
                self.coverage.days.entry(day_of(&key)).or_default().files += 1;
                self.fail_to_fetch(source, version.as_ref(), unlisted);
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
                if let Some(extract) = &mut self.extract {
                    extract.unopened(chunk, &unlisted.reason);
                }
                self.fail(chunk.source, &chunk.log_file, unlisted.reason, unlisted.forbidden);
                0
            }
        }
    }

    fn take(&mut self, chunk: &Chunk, slot: Option<usize>, mut decoded: Decoded, place: NotedPlace) {
        if let Some(rows) = decoded.extract.take() {
            self.extracts.take(chunk.source, &chunk.log_file, *rows, &mut self.texts);
            return;
        }
        if decoded.ended == FileEnd::Unlisted {
            let (source, file, key, bytes) =
                (chunk.source, Arc::clone(&chunk.log_file), chunk.key.clone(), decoded.bytes);
            self.unlisted.push(UnlistedLog { source, file, key, bytes });
            return;
        }
        if let Some(extract) = &mut self.extract {
            extract.decoded(chunk, &mut decoded);
        }
        decoded.assumptions.iter_mut().for_each(|event| self.texts.share(event));
        if !self.take_counted(chunk.source, &chunk.key, slot, &mut decoded) {
            return;
        }
        self.calls.append(&mut decoded.calls);
        self.sessions.add(&mut decoded);
        self.written.add(&place, &chunk.key, &mut decoded);
        self.noted.add(place, &chunk.key, &decoded);
    }

    /// Counts a log file and keeps its events: false where it is none.
    fn take_counted(&mut self, source: usize, key: &LogKey, slot: Option<usize>, decoded: &mut Decoded) -> bool {
        let log_file = Arc::clone(&decoded.log_file);
        let (outcome, of_day) = count(&mut self.coverage, &log_file, key, decoded);
        self.special[source] += u64::from(outcome == FileOutcome::Skipped(Skip::Special));
        let source = &mut self.sources[source];
        source.files += 1;
        source.read += u64::from(outcome == FileOutcome::Read);
        if matches!(outcome, FileOutcome::Skipped(_)) {
            return false;
        }
        self.day(key, slot).add(of_day);
        make_room(&mut self.events, decoded.assumptions.len());
        self.events.append(&mut decoded.assumptions);
        true
    }

    /// Counts what is only known when everything was read: what extracts lack of what is asked for, if anything.
    fn settle(&mut self, options: &IngestOptions, is_extract: bool) -> Option<String> {
        if let Some(judge) = &options.judge {
            self.settle_unlisted(&**judge);
        }
        let lack = self.extracts.lack(options, is_extract);
        if lack.is_none() {
            self.fold(options);
        }
        lack
    }

    /// Puts the extracts together, and counts the log files that they are of in the place of their own.
    fn fold(&mut self, options: &IngestOptions) {
        let extracts = std::mem::take(&mut self.extracts);
        if extracts.is_empty() {
            return;
        }
        for source in &extracts.sources {
            // What engines leave beside what they write is no part of the archive.
            let special = std::mem::take(&mut self.special[*source]);
            self.coverage.files.total -= special;
            self.coverage.files.skipped_special -= special;
            self.sources[*source].files -= special;
        }
        self.extracts.sources.clone_from(&extracts.sources);
        self.extracts.cut_off.clone_from(&extracts.cut_off);
        for FoldedFile { source, log_file, key, fate, .. } in extracts.fold(options) {
            match fate {
                FoldedFate::Decoded(mut decoded) => drop(self.take_counted(source, &key, None, &mut decoded)),
                FoldedFate::Failed(reason) => {
                    self.day(&key, None).files += 1;
                    self.fail(source, &log_file, reason, false);
                }
                FoldedFate::Unlisted(reason) => self.fail(source, &log_file, reason, false),
                FoldedFate::Skipped(skip) => {
                    if skip == Skip::Window {
                        self.coverage.know(day_of(&key));
                    }
                    self.skip(source, &log_file, skip);
                }
            }
        }
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
        if let Some(extract) = &mut self.extract {
            extract.skipped(source, name, skip);
        }
        self.coverage.skip(name, skip);
        self.sources[source].files += 1;
        self.special[source] += u64::from(skip == Skip::Special);
    }

    fn fail_to_fetch(&mut self, source: usize, version: Option<&ObjectVersion>, unlisted: Unlisted) {
        if let Some(extract) = &mut self.extract {
            extract.failed(source, &unlisted.file, version, &unlisted.reason);
        }
        self.fail(source, &unlisted.file, unlisted.reason, unlisted.forbidden);
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
        self.extracts.merge(other.extracts);
        for (mine, more) in self.special.iter_mut().zip(other.special) {
            *mine += more;
        }
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
            // An extract is of an archive, whatever it was named as.
            self.coverage.is_named |= match spec {
                _ if self.extracts.sources.contains(&at) => false,
                SourceSpec::Path(path) => !path.is_dir(),
                SourceSpec::Stdin => true,
                SourceSpec::Files(_) | SourceSpec::Remote(_) | SourceSpec::Store(_) => spec.is_paged(),
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
            lack: None,
            cut_off: self.extracts.cut_off,
        }
    }
}
