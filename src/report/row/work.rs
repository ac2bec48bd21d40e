//! `--dry-run`: what reading remote sources would take, by prefix.

use crate::domain::work::SourceWork;
use crate::report::cell::{Cell, Shape};
use crate::report::schema::{Column, Schema};

const COLUMNS: &[Column<SourceWork>] = &[
    Column::new("source", Shape::Text, |work| Cell::text(Some(work.source.as_str()))),
    Column::new("prefix", Shape::Text, |work| Cell::text(Some(work.prefix.as_str()))),
    Column::new("list_requests", Shape::Count, |work| Cell::Count(work.list_requests)),
    Column::new("get_requests", Shape::Count, |work| Cell::Count(work.get_requests)),
    Column::new("bytes", Shape::Count, |work| Cell::Count(work.bytes)),
    Column::new("skipped", Shape::Count, |work| Cell::Count(work.skipped)),
];

/// The columns of the work list.
#[must_use]
pub fn schema() -> Schema<SourceWork> {
    Schema::new(COLUMNS.to_vec(), &[])
}
