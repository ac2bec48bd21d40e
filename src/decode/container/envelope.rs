//! Records out of every container that a log file can be, told by content (DESIGN §3 Containers, §8, §11).
//!
//! The text is a row of JSON values with nothing or white space between them, which covers a single value, NDJSON and
//! Firehose's concatenation alike. What begins as CloudTrail writes a record is leapt over with [`Scanner`]. Every other
//! object is walked member by member: a list of records in it is read element by element, and else the members that
//! tell something go to [`RecordSink::object`]. The reader never builds a tree.

mod csv;
mod object;
mod tokens;

use super::foreign;
use super::keys::{BYTE_ORDER_MARK, InnerString, Member};
use super::log_line::is_cut_off;
use super::opened::GZIP_AS_BASE64;
use super::table::{Row, Table};
use crate::decode::defect::{Defect, MalformedReason};
use crate::decode::pack::text::{Text, WholeText};
use crate::decode::record::prefilter::{HEAD, begins_as_cloudtrail, begins_with_time, is_cut_in_time};
use crate::decode::structure::{InnerObject, MAX_DEPTH, Scanner, StructureScan};

/// Takes what the text holds, in its order.
pub trait RecordSink {
    /// A record that begins as CloudTrail writes it, found at `offset` of the text. Its brackets balance; `scan` tells
    /// whether it may be ours.
    fn record(&mut self, record: &[u8], offset: u64, scan: &StructureScan);
    /// Any other object, with those of its members that tell something.
    fn object(&mut self, object: &[u8], members: &[Member], offset: u64);
    /// A member behind a list of records, in the object that holds the list. In front of the list, so much was found.
    fn loose(&mut self, value: &[u8], member: &Member, before: u64, offset: u64);
    /// A value beside a list of records that is none and opens nothing.
    fn beside(&mut self, value: &[u8], offset: u64);
    /// How much was found up to here.
    fn findings(&self) -> u64;
    /// A string, a number or a word in the place of a record.
    fn scalar(&mut self, value: &[u8], offset: u64);
    /// A line that begins with a time, as exports of CloudWatch Logs have them.
    fn line(&mut self, line: &[u8], offset: u64);
    /// A payload of CloudWatch Logs as base64, in one line or in many.
    fn payload(&mut self, base64: &[u8], offset: u64);
    /// An object whose brackets balance, but that is not JSON: something else stands where `expected` should.
    fn broken(&mut self, object: &[u8], expected: &'static str, offset: u64);
    /// Something that cannot be read in the place of a record.
    fn malformed(&mut self, offset: u64, reason: MalformedReason);
    /// A row of a table: a list of cells, in a list of such. Near its beginning may be a text that was seen to begin as an object.
    fn row(&mut self, row: &[u8], text: Option<InnerString>, offset: u64);
    /// What a table with columns of these names lacks of what is asked for, as the end of a sentence.
    fn lack(&self, table: &Table, names: &[String]) -> Option<String>;
    /// A row of a table of this kind.
    fn cells(&mut self, table: &'static Table, row: &Row<'_>, offset: u64);
    /// The cell with the text of a row of a table, in which two quotes stand for one, and what was seen of the object with which it
    /// begins. True if nothing more has to be known of the row; else it comes as a whole.
    fn quoted_cell(&mut self, cell: &[u8], object: InnerObject, offset: u64) -> bool;
    /// The answer says, in these words, that there is more than it holds.
    fn more(&mut self, words: &'static str);
}

/// Reads the whole text. A defect ends it; what was found in front of the defect has been given to `records`.
pub fn read<T: Text>(text: T, scanner: Scanner, max_record: u64, records: &mut impl RecordSink) -> Result<(), Defect> {
    read_elements(text, ElementShape::Any, scanner, max_record, records).map(drop)
}

/// What the elements of a list may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::decode) enum ElementShape {
    /// A list in it is one of elements.
    Any,
    /// A list in it is a row of cells.
    Rows,
}

/// The same of a list, or of what is in the place of one: how many elements it has.
pub(in crate::decode) fn read_elements<T: Text>(
    text: T,
    shape: ElementShape,
    scanner: Scanner,
    max_record: u64,
    records: &mut impl RecordSink,
) -> Result<u64, Defect> {
    let mut reader = EnvelopeReader {
        text,
        at: 0,
        mark: None,
        held: None,
        dropped: 0,
        containers: 0,
        scanner,
        max_record,
        spare: Vec::new(),
        known: None,
        records,
    };
    reader.skip_byte_order_mark()?;
    reader.refuse_utf16()?;
    let (mut values, mut elements) = (0_u64, 0);
    while let Some(byte) = reader.peek_token()? {
        match byte {
            b'{' => reader.object()?,
            b'[' => elements += reader.list(shape)?,
            b'\xef' if reader.skip_mark_between()? => continue,
            // A message of a log is no header of a table, whatever it says.
            _ if values == 0 && !reader.is_log_line(byte)? && (reader.csv()? || reader.is_foreign(byte)?) => {
                return Ok(0);
            }
            b'"' => reader.scalar()?,
            _ => reader.top_word()?,
        }
        values += 1;
    }
    if values == 0 { Err(Defect::NoValue(reader.offset())) } else { Ok(elements) }
}

/// The members of an object that tell something, its lists among them. `None` if it is seen to be no JSON.
pub(in crate::decode) fn members(object: &[u8]) -> Option<Vec<Member>> {
    members_around(object, None)
}

/// The same of an object with a text in it that was scanned before.
pub(in crate::decode) fn members_around(object: &[u8], text: Option<InnerString>) -> Option<Vec<Member>> {
    let mut reader = EnvelopeReader {
        text: WholeText(object),
        at: 0,
        mark: None,
        held: None,
        dropped: 0,
        containers: 0,
        scanner: Scanner::default(),
        max_record: u64::MAX,
        spare: Vec::new(),
        known: text,
        records: &mut WholenessSink { whole: false },
    };
    let mut members = Vec::new();
    // As in an event, so that no list is read.
    reader.walk_event(&mut members).ok()?;
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
    fn loose(&mut self, _: &[u8], _: &Member, _: u64, _: u64) {}
    fn beside(&mut self, _: &[u8], _: u64) {}
    fn findings(&self) -> u64 {
        0
    }
    fn scalar(&mut self, _: &[u8], _: u64) {}
    fn line(&mut self, _: &[u8], _: u64) {}
    fn payload(&mut self, _: &[u8], _: u64) {}
    fn broken(&mut self, _: &[u8], _: &'static str, _: u64) {}
    fn malformed(&mut self, _: u64, _: MalformedReason) {}
    fn row(&mut self, _: &[u8], _: Option<InnerString>, _: u64) {}
    fn lack(&self, _: &Table, _: &[String]) -> Option<String> {
        None
    }
    fn cells(&mut self, _: &'static Table, _: &Row<'_>, _: u64) {}
    fn quoted_cell(&mut self, _: &[u8], _: InnerObject, _: u64) -> bool {
        false
    }
    fn more(&mut self, _: &'static str) {}
}

struct EnvelopeReader<'a, T, R> {
    text: T,
    /// Position in the bytes that are here.
    at: usize,
    /// What must stay here: the start of a value.
    mark: Option<usize>,
    /// What must stay here even where the mark is given up: the start of a key, or of a value that tells how much there is.
    held: Option<usize>,
    /// Bytes of text in front of those that are here.
    dropped: u64,
    /// How many containers the reader is inside of.
    containers: u32,
    scanner: Scanner,
    max_record: u64,
    /// Reused from object to object: one for each that the reader is inside of.
    spare: Vec<Vec<Member>>,
    /// A text that was scanned before, if the whole text is an object around it.
    known: Option<InnerString>,
    records: &'a mut R,
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
        let mut members = self.spare.pop().unwrap_or_default();
        members.clear();
        let walked = self.walk_object(&mut members);
        self.spare.push(members);
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

    /// The elements of a list, whose number it gives; the reader is at its opening bracket.
    fn list(&mut self, shape: ElementShape) -> Result<u64, Defect> {
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
            return Ok(0);
        }
        let mut elements = 1;
        loop {
            match self.peek_token()? {
                Some(b'{') => self.object()?,
                Some(b'[') if shape == ElementShape::Rows => self.row()?,
                Some(b'[') => self.list(ElementShape::Any).map(drop)?,
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
                    return Ok(elements);
                }
                Some(_) => {
                    return Err(Defect::NotJson { offset: self.offset(), expected: "a comma or the end of the list" });
                }
                None => return Err(cut_off(self.offset())),
            }
            elements += 1;
        }
    }

