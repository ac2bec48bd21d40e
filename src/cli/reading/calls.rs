//! Reads the calls of runs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::answer::{ScanResult, read_sessions};
use super::calls_of_store::{question, store_of_calls};
use super::scan::Scan;
use crate::audit::activity::call_filter::CallFilter;
use crate::audit::activity::calls_of_runs::{RunCalls, calls_of_runs};
use crate::audit::activity::grouped_runs::{GroupedRunCalls, grouped_calls_of_runs};
use crate::audit::activity::outside_write::outside_writes;
use crate::audit::activity::run_call::RunCall;
use crate::audit::activity::shown_run::{find, leading};
use crate::audit::coverage::Coverage;
use crate::audit::runs::of_window::deduplicate_for;
use crate::cli::args::grouping::GroupingArgs;
use crate::cli::context::CommandContext;
use crate::cli::error::Error;
use crate::cli::output::coverage_file::CoverageFile;
use crate::cli::terminal::talk::Level;
use crate::domain::assumption::Assumption;
use crate::domain::resource_write::ResourceWrite;
use crate::domain::tally::CallTally;
use crate::domain::window::Window;
use crate::ingest::options::WantedCalls;
use crate::ingest::second_pass::SessionCalls;
use crate::source::SourceSpec;
use crate::store::calls::read::StoredCalls;

/// A scan that asks for calls too. `command` is refused for sources that hold none.
pub fn scan_for_calls(command: &str, mut scan: Scan, wanted: WantedCalls) -> Result<Scan, Error> {
    // A store keeps the calls of runs alone.
    let is_of_runs = wanted.parameters_of_sessions().is_some();
    let is_store = |spec: &&SourceSpec| is_of_runs && matches!(spec, SourceSpec::Store(_));
    if let Some(store) = scan.sources.iter().find(is_store).filter(|_| scan.sources.len() > 1) {
        let message = format!("source '{}': a store cannot be asked for calls beside other sources", store.label());
        return Err(Error::usage(message).hint("sync the other sources into it with --activity, and ask it alone"));
    }
    if let Some(spec) = scan.sources.iter().find(|spec| !spec.holds_calls() && !is_store(spec)) {
        return Err(Error::usage(format!("source '{}': holds no calls, only role assumptions", spec.label()))
            .hint(format!("{command} reads log files: a directory, s3://BUCKET, or - for standard input")));
    }
    if is_of_runs {
        // Log files of the time before are read, too.
        scan.begins = scan.filter.window.begins_within_day().into_iter().collect();
    }
    scan.calls = wanted;
    Ok(scan)
}

/// Scans, attributes calls to runs and filters them; writes the file of `--coverage`. `exclude` are files of our own that
/// may lie among the sources.
pub fn read_calls(
    scan: &Scan,
    filter: &CallFilter,
    run_gap: i64,
    exclude: Vec<PathBuf>,
    context: &CommandContext<'_>,
) -> Result<(ScanResult, RunCalls), Error> {
    read_calls_and_events(scan, None, filter, run_gap, exclude, context).map(|(answer, found, _)| (answer, found))
}

/// What calls are held against.
#[derive(Debug, Default)]
pub struct AttributedBy {
    /// All assumptions that were read, from 12 hours before the window on.
    pub events: Vec<Assumption>,
    /// What others did with what runs wrote and made before the end of the window, in the order of events; none where it was not
    /// asked for.
    pub outside: Option<Vec<ResourceWrite>>,
}

/// The same, and what the calls are held against. `grouping` says whether the answer has whole
/// runs.
pub fn read_calls_and_events(
    scan: &Scan,
    grouping: Option<&GroupingArgs>,
    filter: &CallFilter,
    run_gap: i64,
    exclude: Vec<PathBuf>,
    context: &CommandContext<'_>,
) -> Result<(ScanResult, RunCalls, AttributedBy), Error> {
    let attribute = |events: &[&Assumption], sessions: SessionCalls| {
        let SessionCalls { calls, principals, writes, .. } = sessions;
        let found = calls_of_runs(events, &principals, calls, &scan.issuers, run_gap, filter);
        let outside = (scan.calls == WantedCalls::SessionAndWrites)
            .then(|| outside_writes(writes, &found.writes, scan.filter.window.to));
        Ok((found.tally, (found, outside)))
    };
    let (answer, (found, outside), events) = read(scan, grouping, filter, exclude, context, attribute)?;
    Ok((answer, found, AttributedBy { events, outside }))
}

/// The same of a scan that asks for groups of calls.
pub fn read_grouped_calls(
    scan: &Scan,
    filter: &CallFilter,
    run_gap: i64,
    exclude: Vec<PathBuf>,
    context: &CommandContext<'_>,
) -> Result<(ScanResult, GroupedRunCalls), Error> {
    let attribute = |events: &[&Assumption], sessions: SessionCalls| {
        let SessionCalls { calls, grouped, principals, .. } = sessions;
        let found = grouped_calls_of_runs(events, &principals, (calls, grouped), &scan.issuers, run_gap, filter)?;
        Ok((found.tally, found))
    };
    read(scan, None, filter, exclude, context, attribute).map(|(answer, found, _)| (answer, found))
}

