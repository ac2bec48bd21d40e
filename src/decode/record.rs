//! One record that may be ours: its JSON read in place, and what it says as an [`Assumption`].
//!
//! Only the fields that a report needs are read; the session token, which CloudTrail logs, is never one of them.

use std::borrow::Cow;
use std::sync::Arc;

use serde::de::{IgnoredAny, MapAccess};
use sha2::{Digest, Sha256};

use crate::domain::assumption::{Assumption, Outcome};
use crate::domain::issuer::{IssuerRole, Issuers, issuer_of_provider};
use crate::domain::role::run_id_of_session;
use crate::domain::source_address::SourceAddress;
use crate::domain::subject::{Subject, SubjectKind};
use crate::domain::timestamp::Timestamp;

use super::defect::MalformedReason;
use super::fields::{Fields, Text, Way, count};

/// The event that this tool is about.
pub const EVENT_NAME: &str = "AssumeRoleWithWebIdentity";

/// What a record turned out to be.
#[derive(Debug)]
pub enum Read {
    /// A web identity of a selected issuer.
    Ours(Box<Assumption>),
    /// A web identity of an issuer that was not asked for.
    Foreign {
        /// That issuer.
        issuer: Box<str>,
    },
    /// Another event.
    Other,
}

/// Whether an escape in the record could spell a letter of the event's name. Without it, and without the name itself,
/// the record is of another event, JSON or not.
#[must_use]
pub fn may_hide_name(record: &[u8]) -> bool {
    let mut at = 0;
    while let Some(step) = memchr::memchr(b'\\', record.get(at..).unwrap_or_default()) {
        at += step + 2;
        if matches!(record.get(at - 1..at + 3), Some([b'u', b'0', b'0', b'4'..=b'7'])) {
            return true;
        }
    }
    false
}

/// Reads a record.
pub fn read(record: &[u8], issuers: &Issuers, log_file: &Arc<str>) -> Result<Read, MalformedReason> {
    let text = simdutf8::basic::from_utf8(record).map_err(|_| MalformedReason::NotUtf8)?;
    // Half a surrogate pair, and a number beyond all bounds, are JSON by its grammar, but no quick reader takes them.
    let event: Result<Event, _> = Way::Quick.read(text).or_else(|_| Way::Careful.read(text));
    let event = event.map_err(|error: serde_json::Error| not_json(&error))?;
    if event.name.as_deref() != Some(EVENT_NAME) {
        return Ok(Read::Other);
    }
    let identity = Identity::of(&event);
    let issuer = identity.provider.as_deref().map(issuer_of_provider);
    let role = issuers.role(issuer.unwrap_or_default());
    let subject_text = identity.subject.as_deref().unwrap_or_default();
    let time = event.time.as_deref().and_then(Timestamp::parse_event_time);
    // What is kept for its subject alone is never more of a defect than where it is not kept.
    if role == IssuerRole::Foreign && (time.is_none() || !issuers.keeps_subject(subject_text)) {
        return Ok(Read::Foreign { issuer: issuer.unwrap_or_default().into() });
    }
    let time = time.ok_or(MalformedReason::NoTime)?;
    let subject = match role {
        IssuerRole::Terraform => Subject::parse(subject_text),
        _ => Subject::Other(subject_text.into()),
    };
    let session = given(event.request.session.as_deref());
    let run_id = match subject.kind() {
        SubjectKind::Other => None,
        _ => session.as_deref().and_then(run_id_of_session).map(Into::into),
    };
    let compact = compact(record);
    Ok(Read::Ours(Box::new(Assumption {
        time,
        event_id: given(event.id.as_deref()),
        account_id: given(event.account.as_deref()),
        region: given(event.region.as_deref()),
        source_address: event.source_address.as_deref().filter(|it| !it.is_empty()).map(SourceAddress::new),
        subject,
        issuer: given(issuer),
        audience: given(identity.audience.as_deref()),
        role_arn: given(event.request.role_arn.as_deref()),
        role_session_name: session,
        run_id,
        duration_seconds: event.request.duration_seconds,
        verification_method: given(event.additional.verification_method.as_deref()),
        outcome: outcome(&event),
        user_agent: given(event.user_agent.as_deref()),
        log_file: Arc::clone(log_file),
        content: Sha256::digest(&compact).into(),
        record: Some(compact.into()),
    })))
}

/// What serde says of a text, without its line and column, which mean nothing in one record.
pub(super) fn not_json(error: &serde_json::Error) -> MalformedReason {
    let text = error.to_string();
    MalformedReason::NotJson(text.split(" at line ").next().unwrap_or_default().to_owned())
}

