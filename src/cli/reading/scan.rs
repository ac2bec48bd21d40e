//! The flags of a scan, checked and combined, before any work.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::available_parallelism;

use super::evidence::{EvidenceFiles, evidence};
use super::kept::KeptReading;
use super::keys::work_list;
use super::source::{own_aws, sources};
use super::stores::Stores;
use crate::audit::filter::Filter;
use crate::audit::runs::of_window::AnswerWindow;
use crate::aws::AwsOptions;
use crate::cli::args::events::EventArgs;
use crate::cli::args::filter::FilterArgs;
use crate::cli::args::limit::LimitArgs;
use crate::cli::args::scan::ScanArgs;
use crate::cli::args::source::SourceText;
use crate::cli::error::Error;
use crate::cli::output::overwrite;
use crate::decode;
use crate::domain::issuer::Issuers;
use crate::domain::session_call::SESSION_REACH;
use crate::domain::timestamp::Timestamp;
use crate::domain::window::Window;
use crate::ingest::known_listings::KnownListings;
use crate::ingest::options::{IngestOptions, WantedCalls};
use crate::ingest::work_list::WorkList;
use crate::progress::Progress;
use crate::source::SourceSpec;
use crate::source::question::RemoteQuestion;

/// How far back a remote source is read where nothing says so.
pub const REMOTE_DAYS: i64 = 7;

/// How many days of a remote baseline are read.
const BASELINE_DAYS: i64 = 90;

/// What to scan, and what to keep of it.
#[derive(Debug, Clone)]
pub struct Scan {
    /// The sources, in the order given; each can be read, or could a moment ago.
    pub sources: Vec<SourceSpec>,
    /// The issuers.
    pub issuers: Issuers,
    /// The window and the filters.
    pub filter: Filter,
    /// The window that the answer is about, where more is read for what was before it.
    pub about: Option<Window>,
    /// The minutes within a day at which parts of the answer begin.
    pub begins: Vec<Timestamp>,
    /// What is too much.
    pub limits: ScanLimits,
    /// The window that remote sources are read for.
    pub remote_window: Window,
    /// Whether nobody asked for its start.
    pub start_is_ours: bool,
    /// How to reach AWS.
    pub aws: AwsOptions,
    /// How to reach AWS for each of the sources.
    pub own_aws: Vec<AwsOptions>,
    /// Only tell what would be fetched.
    pub dry_run: bool,
    /// Which calls are asked for too.
    pub calls: WantedCalls,
    /// Whether each call is shown, so that sums of them are not enough.
    pub shows_each_call: bool,
    /// The file of `--coverage`.
    pub coverage_file: Option<PathBuf>,
    /// What log files are judged by, where only those count that are as CloudTrail wrote them.
    pub evidence: Option<Arc<EvidenceFiles>>,
    /// The time.
    pub now: Timestamp,
    /// What was to be extracted, where the sources are extracts.
    pub work_list: Option<Arc<WorkList>>,
    /// Where the log files are that extracts among the sources are of; nothing where nobody says.
    pub logs: Vec<SourceSpec>,
    /// How to reach AWS for each of them.
    pub logs_aws: Vec<AwsOptions>,
    /// The stores among the sources, once they are read.
    pub stores: Stores,
    /// Where what is read is kept for questions about an earlier end; none unless there will be some.
    pub kept: Option<KeptReading>,
}

/// What is too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanLimits {
    /// Threads that read logs.
    pub threads: NonZeroUsize,
    /// How many days a log file may be late.
    pub late_days: u32,
    /// Those of a single file.
    pub file: decode::DecodeLimits,
    /// Gaps alone make the coverage incomplete.
    pub strict: bool,
    /// So many bytes of calls may lie in memory where only a little is kept of each.
    pub call_memory: u64,
    /// So many bytes of events may lie in memory, where a command can do with that.
    pub event_memory: Option<u64>,
}

/// The memory for calls where nobody says.
const CALL_MEMORY: u64 = 1 << 30;

