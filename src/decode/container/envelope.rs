//! Records out of every container that a log file can be, told by content (DESIGN §3 Containers, §8, §11).
//!
//! The text is a row of JSON values with nothing or white space between them, which covers a single value, NDJSON and
//! Firehose's concatenation alike. What begins as CloudTrail writes a record is leapt over with [`Scanner`]. Every other
//! object is walked member by member: a list of records in it is read element by element, and else the members that
//! tell something go to [`RecordSink::object`]. The reader never builds a tree.

mod tokens;

use super::foreign;
use super::keys::{KeyMeaning, KnownKey, Member};
use crate::decode::defect::{Defect, MalformedReason};
use crate::decode::pack::text::{Text, WholeText};
use crate::decode::record::prefilter::{HEAD, begins_as_cloudtrail, begins_with_time};
use crate::decode::structure::{MAX_DEPTH, Scanner, StructureScan, nests_too_deep};

/// Takes what the text holds, in its order.
pub trait RecordSink {
    /// A record that begins as CloudTrail writes it, found at `offset` of the text. Its brackets balance; `scan` tells
    /// whether it may be ours.
    fn record(&mut self, record: &[u8], offset: u64, scan: &StructureScan);
    /// Any other object, with those of its members that tell something.
    fn object(&mut self, object: &[u8], members: &[Member], offset: u64);
    /// A member behind a list of records, in the object that holds the list.
    fn loose(&mut self, value: &[u8], member: &Member, offset: u64);
    /// A string, a number or a word in the place of a record.
    fn scalar(&mut self, value: &[u8], offset: u64);
    /// A line that begins with a time, as exports of CloudWatch Logs have them.
    fn line(&mut self, line: &[u8], offset: u64);
    /// An object whose brackets balance, but that is not JSON: something else stands where `expected` should.
    fn broken(&mut self, object: &[u8], expected: &'static str, offset: u64);
    /// Something that cannot be read in the place of a record.
    fn malformed(&mut self, offset: u64, reason: MalformedReason);
    /// A `NextToken`: the answer has more pages than this one.
    fn next_token(&mut self);
}

/// Reads the whole text. A defect ends it; what was found in front of the defect has been given to `records`.
pub fn read<T: Text>(text: T, scanner: Scanner, max_record: u64, records: &mut impl RecordSink) -> Result<(), Defect> {
    let mut reader = EnvelopeReader {
        text,
        at: 0,
        mark: None,
        dropped: 0,
        containers: 0,
        scanner,
        max_record,
        members: Vec::new(),
        records,
    };
    reader.skip_byte_order_mark()?;
    let mut values = 0_u64;
    while let Some(byte) = reader.peek_token()? {
        match byte {
            b'{' => reader.object()?,
            b'[' => reader.list()?,
            b'"' => reader.scalar()?,
            _ if values == 0 && reader.is_foreign()? => return Ok(()),
            _ => reader.top_word()?,
        }
        values += 1;
    }
    if values == 0 { Err(Defect::NoValue(reader.offset())) } else { Ok(()) }
}

/// The members of an object that tell something, its lists among them. `None` if it is seen to be no JSON.
pub(in crate::decode) fn members(object: &[u8]) -> Option<Vec<Member>> {
    let mut reader = EnvelopeReader {
        text: WholeText(object),
        at: 0,
        mark: None,
        dropped: 0,
        containers: 0,
        scanner: Scanner::default(),
        max_record: u64::MAX,
        members: Vec::new(),
        records: &mut WholenessSink { whole: false },
    };
    let mut members = Vec::new();
    // As in an event, so that no list is read.
    reader.walk(ObjectWalk { event: true, ..ObjectWalk::default() }, &mut members).ok()?;
    reader.records.whole.then_some(members)
}

/// Takes nothing, but remembers that an object was whole.
struct WholenessSink {
    whole: bool,
}

impl RecordSink for WholenessSink {
    fn record(&mut self, _: &[u8], _: u64, _: &StructureScan) {}
    fn object(&mut self, _: &[u8], _: &[Member], _: u64) {
        self.whole = true;
    }
    fn loose(&mut self, _: &[u8], _: &Member, _: u64) {}
    fn scalar(&mut self, _: &[u8], _: u64) {}
    fn line(&mut self, _: &[u8], _: u64) {}
    fn broken(&mut self, _: &[u8], _: &'static str, _: u64) {}
    fn malformed(&mut self, _: u64, _: MalformedReason) {}
    fn next_token(&mut self) {}
}

struct EnvelopeReader<'a, T, R> {
    text: T,
    /// Position in the bytes that are here.
    at: usize,
    /// What must stay here: the start of a value.
    mark: Option<usize>,
    /// Bytes of text in front of those that are here.
    dropped: u64,
    /// How many containers the reader is inside of.
    containers: u32,
    scanner: Scanner,
    max_record: u64,
    /// Reused from object to object.
    members: Vec<Member>,
    records: &'a mut R,
}

/// What the walk over an object has met.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each says what was met")]
struct ObjectWalk {
    /// A list of records, which was read.
    listed: bool,
    /// A key of an event.
    event: bool,
    /// A key of a carrier, so that a list has to wait until the whole object is here.
    carrier: bool,
    /// A token in front of the list.
    token: bool,
    /// A value that may nest too deep.
    deep: bool,
}

impl<T: Text, R: RecordSink> EnvelopeReader<'_, T, R> {
    /// An object, in a list or on the top level.
    #[inline]
    fn object(&mut self) -> Result<(), Defect> {
        self.hold_head()?;
        if begins_as_cloudtrail(self.head()) {
            self.mark = Some(self.at);
            return self.record_at_mark();
        }
        let mut members = std::mem::take(&mut self.members);
        members.clear();
        let walked = self.walk(ObjectWalk::default(), &mut members);
        self.members = members;
        walked
    }

