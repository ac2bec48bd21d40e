//! One pass over the sources, and what it would take.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::plan::{SourceMemory, SyncPlan};
use crate::cli::context::CommandContext;
use crate::cli::error::Error;
use crate::cli::hold::hold;
use crate::cli::output::writing::Writing;
use crate::cli::reading::dry_run::{output_of, write};
use crate::cli::reading::extracts::{refuse_lack, tell_cut_off};
use crate::cli::reading::words::counted;
use crate::cli::terminal::interrupt;
use crate::cli::terminal::progress::ProgressDisplay;
use crate::cli::terminal::talk::Level;
use crate::domain::timestamp::Timestamp;
use crate::domain::window::Window;
use crate::ingest::sync::{FileFate, SyncObserver, SyncStep, Synced, looked, sync};
use crate::platform::quoted;
use crate::progress::Progress;
use crate::report::row::work::schema;
use crate::source::LookedRange;
use crate::source::known::{NothingKnown, Resume};
use crate::source::remote::{self, Remote};
use crate::store::calls::kept::KeptCalls;
use crate::store::lock::lock_file;
use crate::store::parts::PartBegin;
use crate::store::write::StoredSource;
use crate::store::{Store, StoreError, StoreWriter};

/// Reads what is new into the store. `exclude` are files of our own that may lie among the sources.
pub(super) fn pass(
    plan: &SyncPlan<'_>,
    now: Timestamp,
    wait: bool,
    exclude: Vec<PathBuf>,
    context: &CommandContext<'_>,
) -> Result<Synced, Error> {
    let store = Store::create(&plan.store)?;
    let lock = hold(&plan.store, if plan.args.watch.is_some() { "sync --watch" } else { "sync" }, now, wait, context)?;
    // Not before: while another process is waited for, there is nothing to finish.
    let stop = interrupt::stop();
    let memories = remember(&store, plan)?;
    let starts: Vec<Option<Timestamp>> = memories.iter().map(|memory| memory.start).collect();
    let calls = plan.kept_calls(&store)?;
    let windows = plan.windows(now, &starts, calls)?;
    if let Some(text) = plan.about_windows(now, &starts) {
        context.talk.say(Level::Info, &text);
    }
    let resume = plan.resume(memories, &windows);
    let progress = Arc::new(Progress::default());
    let mut question = plan.question(resume.clone(), now, &progress);
    let mut options = plan.options(now, calls, own_files(&plan.store, exclude))?;
    options.archive = plan.archive(&question, calls)?;
    plan.judge(&mut options, &mut question, &windows, context)?;
    let opened = remote::open(&plan.sources, &question)?;
    context.tell(&opened.notes);
    // Not before: what cannot be reached leaves nothing in the store.
    let mut writer = begin(store, plan, &opened.remotes, &windows, options.late_days, now)?;
    let shown =
        context.ui.progress().map(|show| ProgressDisplay::start(show, Arc::clone(context.talk), Arc::clone(&progress)));
    let mut told = |step: SyncStep<'_>| tell(step, context);
    let outside = SyncObserver { progress: &progress, stop: stop.flag() };
    let mut synced = sync(&plan.sources, &opened.remotes, &resume, &options, outside, &mut writer, &mut told)?;
    drop(shown);
    refuse_unknown(&resume, &plan.store)?;
    refuse_lack(synced.lack.as_deref())?;
    synced.failure.take().map_or(Ok(()), Err)?;
    tell_cut_off(&synced.cut_off, options.work_list.is_some(), context);
    if !synced.interrupted {
        finish(&mut writer, &synced, &windows, now)?;
    }
    // Whoever closes a store last leaves it as one file.
    drop((opened, resume));
    writer.close()?.close()?;
    drop(lock);
    Ok(synced)
}

/// Ends where what is known of a source could not be read: nothing would be told from something new.
fn refuse_unknown(resume: &Resume, store: &Path) -> Result<(), Error> {
    let failure = resume.sources.values().find_map(|past| past.known.failure());
    failure.map_or(Ok(()), |failure| {
        let command = format!("tfctrail store check --store {}", quoted(store.as_os_str()));
        Err(Error::failure(failure).hint(format!("{command} says what is wrong with the store")))
    })
}