impl Scan {
    /// That of a command that shows events, runs or groups of them, of which only so much may lie in memory.
    pub fn of_events(asked: &EventArgs, now: Timestamp) -> Result<Self, Error> {
        let mut scan = Self::new(&asked.scan, Some(&asked.filter), &asked.limits, now)?;
        scan.limits.event_memory = Some(asked.memory.memory.bytes());
        Ok(scan)
    }

    /// Checks the flags; commands that show no events have no `filter`.
    pub fn new(
        scan: &ScanArgs,
        filter: Option<&FilterArgs>,
        limits: &LimitArgs,
        now: Timestamp,
    ) -> Result<Self, Error> {
        scan.time.window(now)?;
        let sources = sources(&scan.sources, Some(&scan.store))?;
        Self::of_sources(sources, scan, filter, limits, now)
    }

    /// The same of sources that are known already.
    pub fn of_sources(
        sources: Vec<SourceSpec>,
        scan: &ScanArgs,
        filter: Option<&FilterArgs>,
        limits: &LimitArgs,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let asked = scan.time.window(now)?;
        let remote_window = asked.or_last_days(REMOTE_DAYS, now);
        let evidence = evidence(&scan.verified, &sources)?;
        if scan.work_list.work_list.is_some() && sources.iter().all(|spec| matches!(spec, SourceSpec::Store(_))) {
            let message = "--work-list tells what was to be extracted, and no source holds an extract";
            return Err(Error::usage(message).hint("sync --work-list tells a store what is missing"));
        }
        // Beside a local source, which is read whole, the window of the report stays as it was asked for.
        let window = if sources.iter().all(SourceSpec::is_remote) { remote_window } else { asked };
        Ok(Self {
            sources,
            issuers: scan.issuers.issuers(),
            filter: filter.map_or_else(|| Filter { window, ..Filter::default() }, |filter| filter.filter(window)),
            about: None,
            begins: Vec::new(),
            limits: ScanLimits::new(limits),
            remote_window,
            start_is_ours: asked.from.is_none(),
            own_aws: own_aws(&scan.sources, &scan.aws.options()),
            aws: scan.aws.options(),
            dry_run: scan.dry_run,
            calls: WantedCalls::None,
            shows_each_call: false,
            coverage_file: scan.coverage.clone(),
            stores: Stores::new(evidence.is_some()),
            evidence,
            now,
            work_list: work_list(&scan.work_list)?,
            logs: Vec::new(),
            logs_aws: Vec::new(),
            kept: None,
        })
    }
}

impl Scan {
    /// What is asked of the remote sources.
    #[must_use]
    pub fn question(&self, whole_runs: bool, progress: &Arc<Progress>) -> RemoteQuestion {
        let accounts = self.filter.accounts_asked(whole_runs);
        let regions = self.filter.region.literals().filter(|_| !whole_runs);
        RemoteQuestion {
            window: self.reach_back(self.remote_window),
            accounts: accounts.map(|accounts| accounts.into_iter().map(String::from).collect()),
            regions: regions.map(|regions| regions.into_iter().map(str::to_owned).collect()),
            late_days: self.limits.late_days,
            now: self.now,
            resume: None,
            chosen: None,
            verifies: false,
            aws: self.aws.clone(),
            own_aws: self.own_aws.clone(),
            lists_only: false,
            progress: Arc::clone(progress),
        }
    }

    /// The window that is read for one that is asked about: calls may be made with credentials that were given before it.
    #[must_use]
    pub fn reach_back(&self, window: Window) -> Window {
        if self.calls.parameters_of_sessions().is_none() {
            return window;
        }
        let before = |from: Timestamp| Timestamp::from_seconds(from.seconds() - SESSION_REACH).unwrap_or(from);
        Window { from: window.from.map(before), ..window }
    }

