//! Zstandard (RFC 8878): frames one behind another, skippable ones too.

use std::io::{self, Read};

use zstd::bulk::Decompressor;
use zstd::stream::read::Decoder;
use zstd::zstd_safe::{find_frame_compressed_size, get_frame_content_size};

use super::spare::make_room;
use super::stream_packing::{PackedBytes, StreamPacking};

/// How a frame begins.
const MAGIC: [u8; 4] = *b"\x28\xb5\x2f\xfd";

pub(super) const PACKING: StreamPacking =
    StreamPacking { name: "zstd", magics: &[&MAGIC, b"\x50\x2a\x4d\x18"], open, words };

fn open<'a>(bytes: PackedBytes<'a>, window: u64) -> io::Result<Box<dyn Read + 'a>> {
    let mut stream = Decoder::with_buffer(bytes)?;
    stream.window_log_max(window.ilog2())?;
    Ok(Box::new(stream))
}

fn words(error: &io::Error, window: u64) -> Option<String> {
    let too_large = error.to_string().contains("too much memory");
    too_large.then(|| format!("has a window of more than {} MiB", window >> 20))
}

/// Undoes a file that is one frame into a reused buffer, which never grows beyond `limit` bytes. That is faster than a stream, of
/// which each byte goes through a window of its own. The length of the text, or `None` if anything is not as it should be, or the
/// frame asks for a larger `window` than there may be: the stream tells why.
pub(in crate::decode) fn undo_whole(file: &[u8], text: &mut Vec<u8>, limit: usize, window: u64) -> Option<usize> {
    if !file.starts_with(&MAGIC) || window_of(file)? > window || find_frame_compressed_size(file) != Ok(file.len()) {
        return None;
    }
    let said = get_frame_content_size(file).ok()?;
    let said = said.map(usize::try_from).transpose().ok()?;
    // Logs are packed to a tenth.
    let expected = said.unwrap_or_else(|| file.len().saturating_mul(16).min(limit));
    if expected > limit {
        return None;
    }
    make_room(text, expected);
    let mut zstd = Decompressor::new().ok()?;
    if let Ok(length) = zstd.decompress_to_buffer(file, &mut text[..]) {
        return Some(length);
    }
    if said.is_some() || text.len() >= limit {
        return None;
    }
    make_room(text, limit);
    zstd.decompress_to_buffer(file, &mut text[..]).ok()
}

/// How much of the text a frame copies from, as its header says (RFC 8878, 3.1.1.1); one of a single segment has it all at hand.
fn window_of(frame: &[u8]) -> Option<u64> {
    const SINGLE_SEGMENT: u8 = 1 << 5;
    if frame.get(4)? & SINGLE_SEGMENT != 0 {
        return Some(0);
    }
    let descriptor = *frame.get(5)?;
    let base = 1_u64 << (10 + (descriptor >> 3));
    Some(base + base / 8 * u64::from(descriptor & 7))
}
