//! Reads the sources of a scan and keeps what its flags ask for.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::calls_of_store::stored_calls;
use super::extracts::{refuse_lack, tell_cut_off};
use super::scan::Scan;
use super::verified;
use crate::audit::aside::events::AsideEvents;
use crate::audit::baseline::earlier::Earlier;
use crate::audit::coverage::{Coverage, Verified};
use crate::audit::filter::Filter;
use crate::audit::filter::select::{Selected, select};
use crate::audit::headline::Headline;
use crate::audit::network::Networks;
use crate::audit::runs::of_window::deduplicate_for;
use crate::audit::summary::SummaryGroup;
use crate::cli::args::grouping::GroupingArgs;
use crate::cli::context::CommandContext;
use crate::cli::error::{Error, ErrorKind};
use crate::cli::output::coverage_file::CoverageFile;
use crate::cli::terminal::progress::ProgressDisplay;
use crate::cli::terminal::talk::Level;
use crate::domain::assumption::Assumption;
use crate::domain::call::Call;
use crate::domain::timestamp::{Day, Timestamp};
use crate::domain::window::Window;
use crate::ingest::archive::Archive;
use crate::ingest::list::Listed;
use crate::ingest::options::IngestOptions;
use crate::ingest::scan::{Ingested, ingest};
use crate::ingest::second_pass::SessionCalls;
use crate::progress::Progress;
use crate::report::coverage_text::{chain_ends, grouped};
use crate::source::question::RemoteQuestion;
use crate::source::{SourceSpec, remote};
use crate::store::count::CountQuestion;
use crate::store::past::StoreSnapshot;
use crate::store::read;
use crate::store::recollect::Recollection;

/// What a scan found.
#[derive(Debug)]
pub struct ScanResult {
    /// The events, and what removed the others.
    pub selected: Selected,
    /// The events that were read, where they are too many for memory; then nothing is selected yet.
    pub aside: Option<AsideEvents>,
    /// Calls with long-lived credentials, copies and all; none unless asked for.
    pub calls: Vec<Call>,
    /// Calls with the credentials of sessions; none unless asked for.
    pub sessions: SessionCalls,
    /// What the events rest on, with every counter filled in.
    pub coverage: Coverage,
    /// Sources of which nothing could be read for want of permission.
    forbidden: Vec<String>,
    /// What to do about what failed.
    advice: Vec<String>,
    /// Whether gaps make the coverage incomplete.
    strict: bool,
}

/// Scans, and writes the file of `--coverage`. `exclude` are files of our own that may lie among the sources.
pub fn read(
    scan: &Scan,
    grouping: Option<&GroupingArgs>,
    mut exclude: Vec<PathBuf>,
    context: &CommandContext<'_>,
) -> Result<ScanResult, Error> {
    let file = CoverageFile::open(scan.coverage_file.as_deref())?;
    exclude.extend(file.own_files());
    let (answer, _) = scanned(scan, grouping, exclude, context, Whole::Unwanted)?;
    file.write(&answer.coverage, context)?;
    Ok(answer)
}

/// Scans, and gives beside the events that pass the filters all of the window, where these are others.
pub fn read_whole(
    scan: &Scan,
    grouping: Option<&GroupingArgs>,
    exclude: Vec<PathBuf>,
    context: &CommandContext<'_>,
) -> Result<(ScanResult, Option<Vec<Assumption>>), Error> {
    let wanted = if scan.filter.takes_all() { Whole::Unwanted } else { Whole::Window };
    scanned(scan, grouping, exclude, context, wanted)
}

/// Scans for calls of sessions, and gives beside the events that pass the filters all from
/// [`SESSION_REACH`](crate::domain::session_call::SESSION_REACH) seconds before the window on.
pub fn read_sessions(
    scan: &Scan,
    grouping: Option<&GroupingArgs>,
    exclude: Vec<PathBuf>,
    context: &CommandContext<'_>,
) -> Result<(ScanResult, Vec<Assumption>), Error> {
    let (answer, whole) = scanned(scan, grouping, exclude, context, Whole::Everything)?;
    Ok((answer, whole.unwrap_or_default()))
}

/// Scans, and gives events that are too many for memory as they were put aside. Nothing is written.
pub(super) fn scanned_once(
    scan: &Scan,
    grouping: Option<&GroupingArgs>,
    exclude: Vec<PathBuf>,
    context: &CommandContext<'_>,
) -> Result<ScanResult, Error> {
    scanned(scan, grouping, exclude, context, Whole::Unwanted).map(|(answer, _)| answer)
}

