//! `keys`: one row per long-lived credential that Terraform used, and per account that has none.

use crate::audit::keys::{KeyRow, Tie};
use crate::domain::call::Principal;
use crate::report::cell::{Cell, Shape};
use crate::report::schema::{Column, Schema, When};

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
    Column::new("tie", Shape::Text, |row| Cell::text(row.tie.map(Tie::as_str))),
    Column::new("oidc_assumptions", Shape::Count, |row| Cell::Count(row.oidc.assumptions)),
    Column::new("oidc_first_seen", Shape::Time, |row| Cell::Time(row.oidc.first_seen)),
    Column::new("oidc_last_seen", Shape::Time, |row| Cell::Time(row.oidc.last_seen)),
    Column::new("oidc_role_arns", Shape::List, |row| Cell::list(&row.oidc.role_arns)),
    Column::new("oidc_workspaces", Shape::List, |row| Cell::list(&row.oidc.workspaces)),
];

const TABLE: &[(&str, When)] = &[
    ("status", When::Always),
    ("account_id", When::Always),
    ("user", When::Always),
    ("access_key_id", When::Always),
    ("calls", When::Always),
    ("last_seen", When::Always),
    ("services", When::Always),
    ("source_ips", When::Always),
    ("terraform_versions", When::Always),
    ("role_arns", When::AnyValue),
    ("workspaces", When::AnyValue),
    ("tie", When::AnyValue),
    ("oidc_last_seen", When::Always),
    ("oidc_workspaces", When::Always),
];

/// The columns of `keys`.
#[must_use]
pub fn schema() -> Schema<KeyRow> {
    Schema::new(COLUMNS.to_vec(), TABLE)
}
