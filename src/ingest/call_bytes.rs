//! Calls of extracts, and what tallies say of calls, as bytes for files that this process alone reads.

use std::sync::Arc;

use crate::audit::aside::bytes::{Rest, put_number, put_optional, put_signed, put_text};
use crate::audit::aside::file::AsideError;
use crate::audit::aside::text_numbers::TextNumbers;
use crate::decode::extract::ExtractedActivity;
use crate::decode::record::principals::PrincipalNotes;
use crate::domain::issuer::Issuers;
use crate::domain::session_call::{IssuedSession, Operation, SessionCall, SessionCaller};
use crate::domain::shared::Shared;
use crate::domain::source_address::SourceAddress;
use crate::domain::timestamp::Timestamp;

/// So many operations, and so many callers, are remembered for the calls that have them in common.
const REMEMBERED: usize = 1 << 14;

/// What calls have in common that one thread reads.
#[derive(Debug)]
pub(super) struct CallsInCommon {
    operations: Shared<Operation>,
    callers: Shared<SessionCaller>,
}

impl Default for CallsInCommon {
    fn default() -> Self {
        Self { operations: Shared::new(REMEMBERED), callers: Shared::new(REMEMBERED) }
    }
}

/// Adds a call whose log file is known.
pub(super) fn put_call(call: &SessionCall, texts: &mut TextNumbers, out: &mut Vec<u8>) {
    let (operation, caller) = (&*call.operation, &*call.caller);
    put_signed(call.time.seconds(), out);
    for text in [&call.event_id, &call.shared_event_id, &call.created_key, &call.parameters, &call.error_message] {
        put_optional(text.as_deref(), out);
    }
    out.extend_from_slice(&call.content);
    out.push(match operation.read_only {
        None => 0,
        Some(read_only) => 1 + u8::from(read_only),
    });
    let address = caller.source_address.as_ref().map(SourceAddress::as_str);
    for text in [
        operation.account_id.as_deref(),
        operation.region.as_deref(),
        operation.service.as_deref(),
        operation.event_name.as_deref(),
        operation.error_code.as_deref(),
        caller.kind.as_deref(),
        caller.account_id.as_deref(),
        caller.principal_id.as_deref(),
        caller.access_key_id.as_deref(),
        caller.role_arn.as_deref(),
        caller.issuer.as_deref(),
        address,
        caller.user_agent.as_deref(),
        caller.invoked_by.as_deref(),
    ] {
        texts.put(text, out);
    }
    out.push(u8::from(caller.session_created.is_some()));
    if let Some(created) = caller.session_created {
        put_signed(created.seconds(), out);
    }
    put_number(call.resources.len() as u64, out);
    for arn in &call.resources {
        texts.put(Some(arn), out);
    }
    out.push(u8::from(call.issued.is_some()));
    if let Some(issued) = call.issued.as_deref() {
        put_text(&issued.access_key_id, out);
        put_optional(issued.principal_id.as_deref(), out);
        texts.put(issued.role_arn.as_deref(), out);
        put_signed(issued.end.seconds(), out);
    }
}

/// What [`put_call`] added.
pub(super) fn take_call(
    rest: &mut Rest<'_>,
    log_file: &Arc<str>,
    texts: &mut TextNumbers,
    common: &mut CallsInCommon,
) -> Result<SessionCall, AsideError> {
    let time = time(rest)?;
    let mut own = || rest.optional().map(|text| text.map(Box::from));
    let (event_id, shared_event_id, created_key, parameters, error_message) = (own()?, own()?, own()?, own()?, own()?);
    let content = rest.array()?;
    let read_only = match rest.byte()? {
        0 => None,
        known => Some(known > 1),
    };
    let mut next = || texts.take(rest);
    let (account_id, region, service, event_name, error_code) = (next()?, next()?, next()?, next()?, next()?);
    let operation = Operation { account_id, region, service, event_name, read_only, error_code };
    let (kind, account_id, principal_id, access_key_id) = (next()?, next()?, next()?, next()?);
    let (role_arn, issuer, address, user_agent, invoked_by) = (next()?, next()?, next()?, next()?, next()?);
    let session_created = if rest.byte()? == 0 { None } else { Some(self::time(rest)?) };
    let source_address = address.map(SourceAddress::from);
    let caller = SessionCaller {
        kind,
        account_id,
        principal_id,
        access_key_id,
        session_created,
        role_arn,
        issuer,
        source_address,
        user_agent,
        invoked_by,
    };
    let resources = (0..rest.number()?).map(|_| texts.take_one(rest)).collect::<Result<_, _>>()?;
    let session = match rest.byte()? {
        0 => None,
        _ => Some(Box::new(IssuedSession {
            access_key_id: rest.text()?.into(),
            principal_id: rest.optional()?.map(Box::from),
            role_arn: texts.take(rest)?,
            end: self::time(rest)?,
        })),
    };
    let (operation, caller) = (common.operations.one(operation), common.callers.one(caller));
    let log_file = Arc::clone(log_file);
    Ok(SessionCall {
        time,
        event_id,
        shared_event_id,
        content,
        operation,
        caller,
        resources,
        issued: session,
        created_key,
        parameters,
        error_message,
        log_file,
    })
}

