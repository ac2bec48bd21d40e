//! A quick reader of JSON as CloudTrail's own writer writes it: no white space between tokens, and no escapes in keys.
//!
//! It gives up on everything else, JSON or not; then a reader of all JSON is asked. What it does read is JSON, and means
//! what that reader says.
#![expect(clippy::option_option, reason = "the outer one says that this reader gives up, the inner one what was read")]

use std::borrow::Cow;

use wide::u8x16;

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

    /// The start of a text that begins inside of an object, behind a member.
    pub(super) fn inside(text: &'a str) -> Self {
        Self { text, at: 0, depth: 1 }
    }

    /// How much of the text was read.
    pub(super) fn place(&self) -> usize {
        self.at
    }

    /// The next value, if it is text.
    pub(super) fn text(&mut self) -> Option<Option<Cow<'a, str>>> {
        match self.peek()? {
            b'"' => self.unquoted().map(Some),
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
        self.member(&mut take)?;
        self.more_members(take)
    }

    /// The members of an object behind one of them, up to its end.
    pub(super) fn more_members(&mut self, mut take: impl FnMut(&mut Self, &'a str) -> Option<()>) -> Option<()> {
        while self.skip(b',') {
            self.member(&mut take)?;
        }
        self.expect(b'}')?;
        self.close()
    }

    fn member(&mut self, take: &mut impl FnMut(&mut Self, &'a str) -> Option<()>) -> Option<()> {
        let key = self.string()?;
        self.expect(b':')?;
        take(self, key)
    }

    /// Passes the next value.
    pub(super) fn pass(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' => self.pass_string().map(drop),
            b'{' => self.members(|json, _| json.pass()),
            b'[' => self.elements(Self::pass),
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'n' => self.word("null"),
            _ => self.number(),
        }
    }

    /// The elements of the list that comes next: `take` passes each.
    pub(super) fn elements(&mut self, mut take: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.open(b'[')?;
        if self.skip(b']') {
            return self.close();
        }
        loop {
            take(self)?;
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

    /// The string that comes next, if it has no escapes.
    pub(super) fn string(&mut self) -> Option<&'a str> {
        let (text, has_escapes) = self.pass_string()?;
        (!has_escapes).then_some(text)
    }

    /// The text of the string that comes next.
    pub(super) fn unquoted(&mut self) -> Option<Cow<'a, str>> {
        let from = self.at;
        match self.pass_string()? {
            (text, false) => Some(Cow::Borrowed(text)),
            (_, true) => unquote(self.text.get(from..self.at)?).ok(),
        }
    }

    /// Passes the string that comes next: what is between its quotes, and whether there are escapes in it.
    #[inline]
    fn pass_string(&mut self) -> Option<(&'a str, bool)> {
        self.expect(b'"')?;
        let (from, bytes) = (self.at, self.text.as_bytes());
        let mut end = end_of_plain(bytes, from)?;
        let has_escapes = bytes[end] == b'\\';
        while bytes[end] == b'\\' {
            end = end_of_plain(bytes, end + length_of_escape(&bytes[end..])?)?;
        }
        self.at = end + 1;
        (bytes[end] == b'"').then_some(())?;
        Some((self.text.get(from..end)?, has_escapes))
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

/// How long the escape is that a text begins with. None where it begins with none of JSON's.
fn length_of_escape(text: &[u8]) -> Option<usize> {
    match text.get(1)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(2),
        b'u' => text.get(2..6)?.iter().all(u8::is_ascii_hexdigit).then_some(6),
        _ => None,
    }
}

/// Where the first quote, backslash or control character is at a place or behind it.
#[inline]
pub(super) fn end_of_plain(text: &[u8], mut at: usize) -> Option<usize> {
    let (quote, backslash, last_control) = (u8x16::splat(b'"'), u8x16::splat(b'\\'), u8x16::splat(b' ' - 1));
    while let Some(bytes) = text.get(at..).and_then(|rest| rest.first_chunk()) {
        let lanes = u8x16::new(*bytes);
        let is_control = lanes.min(last_control).simd_eq(lanes);
        let ends = (lanes.simd_eq(quote) | lanes.simd_eq(backslash) | is_control).to_bitmask();
        if ends != 0 {
            return Some(at + ends.trailing_zeros() as usize);
        }
        at += 16;
    }
    text.get(at..)?.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..b' ')).map(|step| at + step)
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
        let plain: Option<Outer> = PlainJson::read(json);
        assert_eq!(plain.is_some(), is_plain, "{json}");
        check_same(json);
    }

    /// The same, whether or not the quick one says anything.
    fn check_same(json: &str) {
        let careful: Result<Outer, _> = ReadMode::Careful.read(json);
        if let Some(plain) = PlainJson::read::<Outer>(json) {
            assert_eq!(told(&plain), careful.map(|fields| told(&fields)).unwrap(), "{json}");
        }
        // Behind a first member, it is the same object.
        if let Some(rest) = json.strip_prefix("{\"f\":0")
            && rest.starts_with([',', '}'])
        {
            let told_of = |fields: Option<Outer>| fields.map(|fields| told(&fields));
            assert_eq!(told_of(PlainJson::read_behind(rest)), told_of(PlainJson::read(json)), "{json}");
        }
    }

    const VALUES: [&str; 24] = [
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
        "\"\\\"\"",
        "\"\\\\\"",
        "\"\\u00e9 and \\/ and \\n in a long text, \\ud83d\\udca5\"",
        "\"half a pair: \\ud83d\"",
        "{\"y\":\"\\t\",\"x\":\"\\u0031\\b\\f\\r\"}",
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
                for letter in ["\\", "\\u", "\\u00", "\\\\", "\\x"] {
                    check_same(&format!("{}{letter}{}", &json[..at], &json[at..]));
                }
                for letter in ["\n", " ", "\u{1}"] {
                    check(&format!("{}{letter}{}", &json[..at], &json[at..]), letter == " " && within(&json, at));
                }
                for letter in ["\"", ",", "0", "}", "e", ".", "-", "["] {
                    let json = format!("{}{letter}{}", &json[..at], &json[at..]);
                    let is_json = ReadMode::Careful.read::<Outer>(&json).is_ok();
                    check(&json, is_json);
                }
            }
        }
        check("{\"\\u0061\":1}", false);
        check("{\"f\":{\"\\n\":1}}", false);
        let deep = |depth: usize| format!("{{\"f\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        check(&deep(31), true);
        check(&deep(32), false);
    }

    /// Whether a space at a place is inside a string, and in no escape.
    fn within(json: &str, at: usize) -> bool {
        let spaced = format!("{} {}", &json[..at], &json[at..]);
        let is_json = ReadMode::Careful.read::<Outer>(&spaced).is_ok();
        is_json && json[..at].replace("\\\\", "").replace("\\\"", "").matches('"').count() % 2 == 1
    }
}
