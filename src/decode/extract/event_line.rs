//! An event of an extract, as JSON has it.

use std::sync::Arc;

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use super::line::{LineText, check_filled};
use super::wire::Attempt;
use crate::domain::assumption::{Assumption, Correction, Outcome};
use crate::domain::digest::unhex_into;
use crate::domain::issuer::{IssuerRole, Issuers};
use crate::domain::role::run_id_of_session;
use crate::domain::shared::Shared;
use crate::domain::subject::{Subject, SubjectKind};
use crate::domain::timestamp::Timestamp;

/// The columns of an event that always have a value: `row`, `schema_version`, and those below that are no `Option`.
const ALWAYS: usize = 8;

/// An event. Of columns that follow from others it is only read whether they have a value.
#[derive(Deserialize)]
pub(super) struct EventLine<'a> {
    #[serde(borrow)]
    time: LineText<'a>,
    #[serde(borrow)]
    event_id: Option<LineText<'a>>,
    #[serde(borrow)]
    account_id: Option<LineText<'a>>,
    #[serde(borrow)]
    region: Option<LineText<'a>>,
    #[serde(borrow)]
    source_ip: Option<LineText<'a>>,
    kind: Option<IgnoredAny>,
    organization: Option<IgnoredAny>,
    project: Option<IgnoredAny>,
    workspace: Option<IgnoredAny>,
    stack: Option<IgnoredAny>,
    deployment: Option<IgnoredAny>,
    module: Option<IgnoredAny>,
    phase: Option<IgnoredAny>,
    run_id: Option<IgnoredAny>,
    #[serde(borrow)]
    role_arn: Option<LineText<'a>>,
    #[serde(borrow)]
    role_session_name: Option<LineText<'a>>,
    #[serde(borrow)]
    issuer: Option<LineText<'a>>,
    #[serde(borrow)]
    audience: Option<LineText<'a>>,
    #[serde(borrow)]
    outcome: LineText<'a>,
    #[serde(borrow)]
    error_code: Option<LineText<'a>>,
    #[serde(borrow)]
    access_key_id: Option<LineText<'a>>,
    terraform_version: Option<IgnoredAny>,
    provider_version: Option<IgnoredAny>,
    #[serde(borrow)]
    user_agent: Option<LineText<'a>>,
    #[serde(borrow)]
    subject: Option<LineText<'a>>,
    #[serde(borrow)]
    pub(super) log_file: LineText<'a>,
    #[serde(borrow)]
    record_sha256: LineText<'a>,
    pub(super) offset: u64,
    #[serde(borrow)]
    pub(super) etag: Option<LineText<'a>>,
    #[serde(borrow)]
    pub(super) attempt: LineText<'a>,
    #[serde(borrow)]
    original_event_id: Option<LineText<'a>>,
    #[serde(borrow)]
    session_end: Option<LineText<'a>>,
    duration_seconds: Option<u32>,
    #[serde(borrow)]
    verification_method: Option<LineText<'a>>,
    #[serde(borrow)]
    pub(super) assumed_role_id: Option<LineText<'a>>,
    #[serde(borrow)]
    updated_fields: Option<LineText<'a>>,
    #[serde(default, borrow, deserialize_with = "there")]
    expiration: LaterColumn<'a>,
    filled: Option<u64>,
}

/// A text in a column that older rows may not have.
#[derive(Default)]
enum LaterColumn<'a> {
    #[default]
    Absent,
    There(Option<LineText<'a>>),
}

/// A member that is there, be it `null`.
fn there<'de, D: Deserializer<'de>>(value: D) -> Result<LaterColumn<'de>, D::Error> {
    Option::<LineText<'de>>::deserialize(value).map(LaterColumn::There)
}

