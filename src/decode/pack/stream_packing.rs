//! What a packing is that is one stream, and how it is undone (DESIGN §11).
//!
//! A stream is undone piece by piece. What it may keep in memory is bounded, and a stream that is cut off or damaged is
//! named with the byte where it ends.

use std::cell::{Cell, RefCell};
use std::io::{self, BufRead, Read};
use std::rc::Rc;

use super::text::Feed;
use crate::decode::defect::{CUT_OFF, Defect, PackedPlace};

/// How much is taken from a feed at a time.
const PIECE: usize = 64 * 1024;

/// Bytes that a stream is read from.
pub(super) type PackedBytes<'a> = Box<dyn BufRead + 'a>;

/// One kind of stream.
#[derive(Debug)]
pub(in crate::decode) struct StreamPacking {
    /// What people call it.
    pub(super) name: &'static str,
    /// What it may begin with; most do with the first one.
    pub(super) magics: &'static [&'static [u8]],
    /// Undoes it. What it keeps of the text to copy from has at most so many bytes.
    pub(super) open: for<'a> fn(PackedBytes<'a>, window: u64) -> io::Result<Box<dyn Read + 'a>>,
    /// What an error says, where the words of the library do not say it.
    pub(super) words: fn(&io::Error, window: u64) -> Option<String>,
}

impl StreamPacking {
    /// Undoes it; what is inside may have at most `limit` bytes.
    pub(in crate::decode) fn undo<'a>(
        &'static self,
        feed: impl Feed + 'a,
        limit: u64,
        place: PackedPlace,
    ) -> Result<StreamFeed<'a>, Defect> {
        let (taken, failed) = (Rc::default(), Rc::default());
        let bytes = FeedBytes {
            feed,
            buffer: vec![0; PIECE],
            at: 0,
            end: 0,
            given: 0,
            limit,
            taken: Rc::clone(&taken),
            failed: Rc::clone(&failed),
        };
        let stream = (self.open)(Box::new(bytes), place.window());
        let mut opened = StreamFeed { packing: self, place, stream: None, taken, failed };
        opened.stream = Some(stream.map_err(|error| opened.defect(&error))?);
        Ok(opened)
    }
}

/// The text of a stream.
pub(in crate::decode) struct StreamFeed<'a> {
    packing: &'static StreamPacking,
    place: PackedPlace,
    stream: Option<Box<dyn Read + 'a>>,
    taken: Rc<Cell<u64>>,
    failed: Rc<RefCell<Option<Defect>>>,
}

impl StreamFeed<'_> {
    /// What is wrong: with what the stream is read from, or with itself.
    fn defect(&self, error: &io::Error) -> Defect {
        if let Some(outer) = self.failed.take() {
            return outer;
        }
        let reason = match (self.packing.words)(error, self.place.window()) {
            Some(words) => words,
            None if error.kind() == io::ErrorKind::UnexpectedEof => CUT_OFF.to_owned(),
            None => format!("is damaged ({error})"),
        };
        Defect::Packed { packing: self.packing.name, reason, offset: self.taken.get(), place: self.place }
    }
}

impl Feed for StreamFeed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Defect> {
        loop {
            let Some(stream) = &mut self.stream else { return Ok(0) };
            match stream.read(buffer) {
                Ok(count) => return Ok(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let defect = self.defect(&error);
                    self.stream = None;
                    return Err(defect);
                }
            }
        }
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
    /// How many bytes the stream took.
    taken: Rc<Cell<u64>>,
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
        self.taken.set(self.taken.get() + count as u64);
    }
}

impl<F: Feed> Read for FeedBytes<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}
