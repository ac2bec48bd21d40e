//! A member of a zip archive that is small enough to be inflated whole, which is faster. It says nothing of why it failed: what
//! does not inflate to what the directory says is read as a stream, which knows the byte.

use super::inflate::{Inflater, WHOLE_FILE, WHOLE_TEXT};
use super::text::Feed;
use crate::decode::defect::Defect;

/// The text of a member.
pub(super) struct WholeMember {
    text: Vec<u8>,
    /// How much of it was given.
    at: usize,
}

impl WholeMember {
    /// Whether a member of so many bytes, with a text of so many, is inflated whole. No stream has a text that is larger than
    /// deflate makes it.
    pub(super) fn fits(packed: u64, size: u64) -> bool {
        packed <= WHOLE_FILE && size <= WHOLE_TEXT as u64 && size <= packed.saturating_mul(1032)
    }

    /// Inflates one, whose text has this length and this CRC-32.
    pub(super) fn inflate(deflate: &[u8], size: u64, crc: u64) -> Option<Self> {
        let (size, crc) = (usize::try_from(size).ok()?, u32::try_from(crc).ok()?);
        let text = Inflater::new()?.inflate_headless(deflate, size, crc)?;
        Some(Self { text, at: 0 })
    }
}

impl Feed for WholeMember {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Defect> {
        let rest = &self.text[self.at..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        Ok(count)
    }
}
