//! `verify`: whether each file is as CloudTrail wrote it.

use crate::domain::verdict::VerifiedFile;
use crate::report::cell::{Cell, Shape};
use crate::report::schema::{Column, Schema, ShownWhen};

const COLUMNS: &[Column<VerifiedFile>] = &[
    Column::new("kind", Shape::Text, |file| Cell::text(Some(file.kind.as_str()))),
    Column::new("account_id", Shape::Text, |file| Cell::text(file.account.as_deref())),
    Column::new("region", Shape::Text, |file| Cell::text(file.region.as_deref())),
    Column::new("trail", Shape::Text, |file| Cell::text(file.trail.as_deref())),
    Column::new("log_file", Shape::Text, |file| Cell::text(Some(&*file.file))),
    Column::new("time", Shape::Time, |file| Cell::Time(file.time)),
    Column::new("verdict", Shape::Text, |file| Cell::text(Some(file.verdict.as_str()))),
    Column::new("reason", Shape::Text, |file| Cell::text(Some(file.verdict.reason()))),
    Column::new("digest", Shape::Text, |file| Cell::text(file.digest.as_deref())),
];

/// What a table shows: the verdict first, the name, which is long, last.
const TABLE: &[(&str, ShownWhen)] = &[
    ("verdict", ShownWhen::Always),
    ("reason", ShownWhen::AnyValue),
    ("kind", ShownWhen::Always),
    ("account_id", ShownWhen::Always),
    ("region", ShownWhen::Always),
    ("trail", ShownWhen::Several),
    ("time", ShownWhen::Always),
    ("log_file", ShownWhen::Always),
];

/// The columns of `verify` (DESIGN §10).
#[must_use]
pub fn schema() -> Schema<VerifiedFile> {
    Schema::new(COLUMNS.to_vec(), TABLE)
}
