//! `tfctrail coverage`: what was and was not seen, by account, region and day.

use clap::Args;

use crate::cli::args::limit::LimitArgs;
use crate::cli::args::output::OutputArgs;
use crate::cli::args::scan::ScanArgs;
use crate::cli::context::{CommandContext, RunCommand};
use crate::cli::error::Error;
use crate::cli::output::writing::Writing;
use crate::cli::reading::answer::read;
use crate::cli::reading::dry_run::carry_out;
use crate::cli::reading::scan::Scan;
use crate::report::row::coverage::{rows, schema};

/// What was read and what is missing, by account, region and day
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tfctrail coverage logs/ --from 2026-11-01 --to 2026-12-01
  tfctrail coverage logs/ --last 30d --strict -o json    exit 5 also if only a day is missing")]
pub struct CoverageArgs {
    /// What is read.
    #[command(flatten)]
    pub scan: ScanArgs,
    /// What is written, and where.
    #[command(flatten)]
    pub output: OutputArgs,
    /// What is too much.
    #[command(flatten)]
    pub limits: LimitArgs,
}

impl RunCommand for CoverageArgs {
    fn run(&self, context: &CommandContext<'_>) -> Result<(), Error> {
        let scan = Scan::new(&self.scan, None, &self.limits, context.now)?;
        carry_out(scan, &self.output, context, |scan| write(self, &scan, context))
    }
}

/// Scans and writes a row for each day of each account's region.
fn write(args: &CoverageArgs, scan: &Scan, context: &CommandContext<'_>) -> Result<(), Error> {
    let writing = Writing::open(&args.output, schema())?;
    let answer = read(scan, None, writing.own_files(), context)?;
    writing.write(rows(&answer.coverage), Some(&answer.coverage), &args.scan.time.tz, context)?;
    answer.verdict()
}
