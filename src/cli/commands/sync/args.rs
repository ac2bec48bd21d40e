//! What `sync` takes.

use clap::{Args, FromArgMatches as _, ValueEnum};

use crate::cli::args::aws::AwsArgs;
use crate::cli::args::issuer::IssuerArgs;
use crate::cli::args::limit::LimitArgs;
use crate::cli::args::logs::LogsArgs;
use crate::cli::args::number;
use crate::cli::args::output::OutputArgs;
use crate::cli::args::source::{SourceParser, SourceText};
use crate::cli::args::store::StoreArgs;
use crate::cli::args::time::TimeArgs;
use crate::cli::args::verified::VerifiedArgs;
use crate::cli::args::work_list::WorkListArgs;
use crate::cli::parsing::parse::{ParsedCommandLine, deepest};
use crate::cli::size::Size;
use crate::cli::time::Length;
use crate::source::kinds;
use crate::store::calls::kept::KeptCalls;

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
  tfctrail sync s3://BUCKET --activity               the calls of runs, too
  tfctrail sync extracts/ --activity --logs s3://BUCKET
  tfctrail sync event-history:all --watch 15m
  tfctrail sync cloudwatch-logs:aws-cloudtrail-logs@all
  tfctrail sync athena:DATABASE.TABLE --from 2026-01-01")]
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
    #[arg(long, value_name = "DAYS", default_value = "3", value_parser = number::days, allow_negative_numbers = true)]
    #[arg(help_heading = "Sync")]
    pub look_back: u32,
    /// Whether only log files count that are as CloudTrail wrote them.
    #[command(flatten)]
    pub verified: VerifiedArgs,
    /// List everything in the window again, even if it was listed before; only new or changed log files are read
    #[arg(long, help_heading = "Sync")]
    pub refresh: bool,
    /// Keep the calls that runs made with their credentials, too: what sums of them need, each call, or none
    ///
    /// Without it, a sync keeps as much of them as the store has already. activity and policy then answer from the store; activity
    /// --calls and show need --activity=calls, which takes about twice the space for a call. Log files that were read for less
    /// are read again, where they still exist.
    #[arg(long, value_name = "WHAT", num_args = 0..=1, require_equals = true, default_missing_value = "sums")]
    #[arg(help_heading = "Sync")]
    pub activity: Option<ActivityArg>,
    /// Wait while another process writes to the store, in place of exiting
    #[arg(long, help_heading = "Sync")]
    pub wait: bool,
    /// Sync again and again until a signal, with this pause in between: 5m, 1h
    #[arg(long, value_name = "LENGTH", help_heading = "Sync")]
    pub watch: Option<Length>,
    /// What was extracted.
    #[command(flatten)]
    pub work_list: WorkListArgs,
    /// Most memory for rows of extracts while they are put together; those beyond it go into temporary files
    ///
    /// A row takes some 900 bytes of memory, and 250 of a file. Temporary files have no name, and are gone when the program ends; TMPDIR
    /// says where they lie.
    #[arg(long, value_name = "SIZE", default_value = "512MiB", help_heading = "Limits")]
    pub memory: Size,
    /// The archive of extracts.
    #[command(flatten)]
    pub logs: LogsArgs,
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

/// What is kept of the calls of runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ActivityArg {
    /// What sums of them and policies need
    Sums,
    /// Each call, with what it asked for, and who else wrote to what runs wrote
    Calls,
    /// Nothing
    None,
}

impl From<ActivityArg> for KeptCalls {
    fn from(arg: ActivityArg) -> Self {
        match arg {
            ActivityArg::Sums => Self::Sums,
            ActivityArg::Calls => Self::EachAndWrites,
            ActivityArg::None => Self::None,
        }
    }
}

/// What a report says otherwise, or says of its own output; the last one only where it says it.
const NOT_OF_REPORT: [&str; 9] =
    ["output", "out", "columns", "sort", "limit", "no-header", "csv-raw", "watch", "activity"];

impl SyncArgs {
    /// What the sync in front of a report is asked: what `sync` would be with the same words, the same environment and the
    /// same config file. The words about time are the report's own, and so is what is written. One that tells what runs did needs
    /// each call.
    pub fn of_report(report: &ParsedCommandLine, activity: bool) -> Result<Self, clap::Error> {
        let own = if activity { &NOT_OF_REPORT[..] } else { &NOT_OF_REPORT[..NOT_OF_REPORT.len() - 1] };
        let mut args = Self::from_arg_matches(deepest(&report.words_for("sync", &["--wait"], own)?))?;
        if activity {
            args.activity = Some(ActivityArg::Calls);
        }
        Ok(args)
    }
}