    /// How a baseline is read out of `sources`: everything up to the first of the events, whatever the filters, of the issuers of the
    /// scan, so that nothing old is called new. Without a baseline, `report` holds a window against what its own sources have
    /// before it. `texts` are the sources as typed.
    #[must_use]
    pub fn before(&self, first: Timestamp, sources: Vec<SourceSpec>, texts: &[SourceText]) -> Self {
        let window = Window { from: None, to: Some(first) };
        Self {
            sources,
            issuers: self.issuers.clone(),
            filter: Filter { window, ..Filter::default() },
            about: None,
            begins: Vec::new(),
            limits: self.limits,
            // An archive is read as far back as silence has a meaning for most.
            remote_window: window.or_last_days(BASELINE_DAYS, self.now),
            start_is_ours: false,
            aws: self.aws.clone(),
            own_aws: own_aws(texts, &self.aws),
            calls: WantedCalls::None,
            shows_each_call: false,
            dry_run: false,
            coverage_file: None,
            evidence: self.evidence.clone(),
            now: self.now,
            // What came before was listed by somebody else.
            work_list: None,
            logs: Vec::new(),
            logs_aws: Vec::new(),
            stores: self.stores.clone(),
            kept: None,
        }
    }

    /// Whether it asks for less of what was read, so that everything was read and said before.
    #[must_use]
    pub fn is_again(&self) -> bool {
        self.kept.as_ref().is_some_and(KeptReading::is_again)
    }

    /// The same question about a window alone, of what was read for this one.
    #[must_use]
    pub fn about(&self, window: Window) -> Self {
        let kept = self.kept.as_ref().map(KeptReading::again);
        let mut scan = Self { kept, coverage_file: None, about: Some(window), ..self.clone() };
        (scan.filter.window.to, scan.remote_window.to) = (window.to, window.to);
        scan
    }

    /// The window that the answer is about, where more is read for it.
    #[must_use]
    pub fn answer_window(&self) -> Option<AnswerWindow> {
        let (read_to, late_days) = (self.filter.window.to, self.limits.late_days);
        // Calls take the assumptions from some hours before it.
        let wider = self.calls.parameters_of_sessions().map(|_| self.filter.window);
        self.about.or(wider).map(|window| AnswerWindow { window, read_to, late_days })
    }

    /// Refuses what would be written in the place of something that is read.
    pub fn refuse_overwriting(&self, out: Option<&Path>) -> Result<(), Error> {
        let beside = self.evidence.iter().flat_map(|evidence| &evidence.files).cloned().map(SourceSpec::Path);
        let read: Vec<SourceSpec> = self.sources.iter().cloned().chain(beside).collect();
        overwrite::refuse("--out", out, &read)?;
        overwrite::refuse("--coverage", self.coverage_file.as_deref(), &read)
    }

    /// What to say where remote sources are read for a window that nobody asked for.
    #[must_use]
    pub fn about_window(&self) -> Option<String> {
        let said = self.start_is_ours && !self.is_again() && self.sources.iter().any(SourceSpec::is_remote);
        let (from, to) = (self.remote_window.from.filter(|_| said)?, self.remote_window.to?);
        Some(format!(
            "remote sources are read for {REMOTE_DAYS} days, from {from} to {to}; --from reaches further back"
        ))
    }
}

impl ScanLimits {
    /// How log files are read within these limits. `exclude` are files that are not part of any source.
    #[must_use]
    pub fn options(&self, issuers: &Issuers, window: Window, exclude: Vec<PathBuf>) -> IngestOptions {
        IngestOptions {
            issuers: issuers.clone(),
            limits: self.file,
            window,
            late_days: self.late_days,
            begins: Vec::new(),
            threads: self.threads,
            calls: WantedCalls::None,
            told: Window::default(),
            call_memory: self.call_memory,
            event_memory: self.event_memory,
            exclude,
            judge: None,
            listed: KnownListings::default(),
            work_list: None,
            archive: None,
        }
    }

    /// Those that were asked for.
    pub(in crate::cli) fn new(args: &LimitArgs) -> Self {
        let cores = || available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Self {
            threads: args.threads.unwrap_or_else(cores),
            late_days: args.late_days,
            file: decode::DecodeLimits {
                max_record: args.record.max_record.bytes(),
                max_file: args.max_file.bytes(),
                salvage: args.salvage,
            },
            strict: args.strict,
            call_memory: CALL_MEMORY,
            event_memory: None,
        }
    }
}
