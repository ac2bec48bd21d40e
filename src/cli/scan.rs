//! The flags of a scan, checked and combined, before any work.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::available_parallelism;

use super::args::{FilterArgs, LimitArgs, ScanArgs};
use super::error::Error;
use super::overwrite;
use super::source::{own_aws, sources};
use super::stores::Stores;
use crate::audit::filter::Filter;
use crate::aws::AwsOptions;
use crate::decode;
use crate::domain::issuer::Issuers;
use crate::domain::timestamp::Timestamp;
use crate::domain::window::Window;
use crate::progress::Progress;
use crate::source::Spec;
use crate::source::question::Question;

/// How far back a remote source is read where nothing says so.
pub const REMOTE_DAYS: i64 = 7;

/// What to scan, and what to keep of it.
#[derive(Debug)]
pub struct Scan {
    /// The sources, in the order given; each can be read, or could a moment ago.
    pub sources: Vec<Spec>,
    /// The issuers.
    pub issuers: Issuers,
    /// The window and the filters.
    pub filter: Filter,
    /// What is too much.
    pub limits: Limits,
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
    /// Whether calls with long-lived credentials are asked for too.
    pub calls: bool,
    /// The file of `--coverage`.
    pub coverage_file: Option<PathBuf>,
    /// The time.
    pub now: Timestamp,
    /// The stores among the sources, once they are read.
    pub stores: Stores,
}

/// What is too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Threads that read logs.
    pub threads: NonZeroUsize,
    /// How many days a log file may be late.
    pub late_days: u32,
    /// The largest record in bytes.
    pub max_record_bytes: u64,
    /// The largest file in bytes, inflated.
    pub max_file_bytes: u64,
    /// Keep the complete records in front of a defect.
    pub salvage: bool,
    /// Gaps alone make the coverage incomplete.
    pub strict: bool,
}

impl Scan {
    /// Checks the flags; commands that show no events have no `filter`.
    pub fn new(
        scan: &ScanArgs,
        filter: Option<&FilterArgs>,
        limits: &LimitArgs,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let asked = scan.time.window(now)?;
        let sources = sources(&scan.sources, Some(&scan.store))?;
        let remote_window = asked.or_last_days(REMOTE_DAYS, now);
        // Beside a local source, which is read whole, the window of the report stays as it was asked for.
        let window = if sources.iter().all(Spec::is_remote) { remote_window } else { asked };
        Ok(Self {
            sources,
            issuers: scan.issuers.issuers(),
            filter: filter.map_or_else(|| Filter { window, ..Filter::default() }, |filter| filter.filter(window)),
            limits: Limits::new(limits),
            remote_window,
            start_is_ours: asked.from.is_none(),
            own_aws: own_aws(&scan.sources, &scan.aws.options()),
            aws: scan.aws.options(),
            dry_run: scan.dry_run,
            calls: false,
            coverage_file: scan.coverage.clone(),
            now,
            stores: Stores::default(),
        })
    }
}

impl Scan {
    /// What is asked of the remote sources.
    #[must_use]
    pub fn question(&self, whole_runs: bool, progress: &Arc<Progress>) -> Question {
        // An event of any account may be wanted for its run.
        let accounts = self.filter.account.literals().filter(|_| !whole_runs);
        Question {
            window: self.remote_window,
            accounts: accounts.map(|accounts| accounts.into_iter().map(str::to_owned).collect()),
            late_days: self.limits.late_days,
            now: self.now,
            resume: None,
            aws: self.aws.clone(),
            own_aws: self.own_aws.clone(),
            progress: Arc::clone(progress),
        }
    }

    /// Refuses what would be written in the place of something that is read.
    pub fn refuse_overwriting(&self, out: Option<&Path>) -> Result<(), Error> {
        overwrite::refuse("--out", out, &self.sources)?;
        overwrite::refuse("--coverage", self.coverage_file.as_deref(), &self.sources)
    }

    /// What to say where remote sources are read for a window that nobody asked for.
    #[must_use]
    pub fn about_window(&self) -> Option<String> {
        let said = self.start_is_ours && self.sources.iter().any(Spec::is_remote);
        let (from, to) = (self.remote_window.from.filter(|_| said)?, self.remote_window.to?);
        Some(format!(
            "remote sources are read for {REMOTE_DAYS} days, from {from} to {to}; --from reaches further back"
        ))
    }
}

impl Limits {
    /// Those of a single file.
    #[must_use]
    pub fn of_file(&self) -> decode::Limits {
        decode::Limits { max_record: self.max_record_bytes, max_file: self.max_file_bytes, salvage: self.salvage }
    }

    /// Those that were asked for.
    pub(super) fn new(args: &LimitArgs) -> Self {
        let cores = || available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Self {
            threads: args.threads.unwrap_or_else(cores),
            late_days: args.late_days,
            max_record_bytes: args.record.max_record.bytes(),
            max_file_bytes: args.max_file.bytes(),
            salvage: args.salvage,
            strict: args.strict,
        }
    }
}