    /// Leaps over a record, and gives it away unless it is too large.
    #[inline]
    fn record_at_mark(&mut self) -> Result<(), Defect> {
        let start = self.offset();
        let scan = self.leap("a record")?;
        self.check_closed()?;
        let Some(bytes) = Self::marked(&self.text, self.mark.take(), self.at, self.max_record) else {
            self.records.malformed(start, MalformedReason::TooLarge(self.max_record));
            return Ok(());
        };
        if scan.too_deep(bytes) {
            self.records.malformed(start, MalformedReason::TooDeep);
        } else {
            self.records.record(bytes, start, &scan);
        }
        Ok(())
    }

    /// The elements of a list; the reader is at its opening bracket.
    fn list(&mut self) -> Result<(), Defect> {
        let start = self.offset();
        if self.containers == MAX_DEPTH {
            return Err(Defect::TooDeep { offset: start });
        }
        self.containers += 1;
        let cut_off = |offset| Defect::TextCutOff { what: "a list of records", start, offset };
        self.at += 1;
        if self.peek_token()? == Some(b']') {
            self.at += 1;
            self.containers -= 1;
            return Ok(());
        }
        loop {
            match self.peek_token()? {
                Some(b'{') => self.object()?,
                Some(b'[') => self.list()?,
                Some(b']' | b'}' | b',') => {
                    return Err(Defect::NotJson { offset: self.offset(), expected: "a record" });
                }
                Some(_) => self.scalar()?,
                None => return Err(cut_off(self.offset())),
            }
            match self.peek_token()? {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    self.containers -= 1;
                    return Ok(());
                }
                Some(_) => {
                    return Err(Defect::NotJson { offset: self.offset(), expected: "a comma or the end of the list" });
                }
                None => return Err(cut_off(self.offset())),
            }
        }
    }

    /// A string, or what stands in the place of one, number or word.
    fn scalar(&mut self) -> Result<(), Defect> {
        let offset = self.offset();
        self.mark = Some(self.at);
        let good = self.skip_value()?;
        self.give_scalar(good, offset);
        Ok(())
    }

    fn give_scalar(&mut self, good: bool, offset: u64) {
        match Self::marked(&self.text, self.mark.take(), self.at, self.max_record) {
            None => self.records.malformed(offset, MalformedReason::TooLarge(self.max_record)),
            Some(value) if good => self.records.scalar(value, offset),
            Some(_) => self.records.malformed(offset, MalformedReason::NoObject),
        }
    }

    /// A value of the top level that begins with no bracket and no quote: a line of a log, a word, or no JSON at all.
    fn top_word(&mut self) -> Result<(), Defect> {
        let offset = self.offset();
        self.hold_head()?;
        self.mark = Some(self.at);
        if begins_with_time(self.head()) {
            self.skip_line()?;
            match Self::marked(&self.text, self.mark.take(), self.at, self.max_record) {
                Some(line) => self.records.line(line, offset),
                None => self.records.malformed(offset, MalformedReason::TooLarge(self.max_record)),
            }
            return Ok(());
        }
        if !self.word(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))? {
            return Err(Defect::NotJson { offset, expected: "a JSON object or list" });
        }
        self.give_scalar(true, offset);
        Ok(())
    }

    /// At a text that begins as no JSON does: an error that names what it is, or true where it is one that holds no
    /// event by its nature.
    fn is_foreign(&mut self) -> Result<bool, Defect> {
        self.hold_head()?;
        let (offset, rest) = (self.offset(), &self.text.bytes()[self.at..]);
        if foreign::is_test(rest) {
            self.records.line(rest, offset);
            return Ok(true);
        }
        foreign::name(rest).map_or(Ok(false), |foreign| Err(Defect::Foreign { offset, foreign }))
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
                self.skip_plain_members();
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
        let Some(key) = key else {
            return if walk.listed { self.skip_value() } else { Ok(self.skip_scanned(walk)?.is_some()) };
        };
        let first = self.peek_token()?;
        let list = key.tells == KeyMeaning::List && first == Some(b'[');
        if list && !walk.event && !walk.carrier {
            self.mark = None;
            if walk.token && !walk.listed {
                self.records.next_token();
            }
            walk.listed = true;
            self.list()?;
            return Ok(true);
        }
        let token = key.tells == KeyMeaning::Token && first == Some(b'"');
        walk.token |= token;
        walk.event |= key.tells == KeyMeaning::Event;
        let opens = key.tells == KeyMeaning::Carrier && matches!(first, Some(b'"' | b'{'));
        if walk.listed {
            if token {
                self.records.next_token();
            }
            return if opens || list { self.loose(key) } else { self.skip_value() };
        }
        walk.carrier |= opens;
        let begin = self.mark.map(|mark| self.at - mark);
        let Some(scan) = self.skip_scanned(walk)? else { return Ok(false) };
        if let (Some(begin), Some(mark)) = (begin, self.mark) {
            members.push(Member { key, value: begin..self.at - mark, scan });
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
    fn loose(&mut self, key: &'static KnownKey) -> Result<bool, Defect> {
        let offset = self.offset();
        self.mark = Some(self.at);
        let good = self.skip_value()?;
        match Self::marked(&self.text, self.mark.take(), self.at, self.max_record) {
            None => self.records.malformed(offset, MalformedReason::TooLarge(self.max_record)),
            Some(value) if good && !nests_too_deep(value) => {
                let member = Member { key, value: 0..value.len(), scan: StructureScan::default() };
                self.records.loose(value, &member, offset);
            }
            Some(_) if good => self.records.malformed(offset, MalformedReason::TooDeep),
            Some(_) => {}
        }
        Ok(good)
    }

    fn end_of_object(&mut self, start: u64, walk: &ObjectWalk, members: &[Member]) {
        if walk.listed {
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

    /// Makes sure that the first bytes of a value are here.
    #[inline]
    fn hold_head(&mut self) -> Result<(), Defect> {
        while self.text.bytes().len() - self.at < HEAD && !self.text.is_last() {
            self.mark = Some(self.at);
            self.more()?;
            self.mark = None;
        }
        Ok(())
    }

    /// The first bytes of the value that starts here.
    #[inline]
    fn head(&self) -> &[u8] {
        let rest = &self.text.bytes()[self.at..];
        rest.get(..HEAD).unwrap_or(rest)
    }
}
