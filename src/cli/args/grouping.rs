//! `--run-gap`, `--whole-runs`.

use clap::Args;

use crate::cli::time::Length;

/// How events become runs, as typed.
#[derive(Debug, Args)]
#[command(next_help_heading = "Grouping")]
pub struct GroupingArgs {
    /// Start a new run where events without a run id (Stacks) are further apart than this
    #[arg(long, value_name = "LENGTH", default_value = "60m")]
    pub run_gap: Length,
    /// Keep every event of a run if one of its events passes the window and the filters
    #[arg(long)]
    pub whole_runs: bool,
}
