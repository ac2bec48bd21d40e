//! Looks at what does not begin as CloudTrail writes a record: an event of another writer, a carrier of events, or neither
//! (DESIGN §8). Nothing is counted as another event unless it was looked at.

use super::beside::OpenedParts;
use super::carried_stream::inflate_streams;
use super::carrier::{Members, unquoted};
use super::envelope;
use super::envelope::{ElementShape, RecordSink as _};
use super::extent::Extent;
use super::keys::{BYTE_ORDER_MARK, KeyMeaning, KnownKey, MAX_CARRIERS, Member};
use super::log_line::message_of;
use super::one_object::{QuotedText, is_one_object_in_cell};
use super::opaque::{may_hold_calls, may_hold_events, names_event};
use super::opened::{CarriedContent, GZIP_AS_BASE64, is_test, plain_base64, unbase64};
use super::table::begins_as_table;
use crate::decode::collect::Collector;
use crate::decode::defect::{Defect, MalformedReason};
use crate::decode::extract;
use crate::decode::pack::inflate::GZIP_MAGIC;
use crate::decode::pack::text::WholeText;
use crate::decode::pack::unpack::is_stream;
use crate::decode::record::assumption::may_hide_name;
use crate::decode::record::prefilter::{
    HEAD, begins_as_cloudtrail, begins_as_event, begins_as_quoted_cloudtrail, begins_with_time,
};
use crate::decode::structure::{InnerObject, ScanProgress, StructureScan};

/// The most that one carrier may inflate to.
const INFLATED: u64 = 24 << 20;

/// The most that carriers in each other may inflate to.
const HELD: u64 = 96 << 20;

/// Where text comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextOrigin {
    /// From a place where anything may be, and many of them.
    Any,
    /// From a place where one of anything may be.
    Message,
    /// From several lines that are one message of a log.
    Lines,
    /// From a place where an event belongs.
    Event,
}

