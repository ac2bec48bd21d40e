//! `tfctrail runs`: one row per Terraform run.

use super::args::RunsArgs;
use super::error::Error;
use super::reading::{CommandContext, read};
use super::scan::Scan;
use super::words;
use super::writing::Writing;
use crate::audit::headline::Headline;
use crate::audit::runs::assign::assign;
use crate::audit::runs::fold::fold;
use crate::domain::assumption::Assumption;
use crate::report::row::runs::schema;

/// Scans, folds events into runs and writes them.
pub fn run(args: &RunsArgs, scan: &Scan, context: &CommandContext<'_>) -> Result<(), Error> {
    let writing = Writing::open(&args.output, schema())?;
    let answer = read(scan, Some(&args.grouping), writing.own_files(), context)?;
    let events: Vec<&Assumption> = answer.selected.events.iter().collect();
    let runs = fold(&events, &assign(&events, args.grouping.run_gap.seconds()));
    let (count, for_people) = (runs.len(), writing.is_for_people());
    writing.write(runs, Some(&answer.coverage), &args.scan.time.tz, context)?;
    if for_people {
        words::tell(&Headline::of(&answer.selected.events, count), &answer, &scan.issuers, context);
    }
    answer.verdict()
}
