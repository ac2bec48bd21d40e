//! Text that people wrote, or that a shell wrote for them: its first bytes may say how it is encoded. Windows PowerShell's
//! `>` writes UTF-16 with a byte order mark, and editors write UTF-8 with one.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Cursor, Read};

use super::text::{Feed, PlainFeed};
use super::utf16::{Utf16Feed, low_byte_first};

/// The mark of UTF-8.
const UTF8: [u8; 3] = *b"\xef\xbb\xbf";

/// So much is read of a text at a time.
const PIECE: usize = 64 << 10;

/// The bytes of a text as UTF-8 without a mark. Half a pair of UTF-16 becomes U+FFFD.
///
/// # Errors
///
/// Those of reading its first three bytes.
pub fn reader<'a>(mut from: impl Read + 'a) -> io::Result<Box<dyn BufRead + 'a>> {
    let mut head = Vec::new();
    from.by_ref().take(UTF8.len() as u64).read_to_end(&mut head)?;
    let utf16 = low_byte_first(&head);
    if head == UTF8 {
        head.clear();
    }
    let all = Cursor::new(head).chain(from);
    Ok(match utf16 {
        Some(little) => Box::new(BufReader::new(FeedReader(Utf16Feed::new(PlainFeed::new(all), little)))),
        None => Box::new(BufReader::with_capacity(PIECE, all)),
    })
}

/// A whole text of at most `most` bytes.
///
/// # Errors
///
/// Those of reading, a text that is larger, and bytes that are no text; each in the words that tell it to a person.
pub fn read(from: impl Read, most: u64) -> io::Result<String> {
    let mut text = Vec::new();
    reader(from)?.take(most.saturating_add(1)).read_to_end(&mut text)?;
    let wrong = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what);
    if text.len() as u64 > most {
        return Err(wrong(&format!("larger than {most} bytes")));
    }
    if is_unmarked(&text) {
        return Err(wrong(UNMARKED));
    }
    String::from_utf8(text).map_err(|_| wrong("not UTF-8"))
}

/// What is wrong with a text of UTF-16 that does not say so.
const UNMARKED: &str = "encoded as UTF-16 without a byte order mark; save it as UTF-8";

/// Whether a text is one of UTF-16 that does not say so: no text begins with a character that is none.
fn is_unmarked(text: &[u8]) -> bool {
    matches!(text, [0, ..] | [_, 0, ..])
}

/// A text that is read a line at a time, so that no more of it is held.
pub struct Lines<'a> {
    reader: Box<dyn BufRead + 'a>,
    line: Vec<u8>,
    /// The number of the line, from 1 on.
    number: usize,
    most: u64,
}

impl<'a> Lines<'a> {
    /// That of a text whose lines have at most `most` bytes each.
    ///
    /// # Errors
    ///
    /// Those of [`reader`].
    pub fn new(from: impl Read + 'a, most: u64) -> io::Result<Self> {
        Ok(Self { reader: reader(from)?, line: Vec::new(), number: 0, most })
    }

    /// The next line without its end, and its number; nothing behind the last one.
    ///
    /// # Errors
    ///
    /// Those of reading, a line that is longer, and bytes that are no text; each in the words that tell it to a person.
    pub fn next_line(&mut self) -> io::Result<Option<(usize, &str)>> {
        self.line.clear();
        self.reader.by_ref().take(self.most.saturating_add(1)).read_until(b'\n', &mut self.line)?;
        if self.line.is_empty() {
            return Ok(None);
        }
        self.number += 1;
        let Self { line, number, most, .. } = self;
        let wrong = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
        if line.len() as u64 > *most {
            return Err(wrong(format!("line {number}: longer than {most} bytes")));
        }
        if *number == 1 && is_unmarked(line) {
            return Err(wrong(UNMARKED.to_owned()));
        }
        let line = str::from_utf8(line).map_err(|_| wrong(format!("line {number}: not UTF-8")))?;
        let line = line.strip_suffix('\n').map_or(line, |line| line.strip_suffix('\r').unwrap_or(line));
        Ok(Some((*number, line)))
    }
}

/// The first bytes of a text, which may end in the middle of a character, as UTF-8 without a mark.
#[must_use]
pub fn beginning(head: &[u8]) -> Cow<'_, [u8]> {
    match low_byte_first(head) {
        Some(_) => {
            let mut text = Vec::new();
            // Bytes that are at hand are read without fail.
            let read = reader(head).and_then(|mut text_of_head| text_of_head.read_to_end(&mut text));
            if read.is_ok() { Cow::Owned(text) } else { Cow::Borrowed(head) }
        }
        None => Cow::Borrowed(head.strip_prefix(&UTF8).unwrap_or(head)),
    }
}

/// A feed as a reader.
struct FeedReader<F>(F);

impl<F: Feed> Read for FeedReader<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|defect| io::Error::other(defect.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, little: bool) -> Vec<u8> {
        let units = format!("\u{feff}{text}");
        units.encode_utf16().flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
    }

    #[test]
    fn a_text_is_the_same_in_every_encoding() {
        let long = "é😀".repeat(40_000);
        for text in ["", "a", "ab", "{\"a\":\"é😀\"}\r\n", &long] {
            for bytes in [
                text.as_bytes().to_vec(),
                format!("\u{feff}{text}").into_bytes(),
                utf16(text, true),
                utf16(text, false),
            ] {
                assert_eq!(read(&*bytes, 1 << 20).unwrap(), text);
                assert_eq!(&*beginning(&bytes), text.as_bytes());
                let refused = (text.len() > 1).then(|| read(&*bytes, text.len() as u64 - 1).unwrap_err().to_string());
                assert!(refused.is_none_or(|said| said.starts_with("larger than ")));
            }
        }
    }

    #[test]
    fn lines_are_those_of_the_text() {
        let lines = |bytes: &[u8]| {
            let (mut lines, mut told) = (Lines::new(bytes, 9).unwrap(), Vec::new());
            loop {
                match lines.next_line() {
                    Ok(Some((number, line))) => told.push(format!("{number} {line}")),
                    Ok(None) => return told,
                    Err(error) => return [told, vec![error.to_string()]].concat(),
                }
            }
        };
        let expected = ["1 a", "2 ", "3 é\r", "4 b"];
        let text = "a\r\n\né\r\r\nb";
        for bytes in [text.as_bytes(), format!("\u{feff}{text}\n").as_bytes(), &utf16(text, true), &utf16(text, false)]
        {
            assert_eq!(lines(bytes), expected);
        }
        assert_eq!(lines(b""), [""; 0]);
        assert_eq!(lines(b"12345678\n"), ["1 12345678"]);
        assert_eq!(lines(b"a\n1234567890"), ["1 a", "line 2: longer than 9 bytes"]);
        assert_eq!(lines(b"a\n\xff\n"), ["1 a", "line 2: not UTF-8"]);
        assert_eq!(lines(b"{\0}\0"), [UNMARKED]);
    }

    #[test]
    fn what_is_no_text_says_why() {
        let check = |bytes: &[u8], expected: &str| assert_eq!(read(bytes, 100).unwrap_err().to_string(), expected);
        check(b"\xff", "not UTF-8");
        check(b"{\0}\0", "encoded as UTF-16 without a byte order mark; save it as UTF-8");
        check(b"\0{\0}", "encoded as UTF-16 without a byte order mark; save it as UTF-8");
        assert_eq!(read(&b"\xff\xfea\0b"[..], 100).unwrap(), "a\u{fffd}");
    }
}
