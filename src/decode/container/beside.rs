//! What stands beside the text of an event in an object. Of two texts one may be the event, and the other a copy of it, or fields
//! that a search made of it. An event that only the other one holds must not get lost (DESIGN §8).

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use memchr::memmem;

use super::carrier::Members;
use super::envelope::RecordSink as _;
use super::keys::SHORTEST_EVENT;
use super::opaque::spelled_out;
use super::opened::CarriedContent;
use crate::decode::collect::Collector;
use crate::decode::defect::MalformedReason;
use crate::decode::record::prefilter::Prefilter;

/// Hardly any object has more parts that are opened.
const FEW: usize = 4;

/// The parts of an object that were opened.
#[derive(Default)]
pub(super) struct OpenedParts<'a> {
    count: usize,
    parts: [&'a [u8]; FEW],
}

impl<'a> OpenedParts<'a> {
    pub(super) fn add(&mut self, content: &CarriedContent<'a>) {
        if let Some(slot) = self.parts.get_mut(self.count) {
            *slot = content.json().unwrap_or_default();
        }
        self.count += 1;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn of<'b>(&'b self, members: Members<'a>) -> Cow<'b, [&'a [u8]]> {
        match self.parts.get(..self.count) {
            Some(parts) => Cow::Borrowed(parts),
            None => members.opened().filter_map(|content| content.json()).collect(),
        }
    }
}

impl Collector<'_> {
    /// Names an event that only stands beside what was opened of an object.
    pub(super) fn look_for_another<'a>(&mut self, members: Members<'a>, opened: &OpenedParts<'a>, offset: u64) {
        let parts = opened.of(members);
        let prefilter = self.ways.prefilter;
        let mut known = KnownIds::of(&parts);
        let mut is_found = false;
        // Most values that are long enough are what was opened, and nothing is left of these.
        let is_opened = |value: &[u8]| parts.iter().any(|part| std::ptr::eq(*part, value));
        for value in members.not_lists().filter(|value| value.len() >= SHORTEST_EVENT && !is_opened(value)) {
            let mut look = |piece: &[u8]| is_found = is_found || holds_another_event(piece, &mut known, prefilter);
            each_piece(value, &parts, &mut look);
        }
        if is_found {
            self.malformed(offset, MalformedReason::NoEvent);
        }
    }

    /// Names an event that is carried by another one, which is told by its own members.
    pub(super) fn look_inside_event(&mut self, event: &[u8], members: Members, offset: u64) {
        let prefilter = self.ways.prefilter;
        let parts: Vec<&[u8]> = members.opened().filter_map(|content| content.json()).collect();
        if parts.is_empty() {
            return;
        }
        let mut own: Vec<&[u8]> = Vec::new();
        each_piece(event, &parts, &mut |piece| own.push(piece));
        let mut known = KnownIds::of(&own);
        if parts.iter().any(|part| holds_another_event(part, &mut known, prefilter)) {
            self.malformed(offset, MalformedReason::NoEvent);
        }
    }

    /// A value beside a list of events. What has no id there is none of CloudTrail, and counts as nothing.
    pub(in crate::decode) fn look_beside_list(&mut self, value: &[u8], offset: u64) {
        let is_event = holds_another_event(value, &mut KnownIds::of(&[]), self.ways.prefilter);
        if is_event && event_ids(&spelled_out(value)).next().is_some() {
            self.malformed(offset, MalformedReason::NoEvent);
        }
    }
}

/// The ids of the events in some texts, which are looked for once at most: a stranger may write many values beside them.
struct KnownIds<'a> {
    texts: &'a [&'a [u8]],
    ids: Option<HashSet<Vec<u8>>>,
}

impl<'a> KnownIds<'a> {
    fn of(texts: &'a [&'a [u8]]) -> Self {
        Self { texts, ids: None }
    }

    fn has(&mut self, id: &[u8]) -> bool {
        let texts = self.texts;
        let ids = self.ids.get_or_insert_with(|| {
            let ids_of = |text: &&[u8]| event_ids(&spelled_out(text)).map(<[u8]>::to_vec).collect::<Vec<_>>();
            texts.iter().flat_map(ids_of).collect()
        });
        ids.contains(id)
    }
}

/// Whether a value holds an event of our name that is none of the known: one with another id. Fields that a search made of a text,
/// which have no identity of their own, are none.
fn holds_another_event(value: &[u8], known: &mut KnownIds, prefilter: &Prefilter) -> bool {
    if value.len() < SHORTEST_EVENT || !prefilter.may_name(value) {
        return false;
    }
    let value = spelled_out(value);
    let has = |keys: [&[u8]; 2]| keys.iter().any(|key| memmem::find(&value, key).is_some());
    if !prefilter.names(&value) || !has([b"\"eventVersion\"", b"\"eventversion\""]) {
        return false;
    }
    let mut ids = event_ids(&value).peekable();
    if ids.peek().is_none() {
        return has([b"\"userIdentity\"", b"\"useridentity\""]);
    }
    ids.any(|id| !known.has(id))
}

/// The ids of the events in a text without escapes.
fn event_ids(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    const KEY: &[u8] = b"\"eventID\"";
    memmem::find_iter(text, KEY).filter_map(|at| {
        let rest = text[at + KEY.len()..].trim_ascii_start().strip_prefix(b":")?;
        rest.trim_ascii_start().strip_prefix(b"\"")?.split(|byte| *byte == b'"').next()
    })
}

/// Gives what is left of a value without these parts of it, or nothing where it is in one of them.
fn each_piece<'a>(value: &'a [u8], parts: &[&[u8]], give: &mut impl FnMut(&'a [u8])) {
    if let Some(place) = parts.iter().filter(|part| !part.is_empty()).find_map(|part| place_in(value, part)) {
        each_piece(&value[..place.start], parts, give);
        each_piece(&value[place.end..], parts, give);
    } else if !parts.iter().any(|part| place_in(part, value).is_some()) {
        give(value);
    }
}

/// Where a part of a text is in it.
fn place_in(text: &[u8], part: &[u8]) -> Option<Range<usize>> {
    let start = part.as_ptr().addr().checked_sub(text.as_ptr().addr())?;
    let end = start.checked_add(part.len())?;
    (end <= text.len()).then_some(start..end)
}
