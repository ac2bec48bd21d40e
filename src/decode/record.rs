//! One record that may be ours: its JSON read in place, and what it says as an [`Assumption`].
//!
//! Only the fields that a report needs are read; the session token, which CloudTrail logs, is never one of them.
//! A later duplicate of a key wins, as in most readers. A value that is no text where text belongs counts as absent.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
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
    // Half a surrogate pair, and a number beyond all bounds, are JSON by its grammar, but no quick reader takes them.
    let event: Result<Event, _> = Way::Quick.read(text).or_else(|_| Way::Careful.read(text));
    let event = event.map_err(|error: serde_json::Error| not_json(&error))?;
    if event.name.as_deref() != Some(EVENT_NAME) {
        return Ok(Read::Other);
    }
    let identity = Identity::of(&event);
    let issuer = identity.provider.as_deref().map(issuer_of_provider);
    let role = issuers.role(issuer.unwrap_or_default());
    if role == IssuerRole::Foreign {
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

pub(super) fn boxed(text: Option<&str>) -> Option<Box<str>> {
    text.filter(|text| !text.is_empty()).map(Into::into)
}

fn outcome(event: &Event) -> Outcome {
    match boxed(event.error_code.as_deref()) {
        Some(code) => Outcome::Denied { code },
        None => Outcome::Granted { access_key_id: boxed(event.response.credentials.access_key_id.as_deref()) },
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

pub(super) type Text<'a> = Option<Cow<'a, str>>;

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

/// Some fields of a JSON object, set one by one as they come.
pub(super) trait Fields<'a>: Default {
    /// Takes the value of `key` from the map, in any case.
    fn set<M: MapAccess<'a>>(&mut self, key: &str, map: &mut M, way: Way) -> Result<(), M::Error>;
}

/// How to read text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Fails on half a surrogate pair, and on a number out of range where text belongs.
    Quick,
    /// Reads all that is JSON by its grammar, at twice the cost.
    Careful,
}

impl Way {
    /// The next value, if it is text.
    pub(super) fn text<'a, M: MapAccess<'a>>(self, map: &mut M) -> Result<Text<'a>, M::Error> {
        match self {
            Self::Quick => map.next_value::<MaybeText>().map(|value| value.0),
            Self::Careful => careful_text(map),
        }
    }

    /// The fields of a JSON text; whatever is no object has none of them.
    pub(super) fn read<'a, T: Fields<'a>>(self, json: &'a str) -> Result<T, serde_json::Error> {
        let mut json = serde_json::Deserializer::from_str(json);
        let fields = Object(self, PhantomData).deserialize(&mut json)?;
        json.end()?;
        Ok(fields)
    }

    pub(super) fn object<'a, T: Fields<'a>, M: MapAccess<'a>>(self, map: &mut M) -> Result<T, M::Error> {
        map.next_value_seed(Object(self, PhantomData))
    }
}

/// Reads an object's fields; whatever is no object has none of them.
pub(super) struct Object<T>(pub(super) Way, pub(super) PhantomData<T>);

impl<'de, T: Fields<'de>> DeserializeSeed<'de> for Object<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_any(ObjectVisitor(self.0, PhantomData))
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

struct ObjectVisitor<T>(Way, PhantomData<T>);

impl<'de, T: Fields<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<T, M::Error> {
        let mut fields = T::default();
        while let Some(Key(key)) = map.next_key()? {
            fields.set(&key, &mut map, self.0)?;
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

struct MaybeText<'a>(Text<'a>);

impl<'de> Deserialize<'de> for MaybeText<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor).map(Self)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
        Ok(Some(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
        Ok(Some(Cow::Owned(text.to_owned())))
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Text<'de>, M::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Text<'de>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Text<'de>, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Text<'de>, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Text<'de>, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Text<'de>, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Text<'de>, E> {
        Ok(None)
    }
}

/// The next value, if it is text, with U+FFFD for half a surrogate pair.
fn careful_text<'a, M: MapAccess<'a>>(map: &mut M) -> Result<Text<'a>, M::Error> {
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
