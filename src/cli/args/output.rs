//! `--output`, `--out`, `--columns`, `--sort`, `--limit`, `--no-header`, `--csv-raw`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};

/// What is written and where, as typed.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Format of the data
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = Format::Table)]
    pub output: Format,
    /// Write to a file in place of standard output
    ///
    /// The file is readable by its owner only and appears when it is complete, in place of an older one.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Columns to show, in this order
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',')]
    pub columns: Vec<String>,
    /// Sort by a column, with - in front from high to low
    ///
    /// Counts sort as numbers, text as bytes. Rows that are equal in it stay in the default order.
    #[arg(long, value_name = "[-]COLUMN", allow_hyphen_values = true)]
    pub sort: Option<SortKey>,
    /// Show so many rows at most
    #[arg(long, value_name = "ROWS")]
    pub limit: Option<u64>,
    /// Leave out the header row of table, CSV and Markdown
    #[arg(long)]
    pub no_header: bool,
    /// Write CSV cells as they are, also those that a spreadsheet would run as a formula
    #[arg(long)]
    pub csv_raw: bool,
}

/// The formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For the eye
    Table,
    /// RFC 4180; cells that a spreadsheet would run get a ' in front
    Csv,
    /// One object with the schema version, the rows and the coverage
    Json,
    /// One row per line
    Ndjson,
    /// A table and the coverage
    Markdown,
}

/// A column to sort by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortKey {
    /// Its name.
    pub column: String,
    /// From high to low.
    pub descending: bool,
}

impl FromStr for SortKey {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let (descending, column) = text.strip_prefix('-').map_or((false, text), |column| (true, column));
        if column.is_empty() || column.starts_with('-') {
            return Err("not a column; write it like time, or -time from high to low");
        }
        Ok(Self { column: column.to_owned(), descending })
    }
}
