//! `--threads`, `--late-days`, `--max-record`, `--max-file`, `--salvage`, `--strict`.

use std::num::NonZeroUsize;

use clap::Args;

use super::number;
use crate::cli::size::Size;

/// What is too much, as typed.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Limits")]
pub struct LimitArgs {
    /// Threads that read logs [default: one per core]
    #[arg(long, value_name = "N", value_parser = threads)]
    pub threads: Option<NonZeroUsize>,
    /// Read log files that were delivered up to this many days after the window
    ///
    /// CloudTrail delivers log files late. A log file is skipped if the time in its name is before the window, or after
    /// the end of the N-th day (UTC) that follows the last day of the window.
    #[arg(long, value_name = "N", default_value = "1", value_parser = number::days, allow_negative_numbers = true)]
    pub late_days: u32,
    /// The size of records.
    #[command(flatten)]
    pub record: RecordLimitArgs,
    /// Largest log file, inflated; a larger one fails
    #[arg(long, value_name = "SIZE", default_value = "8GiB")]
    pub max_file: Size,
    /// Keep the complete records in front of a defect; the file still counts as failed
    #[arg(long)]
    pub salvage: bool,
    /// Exit with 5 also if a known account and region has no log file on a day of the window, or copies of an event differ
    #[arg(long)]
    pub strict: bool,
}

/// The size of records, as typed.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Limits")]
pub struct RecordLimitArgs {
    /// Largest record, or line of decode
    #[arg(long, value_name = "SIZE", default_value = "16MiB")]
    pub max_record: Size,
}

/// A number of threads.
pub(in crate::cli) fn threads(text: &str) -> Result<NonZeroUsize, &'static str> {
    match text.parse::<NonZeroUsize>() {
        Ok(count) if count.get() <= 1024 => Ok(count),
        _ => Err("not a number from 1 to 1024"),
    }
}
