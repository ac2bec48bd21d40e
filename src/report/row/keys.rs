//! `keys`: one row per long-lived credential that Terraform used, and per account that has none.

use crate::audit::keys::{KeyRow, WorkspaceTie};
use crate::domain::call::Principal;
use crate::report::cell::{Cell, Shape};
use crate::report::schema::{Column, Schema, ShownWhen};

const COLUMNS: &[Column<KeyRow>] = &[
    Column::new("status", Shape::Text, |row| Cell::text(Some(row.status.as_str()))),
    Column::new("account_id", Shape::Text, |row| Cell::text(row.account_id.as_deref())),
    Column::new("identity_type", Shape::Text, |row| Cell::text(row.principal.map(Principal::as_str))),
    Column::new("user", Shape::Text, |row| Cell::text(row.user.as_deref())),
    Column::new("access_key_id", Shape::Text, |row| Cell::text(row.access_key_id.as_deref())),
    Column::new("calls", Shape::Count, |row| Cell::Count(row.used.calls)),
    Column::new("denied", Shape::Count, |row| Cell::Count(row.used.denied)),
    Column::new("first_seen", Shape::Time, |row| Cell::Time(row.used.first_seen)),
    Column::new("last_seen", Shape::Time, |row| Cell::Time(row.used.last_seen)),
    Column::new("services", Shape::List, |row| Cell::list(&row.used.services)),
    Column::new("regions", Shape::List, |row| Cell::list(&row.used.regions)),
    Column::new("source_ips", Shape::List, |row| Cell::list(&row.used.source_ips)),
    Column::new("terraform_versions", Shape::List, |row| Cell::list(&row.used.terraform_versions)),
    Column::new("provider_versions", Shape::List, |row| Cell::list(&row.used.provider_versions)),
    Column::new("role_arns", Shape::List, |row| Cell::list(&row.used.role_arns)),
    Column::new("workspaces", Shape::List, |row| Cell::list(&row.workspaces)),
    Column::new("tie", Shape::Text, |row| Cell::text(row.tie.map(WorkspaceTie::as_str))),
    Column::new("oidc_assumptions", Shape::Count, |row| Cell::Count(row.oidc.assumptions)),
    Column::new("oidc_first_seen", Shape::Time, |row| Cell::Time(row.oidc.first_seen)),
    Column::new("oidc_last_seen", Shape::Time, |row| Cell::Time(row.oidc.last_seen)),
    Column::new("oidc_role_arns", Shape::List, |row| Cell::list(&row.oidc.role_arns)),
    Column::new("oidc_workspaces", Shape::List, |row| Cell::list(&row.oidc.workspaces)),
];

const TABLE: &[(&str, ShownWhen)] = &[
    ("status", ShownWhen::Always),
    ("account_id", ShownWhen::Always),
    ("user", ShownWhen::Always),
    ("access_key_id", ShownWhen::Always),
    ("last_seen", ShownWhen::Always),
    ("calls", ShownWhen::Always),
    ("source_ips", ShownWhen::Always),
    ("workspaces", ShownWhen::AnyValue),
    ("services", ShownWhen::Always),
    ("tie", ShownWhen::AnyValue),
    ("oidc_last_seen", ShownWhen::Always),
    ("role_arns", ShownWhen::AnyValue),
    ("oidc_workspaces", ShownWhen::Always),
    ("terraform_versions", ShownWhen::Always),
];

/// What comes with these if there is room.
const SPARE: &[&str] = &["services", "tie", "oidc_last_seen", "role_arns", "oidc_workspaces", "terraform_versions"];

/// The columns of `keys`.
#[must_use]
pub fn schema() -> Schema<KeyRow> {
    Schema::new(COLUMNS.to_vec(), TABLE).with_spare(SPARE)
}
