//! `--output`, `--out`, `--columns`, `--sort`, `--limit`, `--no-header`, `--csv-raw`.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};

use super::number;
use crate::report::Format;

/// What is written and where, as typed.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Format of the data [default: what the name of --out ends in, else table]
    ///
    /// table: for the eye. vertical: the same with a line for each field. csv: RFC 4180, where cells that a spreadsheet would run get a ' in front. json: one object
    /// with the schema version, the rows and the coverage. ndjson: one row per line. markdown: a table and the coverage.
    /// parquet: typed columns for DuckDB, Athena, Spark and pandas; not for a terminal. xlsx: a workbook with the rows and the
    /// coverage, where ids stay text and times are dates; it needs --out.
    #[arg(short, long, value_name = "FORMAT", value_parser = PossibleValuesParser::new(Format::all().map(Format::name)).map(|name| Format::of_name(&name).unwrap_or(Format::Table)))]
    pub output: Option<Format>,
    /// Write to a file in place of standard output
    ///
    /// Only its owner can read the file. It appears when it is complete, and replaces an older one.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Columns to show, in this order; all for all of them, +A to add one, -A to leave one out
    ///
    /// Without a name in front, +A and -A change the columns that there would be: all in data formats, and in a table those
    /// that fit a question.
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',', allow_hyphen_values = true)]
    pub columns: Vec<String>,
    /// Sort by a column; with - in front, from high to low
    ///
    /// Numbers sort by value, text by its bytes. Rows that are equal in the column keep the default order.
    #[arg(long, value_name = "[-]COLUMN", allow_hyphen_values = true)]
    pub sort: Option<SortKey>,
    /// Show at most this many rows
    #[arg(short = 'n', long, value_name = "ROWS", value_parser = number::rows, allow_negative_numbers = true)]
    pub limit: Option<u64>,
    /// Leave out the header row of table, CSV and Markdown
    #[arg(long)]
    pub no_header: bool,
    /// Write CSV cells as they are, even where a spreadsheet would run them as formulas
    #[arg(long)]
    pub csv_raw: bool,
}

impl OutputArgs {
    /// The format that was asked for, else the one that the name of the file says, else a table.
    #[must_use]
    pub fn format(&self) -> Format {
        format(self.output, self.out.as_deref())
    }
}

/// The format that was asked for, else the one that the name of the file says, else a table.
#[must_use]
pub fn format(asked: Option<Format>, out: Option<&Path>) -> Format {
    asked.or_else(|| out.and_then(Format::of_file)).unwrap_or(Format::Table)
}

/// A column to sort by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortKey {
    /// Its name.
    pub column: String,
    /// From high to low.
    pub descending: bool,
}

impl std::fmt::Display for SortKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", if self.descending { "-" } else { "" }, self.column)
    }
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
