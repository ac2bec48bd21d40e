//! `report.xlsx`: what the CSV files of a report have, a sheet each, and the coverage.

use std::borrow::Borrow;
use std::io::{self, Write};

use crate::audit::activity::fold::fold;
use crate::audit::review::Review;
use crate::report::cell::{Cell, Shape};
use crate::report::coverage_text::grouped;
use crate::report::headings;
use crate::report::row::{activity, events, findings, runs};
use crate::report::schema::{Heading, Schema};
use crate::report::xlsx::book::Book;

/// A sheet has no more rows: a workbook is put together in memory, where a row of events takes 5 kB, and a night may have millions of them.
const MOST: usize = 20_000;

/// Writes it.
pub(super) fn write(out: &mut dyn Write, review: &Review<'_>) -> io::Result<()> {
    let mut book = Book::new();
    sheet(&mut book, "findings", &findings::schema(), (review.findings.len(), MOST), review.findings.iter())?;
    sheet(&mut book, "runs", &runs::schema(), (review.runs.len(), MOST), review.runs.iter())?;
    sheet(&mut book, "events", &events::schema(), (review.events.len(), MOST), review.events.iter().copied())?;
    if let Some(deeds) = &review.deeds {
        let mut rows = fold(&deeds.calls().cloned().collect::<Vec<_>>());
        activity::sort(&mut rows);
        sheet(&mut book, "activity", &activity::schema(), (rows.len(), MOST), rows.iter())?;
    }
    // What was cut is told in the workbook itself.
    book.write(Some(review.coverage), out).map(drop)
}

/// A sheet of these rows. Of more than `most` it has none, and says which file has them.
fn sheet<T>(
    book: &mut Book,
    name: &str,
    schema: &Schema<T>,
    (all, most): (usize, usize),
    rows: impl Iterator<Item = impl Borrow<T>>,
) -> io::Result<()> {
    if all > most {
        let mut sheet = book.sheet(name, &[Heading { name: "note", shape: Shape::Text }])?;
        let (most, all) = (grouped(most as u64), grouped(all as u64));
        sheet.write(&[Cell::owned(format!(
            "a sheet of this workbook has no more than {most} rows; {name}.csv beside it has all {all}"
        ))])?;
        return book.add(sheet);
    }
    let columns = schema.columns();
    let mut sheet = book.sheet(name, &headings(columns))?;
    for row in rows {
        let cells: Vec<Cell<'_>> = columns.iter().map(|column| column.cell(row.borrow())).collect();
        sheet.write(&cells)?;
    }
    book.add(sheet)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::schema::Column;

    #[test]
    fn what_is_too_much_is_named_and_not_cut() {
        let schema = Schema::new(vec![Column::new("n", Shape::Count, |row: &u64| Cell::Count(*row))], &[]);
        let written = |most| {
            let (mut book, mut out) = (Book::new(), Vec::new());
            sheet(&mut book, "events", &schema, (3, most), [1_u64, 2, 3].iter()).unwrap();
            book.write(None, &mut out).unwrap();
            out
        };
        assert_eq!(written(3), written(usize::MAX));
        assert_ne!(written(2), written(3));
    }
}
