//! Extracts among the sources of a sync. Their rows are put together when all of them are here, and only then is it known what
//! became of the log files that they are of.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::item::{FileFate, SyncItem, WorkerNews};
use crate::audit::aside::file::AsideError;
use crate::audit::aside::writer::EventRoom;
use crate::decode::Decoded;
use crate::decode::extract::TakeRows;
use crate::decode::record::principals::{PrincipalHash, PrincipalNotes, hash};
use crate::domain::log_key::LogKey;
use crate::domain::tally::Skip;
use crate::ingest::fold::{FoldedFate, FoldedFile, FoundBeside, GatheredRows, NOT_EXTRACTED};
use crate::ingest::fold_parts::{AllRows, FoldFailure};
use crate::ingest::held_files::{HeldFile, may_be_extract, settle};
use crate::ingest::kept_events::rooms;
use crate::ingest::options::{IngestOptions, WantedCalls};
use crate::ingest::row_keeper::RowKeeper;
use crate::ingest::work_list::ToldFiles;
use crate::source::known::{ObjectVersion, Resume, SourcePast};
use crate::source::{SourceSpec, Unlisted};

/// What a listing found besides files to read. Of a source of extracts it means nothing.
pub(super) struct HeldListing {
    pub(super) source: usize,
    pub(super) skipped: Vec<(Arc<str>, Skip)>,
    pub(super) gone: Vec<ObjectVersion>,
}

/// What extracts say about themselves.
#[derive(Debug, Default)]
pub(super) struct ExtractsEnd {
    /// What they lack of what is asked for.
    pub(super) lack: Option<String>,
    /// Why their rows could not be put aside, or read back.
    pub(super) failure: Option<AsideError>,
    /// The sources that have some, by their numbers.
    pub(super) sources: BTreeSet<usize>,
    /// Those whose end is cut off.
    pub(super) cut_off: BTreeSet<Arc<str>>,
}

/// A file of which only all others tell what it is.
struct HeldItem {
    source: usize,
    version: ObjectVersion,
    key: LogKey,
    decoded: Box<Decoded>,
}

impl HeldFile for HeldItem {
    fn source(&self) -> usize {
        self.source
    }

    fn decoded(&self) -> &Decoded {
        &self.decoded
    }
}

impl From<FoldFailure> for ExtractsEnd {
    fn from(failure: FoldFailure) -> Self {
        match failure {
            FoldFailure::Lack(lack) => Self { lack: Some(lack), ..Self::default() },
            FoldFailure::Aside(failure) => Self { failure: Some(failure), ..Self::default() },
        }
    }
}

/// The rows of extracts, as workers find them.
pub(super) struct SyncExtracts {
    /// What workers kept that have ended.
    rows: RowKeeper,
    /// Where rows go that are too many for memory.
    room: Option<EventRoom>,
    /// How the sources are called.
    labels: Vec<String>,
    held: Mutex<Vec<HeldItem>>,
    /// The sources that have log files themselves.
    of_logs: Mutex<BTreeSet<usize>>,
    /// Log files that failed before and that no object of their source is. Of a source of extracts it means nothing.
    gone: Mutex<Vec<(usize, ObjectVersion)>>,
}

impl SyncExtracts {
    /// Those of these sources; none yet.
    pub(super) fn of(specs: &[SourceSpec], options: &IngestOptions) -> Self {
        let (_, room) = rooms(options);
        Self {
            rows: RowKeeper::new(room.as_ref(), true),
            room,
            labels: specs.iter().map(SourceSpec::label).collect(),
            held: Mutex::default(),
            of_logs: Mutex::default(),
            gone: Mutex::default(),
        }
    }

