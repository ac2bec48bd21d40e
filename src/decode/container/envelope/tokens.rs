//! Steps over the tokens of a text that may come in pieces.

use serde::de::IgnoredAny;
use wide::u8x16;

use super::{EnvelopeReader, RecordSink};
use crate::decode::container::keys::{BYTE_ORDER_MARK, InnerString, KnownKey};
use crate::decode::defect::Defect;
use crate::decode::pack::text::Text;
use crate::decode::quoted::unquote;
use crate::decode::structure::{InnerScan, NEEDLE_BYTE, ScanProgress, Scanner, StructureScan};

/// A key is read up to this many bytes: room for the longest one that tells, with every letter as an escape.
const LONGEST_KEY: usize = 100;

impl<T: Text, R: RecordSink> EnvelopeReader<'_, T, R> {
    /// Where the reader is in the whole text.
    pub(super) fn offset(&self) -> u64 {
        self.dropped + self.at as u64
    }

    /// What lies between the mark and `end`, unless it is larger than a record may be.
    #[inline]
    pub(super) fn marked(text: &T, mark: Option<usize>, end: usize, max_record: u64) -> Option<&[u8]> {
        let mark = mark.filter(|mark| (end - mark) as u64 <= max_record)?;
        Some(&text.bytes()[mark..end])
    }

    /// Brings more text; false at its end. The mark is given up where it would hold more than a record may have.
    pub(super) fn more(&mut self) -> Result<bool, Defect> {
        if self.text.is_last() {
            return Ok(false);
        }
        let most = self.max_record.max(2 * LONGEST_KEY as u64);
        for start in [&mut self.mark, &mut self.held] {
            *start = start.filter(|start| (self.at - *start) as u64 <= most);
        }
        // What is held lies behind the mark.
        let keep = self.mark.or(self.held).unwrap_or(self.at);
        self.text.load(keep)?;
        self.at -= keep;
        for start in [&mut self.mark, &mut self.held] {
            *start = start.map(|start| start - keep);
        }
        self.dropped += keep as u64;
        Ok(true)
    }

    /// The next byte, which stays.
    #[inline]
    pub(super) fn peek(&mut self) -> Result<Option<u8>, Defect> {
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
    pub(super) fn peek_token(&mut self) -> Result<Option<u8>, Defect> {
        loop {
            match self.peek()? {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                other => return Ok(other),
            }
        }
    }

    /// Skips the mark that begins a text which somebody joined to another; false if there is none.
    pub(super) fn skip_mark_between(&mut self) -> Result<bool, Defect> {
        self.hold_more(BYTE_ORDER_MARK.len())?;
        let is_mark = self.text.bytes()[self.at..].starts_with(BYTE_ORDER_MARK);
        if is_mark {
            self.at += BYTE_ORDER_MARK.len();
        }
        Ok(is_mark)
    }

    pub(super) fn skip_byte_order_mark(&mut self) -> Result<(), Defect> {
        if self.peek()? != BYTE_ORDER_MARK.first().copied() {
            return Ok(());
        }
        for byte in BYTE_ORDER_MARK {
            if self.peek()? != Some(*byte) {
                return Err(Defect::NotJson { offset: self.offset(), expected: "a byte order mark" });
            }
            self.at += 1;
        }
        Ok(())
    }

    /// Leaps over the object or list that starts here, which is the mark unless that was given up.
    #[inline]
    pub(super) fn leap(&mut self, what: &'static str) -> Result<StructureScan, Defect> {
        self.leap_on(StructureScan::default(), what, self.offset())
    }

    /// The same, of a value near whose beginning there may be a text that begins as an object: that is scanned as what it is, and
    /// only once.
    #[inline]
    pub(super) fn leap_around_text(
        &mut self,
        scan: &mut StructureScan,
        text: &mut Option<InnerString>,
        what: &'static str,
    ) -> Result<(), Defect> {
        let (start, begin) = (self.offset(), self.at);
        let is_record = self.text.bytes()[begin..].starts_with(b"{\"eventVersion\"");
        let near = if is_record { None } else { self.first_text().or_else(|| self.text_near()) };
        if let Some((front, near)) = near {
            *scan = front;
            *text = Some(near);
            self.at = begin + near.end;
            if scan.is_on_top() && matches!(self.text.bytes().get(self.at), Some(b'}' | b']')) {
                self.at += 1;
                return Ok(());
            }
        }
        self.leap_with(scan, what, start)
    }

    /// The text that begins as an object in the first member of the object that starts here, without white space in front of it, and
    /// a leap up to behind it.
    #[inline]
    fn first_text(&self) -> Option<(StructureScan, InnerString)> {
        let rest = &self.text.bytes()[self.at..];
        let key = rest.strip_prefix(b"{\"")?;
        let key = &key[..short_string(key)?];
        let begin = key.len() + b"{\"\":".len();
        if !rest[begin..].starts_with(b"\"{\\") {
            return None;
        }
        let text = self.inner_string(begin)?;
        let mut scan = StructureScan::inside();
        scan.needle = text.object.needle || key.contains(&NEEDLE_BYTE);
        scan.hidden = text.object.hidden;
        Some((scan, text))
    }

    /// The string that begins so far behind here, whose text begins as an object, if all of it is here.
    #[inline]
    fn inner_string(&self, begin: usize) -> Option<InnerString> {
        let mut scan = InnerScan::default();
        let rest = &self.text.bytes()[self.at..];
        match self.scanner.feed_inner(&mut scan, rest, begin + 1, self.text.is_last()) {
            ScanProgress::Ended(end) => Some(InnerString { begin, end, object: scan.object() }),
            ScanProgress::Paused(_) => None,
        }
    }

    /// The text that begins as an object near the beginning of the value that starts here, if all of it is here, and a leap up to
    /// behind it.
    fn text_near(&self) -> Option<(StructureScan, InnerString)> {
        // Nearly all have fewer bytes in front of it.
        const NEAR: usize = 192;
        let rest = &self.text.bytes()[self.at..];
        let head = rest.get(..NEAR).unwrap_or(rest);
        let begins = |brace: &usize| {
            let front = brace.checked_sub(2).map(|at| &head[at..]);
            front.is_some_and(|front| matches!(front, [b':' | b',' | b'[' | b' ', b'"', _, b'\\', ..]))
        };
        let begin = memchr::memchr_iter(b'{', head).find(begins)? - 1;
        let mut scan = StructureScan::default();
        let front = self.scanner.feed(&mut scan, &rest[..begin], 0, true);
        if front != ScanProgress::Paused(begin) || !scan.is_between_tokens() {
            return None;
        }
        let text = self.inner_string(begin)?;
        scan.needle |= text.object.needle;
        scan.hidden |= text.object.hidden;
        Some((scan, text))
    }

    /// Goes on with a leap that started at `start` of the text.
    #[inline]
    pub(super) fn leap_on(
        &mut self,
        mut scan: StructureScan,
        what: &'static str,
        start: u64,
    ) -> Result<StructureScan, Defect> {
        self.leap_with(&mut scan, what, start).map(|()| scan)
    }

    /// The same, with a scan that stays where it is.
    #[inline]
    fn leap_with(&mut self, scan: &mut StructureScan, what: &'static str, start: u64) -> Result<(), Defect> {
        loop {
            match self.scanner.feed(scan, self.text.bytes(), self.at, self.text.is_last()) {
                ScanProgress::Ended(end) => {
                    self.at = end;
                    return Ok(());
                }
                ScanProgress::Paused(at) => self.at = at,
            }
            if !self.more()? {
                return Err(Defect::TextCutOff { what, start, offset: self.offset() });
            }
        }
    }

    /// Refuses an object that the bracket in front of here, with which a leap ended, does not close.
    pub(super) fn check_closed(&self) -> Result<(), Defect> {
        if self.closes(b'}') {
            return Ok(());
        }
        Err(Defect::NotJson { offset: self.offset() - 1, expected: "the bracket that closes the record" })
    }

    /// Whether a leap ended with this bracket.
    pub(super) fn closes(&self, bracket: u8) -> bool {
        self.text.bytes().get(self.at.wrapping_sub(1)) == Some(&bracket)
    }

    /// Walks over members that tell nothing, and reads the key of the next one; the reader is at the quote of a key. It stops
    /// wherever there is more to say about a member.
    #[inline]
    pub(super) fn key(&mut self) -> Result<Option<&'static KnownKey>, Defect> {
        loop {
            let rest = &self.text.bytes()[self.at + 1..];
            let Some(length) = short_string(rest) else { return self.other_key() };
            let (key, rest) = rest.split_at(length);
            self.at += length + b"\"\"".len();
            if KnownKey::begins_like(key) {
                return Ok(KnownKey::of(key));
            }
            let Some(length) = plain_value(&rest[1..]) else { return Ok(None) };
            self.at += length;
        }
    }

    /// Reads a long key, one with escapes, or one near the end of what is here.
    #[inline(never)]
    fn other_key(&mut self) -> Result<Option<&'static KnownKey>, Defect> {
        self.held = Some(self.at);
        self.string()?;
        let quoted = Self::marked(&self.text, self.held.take(), self.at, LONGEST_KEY as u64);
        Ok(quoted.and_then(key_of))
    }

    /// Walks over a string; the reader is at its quote.
    pub(super) fn string(&mut self) -> Result<(), Defect> {
        let start = self.offset();
        self.at += 1;
        if let Some(length) = short_string(&self.text.bytes()[self.at..]) {
            self.at += length + 1;
            return Ok(());
        }
        let mut scan = StructureScan::default();
        self.rest_of_string(start, |scanner, text, at, last| scanner.feed_string(&mut scan, text, at, last))
    }

    /// The same. Of a text that begins as an object, it gives what was seen of that.
    pub(super) fn string_of_object(&mut self, text: &mut Option<InnerString>) -> Result<(), Defect> {
        if let Some(known) = self.known.filter(|known| known.begin == self.at) {
            self.at = known.end;
            *text = Some(InnerString { begin: 0, end: known.end - known.begin, ..known });
            return Ok(());
        }
        if self.text.bytes().get(self.at + 1) != Some(&b'{') {
            return self.string();
        }
        let start = self.offset();
        self.at += 1;
        let mut scan = InnerScan::default();
        self.rest_of_string(start, |scanner, text, at, last| scanner.feed_inner(&mut scan, text, at, last))?;
        let end = usize::try_from(self.offset() - start).ok();
        *text = end.map(|end| InnerString { begin: 0, end, object: scan.object() });
        Ok(())
    }

    /// Walks to the end of a string that started at `start` of the text.
    #[inline]
    fn rest_of_string(
        &mut self,
        start: u64,
        mut feed: impl FnMut(Scanner, &[u8], usize, bool) -> ScanProgress,
    ) -> Result<(), Defect> {
        loop {
            match feed(self.scanner, self.text.bytes(), self.at, self.text.is_last()) {
                ScanProgress::Ended(end) => {
                    self.at = end;
                    return Ok(());
                }
                ScanProgress::Paused(at) => self.at = at,
            }
            if !self.more()? {
                return Err(Defect::TextCutOff { what: "a string", start, offset: self.offset() });
            }
        }
    }

    /// Walks to the end of the line.
    pub(super) fn skip_line(&mut self) -> Result<(), Defect> {
        loop {
            let rest = &self.text.bytes()[self.at..];
            match memchr::memchr(b'\n', rest) {
                Some(step) => {
                    self.at += step;
                    return Ok(());
                }
                None => self.at += rest.len(),
            }
            if !self.more()? {
                return Ok(());
            }
        }
    }

    /// Walks over any value; of a number or a word, or what stands in its place, to the next comma or bracket. False if
    /// it is seen to be no JSON; what is between brackets is not looked at.
    pub(super) fn skip_value(&mut self) -> Result<bool, Defect> {
        match self.peek_token()? {
            Some(open @ (b'{' | b'[')) => {
                self.leap("a value")?;
                Ok(self.closes(open + 2))
            }
            Some(b'"') => self.string().map(|()| true),
            _ => match self.text.bytes()[self.at..] {
                [b't', b'r', b'u', b'e', b',' | b'}', ..] | [b'n', b'u', b'l', b'l', b',' | b'}', ..] => {
                    self.at += 4;
                    Ok(true)
                }
                [b'f', b'a', b'l', b's', b'e', b',' | b'}', ..] => {
                    self.at += 5;
                    Ok(true)
                }
                _ => self.word(|byte| b",]}{[\"".contains(&byte)),
            },
        }
    }

    /// Walks over a number or a word, to the byte that `ends` it. False if it is neither.
    pub(super) fn word(&mut self, ends: impl Fn(u8) -> bool) -> Result<bool, Defect> {
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
        // Words, and a digit alone, of which a text can have a billion, need no parser.
        let is_plain = match word.get(..length) {
            Some([digit]) => digit.is_ascii_digit(),
            Some(word) => matches!(word, b"true" | b"false" | b"null"),
            None => false,
        };
        Ok(is_plain || word.get(..length).is_some_and(|word| serde_json::from_slice::<IgnoredAny>(word).is_ok()))
    }
}

