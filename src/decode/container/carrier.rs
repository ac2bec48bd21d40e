//! What a carrier is, and what it may look at in an object.

use super::envelope;
use super::keys::{EVENTS, LISTS, Member, TOKENS};
use super::opened::CarriedContent;
use crate::decode::quoted::unquote;
use crate::decode::structure::StructureScan;

/// One wrapping.
pub(super) struct Carrier {
    /// The keys whose values it opens.
    pub(super) keys: &'static [&'static str],
    /// Keys that it looks at besides. It looks at no others.
    pub(super) hints: &'static [&'static str],
    /// Opens an object that is no event, if it is such a wrapping.
    pub(super) open: for<'a> fn(&Members<'a>) -> Option<CarriedContent<'a>>,
}

/// The members of an object that tell something.
#[derive(Clone, Copy)]
pub(in crate::decode) struct Members<'a> {
    object: &'a [u8],
    members: &'a [Member],
}

impl<'a> Members<'a> {
    pub(in crate::decode) fn new(object: &'a [u8], members: &'a [Member]) -> Self {
        Self { object, members }
    }

    /// The carriers that look at any of the members, as bits.
    pub(super) fn asked(self) -> u32 {
        self.members.iter().fold(0, |asked, member| asked | member.key.carriers)
    }

    /// The member of this key; of several the last one, as most readers have it.
    pub(super) fn member(&self, key: &str) -> Option<&'a Member> {
        self.members.iter().rfind(|member| member.key.name == key)
    }

    fn raw(&self, member: &Member) -> &'a [u8] {
        self.object.get(member.value.clone()).unwrap_or_default()
    }

    pub(in crate::decode) fn has(&self, key: &str) -> bool {
        self.member(key).is_some()
    }

    /// The value of a member as it is written.
    pub(super) fn value(&self, key: &str) -> Option<&'a [u8]> {
        self.member(key).map(|member| self.raw(member))
    }

    /// A string as it is written, with its quotes.
    pub(super) fn string(&self, key: &str) -> Option<&'a [u8]> {
        self.value(key).filter(|value| value.starts_with(b"\""))
    }

    /// The text of a string.
    pub(in crate::decode) fn text(&self, key: &str) -> Option<String> {
        self.string(key).and_then(unquoted)
    }

    /// Whether a member is a string of this text.
    pub(super) fn is(&self, key: &str, text: &str) -> bool {
        self.string(key).is_some_and(|quoted| match memchr::memchr(b'\\', quoted) {
            None => quoted.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")) == Some(text.as_bytes()),
            Some(_) => unquoted(quoted).is_some_and(|unquoted| unquoted == text),
        })
    }

    /// An object, and what the leap over it saw.
    pub(super) fn object(&self, key: &str) -> Option<(&'a [u8], &'a StructureScan)> {
        let member = self.member(key)?;
        Some((self.raw(member), &member.scan)).filter(|(value, _)| value.starts_with(b"{"))
    }

    /// A member of the object that is a member.
    pub(super) fn inside(&self, key: &str, inner: &str) -> Option<&'a [u8]> {
        let (object, _) = self.object(key)?;
        let members = envelope::members(object)?;
        let member = members.iter().rfind(|member| member.key.name == inner)?;
        object.get(member.value.clone())
    }

    /// The lists of elements among the members, as they are written.
    pub(in crate::decode) fn lists(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let this = *self;
        let lists = this.members.iter().filter(|member| LISTS.contains(&member.key.name));
        lists.map(move |member| this.raw(member)).filter(|value| value.starts_with(b"["))
    }

    /// Whether there is a token of more.
    pub(in crate::decode) fn has_more(&self) -> bool {
        TOKENS.iter().any(|token| self.string(token).is_some())
    }

    /// Whether the object is an event (DESIGN §8): the notifications of other services have versions and names of their own.
    pub(in crate::decode) fn is_event(&self) -> bool {
        EVENTS.iter().any(|key| self.has(key)) && !self.is_notification()
    }

    fn is_notification(&self) -> bool {
        let source = |key| self.text(key).unwrap_or_default();
        source("eventSource").starts_with("aws:") || source("EventSource") == "aws:sns"
    }
}

/// The text of a JSON string.
pub(in crate::decode) fn unquoted(quoted: &[u8]) -> Option<String> {
    unquote(std::str::from_utf8(quoted).ok()?).ok().map(std::borrow::Cow::into_owned)
}
