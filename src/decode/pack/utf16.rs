//! UTF-16 with a byte order mark, as Windows writes text.

use super::text::Feed;
use crate::decode::defect::Defect;

/// How much is taken from a feed at a time.
const PIECE: usize = 64 * 1024;

/// Whether the low byte comes first in a text that begins like this, if it is UTF-16 with a mark.
pub(in crate::decode) fn low_byte_first(head: &[u8]) -> Option<bool> {
    match head {
        [0xff, 0xfe, ..] => Some(true),
        [0xfe, 0xff, ..] => Some(false),
        _ => None,
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