/// The length of a string that ends soon and has no escape, as keys and most values are: for so few bytes, a search that is
/// made for many takes longer to begin than to search.
#[inline]
fn short_string(text: &[u8]) -> Option<usize> {
    const LANES: usize = 16;
    // Room for a UUID.
    const SHORT: usize = 48;
    for (number, chunk) in text.as_chunks::<LANES>().0.iter().take(SHORT / LANES).enumerate() {
        let bytes = u8x16::new(*chunk);
        let hit = (bytes.simd_eq(u8x16::splat(b'"')) | bytes.simd_eq(u8x16::splat(b'\\'))).to_bitmask();
        if hit != 0 {
            let at = number * LANES + hit.trailing_zeros() as usize;
            return (text[at] == b'"').then_some(at);
        }
    }
    None
}

/// The length of what follows a key that tells nothing, up to the quote of another key. The value is a short string or an empty
/// list, and there is no white space, as most writers have it.
#[inline]
fn plain_value(text: &[u8]) -> Option<usize> {
    let rest = if let Some(value) = text.strip_prefix(b":\"") {
        &value[short_string(value)? + 1..]
    } else {
        text.strip_prefix(b":[]")?
    };
    rest.starts_with(b",\"").then(|| text.len() - rest.len() + 1)
}

fn key_of(quoted: &[u8]) -> Option<&'static KnownKey> {
    let plain = &quoted[1..quoted.len() - 1];
    if let Some(known) = KnownKey::of(plain) {
        return Some(known);
    }
    memchr::memchr(b'\\', plain)?;
    let name = std::str::from_utf8(quoted).ok().and_then(|quoted| unquote(quoted).ok())?;
    KnownKey::of(name.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::{KnownKey, plain_value, short_string};

    #[test]
    fn values_that_tell_nothing_are_told_from_all_others() {
        let check = |value: &str, expected: bool| {
            let text = format!("{value},\"detail\":{{\"a\":\"{}\"}}}}", "x".repeat(50));
            let length = plain_value(text.as_bytes());
            assert_eq!(length, expected.then_some(value.len() + 1), "{text}");
        };
        check(r#":"0""#, true);
        check(r#":"AWS API Call via CloudTrail""#, true);
        check(r#":"00000000-0000-0000-0000-000000000000""#, true);
        check(r":[]", true);
        check(r#":"""#, true);
        for other in [r#" :"0""#, r#": "0""#, r#":"0" "#, r":0", r":[0]", r#":"\"""#, r#""0""#] {
            check(other, false);
        }
        for end in ["", ",", "}", ",}", ", \"", "]"] {
            let text = format!(":\"0\"{end}");
            assert_eq!(plain_value(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn keys_that_tell_something_are_never_passed_over() {
        for telling in ["source", "detail", "Records", "eventName", "NextToken", "message"] {
            assert!(KnownKey::begins_like(telling.as_bytes()), "{telling}");
        }
        for other in ["version", "detail-type", "id", "resources", ""] {
            assert!(!KnownKey::begins_like(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn a_short_string_ends_at_its_first_quote_unless_there_is_an_escape() {
        for length in 0..80 {
            for at in 0..length {
                for (found, behind) in [(b'"', b'#'), (b'\\', b'"'), (b'"', b'\\'), (b'#', b'"')] {
                    let mut text = vec![0xff; length];
                    text[at] = found;
                    text[at + 1..].fill(behind);
                    let quote = text.iter().position(|byte| matches!(byte, b'"' | b'\\'));
                    let looked_at = (length / 16 * 16).min(48);
                    let expected = quote.filter(|quote| *quote < looked_at && text[*quote] == b'"');
                    assert_eq!(short_string(&text), expected, "{length} {at}");
                }
            }
        }
    }
}
