//! Records out of every container that a log file can be, told by content (DESIGN §3, Containers).
//!
//! The text is a row of JSON values with nothing or white space between them, which covers a single value, NDJSON and
//! Firehose's concatenation alike. The reader walks the outer levels byte by byte and leaps over records and
//! other values with [`Scanner`]; it never builds a tree.

use serde::de::IgnoredAny;

use super::defect::{Defect, MalformedReason};
use super::fields::unquote;
use super::structure::{MAX_DEPTH, Progress, Scan, Scanner};
use super::text::Text;
use super::unit::TELLING_KEYS;

/// Takes what the envelope holds, in the order of the text.
pub trait Records {
    /// A record of a list that CloudTrail wrote, found at `offset` of the text. Its brackets balance; `scan` tells
    /// whether it may be ours.
    fn record(&mut self, record: &[u8], offset: u64, scan: &Scan);
    /// An object that may be a record or an envelope of its own.
    fn unit(&mut self, object: &[u8], offset: u64, scan: &Scan);
    /// Something else in the place of a record.
    fn malformed(&mut self, offset: u64, reason: MalformedReason);
    /// A `NextToken`: the answer has more pages than this one.
    fn next_token(&mut self);
}

/// Reads the whole text. A defect ends it; what was found in front of the defect has been given to `records`.
pub fn read<T: Text>(text: T, scanner: Scanner, max_record: u64, records: &mut impl Records) -> Result<(), Defect> {
    let mut reader = Reader { text, at: 0, mark: None, dropped: 0, containers: 0, scanner, max_record, records };
    reader.skip_byte_order_mark()?;
    let mut values = 0_u64;
    while let Some(byte) = reader.peek_token()? {
        values += 1;
        match byte {
            b'{' => reader.object()?,
            b'[' => reader.list(List::Units)?,
            _ => reader.top_scalar()?,
        }
    }
    if values == 0 { Err(Defect::NoValue(reader.offset())) } else { Ok(()) }
}

/// What the objects of a list are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum List {
    /// Records of CloudTrail's own writer.
    Records,
    /// Anything that an object may be.
    Units,
}

struct Reader<'a, T, R> {
    text: T,
    /// Position in the bytes that are here.
    at: usize,
    /// What must stay here: the start of a record.
    mark: Option<usize>,
    /// Bytes of text in front of those that are here.
    dropped: u64,
    /// How many containers the reader is inside of.
    containers: u32,
    scanner: Scanner,
    max_record: u64,
    records: &'a mut R,
}

