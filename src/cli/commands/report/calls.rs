//! `--activity`: the calls of runs, for a report.

use super::args::ReportArgs;
use super::evidence::ReportInput;
use crate::cli::error::Error;
use crate::cli::reading::calls::{accounts_of, scan_for_calls};
use crate::cli::reading::scan::Scan;
use crate::ingest::options::WantedCalls;
use crate::nightly::calls::ReportCalls;
use crate::source::SourceSpec;

/// Refuses what ends in a store, before anything is done.
pub(super) fn refuse_store(args: &ReportArgs) -> Result<(), Error> {
    if args.about.activity && args.about.sync {
        return Err(Error::usage("--activity does not go together with --sync")
            .hint("--sync reports from the store, which holds no calls; leave it out to report from the log files"));
    }
    Ok(())
}

/// The scan, which reads calls too where they are asked for.
pub(super) fn wanted(args: &ReportArgs, scan: Scan) -> Result<Scan, Error> {
    if !args.about.activity {
        return Ok(scan);
    }
    if let Some(store) = scan.sources.iter().find(|spec| matches!(spec, SourceSpec::Store(_))) {
        let message = format!("source '{}': holds no calls that a report is made of", store.label());
        return Err(
            Error::usage(message).hint("report --activity reads log files; activity, show and policy read stores")
        );
    }
    scan_for_calls("report --activity", scan, WantedCalls::Session { parameters: true })
}

/// The calls that were read, with their runs; they are taken out of what was read.
pub(super) fn take(args: &ReportArgs, scan: &Scan, evidence: &mut ReportInput) -> Option<ReportCalls> {
    let sessions = std::mem::take(&mut evidence.answer.sessions);
    args.about.activity.then(|| {
        let events = evidence.whole.as_deref().unwrap_or(&evidence.answer.selected.events);
        let gap = args.grouping.run_gap.seconds();
        let mut calls = ReportCalls::of(events, &sessions.principals, sessions.calls, &scan.issuers, gap);
        calls.accounts = accounts_of(&evidence.answer.coverage, calls.all());
        calls
    })
}