/// Text of an event; the empty one is none.
pub(super) fn given<T: for<'a> From<&'a str>>(text: Option<&str>) -> Option<T> {
    text.filter(|text| !text.is_empty()).map(Into::into)
}

fn outcome(event: &Event) -> Outcome {
    match given(event.error_code.as_deref()) {
        Some(code) => Outcome::Denied { code },
        None => Outcome::Granted { access_key_id: given(event.response.credentials.access_key_id.as_deref()) },
    }
}

/// The record without white space outside strings. Nearly every record is like that already.
pub(super) fn compact(record: &[u8]) -> Cow<'_, [u8]> {
    let mut out = Vec::new();
    let (mut at, mut copied) = (0, 0);
    while let Some(&byte) = record.get(at) {
        match byte {
            b'"' => at = end_of_string(record, at),
            b' ' | b'\t' | b'\n' | b'\r' => {
                out.extend_from_slice(&record[copied..at]);
                at += 1;
                copied = at;
            }
            _ => at += 1,
        }
    }
    if copied == 0 {
        return Cow::Borrowed(record);
    }
    out.extend_from_slice(&record[copied..]);
    Cow::Owned(out)
}

/// The position behind the closing quote of the string that starts at `at`.
fn end_of_string(record: &[u8], mut at: usize) -> usize {
    at += 1;
    while let Some(step) = memchr::memchr2(b'"', b'\\', record.get(at..).unwrap_or_default()) {
        at += step + 1;
        if record[at - 1] == b'"' {
            return at;
        }
        at += 1;
    }
    record.len()
}

/// Who called, put together from what survives a denial (DOMAIN §4).
struct Identity<'a> {
    provider: Option<Cow<'a, str>>,
    subject: Option<Cow<'a, str>>,
    audience: Option<Cow<'a, str>>,
}

impl<'a> Identity<'a> {
    /// `principalId` is provider, audience and subject joined by `:`, which all three may hold themselves. So the
    /// unknown part is what is left when the two known ones are stripped; never a split.
    fn of(event: &'a Event) -> Self {
        let (identity, response) = (&event.identity, &event.response);
        let first = |one: &'a Text, other: &'a Text| {
            one.as_deref().filter(|text| !text.is_empty()).or(other.as_deref().filter(|text| !text.is_empty()))
        };
        let principal = identity.principal.as_deref().unwrap_or_default();
        let provider = first(&identity.provider, &response.provider).or_else(|| provider_of_principal(principal));
        let subject = first(&identity.user_name, &response.subject);
        let audience = response.audience.as_deref().filter(|text| !text.is_empty());
        let strip_front = |text: Option<&'a str>, front: &str| text?.strip_prefix(front)?.strip_prefix(':');
        let strip_back = |text: Option<&'a str>, back: &str| text?.strip_suffix(back)?.strip_suffix(':');
        let found = match (provider, audience, subject) {
            (Some(provider), None, Some(subject)) => {
                (Some(provider), strip_back(strip_front(Some(principal), provider), subject), Some(subject))
            }
            (Some(provider), Some(audience), None) => {
                (Some(provider), Some(audience), strip_front(strip_front(Some(principal), provider), audience))
            }
            (None, Some(audience), Some(subject)) => {
                (strip_back(strip_back(Some(principal), subject), audience), Some(audience), Some(subject))
            }
            known => known,
        };
        Self {
            provider: found.0.map(Cow::Borrowed),
            audience: found.1.map(Cow::Borrowed),
            subject: found.2.map(Cow::Borrowed),
        }
    }
}

/// The provider in front of a principal, where it is an ARN: what follows `oidc-provider/` is a host and a path, and
/// IAM admits no port, so that the first colon ends it.
fn provider_of_principal(principal: &str) -> Option<&str> {
    const MARK: &str = ":oidc-provider/";
    let host = principal.starts_with("arn:").then(|| principal.find(MARK))?? + MARK.len();
    let end = host + principal[host..].find(':')?;
    Some(&principal[..end])
}

/// The fields of a record that are read, by their names on the wire.
#[derive(Default)]
struct Event<'a> {
    time: Text<'a>,
    name: Text<'a>,
    id: Text<'a>,
    region: Text<'a>,
    account: Text<'a>,
    source_address: Text<'a>,
    user_agent: Text<'a>,
    error_code: Text<'a>,
    identity: UserIdentity<'a>,
    request: RequestParameters<'a>,
    response: ResponseElements<'a>,
    additional: AdditionalEventData<'a>,
}

