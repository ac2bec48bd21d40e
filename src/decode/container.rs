//! The wrappings that events arrive in (DESIGN §11): one file each, and one line in `CARRIERS`.
//!
//! A carrier is told by the members of an object and says where in them the events are: in an object, in text, or in base64.
//! What is inside is read by the same reader, so that carriers nest, up to [`MAX_CARRIERS`] deep. Lists of elements are told
//! by their keys alone: whatever their elements are, each is looked at by itself.

pub mod envelope;
pub mod foreign;

pub(super) mod look;

mod event_bridge;
mod firehose;
mod keys;
mod kinesis;
mod lambda_logs;
mod log_event;
mod lookup;
mod notification;
mod opaque;
mod opened;
mod sns;
mod sqs;

use std::ops::Range;

use super::fields::unquote;
use super::structure::Scan;
use keys::{EVENTS, LISTS, TOKENS};
pub use keys::{Key, Known};
pub use opened::Inner;
pub(super) use opened::{is_test, unbase64};

/// How many carriers may lie in each other.
pub const MAX_CARRIERS: u8 = 4;

/// One wrapping.
struct Carrier {
    /// The keys whose values it opens.
    keys: &'static [&'static str],
    /// Keys that it looks at besides. It looks at no others.
    hints: &'static [&'static str],
    /// Opens an object that is no event, if it is such a wrapping.
    open: for<'a> fn(&Members<'a>) -> Option<Inner<'a>>,
}

/// Every carrier, in the order in which they are tried; all that fit are opened.
const CARRIERS: &[Carrier] = &[
    lookup::CARRIER,
    event_bridge::CARRIER,
    log_event::CARRIER,
    sns::MESSAGE,
    sns::RECORD,
    sqs::CARRIER,
    kinesis::CARRIER,
    firehose::CARRIER,
    lambda_logs::CARRIER,
    notification::CARRIER,
];

/// A member of an object that tells something.
#[derive(Debug, Clone)]
pub struct Member {
    /// Its key.
    pub key: &'static Known,
    /// Where its value is in the object.
    pub value: Range<usize>,
    /// What a leap over the value saw.
    pub scan: Scan,
}

/// The members of an object that tell something.
#[derive(Clone, Copy)]
pub(super) struct Members<'a> {
    object: &'a [u8],
    members: &'a [Member],
}

impl<'a> Members<'a> {
    pub(super) fn new(object: &'a [u8], members: &'a [Member]) -> Self {
        Self { object, members }
    }

    /// What is inside, by each carrier that it is.
    pub(super) fn opened(self) -> impl Iterator<Item = Inner<'a>> {
        // A carrier looks at its own keys, so one that has none of them here need not be asked.
        let asked = self.members.iter().fold(0, |asked, member| asked | member.key.carriers);
        let carriers = CARRIERS.iter().enumerate().filter(move |(number, _)| asked & 1 << number != 0);
        carriers.filter_map(move |(_, carrier)| (carrier.open)(&self))
    }

    /// The member of this key; of several the last one, as most readers have it.
    fn member(&self, key: &str) -> Option<&'a Member> {
        self.members.iter().rfind(|member| member.key.name == key)
    }

    fn raw(&self, member: &Member) -> &'a [u8] {
        self.object.get(member.value.clone()).unwrap_or_default()
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.member(key).is_some()
    }

    /// The value of a member as it is written.
    fn value(&self, key: &str) -> Option<&'a [u8]> {
        self.member(key).map(|member| self.raw(member))
    }

    /// A string as it is written, with its quotes.
    fn string(&self, key: &str) -> Option<&'a [u8]> {
        self.value(key).filter(|value| value.starts_with(b"\""))
    }

    /// The text of a string.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        self.string(key).and_then(unquoted)
    }

    /// Whether a member is a string of this text.
    fn is(&self, key: &str, text: &str) -> bool {
        self.string(key).is_some_and(|quoted| match memchr::memchr(b'\\', quoted) {
            None => quoted.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")) == Some(text.as_bytes()),
            Some(_) => unquoted(quoted).is_some_and(|unquoted| unquoted == text),
        })
    }

    /// An object, and what the leap over it saw.
    fn object(&self, key: &str) -> Option<(&'a [u8], &'a Scan)> {
        let member = self.member(key)?;
        Some((self.raw(member), &member.scan)).filter(|(value, _)| value.starts_with(b"{"))
    }

    /// A member of the object that is a member.
    fn inside(&self, key: &str, inner: &str) -> Option<&'a [u8]> {
        let (object, _) = self.object(key)?;
        let members = envelope::members(object)?;
        let member = members.iter().rfind(|member| member.key.name == inner)?;
        object.get(member.value.clone())
    }

    /// The lists of elements among the members, as they are written.
    pub(super) fn lists(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let this = *self;
        let lists = this.members.iter().filter(|member| LISTS.contains(&member.key.name));
        lists.map(move |member| this.raw(member)).filter(|value| value.starts_with(b"["))
    }

    /// Whether there is a token of more.
    pub(super) fn has_more(&self) -> bool {
        TOKENS.iter().any(|token| self.string(token).is_some())
    }

    /// Whether the object is an event (DESIGN §8): the notifications of other services have versions and names of their own.
    pub(super) fn is_event(&self) -> bool {
        EVENTS.iter().any(|key| self.has(key)) && !self.is_notification()
    }

    fn is_notification(&self) -> bool {
        let source = |key| self.text(key).unwrap_or_default();
        source("eventSource").starts_with("aws:") || source("EventSource") == "aws:sns"
    }
}

/// The text of a JSON string.
pub(super) fn unquoted(quoted: &[u8]) -> Option<String> {
    unquote(std::str::from_utf8(quoted).ok()?).ok().map(std::borrow::Cow::into_owned)
}
