//! What a file of a walk holds, by its first bytes, where its name does not tell (DESIGN §8).

use std::io::Read as _;

use flate2::read::MultiGzDecoder;

use crate::decode::defect::Defect;
use crate::decode::ours::is_ours;
use crate::decode::pack::inflate::GZIP_MAGIC;
use crate::decode::pack::{PARQUET_MAGIC, is_packed};
use crate::decode::{Decoded, FileEnd};
use crate::domain::tally::Skip;

/// So many bytes of a file tell what it is.
pub const HEAD: usize = 8 << 10;

/// So many bytes of the end of a file of columns tell who wrote it.
pub const TAIL: usize = 64 << 10;

/// How a file of a walk is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WalkedFile {
    /// It is read only if it begins as a log file may.
    pub looks: bool,
    /// It may be another service's: then it is no failure that it is no log file.
    pub may_be_of_a_service: bool,
}

/// The first and the last bytes of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeadAndTail {
    /// At most [`HEAD`] bytes.
    pub head: Vec<u8>,
    /// At most [`TAIL`] bytes.
    pub tail: Vec<u8>,
}

/// What the text of a file begins as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    Json,
    /// It has to be unpacked, or is a binary form of records.
    Packing,
    /// A report of ours.
    Ours,
    Other,
}

impl Content {
    fn of(HeadAndTail { head, tail }: &HeadAndTail) -> Self {
        if is_ours(head, tail) {
            return Self::Ours;
        }
        // A spreadsheet or a document is a zip archive too.
        let is_document = ["[Content_Types].xml", "mimetypeapplication/vnd.", "META-INF/MANIFEST.MF"]
            .iter()
            .any(|name| memchr::memmem::find(head, name.as_bytes()).is_some());
        if is_packed(head) || head.starts_with(PARQUET_MAGIC) {
            return if is_document { Self::Other } else { Self::Packing };
        }
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
        if matches!(text.first(), Some(b'{' | b'[')) { Self::Json } else { Self::Other }
    }
}

impl WalkedFile {
    /// Why a file is not even read, if so.
    #[must_use]
    pub fn before(self, ends: &HeadAndTail) -> Option<Skip> {
        let is_readable = matches!(Content::of(ends), Content::Json | Content::Packing);
        (self.looks && !is_readable).then_some(Skip::Special)
    }

    /// Why a file that was read is no log file, if so. `ends` are asked for only where that may be.
    pub fn after(self, decoded: &Decoded, ends: impl FnOnce() -> Option<HeadAndTail>) -> Option<Skip> {
        if !is_doubtful(decoded) {
            return None;
        }
        let ends = unpacked(ends()?);
        match Content::of(&ends) {
            Content::Ours => Some(Skip::Special),
            // JSON that breaks off may well have been a log file.
            Content::Json if !matches!(decoded.ended, FileEnd::Failed(Defect::NotCloudTrail(_))) => None,
            _ => self.may_be_of_a_service.then_some(Skip::Service),
        }
    }
}

/// Whether nothing of a file was read, and not for want of undamaged bytes.
fn is_doubtful(decoded: &Decoded) -> bool {
    let records = decoded.records;
    match &decoded.ended {
        FileEnd::Read => records.total > 0 && records.malformed == records.total,
        FileEnd::Failed(
            Defect::Io { .. }
            | Defect::GzipCutOff(_)
            | Defect::GzipDamaged { .. }
            | Defect::Packed { .. }
            | Defect::Archive { .. }
            | Defect::Columns { .. }
            | Defect::BytesAfterGzip(_)
            | Defect::TooLarge { .. },
        )
        | FileEnd::Digest
        | FileEnd::Skipped(_)
        | FileEnd::Unlisted => false,
        FileEnd::Failed(_) => records.malformed == records.total,
    }
}

/// The text in front of a gzip stream, as far as its first bytes hold it.
fn unpacked(ends: HeadAndTail) -> HeadAndTail {
    if !ends.head.starts_with(&GZIP_MAGIC) {
        return ends;
    }
    let mut text = vec![0; HEAD];
    let mut stream = MultiGzDecoder::new(&*ends.head);
    let mut length = 0;
    // The bytes end in the middle of the stream, which is no news.
    while let Ok(count @ 1..) = stream.read(&mut text[length..]) {
        length += count;
    }
    text.truncate(length);
    HeadAndTail { head: text, tail: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_tell() {
        let check = |head: &[u8], expected: Content| {
            let ends = HeadAndTail { head: head.to_vec(), tail: Vec::new() };
            assert_eq!(Content::of(&ends), expected, "{}", String::from_utf8_lossy(head));
        };
        check(b"{\"Records\":[", Content::Json);
        check(b"\xef\xbb\xbf \n[", Content::Json);
        check(b"\x1f\x8b\x08", Content::Packing);
        check(b"BZh9", Content::Packing);
        check(b"PK\x03\x04....logs/a.json", Content::Packing);
        check(b"PK\x03\x04....[Content_Types].xml", Content::Other);
        check(b"# Logs", Content::Other);
        check(b"<html>", Content::Other);
        check(b"", Content::Other);
        check(b"2 111122223333 eni-1", Content::Other);
        check(b"time,event_id\n", Content::Ours);
    }
}
