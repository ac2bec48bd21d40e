//! `tfctrail summary`: counts by any columns of events, by day or by hour.

use super::args::SummaryArgs;
use super::error::Error;
use super::reading::{CommandContext, count, read};
use super::scan::Scan;
use super::words;
use super::writing::Writing;
use crate::audit::headline::Headline;
use crate::audit::runs::assign::assign;
use crate::domain::assumption::Assumption;
use crate::report::row::summary::By;
use crate::store::count::Count;

/// Scans, counts and writes the groups.
pub fn run(args: &SummaryArgs, scan: &Scan, context: &CommandContext<'_>) -> Result<(), Error> {
    let by = By::parse(&args.by.join(",")).map_err(|error| Error::usage(format!("--by: {error}")))?;
    let writing = Writing::open(&args.output, by.schema())?;
    let run_gap = args.grouping.run_gap.seconds();
    let counted = match by.keys() {
        Some(keys) if !args.grouping.whole_runs => count(scan, Count { keys: &keys, run_gap }, context)?,
        _ => None,
    };
    let (answer, groups, headline) = if let Some(counted) = counted {
        counted
    } else {
        let answer = read(scan, Some(&args.grouping), writing.own_files(), context)?;
        let events: Vec<&Assumption> = answer.selected.events.iter().collect();
        let runs = assign(&events, run_gap);
        let groups = by.rows(events.iter().copied().zip(runs.iter().copied()));
        let headline = Headline::of(&answer.selected.events, runs.iter().max().map_or(0, |last| last + 1));
        (answer, groups, headline)
    };
    let for_people = writing.is_for_people();
    writing.write(groups, Some(&answer.coverage), &args.scan.time.tz, context)?;
    if for_people {
        words::tell(&headline, &answer, &scan.issuers, context);
    }
    answer.verdict()
}
