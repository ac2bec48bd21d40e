//! An event as bytes, for files that this process alone reads: some 200 of them, for what takes 540 in memory.

use std::borrow::Cow;
use std::sync::Arc;

use super::bytes::{Rest, put_number, put_optional, put_signed, put_text};
use super::file::AsideError;
use super::text_numbers::TextNumbers;
use crate::domain::assumption::{Assumption, Correction, Outcome};
use crate::domain::role::run_id_of_session;
use crate::domain::source_address::SourceAddress;
use crate::domain::subject::{Subject, SubjectKind};
use crate::domain::timestamp::Timestamp;

/// Adds an event.
pub fn put_event(event: &Assumption, texts: &mut TextNumbers, out: &mut Vec<u8>) {
    put_log_file(&event.log_file, texts, out);
    put_event_of_file(event, texts, out);
}

/// What [`put_event`] added.
///
/// # Errors
///
/// It is something else.
pub fn take_event(rest: &mut Rest<'_>, texts: &mut TextNumbers) -> Result<Assumption, AsideError> {
    let log_file = take_log_file(rest, texts)?;
    take_event_of_file(rest, &log_file, texts)
}

/// Adds the name of a log file: its folder is that of many.
pub fn put_log_file(log_file: &str, texts: &mut TextNumbers, out: &mut Vec<u8>) {
    let (folder, name) = match log_file.rsplit_once('/') {
        Some((folder, name)) => (Some(folder), name),
        None => (None, log_file),
    };
    texts.put(folder, out);
    put_text(name, out);
}

/// What [`put_log_file`] added.
///
/// # Errors
///
/// It is something else.
pub fn take_log_file(rest: &mut Rest<'_>, texts: &mut TextNumbers) -> Result<Arc<str>, AsideError> {
    let folder = texts.take(rest)?;
    let name = rest.text()?;
    Ok(folder.map_or_else(|| name.into(), |folder| [&*folder, "/", name].concat().into()))
}

/// Adds an event whose log file is known.
pub fn put_event_of_file(event: &Assumption, texts: &mut TextNumbers, out: &mut Vec<u8>) {
    put_signed(event.time.seconds(), out);
    put_id(event.event_id.as_deref(), out);
    put_subject(&event.subject, texts, out);
    for text in [
        event.account_id.as_ref(),
        event.region.as_ref(),
        event.source_address.as_ref().map(SourceAddress::shared),
        event.issuer.as_ref(),
        event.audience.as_ref(),
        event.role_arn.as_ref(),
        event.verification_method.as_ref(),
        event.user_agent.as_ref(),
    ] {
        texts.put_shared(text, out);
    }
    put_session(event, out);
    put_number(event.duration_seconds.map_or(0, |seconds| 1 + u64::from(seconds)), out);
    out.push(u8::from(event.expiration.is_some()));
    if let Some(expiration) = event.expiration {
        put_signed(expiration.seconds().wrapping_sub(event.time.seconds()), out);
    }
    match &event.outcome {
        Outcome::Granted { access_key_id } => {
            out.push(0);
            put_optional(access_key_id.as_deref(), out);
        }
        Outcome::Denied { code } => {
            out.push(1);
            texts.put_shared(Some(code), out);
        }
    }
    out.extend_from_slice(&event.content);
    out.push(match event.correction.as_deref() {
        None => 0,
        Some(correction) => 1 + u8::from(correction.is_bare),
    });
    if let Some(correction) = event.correction.as_deref() {
        put_text(&correction.original, out);
        put_text(&correction.updated, out);
    }
}

/// What [`put_event_of_file`] added.
///
/// # Errors
///
/// It is something else.
pub fn take_event_of_file(
    rest: &mut Rest<'_>,
    log_file: &Arc<str>,
    texts: &mut TextNumbers,
) -> Result<Assumption, AsideError> {
    let time = time(rest.signed()?)?;
    let event_id = match take_id(rest)? {
        EventId::None => None,
        EventId::Uuid(bytes) => Some(uuid_text(bytes)),
        EventId::Other(text) => Some(text.into()),
    };
    let subject = take_subject(rest, texts)?;
    let mut next = || texts.take(rest);
    let (account_id, region, address, issuer) = (next()?, next()?, next()?, next()?);
    let (audience, role_arn, verification_method, user_agent) = (next()?, next()?, next()?, next()?);
    let (role_session_name, run_id) = take_session(rest)?;
    let duration_seconds = match rest.number()? {
        0 => None,
        more => Some(u32::try_from(more - 1).map_err(|_| AsideError::damaged())?),
    };
    let expiration = match rest.byte()? {
        0 => None,
        _ => Some(self::time(rest.signed()?.wrapping_add(time.seconds()))?),
    };
    let outcome = match rest.byte()? {
        0 => Outcome::Granted { access_key_id: rest.optional()?.map(Into::into) },
        _ => Outcome::Denied { code: texts.take_one(rest)? },
    };
    let content = rest.array()?;
    let correction = match rest.byte()? {
        0 => None,
        kind => {
            let (original, updated) = (rest.text()?.into(), rest.text()?.into());
            Some(Box::new(Correction { original, updated, is_bare: kind == 2 }))
        }
    };
    Ok(Assumption {
        time,
        event_id,
        account_id,
        region,
        source_address: address.map(SourceAddress::from),
        subject,
        issuer,
        audience,
        role_arn,
        role_session_name: role_session_name.map(Into::into),
        run_id: run_id.map(Into::into),
        duration_seconds,
        expiration,
        verification_method,
        outcome,
        user_agent,
        log_file: Arc::clone(log_file),
        content,
        correction,
    })
}

