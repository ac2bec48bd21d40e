//! A call of an extract, as JSON has it.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::line::{LineText, check_filled};

use crate::domain::digest::unhex;
use crate::domain::session_call::{IssuedSession, Operation, SessionCall, SessionCaller};
use crate::domain::shared::Shared;
use crate::domain::source_address::SourceAddress;
use crate::domain::timestamp::Timestamp;

/// A call. Columns that follow from others are not read.
#[derive(Deserialize)]
pub(super) struct CallLine<'a> {
    #[serde(borrow)]
    time: LineText<'a>,
    #[serde(borrow)]
    event_id: Option<LineText<'a>>,
    #[serde(borrow)]
    account_id: Option<LineText<'a>>,
    #[serde(borrow)]
    region: Option<LineText<'a>>,
    #[serde(borrow)]
    service: Option<LineText<'a>>,
    #[serde(borrow)]
    event_name: Option<LineText<'a>>,
    read_only: Option<bool>,
    outcome: Option<IgnoredAny>,
    #[serde(borrow)]
    error_code: Option<LineText<'a>>,
    #[serde(borrow)]
    source_ip: Option<LineText<'a>>,
    #[serde(borrow)]
    user_agent: Option<LineText<'a>>,
    #[serde(borrow)]
    access_key_id: Option<LineText<'a>>,
    #[serde(borrow)]
    resources: Vec<LineText<'a>>,
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
    shared_event_id: Option<LineText<'a>>,
    #[serde(borrow)]
    identity_type: Option<LineText<'a>>,
    #[serde(borrow)]
    identity_account_id: Option<LineText<'a>>,
    #[serde(borrow)]
    principal_id: Option<LineText<'a>>,
    #[serde(borrow)]
    session_created: Option<LineText<'a>>,
    #[serde(borrow)]
    session_issuer_arn: Option<LineText<'a>>,
    #[serde(borrow)]
    web_identity_issuer: Option<LineText<'a>>,
    #[serde(borrow)]
    invoked_by: Option<LineText<'a>>,
    #[serde(borrow)]
    issued_access_key_id: Option<LineText<'a>>,
    #[serde(borrow)]
    issued_principal_id: Option<LineText<'a>>,
    #[serde(borrow)]
    issued_role_arn: Option<LineText<'a>>,
    #[serde(borrow)]
    issued_end: Option<LineText<'a>>,
    #[serde(borrow)]
    created_key: Option<LineText<'a>>,
    #[serde(borrow)]
    parameters: Option<LineText<'a>>,
    #[serde(borrow)]
    error_message: Option<LineText<'a>>,
    filled: Option<u64>,
}

/// The columns of a call that always have a value: `row`, `schema_version`, and those that are no `Option`.
const ALWAYS: usize = 8;

impl CallLine<'_> {
    /// Whether all columns have their values that had them when the row was written.
    pub(super) fn check(&self) -> Result<(), String> {
        let texts = [
            &self.event_id,
            &self.account_id,
            &self.region,
            &self.service,
            &self.event_name,
            &self.error_code,
            &self.source_ip,
            &self.user_agent,
            &self.access_key_id,
            &self.etag,
            &self.shared_event_id,
            &self.identity_type,
            &self.identity_account_id,
            &self.principal_id,
            &self.session_created,
            &self.session_issuer_arn,
            &self.web_identity_issuer,
            &self.invoked_by,
            &self.issued_access_key_id,
            &self.issued_principal_id,
            &self.issued_role_arn,
            &self.issued_end,
            &self.created_key,
            &self.parameters,
            &self.error_message,
        ];
        let found = ALWAYS
            + texts.iter().filter(|column| column.is_some()).count()
            + usize::from(self.read_only.is_some())
            + usize::from(self.outcome.is_some());
        check_filled(self.filled, found)
    }
}

/// What calls have in common. Bounded by the calls, which keep it anyway.
pub(super) struct SharedCalls {
    operations: Shared<Operation>,
    callers: Shared<SessionCaller>,
    texts: Shared<str>,
}

impl Default for SharedCalls {
    fn default() -> Self {
        Self { operations: Shared::new(usize::MAX), callers: Shared::new(usize::MAX), texts: Shared::new(usize::MAX) }
    }
}

impl SharedCalls {
    /// The call of a line, of that log file.
    pub(super) fn call(&mut self, line: CallLine<'_>, log_file: &Arc<str>) -> Result<SessionCall, String> {
        let time = |text: &str| Timestamp::parse_rfc3339(text).ok_or_else(|| format!("'{text}' is no time"));
        let boxed = |text: LineText<'_>| -> Box<str> { (*text).into() };
        let issued = match (line.issued_access_key_id, line.issued_end) {
            (Some(access_key_id), Some(end)) => Some(Box::new(IssuedSession {
                access_key_id: boxed(access_key_id),
                principal_id: line.issued_principal_id.map(boxed),
                role_arn: line.issued_role_arn.map(|arn| self.texts.text(&arn)),
                end: time(&end)?,
            })),
            (None, None) => None,
            _ => return Err("a session that a call began has a key and an end".to_owned()),
        };
        let content = unhex(&line.record_sha256).and_then(|bytes| bytes.try_into().ok());
        let mut text = |text: Option<LineText<'_>>| text.map(|text| self.texts.text(&text));
        let operation = Operation {
            account_id: text(line.account_id),
            region: text(line.region),
            service: text(line.service),
            event_name: text(line.event_name),
            read_only: line.read_only,
            error_code: text(line.error_code),
        };
        let caller = SessionCaller {
            kind: text(line.identity_type),
            account_id: text(line.identity_account_id),
            principal_id: text(line.principal_id),
            access_key_id: text(line.access_key_id),
            session_created: line.session_created.as_deref().map(time).transpose()?,
            role_arn: text(line.session_issuer_arn),
            issuer: text(line.web_identity_issuer),
            source_address: text(line.source_ip).map(SourceAddress::from),
            user_agent: text(line.user_agent),
            invoked_by: text(line.invoked_by),
        };
        let resources = line.resources.iter().map(|arn| self.texts.text(arn)).collect();
        Ok(SessionCall {
            time: time(&line.time)?,
            event_id: line.event_id.map(boxed),
            shared_event_id: line.shared_event_id.map(boxed),
            content: content.ok_or_else(|| "its record_sha256 is none".to_owned())?,
            operation: self.operations.one(operation),
            caller: self.callers.one(caller),
            resources,
            issued,
            created_key: line.created_key.map(boxed),
            parameters: line.parameters.map(boxed),
            error_message: line.error_message.map(boxed),
            log_file: Arc::clone(log_file),
        })
    }
}
