//! A member of a zip archive that is small enough to be inflated whole, which is faster. It says nothing of why it failed: what
//! does not inflate to what the directory says is read as a stream, which knows the byte.

use super::inflate::{Inflater, WHOLE_FILE, WHOLE_TEXT};
use super::spare::make_room;

/// Whether a member of so many bytes, with a text of so many, is inflated whole. No stream has a text that is larger than deflate
/// makes it.
pub(super) fn fits(packed: u64, size: u64) -> bool {
    packed <= WHOLE_FILE && size <= WHOLE_TEXT as u64 && size <= packed.saturating_mul(1032)
}

/// Inflates one into a reused buffer, if its text has this length and this CRC-32: the length.
pub(super) fn inflate(deflate: &[u8], text: &mut Vec<u8>, size: u64, crc: u64) -> Option<usize> {
    let (size, crc) = (usize::try_from(size).ok()?, u32::try_from(crc).ok()?);
    make_room(text, size);
    Inflater::new()?.inflate_headless(deflate, &mut text[..size], crc).then_some(size)
}
