//! A workbook for Excel and what reads its files: a sheet of rows, and one of the coverage.
//!
//! Ids, names and lists are text, whatever they look like; times are dates with a time, in UTC; counts are numbers. Nothing is
//! ever a formula. The same rows give the same bytes. A workbook is put together in memory.

use std::io::{self, Write};

use self::book::{Book, SheetWriter};
use super::cell::Cell;
use super::writer::{RowWriter, WriterOptions};
use crate::audit::coverage::Coverage;

pub mod book;

mod coverage_rows;

mod value;

struct XlsxWriter<'a> {
    out: Box<dyn Write + 'a>,
    book: Book,
    rows: SheetWriter,
    coverage: Option<&'a Coverage>,
}

pub(super) fn open<'a>(out: Box<dyn Write + 'a>, options: &WriterOptions<'a>) -> io::Result<Box<dyn RowWriter + 'a>> {
    let mut book = Book::new();
    let rows = book.sheet("rows", &options.headings)?;
    Ok(Box::new(XlsxWriter { out, book, rows, coverage: options.coverage }))
}

impl RowWriter for XlsxWriter<'_> {
    fn write(&mut self, row: &[Cell<'_>]) -> io::Result<()> {
        self.rows.write(row)
    }

    fn finish(mut self: Box<Self>) -> io::Result<Option<String>> {
        self.book.add(self.rows)?;
        let note = self.book.write(self.coverage, &mut *self.out)?;
        self.out.flush()?;
        Ok(note)
    }
}

#[cfg(test)]
mod tests;
