//! A workbook and its sheets.

use std::io::{self, Write};

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, IgnoreError, Workbook, Worksheet, XlsxError};

use super::coverage_rows;
use super::value::Value;
use crate::audit::coverage::Coverage;
use crate::report::cell::Cell;
use crate::report::coverage_text::counted;
use crate::report::schema::Heading;

/// Rows of a sheet of Excel, the header among them.
const ROWS: u32 = 1_048_576;

/// A time as in all data formats, only that a sheet can count with it.
const TIME: &str = r#"yyyy-mm-dd"T"hh:mm:ss"Z""#;

/// The widest column, in characters; longer texts are there, and show when their cell is chosen.
const WIDEST: usize = 60;

/// A column is not narrower than its header with the button of the filter.
const BUTTON: usize = 4;

/// Behind everything else, where readers of such archives look for a comment: what tells our workbooks from others.
const MARK: &[u8] = crate::decode::ours::XLSX_MARK;

/// Bytes of the record that ends such an archive, without its comment.
const END_RECORD: usize = 22;

/// A workbook that is being filled.
pub struct Book {
    workbook: Workbook,
    cut: u64,
}

/// A sheet that is being filled.
pub struct SheetWriter {
    sheet: Worksheet,
    formats: Formats,
    /// Rows so far, the header among them.
    rows: u32,
    widths: Vec<usize>,
    cut: u64,
}

struct Formats {
    head: Format,
    text: Format,
    time: Format,
}

impl Default for Book {
    fn default() -> Self {
        Self::new()
    }
}

impl Book {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self { workbook: Workbook::new(), cut: 0 }
    }

    /// Begins a sheet of that name, with its header.
    pub fn sheet(&mut self, name: &str, headings: &[Heading]) -> io::Result<SheetWriter> {
        let formats = Formats {
            head: Format::new().set_bold(),
            text: Format::new().set_num_format("@"),
            time: Format::new().set_num_format(TIME),
        };
        let mut sheet = Worksheet::new();
        sheet.set_name(name).map_err(failed)?;
        sheet.set_freeze_panes(1, 0).map_err(failed)?;
        for (at, heading) in (0..).zip(headings) {
            sheet.write_string_with_format(0, at, heading.name, &formats.head).map_err(failed)?;
        }
        let widths = headings.iter().map(|heading| heading.name.chars().count() + BUTTON).collect();
        Ok(SheetWriter { sheet, formats, rows: 1, widths, cut: 0 })
    }

    /// Takes a sheet that is complete.
    pub fn add(&mut self, sheet: SheetWriter) -> io::Result<()> {
        let (sheet, cut) = sheet.finish()?;
        self.workbook.push_worksheet(sheet);
        self.cut += cut;
        Ok(())
    }

    /// Adds the sheet of the coverage, and writes everything. Returns what a person should be told.
    pub fn write(mut self, coverage: Option<&Coverage>, out: &mut dyn Write) -> io::Result<Option<String>> {
        let note = (self.cut > 0).then(|| {
            let ends = if self.cut == 1 { "ends" } else { "end" };
            format!(
                "{} longer than a cell of Excel can be {ends} in (cut: …); -o csv has them whole",
                counted(self.cut, "text")
            )
        });
        if coverage.is_some() || note.is_some() {
            let mut sheet = self.sheet("coverage", &coverage_rows::HEADINGS)?;
            for row in coverage_rows::rows(coverage, note.as_deref()) {
                sheet.write(&row)?;
            }
            self.add(sheet)?;
        }
        let created = ExcelDateTime::from_ymd(2000, 1, 1).map_err(failed)?;
        let properties = DocProperties::new().set_author("tfctrail").set_creation_datetime(&created);
        self.workbook.set_properties(&properties);
        let bytes = marked(self.workbook.save_to_buffer().map_err(failed)?)?;
        out.write_all(&bytes)?;
        Ok(note)
    }
}

impl SheetWriter {
    /// Takes the next row: one cell for each heading.
    pub fn write(&mut self, row: &[Cell<'_>]) -> io::Result<()> {
        if self.rows == ROWS {
            return Err(io::Error::other(format!(
                "a sheet of Excel has no room for more than {} rows; narrow the window or the filters, or write csv or parquet",
                ROWS - 1
            )));
        }
        for (at, cell) in (0..).zip(row) {
            let wanted = self.sheet_cell(at, cell).map_err(failed)?;
            if let Some(width) = self.widths.get_mut(usize::from(at)) {
                *width = wanted.max(*width);
            }
        }
        self.rows += 1;
        Ok(())
    }

    /// Writes a cell, and tells how wide it is.
    fn sheet_cell(&mut self, at: u16, cell: &Cell<'_>) -> Result<usize, XlsxError> {
        let (sheet, row) = (&mut self.sheet, self.rows);
        match Value::of(cell) {
            Value::Absent => return Ok(0),
            Value::Text(text) => {
                sheet.write_string_with_format(row, at, &*text, &self.formats.text)?;
                return Ok(text.chars().take(WIDEST).count());
            }
            Value::Cut(text) => {
                self.cut += 1;
                sheet.write_string_with_format(row, at, text, &self.formats.text)?;
                return Ok(WIDEST);
            }
            Value::Number(number) => sheet.write_number(row, at, number)?,
            Value::Flag(flag) => sheet.write_boolean(row, at, flag)?,
            Value::Time(days) => {
                sheet.write_number_with_format(row, at, days, &self.formats.time)?;
                return Ok(TIME.len() - 4);
            }
        };
        Ok(0)
    }

    fn finish(mut self) -> io::Result<(Worksheet, u64)> {
        let last_row = self.rows - 1;
        if let Some(last) = u16::try_from(self.widths.len()).ok().and_then(|count| count.checked_sub(1)) {
            self.sheet.autofilter(0, 0, last_row, last).map_err(failed)?;
            // Account ids are text on purpose, and no mistake that a green corner should mark.
            self.sheet.ignore_error_range(0, 0, last_row, last, IgnoreError::NumberStoredAsText).map_err(failed)?;
        }
        for (at, width) in (0..).zip(&self.widths) {
            let width = u16::try_from((*width).min(WIDEST)).unwrap_or(u16::MAX);
            self.sheet.set_column_width(at, width + 1).map_err(failed)?;
        }
        Ok((self.sheet, self.cut))
    }
}

/// Puts our mark behind an archive, as its comment.
fn marked(mut bytes: Vec<u8>) -> io::Result<Vec<u8>> {
    let length = u16::try_from(MARK.len()).map_err(io::Error::other)?;
    let end = bytes.len().checked_sub(2).filter(|end| *end >= END_RECORD - 2 && bytes.ends_with(&[0, 0]));
    let Some(end) = end else { return Err(io::Error::other("the workbook has a comment already")) };
    bytes.truncate(end);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(MARK);
    Ok(bytes)
}

fn failed(error: XlsxError) -> io::Error {
    match error {
        XlsxError::IoError(error) => error,
        error => io::Error::other(error),
    }
}
