//! A call of an extract: what the record itself tells, and nothing about runs. Whose it is is told where extracts are put together.

use std::io;
use std::sync::Arc;

use serde::Serialize;

use crate::domain::digest::hex;
use crate::domain::session_call::SessionCall;
use crate::domain::source_address::SourceAddress;
use crate::report::row::SCHEMA_VERSION;

/// The order of the fields is part of the contract (DESIGN §12).
#[derive(Serialize)]
struct CallRow<'a> {
    row: &'static str,
    schema_version: u64,
    time: String,
    event_id: Option<&'a str>,
    account_id: Option<&'a str>,
    region: Option<&'a str>,
    service: Option<&'a str>,
    event_name: Option<&'a str>,
    read_only: Option<bool>,
    outcome: &'static str,
    error_code: Option<&'a str>,
    source_ip: Option<&'a str>,
    user_agent: Option<&'a str>,
    access_key_id: Option<&'a str>,
    resources: Vec<&'a str>,
    log_file: &'a str,
    record_sha256: String,
    offset: u64,
    etag: Option<&'a str>,
    attempt: &'a str,
    shared_event_id: Option<&'a str>,
    identity_type: Option<&'a str>,
    identity_account_id: Option<&'a str>,
    principal_id: Option<&'a str>,
    session_created: Option<String>,
    session_issuer_arn: Option<&'a str>,
    web_identity_issuer: Option<&'a str>,
    invoked_by: Option<&'a str>,
    issued_access_key_id: Option<&'a str>,
    issued_principal_id: Option<&'a str>,
    issued_role_arn: Option<&'a str>,
    issued_end: Option<String>,
    created_key: Option<&'a str>,
    parameters: Option<&'a str>,
    error_message: Option<&'a str>,
    filled: usize,
}

impl CallRow<'_> {
    /// Counts the columns that have a value, of which nine always have one.
    fn count(mut self) -> Self {
        let texts = [
            self.event_id,
            self.account_id,
            self.region,
            self.service,
            self.event_name,
            self.error_code,
            self.source_ip,
            self.user_agent,
            self.access_key_id,
            self.etag,
            self.shared_event_id,
            self.identity_type,
            self.identity_account_id,
            self.principal_id,
            self.session_created.as_deref(),
            self.session_issuer_arn,
            self.web_identity_issuer,
            self.invoked_by,
            self.issued_access_key_id,
            self.issued_principal_id,
            self.issued_role_arn,
            self.issued_end.as_deref(),
            self.created_key,
            self.parameters,
            self.error_message,
        ];
        self.filled = 9 + texts.iter().flatten().count() + usize::from(self.read_only.is_some());
        self
    }
}

/// Where a call stands, and what read it.
pub(super) struct CallPlace<'a> {
    pub(super) offset: u64,
    pub(super) etag: Option<&'a str>,
    pub(super) attempt: &'a str,
}

/// Adds the line.
pub(super) fn put(call: &SessionCall, place: &CallPlace<'_>, out: &mut Vec<u8>) -> io::Result<()> {
    let (operation, caller, issued) = (&*call.operation, &*call.caller, call.issued.as_deref());
    let row = CallRow {
        row: "call",
        schema_version: SCHEMA_VERSION,
        time: call.time.to_string(),
        event_id: call.event_id.as_deref(),
        account_id: operation.account_id.as_deref(),
        region: operation.region.as_deref(),
        service: operation.service.as_deref(),
        event_name: operation.event_name.as_deref(),
        read_only: operation.read_only,
        outcome: operation.outcome().as_str(),
        error_code: operation.error_code.as_deref(),
        source_ip: caller.source_address.as_ref().map(SourceAddress::as_str),
        user_agent: caller.user_agent.as_deref(),
        access_key_id: caller.access_key_id.as_deref(),
        resources: call.resources.iter().map(Arc::as_ref).collect(),
        log_file: &call.log_file,
        record_sha256: hex(&call.content),
        offset: place.offset,
        etag: place.etag,
        attempt: place.attempt,
        shared_event_id: call.shared_event_id.as_deref(),
        identity_type: caller.kind.as_deref(),
        identity_account_id: caller.account_id.as_deref(),
        principal_id: caller.principal_id.as_deref(),
        session_created: caller.session_created.map(|time| time.to_string()),
        session_issuer_arn: caller.role_arn.as_deref(),
        web_identity_issuer: caller.issuer.as_deref(),
        invoked_by: caller.invoked_by.as_deref(),
        issued_access_key_id: issued.map(|issued| &*issued.access_key_id),
        issued_principal_id: issued.and_then(|issued| issued.principal_id.as_deref()),
        issued_role_arn: issued.and_then(|issued| issued.role_arn.as_deref()),
        issued_end: issued.map(|issued| issued.end.to_string()),
        created_key: call.created_key.as_deref(),
        parameters: call.parameters.as_deref(),
        error_message: call.error_message.as_deref(),
        filled: 0,
    };
    serde_json::to_writer(&mut *out, &row.count())?;
    out.push(b'\n');
    Ok(())
}
