//! The fields of a record that are read, by their names on the wire (DOMAIN §4).

use std::borrow::Cow;
use std::marker::PhantomData;

use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::decode::fields::{Fields, Nothing, Object, Part, Text, Way, count, unquote};

/// A record.
#[derive(Default)]
pub(in crate::decode) struct Event<'a> {
    pub(in crate::decode) time: Text<'a>,
    pub(in crate::decode) name: Text<'a>,
    pub(in crate::decode) id: Text<'a>,
    pub(in crate::decode) region: Text<'a>,
    pub(in crate::decode) account: Text<'a>,
    pub(in crate::decode) source_address: Text<'a>,
    pub(in crate::decode) user_agent: Text<'a>,
    pub(in crate::decode) error_code: Part<'a, Nothing>,
    pub(in crate::decode) error_message: Part<'a, Nothing>,
    pub(in crate::decode) identity: Part<'a, UserIdentity<'a>>,
    pub(in crate::decode) request: Part<'a, RequestParameters<'a>>,
    pub(in crate::decode) response: Part<'a, ResponseElements<'a>>,
    pub(in crate::decode) additional: Part<'a, AdditionalEventData<'a>>,
    pub(in crate::decode) addendum: Part<'a, Addendum<'a>>,
    /// The JSON text of the resources, looked at only where nothing else tells the role or the account.
    pub(in crate::decode) resources: Option<&'a str>,
}

/// Who called.
#[derive(Default)]
pub(in crate::decode) struct UserIdentity<'a> {
    pub(in crate::decode) principal: Text<'a>,
    pub(in crate::decode) user_name: Text<'a>,
    pub(in crate::decode) provider: Text<'a>,
}

/// What was asked for.
#[derive(Default)]
pub(in crate::decode) struct RequestParameters<'a> {
    pub(in crate::decode) role_arn: Text<'a>,
    pub(in crate::decode) session: Text<'a>,
    pub(in crate::decode) duration_seconds: Option<u32>,
}

/// What else CloudTrail knows.
#[derive(Default)]
pub(in crate::decode) struct AdditionalEventData<'a> {
    pub(in crate::decode) verification_method: Text<'a>,
}

/// What STS answered.
#[derive(Default)]
pub(in crate::decode) struct ResponseElements<'a> {
    pub(in crate::decode) provider: Text<'a>,
    pub(in crate::decode) subject: Text<'a>,
    pub(in crate::decode) audience: Text<'a>,
    pub(in crate::decode) credentials: Part<'a, Credentials<'a>>,
}

/// What it issued, but for what is secret.
#[derive(Default)]
pub(in crate::decode) struct Credentials<'a> {
    pub(in crate::decode) access_key_id: Text<'a>,
    pub(in crate::decode) expiration: Text<'a>,
}

/// Why a record came late, or a second time (DESIGN §8).
#[derive(Default)]
pub(in crate::decode) struct Addendum<'a> {
    pub(in crate::decode) reason: Text<'a>,
    pub(in crate::decode) original: Text<'a>,
    pub(in crate::decode) updated: Text<'a>,
}

/// Something that the call was about.
#[derive(Default)]
pub(in crate::decode) struct Resource<'a> {
    pub(in crate::decode) kind: Text<'a>,
    pub(in crate::decode) arn: Text<'a>,
    pub(in crate::decode) account: Text<'a>,
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
            "errorCode" => self.error_code = way.part(map)?,
            "errorMessage" => self.error_message = way.part(map)?,
            "userIdentity" => self.identity = way.part(map)?,
            "requestParameters" => self.request = way.part(map)?,
            "responseElements" => self.response = way.part(map)?,
            "additionalEventData" => self.additional = way.part(map)?,
            "addendum" => self.addendum = way.part(map)?,
            "resources" => self.resources = Some(map.next_value::<&'a RawValue>()?.get()),
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
            "credentials" => self.credentials = way.part(map)?,
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

impl<'a> Fields<'a> for Credentials<'a> {
    fn set<M: MapAccess<'a>>(&mut self, key: &str, map: &mut M, way: Way) -> Result<(), M::Error> {
        match key {
            "accessKeyId" => self.access_key_id = way.text(map)?,
            "expiration" => self.expiration = way.text(map)?,
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

impl<'a> Fields<'a> for Addendum<'a> {
    fn set<M: MapAccess<'a>>(&mut self, key: &str, map: &mut M, way: Way) -> Result<(), M::Error> {
        match key {
            "reason" => self.reason = way.text(map)?,
            "originalEventID" => self.original = way.text(map)?,
            "updatedFields" => self.updated = way.text(map)?,
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

impl<'a> Fields<'a> for Resource<'a> {
    fn set<M: MapAccess<'a>>(&mut self, key: &str, map: &mut M, way: Way) -> Result<(), M::Error> {
        match key {
            "type" => self.kind = way.text(map)?,
            "ARN" => self.arn = way.text(map)?,
            "accountId" => self.account = way.text(map)?,
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
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
