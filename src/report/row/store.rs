//! `store info`: what is in a store, by source.

use crate::report::cell::{Cell, Shape};
use crate::report::schema::{Column, Schema};
use crate::store::info::SourceInfo;

const COLUMNS: &[Column<SourceInfo>] = &[
    Column::new("source", Shape::Text, |info| Cell::text(Some(info.label.as_str()))),
    Column::new("kind", Shape::Text, |info| Cell::text(Some(info.kind.as_str()))),
    Column::new("start", Shape::Time, |info| Cell::Time(info.start)),
    Column::new("synced", Shape::Time, |info| Cell::Time(info.synced)),
    Column::new("files", Shape::Count, |info| Cell::Count(info.files)),
    Column::new("read", Shape::Count, |info| Cell::Count(info.read)),
    Column::new("failed", Shape::Count, |info| Cell::Count(info.failed)),
    Column::new("kept", Shape::Count, |info| Cell::Count(info.events)),
    Column::new("unfinished", Shape::Time, |info| Cell::Time(info.unfinished)),
];

/// The columns of the sources of a store.
#[must_use]
pub fn schema() -> Schema<SourceInfo> {
    Schema::new(COLUMNS.to_vec(), &[])
}
