//! `trust`: one row per role, with the tightest policy; with `--policy`, one row per remark on that policy.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::audit::trust::policy_check::Remark;
use crate::audit::trust::propose::{Proposal, TrustStatement};
use crate::domain::role::arn_account;
use crate::report::cell::{Cell, Shape};
use crate::report::schema::{Column, Schema, ShownWhen};
use crate::report::trust_policy::document;

const COLUMNS: &[Column<Proposal>] = &[
    Column::new("role_arn", Shape::Text, |row| Cell::text(Some(&row.role_arn))),
    Column::new("account_id", Shape::Text, |row| Cell::text(arn_account(&row.role_arn))),
    Column::new("organizations", Shape::List, |row| Cell::list(&row.organizations)),
    Column::new("issuers", Shape::List, |row| list(row, |trust| vec![&*trust.issuer])),
    Column::new("audiences", Shape::List, |row| {
        list(row, |trust| trust.audiences.iter().map(String::as_str).collect())
    }),
    Column::new("subjects", Shape::List, |row| list(row, |trust| trust.subjects.iter().map(String::as_str).collect())),
    Column::new("assumptions", Shape::Count, |row| Cell::Count(row.assumptions)),
    Column::new("first_seen", Shape::Time, |row| Cell::Time(Some(row.first_seen))),
    Column::new("last_seen", Shape::Time, |row| Cell::Time(Some(row.last_seen))),
    Column::new("stops", Shape::List, |row| {
        let stops: BTreeSet<String> =
            row.stops.iter().map(|stop| format!("{}: {}", stop.subject, stop.reason)).collect();
        Cell::List(stops.into_iter().map(Cow::Owned).collect())
    }),
    Column::new("unseen", Shape::List, |row| Cell::list(&row.unseen)),
    Column::new("policy_bytes", Shape::Count, |row| Cell::Count(policy(row).len() as u64)),
    Column::new("policy", Shape::Text, |row| Cell::owned(policy(row))),
];

const TABLE: &[(&str, ShownWhen)] = &[
    ("role_arn", ShownWhen::Always),
    ("organizations", ShownWhen::Always),
    ("audiences", ShownWhen::Always),
    ("subjects", ShownWhen::Always),
    ("stops", ShownWhen::AnyValue),
    ("unseen", ShownWhen::AnyValue),
    ("policy_bytes", ShownWhen::Always),
];

fn list<'a>(row: &'a Proposal, texts: fn(&'a TrustStatement) -> Vec<&'a str>) -> Cell<'a> {
    let all: BTreeSet<&str> = row.trusts.iter().flat_map(texts).collect();
    Cell::List(all.into_iter().map(Cow::Borrowed).collect())
}

/// The document as IAM takes it; nothing where nothing can be covered.
fn policy(row: &Proposal) -> String {
    if row.trusts.is_empty() { String::new() } else { document(&row.trusts).to_string() }
}

/// The columns of `trust`.
#[must_use]
pub fn schema() -> Schema<Proposal> {
    Schema::new(COLUMNS.to_vec(), TABLE)
}

const REMARKS: &[Column<Remark>] = &[
    Column::new("verdict", Shape::Text, |row| Cell::text(Some(row.verdict.as_str()))),
    Column::new("statement", Shape::Text, |row| Cell::text(Some(&row.statement))),
    Column::new("condition", Shape::Text, |row| Cell::text(Some(&row.condition))),
    Column::new("what", Shape::Text, |row| Cell::text(Some(&row.what))),
    Column::new("example", Shape::Text, |row| Cell::text(row.example.as_deref())),
    Column::new("remedy", Shape::Text, |row| Cell::text(Some(row.remedy))),
];

/// The columns of `trust --policy`.
#[must_use]
pub fn remarks_schema() -> Schema<Remark> {
    Schema::new(REMARKS.to_vec(), &[])
}
