//! What one worker of a scan has so far, and what all of them have in the end.

use std::collections::BTreeSet;
use std::mem::take;
use std::sync::Arc;

use crate::audit::activity::put_aside::CallRoom;
use crate::audit::aside::writer::EventRoom;
use crate::audit::coverage::{Coverage, DayKey, DayTally, FileOutcome, SourceCoverage, SourceTally};
use crate::decode::{Decoded, Decoder, FileEnd};
use crate::domain::archive_judge::ArchiveJudge;
use crate::domain::call::Call;
use crate::domain::log_key::LogKey;
use crate::domain::session_call::SessionCall;
use crate::domain::shared::SharedTexts;
use crate::domain::tally::Skip;
use crate::domain::trouble::in_order;
use crate::domain::window::Window;
use crate::progress::Progress;
use crate::source::known::ObjectVersion;
use crate::source::remote::Remote;
use crate::source::{Chunk, Delivery, Listing, SourceSpec, Unlisted};

use super::counts::{count, day_of};
use super::extract_past::ExtractPast;
use super::extract_writer::ExtractWriter;
use super::fold::{FoldedFate, FoldedFile, FoundBeside, GatheredRows};
use super::fold_parts::{FoldFailure, fold_parts};
use super::held_files::{HeldFile, may_be_extract, settle};
use super::ingested::Ingested;
use super::kept_events::{AllEvents, KeptEvents};
use super::noted::{NotedFiles, NotedPlace};
use super::options::IngestOptions;
use super::outside_writes::WrittenFiles;
use super::room::take_over;
use super::row_keeper::RowKeeper;
use super::second_pass::SessionCalls;
use super::unlisted::UnlistedLog;

/// How much may lie in memory.
pub(super) struct WorkerRoom {
    pub(super) calls: CallRoom,
    pub(super) events: Option<EventRoom>,
    pub(super) rows: Option<EventRoom>,
}

/// A file of which only all others tell what it is.
struct HeldLog {
    source: usize,
    key: LogKey,
    place: NotedPlace,
    decoded: Decoded,
}

impl HeldFile for HeldLog {
    fn source(&self) -> usize {
        self.source
    }

    fn decoded(&self) -> &Decoded {
        &self.decoded
    }
}

/// What one worker has so far.
pub(super) struct WorkerResult {
    events: KeptEvents,
    texts: SharedTexts,
    calls: Vec<Call>,
    pub(super) sessions: SessionCalls,
    pub(super) noted: NotedFiles,
    pub(super) written: WrittenFiles,
    /// What no digest lists, where only what was verified counts.
    unlisted: Vec<UnlistedLog>,
    pub(super) coverage: Coverage,
    /// Where events go, where none are kept.
    pub(super) extract: Option<ExtractWriter>,
    /// The days of [`DaySlots`](super::day_slots::DaySlots), by their slots.
    pub(super) days: Vec<DayTally>,
    sources: Vec<SourceTally>,
    /// Files of each source that its listing skips, since they are no log files.
    special: Vec<u64>,
    pub(super) extracts: RowKeeper,
    /// Files of which only all others tell what they are.
    held: Vec<HeldLog>,
    /// How the sources are called, where somebody has a list of log files.
    labels: Option<Arc<[String]>>,
    /// Sources that have extracts, and the extracts whose end is cut off, once that is settled.
    of_extracts: BTreeSet<usize>,
    cut_off: BTreeSet<Arc<str>>,
    window: Window,
    late_days: u32,
}

impl WorkerResult {
    pub(super) fn new(
        specs: &[SourceSpec],
        options: &IngestOptions,
        room: &WorkerRoom,
        extract: Option<ExtractWriter>,
    ) -> Self {
        Self {
            events: KeptEvents::new(room.events.as_ref()),
            texts: SharedTexts::default(),
            calls: Vec::new(),
            sessions: SessionCalls::new(options, room.calls.clone()),
            noted: NotedFiles::default(),
            written: WrittenFiles::default(),
            unlisted: Vec::new(),
            coverage: options.coverage(),
            extract,
            days: Vec::new(),
            sources: vec![SourceTally::default(); specs.len()],
            special: vec![0; specs.len()],
            extracts: RowKeeper::new(room.rows.as_ref(), options.work_list.is_some()),
            held: Vec::new(),
            labels: options.work_list.as_ref().map(|_| specs.iter().map(SourceSpec::label).collect()),
            of_extracts: BTreeSet::new(),
            cut_off: BTreeSet::new(),
            window: options.window,
            late_days: options.late_days,
        }
    }

