//! Text that people wrote, or that a shell wrote for them: its first bytes may say how it is encoded. Windows PowerShell's
//! `>` writes UTF-16 with a byte order mark, and editors write UTF-8 with one.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Cursor, Read};

use super::text::{Feed, PlainFeed};
use super::utf16::{Utf16Feed, low_byte_first};

/// The mark of UTF-8.
const UTF8: [u8; 3] = *b"\xef\xbb\xbf";

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
        None => Box::new(BufReader::new(all)),
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
    // No text begins with a character that is none.
    if let [0, ..] | [_, 0, ..] = *text {
        return Err(wrong("encoded as UTF-16 without a byte order mark; save it as UTF-8"));
    }
    String::from_utf8(text).map_err(|_| wrong("not UTF-8"))
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
    fn what_is_no_text_says_why() {
        let check = |bytes: &[u8], expected: &str| assert_eq!(read(bytes, 100).unwrap_err().to_string(), expected);
        check(b"\xff", "not UTF-8");
        check(b"{\0}\0", "encoded as UTF-16 without a byte order mark; save it as UTF-8");
        check(b"\0{\0}", "encoded as UTF-16 without a byte order mark; save it as UTF-8");
        assert_eq!(read(&b"\xff\xfea\0b"[..], 100).unwrap(), "a\u{fffd}");
    }
}
