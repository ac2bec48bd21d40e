//! One JSON object that is no list of records itself: an event, or an envelope around one event or a few.
//!
//! Such objects come from people's own tools and not from CloudTrail's writer, so here every byte is checked to be JSON.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::defect::MalformedReason;
use super::fields::{Fields, Object, Way, unquote};
use super::record::not_json;

/// What an object is.
pub enum Unit<'a> {
    /// A record itself.
    Event,
    /// An EventBridge envelope: the record is its `detail`.
    Detail(&'a str),
    /// An item of `lookup-events`: the record is a JSON text in a JSON string.
    LookupItem(Cow<'a, str>),
    /// A CloudWatch Logs subscription payload: one record in each message.
    Messages(Messages<'a>),
    /// A digest file.
    Digest,
    /// Nothing that CloudTrail or its carriers write.
    Unknown,
}

/// The keys that tell what an object is, so that the reading of an envelope can stop at the first of them.
pub const TELLING_KEYS: [&str; 10] = [
    "eventVersion",
    "userIdentity",
    "eventTime",
    "eventName",
    "eventSource",
    "CloudTrailEvent",
    "detail-type",
    "messageType",
    "logEvents",
    "digestS3Object",
];

/// Tells what the object is; an error if it is no JSON.
pub fn classify(object: &str) -> Result<Unit<'_>, MalformedReason> {
    let keys = Way::Careful.read::<Keys>(object).map_err(|error| not_json(&error))?;
    keys.classify().map_err(|error| not_json(&error))
}

#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each says whether a key is there")]
struct Keys<'a> {
    version: bool,
    name: bool,
    source: Option<Cow<'a, str>>,
    parties: bool,
    item: Option<&'a RawValue>,
    detail: Option<&'a RawValue>,
    messages: Option<&'a RawValue>,
    message_type: Option<Cow<'a, str>>,
    digest: bool,
}

impl<'a> Fields<'a> for Keys<'a> {
    fn set<M: MapAccess<'a>>(&mut self, key: &str, map: &mut M, way: Way) -> Result<(), M::Error> {
        match key {
            "eventSource" => self.source = way.text(map)?,
            "CloudTrailEvent" => self.item = Some(map.next_value()?),
            "detail" => self.detail = Some(map.next_value()?),
            "logEvents" => self.messages = Some(map.next_value()?),
            "messageType" => self.message_type = way.text(map)?,
            _ => {
                map.next_value::<IgnoredAny>()?;
                self.version |= key == "eventVersion";
                self.name |= key == "eventName";
                self.parties |= matches!(key, "userIdentity" | "requestParameters");
                self.digest |= key == "digestS3Object";
            }
        }
        Ok(())
    }
}

impl<'a> Keys<'a> {
    fn is_event(&self) -> bool {
        // `aws:s3` and the like are notifications, which have versions and names of their own.
        let notification = self.source.as_deref().is_some_and(|source| source.starts_with("aws:"));
        !notification && (self.version || (self.name && (self.source.is_some() || self.parties)))
    }

    fn classify(self) -> Result<Unit<'a>, serde_json::Error> {
        if let Some(item) = self.item.map(RawValue::get).filter(|raw| raw.starts_with('"')) {
            return Ok(Unit::LookupItem(unquote(item)?));
        }
        if let Some(messages) = self.messages.map(RawValue::get).filter(|raw| raw.starts_with('[')) {
            // A control message only says that the way is open.
            if self.message_type.is_some_and(|kind| kind != "DATA_MESSAGE") {
                return Ok(Unit::Messages(Messages("[]")));
            }
            return Ok(Unit::Messages(Messages(messages)));
        }
        if let Some(detail) = self.detail.map(RawValue::get).filter(|raw| raw.starts_with('{'))
            && Way::Careful.read::<Keys>(detail)?.is_event()
        {
            return Ok(Unit::Detail(detail));
        }
        Ok(match (self.digest, self.is_event()) {
            (true, _) => Unit::Digest,
            (false, true) => Unit::Event,
            (false, false) => Unit::Unknown,
        })
    }
}

/// A list of log events, as JSON.
pub struct Messages<'a>(&'a str);

impl Messages<'_> {
    /// Gives one message after the other; `None` for one that is no text. There may be millions, so they are never
    /// held together.
    pub fn each(&self, take: impl FnMut(Option<&str>)) -> Result<(), MalformedReason> {
        let mut json = serde_json::Deserializer::from_str(self.0);
        Deserializer::deserialize_seq(&mut json, MessageVisitor(take)).map_err(|error| not_json(&error))
    }
}

struct MessageVisitor<F>(F);

impl<'de, F: FnMut(Option<&str>)> Visitor<'de> for MessageVisitor<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of log events")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        while let Some(event) = list.next_element_seed(Object::<LogEvent>(Way::Careful, PhantomData))? {
            (self.0)(event.message.as_deref());
        }
        Ok(())
    }
}

#[derive(Default)]
struct LogEvent<'a> {
    message: Option<Cow<'a, str>>,
}

impl<'a> Fields<'a> for LogEvent<'a> {
    fn set<M: MapAccess<'a>>(&mut self, key: &str, map: &mut M, way: Way) -> Result<(), M::Error> {
        match key {
            "message" => self.message = way.text(map)?,
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}