    /// Counts what is not opened, and gives the rest.
    pub(super) fn take_listing(&mut self, source: usize, listing: Listing, options: &IngestOptions) -> Vec<Chunk> {
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

    /// Counts what an extract has already.
    pub(super) fn take_past(&mut self, past: ExtractPast) {
        self.coverage.merge(past.coverage);
        for (mine, more) in self.sources.iter_mut().zip(past.sources) {
            mine.add(more);
        }
    }

    /// Takes what came over a network.
    pub(super) fn receive(&mut self, remote: &Remote, delivery: Delivery, decoder: &mut Decoder, progress: &Progress) {
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
    pub(super) fn take_or_fail(
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
            self.extracts.take(chunk.source, &chunk.log_file, *rows);
            return;
        }
        if self.extract.is_none() && may_be_extract(&chunk.key, &decoded) {
            let (source, key) = (chunk.source, chunk.key.clone());
            self.held.push(HeldLog { source, key, place, decoded });
            return;
        }
        if decoded.is_damaged_extract {
            self.extracts.hold(chunk.source);
        }
        self.meet(chunk.source, &chunk.log_file);
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
        if self.take_counted(chunk.source, &chunk.key, slot, &mut decoded) {
            self.calls.append(&mut decoded.calls);
            self.take_sessions(place, &chunk.key, decoded, Vec::new());
        }
    }

    /// Notes a log file that lies beside extracts, where somebody has a list of them.
    fn meet(&self, source: usize, log_file: &str) {
        if let Some(labels) = &self.labels {
            self.extracts.meet(&labels[source], log_file);
        }
    }

    /// Keeps the calls of sessions of a log file, and what tells whether it has more; calls `beside` them may turn out to be some.
    fn take_sessions(&mut self, place: NotedPlace, key: &LogKey, mut decoded: Decoded, beside: Vec<SessionCall>) {
        self.sessions.add(&mut decoded);
        self.written.add(&place, key, &mut decoded);
        self.noted.add(place, key, &decoded, beside);
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
        self.events.append(&mut decoded.assumptions);
        true
    }

    /// Counts what is only known when everything was read.
    pub(super) fn settle(
        &mut self,
        specs: &[SourceSpec],
        options: &IngestOptions,
        room: &WorkerRoom,
        is_extract: bool,
    ) -> Result<(), FoldFailure> {
        if let Some(judge) = &options.judge {
            self.settle_unlisted(&**judge);
        }
        let mut kept = self.extracts.finish();
        self.settle_held(&mut kept.rows, options);
        if let Some(lack) = kept.rows.lack(options, is_extract) {
            return Err(FoldFailure::Lack(lack));
        }
        if kept.rows.is_empty() {
            return Ok(());
        }
        for source in &kept.rows.sources {
            // What engines leave beside what they write is no part of the archive.
            let special = take(&mut self.special[*source]);
            self.coverage.files.total -= special;
            self.coverage.files.skipped_special -= special;
            self.sources[*source].files -= special;
        }
        self.of_extracts.clone_from(&kept.rows.sources);
        self.cut_off.clone_from(&kept.rows.cut_off);
        // Log files count in the place of the extracts that are of them.
        let new = || WorkerResult::new(specs, options, room, None);
        for result in fold_parts(kept, options, new, Self::take_folded)? {
            self.merge(result);
        }
        Ok(())
    }

    /// Tells files that are what is left of extracts from log files, which count.
    fn settle_held(&mut self, rows: &mut GatheredRows, options: &IngestOptions) {
        // Whoever lists what was to be extracted knows that an archive without a log file has an extract without a row.
        let has_others = |source: &usize| self.sources[*source].files > self.special[*source];
        let listed = (0..self.sources.len()).filter(|source| options.work_list.is_some() && !has_others(source));
        let listed = listed.collect();
        for HeldLog { source, key, place, mut decoded } in settle(take(&mut self.held), rows, &listed) {
            if self.take_counted(source, &key, None, &mut decoded) {
                self.take_sessions(place, &key, decoded, Vec::new());
            }
        }
    }

    /// Counts a log file that others read.
    fn take_folded(&mut self, FoldedFile { source, of_source, log_file, key, fate, .. }: FoldedFile) {
        match fate {
            FoldedFate::Decoded(mut decoded, FoundBeside { calls, stored }) => {
                // Who asks for calls is told which of them cannot be read.
                decoded.reject_unread_calls();
                if self.take_counted(source, &key, None, &mut decoded) {
                    self.events.append_stored(&log_file, &stored);
                    let place = NotedPlace::Extracted { source: of_source, log_file };
                    self.take_sessions(place, &key, *decoded, calls);
                }
            }
            FoldedFate::Failed(reason) => {
                self.day(&key, None).files += 1;
                self.fail(source, &log_file, reason, false);
            }
            FoldedFate::Unlisted(reason) => self.fail(source, &log_file, reason, false),
            FoldedFate::Known => self.coverage.know(day_of(&key)),
            FoldedFate::Skipped(skip) => {
                if skip == Skip::Window {
                    self.coverage.know(day_of(&key));
                }
                self.skip(source, &log_file, skip);
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
    pub(super) fn settle_days(&mut self, keys: Vec<DayKey>) {
        for (key, day) in keys.into_iter().zip(take(&mut self.days)) {
            // A digest by its content counts for no day.
            if day != DayTally::default() {
                self.coverage.days.entry(key).or_default().add(day);
            }
        }
    }

    /// Counts what no digest lists, and what digests say besides.
    fn settle_unlisted(&mut self, judge: &dyn ArchiveJudge) {
        for log in take(&mut self.unlisted) {
            log.count(log.fate(judge), &mut self.coverage);
            self.sources[log.source].files += 1;
        }
        self.coverage.take_digests(judge.rest());
    }

    fn skip(&mut self, source: usize, name: &Arc<str>, skip: Skip) {
        self.meet(source, name);
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
        self.meet(source, file);
        self.coverage.fail(file, reason);
        self.sources[source].files += 1;
        self.sources[source].forbidden += u64::from(forbidden);
    }

    pub(super) fn merge(&mut self, mut other: Self) {
        self.events.merge(other.events);
        take_over(&mut self.calls, take(&mut other.calls));
        self.sessions.merge(other.sessions);
        self.noted.merge(other.noted);
        self.written.merge(other.written);
        self.unlisted.extend(other.unlisted);
        self.extracts.merge(&other.extracts);
        self.held.append(&mut other.held);
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

    pub(super) fn finish(mut self, specs: &[SourceSpec], remotes: &[Remote]) -> Ingested {
        let (mut forbidden, mut quiet) = (Vec::new(), Vec::new());
        for (at, (spec, tally)) in specs.iter().zip(&self.sources).enumerate() {
            // A store brings its own account.
            if matches!(spec, SourceSpec::Store(_)) {
                continue;
            }
            let remote = remotes.iter().find(|remote| remote.source == at);
            let window = remote.map_or(self.window, |remote| remote.window);
            let mut source = SourceCoverage::new(spec.label(), tally.files, spec.is_paged(), window, self.late_days);
            source.scanned = remote.and_then(|remote| remote.inbox.scanned());
            // An extract is of an archive, whatever it was named as.
            self.coverage.is_named |= match spec {
                _ if self.of_extracts.contains(&at) => false,
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
        let (kept, failure) = match self.events.finish() {
            Ok(kept) => (kept, None),
            Err(failure) => (AllEvents::default(), Some(failure)),
        };
        Ingested {
            events: kept.events,
            aside: kept.aside,
            failure,
            calls: self.calls,
            sessions: self.sessions,
            coverage: self.coverage,
            forbidden,
            advice,
            lack: None,
            cut_off: self.cut_off,
        }
    }
}
