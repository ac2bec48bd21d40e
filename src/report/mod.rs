//! Floor 2: rows, and the formats that they are written in. It asks neither the environment nor the terminal:
//! width, colours and time zone are given.

use std::io::{self, BufWriter, Write};

pub mod zone;

pub mod account_names;

pub mod cell;

pub mod schema;

pub mod choice;

pub mod row;

pub mod visible;

pub mod coverage_text;

pub mod coverage_line;

pub mod coverage_json;

pub mod extract;

pub mod hcl;

pub mod trust_policy;

pub mod permission_policy;

pub mod setup;

pub mod page;

pub mod writer;

mod naming;

mod pieces;

mod plain;

mod object_text;

mod csv;

mod json;

mod html;

mod markdown;

pub mod review;

pub mod index;

pub mod trend;

pub mod show;

/// Lines of a page.
mod lines;

pub mod finding_blocks;

pub mod rule_blocks;

mod ndjson;

#[cfg(feature = "parquet")]
mod parquet;

#[cfg(feature = "xlsx")]
pub mod xlsx;

#[cfg(feature = "cli")]
mod table;

#[cfg(feature = "cli")]
mod vertical;

mod finding_row;

mod sarif;

mod ocsf;

mod asff;

#[cfg(test)]
pub(crate) mod sample;

#[cfg(test)]
mod tests;

use self::naming::NamingWriter;
pub use self::writer::{RowWriter, WriterOptions, headings, write_rows};

/// Every format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people, fitted to a width.
    #[cfg(feature = "cli")]
    Table,
    /// For people, a line for each field.
    #[cfg(feature = "cli")]
    Vertical,
    /// RFC 4180.
    Csv,
    /// One object with rows and coverage.
    Json,
    /// One object per row and line.
    Ndjson,
    /// A table in GitHub's Markdown.
    Markdown,
    /// A file of typed columns.
    #[cfg(feature = "parquet")]
    Parquet,
    /// A workbook.
    #[cfg(feature = "xlsx")]
    Xlsx,
    /// SARIF 2.1.0; only of findings.
    Sarif,
    /// OCSF Detection Findings; only of findings.
    Ocsf,
    /// The AWS Security Finding Format; only of findings.
    Asff,
}

/// Makes the writer of a format.
type OpenWriter = for<'a> fn(Box<dyn Write + 'a>, &WriterOptions<'a>) -> io::Result<Box<dyn RowWriter + 'a>>;

/// Formats by name, in the order of help texts. A new one is a file and a line.
const FORMATS: &[(Format, &str, OpenWriter)] = &[
    #[cfg(feature = "cli")]
    (Format::Table, "table", table::open),
    #[cfg(feature = "cli")]
    (Format::Vertical, "vertical", vertical::open),
    (Format::Csv, "csv", csv::open),
    (Format::Json, "json", json::open),
    (Format::Ndjson, "ndjson", ndjson::open),
    (Format::Markdown, "markdown", markdown::open),
    #[cfg(feature = "parquet")]
    (Format::Parquet, "parquet", parquet::open),
    #[cfg(feature = "xlsx")]
    (Format::Xlsx, "xlsx", xlsx::open),
    (Format::Sarif, "sarif", sarif::open),
    (Format::Ocsf, "ocsf", ocsf::open),
    (Format::Asff, "asff", asff::open),
];

impl Format {
    /// Every format that any report can have, in the order of help texts.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::of_findings().filter(|format| !format.needs_findings())
    }

    /// Every format that a report of findings can have, in the order of help texts.
    pub fn of_findings() -> impl Iterator<Item = Self> {
        FORMATS.iter().map(|(format, _, _)| *format)
    }

    /// Whether it can say nothing but findings, with all of their columns.
    #[must_use]
    pub fn needs_findings(self) -> bool {
        matches!(self, Self::Sarif | Self::Ocsf | Self::Asff)
    }

    /// The format of that name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        FORMATS.iter().find(|(_, known, _)| *known == name).map(|(format, _, _)| *format)
    }

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.entry().1
    }

    /// The format of files with such a name: `runs.csv`, `report.md`.
    #[must_use]
    pub fn of_file(path: &std::path::Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        Some(match ending.as_str() {
            "csv" => Self::Csv,
            "json" => Self::Json,
            "ndjson" | "jsonl" => Self::Ndjson,
            "md" | "markdown" => Self::Markdown,
            #[cfg(feature = "parquet")]
            "parquet" => Self::Parquet,
            #[cfg(feature = "xlsx")]
            "xlsx" => Self::Xlsx,
            _ => return None,
        })
    }

    /// Whether the format has a place for the coverage; where not, it belongs on standard error.
    #[must_use]
    pub fn holds_coverage(self) -> bool {
        matches!(self, Self::Json | Self::Markdown)
    }

    /// Whether people read it rather than programs.
    #[must_use]
    pub fn is_for_people(self) -> bool {
        self.is_for_terminals() || self == Self::Markdown
    }

    /// Whether it is made for a terminal, and lets no text of a log give it orders.
    #[must_use]
    pub fn is_for_terminals(self) -> bool {
        ["table", "vertical"].contains(&self.name())
    }

    /// Whether it is no text, and nothing for a terminal.
    #[must_use]
    pub fn is_binary(self) -> bool {
        ["parquet", "xlsx"].contains(&self.name())
    }

    /// Whether it is for a program that opens files.
    #[must_use]
    pub fn needs_file(self) -> bool {
        self.name() == "xlsx"
    }

    /// Starts a report on `out`, which need not be buffered.
    pub fn open<'a>(
        self,
        out: Box<dyn Write + 'a>,
        options: &WriterOptions<'a>,
    ) -> io::Result<Box<dyn RowWriter + 'a>> {
        let out: Box<dyn Write + 'a> = if options.terminal && !self.is_for_terminals() {
            Box::new(BufWriter::new(visible::VisibleWriter::new(out)))
        } else {
            Box::new(BufWriter::new(out))
        };
        let writer = (self.entry().2)(out, options)?;
        Ok(match options.account_names.filter(|names| self.is_for_people() && !names.is_empty()) {
            Some(names) => Box::new(NamingWriter::new(writer, names, &options.headings)),
            None => writer,
        })
    }

    fn entry(self) -> &'static (Self, &'static str, OpenWriter) {
        // The variants are declared in the order of the registry; a test holds them together.
        &FORMATS[self as usize]
    }
}
