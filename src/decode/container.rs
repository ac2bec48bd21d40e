//! The wrappings that events arrive in (DESIGN §11): one file each, and one line in `CARRIERS`.
//!
//! A carrier is told by the members of an object and says where in them the events are: in an object, in text, or in base64.
//! What is inside is read by the same reader, so that carriers nest, up to [`MAX_CARRIERS`] deep. Lists of elements are told
//! by their keys alone: whatever their elements are, each is looked at by itself.

mod event_bridge;
mod firehose;
mod kinesis;
mod lambda_logs;
mod log_event;
mod lookup;
mod notification;
mod opened;
mod sns;
mod sqs;

use std::ops::Range;

use super::envelope;
use super::fields::unquote;
use super::structure::Scan;
pub use opened::Inner;
pub(super) use opened::{is_test, unbase64};

/// How many carriers may lie in each other.
pub const MAX_CARRIERS: u8 = 4;

/// The keys of lists whose elements are events or carriers.
const LISTS: &[&str] = &["Records", "records", "Events", "events", "logEvents", "Messages"];

/// The keys of events.
const EVENTS: &[&str] = &["eventVersion", "eventName"];

/// Keys that say that there is more than this.
const TOKENS: &[&str] = &["NextToken", "nextToken"];

/// Keys that tell something beside others.
const HINTS: &[&str] = &["eventSource", "EventSource", "digestS3Object"];

/// One wrapping.
pub(super) struct Carrier {
    /// The keys whose values it opens.
    keys: &'static [&'static str],
    /// Keys that it looks at besides.
    hints: &'static [&'static str],
    /// Opens an object that is no event, if it is such a wrapping.
    pub(super) open: for<'a> fn(&Members<'a>) -> Option<Inner<'a>>,
}

/// Every carrier, in the order in which they are tried; all that fit are opened.
pub(super) const CARRIERS: &[Carrier] = &[
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

/// What a key of an object tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// It may be that of a list of elements.
    List(&'static str),
    /// It is that of an event.
    Event(&'static str),
    /// A carrier opens its value.
    Carrier(&'static str),
    /// There is more.
    Token(&'static str),
    /// It tells something beside others.
    Hint(&'static str),
    /// Nothing.
    Plain,
}

impl Key {
    /// The key of this name.
    #[must_use]
    pub fn of(name: &[u8]) -> Self {
        let [first, ..] = name else { return Self::Plain };
        if name.len() >= 64 || LENGTHS[*first as usize] & 1 << name.len() == 0 {
            return Self::Plain;
        }
        let find = |names: &[&'static str]| names.iter().find(|known| known.as_bytes() == name).copied();
        find(LISTS)
            .map(Self::List)
            .or_else(|| find(EVENTS).map(Self::Event))
            .or_else(|| CARRIERS.iter().find_map(|carrier| find(carrier.keys)).map(Self::Carrier))
            .or_else(|| find(TOKENS).map(Self::Token))
            .or_else(|| find(HINTS).map(Self::Hint))
            .or_else(|| CARRIERS.iter().find_map(|carrier| find(carrier.hints)).map(Self::Hint))
            .unwrap_or(Self::Plain)
    }

    /// Its name, unless it tells nothing.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::List(name) | Self::Event(name) | Self::Carrier(name) | Self::Token(name) | Self::Hint(name) => {
                Some(name)
            }
            Self::Plain => None,
        }
    }
}

/// For each first letter, the lengths of the keys that begin with it: most keys are ruled out by that.
static LENGTHS: [u64; 256] = lengths();

const fn lengths() -> [u64; 256] {
    let mut table = add([0; 256], LISTS);
    table = add(table, EVENTS);
    table = add(table, TOKENS);
    table = add(table, HINTS);
    let mut at = 0;
    while at < CARRIERS.len() {
        table = add(table, CARRIERS[at].keys);
        table = add(table, CARRIERS[at].hints);
        at += 1;
    }
    table
}

const fn add(mut table: [u64; 256], names: &[&str]) -> [u64; 256] {
    let mut at = 0;
    while at < names.len() {
        let name = names[at].as_bytes();
        table[name[0] as usize] |= 1 << name.len();
        at += 1;
    }
    table
}

/// A member of an object that tells something.
#[derive(Debug, Clone)]
pub struct Member {
    /// Its key.
    pub key: &'static str,
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

    /// The member of this key; of several the last one, as most readers have it.
    fn member(&self, key: &str) -> Option<&'a Member> {
        self.members.iter().rfind(|member| member.key == key)
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

    /// An object, and what the leap over it saw.
    fn object(&self, key: &str) -> Option<(&'a [u8], &'a Scan)> {
        let member = self.member(key)?;
        Some((self.raw(member), &member.scan)).filter(|(value, _)| value.starts_with(b"{"))
    }

    /// A member of the object that is a member.
    fn inside(&self, key: &str, inner: &str) -> Option<&'a [u8]> {
        let (object, _) = self.object(key)?;
        let members = envelope::members(object)?;
        let member = members.iter().rfind(|member| member.key == inner)?;
        object.get(member.value.clone())
    }

    /// The lists of elements among the members, as they are written.
    pub(super) fn lists(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let this = *self;
        let lists = this.members.iter().filter(|member| LISTS.contains(&member.key));
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