    /// A row of cells, which is read as a whole.
    fn row(&mut self) -> Result<(), Defect> {
        let offset = self.offset();
        self.mark = Some(self.at);
        let (mut scan, mut text) = (StructureScan::default(), None);
        self.leap_around_text(&mut scan, &mut text, "a row")?;
        if !self.closes(b']') {
            return Err(Defect::NotJson { offset: self.offset() - 1, expected: "the bracket that closes the row" });
        }
        match Self::marked(&self.text, self.mark.take(), self.at, self.max_record) {
            None => self.records.malformed(offset, MalformedReason::TooLarge(self.max_record)),
            Some(row) if scan.too_deep(row) => self.records.malformed(offset, MalformedReason::TooDeep),
            Some(row) => self.records.row(row, text, offset),
        }
        Ok(())
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
        if self.head().starts_with(GZIP_AS_BASE64) {
            return self.payload();
        }
        if begins_with_time(self.head()) {
            self.skip_message()?;
            let is_last = self.at == self.text.bytes().len();
            match Self::marked(&self.text, self.mark.take(), self.at, self.max_record) {
                Some(line) if is_last && is_cut_off(line) => {
                    return Err(Defect::TextCutOff { what: "a line", start: offset, offset: self.offset() });
                }
                Some(line) => self.records.line(line, offset),
                None => self.records.malformed(offset, MalformedReason::TooLarge(self.max_record)),
            }
            return Ok(());
        }
        if !self.word(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))? {
            return Err(Defect::NotJson { offset, expected: "a JSON object or list" });
        }
        // A number that ends the text behind something else is the year of a line that was cut off.
        if offset > 0 && self.at == self.text.bytes().len() {
            return Err(Defect::TextCutOff { what: "a line", start: offset, offset: self.offset() });
        }
        self.give_scalar(true, offset);
        Ok(())
    }

    /// Walks to the end of a message of a log. Its first line begins with a time, and each line goes on with it that begins
    /// with none, nor as another thing of its own does.
    fn skip_message(&mut self) -> Result<(), Defect> {
        loop {
            self.skip_line()?;
            // The line feed stays in front, so that it is here together with what tells.
            self.hold_more(1 + HEAD)?;
            let Some(rest) = self.text.bytes().get(self.at + 1..) else { return Ok(()) };
            let begins_anew = begins_with_time(rest)
                || rest.starts_with(b"{\"")
                || rest.starts_with(GZIP_AS_BASE64)
                || rest.starts_with(BYTE_ORDER_MARK)
                || (self.text.is_last() && (rest.is_empty() || is_cut_in_time(rest)));
            if begins_anew {
                return Ok(());
            }
            self.at += 1;
        }
    }

    /// A payload of base64, up to the next one or to what is none.
    fn payload(&mut self) -> Result<(), Defect> {
        let offset = self.offset();
        loop {
            self.skip_line()?;
            // The mark stays while a token is looked for.
            let goes_on = self.peek_token()?.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte));
            self.hold_more(HEAD)?;
            if !goes_on || self.head().starts_with(GZIP_AS_BASE64) || begins_with_time(self.head()) {
                break;
            }
        }
        match Self::marked(&self.text, self.mark.take(), self.at, self.max_record) {
            Some(base64) => self.records.payload(base64, offset),
            None => self.records.malformed(offset, MalformedReason::TooLarge(self.max_record)),
        }
        Ok(())
    }

    /// Whether a text begins with a message of a log, which begins with a time.
    fn is_log_line(&mut self, first: u8) -> Result<bool, Defect> {
        if !first.is_ascii_digit() {
            return Ok(false);
        }
        self.hold_head()?;
        Ok(begins_with_time(self.head()))
    }

    /// At a text that begins as no JSON does: an error that names what it is, or true where it is one that holds no
    /// event by its nature.
    fn is_foreign(&mut self, first: u8) -> Result<bool, Defect> {
        self.hold_head()?;
        let (offset, rest) = (self.offset(), &self.text.bytes()[self.at..]);
        // Only a heading of a table begins with a quote.
        if first == b'"' && !foreign::is_quoted_heading(rest) {
            return Ok(false);
        }
        if foreign::is_test(rest) {
            self.records.line(rest, offset);
            return Ok(true);
        }
        foreign::name(rest).map_or(Ok(false), |foreign| Err(Defect::Foreign { offset, foreign }))
    }

    /// Refuses by name what begins as JSON of characters with two bytes each.
    fn refuse_utf16(&mut self) -> Result<(), Defect> {
        let first = self.peek()?;
        self.hold_more(2)?;
        let (offset, rest) = (self.offset(), &self.text.bytes()[self.at..]);
        match first {
            Some(b'{' | b'[' | b'"') if foreign::is_utf16(rest) => {
                Err(Defect::Foreign { offset, foreign: foreign::UTF16 })
            }
            _ => Ok(()),
        }
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

    /// The same, behind a mark that stays.
    fn hold_more(&mut self, count: usize) -> Result<(), Defect> {
        while self.text.bytes().len() - self.at < count && self.more()? {}
        Ok(())
    }

    /// The first bytes of the value that starts here.
    #[inline]
    fn head(&self) -> &[u8] {
        let rest = &self.text.bytes()[self.at..];
        rest.get(..HEAD).unwrap_or(rest)
    }
}