/// Adds what a tally says of calls.
pub(super) fn put_activity(activity: &ExtractedActivity, texts: &mut TextNumbers, out: &mut Vec<u8>) {
    put_number(activity.calls, out);
    out.push(u8::from(activity.issuers.all()));
    put_number(activity.issuers.hosts().count() as u64, out);
    for host in activity.issuers.hosts() {
        texts.put(Some(host), out);
    }
    put_hashes(activity.notes.unkept.as_deref(), out);
    put_number(activity.notes.handed_on.len() as u64, out);
    for (from, to) in &activity.notes.handed_on {
        out.extend_from_slice(&from.to_le_bytes());
        out.extend_from_slice(&to.to_le_bytes());
    }
    put_hashes(activity.written.as_deref(), out);
    put_number(activity.malformed, out);
    put_number(activity.malformed_at.len() as u64, out);
    for (offset, reason) in &activity.malformed_at {
        put_number(*offset, out);
        put_text(reason, out);
    }
    out.push(u8::from(activity.sha256.is_some()));
    out.extend(activity.sha256.iter().flatten());
}

/// What [`put_activity`] added.
pub(super) fn take_activity(rest: &mut Rest<'_>, texts: &mut TextNumbers) -> Result<ExtractedActivity, AsideError> {
    let calls = rest.number()?;
    let all = rest.byte()? != 0;
    let hosts = (0..rest.number()?).map(|_| texts.take_one(rest)).collect::<Result<Vec<_>, _>>()?;
    let unkept = take_hashes(rest)?;
    let pair = |rest: &mut Rest<'_>| Ok((u32::from_le_bytes(rest.array()?), u32::from_le_bytes(rest.array()?)));
    let handed_on = (0..rest.number()?).map(|_| pair(rest)).collect::<Result<_, AsideError>>()?;
    let written = take_hashes(rest)?;
    let malformed = rest.number()?;
    let place = |rest: &mut Rest<'_>| Ok((rest.number()?, rest.text()?.into()));
    let malformed_at = (0..rest.number()?).map(|_| place(rest)).collect::<Result<_, AsideError>>()?;
    let sha256 = if rest.byte()? == 0 { None } else { Some(rest.array()?) };
    Ok(ExtractedActivity {
        calls,
        issuers: Issuers::new(hosts.iter().map(|host| &**host), all),
        notes: PrincipalNotes { unkept, handed_on },
        written,
        malformed,
        malformed_at,
        sha256,
    })
}

fn put_hashes(hashes: Option<&[u32]>, out: &mut Vec<u8>) {
    out.push(u8::from(hashes.is_some()));
    if let Some(hashes) = hashes {
        put_number(hashes.len() as u64, out);
        for hash in hashes {
            out.extend_from_slice(&hash.to_le_bytes());
        }
    }
}

fn take_hashes(rest: &mut Rest<'_>) -> Result<Option<Box<[u32]>>, AsideError> {
    if rest.byte()? == 0 {
        return Ok(None);
    }
    let count = rest.number()?;
    (0..count).map(|_| rest.array().map(u32::from_le_bytes)).collect::<Result<_, _>>().map(Some)
}

fn time(rest: &mut Rest<'_>) -> Result<Timestamp, AsideError> {
    Timestamp::from_seconds(rest.signed()?).ok_or_else(AsideError::damaged)
}
