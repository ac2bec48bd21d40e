//! What a carrier is, and what it may look at in an object.

use super::envelope;
use super::extent::ExtentRule;
use super::keys::{EVENTS, KeyMeaning, KnownKey, Member};
use super::one_object::QuotedText;
use super::opened::CarriedContent;
use crate::decode::quoted::unquote;
use crate::decode::structure::StructureScan;

/// One wrapping.
pub struct Carrier {
    /// What people call it.
    pub name: &'static str,
    /// What may be inside.
    pub holds: Holds,
    /// The keys whose values it opens.
    pub(super) keys: &'static [&'static str],
    /// Keys that it looks at besides. It looks at no others.
    pub(super) hints: &'static [&'static str],
    /// Keys of lists whose elements may be such wrappings, or events.
    pub(super) lists: &'static [&'static str],
    /// Keys of lists like these, whose elements may also be rows: lists of cells.
    pub(super) rows: &'static [&'static str],
    /// Keys of objects that are in the place of such an element.
    pub(super) nests: &'static [&'static str],
    /// What says that there is more.
    pub(super) extents: &'static [ExtentRule],
    /// Opens an object that is no event, if it is such a wrapping.
    pub(super) open: for<'a> fn(&Members<'a>) -> Option<CarriedContent<'a>>,
}

/// What may be inside a carrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Text of anything: events, lists of them, other carriers.
    AnyText,
    /// The same as base64, perhaps of gzip.
    Base64,
    /// One event.
    OneEvent,
    /// Elements that stand there as they are, or nothing.
    Nothing,
}

impl Carrier {
    /// The keys whose values it opens, and those of its lists and of what is in the place of their elements.
    pub fn keys(&self) -> impl Iterator<Item = &'static str> + use<> {
        [self.keys, self.lists, self.rows, self.nests].into_iter().flatten().copied()
    }

    /// What the parts of a carrier are that it does not state.
    pub(super) const NOTHING: Self = Self {
        name: "",
        holds: Holds::Nothing,
        keys: &[],
        hints: &[],
        lists: &[],
        rows: &[],
        nests: &[],
        extents: &[],
        open: |_| None,
    };
}

/// The members of an object that tell something.
#[derive(Clone, Copy)]
pub(in crate::decode) struct Members<'a> {
    object: &'a [u8],
    known: &'a [Member],
    /// All that any of their keys may tell, as bits.
    tells: u8,
}

impl<'a> Members<'a> {
    pub(in crate::decode) fn new(object: &'a [u8], members: &'a [Member]) -> Self {
        let tells = members.iter().fold(0, |tells, member| tells | member.key.tells);
        Self { object, known: members, tells }
    }

    /// Whether the key of any of them may tell that.
    #[inline]
    fn may_any_be(&self, meaning: KeyMeaning) -> bool {
        self.tells & meaning as u8 != 0
    }