    /// The rows that one worker finds.
    pub(super) fn of_worker(&self) -> WorkerExtracts<'_> {
        WorkerExtracts { rows: RowKeeper::new(self.room.as_ref(), true), all: self }
    }

    /// Tells files that are what is left of extracts from log files, which it gives.
    fn settle_held(&self, rows: &mut GatheredRows, resume: &Resume, options: &IngestOptions) -> Vec<WorkerNews> {
        let of_logs = locked(&self.of_logs);
        let past = |source: &usize| resume.sources.get(source);
        let holds = |source: &usize| past(source).is_some_and(|past| past.known.holds_extracts());
        // Whoever lists what was to be extracted knows that an archive without a log file has an extract without a row.
        let has_logs =
            |source: &usize| of_logs.contains(source) || past(source).is_some_and(|past| !past.known.is_new());
        let is_listed = |source: &usize| options.work_list.is_some() && !has_logs(source);
        let others = (0..self.labels.len()).filter(|source| holds(source) || is_listed(source)).collect();
        let held = std::mem::take(&mut *locked(&self.held));
        let rest = settle(held, rows, &others).into_iter();
        rest.map(|held| item(held.source, held.version, held.key, FileFate::Decoded(held.decoded))).collect()
    }

    /// The log files of the work list that nobody extracted, and that were not read themselves, now or by a sync before.
    fn missing(&self, told: Option<ToldFiles>, resume: &Resume, options: &IngestOptions) -> BTreeMap<Arc<str>, usize> {
        let missing = options.work_list.as_ref().zip(told).map(|(list, told)| list.missing(&told));
        let mut missing = missing.unwrap_or_default();
        missing.retain(|log_file, _| {
            let of_source = |(source, past): (&usize, &SourcePast)| {
                let below = log_file.strip_prefix(&*self.labels[*source]).map(|name| name.trim_start_matches('/'));
                let names = [Some(&**log_file), below];
                let names: Vec<&str> = names.into_iter().flatten().collect();
                let read = past.known.read(&names);
                names.iter().any(|name| read.contains_key(*name))
            };
            !resume.sources.iter().any(of_source)
        });
        missing
    }

    /// What extracts are asked for, calls among it if there are to be some. Where some were read before, there need be none now.
    fn asked(&self, resume: &Resume, options: &IngestOptions, with_calls: bool) -> IngestOptions {
        let held = |source| resume.sources.get(&source).is_some_and(|past| past.known.holds_extracts());
        let calls = if with_calls { WantedCalls::SessionAndWrites } else { WantedCalls::None };
        let archive = options.archive.clone().filter(|_| !(0..self.labels.len()).any(held));
        IngestOptions { calls, archive, ..options.clone() }
    }

    /// Tells what became of the log files of extracts, and of what else was listed. `with_calls` says that calls are asked for,
    /// too.
    pub(super) fn settle(
        self,
        held: Vec<HeldListing>,
        resume: &Resume,
        options: &IngestOptions,
        with_calls: bool,
        out: &SyncSender<WorkerNews>,
    ) -> ExtractsEnd {
        let mut kept = self.rows.finish();
        let mut news = self.settle_held(&mut kept.rows, resume, options);
        let asked = self.asked(resume, options, with_calls);
        if let Some(lack) = kept.rows.lack(&asked, false) {
            return FoldFailure::Lack(lack).into();
        }
        let (sources, cut_off, told) = (kept.rows.sources.clone(), kept.rows.cut_off.clone(), kept.told.take());
        let missing = self.missing(told, resume, options);
        let missing = if sources.is_empty() { BTreeMap::new() } else { missing };
        // Nobody takes news any more where sending fails.
        let send = |news: Vec<WorkerNews>| news.into_iter().try_for_each(|news| out.send(news).ok());
        // Nothing is sent before all rows were looked at.
        let lack = |rows: &GatheredRows| rows.lack_of_calls(&asked).or_else(|| rows.lack_of_issuers(&options.issuers));
        let folded = AllRows::of(kept).map_err(FoldFailure::from).and_then(|rows| {
            if let Some(lack) = rows.lack(lack)? {
                return Err(FoldFailure::Lack(lack));
            }
            rows.fold_each(options, missing, false, BTreeSet::new, |names: &mut BTreeSet<Arc<str>>, rows, missing| {
                let folded = rows.fold(options, missing);
                names.extend(folded.iter().map(|file| Arc::clone(&file.log_file)));
                let _ = send(news_of(folded, resume));
                Ok(())
            })
        });
        let names: BTreeSet<Arc<str>> = match folded {
            Ok(names) => names.into_iter().flatten().collect(),
            Err(failure) => return failure.into(),
        };
        news.extend(self.news_of_others(held, resume, options, &sources, &names));
        let _ = send(news);
        ExtractsEnd { lack: None, failure: None, sources, cut_off }
    }

    /// What is told of what was listed, or known before, and is no log file of an extract. Those of extracts have these `names`.
    fn news_of_others(
        self,
        held: Vec<HeldListing>,
        resume: &Resume,
        options: &IngestOptions,
        sources: &BTreeSet<usize>,
        names: &BTreeSet<Arc<str>>,
    ) -> Vec<WorkerNews> {
        let mut news = Vec::new();
        for (&source, past) in &resume.sources {
            if sources.contains(&source) || past.known.holds_extracts() {
                let failed = past.known.failed().into_iter();
                let left = failed.filter(|version| is_stateless(version) && !names.contains(&version.name));
                news.extend(left.filter_map(|version| news_of_left(source, version, options)));
            }
        }
        for HeldListing { source, skipped, gone } in held {
            let is_of_extracts = sources.contains(&source);
            let held_extracts = resume.sources.get(&source).is_some_and(|past| past.known.holds_extracts());
            for (name, skip) in skipped.into_iter().filter(|_| !is_of_extracts) {
                let version = ObjectVersion { name, size: 0, tag: "".into() };
                let what = FileFate::Skipped(skip);
                news.push(WorkerNews::Item(SyncItem { source, version, key: LogKey::default(), what }));
            }
            let gone = gone.into_iter().filter(|gone| !is_of_extracts || !names.contains(&gone.name));
            let gone = gone.filter(|gone| !(is_of_extracts || held_extracts) || !is_stateless(gone));
            news.extend(gone.map(|version| news_of_gone(source, version)));
        }
        let gone = self.gone.into_inner().unwrap_or_else(PoisonError::into_inner);
        let gone = gone.into_iter().filter(|(source, _)| !sources.contains(source));
        news.extend(gone.map(|(source, version)| news_of_gone(source, version)));
        news
    }
}

