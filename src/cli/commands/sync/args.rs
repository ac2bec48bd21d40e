//! What `sync` takes.

use clap::{Args, FromArgMatches as _};

use crate::cli::args::aws::AwsArgs;
use crate::cli::args::issuer::IssuerArgs;
use crate::cli::args::limit::LimitArgs;
use crate::cli::args::output::OutputArgs;
use crate::cli::args::source::{SourceParser, SourceText};
use crate::cli::args::store::StoreArgs;
use crate::cli::args::time::TimeArgs;
use crate::cli::parsing::parse::{ParsedCommandLine, deepest};
use crate::cli::time::Length;
use crate::source::kinds;

/// Fill the store with what is new in sources
///
/// Reads log files that are new or have changed, and remembers which ones it has read. Other commands then read the
/// store in place of the log files. A sync may be interrupted at any time: the next one continues, nothing is lost, and
/// nothing is stored twice.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tfctrail sync s3://BUCKET                          at first the last 7 days, then all that is new since
  tfctrail sync s3://BUCKET --from 2026-01-01        from there on
  tfctrail sync logs/ --store audit.db
  tfctrail sync event-history:all --watch 15m")]
pub struct SyncArgs {
    /// The sources.
    #[arg(value_name = "SOURCE", value_parser = SourceParser::default())]
    #[arg(help = format!("Directory, log file, {} [default: the sources of the config file]", kinds::either()))]
    pub sources: Vec<SourceText>,
    /// Print what would be listed and fetched from remote sources, and fetch nothing
    #[arg(long, conflicts_with = "watch")]
    pub dry_run: bool,
    /// List the day folders of a bucket again for this many days before today (UTC), since log files arrive late
    ///
    /// Older day folders are not listed again once a sync has listed and read them to the end. Log files that failed are always
    /// tried again, however old they are.
    #[arg(long, value_name = "DAYS", default_value = "3", value_parser = clap::value_parser!(u32).range(..=3650))]
    #[arg(help_heading = "Sync")]
    pub look_back: u32,
    /// List everything in the window again, even if it was listed before; only new or changed log files are read
    #[arg(long, help_heading = "Sync")]
    pub refresh: bool,
    /// Wait while another process writes to the store, in place of exiting
    #[arg(long, help_heading = "Sync")]
    pub wait: bool,
    /// Sync again and again until a signal, with this pause in between: 5m, 1h
    #[arg(long, value_name = "LENGTH", help_heading = "Sync")]
    pub watch: Option<Length>,
    /// The window.
    #[command(flatten)]
    pub time: TimeArgs,
    /// The issuers.
    #[command(flatten)]
    pub issuers: IssuerArgs,
    /// Which store.
    #[command(flatten)]
    pub store: StoreArgs,
    /// How to reach AWS.
    #[command(flatten)]
    pub aws: AwsArgs,
    /// What is written, and where.
    #[command(flatten)]
    pub output: OutputArgs,
    /// What is too much.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// What a report says otherwise, or says of its own output.
const NOT_OF_REPORT: [&str; 8] = ["output", "out", "columns", "sort", "limit", "no-header", "csv-raw", "watch"];

impl SyncArgs {
    /// What the sync in front of a report is asked: what `sync` would be with the same words, the same environment and the
    /// same config file. The words about time are the report's own, and so is what is written.
    pub fn of_report(report: &ParsedCommandLine) -> Result<Self, clap::Error> {
        Self::from_arg_matches(deepest(&report.words_for("sync", &["--wait"], &NOT_OF_REPORT)?))
    }
}
