//! `sync`: what it did, by source.

use crate::domain::sync_counts::SyncCounts;
use crate::report::cell::{Cell, Shape};
use crate::report::schema::{Column, Schema};

const COLUMNS: &[Column<SyncCounts>] = &[
    Column::new("source", Shape::Text, |outcome| Cell::text(Some(outcome.source.as_str()))),
    Column::new("new", Shape::Count, |outcome| Cell::Count(outcome.new)),
    Column::new("changed", Shape::Count, |outcome| Cell::Count(outcome.again)),
    Column::new("unchanged", Shape::Count, |outcome| Cell::Count(outcome.unchanged)),
    Column::new("skipped", Shape::Count, |outcome| Cell::Count(outcome.skipped)),
    Column::new("failed", Shape::Count, |outcome| Cell::Count(outcome.failed)),
    Column::new("gone", Shape::Count, |outcome| Cell::Count(outcome.gone)),
    Column::new("kept", Shape::Count, |outcome| Cell::Count(outcome.events)),
    Column::new("bytes", Shape::Count, |outcome| Cell::Count(outcome.bytes)),
];

/// The columns of what a sync did.
#[must_use]
pub fn schema() -> Schema<SyncCounts> {
    Schema::new(COLUMNS.to_vec(), &[])
}
