//! The walk over an object that does not begin as CloudTrail writes a record, member by member.

use super::{ElementShape, EnvelopeReader, RecordSink};
use crate::decode::container::extent::Extent;
use crate::decode::container::keys::{KeyMeaning, KnownKey, Member, SHORTEST_EVENT, UNKNOWN};
use crate::decode::defect::{Defect, MalformedReason};
use crate::decode::pack::text::Text;
use crate::decode::structure::{MAX_DEPTH, StructureScan, nests_too_deep};

/// What the walk over an object has met.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each says what was met")]
struct ObjectWalk {
    /// A list of records, or what is in the place of one, which was read.
    listed: bool,
    /// How much was found in front of that.
    before: u64,
    /// A key of an event.
    event: bool,
    /// A key of a carrier, so that a list has to wait until the whole object is here.
    carrier: bool,
    /// What says how much there is.
    extent: Extent,
    /// A value that may nest too deep.
    deep: bool,
    /// More members that tell something than are looked at.
    crowded: bool,
}

impl ObjectWalk {
    /// Notes a member that tells something, unless there are too many.
    #[inline]
    fn note(&mut self, members: &mut Vec<Member>, member: Member) {
        self.crowded |= members.len() == MOST_MEMBERS;
        if !self.crowded {
            members.push(member);
        }
    }
}

/// So many members of one object that tell something are looked at: far more than anybody writes, in little memory.
const MOST_MEMBERS: usize = 1 << 16;

/// What is known of a value that is too large: whether it is a text, which tells a token.
fn beginning(first: Option<u8>) -> &'static [u8] {
    if first == Some(b'"') { b"\"" } else { b"" }
}