#[derive(Default)]
struct UserIdentity<'a> {
    principal: Text<'a>,
    user_name: Text<'a>,
    provider: Text<'a>,
}

#[derive(Default)]
struct RequestParameters<'a> {
    role_arn: Text<'a>,
    session: Text<'a>,
    duration_seconds: Option<u32>,
}

#[derive(Default)]
struct AdditionalEventData<'a> {
    verification_method: Text<'a>,
}

#[derive(Default)]
struct ResponseElements<'a> {
    provider: Text<'a>,
    subject: Text<'a>,
    audience: Text<'a>,
    credentials: Credentials<'a>,
}

#[derive(Default)]
struct Credentials<'a> {
    access_key_id: Text<'a>,
}

impl<'a> Fields<'a> for Event<'a> {
    fn set<M: MapAccess<'a>>(&mut self, key: &str, map: &mut M, way: Way) -> Result<(), M::Error> {
        match key {
            "eventTime" => self.time = way.text(map)?,
            "eventName" => self.name = way.text(map)?,
            "eventID" => self.id = way.text(map)?,
            "awsRegion" => self.region = way.text(map)?,
            "recipientAccountId" => self.account = way.text(map)?,
            "sourceIPAddress" => self.source_address = way.text(map)?,
            "userAgent" => self.user_agent = way.text(map)?,
            "errorCode" => self.error_code = way.text(map)?,
            "userIdentity" => self.identity = way.object(map)?,
            "requestParameters" => self.request = way.object(map)?,
            "responseElements" => self.response = way.object(map)?,
            "additionalEventData" => self.additional = way.object(map)?,
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

impl<'a> Fields<'a> for UserIdentity<'a> {
    fn set<M: MapAccess<'a>>(&mut self, key: &str, map: &mut M, way: Way) -> Result<(), M::Error> {
        match key {
            "principalId" => self.principal = way.text(map)?,
            "userName" => self.user_name = way.text(map)?,
            "identityProvider" => self.provider = way.text(map)?,
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

impl<'a> Fields<'a> for RequestParameters<'a> {
    fn set<M: MapAccess<'a>>(&mut self, key: &str, map: &mut M, way: Way) -> Result<(), M::Error> {
        match key {
            "roleArn" => self.role_arn = way.text(map)?,
            "roleSessionName" => self.session = way.text(map)?,
            "durationSeconds" => self.duration_seconds = count(map)?,
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

impl<'a> Fields<'a> for AdditionalEventData<'a> {
    fn set<M: MapAccess<'a>>(&mut self, key: &str, map: &mut M, way: Way) -> Result<(), M::Error> {
        match key {
            "identityProviderConnectionVerificationMethod" => self.verification_method = way.text(map)?,
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

impl<'a> Fields<'a> for ResponseElements<'a> {
    fn set<M: MapAccess<'a>>(&mut self, key: &str, map: &mut M, way: Way) -> Result<(), M::Error> {
        match key {
            "provider" => self.provider = way.text(map)?,
            "subjectFromWebIdentityToken" => self.subject = way.text(map)?,
            "audience" => self.audience = way.text(map)?,
            "credentials" => self.credentials = way.object(map)?,
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

impl<'a> Fields<'a> for Credentials<'a> {
    fn set<M: MapAccess<'a>>(&mut self, key: &str, map: &mut M, way: Way) -> Result<(), M::Error> {
        match key {
            "accessKeyId" => self.access_key_id = way.text(map)?,
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(id: &str, expected: Option<&str>) {
        let record = format!(
            r#"{{"eventName":"{EVENT_NAME}","eventTime":"2026-11-02T05:00:00Z","eventID":{id},"userAgent":"x","n":1e999}}"#
        );
        let read = read(record.as_bytes(), &Issuers::new(["host"], true), &"f".into()).unwrap();
        let Read::Ours(event) = read else { panic!("{read:?}") };
        assert_eq!((event.event_id.as_deref(), event.user_agent.as_deref()), (expected, Some("x")));
    }

    #[test]
    fn what_is_json_by_its_grammar_costs_no_more_than_its_own_field() {
        check(r#""a""#, Some("a"));
        check("\"\\ud83d\\udca5\"", Some("\u{1f4a5}"));
        check("\"\\ud83d\\ud83d\\udca5x\"", Some("\u{fffd}\u{1f4a5}x"));
        check("\"\\ud83d\"", Some("\u{fffd}"));
        check("1e999", None);
        check("[1e999,{\"eventID\":\"b\"}]", None);
        check("null", None);
    }
}
