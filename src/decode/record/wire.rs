//! The fields of a record that are read, by their names on the wire (DOMAIN §4).

use std::borrow::Cow;
use std::marker::PhantomData;

use serde::de::{Deserializer, SeqAccess, Visitor};

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

/// The resources as JSON, which may itself be text in JSON.
pub(in crate::decode) fn resources_json(raw: Option<&str>) -> Cow<'_, str> {
    match raw {
        Some(raw) if raw.starts_with('"') => unquote(raw).unwrap_or_default(),
        Some(raw) => raw.into(),
        None => "".into(),
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
