//! The fields of a record that are read, by their names on the wire (DOMAIN §4).

use std::borrow::Cow;
use std::marker::PhantomData;

use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::decode::fields::{FieldsSeed, NoFields, ObjectOrText, OptionalText, ReadMode, fields};
use crate::decode::plain_json::PlainJson;
use crate::decode::quoted::unquote;

fields! {
    /// A record.
    struct AssumptionRecord<'a> {
        "eventTime" => time: OptionalText<'a> = text,
        "eventName" => name: OptionalText<'a> = text,
        "eventID" => id: OptionalText<'a> = text,
        "awsRegion" => region: OptionalText<'a> = text,
        "recipientAccountId" => account: OptionalText<'a> = text,
        "sourceIPAddress" => source_address: OptionalText<'a> = text,
        "userAgent" => user_agent: OptionalText<'a> = text,
        "errorCode" => error_code: ObjectOrText<'a, NoFields> = part,
        "errorMessage" => error_message: ObjectOrText<'a, NoFields> = part,
        "userIdentity" => identity: ObjectOrText<'a, UserIdentity<'a>> = part,
        "requestParameters" => request: ObjectOrText<'a, RequestParameters<'a>> = part,
        "responseElements" => response: ObjectOrText<'a, ResponseElements<'a>> = part,
        "additionalEventData" => additional: ObjectOrText<'a, AdditionalEventData<'a>> = part,
        "addendum" => addendum: ObjectOrText<'a, Addendum<'a>> = part,
        /// The JSON text of the resources, looked at only where nothing else tells the role or the account.
        "resources" => resources: Option<&'a str> = raw,
    }

    /// A record whose name is no text.
    struct NamedRecord<'a> {
        "eventName" => name: Option<&'a str> = raw,
    }

    /// Who called.
    struct UserIdentity<'a> {
        "principalId" => principal: OptionalText<'a> = text,
        "userName" => user_name: OptionalText<'a> = text,
        "identityProvider" => provider: OptionalText<'a> = text,
    }

    /// What was asked for.
    struct RequestParameters<'a> {
        "roleArn" => role_arn: OptionalText<'a> = text,
        "roleSessionName" => session: OptionalText<'a> = text,
        "durationSeconds" => duration_seconds: Option<u32> = count,
    }

    /// What else CloudTrail knows.
    struct AdditionalEventData<'a> {
        "identityProviderConnectionVerificationMethod" => verification_method: OptionalText<'a> = text,
    }

    /// What STS answered.
    struct ResponseElements<'a> {
        "provider" => provider: OptionalText<'a> = text,
        "subjectFromWebIdentityToken" => subject: OptionalText<'a> = text,
        "audience" => audience: OptionalText<'a> = text,
        "credentials" => credentials: ObjectOrText<'a, Credentials<'a>> = part,
    }

    /// What it issued, but for what is secret.
    struct Credentials<'a> {
        "accessKeyId" => access_key_id: OptionalText<'a> = text,
        "expiration" => expiration: OptionalText<'a> = text,
    }

    /// Why a record came late, or a second time (DESIGN §8).
    struct Addendum<'a> {
        "reason" => reason: OptionalText<'a> = text,
        "originalEventID" => original: OptionalText<'a> = text,
        "updatedFields" => updated: OptionalText<'a> = text,
    }

    /// Something that the call was about.
    struct Resource<'a> {
        "type" => kind: OptionalText<'a> = text,
        "ARN" => arn: OptionalText<'a> = text,
        "accountId" => account: OptionalText<'a> = text,
    }
}

/// The resources in a JSON list, or in text that holds one. Whatever is no such list has none.
pub(in crate::decode) fn resources(json: &str) -> Vec<Resource<'_>> {
    fn read(json: &str, way: ReadMode) -> Result<Vec<Resource<'_>>, serde_json::Error> {
        serde_json::Deserializer::from_str(json).deserialize_seq(ResourceListVisitor(way))
    }
    if let Some(resources) = PlainJson::read_list(json) {
        return resources;
    }
    read(json, ReadMode::Quick).or_else(|_| read(json, ReadMode::Careful)).unwrap_or_default()
}

/// Whether a list stands in the place of a record's name that has this name in it, as searches give the fields of events.
pub(in crate::decode) fn lists_name(record: &str, name: &'static str) -> bool {
    let read = ReadMode::Quick.read(record).or_else(|_| ReadMode::Careful.read(record));
    let json = read.ok().and_then(|NamedRecord { name }| name).filter(|json| json.starts_with('['));
    let has = |json| serde_json::Deserializer::from_str(json).deserialize_seq(NameListVisitor(name));
    json.is_some_and(|json| has(json).unwrap_or_default())
}

/// The JSON of a part, which may itself be text in JSON.
pub(in crate::decode) fn part_json(raw: Option<&str>) -> Cow<'_, str> {
    match raw {
        Some(raw) if raw.starts_with('"') => unquote(raw).unwrap_or_default(),
        Some(raw) => raw.into(),
        None => "".into(),
    }
}

/// The JSON of an object, out of the text where it is text (DESIGN §8); text that holds none stays as it is written. Nothing
/// where there is none, or text that says so.
pub(in crate::decode) fn object_json(raw: &str) -> Option<Cow<'_, str>> {
    if !raw.starts_with('"') {
        return (raw != "null").then_some(Cow::Borrowed(raw));
    }
    let text = unquote(raw).unwrap_or_default();
    let is_object = |json: &str| json.starts_with('{') && serde_json::from_str::<IgnoredAny>(json).is_ok();
    match text.trim() {
        "" | "null" => None,
        json if is_object(json) => Some(Cow::Owned(json.to_owned())),
        _ => Some(Cow::Borrowed(raw)),
    }
}

/// Looks for a name in a list, of which it keeps nothing.
struct NameListVisitor(&'static str);

impl<'de> Visitor<'de> for NameListVisitor {
    type Value = bool;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut found = false;
        while let Some(json) = list.next_element::<&RawValue>()? {
            found |= json.get().starts_with('"') && unquote(json.get()).is_ok_and(|name| name == self.0);
        }
        Ok(found)
    }
}

struct ResourceListVisitor(ReadMode);

impl<'de> Visitor<'de> for ResourceListVisitor {
    type Value = Vec<Resource<'de>>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut found = Vec::new();
        while let Some(resource) = list.next_element_seed(FieldsSeed(self.0, PhantomData))? {
            found.push(resource);
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_one_however_it_is_written() {
        let check = |raw: &str, expected: Option<&str>| assert_eq!(object_json(raw).as_deref(), expected, "{raw}");
        check(r#"{"a":1}"#, Some(r#"{"a":1}"#));
        check(r#""{\"a\":\"\\u0062\"}""#, Some(r#"{"a":"\u0062"}"#));
        check(r#"" {\n\"a\": {} }\n""#, Some("{\n\"a\": {} }"));
        for none in ["null", r#""""#, r#"" null ""#] {
            check(none, None);
        }
        // What is no object stays JSON.
        for other in [r#""{\"a\":1""#, r#""{a=b}""#, r#""[1]""#, "[1]", "7"] {
            check(other, Some(other));
        }
    }
}