impl<T: Text, R: Records> Reader<'_, T, R> {
    /// Where the reader is in the whole text.
    fn offset(&self) -> u64 {
        self.dropped + self.at as u64
    }

    /// Brings more text; false at its end. The mark is given up where it would hold more than a record may have.
    fn more(&mut self) -> Result<bool, Defect> {
        if self.text.is_last() {
            return Ok(false);
        }
        self.mark = self.mark.filter(|mark| (self.at - mark) as u64 <= self.max_record);
        let keep = self.mark.unwrap_or(self.at);
        self.text.load(keep)?;
        self.at -= keep;
        self.mark = self.mark.map(|mark| mark - keep);
        self.dropped += keep as u64;
        Ok(true)
    }

    /// The next byte, which stays.
    #[inline]
    fn peek(&mut self) -> Result<Option<u8>, Defect> {
        loop {
            if let Some(byte) = self.text.bytes().get(self.at) {
                return Ok(Some(*byte));
            }
            if !self.more()? {
                return Ok(None);
            }
        }
    }

    /// The next byte that is no white space, which stays.
    #[inline]
    fn peek_token(&mut self) -> Result<Option<u8>, Defect> {
        loop {
            match self.peek()? {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                other => return Ok(other),
            }
        }
    }

    fn skip_byte_order_mark(&mut self) -> Result<(), Defect> {
        const MARK: [u8; 3] = *b"\xef\xbb\xbf";
        if self.peek()? != Some(MARK[0]) {
            return Ok(());
        }
        for byte in MARK {
            if self.peek()? != Some(byte) {
                return Err(Defect::NotJson { offset: self.offset(), expected: "a byte order mark" });
            }
            self.at += 1;
        }
        Ok(())
    }

    /// Leaps over the object or list that starts here, which is the mark unless that was given up.
    #[inline]
    fn leap(&mut self, what: &'static str) -> Result<Scan, Defect> {
        self.leap_on(Scan::default(), what, self.offset())
    }

    /// Goes on with a leap that started at `start` of the text.
    #[inline]
    fn leap_on(&mut self, mut scan: Scan, what: &'static str, start: u64) -> Result<Scan, Defect> {
        loop {
            match self.scanner.feed(&mut scan, self.text.bytes(), self.at, self.text.is_last()) {
                Progress::Ended(end) => {
                    self.at = end;
                    return Ok(scan);
                }
                Progress::Paused(at) => self.at = at,
            }
            if !self.more()? {
                return Err(Defect::TextCutOff { what, start, offset: self.offset() });
            }
        }
    }

    /// Refuses an object that the bracket in front of here, with which a leap ended, does not close.
    fn check_closed(&self) -> Result<(), Defect> {
        if self.closes(b'}') {
            return Ok(());
        }
        Err(Defect::NotJson { offset: self.offset() - 1, expected: "the bracket that closes the record" })
    }

    /// Whether a leap ended with this bracket.
    fn closes(&self, bracket: u8) -> bool {
        self.text.bytes().get(self.at.wrapping_sub(1)) == Some(&bracket)
    }

    /// Leaps over an object, and gives it to `take` unless it is too large.
    #[inline]
    fn object_at_mark(&mut self, take: impl FnOnce(&mut R, &[u8], u64, &Scan)) -> Result<(), Defect> {
        let start = self.offset();
        let scan = self.leap("a record")?;
        self.check_closed()?;
        let bytes = match self.mark.take() {
            Some(mark) if (self.at - mark) as u64 <= self.max_record => &self.text.bytes()[mark..self.at],
            _ => {
                self.records.malformed(start, MalformedReason::TooLarge(self.max_record));
                return Ok(());
            }
        };
        if scan.too_deep(bytes) {
            self.records.malformed(start, MalformedReason::TooDeep);
        } else {
            take(self.records, bytes, start, &scan);
        }
        Ok(())
    }

    /// The elements of a list; the reader is at its opening bracket.
    fn list(&mut self, kind: List) -> Result<(), Defect> {
        let start = self.offset();
        let cut_off = |offset| Defect::TextCutOff { what: "a list of records", start, offset };
        self.at += 1;
        if self.peek_token()? == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            match (self.peek_token()?, kind) {
                (Some(b'{'), List::Records) => {
                    self.mark = Some(self.at);
                    self.object_at_mark(R::record)?;
                }
                (Some(b'{'), List::Units) => self.object()?,
                (Some(b']' | b'}' | b','), _) => {
                    return Err(Defect::NotJson { offset: self.offset(), expected: "a record" });
                }
                (Some(_), _) => self.no_object()?,
                (None, _) => return Err(cut_off(self.offset())),
            }
            match self.peek_token()? {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(_) => {
                    return Err(Defect::NotJson { offset: self.offset(), expected: "a comma or the end of the list" });
                }
                None => return Err(cut_off(self.offset())),
            }
        }
    }

    /// An element of a list that is no object.
    fn no_object(&mut self) -> Result<(), Defect> {
        let offset = self.offset();
        self.skip_value()?;
        self.records.malformed(offset, MalformedReason::NoObject);
        Ok(())
    }

    /// An object that may be a container of records. It is walked key by key until one tells; where none does, or
    /// where the walk meets what is no JSON, the object as a whole is a unit.
    fn object(&mut self) -> Result<(), Defect> {
        self.mark = Some(self.at);
        let start = self.offset();
        match self.walk_to_list()? {
            Walk::List(kind) => {
                self.mark = None;
                if self.containers == MAX_DEPTH {
                    return Err(Defect::TooDeep { offset: start });
                }
                self.containers += 1;
                self.list(kind)?;
                self.rest_of_container(start)?;
                self.containers -= 1;
                Ok(())
            }
            Walk::Unit if self.mark.is_some() => {
                self.at = self.mark.unwrap_or(self.at);
                self.object_at_mark(R::unit)
            }
            // The walk went further than a record may, and its start is gone.
            Walk::Unit => {
                self.leap_on(Scan::inside(), "a record", start)?;
                self.check_closed()?;
                self.records.malformed(start, MalformedReason::TooLarge(self.max_record));
                Ok(())
            }
        }
    }

    fn walk_to_list(&mut self) -> Result<Walk, Defect> {
        self.at += 1;
        let mut next_token = false;
        loop {
            if self.peek_token()? != Some(b'"') {
                return Ok(Walk::Unit);
            }
            let key = self.key()?;
            if self.peek_token()? != Some(b':') {
                return Ok(Walk::Unit);
            }
            self.at += 1;
            match (key, self.peek_token()?) {
                (Key::List(kind), Some(b'[')) => {
                    if next_token {
                        self.records.next_token();
                    }
                    return Ok(Walk::List(kind));
                }
                (Key::NextToken, Some(b'"')) => next_token = true,
                (Key::Telling, _) | (_, None) => return Ok(Walk::Unit),
                _ => {}
            }
            if !self.skip_value()? || self.peek_token()? != Some(b',') {
                return Ok(Walk::Unit);
            }
            self.at += 1;
        }
    }

    /// What follows a list of records in its object, to the closing bracket.
    fn rest_of_container(&mut self, start: u64) -> Result<(), Defect> {
        loop {
            match self.peek_token()? {
                Some(b'}') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b',') => self.at += 1,
                Some(_) => {
                    return Err(Defect::NotJson {
                        offset: self.offset(),
                        expected: "a comma or the end of the object",
                    });
                }
                None => return Err(Defect::TextCutOff { what: "an object", start, offset: self.offset() }),
            }
            if self.peek_token()? != Some(b'"') {
                return Err(Defect::NotJson { offset: self.offset(), expected: "a key" });
            }
            let key = self.key()?;
            if self.peek_token()? != Some(b':') {
                return Err(Defect::NotJson { offset: self.offset(), expected: "a colon" });
            }
            self.at += 1;
            match (key, self.peek_token()?) {
                (Key::List(kind), Some(b'[')) => self.list(kind)?,
                (key, first) => {
                    if matches!((key, first), (Key::NextToken, Some(b'"'))) {
                        self.records.next_token();
                    }
                    let offset = self.offset();
                    if !self.skip_value()? {
                        return Err(Defect::NotJson { offset, expected: "a value" });
                    }
                }
            }
        }
    }

    /// Reads a key; the reader is at its quote.
    fn key(&mut self) -> Result<Key, Defect> {
        // Room for the longest name that tells, with every letter as an escape.
        let mut name = [b'"'; 100];
        let mut length = 1;
        let mut escapes = false;
        self.string(|byte| {
            if let Some(slot) = name.get_mut(length) {
                *slot = byte;
            }
            length += 1;
            escapes |= byte == b'\\';
        })?;
        if escapes {
            let quoted = name.get(..=length).and_then(|quoted| std::str::from_utf8(quoted).ok());
            let name = quoted.and_then(|quoted| unquote(quoted).ok());
            return Ok(name.map_or(Key::Plain, |name| Key::of(name.as_bytes())));
        }
        Ok(Key::of(name.get(1..length).unwrap_or_default()))
    }

    /// Walks over a string, giving its bytes as they are written.
    fn string(&mut self, mut give: impl FnMut(u8)) -> Result<(), Defect> {
        let start = self.offset();
        self.at += 1;
        let mut escaped = false;
        loop {
            let Some(byte) = self.peek()? else {
                return Err(Defect::TextCutOff { what: "a string", start, offset: self.offset() });
            };
            self.at += 1;
            if byte == b'"' && !escaped {
                return Ok(());
            }
            escaped = byte == b'\\' && !escaped;
            give(byte);
        }
    }

    /// Walks over any value; of a number or a word, or what stands in its place, to the next comma or bracket. False if
    /// it is seen to be no JSON; what is between brackets is not looked at.
    fn skip_value(&mut self) -> Result<bool, Defect> {
        match self.peek_token()? {
            Some(open @ (b'{' | b'[')) => {
                self.leap("a value")?;
                Ok(self.closes(if open == b'{' { b'}' } else { b']' }))
            }
            Some(b'"') => self.string(|_| ()).map(|()| true),
            _ => self.word(|byte| b",]}{[\"".contains(&byte)),
        }
    }

    /// Walks over a number or a word, to the byte that `ends` it. False if it is neither.
    fn word(&mut self, ends: impl Fn(u8) -> bool) -> Result<bool, Defect> {
        // No number or word of JSON needs more; the limit bounds what junk can make us keep.
        let mut word = [0; 64];
        let mut length = 0;
        while let Some(byte) = self.peek()?.filter(|byte| !ends(*byte)) {
            if let Some(slot) = word.get_mut(length) {
                *slot = byte;
            }
            length += 1;
            self.at += 1;
        }
        // A digit alone, of which a text can have a billion, needs no parser.
        let digit = length == 1 && word[0].is_ascii_digit();
        Ok(digit || word.get(..length).is_some_and(|word| serde_json::from_slice::<IgnoredAny>(word).is_ok()))
    }

    /// A value at the top level that is neither object nor list: a line of NDJSON that is no record, or no JSON at all.
    fn top_scalar(&mut self) -> Result<(), Defect> {
        let offset = self.offset();
        if self.peek()? == Some(b'"') {
            self.string(|_| ())?;
        } else if !self.word(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))? {
            return Err(Defect::NotJson { offset, expected: "a JSON object or list" });
        }
        self.records.malformed(offset, MalformedReason::NoObject);
        Ok(())
    }
}

enum Walk {
    List(List),
    Unit,
}

enum Key {
    List(List),
    NextToken,
    Telling,
    Plain,
}

impl Key {
    fn of(name: &[u8]) -> Self {
        match name {
            b"Records" => Self::List(List::Records),
            b"Events" => Self::List(List::Units),
            b"NextToken" => Self::NextToken,
            _ if TELLING_KEYS.iter().any(|key| key.as_bytes() == name) => Self::Telling,
            _ => Self::Plain,
        }
    }
}