/// What is wanted beside the events that pass the filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whole {
    /// Nothing.
    Unwanted,
    /// All events of the window.
    Window,
    /// All events of the window that is read.
    Everything,
}

fn scanned(
    scan: &Scan,
    grouping: Option<&GroupingArgs>,
    exclude: Vec<PathBuf>,
    context: &CommandContext<'_>,
    wanted: Whole,
) -> Result<(ScanResult, Option<Vec<Assumption>>), Error> {
    let wants_whole = wanted != Whole::Unwanted;
    let read_window = scan.reach_back(scan.filter.window);
    let exclude = exclude.into_iter().chain(verified::own_files(scan.evidence.as_ref())).collect();
    let options = scan.limits.options(&scan.issuers, read_window, exclude);
    // What stores have is put beside what was read in memory, and so are calls.
    let has_store = scan.sources.iter().any(|spec| matches!(spec, SourceSpec::Store(_)));
    let asks_for_calls = scan.calls.parameters_of_sessions().is_some();
    let event_memory = options.event_memory.filter(|_| !has_store && !asks_for_calls);
    let (calls, work_list, begins) = (scan.calls, scan.work_list.clone(), scan.begins.clone());
    let told = scan.filter.window;
    let options = IngestOptions { begins, calls, told, event_memory, work_list, ..options };
    let whole_runs = grouping.filter(|grouping| grouping.whole_runs).map(|grouping| grouping.run_gap.seconds());
    let progress = Arc::new(Progress::default());
    if let Some(text) = scan.about_window() {
        context.talk.say(Level::Info, &text);
    }
    // What digests list is read of each day anew: which log files that takes, they tell for that day alone.
    let is_of_store = matches!(scan.sources.as_slice(), [SourceSpec::Store(_)]);
    let reads_again = scan.evidence.is_some() && !is_of_store;
    let again = scan.kept.as_ref().filter(|_| scan.is_again() && !reads_again);
    let again = again.and_then(|kept| kept.of(read_window, options.late_days));
    let ingested = match (again, scan.sources.as_slice(), scan.calls.parameters_of_sessions()) {
        (Some(kept), ..) => kept,
        (_, [SourceSpec::Store(path)], Some(parameters)) => stored_calls(path, scan, parameters, context)?,
        (_, [SourceSpec::Store(path)], _) => return ask(path, scan, whole_runs, context, wants_whole),
        _ => scan_sources(scan, options, whole_runs.is_some(), &progress, context)?,
    };
    if let Some(kept) = scan.kept.as_ref().filter(|_| !scan.is_again()) {
        kept.keep(&ingested, scan.limits.late_days, reads_again);
    }
    let deduplicated = deduplicate_for(ingested.events, scan.answer_window());
    let whole = wants_whole.then(|| deduplicated.events.clone());
    let selected = select(deduplicated, &scan.filter, whole_runs);
    let accounts = scan.filter.accounts_asked(whole_runs.is_some());
    let (window, kept, conflicts) = (scan.filter.window, selected.kept, selected.contradictions.clone());
    let coverage = Coverage { window, accounts, kept, conflicts, ..ingested.coverage };
    let advice = ingested.advice.into_iter().chain(verified::advice(&coverage)).collect();
    let answer = ScanResult {
        selected,
        aside: ingested.aside,
        calls: ingested.calls,
        sessions: ingested.sessions,
        coverage: asked_on(scan.now.day(), coverage),
        forbidden: ingested.forbidden,
        advice,
        strict: scan.limits.strict,
    };
    // A file that reaches into that time may hold earlier ones: how events are spread over files must make no difference.
    let window = if wanted == Whole::Everything { Window { to: None, ..read_window } } else { scan.filter.window };
    Ok((answer, whole.map(|events| events.into_iter().filter(|event| window.contains(event.time)).collect())))
}