impl<T: Text, R: RecordSink> EnvelopeReader<'_, T, R> {
    /// Walks over an object.
    pub(super) fn walk_object(&mut self, members: &mut Vec<Member>) -> Result<(), Defect> {
        self.walk(ObjectWalk::default(), members)
    }

    /// Walks over an event, in which no list is read.
    pub(super) fn walk_event(&mut self, members: &mut Vec<Member>) -> Result<(), Defect> {
        self.walk(ObjectWalk { event: true, ..ObjectWalk::default() }, members)
    }

    /// Walks over an object from brace to brace.
    fn walk(&mut self, mut walk: ObjectWalk, members: &mut Vec<Member>) -> Result<(), Defect> {
        self.mark = Some(self.at);
        let start = self.offset();
        self.at += 1;
        if self.peek_token()? != Some(b'}') {
            loop {
                if self.peek_token()? != Some(b'"') {
                    return self.no_json(start, &walk, "a key");
                }
                let key = self.key()?;
                if self.peek_token()? != Some(b':') {
                    return self.no_json(start, &walk, "a colon");
                }
                self.at += 1;
                if !self.member(key, &mut walk, members)? {
                    return self.no_json(start, &walk, "a value");
                }
                match self.peek_token()? {
                    Some(b',') => self.at += 1,
                    Some(b'}') => break,
                    _ => return self.no_json(start, &walk, "a comma or the end of the object"),
                }
            }
        }
        self.at += 1;
        self.end_of_object(start, &walk, members);
        Ok(())
    }

    /// The value of a member; false if it is seen to be no JSON.
    fn member(
        &mut self,
        key: Option<&'static KnownKey>,
        walk: &mut ObjectWalk,
        members: &mut Vec<Member>,
    ) -> Result<bool, Defect> {
        let first = self.peek_token()?;
        let Some(key) = key else { return self.unknown_member(first, walk, members) };
        let has_elements = key.has_elements(first);
        if has_elements && !walk.event && !walk.carrier {
            if !walk.listed {
                self.begin_list(walk, members);
            }
            let elements = self.elements(key)?;
            walk.extent.add_list(key.name, elements);
            return Ok(true);
        }
        walk.event |= key.may_be(KeyMeaning::Event);
        let opens = key.may_be(KeyMeaning::Carrier) && matches!(first, Some(b'"' | b'{'));
        if walk.listed {
            return if opens || has_elements {
                self.loose(key, walk.before)
            } else if key.may_be(KeyMeaning::Extent) {
                self.extent(key, walk)
            } else {
                self.value_beside_list()
            };
        }
        walk.carrier |= opens;
        let begin = self.mark.map(|mark| self.at - mark);
        let place = members.len();
        // What is seen of the value is written where it stays: to copy what was just written takes longer than to write it.
        members.push(Member { key, value: 0..0, scan: StructureScan::default(), text: None });
        let tells_extent = key.may_be(KeyMeaning::Extent);
        self.held = tells_extent.then_some(self.at);
        if !self.skip_known(walk, &mut members[place])? {
            self.held = None;
            return Ok(false);
        }
        if tells_extent {
            let bytes = Self::marked(&self.text, self.held.take(), self.at, self.max_record);
            walk.extent.note(key, bytes.unwrap_or_else(|| beginning(first)));
        }
        walk.crowded |= place >= MOST_MEMBERS;
        match begin.zip(self.mark).map(|(begin, mark)| begin..self.at - mark) {
            Some(value) if !walk.crowded => members[place].value = value,
            _ => members.truncate(place),
        }
        Ok(true)
    }

    /// A member whose key tells nothing. It is noted if its value may hold an event.
    fn unknown_member(
        &mut self,
        first: Option<u8>,
        walk: &mut ObjectWalk,
        members: &mut Vec<Member>,
    ) -> Result<bool, Defect> {
        if walk.listed {
            return self.value_beside_list();
        }
        let begin = self.mark.map(|mark| self.at - mark);
        let Some(scan) = self.skip_scanned(walk)? else { return Ok(false) };
        let Some((begin, mark)) = begin.zip(self.mark) else { return Ok(true) };
        let value = &self.text.bytes()[mark + begin..self.at];
        let may_hold = match first {
            _ if value.len() < SHORTEST_EVENT => false,
            Some(b'{' | b'[') => scan.needle || memchr::memchr(b'\\', value).is_some(),
            _ => true,
        };
        if may_hold {
            let value = begin..begin + value.len();
            walk.note(members, Member { key: &UNKNOWN, value, scan, text: None });
        }
        Ok(true)
    }

    /// At the first list of an object, which is read element by element: what stands in front of it is given up.
    fn begin_list(&mut self, walk: &mut ObjectWalk, members: &[Member]) {
        walk.before = self.records.findings();
        walk.listed = true;
        let start = self.mark.map(|mark| self.offset() - (self.at - mark) as u64);
        let front = Self::marked(&self.text, self.mark.take(), self.at, self.max_record);
        if let Some((front, start)) = front.zip(start) {
            for member in members {
                self.records.beside(&front[member.value.clone()], start);
            }
        }
    }

    /// A value beside a list that is none, and opens nothing.
    fn value_beside_list(&mut self) -> Result<bool, Defect> {
        let offset = self.offset();
        self.mark = Some(self.at);
        let good = self.skip_value()?;
        if let Some(value) = Self::marked(&self.text, self.mark.take(), self.at, self.max_record) {
            self.records.beside(value, offset);
        }
        Ok(good)
    }

    /// What a member has in the place of elements: how many they are.
    fn elements(&mut self, key: &'static KnownKey) -> Result<u64, Defect> {
        if self.peek()? == Some(b'[') {
            return self.list(if key.may_be(KeyMeaning::Rows) { ElementShape::Rows } else { ElementShape::Any });
        }
        if self.containers == MAX_DEPTH {
            return Err(Defect::TooDeep { offset: self.offset() });
        }
        self.containers += 1;
        self.object()?;
        self.containers -= 1;
        Ok(1)
    }

    /// A member behind a list that may say that there is more.
    fn extent(&mut self, key: &'static KnownKey, walk: &mut ObjectWalk) -> Result<bool, Defect> {
        let first = self.peek_token()?;
        let offset = self.offset();
        self.mark = Some(self.at);
        let good = self.skip_value()?;
        let value = Self::marked(&self.text, self.mark.take(), self.at, self.max_record);
        walk.extent.note(key, value.unwrap_or_else(|| beginning(first)));
        if let Some(value) = value {
            self.records.beside(value, offset);
        }
        Ok(good)
    }

    /// Walks over the value of a key that tells something, and sees the text in it that begins as an object. False if it is seen to
    /// be no JSON.
    fn skip_known(&mut self, walk: &mut ObjectWalk, member: &mut Member) -> Result<bool, Defect> {
        match self.peek_token()? {
            Some(b'"') => self.string_of_object(&mut member.text)?,
            Some(b'{') => {
                self.leap_around_text(&mut member.scan, &mut member.text, "a value")?;
                walk.deep |= member.scan.may_be_deep();
                return Ok(self.closes(b'}'));
            }
            _ => match self.skip_scanned(walk)? {
                Some(seen) => member.scan = seen,
                None => return Ok(false),
            },
        }
        Ok(true)
    }

    /// Walks over a value of an object that may still be looked at as a whole.
    fn skip_scanned(&mut self, walk: &mut ObjectWalk) -> Result<Option<StructureScan>, Defect> {
        let Some(open @ (b'{' | b'[')) = self.peek_token()? else {
            return Ok(self.skip_value()?.then(StructureScan::default));
        };
        let scan = self.leap("a value")?;
        walk.deep |= scan.may_be_deep();
        Ok(self.closes(open + 2).then_some(scan))
    }

    /// A member that opens, behind a list of records.
    fn loose(&mut self, key: &'static KnownKey, before: u64) -> Result<bool, Defect> {
        let offset = self.offset();
        self.mark = Some(self.at);
        let good = self.skip_value()?;
        match Self::marked(&self.text, self.mark.take(), self.at, self.max_record) {
            None => self.records.malformed(offset, MalformedReason::TooLarge(self.max_record)),
            Some(value) if good && !nests_too_deep(value) => {
                let mut scan = StructureScan::default();
                if value.starts_with(b"{") {
                    let _ = self.scanner.feed(&mut scan, value, 0, true);
                }
                let member = Member { key, value: 0..value.len(), scan, text: None };
                self.records.loose(value, &member, before, offset);
            }
            Some(_) if good => self.records.malformed(offset, MalformedReason::TooDeep),
            Some(_) => {}
        }
        Ok(good)
    }

    fn end_of_object(&mut self, start: u64, walk: &ObjectWalk, members: &[Member]) {
        if walk.listed {
            if let Some(words) = walk.extent.has_more() {
                self.records.more(words);
            }
            if walk.event {
                self.records.malformed(start, MalformedReason::ListInEvent);
            }
            return;
        }
        match Self::marked(&self.text, self.mark.take(), self.at, self.max_record) {
            None => self.records.malformed(start, MalformedReason::TooLarge(self.max_record)),
            Some(object) if walk.deep && nests_too_deep(object) => {
                self.records.malformed(start, MalformedReason::TooDeep);
            }
            Some(_) if walk.crowded => self.records.malformed(start, MalformedReason::TooManyMembers(MOST_MEMBERS)),
            Some(object) => self.records.object(object, members, start),
        }
    }

    /// The walk met what is no JSON. An object whose list was read is a defect of the text; any other is malformed if its
    /// brackets balance.
    fn no_json(&mut self, start: u64, walk: &ObjectWalk, expected: &'static str) -> Result<(), Defect> {
        if walk.listed {
            let offset = self.offset();
            return Err(match self.peek()? {
                Some(_) => Defect::NotJson { offset, expected },
                None => Defect::TextCutOff { what: "an object", start, offset },
            });
        }
        if let Some(mark) = self.mark {
            self.at = mark;
            self.leap("a record")?;
        } else {
            // The walk went further than a record may, and its start is gone.
            self.leap_on(StructureScan::inside(), "a record", start)?;
        }
        self.check_closed()?;
        let reason = match Self::marked(&self.text, self.mark.take(), self.at, self.max_record) {
            None => MalformedReason::TooLarge(self.max_record),
            Some(object) if nests_too_deep(object) => MalformedReason::TooDeep,
            Some(object) => {
                self.records.broken(object, expected, start);
                return Ok(());
            }
        };
        self.records.malformed(start, reason);
        Ok(())
    }
}
