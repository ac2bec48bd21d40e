//! `tfctrail events`: one row per role assumption.

use clap::Args;

use crate::audit::headline::Headline;
use crate::audit::runs::assign::assign;
use crate::cli::args::events::EventArgs;
use crate::cli::context::{CommandContext, RunCommand};
use crate::cli::error::Error;
use crate::cli::output::writing::Writing;
use crate::cli::reading::answer::read;
use crate::cli::reading::dry_run::carry_out;
use crate::cli::reading::scan::Scan;
use crate::cli::reading::words;
use crate::domain::assumption::Assumption;
use crate::report::row::events::schema;

/// One row per role assumption, granted or denied
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tfctrail events logs/ --outcome denied --last 24h
  tfctrail events logs/ --run run-LMCK4SSiBfR6Y6rb -o json
  gunzip -c logs/*.gz | tfctrail events - --role 'deploy-*' -o ndjson
  tfctrail events logs/ --all-issuers --kind other --columns time,issuer,subject,role_arn")]
pub struct EventsArgs {
    /// What is asked for.
    #[command(flatten)]
    pub asked: EventArgs,
}

impl RunCommand for EventsArgs {
    fn run(&self, context: &CommandContext<'_>) -> Result<(), Error> {
        let scan = Scan::new(&self.asked.scan, Some(&self.asked.filter), &self.asked.limits, context.now)?;
        carry_out(scan, &self.asked.output, context, |scan| write(&self.asked, &scan, context))
    }
}

/// Scans and writes the events.
fn write(args: &EventArgs, scan: &Scan, context: &CommandContext<'_>) -> Result<(), Error> {
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