/// Reads all sources, and puts beside them what stores have.
fn scan_sources(
    scan: &Scan,
    mut options: IngestOptions,
    whole_runs: bool,
    progress: &Arc<Progress>,
    context: &CommandContext<'_>,
) -> Result<Ingested, Error> {
    let mut question = scan.question(whole_runs, progress);
    let mut advice = Vec::new();
    if let Some(evidence) = &scan.evidence {
        let judged = verified::judge(&scan.sources, evidence, &options, &question, progress)?;
        if !scan.is_again() {
            context.tell(&judged.notes);
        }
        if let Some(kept) = scan.kept.as_ref().filter(|_| !scan.is_again()) {
            kept.take_late(judged.late);
        }
        (options.judge, options.listed) = (Some(judged.judge), judged.listed);
        question.chosen = Some(judged.chosen);
        advice = judged.advice;
    }
    if !scan.logs.is_empty() {
        let question = RemoteQuestion { own_aws: scan.logs_aws.clone(), ..question.clone() };
        options.archive = Some(Arc::new(Archive::new(scan.logs.clone(), question)));
    }
    let opened = remote::open(&scan.sources, &question)?;
    if !scan.is_again() {
        context.tell(&opened.notes);
    }
    let shown =
        context.ui.progress().map(|show| ProgressDisplay::start(show, Arc::clone(context.talk), Arc::clone(progress)));
    let mut ingested = ingest(&scan.sources, &opened.remotes, &options, progress);
    refuse_lack(ingested.lack.as_deref())?;
    ingested.failure.take().map_or(Ok(()), Err)?;
    tell_cut_off(&ingested.cut_off, options.work_list.is_some(), context);
    for spec in &scan.sources {
        if let SourceSpec::Store(path) = spec {
            let store = scan.stores.open(path)?;
            let contents = store.contents(&scan.issuers, options.window, options.late_days, &options.begins)?;
            contents.notes.iter().for_each(|note| context.talk.say(Level::Warning, note));
            ingested.add(contents);
        }
    }
    drop(shown);
    ingested.advice.extend(advice);
    Ok(ingested)
}

/// What a scan asks of a store.
#[must_use]
pub fn question(scan: &Scan, whole_runs: Option<i64>) -> read::StoreQuestion<'_> {
    read::StoreQuestion { issuers: &scan.issuers, filter: &scan.filter, whole_runs, late_days: scan.limits.late_days }
}

/// Asks a store alone, which leaves to its indices what the filter does.
fn ask(
    path: &Path,
    scan: &Scan,
    whole_runs: Option<i64>,
    context: &CommandContext<'_>,
    wants_whole: bool,
) -> Result<(ScanResult, Option<Vec<Assumption>>), Error> {
    let (store, about) = (scan.stores.open(path)?, scan.answer_window());
    let answer = store.ask_for(&question(scan, whole_runs), about)?;
    let everything = Filter { window: scan.filter.window, ..Filter::default() };
    let whole = || store.ask_for(&read::StoreQuestion { filter: &everything, ..question(scan, None) }, about);
    let whole = wants_whole.then(whole).transpose()?.map(|answer| answer.selected.events);
    let notes = answer.notes.iter().filter(|_| !scan.is_again());
    notes.for_each(|note| context.talk.say(Level::Warning, note));
    let answer = ScanResult {
        selected: answer.selected,
        aside: None,
        // It keeps none, and commands that need calls refuse it.
        calls: Vec::new(),
        sessions: SessionCalls::default(),
        coverage: asked_on(scan.now.day(), answer.coverage),
        forbidden: answer.forbidden,
        advice: Vec::new(),
        strict: scan.limits.strict,
    };
    Ok((answer, whole))
}

/// What a store alone has seen before a time, which takes no events; nothing where there are other sources.
pub fn seen_before(
    scan: &Scan,
    end: Timestamp,
    networks: &Networks,
    context: &CommandContext<'_>,
) -> Result<Option<(ScanResult, Earlier)>, Error> {
    let [SourceSpec::Store(path)] = scan.sources.as_slice() else { return Ok(None) };
    if let Some(text) = scan.about_window() {
        context.talk.say(Level::Info, &text);
    }
    let store = scan.stores.open(path)?;
    let moment = store.moment(question(scan, None))?;
    moment.notes().iter().for_each(|note| context.talk.say(Level::Warning, note));
    let mut answer = ScanResult::of_moment(&moment, scan);
    moment.recollection(networks)?.excuse(&mut answer.coverage, Some(end));
    Ok(Some((answer, moment.earlier(end, &[], 0, networks)?)))
}

