//! `runs`: one row per Terraform run.

use crate::domain::run::Run;
use crate::report::cell::{Cell, Shape};
use crate::report::schema::{Column, Schema, ShownWhen};

/// Every column, in the public order.
const fn columns<'r>() -> [Column<Run<'r>>; 21] {
    [
        Column::new("run_id", Shape::Text, |run| Cell::text(run.run_id)),
        Column::new("kind", Shape::Text, |run| Cell::text(Some(run.kind.as_str()))),
        Column::new("issuer", Shape::Text, |run| Cell::text(run.issuer)),
        Column::new("organization", Shape::Text, |run| Cell::text(run.organization)),
        Column::new("project", Shape::Text, |run| Cell::text(run.project)),
        Column::new("workspace", Shape::Text, |run| Cell::text(run.workspace)),
        Column::new("stack", Shape::Text, |run| Cell::text(run.stack)),
        Column::new("deployment", Shape::Text, |run| Cell::text(run.deployment)),
        Column::new("phases", Shape::List, |run| Cell::texts(&run.phases)),
        Column::new("first_seen", Shape::Time, |run| Cell::Time(Some(run.first_seen))),
        Column::new("last_seen", Shape::Time, |run| Cell::Time(Some(run.last_seen))),
        Column::new("account_ids", Shape::List, |run| Cell::texts(&run.account_ids)),
        Column::new("regions", Shape::List, |run| Cell::texts(&run.regions)),
        Column::new("source_ips", Shape::List, |run| Cell::texts(&run.source_ips)),
        Column::new("role_arns", Shape::List, |run| Cell::texts(&run.role_arns)),
        Column::new("assumptions", Shape::Count, |run| Cell::Count(run.assumptions)),
        Column::new("denied", Shape::Count, |run| Cell::Count(run.denied)),
        Column::new("terraform_versions", Shape::List, |run| Cell::texts(&run.terraform_versions)),
        Column::new("provider_versions", Shape::List, |run| Cell::texts(&run.provider_versions)),
        Column::new("run_url", Shape::Text, |run| Cell::owned(run.url().unwrap_or_default())),
        Column::new("grouping", Shape::Text, |run| Cell::text(Some(run.grouping.as_str()))),
    ]
}

const TABLE: &[(&str, ShownWhen)] = &[
    ("first_seen", ShownWhen::Always),
    ("workspace", ShownWhen::Always),
    ("phases", ShownWhen::Always),
    ("account_ids", ShownWhen::Always),
    ("source_ips", ShownWhen::Always),
    ("run_id", ShownWhen::Always),
    ("denied", ShownWhen::NotZero),
    ("stack", ShownWhen::AnyValue),
    ("deployment", ShownWhen::AnyValue),
    ("organization", ShownWhen::Several),
    ("role_arns", ShownWhen::AnyValue),
    ("project", ShownWhen::Several),
    ("assumptions", ShownWhen::Always),
    ("issuer", ShownWhen::AnyOther),
];

/// What comes with these if there is room.
const SPARE: &[&str] = &["organization", "role_arns", "project", "assumptions", "issuer"];

/// The columns of `runs`.
#[must_use]
pub fn schema<'r>() -> Schema<Run<'r>> {
    Schema::new(columns().to_vec(), TABLE).with_spare(SPARE)
}