impl EventLine<'_> {
    /// Whether all columns have their values that had them when the row was written.
    pub(super) fn check(&self) -> Result<(), String> {
        let read = [
            &self.event_id,
            &self.account_id,
            &self.region,
            &self.source_ip,
            &self.role_arn,
            &self.role_session_name,
            &self.issuer,
            &self.audience,
            &self.error_code,
            &self.access_key_id,
            &self.user_agent,
            &self.subject,
            &self.etag,
            &self.original_event_id,
            &self.session_end,
            &self.verification_method,
            &self.assumed_role_id,
            &self.updated_fields,
        ];
        let following = [
            &self.kind,
            &self.organization,
            &self.project,
            &self.workspace,
            &self.stack,
            &self.deployment,
            &self.module,
            &self.phase,
            &self.run_id,
            &self.terraform_version,
            &self.provider_version,
        ];
        let found = ALWAYS
            + read.iter().filter(|column| column.is_some()).count()
            + following.iter().filter(|column| column.is_some()).count()
            + usize::from(self.duration_seconds.is_some())
            + usize::from(matches!(self.expiration, LaterColumn::There(Some(_))));
        check_filled(self.filled, found)
    }

    /// The hash of its record.
    fn content(&self) -> Result<[u8; 32], String> {
        let mut content = [0; 32];
        let is_hash = unhex_into(&self.record_sha256, &mut content);
        is_hash.then_some(content).ok_or_else(|| "its record_sha256 is none".to_owned())
    }

    /// What a reader of the log file makes of the event for these issuers; nothing where it is of none of them.
    pub(super) fn assumption(
        self,
        attempt: &Attempt,
        issuers: &Issuers,
        texts: &mut Shared<str>,
    ) -> Result<Option<Assumption>, String> {
        let time = |text: &str| Timestamp::parse_rfc3339(text).ok_or_else(|| format!("'{text}' is no time"));
        let subject = self.subject.as_deref().unwrap_or_default();
        let role = issuers.role(self.issuer.as_deref().unwrap_or_default());
        let is_nameless = role == IssuerRole::Foreign && self.issuer.is_none();
        let corrects = self.original_event_id.is_some();
        if role == IssuerRole::Foreign && !issuers.keeps_subject(subject) && !(is_nameless && corrects) {
            return Ok(None);
        }
        let subject = match role {
            IssuerRole::Terraform => Subject::parse_with(subject, |text| shared(text, texts)),
            _ => Subject::Other(shared(subject, texts)),
        };
        let run_id = match subject.kind() {
            SubjectKind::Other => None,
            _ => self.role_session_name.as_deref().and_then(run_id_of_session).map(Into::into),
        };
        let content = self.content()?;
        let mut shared = |text: LineText<'_>| shared(&text, texts);
        let outcome = match &*self.outcome {
            "granted" => Outcome::Granted { access_key_id: self.access_key_id.map(boxed) },
            "denied" => Outcome::Denied { code: self.error_code.map(&mut shared).unwrap_or_default() },
            other => return Err(format!("'{other}' is no outcome")),
        };
        // Older rows without the column have the end of the session, which is as good unless the event is corrected.
        let expiration = match self.expiration {
            LaterColumn::There(expiration) => expiration,
            LaterColumn::Absent => self.session_end.filter(|_| self.filled.is_none()),
        };
        Ok(Some(Assumption {
            time: time(&self.time)?,
            event_id: self.event_id.map(boxed),
            account_id: self.account_id.map(&mut shared),
            region: self.region.map(&mut shared),
            source_address: self.source_ip.map(|text| shared(text).into()),
            subject,
            issuer: self.issuer.map(&mut shared),
            audience: self.audience.map(&mut shared),
            role_arn: self.role_arn.map(&mut shared),
            role_session_name: self.role_session_name.map(boxed),
            run_id,
            duration_seconds: self.duration_seconds,
            expiration: expiration.as_deref().map(time).transpose()?,
            verification_method: self.verification_method.map(&mut shared),
            outcome,
            user_agent: self.user_agent.map(&mut shared),
            log_file: Arc::clone(&attempt.log_file),
            content,
            correction: self.original_event_id.map(|original| {
                let updated = self.updated_fields.map(boxed).unwrap_or_default();
                Box::new(Correction { original: boxed(original), updated, is_bare: is_nameless })
            }),
        }))
    }
}

/// Longer texts are in few events.
const MOST_SHARED: usize = 512;

/// The text that other events have, too. So much memory those take that are remembered, whatever a stranger writes into them.
fn shared(text: &str, texts: &mut Shared<str>) -> Arc<str> {
    if text.len() > MOST_SHARED { text.into() } else { texts.text(text) }
}

fn boxed(text: LineText<'_>) -> Box<str> {
    text.into_text().into()
}
