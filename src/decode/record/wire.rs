//! The fields of a record that are read, by their names on the wire (DOMAIN §4).

use std::borrow::Cow;
use std::marker::PhantomData;

use serde::de::{Deserializer, SeqAccess, Visitor};

use crate::decode::fields::{Nothing, Object, Part, Text, Way, fields, unquote};

fields! {
    /// A record.
    struct Event<'a> {
        "eventTime" => time: Text<'a> = text,
        "eventName" => name: Text<'a> = text,
        "eventID" => id: Text<'a> = text,
        "awsRegion" => region: Text<'a> = text,
        "recipientAccountId" => account: Text<'a> = text,
        "sourceIPAddress" => source_address: Text<'a> = text,
        "userAgent" => user_agent: Text<'a> = text,
        "errorCode" => error_code: Part<'a, Nothing> = part,
        "errorMessage" => error_message: Part<'a, Nothing> = part,
        "userIdentity" => identity: Part<'a, UserIdentity<'a>> = part,
        "requestParameters" => request: Part<'a, RequestParameters<'a>> = part,
        "responseElements" => response: Part<'a, ResponseElements<'a>> = part,
        "additionalEventData" => additional: Part<'a, AdditionalEventData<'a>> = part,
        "addendum" => addendum: Part<'a, Addendum<'a>> = part,
        /// The JSON text of the resources, looked at only where nothing else tells the role or the account.
        "resources" => resources: Option<&'a str> = raw,
    }

    /// Who called.
    struct UserIdentity<'a> {
        "principalId" => principal: Text<'a> = text,
        "userName" => user_name: Text<'a> = text,
        "identityProvider" => provider: Text<'a> = text,
    }

    /// What was asked for.
    struct RequestParameters<'a> {
        "roleArn" => role_arn: Text<'a> = text,
        "roleSessionName" => session: Text<'a> = text,
        "durationSeconds" => duration_seconds: Option<u32> = count,
    }

    /// What else CloudTrail knows.
    struct AdditionalEventData<'a> {
        "identityProviderConnectionVerificationMethod" => verification_method: Text<'a> = text,
    }

    /// What STS answered.
    struct ResponseElements<'a> {
        "provider" => provider: Text<'a> = text,
        "subjectFromWebIdentityToken" => subject: Text<'a> = text,
        "audience" => audience: Text<'a> = text,
        "credentials" => credentials: Part<'a, Credentials<'a>> = part,
    }

    /// What it issued, but for what is secret.
    struct Credentials<'a> {
        "accessKeyId" => access_key_id: Text<'a> = text,
        "expiration" => expiration: Text<'a> = text,
    }

    /// Why a record came late, or a second time (DESIGN §8).
    struct Addendum<'a> {
        "reason" => reason: Text<'a> = text,
        "originalEventID" => original: Text<'a> = text,
        "updatedFields" => updated: Text<'a> = text,
    }

    /// Something that the call was about.
    struct Resource<'a> {
        "type" => kind: Text<'a> = text,
        "ARN" => arn: Text<'a> = text,
        "accountId" => account: Text<'a> = text,
    }
}

/// The resources in a JSON list, or in text that holds one. Whatever is no such list has none.
pub(in crate::decode) fn resources(json: &str) -> Vec<Resource<'_>> {
    fn read(json: &str, way: Way) -> Result<Vec<Resource<'_>>, serde_json::Error> {
        serde_json::Deserializer::from_str(json).deserialize_seq(ResourceList(way))
    }
    read(json, Way::Quick).or_else(|_| read(json, Way::Careful)).unwrap_or_default()
}

/// The resources as JSON, which may itself be text in JSON.
pub(in crate::decode) fn resources_json(raw: Option<&str>) -> Cow<'_, str> {
    match raw {
        Some(raw) if raw.starts_with('"') => unquote(raw).unwrap_or_default(),
        Some(raw) => raw.into(),
        None => "".into(),
    }
}

struct ResourceList(Way);

impl<'de> Visitor<'de> for ResourceList {
    type Value = Vec<Resource<'de>>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut found = Vec::new();
        while let Some(resource) = list.next_element_seed(Object(self.0, PhantomData))? {
            found.push(resource);
        }
        Ok(found)
    }
}
