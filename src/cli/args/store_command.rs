//! The arguments of `store`.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, Subcommand};

use super::StoreArgs;
use crate::report::Format;

/// Arguments of `store`.
#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct StoreCommandArgs {
    /// What to do with it.
    #[command(subcommand)]
    pub command: StoreCommand,
}

/// What can be done with a store.
#[derive(Debug, Subcommand)]
pub enum StoreCommand {
    /// Write all events and runs into files for other tools
    ///
    /// As Parquet, zstd, in folders year=/month=/day= that DuckDB, Athena, Spark and pandas know, or as one CSV or NDJSON
    /// file each. The same store gives the same bytes. The directory appears when it is complete.
    #[command(after_help = "\
Examples:
  tfctrail store export --out lake/
  duckdb -c \"SELECT workspace, count(*) FROM read_parquet('lake/events/**/*.parquet', hive_partitioning = true) GROUP BY 1\"
  tfctrail store export --format csv --out review/")]
    Export(ExportArgs),
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
