//! One record that may be ours: its JSON read in place, and what it says as an [`Assumption`].
//!
//! Only the fields that a report needs are read; the session token, which CloudTrail logs, is never one of them.
//! A later duplicate of a key wins, as in most readers. A value that is no text where text belongs counts as absent.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::domain::assumption::{Assumption, Outcome};
use crate::domain::issuer::{IssuerRole, Issuers, issuer_of_provider};
use crate::domain::role::run_id_of_session;
use crate::domain::source_address::SourceAddress;
use crate::domain::subject::{Subject, SubjectKind};
use crate::domain::timestamp::Timestamp;

use super::defect::MalformedReason;

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
    let text = std::str::from_utf8(record).map_err(|_| MalformedReason::NotUtf8)?;
    let event = serde_json::from_str::<Object<Event>>(text).map_err(|error| not_json(&error))?.0;
    if event.name.as_deref() != Some(EVENT_NAME) {
        return Ok(Read::Other);
    }
    let identity = Identity::of(&event);
    let issuer = identity.provider.as_deref().map(issuer_of_provider);
    let role = issuers.role(issuer.unwrap_or_default());
    let is_alike = || {
        let subject = identity.subject.as_deref().unwrap_or_default();
        issuers.look_alikes() && Subject::parse(subject).kind() != SubjectKind::Other
    };
    if role == IssuerRole::Foreign && !is_alike() {
        return Ok(Read::Foreign { issuer: issuer.unwrap_or_default().into() });
    }
    let time = event.time.as_deref().and_then(Timestamp::parse_event_time).ok_or(MalformedReason::NoTime)?;
    let subject_text = identity.subject.as_deref().unwrap_or_default();
    let subject = match role {
        IssuerRole::Terraform => Subject::parse(subject_text),
        _ => Subject::Other(subject_text.into()),
    };
    let session = boxed(event.request.session.as_deref());
    let run_id = match subject.kind() {
        SubjectKind::Other => None,
        _ => session.as_deref().and_then(run_id_of_session).map(Into::into),
    };
    let compact = compact(record);
    Ok(Read::Ours(Box::new(Assumption {
        time,
        event_id: boxed(event.id.as_deref()),
        account_id: boxed(event.account.as_deref()),
        region: boxed(event.region.as_deref()),
        source_address: event.source_address.as_deref().filter(|it| !it.is_empty()).map(SourceAddress::new),
        subject,
        issuer: boxed(issuer),
        audience: boxed(identity.audience.as_deref()),
        role_arn: boxed(event.request.role_arn.as_deref()),
        role_session_name: session,
        run_id,
        duration_seconds: event.request.duration_seconds,
        verification_method: boxed(event.additional.verification_method.as_deref()),
        outcome: outcome(&event),
        user_agent: boxed(event.user_agent.as_deref()),
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

fn boxed(text: Option<&str>) -> Option<Box<str>> {
    text.filter(|text| !text.is_empty()).map(Into::into)
}

fn outcome(event: &Event) -> Outcome {
    match boxed(event.error_code.as_deref()) {
        Some(code) => Outcome::Denied { code },
        None => Outcome::Granted { access_key_id: boxed(event.response.credentials.access_key_id.as_deref()) },
    }
}

/// The record without white space outside strings. Nearly every record is like that already.
fn compact(record: &[u8]) -> Cow<'_, [u8]> {
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

type Text<'a> = Option<Cow<'a, str>>;

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
    fn set<M: MapAccess<'a>>(&mut self, key: &str, map: &mut M) -> Result<(), M::Error> {
        match key {
            "eventTime" => self.time = text(map)?,
            "eventName" => self.name = text(map)?,
            "eventID" => self.id = text(map)?,
            "awsRegion" => self.region = text(map)?,
            "recipientAccountId" => self.account = text(map)?,
            "sourceIPAddress" => self.source_address = text(map)?,
            "userAgent" => self.user_agent = text(map)?,
            "errorCode" => self.error_code = text(map)?,
            "userIdentity" => self.identity = map.next_value::<Object<_>>()?.0,
            "requestParameters" => self.request = map.next_value::<Object<_>>()?.0,
            "responseElements" => self.response = map.next_value::<Object<_>>()?.0,
            "additionalEventData" => self.additional = map.next_value::<Object<_>>()?.0,
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

impl<'a> Fields<'a> for UserIdentity<'a> {
    fn set<M: MapAccess<'a>>(&mut self, key: &str, map: &mut M) -> Result<(), M::Error> {
        match key {
            "principalId" => self.principal = text(map)?,
            "userName" => self.user_name = text(map)?,
            "identityProvider" => self.provider = text(map)?,
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

impl<'a> Fields<'a> for RequestParameters<'a> {
    fn set<M: MapAccess<'a>>(&mut self, key: &str, map: &mut M) -> Result<(), M::Error> {
        match key {
            "roleArn" => self.role_arn = text(map)?,
            "roleSessionName" => self.session = text(map)?,
            "durationSeconds" => self.duration_seconds = count(map)?,
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

impl<'a> Fields<'a> for AdditionalEventData<'a> {
    fn set<M: MapAccess<'a>>(&mut self, key: &str, map: &mut M) -> Result<(), M::Error> {
        match key {
            "identityProviderConnectionVerificationMethod" => self.verification_method = text(map)?,
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

impl<'a> Fields<'a> for ResponseElements<'a> {
    fn set<M: MapAccess<'a>>(&mut self, key: &str, map: &mut M) -> Result<(), M::Error> {
        match key {
            "provider" => self.provider = text(map)?,
            "subjectFromWebIdentityToken" => self.subject = text(map)?,
            "audience" => self.audience = text(map)?,
            "credentials" => self.credentials = map.next_value::<Object<_>>()?.0,
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

impl<'a> Fields<'a> for Credentials<'a> {
    fn set<M: MapAccess<'a>>(&mut self, key: &str, map: &mut M) -> Result<(), M::Error> {
        match key {
            "accessKeyId" => self.access_key_id = text(map)?,
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

/// Some fields of a JSON object, set one by one as they come.
pub(super) trait Fields<'a>: Default {
    /// Takes the value of `key` from the map, in any case.
    fn set<M: MapAccess<'a>>(&mut self, key: &str, map: &mut M) -> Result<(), M::Error>;
}

/// Reads an object's fields; whatever is no object has none of them.
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Fields<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ObjectVisitor(PhantomData)).map(Self)
    }
}

/// A key, borrowed where it has no escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // As text, half a surrogate pair in a key would cost the whole record.
        deserializer.deserialize_bytes(KeyVisitor).map(Self)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_bytes<E: serde::de::Error>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
        // `serde_json` looks for control characters in text only.
        if bytes.iter().any(|byte| *byte < b' ') {
            return Err(E::custom("control character in a key"));
        }
        std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(E::custom)
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        Ok(Cow::Owned(lossy(bytes)))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Fields<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<T, M::Error> {
        let mut fields = T::default();
        while let Some(Key(key)) = map.next_key()? {
            fields.set(&key, &mut map)?;
        }
        Ok(fields)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<T, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(T::default())
    }

    fn visit_unit<E>(self) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_str<E>(self, _: &str) -> Result<T, E> {
        Ok(T::default())
    }
}

/// The next value, if it is a whole number, or text that is one.
fn count<'a, M: MapAccess<'a>>(map: &mut M) -> Result<Option<u32>, M::Error> {
    let raw = map.next_value::<&'a RawValue>()?.get();
    let text = if raw.starts_with('"') { unquote(raw).map_err(serde::de::Error::custom)? } else { raw.into() };
    Ok(text.parse().ok())
}

/// The next value, if it is text.
pub(super) fn text<'a, M: MapAccess<'a>>(map: &mut M) -> Result<Text<'a>, M::Error> {
    let raw = map.next_value::<&'a RawValue>()?.get();
    if !raw.starts_with('"') {
        return Ok(None);
    }
    unquote(raw).map(Some).map_err(serde::de::Error::custom)
}

/// The text of a JSON string. Half a surrogate pair, which JSON's grammar admits, becomes U+FFFD.
pub(super) fn unquote(quoted: &str) -> Result<Cow<'_, str>, serde_json::Error> {
    if let Some(plain) =
        quoted.get(1..quoted.len().saturating_sub(1)).filter(|plain| memchr::memchr(b'\\', plain.as_bytes()).is_none())
    {
        return Ok(Cow::Borrowed(plain));
    }
    let mut inner = serde_json::Deserializer::from_str(quoted);
    Deserializer::deserialize_bytes(&mut inner, LossyText).map(Cow::Owned)
}

struct LossyText;

impl<'de> Visitor<'de> for LossyText {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<String, E> {
        Ok(lossy(bytes))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<String, A::Error> {
        Err(serde::de::Error::custom("a list where text belongs"))
    }
}

/// Text, with U+FFFD for half a surrogate pair. `serde_json` gives one in the three bytes that UTF-8 would have for it,
/// as many as U+FFFD has.
fn lossy(bytes: &[u8]) -> String {
    let mut bytes = bytes.to_vec();
    for at in 0..bytes.len() {
        if let [0xed, 0xa0..=0xbf, _] = bytes[at..(at + 3).min(bytes.len())] {
            bytes[at..at + 3].copy_from_slice("\u{fffd}".as_bytes());
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
