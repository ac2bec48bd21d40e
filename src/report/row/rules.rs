//! `findings --rules`: what each rule finds, and why.

use crate::audit::rules::Rule;
use crate::report::cell::{Cell, Shape};
use crate::report::schema::{Column, Schema};

const COLUMNS: &[Column<&'static Rule>] = &[
    Column::new("rule_id", Shape::Text, |rule| Cell::text(Some(rule.id))),
    Column::new("severity", Shape::Text, |rule| Cell::text(Some(rule.severity.as_str()))),
    Column::new("title", Shape::Text, |rule| Cell::text(Some(rule.title))),
    Column::new("needs", Shape::Text, |rule| Cell::text(Some(rule.needs))),
    Column::new("meaning", Shape::Text, |rule| Cell::text(Some(rule.meaning))),
    Column::new("why", Shape::Text, |rule| Cell::text(Some(rule.why))),
    Column::new("source", Shape::Text, |rule| Cell::text(Some(rule.source))),
    Column::new("remedy", Shape::Text, |rule| Cell::text(Some(rule.remedy))),
    Column::new("unknown", Shape::Text, |rule| Cell::text(Some(rule.unknown))),
];

/// The columns of the list of rules.
#[must_use]
pub fn schema() -> Schema<&'static Rule> {
    Schema::new(COLUMNS.to_vec(), &[])
}