/// What the stores among the sources remember of events that were pruned.
pub fn recollect(scan: &Scan, networks: &Networks) -> Result<Recollection, Error> {
    let mut all = Recollection::nothing(networks);
    for spec in &scan.sources {
        if let SourceSpec::Store(path) = spec {
            all = all.and(&scan.stores.open(path)?.recollect(&scan.issuers, networks)?);
        }
    }
    Ok(all)
}

/// Counts what a store alone holds, where that takes no events: their groups and what they are about, and an answer without
/// them.
pub fn count(
    scan: &Scan,
    count: CountQuestion<'_>,
    context: &CommandContext<'_>,
) -> Result<Option<(ScanResult, Vec<SummaryGroup>, Headline)>, Error> {
    let [SourceSpec::Store(path)] = scan.sources.as_slice() else { return Ok(None) };
    let file = CoverageFile::open(scan.coverage_file.as_deref())?;
    let Some(counted) = scan.stores.open(path)?.count(&question(scan, None), count)? else { return Ok(None) };
    if let Some(text) = scan.about_window() {
        context.talk.say(Level::Info, &text);
    }
    counted.notes.iter().for_each(|note| context.talk.say(Level::Warning, note));
    let answer = ScanResult {
        selected: Selected { events: Vec::new(), kept: counted.kept, removed: counted.removed, ..Selected::default() },
        aside: None,
        calls: Vec::new(),
        sessions: SessionCalls::default(),
        coverage: asked_on(scan.now.day(), counted.coverage),
        forbidden: counted.forbidden,
        advice: Vec::new(),
        strict: scan.limits.strict,
    };
    file.write(&answer.coverage, context)?;
    Ok(Some((answer, counted.groups, counted.headline)))
}

impl ScanResult {
    /// That of a store whose events are asked for one window after the other.
    #[must_use]
    pub fn of_moment(moment: &StoreSnapshot<'_>, scan: &Scan) -> Self {
        Self {
            selected: Selected::default(),
            aside: None,
            calls: Vec::new(),
            sessions: SessionCalls::default(),
            coverage: asked_on(scan.now.day(), moment.coverage().clone()),
            forbidden: moment.forbidden().to_vec(),
            advice: Vec::new(),
            strict: scan.limits.strict,
        }
    }

    /// That of an extract, which has no events.
    #[must_use]
    pub fn of_extract(scan: &Scan, ingested: Ingested) -> Self {
        let mut coverage = ingested.coverage;
        coverage.kept.reported = coverage.records.kept;
        Self {
            selected: Selected::default(),
            aside: None,
            calls: Vec::new(),
            sessions: SessionCalls::default(),
            coverage: asked_on(scan.now.day(), coverage),
            forbidden: ingested.forbidden,
            advice: ingested.advice,
            strict: scan.limits.strict,
        }
    }

    /// That of a list of log files, which were not read.
    #[must_use]
    pub fn of_list(scan: &Scan, listed: Listed) -> Self {
        let Listed { coverage, forbidden, .. } = listed;
        let ingested = Ingested { coverage: Coverage { is_named: true, ..coverage }, forbidden, ..Ingested::default() };
        Self::of_extract(scan, ingested)
    }

    /// What is said about runs that a store has led to by its indices, without the events.
    pub(super) fn of_run(scan: &Scan, coverage: Coverage, forbidden: Vec<String>) -> Self {
        Self {
            selected: Selected::default(),
            aside: None,
            calls: Vec::new(),
            sessions: SessionCalls::default(),
            coverage: asked_on(scan.now.day(), coverage),
            forbidden,
            advice: Vec::new(),
            strict: scan.limits.strict,
        }
    }

    /// What the tables of a store rest on, whatever is asked of them.
    #[must_use]
    pub fn of_tables(contents: read::WindowContents, today: Day, strict: bool) -> Self {
        Self {
            selected: Selected::default(),
            aside: None,
            calls: Vec::new(),
            sessions: SessionCalls::default(),
            coverage: asked_on(today, contents.coverage),
            forbidden: contents.forbidden,
            advice: Vec::new(),
            strict,
        }
    }

    /// What the exit code has to say after the report is out.
    pub fn verdict(&self) -> Result<(), Error> {
        self.permission()?;
        self.judge(&self.coverage)
    }

    /// The same of what came before. That there was nothing yet is no fault of it.
    pub fn verdict_of_baseline(&self) -> Result<(), Error> {
        self.permission()?;
        self.judge(&Coverage { is_named: true, ..self.coverage.clone() })
    }

