//! The arguments of `store`.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, Subcommand};

use super::{OutputArgs, StoreArgs};
use crate::report::Format;

/// Arguments of `store`.
#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct StoreCommandArgs {
    /// What to do with it.
    #[command(subcommand)]
    pub command: StoreCommand,
}

/// What can be done with a store as a whole.
#[derive(Debug, Subcommand)]
pub enum StoreCommand {
    /// What is in the store, by source
    #[command(after_help = "\
Examples:
  tfctrail store info
  tfctrail store info --store audit.db -o json")]
    Info(StoreInfoArgs),
    /// Remove the events before a point in time
    ///
    /// Their log files stay marked as read, so that no sync brings them back, and the coverage says what was removed. Which
    /// organizations, projects, workspaces, accounts, roles, source addresses and user agents they show stays known, with
    /// the first and the last time, so that findings and reports call nothing new that is not; --forget removes that too.
    #[command(after_help = "\
Examples:
  tfctrail store prune --before 400d
  tfctrail store prune --before 400d --forget
  tfctrail store prune --before 2025-01-01 --store audit.db")]
    Prune(StorePruneArgs),
    /// Remove a source, with all that was read of it
    ///
    /// The next sync of it begins anew. Of a bucket, a prefix that was synced goes with its log files, but for those that
    /// lie in another prefix that was synced too; the bucket alone is all of it, and event-history: all of that.
    #[command(after_help = "\
Examples:
  tfctrail store remove ./old-archive
  tfctrail store remove s3://org-trail/AWSLogs/111122223333/
  tfctrail store remove event-history: --store audit.db")]
    Remove(StoreRemoveArgs),
    /// Read all of the store, and say whether everything in it fits together
    ///
    /// Every table, cell and event is read, as the other commands read them. A line for each thing that does not. Exit code 1
    /// if there is any.
    #[command(after_help = "\
Examples:
  tfctrail store check
  tfctrail store check --store audit.db")]
    Check(StoreArgs),
    /// Write all events and runs into files for other tools
    ///
    /// As Parquet, zstd, in folders year=/month=/day= that DuckDB, Athena, Spark and pandas know, or as one CSV or NDJSON
    /// file each. The same store gives the same bytes. The directory appears when it is complete. Exit code 5 if something is
    /// missing from the store.
    #[command(after_help = "\
Examples:
  tfctrail store export --out lake/
  duckdb -c \"SELECT workspace, count(*) FROM read_parquet('lake/events/**/*.parquet', hive_partitioning = true) GROUP BY 1\"
  tfctrail store export --format csv --out review/")]
    Export(ExportArgs),
}

/// Arguments of `store info`.
#[derive(Debug, Args)]
pub struct StoreInfoArgs {
    /// Which store.
    #[command(flatten)]
    pub store: StoreArgs,
    /// What is written, and where.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Arguments of `store prune`.
#[derive(Debug, Args)]
pub struct StorePruneArgs {
    /// Events before that are removed: 2026-11-01, RFC 3339, today, or how long ago: 400d
    #[arg(long, value_name = "TIME")]
    pub before: String,
    /// Remember nothing of what they show either: whatever comes back after that is new
    #[arg(long)]
    pub forget: bool,
    /// Wait where another process fills the store, in place of leaving
    #[arg(long)]
    pub wait: bool,
    /// Which store.
    #[command(flatten)]
    pub store: StoreArgs,
}

/// Arguments of `store remove`.
#[derive(Debug, Args)]
pub struct StoreRemoveArgs {
    /// The source, as `store info` calls it; of a bucket or the event history, the whole of it or a part that was synced
    #[arg(value_name = "SOURCE")]
    pub source: String,
    /// Wait where another process fills the store, in place of leaving
    #[arg(long)]
    pub wait: bool,
    /// Which store.
    #[command(flatten)]
    pub store: StoreArgs,
}

/// Arguments of `store export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Directory to write; it is new, or empty
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    pub out: PathBuf,
    /// Format of the files
    #[arg(long, value_name = "FORMAT", default_value = "parquet", help_heading = "Output")]
    #[arg(value_parser = PossibleValuesParser::new(ExportArgs::FORMATS.map(Format::name)).map(|name| Format::of_name(&name).unwrap_or(Format::Parquet)))]
    pub format: Format,
    /// Write CSV cells as they are, also those that a spreadsheet would run as a formula
    #[arg(long, help_heading = "Output")]
    pub csv_raw: bool,
    /// Which store.
    #[command(flatten)]
    pub store: StoreArgs,
}

impl ExportArgs {
    /// The formats of files that other tools read.
    const FORMATS: [Format; 3] = [Format::Parquet, Format::Csv, Format::Ndjson];
}
