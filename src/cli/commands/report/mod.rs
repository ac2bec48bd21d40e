//! `tfctrail report`: what happened in a window, for people every morning and as evidence later.

pub mod args;

mod asked;

mod calls;

mod days;

mod job;

mod baseline;

mod destination;

mod evidence;

mod files;

mod folder;

mod index;

mod manifest;

mod message;

mod parts;

mod place;

mod reports;

mod staging;

mod workbook;

use std::path::Path;

use self::args::ReportArgs;
use self::destination::{Destination, destination};
use self::job::ReportJob;
use self::reports::Reports;
use super::sync;
use super::sync::args::SyncArgs;
use crate::cli::context::{CommandContext, RunCommand};
use crate::cli::error::{Error, ErrorKind};
use crate::cli::output::coverage_file::CoverageFile;
use crate::cli::parsing::parse::ParsedCommandLine;
use crate::cli::reading::dry_run;
use crate::cli::reading::scan::Scan;
use crate::cli::reading::source::sources;
use crate::cli::terminal::talk::Level;
use crate::cli::{notify, rules};
use crate::domain::timestamp::Timestamp;
use crate::domain::window::Window;
use crate::nightly::plan::WindowRequest;
use crate::notify::clock::SystemClock;
use crate::notify::message::Message;
use crate::notify::target::NotifyTarget;
use crate::notify::{DeliveryOutcome, send};
use crate::source::SourceSpec;

impl RunCommand for ReportArgs {
    fn prepare(&mut self, read: &ParsedCommandLine) -> Result<(), clap::Error> {
        self.synced =
            self.about.sync.then(|| SyncArgs::of_report(read, self.about.activity)).transpose()?.map(Box::new);
        Ok(())
    }

    fn run(&self, context: &CommandContext<'_>) -> Result<(), Error> {
        let plan = asked::plan(self, context.now)?;
        let destination = destination(self)?;
        let targets = notify::targets(&self.tell.notify, context.config)?;
        let mut scan = Scan::new(&self.scan, Some(&self.filter), &self.limits, context.now)?;
        let mut synced = Ok(());
        if let Some(sync_args) = self.synced.as_deref() {
            synced = sync_first(sync_args, plan.span().from, context)?.map_or(Ok(()), Err);
            if sync_args.dry_run {
                return synced;
            }
            scan.sources = vec![SourceSpec::Store(sync_args.store.path()?)];
            scan.own_aws = Vec::new();
        }
        let mut scan = calls::wanted(self, scan)?;
        reach(&mut scan, plan);
        if scan.dry_run {
            return dry_run::tell(&scan, context);
        }
        let baseline = match &*self.about.baseline {
            [] => Vec::new(),
            named => sources(named, Some(&self.scan.store))?,
        };
        destination.refuse_overwriting(&scan, &baseline)?;
        write(self, plan, scan, destination, &targets, synced, context)
    }
}

/// Fills the store. An incomplete sync, whose error this gives, costs no report.
fn sync_first(args: &SyncArgs, reach: Option<Timestamp>, context: &CommandContext<'_>) -> Result<Option<Error>, Error> {
    match sync::before_report(args, reach, context.now, context) {
        Err(error) if matches!(error.kind(), ErrorKind::Usage | ErrorKind::Interrupted) => Err(error),
        Err(error) => {
            context.talk.say(Level::Warning, &format!("sync: {}", error.message()));
            Ok(Some(error))
        }
        Ok(()) => Ok(None),
    }
}

/// Reads from the beginning, so that the windows have a past; what is remote only as far back as that past needs.
fn reach(scan: &mut Scan, plan: WindowRequest) {
    scan.filter.window = Window { from: None, to: plan.span().to };
    scan.remote_window = plan.reach();
    scan.start_is_ours = false;
    scan.about = plan.only_window();
    scan.begins = plan.begins();
    if scan.sources.iter().all(SourceSpec::is_remote) {
        scan.filter.window = scan.remote_window;
    }
}

/// Reads, reviews, writes and tells.
fn write(
    args: &ReportArgs,
    plan: WindowRequest,
    mut scan: Scan,
    destination: Destination,
    targets: &[NotifyTarget],
    synced: Result<(), Error>,
    context: &CommandContext<'_>,
) -> Result<(), Error> {
    let coverage_file = CoverageFile::open(scan.coverage_file.take().as_deref())?;
    let settings = rules::settings(&args.expected, context.config, &scan.issuers);
    // Whose issuer nobody named is a finding, as it is in `findings`, so it has to be read.
    scan.issuers = scan.issuers.with_look_alikes();
    scan.kept = days::kept(plan, &destination, args.about.group_by.is_some());
    let own_files = coverage_file.own_files().collect();
    let job = ReportJob { args, plan, scan: &scan, tells: !targets.is_empty(), settings, baseline: None, context };
    job.read(own_files, |reports| {
        let fatal = reports.write(destination)?;
        reports.say_days();
        reports.write_coverage(coverage_file)?;
        conclude(reports, fatal, targets, synced)
    })
}

/// Sends the messages. Who could not be told of one is told of no other: each takes as long to fail.
fn tell(messages: Vec<Message>, targets: &[NotifyTarget]) -> Vec<DeliveryOutcome> {
    let (mut outcomes, mut left) = (Vec::new(), targets.to_vec());
    for message in messages {
        let sent = send(&left, &message, &SystemClock);
        left.retain(|target| sent.iter().any(|outcome| outcome.target == target.name && outcome.result.is_ok()));
        outcomes.extend(sent);
    }
    outcomes
}

/// Tells whom the flags name, and gives the gravest of what went wrong.
fn conclude(
    reports: &Reports<'_>,
    fatal: usize,
    targets: &[NotifyTarget],
    synced: Result<(), Error>,
) -> Result<(), Error> {
    // Nobody is told of a report before it is out, and what fails from here on costs no report.
    let out = reports.lies_at(Path::new(""));
    let outcomes = tell(message::messages(reports.messages.take(), out), targets);
    let told = notify::tell(&outcomes, reports.context);
    let judged = rules::judged(fatal, reports.args.about.fail_on);
    if let WindowRequest::Compare(before, _) = reports.windows.material().plan {
        reports.coverage(before, 0)?;
    }
    let verdict = reports.verdicts.take().into_iter().next().map_or(Ok(()), Err);
    reports.context.talk.gravest([told, judged, reports.answer.permission(), verdict, synced])
}