    /// Whether something could be read of every source.
    pub fn permission(&self) -> Result<(), Error> {
        if let Some(source) = self.forbidden.first() {
            let message = format!("source '{source}': no permission to read anything in it");
            let error = self.with_advice(Error::new(ErrorKind::Permission, message));
            return Err(if self.advice.is_empty() {
                error.hint("check who owns the files, and as whom this runs")
            } else {
                error
            });
        }
        Ok(())
    }

    /// What the exit code has to say about a coverage: that of the answer, or of a part of it.
    pub fn judge(&self, coverage: &Coverage) -> Result<(), Error> {
        if coverage.is_incomplete() {
            let message = format!("the coverage is incomplete: {}", what_is_missing(coverage));
            let rest = if coverage.files.read > 0 { "the report is complete for everything else; " } else { "" };
            let hint = format!("{rest}-v names what is missing, and --coverage FILE keeps it");
            return Err(self.with_advice(Error::new(ErrorKind::Incomplete, message)).hint(hint));
        }
        if self.strict && coverage.gap_days() > 0 {
            let days = days(coverage.gap_days());
            return Err(Error::new(ErrorKind::Incomplete, format!("{days} missing, and --strict was asked for")));
        }
        let ends_early = |verified: &Verified| {
            let first = verified.ends_early(coverage.window, coverage.today).next();
            first.map(|(chain, newest)| chain_ends(chain, newest))
        };
        if self.strict
            && let Some(early) = coverage.verified.as_ref().and_then(ends_early)
        {
            return Err(Error::new(ErrorKind::Incomplete, format!("{early}; --strict was asked for")));
        }
        if self.strict && coverage.kept.conflicts > 0 {
            let copies = match coverage.kept.conflicts {
                1 => "a copy of an event differs from the one that stands".to_owned(),
                count => format!("{count} copies of events differ from those that stand"),
            };
            return Err(Error::new(ErrorKind::Incomplete, format!("{copies}, and --strict was asked for")));
        }
        Ok(())
    }

    fn with_advice(&self, error: Error) -> Error {
        self.advice.iter().cloned().fold(error, Error::hint)
    }
}

/// The coverage of a question that is asked on that day.
fn asked_on(today: Day, mut coverage: Coverage) -> Coverage {
    coverage.today = Some(today);
    coverage.find_gaps();
    coverage
}

/// What makes a coverage incomplete, in words, for the end of a sentence.
#[must_use]
pub fn what_is_missing(coverage: &Coverage) -> String {
    let mut parts = Vec::new();
    let mut part = |count: u64, one: &str, many: &str, first: Option<String>| {
        if count > 0 {
            let first = first.map(|first| format!(" ({first}{})", if count == 1 { "" } else { "; …" }));
            parts.push(format!(
                "{} {}{}",
                grouped(count),
                if count == 1 { one } else { many },
                first.unwrap_or_default()
            ));
        }
    };
    let failed = coverage.failed.first().map(|it| format!("{}: {}", it.file, it.reason));
    part(coverage.files.failed, "failed file", "failed files", failed);
    let malformed =
        coverage.malformed.iter().next().map(|it| format!("{}, byte {}: {}", it.file, it.offset, it.reason));
    part(coverage.records.malformed, "malformed record", "malformed records", malformed);
    let cut = coverage.truncated.first_key_value().map(|(file, words)| format!("{file}: it holds {words}"));
    part(coverage.truncated.len() as u64, "cut answer", "cut answers", cut);
    let digests: Vec<_> = coverage.verified.iter().flat_map(Verified::troubled_digests).collect();
    let first = digests.first().map(|it| format!("{}: {}", it.file, it.verdict));
    part(digests.len() as u64, "digest that is not valid", "digests that are not valid", first);
    let waiting: Vec<_> = coverage.verified.iter().flat_map(|it| it.waiting_in(coverage.window)).collect();
    let first = waiting.first().map(ToString::to_string);
    let (one, many) = ("log file that no digest covers yet", "log files that no digest covers yet");
    part(waiting.len() as u64, one, many, first);
    if parts.is_empty() && coverage.is_unread() {
        parts.push("no log file of the window was read".to_owned());
    }
    parts.extend(coverage.incomplete.first().cloned());
    parts.join(", ")
}

fn days(count: u64) -> String {
    if count == 1 { "a day of log files is".to_owned() } else { format!("{count} days of log files are") }
}
