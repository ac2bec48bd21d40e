//! `events`: one row per role assumption.

use crate::domain::assumption::Assumption;
use crate::domain::source_address::SourceAddress;
use crate::domain::subject::Subject;
use crate::domain::user_agent::{provider_version, terraform_version};
use crate::report::cell::{Cell, Shape};
use crate::report::schema::{Column, Schema, ShownWhen};

/// Every column, in the public order.
pub(super) const COLUMNS: &[Column<Assumption>] = &[
    Column::new("time", Shape::Time, |event| Cell::Time(Some(event.time))),
    Column::new("event_id", Shape::Text, |event| Cell::text(event.event_id.as_deref())),
    Column::new("account_id", Shape::Text, |event| Cell::text(event.account_id.as_deref())),
    Column::new("region", Shape::Text, |event| Cell::text(event.region.as_deref())),
    Column::new("source_ip", Shape::Text, |event| Cell::text(event.source_address.as_ref().map(SourceAddress::as_str))),
    Column::new("kind", Shape::Text, |event| Cell::text(Some(event.subject.kind().as_str()))),
    Column::new("organization", Shape::Text, |event| Cell::text(event.subject.organization())),
    Column::new("project", Shape::Text, |event| Cell::text(event.subject.project())),
    Column::new("workspace", Shape::Text, |event| Cell::text(event.subject.workspace())),
    Column::new("stack", Shape::Text, |event| Cell::text(event.subject.stack())),
    Column::new("deployment", Shape::Text, |event| Cell::text(event.subject.deployment())),
    Column::new("module", Shape::Text, |event| Cell::text(event.subject.module())),
    Column::new("phase", Shape::Text, |event| Cell::text(event.subject.phase())),
    Column::new("run_id", Shape::Text, |event| Cell::text(event.run_id.as_deref())),
    Column::new("role_arn", Shape::Text, |event| Cell::text(event.role_arn.as_deref())),
    Column::new("role_session_name", Shape::Text, |event| Cell::text(event.role_session_name.as_deref())),
    Column::new("issuer", Shape::Text, |event| Cell::text(event.issuer.as_deref())),
    Column::new("audience", Shape::Text, |event| Cell::text(event.audience.as_deref())),
    Column::new("outcome", Shape::Text, |event| Cell::text(Some(event.outcome.as_str()))),
    Column::new("error_code", Shape::Text, |event| Cell::text(event.outcome.error_code())),
    Column::new("access_key_id", Shape::Text, |event| Cell::text(event.outcome.access_key_id())),
    Column::new("terraform_version", Shape::Text, |event| {
        Cell::text(event.user_agent.as_deref().and_then(terraform_version))
    }),
    Column::new("provider_version", Shape::Text, |event| {
        Cell::text(event.user_agent.as_deref().and_then(provider_version))
    }),
    Column::new("user_agent", Shape::Text, |event| Cell::text(event.user_agent.as_deref())),
    Column::new("subject", Shape::Text, |event| subject_cell(&event.subject)),
    Column::new("log_file", Shape::Text, |event| Cell::text(Some(&*event.log_file))),
];

const TABLE: &[(&str, ShownWhen)] = &[
    ("time", ShownWhen::Always),
    ("workspace", ShownWhen::Always),
    ("phase", ShownWhen::Always),
    ("account_id", ShownWhen::Always),
    ("source_ip", ShownWhen::Always),
    ("outcome", ShownWhen::Always),
    ("run_id", ShownWhen::Always),
    ("stack", ShownWhen::AnyValue),
    ("deployment", ShownWhen::AnyValue),
    ("module", ShownWhen::AnyValue),
    ("organization", ShownWhen::Several),
    ("region", ShownWhen::Always),
    ("project", ShownWhen::Several),
    ("role_arn", ShownWhen::AnyValue),
    ("issuer", ShownWhen::AnyOther),
    ("subject", ShownWhen::AnyOther),
];

/// What comes with these if there is room.
const SPARE: &[&str] = &["organization", "region", "project", "role_arn", "issuer", "subject"];

/// The text of a subject, byte for byte.
pub(super) fn subject_cell(subject: &Subject) -> Cell<'_> {
    Cell::Text(subject.text())
}

/// The columns of `events`.
#[must_use]
pub fn schema() -> Schema<Assumption> {
    Schema::new(COLUMNS.to_vec(), TABLE).with_spare(SPARE)
}
