//! `tfctrail summary`: counts by any columns of events, by day or by hour.

use super::args::SummaryArgs;
use super::error::Error;
use super::reading::{Voice, read};
use super::scan::Scan;
use super::words;
use super::writing::Writing;
use crate::audit::group::assign;
use crate::domain::assumption::Assumption;
use crate::report::row::summary::By;

/// Scans, counts and writes the groups.
pub fn run(args: &SummaryArgs, scan: &Scan, voice: &Voice<'_>) -> Result<(), Error> {
    let by = By::parse(&args.by.join(",")).map_err(|error| Error::usage(format!("--by: {error}")))?;
    let writing = Writing::open(&args.output, by.schema())?;
    let answer = read(scan, Some(&args.grouping), writing.own_files(), voice)?;
    let events: Vec<&Assumption> = answer.selected.events.iter().collect();
    let runs = assign(&events, args.grouping.run_gap.seconds());
    let groups = by.rows(events.iter().copied().zip(runs.iter().copied()));
    let for_people = writing.is_for_people();
    writing.write(groups, Some(&answer.coverage), args.scan.time.tz.time_zone(), voice)?;
    if for_people {
        words::tell(&answer, runs.iter().max().map_or(0, |last| last + 1), &scan.issuers, voice);
    }
    answer.verdict()
}
