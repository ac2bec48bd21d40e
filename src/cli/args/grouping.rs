//! `--run-gap`, `--whole-runs`.

use clap::Args;

use crate::cli::time::Length;

/// How events become runs, as typed.
#[derive(Debug, Args)]
#[command(next_help_heading = "Grouping")]
pub struct GroupingArgs {
    /// Split events without a run id (Stacks) into runs where they are further apart
    #[arg(long, value_name = "LENGTH", default_value = "60m")]
    pub run_gap: Length,
    /// Keep every event of a run that has one that passes window and filters
    #[arg(long)]
    pub whole_runs: bool,
}
