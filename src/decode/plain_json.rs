//! A quick reader of JSON as CloudTrail's own writer writes it: no white space between tokens, and no escapes.
//!
//! It gives up on everything else, JSON or not; then a reader of all JSON is asked. What it does read is JSON, and means
//! what that reader says.
#![expect(clippy::option_option, reason = "the outer one says that this reader gives up, the inner one what was read")]

use std::borrow::Cow;

use super::quoted::unquote;

/// It gives up on what nests deeper.
const DEEPEST: u32 = 32;

/// A place in a text.
#[derive(Debug)]
pub(super) struct PlainJson<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
}

impl<'a> PlainJson<'a> {
    /// The start of a text.
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    /// How much of the text was read.
    pub(super) fn place(&self) -> usize {
        self.at
    }

    /// The next value, if it is text.
    pub(super) fn text(&mut self) -> Option<Option<Cow<'a, str>>> {
        match self.peek()? {
            b'"' => self.string().map(|text| Some(Cow::Borrowed(text))),
            // A number may be out of range, which is no matter only where no text belongs.
            b'-' | b'0'..=b'9' => None,
            _ => self.pass().map(|()| None),
        }
    }

    /// The next value, if it is a whole number, or text that is one.
    pub(super) fn count(&mut self) -> Option<Option<u32>> {
        let raw = self.value()?;
        let text = if raw.starts_with('"') { unquote(raw).ok()? } else { raw.into() };
        Some(text.parse().ok())
    }

    /// The JSON text of the next value.
    pub(super) fn raw(&mut self) -> Option<Option<&'a str>> {
        self.value().map(Some)
    }

    /// The members of the object that comes next: `take` gets each key and passes its value.
    pub(super) fn members(&mut self, mut take: impl FnMut(&mut Self, &'a str) -> Option<()>) -> Option<()> {
        self.open(b'{')?;
        if self.skip(b'}') {
            return self.close();
        }
        loop {
            let key = self.string()?;
            self.expect(b':')?;
            take(self, key)?;
            if !self.skip(b',') {
                break;
            }
        }
        self.expect(b'}')?;
        self.close()
    }

    /// Passes the next value.
    pub(super) fn pass(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' => self.string().map(drop),
            b'{' => self.members(|json, _| json.pass()),
            b'[' => self.list(),
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'n' => self.word("null"),
            _ => self.number(),
        }
    }

    fn list(&mut self) -> Option<()> {
        self.open(b'[')?;
        if self.skip(b']') {
            return self.close();
        }
        loop {
            self.pass()?;
            if !self.skip(b',') {
                break;
            }
        }
        self.expect(b']')?;
        self.close()
    }

    /// Passes the next value and gives its text.
    fn value(&mut self) -> Option<&'a str> {
        let from = self.at;
        self.pass()?;
        self.text.get(from..self.at)
    }

    /// The string that comes next.
    pub(super) fn string(&mut self) -> Option<&'a str> {
        self.expect(b'"')?;
        let from = self.at;
        let end = end_of_plain(self.text.as_bytes(), from)?;
        self.at = end + 1;
        self.text.get(from..end)
    }

    fn word(&mut self, word: &str) -> Option<()> {
        let is_there = self.rest().starts_with(word.as_bytes());
        self.at += word.len();
        is_there.then_some(())
    }

    fn number(&mut self) -> Option<()> {
        self.skip(b'-');
        match self.peek()? {
            b'0' => self.at += 1,
            b'1'..=b'9' => self.digits()?,
            _ => return None,
        }
        if self.skip(b'.') {
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if !self.skip(b'-') {
                self.skip(b'+');
            }
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let count = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        (count > 0).then_some(())
    }

    fn open(&mut self, bracket: u8) -> Option<()> {
        self.depth += 1;
        self.expect(bracket).filter(|()| self.depth <= DEEPEST)
    }

    #[expect(clippy::unnecessary_wraps, reason = "it ends what gives such an answer")]
    fn close(&mut self) -> Option<()> {
        self.depth -= 1;
        Some(())
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// The next byte.
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip(&mut self, byte: u8) -> bool {
        let is_there = self.peek() == Some(byte);
        self.at += usize::from(is_there);
        is_there
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.skip(byte).then_some(())
    }
}

/// Where the string that begins at a place ends: its closing quote. None where an escape or a control character comes first.
#[inline]
fn end_of_plain(text: &[u8], mut at: usize) -> Option<usize> {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);
    // The lowest byte that is told to be below `limit` is; those above it need not.
    let below = |word: u64, limit: u8| word.wrapping_sub(ONES * u64::from(limit)) & !word & HIGH;
    while let Some(bytes) = text.get(at..).and_then(|rest| rest.first_chunk()) {
        let word = u64::from_le_bytes(*bytes);
        let quote = below(word ^ (ONES * u64::from(b'"')), 1);
        let escape = below(word ^ (ONES * u64::from(b'\\')), 1);
        let ends = quote | escape | below(word, b' ');
        if ends != 0 {
            at += ends.trailing_zeros() as usize / 8;
            return (text[at] == b'"').then_some(at);
        }
        at += 8;
    }
    let rest = text.get(at..)?;
    let end = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..b' '))?;
    (rest[end] == b'"').then_some(at + end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::fields::{NoFields, ObjectOrText, OptionalText, ReadMode, fields};

    fields! {
        struct Outer<'a> {
            "a" => text: OptionalText<'a> = text,
            "b" => raw: Option<&'a str> = raw,
            "c" => part: ObjectOrText<'a, Inner<'a>> = part,
            "d" => count: Option<u32> = count,
            "e" => none: ObjectOrText<'a, NoFields> = part,
        }

        struct Inner<'a> {
            "x" => text: OptionalText<'a> = text,
            "y" => part: ObjectOrText<'a, NoFields> = part,
        }
    }

    fn told(fields: &Outer) -> String {
        let part = match &fields.part {
            ObjectOrText::Object(inner) => {
                format!("{:?} {} {:?}", inner.text, inner.part.is_absent(), inner.part.text())
            }
            other => format!("{} {:?}", other.is_absent(), other.text()),
        };
        let none = (fields.none.is_absent(), fields.none.is_blank(), fields.none.text());
        format!("{:?} {:?} {part} {:?} {none:?}", fields.text, fields.raw, fields.count)
    }

    /// What both say, if the quick one says anything.
    fn check(json: &str, is_plain: bool) {
        let careful: Result<Outer, _> = ReadMode::Careful.read(json);
        let plain: Option<Outer> = PlainJson::read(json);
        assert_eq!(plain.is_some(), is_plain, "{json}");
        if let Some(plain) = plain {
            assert_eq!(told(&plain), careful.map(|fields| told(&fields)).unwrap(), "{json}");
        }
    }

    const VALUES: [&str; 19] = [
        "null",
        "true",
        "false",
        "0",
        "-0",
        "17",
        "1.5",
        "-2.25e-3",
        "1E+9",
        "\"\"",
        "\"text\"",
        "\"12\"",
        "\"a text that is longer than eight bytes, é\"",
        "[]",
        "[1,\"x\",[null],{}]",
        "{}",
        "{\"x\":\"1\"}",
        "{\"x\":null,\"y\":{\"z\":[true]},\"x\":\"2\"}",
        "{\"y\":\"t\",\"x\":[]}",
    ];

    #[test]
    fn what_is_read_is_what_the_other_reader_reads() {
        for value in VALUES {
            for other in VALUES {
                for name in ["a", "b", "c", "d", "e", "f"] {
                    let json = format!("{{\"f\":{other},\"{name}\":{value},\"a\":\"last\"}}");
                    let is_number = value.starts_with(|first: char| first == '-' || first.is_ascii_digit());
                    check(&json, !(is_number && ["a", "c", "e"].contains(&name)));
                }
            }
        }
    }

    #[test]
    fn it_gives_up_on_what_is_no_json_and_on_what_it_does_not_know() {
        for value in VALUES {
            let json = format!("{{\"f\":{value},\"b\":{value}}}");
            for at in 0..json.len() {
                if !json.is_char_boundary(at) {
                    continue;
                }
                check(&json[..at], false);
                for letter in ["\\", "\n", " ", "\u{1}"] {
                    check(&format!("{}{letter}{}", &json[..at], &json[at..]), letter == " " && within(&json, at));
                }
                for letter in ["\"", ",", "0", "}", "e", ".", "-", "["] {
                    let json = format!("{}{letter}{}", &json[..at], &json[at..]);
                    let is_json = ReadMode::Careful.read::<Outer>(&json).is_ok();
                    check(&json, is_json);
                }
            }
        }
        let deep = |depth: usize| format!("{{\"f\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        check(&deep(31), true);
        check(&deep(32), false);
    }

    /// Whether a place is inside a string.
    fn within(json: &str, at: usize) -> bool {
        json[..at].matches('"').count() % 2 == 1
    }
}