    /// The object.
    pub(super) fn whole(&self) -> &'a [u8] {
        self.object
    }

    /// The carriers that look at any of the members, as bits.
    pub(super) fn asked(self) -> u32 {
        self.known.iter().fold(0, |asked, member| asked | member.key.carriers)
    }

    /// The member of this key; of several the last one, as most readers have it.
    #[inline]
    pub(super) fn member(&self, key: &str) -> Option<&'a Member> {
        self.known.iter().rfind(|member| member.key.name == key)
    }

    fn raw(&self, member: &Member) -> &'a [u8] {
        self.object.get(member.value.clone()).unwrap_or_default()
    }

    #[inline]
    pub(in crate::decode) fn has(&self, key: &str) -> bool {
        self.member(key).is_some()
    }

    /// The values that a carrier would open if no other one of the same name stood behind them.
    pub(in crate::decode) fn shadowed(self) -> impl Iterator<Item = &'a [u8]> {
        let is_shadowed = move |(at, member): &(usize, &'a Member)| {
            member.key.may_be(KeyMeaning::Carrier)
                && self.known[at + 1..].iter().any(|later| later.key.name == member.key.name)
        };
        let shadowed = self.known.iter().enumerate().filter(is_shadowed);
        let values = shadowed.map(move |(_, member)| (member.key, self.raw(member)));
        let opened = values.filter(|(key, value)| {
            matches!(value.first(), Some(b'"' | b'{')) && !key.has_elements(value.first().copied())
        });
        opened.map(|(_, value)| value)
    }

    /// The value of a member as it is written.
    pub(super) fn value(&self, key: &str) -> Option<&'a [u8]> {
        self.member(key).map(|member| self.raw(member))
    }

    /// A string as it is written.
    #[inline]
    pub(super) fn string(&self, key: &str) -> Option<QuotedText<'a>> {
        let member = self.member(key)?;
        quoted_text(self.raw(member), member)
    }

    /// The text of a string.
    pub(in crate::decode) fn text(&self, key: &str) -> Option<String> {
        self.string(key).and_then(|quoted| unquoted(quoted.json()))
    }

    /// Whether a member is a string of this text.
    pub(super) fn is(&self, key: &str, text: &str) -> bool {
        self.string(key).map(|quoted| quoted.json()).is_some_and(|quoted| match memchr::memchr(b'\\', quoted) {
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
        self.member_inside(key, inner).map(|(value, _)| value)
    }

    /// The same, if it is a string.
    pub(super) fn string_inside(&self, key: &str, inner: &str) -> Option<QuotedText<'a>> {
        self.lone_text(key, inner).or_else(|| {
            let (value, member) = self.member_inside(key, inner)?;
            quoted_text(value, &member)
        })
    }

    /// The same, if the object has nothing else, no white space, and was seen to have a text that begins as an object.
    fn lone_text(&self, key: &str, inner: &str) -> Option<QuotedText<'a>> {
        let member = self.member(key)?;
        let (object, text) = (self.raw(member), member.text?);
        let is_key = object.get(..text.begin)?.strip_prefix(b"{\"")?.strip_suffix(b"\":")? == inner.as_bytes();
        let is_all = is_key && object.get(text.end..) == Some(b"}");
        is_all.then(|| object.get(text.begin..text.end)).flatten().map(|json| QuotedText::new(json, Some(text.object)))
    }

    fn member_inside(&self, key: &str, inner: &str) -> Option<(&'a [u8], Member)> {
        let (object, _) = self.object(key)?;
        let text = self.member(key).and_then(|member| member.text);
        let member = envelope::members_around(object, text)?.into_iter().rfind(|member| member.key.name == inner)?;
        Some((object.get(member.value.clone())?, member))
    }

    /// The members that have elements, as they are written.
    pub(in crate::decode) fn lists(&self) -> impl Iterator<Item = (&'static KnownKey, &'a [u8])> + use<'a> {
        let this = *self;
        let may_be = this.may_any_be(KeyMeaning::List) || this.may_any_be(KeyMeaning::Nest);
        let asked = if may_be { this.known } else { &[] };
        let members = asked.iter().map(move |member| (member.key, this.raw(member)));
        members.filter(|(key, value)| key.has_elements(value.first().copied()))
    }

    /// The values of the others, as they are written.
    pub(super) fn not_lists(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let this = *self;
        let values = this.known.iter().map(move |member| (member.key, this.raw(member)));
        values.filter(|(key, value)| !key.has_elements(value.first().copied())).map(|(_, value)| value)
    }

    /// The members that may say that there is more; of several the last one.
    pub(in crate::decode) fn extents(&self) -> impl Iterator<Item = (&'static KnownKey, &'a [u8])> + use<'a> {
        let this = *self;
        let tells = this.known.iter().filter(|member| member.key.may_be(KeyMeaning::Extent));
        tells.filter_map(move |member| Some((member.key, this.raw(this.member(member.key.name)?))))
    }

    /// Whether the object is an event (DESIGN §8): the notifications of other services have versions and names of their own.
    pub(in crate::decode) fn is_event(&self) -> bool {
        self.may_any_be(KeyMeaning::Event) && EVENTS.iter().any(|key| self.has(key)) && !self.is_notification()
    }

    fn is_notification(&self) -> bool {
        let source = |key| self.text(key).unwrap_or_default();
        source("eventSource").starts_with("aws:") || source("EventSource") == "aws:sns"
    }
}

fn quoted_text<'a>(value: &'a [u8], member: &Member) -> Option<QuotedText<'a>> {
    value.starts_with(b"\"").then(|| QuotedText::new(value, member.text.map(|text| text.object)))
}

/// The text of a JSON string.
pub(in crate::decode) fn unquoted(quoted: &[u8]) -> Option<String> {
    unquote(std::str::from_utf8(quoted).ok()?).ok().map(std::borrow::Cow::into_owned)
}
