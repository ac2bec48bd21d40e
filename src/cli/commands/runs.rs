//! `tfctrail runs`: one row per Terraform run.

use clap::Args;

use crate::audit::headline::Headline;
use crate::audit::runs::assign::assign;
use crate::audit::runs::fold::fold;
use crate::cli::args::events::EventArgs;
use crate::cli::context::{CommandContext, RunCommand};
use crate::cli::error::Error;
use crate::cli::output::writing::Writing;
use crate::cli::reading::answer::read;
use crate::cli::reading::dry_run::carry_out;
use crate::cli::reading::scan::Scan;
use crate::cli::reading::words;
use crate::domain::assumption::Assumption;
use crate::report::row::runs::schema;

/// One row per Terraform run
///
/// Folds the role assumptions of each Terraform run into one row: who (organization, project, workspace or Stack),
/// when, into which accounts, from which source addresses, with which roles, and how often it was denied.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tfctrail runs logs/ --last 7d
  tfctrail runs s3://BUCKET --last 24h --profile audit
  tfctrail runs logs/ --account 111122223333 --phase apply -o csv --out runs.csv
  tfctrail runs logs/ --org acme --workspace 'prod-*' --workspace '!*-sandbox'
  tfctrail runs logs/ --ip '!198.51.100.0/24' --columns run_id,workspace,source_ips,run_url")]
pub struct RunsArgs {
    /// What is asked for.
    #[command(flatten)]
    pub asked: EventArgs,
}

impl RunCommand for RunsArgs {
    fn run(&self, context: &CommandContext<'_>) -> Result<(), Error> {
        let scan = Scan::new(&self.asked.scan, Some(&self.asked.filter), &self.asked.limits, context.now)?;
        carry_out(scan, &self.asked.output, context, |scan| write(&self.asked, &scan, context))
    }
}

/// Scans, folds events into runs and writes them.
fn write(args: &EventArgs, scan: &Scan, context: &CommandContext<'_>) -> Result<(), Error> {
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