/// Scans, and lets `attribute` make of the calls what is wanted.
fn read<T>(
    scan: &Scan,
    grouping: Option<&GroupingArgs>,
    filter: &CallFilter,
    mut exclude: Vec<PathBuf>,
    context: &CommandContext<'_>,
    attribute: impl FnOnce(&[&Assumption], SessionCalls) -> Result<(CallTally, T), Error>,
) -> Result<(ScanResult, T, Vec<Assumption>), Error> {
    let file = CoverageFile::open(scan.coverage_file.as_deref())?;
    exclude.extend(file.own_files());
    let (mut answer, events) = read_sessions(scan, grouping, exclude, context)?;
    let all: Vec<&Assumption> = events.iter().collect();
    let (tally, found) = attribute(&all, std::mem::take(&mut answer.sessions))?;
    answer.coverage.calls = Some(tally);
    // Whole runs have calls of other accounts.
    if !grouping.is_some_and(|grouping| grouping.whole_runs) {
        answer.coverage.call_accounts = filter.accounts_asked();
        answer.coverage.find_gaps();
    }
    file.write(&answer.coverage, context)?;
    Ok((answer, found, events))
}

/// The accounts that are ours, as far as what was read shows: log files of them are there, or calls that they received.
#[must_use]
pub fn accounts_of(coverage: &Coverage, calls: &[RunCall]) -> BTreeSet<Box<str>> {
    let of_files = coverage.days.keys().filter_map(|day| day.account_id.clone());
    let of_calls = calls.iter().filter_map(|call| call.call.operation.account_id.as_deref()).map(Box::from);
    of_files.chain(of_calls).collect()
}

/// What was read about the runs that an id leads to, and perhaps about others.
#[derive(Debug)]
pub struct AboutRuns {
    /// What it rests on.
    pub answer: ScanResult,
    /// The calls.
    pub found: RunCalls,
    /// All assumptions that were read, from 12 hours before the window on.
    pub events: Vec<Assumption>,
    /// The id by which the runs are [found](find) in these.
    pub id: Box<str>,
}

/// Everything about the runs that `what` leads to: of a store alone what its indices lead to, else everything that is read.
pub fn read_about(
    what: &str,
    scan: &Scan,
    run_gap: i64,
    exclude: Vec<PathBuf>,
    context: &CommandContext<'_>,
) -> Result<AboutRuns, Error> {
    let filter = CallFilter { run: scan.filter.clone(), ..CallFilter::default() };
    if let [SourceSpec::Store(path)] = scan.sources.as_slice()
        && let Some(about) = stored_about(what, path, scan, run_gap, &filter, context)?
    {
        CoverageFile::open(scan.coverage_file.as_deref())?.write(&about.answer.coverage, context)?;
        return Ok(about);
    }
    let attribute = |events: &[&Assumption], sessions: SessionCalls| {
        let SessionCalls { calls, principals, .. } = sessions;
        let id = leading(what, &calls);
        let found = calls_of_runs(events, &principals, calls, &scan.issuers, run_gap, &filter);
        Ok((found.tally, (found, id)))
    };
    let (answer, (found, id), events) = read(scan, None, &filter, exclude, context, attribute)?;
    Ok(AboutRuns { answer, found, events, id })
}

/// What the indices of a store lead to; nothing where that is no run in the window.
fn stored_about(
    what: &str,
    path: &Path,
    scan: &Scan,
    run_gap: i64,
    filter: &CallFilter,
    context: &CommandContext<'_>,
) -> Result<Option<AboutRuns>, Error> {
    let (store, asked, window) = (store_of_calls(path, scan)?, question(scan, true), scan.filter.window);
    let Some(StoredCalls { contents, calls, principals, .. }) = store.calls_of(&asked, what, window)? else {
        return Ok(None);
    };
    let earliest = Window { to: None, ..asked.window };
    let mut events = deduplicate_for(contents.events, scan.answer_window()).events;
    events.retain(|event| earliest.contains(event.time));
    let all: Vec<&Assumption> = events.iter().collect();
    let id = leading(what, &calls);
    let found = calls_of_runs(&all, &principals, calls, &scan.issuers, run_gap, filter);
    if find(&id, &all, &found.calls, run_gap, window).runs.is_empty() {
        return Ok(None);
    }
    contents.notes.iter().for_each(|note| context.talk.say(Level::Warning, note));
    let mut coverage = contents.coverage;
    coverage.window = window;
    coverage.calls = Some(found.tally);
    let answer = ScanResult::of_run(scan, coverage, contents.forbidden);
    Ok(Some(AboutRuns { answer, found, events, id }))
}