/// The rows that one worker finds.
pub(super) struct WorkerExtracts<'a> {
    rows: RowKeeper,
    all: &'a SyncExtracts,
}

impl WorkerExtracts<'_> {
    /// Whoever takes rows of a large extract before it is read to its end.
    pub(super) fn taker(&self) -> TakeRows {
        self.rows.taker()
    }

    /// Says which source is read next.
    pub(super) fn read_source(&self, source: usize) {
        self.rows.read_source(source);
    }

    /// Takes what is an extract, and what can only be judged once all of them are here; gives back all else.
    pub(super) fn take(&self, news: WorkerNews) -> Option<WorkerNews> {
        let (source, version, key, mut decoded) = match news {
            WorkerNews::Item(SyncItem { source, version, what: FileFate::Gone, .. }) => {
                locked(&self.all.gone).push((source, version));
                return None;
            }
            WorkerNews::Item(SyncItem { source, version, key, what: FileFate::Decoded(decoded) }) => {
                (source, version, key, decoded)
            }
            news => {
                self.meet(&news);
                return Some(news);
            }
        };
        if may_be_extract(&key, &decoded) {
            locked(&self.all.held).push(HeldItem { source, version, key, decoded });
            return None;
        }
        if decoded.is_damaged_extract {
            self.rows.hold(source);
        }
        let Some(rows) = decoded.extract.take() else {
            locked(&self.all.of_logs).insert(source);
            self.rows.meet(&self.all.labels[source], &decoded.log_file);
            let what = FileFate::Decoded(decoded);
            return Some(WorkerNews::Item(SyncItem { source, version, key, what }));
        };
        self.rows.take(source, &decoded.log_file, *rows);
        None
    }

    /// Notes a log file that lies beside extracts.
    fn meet(&self, news: &WorkerNews) {
        let (source, name) = match news {
            WorkerNews::Item(SyncItem { source, version, .. }) => (*source, &version.name),
            WorkerNews::Unlisted(source, _, unlisted) => (*source, &unlisted.file),
            _ => return,
        };
        locked(&self.all.of_logs).insert(source);
        self.rows.meet(&self.all.labels[source], name);
    }

    /// Gives what was found to all others.
    pub(super) fn end(self) {
        self.all.rows.merge(&self.rows);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether nothing is known of its state: nobody had it.
fn is_stateless(version: &ObjectVersion) -> bool {
    version.size == 0 && version.tag.is_empty()
}

/// What nobody had before, and nobody speaks of now, stays a failed file.
fn news_of_left(source: usize, version: ObjectVersion, options: &IngestOptions) -> Option<WorkerNews> {
    let key = LogKey::parse(&version.name);
    if key.reason_to_skip(&options.window, options.late_days).is_some() {
        return None;
    }
    let unlisted = Unlisted { file: Arc::clone(&version.name), reason: NOT_EXTRACTED.to_owned(), forbidden: false };
    Some(item(source, version, key, FileFate::Failed(unlisted)))
}

fn news_of_gone(source: usize, version: ObjectVersion) -> WorkerNews {
    let key = LogKey::parse(&version.name);
    item(source, version, key, FileFate::Gone)
}

/// What became of each log file, and how many were known as they are.
fn news_of(folded: Vec<FoldedFile>, resume: &Resume) -> Vec<WorkerNews> {
    let mut of_sources: BTreeMap<usize, Vec<FoldedFile>> = BTreeMap::new();
    for file in folded {
        of_sources.entry(file.source).or_default().push(file);
    }
    let mut news = Vec::new();
    for (source, files) in of_sources {
        let files = one_of_each_name(files);
        let names: Vec<&str> = files.iter().map(|file| &*file.log_file).collect();
        let read = resume.sources.get(&source).map(|past| past.known.read(&names)).unwrap_or_default();
        let mut unchanged = 0;
        for FoldedFile { log_file, key, etag, size, fate, .. } in files {
            let version = ObjectVersion {
                name: Arc::clone(&log_file),
                size: size.unwrap_or_default(),
                tag: etag.unwrap_or_default(),
            };
            let unlisted = |reason| Unlisted { file: log_file, reason, forbidden: false };
            news.push(match fate {
                // What was read before, for another window, stands.
                FoldedFate::Decoded(..) | FoldedFate::Skipped(Skip::Window) if version.is_in(&read) => {
                    unchanged += 1;
                    continue;
                }
                FoldedFate::Decoded(mut decoded, beside) => {
                    note_beside(&mut decoded.notes, &beside);
                    item(source, version, key, FileFate::Decoded(decoded))
                }
                FoldedFate::Failed(reason) => item(source, version, key, FileFate::Failed(unlisted(reason))),
                FoldedFate::Unlisted(reason) => WorkerNews::Unlisted(source, LogKey::default(), unlisted(reason)),
                FoldedFate::Skipped(Skip::Window) | FoldedFate::Known => WorkerNews::OutsideWindow(source, key),
                FoldedFate::Skipped(skip) => item(source, version, key, FileFate::Skipped(skip)),
            });
        }
        news.push(WorkerNews::Unchanged(source, unchanged));
    }
    news
}

/// Notes whose calls an extract has beside those of the issuers that are asked for, as whoever reads its log file for these does.
fn note_beside(notes: &mut PrincipalNotes, FoundBeside { calls, .. }: &FoundBeside) {
    let Some(unkept) = notes.unkept.as_ref().filter(|_| !calls.is_empty()) else { return };
    let principals = calls.iter().filter_map(|call| call.caller.principal_id.as_deref());
    let mut all: Vec<PrincipalHash> = principals.map(|principal| hash(principal.as_bytes())).collect();
    all.extend(unkept);
    all.sort_unstable();
    all.dedup();
    notes.unkept = Some(all.into());
}

/// The same without two log files of one name, as a scan may have them, and a source of a store may not. Which of them would
/// stand there nobody said, so that the name fails. They come in the order of names.
fn one_of_each_name(files: Vec<FoldedFile>) -> Vec<FoldedFile> {
    let mut found: Vec<FoldedFile> = Vec::with_capacity(files.len());
    for file in files {
        let same = found.last_mut().filter(|last| last.log_file == file.log_file && last.of_source != file.of_source);
        let Some(last) = same else {
            found.push(file);
            continue;
        };
        let (one, other) = (&last.of_source, &file.of_source);
        let reason = format!(
            "{one} and {other} have a log file of this name each: sync the extracts of one archive as a source by themselves"
        );
        (last.fate, last.etag, last.size) = (FoldedFate::Failed(reason), None, None);
    }
    found
}

fn item(source: usize, version: ObjectVersion, key: LogKey, what: FileFate) -> WorkerNews {
    WorkerNews::Item(SyncItem { source, version, key, what })
}