/// Remembers that the sources are being read, before anything of them is.
fn begin(
    store: Store,
    plan: &SyncPlan<'_>,
    remotes: &[Remote],
    windows: &[(Window, Option<Timestamp>)],
    late_days: u32,
    now: Timestamp,
) -> Result<StoreWriter, StoreError> {
    let calls = plan.kept_calls(&store)?;
    let mut writer = store.writer_with_calls(&plan.stored(), &plan.issuers, calls)?;
    for (source, looked) in looked(&plan.sources, remotes, late_days).into_iter().enumerate() {
        let remote = remotes.iter().find(|remote| remote.source == source);
        let first = remote.and_then(|remote| remote.inbox.first_day()).or(looked.first);
        let begin = PartBegin { wanted: windows[source].1, looked: LookedRange { first, ..looked } };
        writer.begin_sync(source, &begin, now)?;
    }
    writer.commit()?;
    writer.checkpoint()?;
    Ok(writer)
}

/// Remembers how far the sources have been read.
fn finish(
    writer: &mut StoreWriter,
    synced: &Synced,
    windows: &[(Window, Option<Timestamp>)],
    now: Timestamp,
) -> Result<(), StoreError> {
    for (source, (_, start)) in windows.iter().enumerate() {
        let looked = &synced.looked[source];
        writer.take_remarks(source, synced.remarks[source].iter().map(String::as_str), looked)?;
        writer.finish(source, *start, now, looked)?;
        writer.look_at(source, looked, now)?;
    }
    writer.commit()
}

/// The store and what belongs to it.
fn own_files(store: &Path, mut others: Vec<PathBuf>) -> Vec<PathBuf> {
    let beside = |end: &str| {
        let mut name = store.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    };
    others.extend(["", "-wal", "-shm", "-journal"].map(beside));
    others.push(lock_file(store));
    others
}

fn tell(step: SyncStep<'_>, context: &CommandContext<'_>) {
    if context.talk.style().least < Level::Debug {
        return;
    }
    let text = match step {
        SyncStep::Committed(items) => format!("{} in the store", counted(items, "log file")),
        SyncStep::Taken(item) => match &item.what {
            FileFate::Decoded(decoded) => {
                format!("read {}: {}", item.version.name, counted(decoded.assumptions.len(), "event"))
            }
            FileFate::Failed(unlisted) => format!("failed {}: {}", item.version.name, unlisted.reason),
            FileFate::Skipped(_) => format!("skipped {}", item.version.name),
            FileFate::Gone => format!("gone {}", item.version.name),
        },
    };
    context.talk.say(Level::Debug, &text);
}

/// What is remembered of each source.
fn remember(store: &Store, plan: &SyncPlan<'_>) -> Result<Vec<SourceMemory>, StoreError> {
    let calls = plan.kept_calls(store)?;
    let memory = |source: &StoredSource| {
        let start = store.wanted_of(&source.identity, &source.part)?;
        let calls = if source.kind.holds_calls() { calls } else { KeptCalls::None };
        let known = store.known_files_and_calls(&source.identity, &plan.issuers, calls)?;
        let known = if plan.evidence.is_some() { known.verifying() } else { known };
        Ok(SourceMemory { known: Arc::new(known), start })
    };
    plan.stored().iter().map(memory).collect()
}

/// `--dry-run`: writes a row for each prefix, and fetches nothing. The store stays as it is.
pub(super) fn estimate(plan: &SyncPlan<'_>, now: Timestamp, context: &CommandContext<'_>) -> Result<(), Error> {
    let output = output_of(&plan.args.output);
    let writing = Writing::open(&output, schema())?;
    let (memories, calls) = match Store::open_read(&plan.store) {
        Ok(store) => (remember(&store, plan)?, plan.kept_calls(&store)?),
        Err(StoreError::Missing(_)) => {
            let new = |_| SourceMemory { known: Arc::new(NothingKnown), start: None };
            (plan.sources.iter().map(new).collect(), plan.args.activity.map_or(KeptCalls::None, Into::into))
        }
        Err(error) => return Err(error.into()),
    };
    let starts: Vec<Option<Timestamp>> = memories.iter().map(|memory| memory.start).collect();
    if let Some(text) = plan.about_windows(now, &starts) {
        context.talk.say(Level::Info, &text);
    }
    let resume = plan.resume(memories, &plan.windows(now, &starts, calls)?);
    let (work, notes) = remote::estimate(&plan.sources, &plan.question(resume.clone(), now, &Arc::default()))?;
    refuse_unknown(&resume, &plan.store)?;
    context.tell(&notes);
    write(work, writing, context)
}
