//! `decode`: what a subject says.

use super::events::subject_cell;
use crate::domain::subject::Subject;
use crate::report::cell::{Cell, Shape};
use crate::report::schema::{Column, Schema};

const COLUMNS: &[Column<Subject>] = &[
    Column::new("subject", Shape::Text, subject_cell),
    Column::new("kind", Shape::Text, |subject| Cell::text(Some(subject.kind().as_str()))),
    Column::new("organization", Shape::Text, |subject| Cell::text(subject.organization())),
    Column::new("project", Shape::Text, |subject| Cell::text(subject.project())),
    Column::new("workspace", Shape::Text, |subject| Cell::text(subject.workspace())),
    Column::new("stack", Shape::Text, |subject| Cell::text(subject.stack())),
    Column::new("deployment", Shape::Text, |subject| Cell::text(subject.deployment())),
    Column::new("module", Shape::Text, |subject| Cell::text(subject.module())),
    Column::new("phase", Shape::Text, |subject| Cell::text(subject.phase())),
];

/// The columns of `decode`.
#[must_use]
pub fn schema() -> Schema<Subject> {
    Schema::new(COLUMNS.to_vec(), &[])
}
