//! `--activity`: the calls of runs, for a report.

use super::args::ReportArgs;
use super::evidence::ReportInput;
use crate::audit::activity::call_filter::CallFilter;
use crate::audit::filter::Filter;
use crate::cli::error::Error;
use crate::cli::reading::calls::scan_for_calls;
use crate::cli::reading::scan::Scan;
use crate::domain::window::Window;
use crate::ingest::options::WantedCalls;
use crate::ingest::second_pass::SessionCalls;
use crate::nightly::calls::ReportCalls;
use crate::nightly::plan::WindowRequest;

/// The scan, which reads calls too where they are asked for.
pub(super) fn wanted(args: &ReportArgs, scan: Scan) -> Result<Scan, Error> {
    if !args.about.activity {
        args.logs.refuse_without("report")?;
        return Ok(scan);
    }
    let mut scan = scan_for_calls("report --activity", scan, WantedCalls::SessionAndWrites)?;
    // Each run has a page with its time line.
    scan.shows_each_call = true;
    // The sync in front of it had the archive already.
    if args.synced.is_some() { Ok(scan) } else { scan.with_logs(&args.logs) }
}

/// The calls that were read, with their runs; they are taken out of what was read.
pub(super) fn take(
    args: &ReportArgs,
    plan: WindowRequest,
    scan: &Scan,
    evidence: &mut ReportInput,
) -> Option<ReportCalls> {
    let SessionCalls { calls, principals, writes, .. } = std::mem::take(&mut evidence.answer.sessions);
    args.about.activity.then(|| {
        let events = std::mem::take(&mut evidence.everything);
        let gap = args.grouping.run_gap.seconds();
        let at_any_time = Filter { window: Window::default(), ..scan.filter.clone() };
        let read = (plan.span(), scan.limits.late_days);
        let filter = CallFilter::of_events(&at_any_time);
        let calls = ReportCalls::of((events, principals), (calls, writes), &scan.issuers, gap, filter, read);
        if args.grouping.whole_runs { calls.with_whole_runs(&evidence.answer.selected.events) } else { calls }
    })
}
