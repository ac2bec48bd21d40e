//! `tfctrail events`: one row per role assumption.

use super::args::RunsArgs;
use super::error::Error;
use super::reading::{CommandContext, read};
use super::scan::Scan;
use super::words;
use super::writing::Writing;
use crate::audit::headline::Headline;
use crate::audit::runs::assign::assign;
use crate::domain::assumption::Assumption;
use crate::report::row::events::schema;

/// Scans and writes the events.
pub fn run(args: &RunsArgs, scan: &Scan, context: &CommandContext<'_>) -> Result<(), Error> {
    let writing = Writing::open(&args.output, schema())?;
    let answer = read(scan, Some(&args.grouping), writing.own_files(), context)?;
    let events: Vec<&Assumption> = answer.selected.events.iter().collect();
    let for_people = writing.is_for_people();
    writing.write(events.clone(), Some(&answer.coverage), &args.scan.time.tz, context)?;
    if for_people {
        let runs = assign(&events, args.grouping.run_gap.seconds()).iter().max().map_or(0, |last| last + 1);
        words::tell(&Headline::of(&answer.selected.events, runs), &answer, &scan.issuers, context);
    }
    answer.verdict()
}
