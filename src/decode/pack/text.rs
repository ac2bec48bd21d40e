//! Inflated text, all of it at once or through a window.

use std::io::{self, Read};

use super::gzip_stream::GzipStream;
use crate::decode::defect::Defect;

/// Text that may not be here whole yet.
pub trait Text {
    /// The bytes that are here.
    fn bytes(&self) -> &[u8];
    /// Whether no more will come.
    fn is_last(&self) -> bool;
    /// Drops the bytes in front of `keep_from` and brings more behind the rest.
    fn load(&mut self, keep_from: usize) -> Result<(), Defect>;
}

impl<T: Text> Text for &mut T {
    fn bytes(&self) -> &[u8] {
        T::bytes(self)
    }

    fn is_last(&self) -> bool {
        T::is_last(self)
    }

    fn load(&mut self, keep_from: usize) -> Result<(), Defect> {
        T::load(self, keep_from)
    }
}

/// Text that is here whole.
pub struct WholeText<'a>(pub &'a [u8]);

impl Text for WholeText<'_> {
    fn bytes(&self) -> &[u8] {
        self.0
    }

    fn is_last(&self) -> bool {
        true
    }

    fn load(&mut self, _: usize) -> Result<(), Defect> {
        Ok(())
    }
}

/// Where a window gets its text from.
pub trait Feed {
    /// Fills the front of the buffer; 0 at the end.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Defect>;
}

impl<F: Feed + ?Sized> Feed for &mut F {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Defect> {
        F::read(self, buffer)
    }
}

impl<F: Feed + ?Sized> Feed for Box<F> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Defect> {
        F::read(self, buffer)
    }
}

impl<R: io::BufRead> Feed for GzipStream<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Defect> {
        GzipStream::read(self, buffer)
    }
}

/// Text that is stored plain.
pub struct PlainFeed<R> {
    input: R,
    taken: u64,
}

impl<R: Read> PlainFeed<R> {
    /// Starts at the first byte.
    pub fn new(input: R) -> Self {
        Self { input, taken: 0 }
    }
}

impl<R: Read> Feed for PlainFeed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Defect> {
        loop {
            match self.input.read(buffer) {
                Ok(count) => {
                    self.taken += count as u64;
                    return Ok(count);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Defect::io(self.taken, &error)),
            }
        }
    }
}

/// How much a window brings at a time: it should stay in the cache of one core.
const WINDOW: usize = 256 * 1024;

/// So much of a stream is asked for at a time where all that stands in front of a defect counts.
const SMALL_PIECE: usize = 1024;

/// A window that moves over a feed. It holds what the reader keeps and one window more.
pub struct FeedWindow<'a, F> {
    feed: F,
    buffer: &'a mut Vec<u8>,
    filled: usize,
    ended: bool,
    /// Bytes that the feed has given.
    given: u64,
    /// The most that it may give.
    limit: u64,
    /// What ended it.
    defect: Option<Defect>,
    /// The most that is asked for at a time.
    piece: usize,
}

impl<'a, F: Feed> FeedWindow<'a, F> {
    /// A window over `feed` in a reused buffer; more than `limit` bytes of text are a defect.
    pub fn new(feed: F, buffer: &'a mut Vec<u8>, limit: u64) -> Self {
        Self { feed, buffer, filled: 0, ended: false, given: 0, limit, defect: None, piece: usize::MAX }
    }

    /// The same window, which loses little of what stands in front of a defect: a stream that fails inside of a piece gives
    /// nothing of it.
    #[must_use]
    pub fn in_small_pieces(mut self, small: bool) -> Self {
        self.piece = if small { SMALL_PIECE } else { usize::MAX };
        self
    }

    /// What the text was read with, unless it ended with a defect of what it comes from: that one is the cause of others.
    pub fn outcome(&self, read: Result<(), Defect>) -> Result<(), Defect> {
        self.defect.clone().map_or(read, Err)
    }

    /// Bytes of text so far.
    pub fn given(&self) -> u64 {
        self.given
    }
}

impl<F: Feed> Text for FeedWindow<'_, F> {
    fn bytes(&self) -> &[u8] {
        &self.buffer[..self.filled]
    }

    fn is_last(&self) -> bool {
        self.ended || self.defect.is_some()
    }

    /// A defect ends the text, which is read as far as it goes: [`Self::outcome`] tells of it.
    fn load(&mut self, keep_from: usize) -> Result<(), Defect> {
        self.buffer.copy_within(keep_from..self.filled, 0);
        self.filled -= keep_from;
        if self.buffer.len() < self.filled + WINDOW {
            // At least doubled, so that a record that grows over many windows is not copied each time.
            self.buffer.resize((self.filled * 2).max(self.filled + WINDOW), 0);
        }
        while self.filled < self.buffer.len() && !self.is_last() {
            let end = self.buffer.len().min(self.filled.saturating_add(self.piece));
            let count = match self.feed.read(&mut self.buffer[self.filled..end]) {
                Ok(count) => count,
                Err(defect) => {
                    self.defect = Some(defect);
                    break;
                }
            };
            self.ended = count == 0;
            self.filled += count;
            self.given += count as u64;
            if self.given > self.limit {
                self.filled -= usize::try_from(self.given - self.limit).unwrap_or(count).min(count);
                self.given = self.limit;
                self.defect = Some(Defect::TooLarge { limit: self.limit });
            }
        }
        Ok(())
    }
}