fn time(seconds: i64) -> Result<Timestamp, AsideError> {
    Timestamp::from_seconds(seconds).ok_or_else(AsideError::damaged)
}

/// An id that is none, a UUID as AWS writes them, or any text.
const NO_ID: u8 = 0;
const UUID: u8 = 1;
const OTHER_ID: u8 = 2;

fn put_id(id: Option<&str>, out: &mut Vec<u8>) {
    match (id, id.and_then(uuid)) {
        (None, _) => out.push(NO_ID),
        (_, Some(uuid)) => {
            out.push(UUID);
            out.extend_from_slice(&uuid);
        }
        (Some(id), None) => {
            out.push(OTHER_ID);
            put_text(id, out);
        }
    }
}

/// The id of an event, as it was put.
pub(super) enum EventId<'a> {
    None,
    Uuid([u8; 16]),
    Other(&'a str),
}

pub(super) fn take_id<'a>(rest: &mut Rest<'a>) -> Result<EventId<'a>, AsideError> {
    Ok(match rest.byte()? {
        NO_ID => EventId::None,
        UUID => EventId::Uuid(rest.array()?),
        _ => EventId::Other(rest.text()?),
    })
}

/// Where the dashes of a UUID are.
const DASHES: [usize; 4] = [8, 13, 18, 23];

/// The bytes of a UUID in lower case.
#[must_use]
pub fn uuid(text: &str) -> Option<[u8; 16]> {
    let text: &[u8; 36] = text.as_bytes().try_into().ok()?;
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (mut bytes, mut at) = ([0; 16], 0);
    for byte in &mut bytes {
        if DASHES.contains(&at) {
            if text[at] != b'-' {
                return None;
            }
            at += 1;
        }
        *byte = digit(text[at])? << 4 | digit(text[at + 1])?;
        at += 2;
    }
    Some(bytes)
}

fn uuid_text(bytes: [u8; 16]) -> Box<str> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(36);
    for byte in bytes {
        if DASHES.contains(&text.len()) {
            text.push('-');
        }
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text.into()
}

/// How the id of the run follows from the name of the session.
const NO_RUN: u8 = 0;
const RUN_OF_SESSION: u8 = 1;
const OTHER_RUN: u8 = 2;

fn put_session(event: &Assumption, out: &mut Vec<u8>) {
    put_optional(event.role_session_name.as_deref(), out);
    let Some(run_id) = event.run_id.as_deref() else {
        out.push(NO_RUN);
        return;
    };
    let of_session = event.role_session_name.as_deref().and_then(run_id_of_session);
    if event.subject.kind() != SubjectKind::Other && of_session.as_deref() == Some(run_id) {
        out.push(RUN_OF_SESSION);
        return;
    }
    out.push(OTHER_RUN);
    put_text(run_id, out);
}

/// The name of a session, and the id of its run.
type Session<'a> = (Option<&'a str>, Option<Cow<'a, str>>);

pub(super) fn take_session<'a>(rest: &mut Rest<'a>) -> Result<Session<'a>, AsideError> {
    let name = rest.optional()?;
    let run_id = match rest.byte()? {
        NO_RUN => None,
        RUN_OF_SESSION => name.and_then(run_id_of_session).map(Cow::Owned),
        _ => Some(Cow::Borrowed(rest.text()?)),
    };
    Ok((name, run_id))
}

/// Passes by an outcome.
pub(super) fn skip_outcome(rest: &mut Rest<'_>) -> Result<(), AsideError> {
    match rest.byte()? {
        0 => rest.optional().map(drop),
        _ => TextNumbers::skip(rest),
    }
}

const WORKSPACE: u8 = 0;
const STACK: u8 = 1;
const MODULE_TEST: u8 = 2;
const OTHER: u8 = 3;

fn put_subject(subject: &Subject, texts: &mut TextNumbers, out: &mut Vec<u8>) {
    let mut put = |kind: u8, names: &[Option<&Arc<str>>]| {
        out.push(kind);
        for name in names {
            texts.put_shared(*name, out);
        }
    };
    match subject {
        Subject::Workspace { organization, project, workspace, phase } => {
            put(WORKSPACE, &[Some(organization), project.as_ref(), Some(workspace), Some(phase)]);
        }
        Subject::Stack { organization, project, stack, deployment, phase } => {
            put(STACK, &[Some(organization), Some(project), Some(stack), Some(deployment), Some(phase)]);
        }
        Subject::ModuleTest { organization, module, phase } => {
            put(MODULE_TEST, &[Some(organization), Some(module), Some(phase)]);
        }
        Subject::Other(text) => put(OTHER, &[Some(text)]),
    }
}

pub(super) fn take_subject(rest: &mut Rest<'_>, texts: &mut TextNumbers) -> Result<Subject, AsideError> {
    let kind = rest.byte()?;
    let mut one = || texts.take_one(rest);
    Ok(match kind {
        WORKSPACE => {
            let organization = one()?;
            let project = texts.take(rest)?;
            Subject::Workspace { organization, project, workspace: texts.take_one(rest)?, phase: texts.take_one(rest)? }
        }
        STACK => {
            Subject::Stack { organization: one()?, project: one()?, stack: one()?, deployment: one()?, phase: one()? }
        }
        MODULE_TEST => Subject::ModuleTest { organization: one()?, module: one()?, phase: one()? },
        OTHER => Subject::Other(one()?),
        _ => return Err(AsideError::damaged()),
    })
}
