//! Text that is still packed after its file was inflated: gzip once more, and UTF-16.

use std::cell::RefCell;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

use super::gzip_stream::GzipStream;
use super::inflate::GZIP_MAGIC;
use super::text::Feed;
use crate::decode::defect::Defect;

/// How much is taken from a feed at a time.
const PIECE: usize = 64 * 1024;

/// How a text is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::decode) enum Packing {
    /// Gzip.
    Gzip,
    /// UTF-16 of this order of bytes.
    Utf16 {
        /// Whether the low byte comes first.
        little: bool,
    },
}

impl Packing {
    /// How a text that begins like this is packed, if it is.
    pub(in crate::decode) fn of(head: &[u8]) -> Option<Self> {
        match head {
            [first, second, ..] if [*first, *second] == GZIP_MAGIC => Some(Self::Gzip),
            [0xff, 0xfe, ..] => Some(Self::Utf16 { little: true }),
            [0xfe, 0xff, ..] => Some(Self::Utf16 { little: false }),
            _ => None,
        }
    }
}

/// A feed whose first two bytes were looked at.
pub(in crate::decode) struct PeekedFeed<F> {
    feed: F,
    head: [u8; 2],
    /// Where in the head the rest of it starts, and where it ends.
    rest: (usize, usize),
}

impl<F: Feed> PeekedFeed<F> {
    pub(in crate::decode) fn new(mut feed: F) -> Result<Self, Defect> {
        let mut head = [0; 2];
        let mut length = 0;
        while length < head.len() {
            match feed.read(&mut head[length..])? {
                0 => break,
                count => length += count,
            }
        }
        Ok(Self { feed, head, rest: (0, length) })
    }

    pub(in crate::decode) fn packing(&self) -> Option<Packing> {
        Packing::of(&self.head[..self.rest.1])
    }
}

impl<F: Feed> Feed for PeekedFeed<F> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Defect> {
        let (start, end) = self.rest;
        if start == end {
            return self.feed.read(buffer);
        }
        let count = (end - start).min(buffer.len());
        buffer[..count].copy_from_slice(&self.head[start..start + count]);
        self.rest.0 += count;
        Ok(count)
    }
}

/// Undoes one packing.
pub(in crate::decode) fn unpack<'a>(
    packing: Packing,
    feed: impl Feed + 'a,
    limit: u64,
) -> Result<Box<dyn Feed + 'a>, Defect> {
    Ok(match packing {
        Packing::Utf16 { little } => Box::new(Utf16Feed::new(feed, little)),
        Packing::Gzip => {
            let inner = PeekedFeed::new(InnerGzip::new(feed, limit))?;
            match inner.packing() {
                Some(Packing::Utf16 { little }) => Box::new(Utf16Feed::new(inner, little)),
                // Gzip for the third time is named as what it is.
                _ => Box::new(inner),
            }
        }
    })
}

/// Gzip whose bytes are the text of a gzip stream.
struct InnerGzip<F: Feed> {
    stream: GzipStream<FeedBytes<F>>,
    failed: Rc<RefCell<Option<Defect>>>,
}

impl<F: Feed> InnerGzip<F> {
    fn new(feed: F, limit: u64) -> Self {
        let failed = Rc::default();
        let bytes =
            FeedBytes { feed, buffer: vec![0; PIECE], at: 0, end: 0, given: 0, limit, failed: Rc::clone(&failed) };
        Self { stream: GzipStream::new(bytes), failed }
    }
}

impl<F: Feed> Feed for InnerGzip<F> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Defect> {
        self.stream.read(buffer).map_err(|defect| match (self.failed.take(), defect) {
            (Some(outer), _) => outer,
            (None, Defect::GzipCutOff(offset)) => Defect::InnerGzip { offset, reason: "is cut off".to_owned() },
            (None, Defect::GzipDamaged { offset, reason }) => {
                Defect::InnerGzip { offset, reason: format!("is damaged ({reason})") }
            }
            (None, Defect::BytesAfterGzip(offset)) => {
                Defect::InnerGzip { offset, reason: "is followed by other bytes".to_owned() }
            }
            (None, other) => other,
        })
    }
}

/// A feed as a reader of bytes. A defect of the feed is put aside, since a reader has no room for it.
struct FeedBytes<F> {
    feed: F,
    buffer: Vec<u8>,
    at: usize,
    end: usize,
    given: u64,
    limit: u64,
    failed: Rc<RefCell<Option<Defect>>>,
}

impl<F: Feed> BufRead for FeedBytes<F> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at == self.end {
            let count = match self.feed.read(&mut self.buffer) {
                Ok(count) if self.given + count as u64 > self.limit => Err(Defect::TooLarge { limit: self.limit }),
                other => other,
            };
            let count = count.map_err(|defect| {
                *self.failed.borrow_mut() = Some(defect);
                io::Error::other("the outer stream")
            })?;
            self.given += count as u64;
            (self.at, self.end) = (0, count);
        }
        Ok(&self.buffer[self.at..self.end])
    }

    fn consume(&mut self, count: usize) {
        self.at = (self.at + count).min(self.end);
    }
}

impl<F: Feed> Read for FeedBytes<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

/// UTF-16 with a mark as UTF-8. Half a pair becomes U+FFFD.
pub(in crate::decode) struct Utf16Feed<F> {
    feed: F,
    little: bool,
    started: bool,
    ended: bool,
    /// Bytes that wait for their pair.
    held: Vec<u8>,
    /// UTF-8 that waits for room.
    text: Vec<u8>,
    at: usize,
}

impl<F: Feed> Utf16Feed<F> {
    pub(in crate::decode) fn new(feed: F, little: bool) -> Self {
        Self { feed, little, started: false, ended: false, held: Vec::new(), text: Vec::new(), at: 0 }
    }

    /// Brings more text, if there is any.
    fn fill(&mut self) -> Result<(), Defect> {
        let start = self.held.len();
        self.held.resize(start + PIECE, 0);
        let count = self.feed.read(&mut self.held[start..])?;
        self.held.truncate(start + count);
        self.ended = count == 0;
        let mut units: Vec<u16> = self.held.chunks_exact(2).map(|pair| self.unit(pair)).collect();
        let keep = match units.last() {
            // The other half may come.
            Some(0xd800..=0xdbff) if !self.ended => units.pop().map_or(0, |_| 2),
            _ => 0,
        } + self.held.len() % 2;
        let rest = self.held.len() - keep;
        let mark = usize::from(!self.started && !units.is_empty());
        self.started |= mark == 1;
        self.text.clear();
        self.at = 0;
        let mut utf8 = [0; 4];
        for character in char::decode_utf16(units.into_iter().skip(mark)) {
            let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
            self.text.extend_from_slice(character.encode_utf8(&mut utf8).as_bytes());
        }
        self.held.drain(..rest);
        if self.ended && !self.held.is_empty() {
            // Half a unit at the end.
            self.held.clear();
            self.text.extend_from_slice(char::REPLACEMENT_CHARACTER.encode_utf8(&mut utf8).as_bytes());
        }
        Ok(())
    }

    fn unit(&self, pair: &[u8]) -> u16 {
        let pair = [pair[0], pair[1]];
        if self.little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }
    }
}

impl<F: Feed> Feed for Utf16Feed<F> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Defect> {
        while self.at == self.text.len() && !self.ended {
            self.fill()?;
        }
        let count = (self.text.len() - self.at).min(buffer.len());
        buffer[..count].copy_from_slice(&self.text[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}