impl Collector<'_> {
    /// An object that may be anything.
    pub(in crate::decode) fn look(&mut self, object: &[u8], members: Members, offset: u64) {
        let before = self.findings();
        let Some(opened) = self.open_all(members, offset) else {
            return self.look_at_event(object, members, offset);
        };
        let is_found = self.findings() > before;
        let lists = self.lists_of(members, is_found, offset);
        // Most readers take the last of two members of one name; what the others hold must not get lost.
        let is_shadowed = members.shadowed().any(|value| may_hold_events(value, self.ways.prefilter));
        if is_shadowed {
            self.malformed(offset, MalformedReason::NoEvent);
        }
        if !opened.is_empty() || lists {
            if before == self.findings() {
                // What lies beside the opened part may hold an event of its own.
                self.look_beside(object, before, offset);
            } else if !is_shadowed {
                self.look_for_another(members, &opened, offset);
            }
        } else if members.has("digestS3Object") {
            self.digest();
        } else {
            self.unknown(object, offset);
        }
    }

    /// Opens every carrier that an object is. `None` if it is an event: by its members, unless it lacks what only the text has that
    /// it carries. Searches put the fields of a text beside it.
    fn open_all<'a>(&mut self, members: Members<'a>, offset: u64) -> Option<OpenedParts<'a>> {
        let mut opened = OpenedParts::default();
        if !members.is_event() {
            self.open_each(members, &mut opened, offset);
            return Some(opened);
        }
        if members.has("userIdentity") || members.asked() == 0 {
            return None;
        }
        let before = self.snapshot();
        self.open_each(members, &mut opened, offset);
        if before.knows_as_much_as(self) {
            self.roll_back(before);
            return None;
        }
        Some(opened)
    }

    fn open_each<'a>(&mut self, members: Members<'a>, opened: &mut OpenedParts<'a>, offset: u64) {
        for content in members.opened() {
            opened.add(&content);
            self.open(content, offset);
        }
    }

    fn look_at_event(&mut self, event: &[u8], members: Members, offset: u64) {
        self.event(event, offset);
        self.lists_of(members, false, offset);
        self.look_inside_event(event, members, offset);
    }

    /// How many events were found, or would be if they could be read.
    pub(in crate::decode) fn findings(&self) -> u64 {
        self.known + self.decoded.records.malformed + self.decoded.unread_calls.len() as u64
    }

    /// Something of which a part was opened. If nothing was found since, an event may be in the rest of it.
    fn look_beside(&mut self, whole: &[u8], before: u64, offset: u64) {
        if before != self.findings() {
            return;
        }
        if names_event(whole, self.ways.prefilter) {
            self.malformed(offset, MalformedReason::NoEvent);
        } else if self.asks_for_sessions() && may_hold_calls(whole) {
            self.hidden_call(offset, MalformedReason::NoEvent);
        }
    }

    fn event(&mut self, object: &[u8], offset: u64) {
        self.known += 1;
        self.decoded.records.total += 1;
        let hidden = may_hide_name(object);
        if hidden || self.ways.prefilter.names(object) {
            let _ = self.parse(object, offset);
        } else if self.calls.is_some() {
            self.other(object, offset, false);
        } else {
            self.decoded.records.other += 1;
        }
    }

    /// The lists of elements in an object that is here as a whole; false if there are none. Where an event `is_found` beside them,
    /// an object in the place of an element is one only if it may hold an event: in messages of SQS, `attributes` tell when they
    /// were sent.
    fn lists_of(&mut self, members: Members, is_found: bool, offset: u64) -> bool {
        let mut extent = Extent::default();
        let mut found = false;
        for (key, list) in members.lists() {
            if is_found && list.starts_with(b"{") && !self.may_be_element(list) {
                continue;
            }
            found = true;
            extent.add_list(key.name, self.list_in_object(key, list, offset));
        }
        if found {
            members.extents().for_each(|(key, value)| extent.note(key, value));
        }
        if let Some(words) = extent.has_more() {
            self.more(words);
        }
        found
    }

    fn may_be_element(&self, object: &[u8]) -> bool {
        memchr::memmem::find(object, b"eventVersion").is_some() || names_event(object, self.ways.prefilter)
    }

    /// A list of elements, or what is in the place of one: how many they are.
    fn list_in_object(&mut self, key: &KnownKey, list: &[u8], offset: u64) -> u64 {
        let is_object = list.starts_with(b"{");
        let shape = if key.may_be(KeyMeaning::Rows) { ElementShape::Rows } else { ElementShape::Any };
        match self.read_at(list, shape, offset) {
            Ok(elements) => elements + u64::from(is_object),
            Err(defect) => {
                self.malformed(offset, MalformedReason::NotJson(defect.to_string()));
                0
            }
        }
    }

    /// The lists of events in a record that names our event and is another one. CloudTrail writes none, but a key in front
    /// of a list never hides the list.
    #[inline(never)]
    pub(in crate::decode) fn lists_inside(&mut self, record: &[u8], offset: u64) {
        let members = envelope::members(record).unwrap_or_default();
        self.lists_of(Members::new(record, &members), false, offset);
    }

    /// A member behind a list of events, in front of which so much was found.
    pub(in crate::decode) fn look_at_loose(&mut self, value: &[u8], member: &Member, before: u64, offset: u64) {
        let members = [member.clone()];
        let members = Members::new(value, &members);
        self.lists_of(members, false, offset);
        let mut opened = OpenedParts::default();
        self.open_each(members, &mut opened, offset);
        if before == self.findings() {
            self.look_beside(value, before, offset);
        } else {
            self.look_for_another(members, &opened, offset);
        }
    }

    /// A string, a number or a word in the place of an event.
    pub(in crate::decode) fn look_at_scalar(&mut self, value: &[u8], offset: u64) {
        match value.first() {
            Some(b'"') => self.open(CarriedContent::Message(QuotedText::new(value, None)), offset),
            Some(b'-' | b'0'..=b'9') => self.unknown_other(offset),
            // What is `null` was something before.
            _ => self.malformed(offset, MalformedReason::NoObject),
        }
    }

    /// An object that is no JSON. One that cannot hold what is asked for is not read any further.
    pub(in crate::decode) fn look_at_broken(&mut self, object: &[u8], expected: &'static str, offset: u64) {
        let is_call = self.calls.as_ref().is_some_and(|calls| may_hide_name(object) || calls.may_be_call(object));
        let for_sessions = self.asks_for_sessions();
        if may_hold_events(object, self.ways.prefilter) || (is_call && !for_sessions) {
            let reason = match std::str::from_utf8(object) {
                Ok(_) => MalformedReason::NotJson(format!("expected {expected}")),
                Err(_) => MalformedReason::NotUtf8,
            };
            self.malformed(offset, reason);
        } else if for_sessions && (is_call || may_hold_calls(object)) {
            self.hidden_call(offset, MalformedReason::BrokenCall(format!("expected {expected}")));
        } else {
            self.unknown_other(offset);
        }
    }

    /// A message of a log, in one line or in several.
    pub(in crate::decode) fn look_at_line(&mut self, line: &[u8], offset: u64) {
        let message = message_of(line);
        let kind = if memchr::memchr(b'\n', message).is_some() { TextOrigin::Lines } else { TextOrigin::Message };
        self.inside(offset, |this| this.text(message, offset, kind));
    }

    /// A payload of CloudWatch Logs as base64.
    pub(in crate::decode) fn look_at_payload(&mut self, base64: &[u8], offset: u64) {
        let Some(bytes) = gzip_as_base64(base64) else {
            return self.malformed(offset, MalformedReason::BadContent("is no base64 of gzip".to_owned()));
        };
        let base = self.base;
        self.base = Some(base.unwrap_or(offset));
        self.undone(&bytes, offset);
        self.base = base;
    }

    /// What base64 stood for that no carrier holds: it is none itself (DESIGN §11). Base64 right in base64, which nobody writes,
    /// counts as one, so that it comes to an end.
    fn undone(&mut self, bytes: &[u8], offset: u64) {
        if self.in_base64 {
            return self.inside(offset, |this| this.bytes(bytes, offset));
        }
        self.in_base64 = true;
        self.bytes(bytes, offset);
        self.in_base64 = false;
    }

    /// What is inside a carrier at `offset`.
    pub(super) fn open(&mut self, inner: CarriedContent, offset: u64) {
        if let CarriedContent::Base64(quoted) = inner {
            let mut bytes = std::mem::take(&mut self.base64_bytes);
            let is_plain = plain_base64(quoted.json(), &mut bytes);
            if is_plain {
                self.inside(offset, |this| this.bytes(&bytes, offset));
            }
            self.base64_bytes = bytes;
            if is_plain {
                return;
            }
        }
        let (quoted, kind) = match inner {
            CarriedContent::Test => return self.known += 1,
            CarriedContent::ObjectName => return self.malformed(offset, MalformedReason::NamesObject),
            CarriedContent::NoEvent => return self.malformed(offset, MalformedReason::EventMissing),
            CarriedContent::LowerCase(object) => return self.look_at_lower_case(object, offset),
            CarriedContent::Object(object, scan) => {
                return self.inside(offset, |this| this.carried_object(object, scan, offset));
            }
            CarriedContent::Message(quoted) | CarriedContent::Event(quoted) | CarriedContent::Text(quoted)
                if self.is_other_event(quoted) =>
            {
                return self.other_event(quoted.json(), offset);
            }
            CarriedContent::Text(quoted) | CarriedContent::Base64(quoted) => (quoted, TextOrigin::Any),
            CarriedContent::Message(quoted) => (quoted, TextOrigin::Message),
            CarriedContent::Event(quoted) => (quoted, TextOrigin::Event),
        };
        let Some(text) = unquoted(quoted.json()) else {
            return self.malformed(offset, MalformedReason::NotJson("text that is no JSON string".to_owned()));
        };
        self.inside(offset, |this| match inner {
            CarriedContent::Base64(_) => match unbase64(text.as_bytes()) {
                Some(bytes) => this.bytes(&bytes, offset),
                None => this.text(text.as_bytes(), offset, kind),
            },
            _ => this.text(text.as_bytes(), offset, kind),
        });
    }

    /// Does something one carrier further in, if there may be so many.
    pub(super) fn inside(&mut self, offset: u64, read: impl FnOnce(&mut Self)) {
        if self.level == MAX_CARRIERS {
            return self.malformed(offset, MalformedReason::TooManyCarriers);
        }
        let (base, in_base64) = (self.base, self.in_base64);
        self.base = Some(base.unwrap_or(offset));
        self.in_base64 = false;
        self.level += 1;
        read(self);
        self.level -= 1;
        self.in_base64 = in_base64;
        self.base = base;
    }

    fn carried_object(&mut self, object: &[u8], scan: &StructureScan, offset: u64) {
        if begins_as_cloudtrail(object.get(..HEAD).unwrap_or(object)) {
            return self.record(object, offset, scan);
        }
        if let Err(defect) = self.read_at(object, ElementShape::Any, offset) {
            self.malformed(offset, MalformedReason::NotJson(defect.to_string()));
        }
    }

    /// Reads JSON that lies in the text at `offset`. One with a defect contributes nothing.
    fn read_at(&mut self, text: &[u8], shape: ElementShape, offset: u64) -> Result<u64, Defect> {
        let (base, before) = (self.base, self.snapshot());
        self.base = Some(base.unwrap_or(offset));
        let read = envelope::read_elements(WholeText(text), shape, self.ways.scanner, self.ways.max_record, self);
        self.base = base;
        if read.is_err() {
            self.roll_back(before);
        }
        read
    }

    /// The bytes that base64 stood for.
    fn bytes(&mut self, bytes: &[u8], offset: u64) {
        if !is_stream(bytes) {
            return match simdutf8::basic::from_utf8(bytes) {
                Ok(text) => self.text(text.as_bytes(), offset, TextOrigin::Any),
                Err(_) => self.malformed(offset, MalformedReason::NoEvent),
            };
        }
        let room = INFLATED.min(HELD - self.held.min(HELD)).min(self.ways.max_file.saturating_sub(self.inflated));
        let mut text = Vec::new();
        let inflated = inflate_streams(bytes, room, &mut text);
        let length = text.len() as u64;
        self.inflated += length;
        match inflated {
            Ok(()) => {
                self.held += length;
                self.text(&text, offset, TextOrigin::Any);
                self.held -= length;
            }
            Err(Defect::TooLarge { .. }) => {
                self.malformed(offset, MalformedReason::BadContent(format!("inflates to more than {room} bytes")));
            }
            Err(defect) => self.malformed(offset, MalformedReason::BadContent(format!("does not inflate: {defect}"))),
        }
    }

    /// Text out of a carrier.
    pub(super) fn text(&mut self, text: &[u8], offset: u64, kind: TextOrigin) {
        let text = trim(text);
        if is_test(text) {
            self.known += 1;
            return;
        }
        let head = text.get(..HEAD).unwrap_or(text);
        // One that was cut off may have been any event, wherever it was cut.
        if begins_as_cloudtrail(head) && kind != TextOrigin::Lines && self.is_other_object(text) {
            return self.other_event(text, offset);
        }
        if kind == TextOrigin::Event && text.first() != Some(&b'{') {
            return self.malformed(offset, MalformedReason::EventMissing);
        }
        let is_read = matches!(text.first(), Some(b'{' | b'[' | b'"'))
            // Each line would be one carrier further in.
            || (begins_with_time(head) && self.level < MAX_CARRIERS)
            || (kind == TextOrigin::Any && begins_as_table(text));
        if !is_read {
            return match gzip_as_base64(text) {
                Some(bytes) => self.undone(&bytes, offset),
                None => self.unknown(text, offset),
            };
        }
        let before = (kind == TextOrigin::Event).then(|| self.snapshot());
        let read = self.read_at(text, ElementShape::Any, offset);
        if let Some(before) = before {
            if read.is_err() || before.knows_as_much_as(self) {
                self.roll_back(before);
                self.malformed(offset, MalformedReason::EventMissing);
            }
        } else if let Err(defect) = read {
            if matches!(defect, Defect::TableLacks { .. }) {
                self.malformed(offset, MalformedReason::BadContent(format!("cannot be read: {defect}")));
            } else if begins_as_event(text) || may_hold_events(text, self.ways.prefilter) {
                self.malformed(offset, MalformedReason::NotJson(defect.to_string()));
            } else if self.asks_for_sessions() && may_hold_calls(text) {
                self.hidden_call(offset, MalformedReason::NoEvent);
            } else {
                self.unknown_other(offset);
            }
        }
    }

    /// Whether a JSON string holds a record of CloudTrail's that is whole and of another event, as far as can be seen without
    /// resolving its escapes. What says yes here says yes in [`Self::text`].
    pub(super) fn is_other_event(&self, quoted: QuotedText) -> bool {
        self.is_other_event_behind(b'\\', quoted.json().get(1..).unwrap_or_default())
            && quoted.one_object(self.ways.scanner).is_some_and(|object| self.is_other(quoted.json(), object))
    }

    /// The same of the text of a cell, in which two quotes stand for one.
    pub(in crate::decode) fn is_other_event_in_cell(&self, cell: &[u8], object: InnerObject) -> bool {
        self.is_other_event_behind(b'"', cell) && is_one_object_in_cell(cell, object) && self.is_other(cell, object)
    }

    /// Whether the object that is all of a text is no event of ours, nor too deep to be any.
    fn is_other(&self, text: &[u8], object: InnerObject) -> bool {
        !(object.hidden || object.deep || (object.needle && self.ways.prefilter.names(text)))
    }

    /// Whether a text is one object and no more, by its brackets, and such a one.
    fn is_other_object(&self, text: &[u8]) -> bool {
        let mut scan = StructureScan::default();
        text.ends_with(b"}")
            && self.ways.scanner.feed(&mut scan, text, 0, true) == ScanProgress::Ended(text.len())
            && !scan.too_deep(text)
            && !(scan.needle && self.ways.prefilter.names(text))
            && !(scan.hidden && may_hide_name(text))
    }

    /// Whether a text begins as a record of CloudTrail's that may be counted without being read. In front of its quotes stands
    /// `before`; it ends with other escapes, and with a quote that stands alone.
    fn is_other_event_behind(&self, before: u8, text: &[u8]) -> bool {
        if self.calls.is_some() || self.level >= MAX_CARRIERS {
            return false;
        }
        if begins_as_quoted_cloudtrail(before, text) {
            return true;
        }
        let mut head = [0; HEAD];
        let mut length = 0;
        let mut rest = text.iter();
        while let (Some(byte), true) = (rest.next(), length < HEAD) {
            let byte = match (*byte, rest.as_slice().first()) {
                (byte, Some(b'"')) if byte == before => rest.next().copied().unwrap_or_default(),
                (b'\\' | b'"', _) => break,
                (byte, _) => byte,
            };
            head[length] = byte;
            length += 1;
        }
        begins_as_cloudtrail(&head[..length])
    }

    /// A record of CloudTrail's that does not name our event, and is not too deep.
    pub(in crate::decode) fn other_event(&mut self, text: &[u8], offset: u64) {
        self.known += 1;
        self.decoded.records.total += 1;
        if self.calls.is_some() {
            self.other(text, offset, false);
        } else {
            self.decoded.records.other += 1;
        }
    }

    /// What is no event and no carrier.
    pub(super) fn unknown(&mut self, text: &[u8], offset: u64) {
        if extract::begins(text) {
            self.malformed(offset, MalformedReason::ExtractRow);
        } else if may_hold_events(text, self.ways.prefilter) {
            self.malformed(offset, MalformedReason::NoEvent);
        } else if self.asks_for_sessions() && may_hold_calls(text) {
            self.hidden_call(offset, MalformedReason::NoEvent);
        } else {
            self.unknown_other(offset);
        }
    }

    fn unknown_other(&mut self, offset: u64) {
        self.decoded.records.total += 1;
        self.no_event(offset);
    }
}

/// A text without the white space and the byte order mark around it.
fn trim(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii();
    text.strip_prefix(BYTE_ORDER_MARK).map_or(text, trim)
}

/// A payload of CloudWatch Logs as the base64 text that the AWS CLI and functions print.
fn gzip_as_base64(text: &[u8]) -> Option<Vec<u8>> {
    if !text.starts_with(GZIP_AS_BASE64) {
        return None;
    }
    unbase64(text).filter(|bytes| bytes.starts_with(&GZIP_MAGIC))
}
