//! From the bytes of a file, or of a member of an archive, to its text: packings in packings, and UTF-16.

use super::streams::stream_of;
use super::tar;
use super::text::Feed;
use super::utf16::{Utf16Feed, low_byte_first};
use crate::decode::defect::{Defect, PackedPlace};

/// How many streams may lie in each other.
pub(in crate::decode) const MAX_STREAMS: u8 = 2;

/// Whether a text that begins like this is packed.
pub(in crate::decode) fn is_packed(head: &[u8]) -> bool {
    // Nearly every text begins with a brace, and no packing does but for an archive whose first member has an odd name.
    stream_of(head).is_some() || low_byte_first(head).is_some() || tar::begins(head)
}

/// Whether what begins like this is a stream that is undone.
pub(in crate::decode) fn is_stream(head: &[u8]) -> bool {
    stream_of(head).is_some()
}

/// A feed whose first bytes were looked at.
pub(in crate::decode) struct PeekedFeed<'a> {
    feed: Box<dyn Feed + 'a>,
    head: [u8; tar::BLOCK],
    /// Where in the head the rest of it starts, and where it ends.
    rest: (usize, usize),
    /// What ends it right behind the head.
    defect: Option<Defect>,
}

impl<'a> PeekedFeed<'a> {
    pub(in crate::decode) fn new(mut feed: Box<dyn Feed + 'a>) -> Result<Self, Defect> {
        let mut head = [0; tar::BLOCK];
        let (mut length, mut defect) = (0, None);
        while length < head.len() && defect.is_none() {
            match feed.read(&mut head[length..]) {
                Ok(0) => break,
                Ok(count) => length += count,
                // What stands in front of it tells what it is.
                Err(ended) if length > 0 => defect = Some(ended),
                Err(ended) => return Err(ended),
            }
        }
        Ok(Self { feed, head, rest: (0, length), defect })
    }

    /// How it begins.
    pub(in crate::decode) fn head(&self) -> &[u8] {
        &self.head[..self.rest.1]
    }
}

impl Feed for PeekedFeed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Defect> {
        let (start, end) = self.rest;
        if start == end {
            return match self.defect.take() {
                Some(defect) => Err(defect),
                None => self.feed.read(buffer),
            };
        }
        let count = (end - start).min(buffer.len());
        buffer[..count].copy_from_slice(&self.head[start..start + count]);
        self.rest.0 += count;
        Ok(count)
    }
}

/// What was in all the packings.
pub(in crate::decode) struct Unpacked<'a> {
    pub(in crate::decode) feed: PeekedFeed<'a>,
    /// It is a tar archive, and no text.
    pub(in crate::decode) is_tar: bool,
}

/// Undoes every packing but for archives, of which at most `streams` are streams. What is inside one may have at most
/// `limit` bytes. A stream too many is left as it is.
pub(in crate::decode) fn unpack<'a>(
    feed: Box<dyn Feed + 'a>,
    mut streams: u8,
    limit: u64,
    mut place: PackedPlace,
) -> Result<Unpacked<'a>, Defect> {
    let mut feed = PeekedFeed::new(feed)?;
    while let (Some(packing), true) = (stream_of(feed.head()), streams > 0) {
        feed = PeekedFeed::new(Box::new(packing.undo(feed, limit, place)?))?;
        place = PackedPlace::Text;
        streams -= 1;
    }
    if let Some(little) = low_byte_first(feed.head()) {
        feed = PeekedFeed::new(Box::new(Utf16Feed::new(feed, little)))?;
        return Ok(Unpacked { feed, is_tar: false });
    }
    let is_tar = tar::begins(feed.head());
    Ok(Unpacked { feed, is_tar })
}
