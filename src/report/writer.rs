//! What every format is: a writer of rows, and what it must know.

use std::borrow::Borrow;
use std::io;

use super::account_names::AccountNames;
use super::cell::Cell;
use super::schema::{Column, Heading};
use super::zone::Zone;
use crate::audit::coverage::Coverage;

/// What the formats need to know.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct WriterOptions<'a> {
    /// The columns of every row to come.
    pub headings: Vec<Heading>,
    /// What the report rests on, for formats that have a place for it.
    pub coverage: Option<&'a Coverage>,
    /// What people call accounts; only formats for people show it.
    pub account_names: Option<&'a AccountNames>,
    /// Columns that a table has only if there is room for them.
    pub spare: Vec<&'static str>,
    /// Columns that somebody asked for by name, so that a table has them in any case.
    pub asked: Vec<&'static str>,
    /// Characters per line of a table; `None` lets it be as wide as it is.
    pub width: Option<u16>,
    /// Whether a table may use bold type.
    pub color: bool,
    /// Whether `out` is a terminal, which must never see a control character of a log.
    pub terminal: bool,
    /// How a table and Markdown show times; data formats have UTC.
    pub time_zone: Zone,
    /// Leaves out the header row of a table or CSV.
    pub no_header: bool,
    /// Leaves cells alone that a spreadsheet would take for formulas.
    pub csv_raw: bool,
}

impl<'a> WriterOptions<'a> {
    /// For these columns: no width, no colour, no terminal, UTC, with header and guard.
    #[must_use]
    pub fn new(headings: Vec<Heading>, coverage: Option<&'a Coverage>) -> Self {
        Self {
            headings,
            coverage,
            account_names: None,
            spare: Vec::new(),
            asked: Vec::new(),
            width: None,
            color: false,
            terminal: false,
            time_zone: Zone::UTC,
            no_header: false,
            csv_raw: false,
        }
    }
}

/// A report being written. What is dropped before [`RowWriter::finish`] is not a report.
pub trait RowWriter {
    /// Takes the next row: one cell for each heading, in their order.
    fn write(&mut self, row: &[Cell<'_>]) -> io::Result<()>;

    /// Writes what is left, and flushes. Returns what a person should be told beside the report.
    fn finish(self: Box<Self>) -> io::Result<Option<String>>;
}

/// The heads of columns.
#[must_use]
pub fn headings<T>(columns: &[Column<T>]) -> Vec<Heading> {
    columns.iter().map(Column::heading).collect()
}

/// Writes the rows of a report, and ends it.
pub fn write_rows<T>(
    columns: &[Column<T>],
    rows: impl IntoIterator<Item = impl Borrow<T>>,
    mut writer: Box<dyn RowWriter + '_>,
) -> io::Result<Option<String>> {
    for row in rows {
        let cells: Vec<Cell<'_>> = columns.iter().map(|column| column.cell(row.borrow())).collect();
        writer.write(&cells)?;
    }
    writer.finish()
}
