//! Zstandard (RFC 8878): frames one behind another, skippable ones too.

use std::io::{self, Read};

use zstd::stream::read::Decoder;
use zstd::zstd_safe::{DCtx, DParameter, InBuffer, OutBuffer, find_frame_compressed_size, get_frame_content_size};

use super::spare::make_room;
use super::stream_packing::{PackedBytes, StreamPacking};

/// So much of a frame is undone at a time.
const PIECE: usize = 32 * 1024;

/// How a frame begins.
const MAGIC: [u8; 4] = *b"\x28\xb5\x2f\xfd";

/// The same, and how a frame begins that is passed over (RFC 8878, 3.1.2).
#[rustfmt::skip]
const MAGICS: [&[u8]; 17] = [
    &MAGIC,
    b"\x50*M\x18", b"\x51*M\x18", b"\x52*M\x18", b"\x53*M\x18", b"\x54*M\x18", b"\x55*M\x18", b"\x56*M\x18", b"\x57*M\x18",
    b"\x58*M\x18", b"\x59*M\x18", b"\x5a*M\x18", b"\x5b*M\x18", b"\x5c*M\x18", b"\x5d*M\x18", b"\x5e*M\x18", b"\x5f*M\x18",
];

pub(super) const PACKING: StreamPacking = StreamPacking { name: "zstd", magics: &MAGICS, open, words };

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
    let undone = undo_frame(file, text);
    if undone.is_some() || said.is_some() || text.len() >= limit {
        return undone;
    }
    make_room(text, limit);
    undo_frame(file, text)
}

/// Undoes a frame into a buffer that has room for its text. It goes piece by piece: all at once takes some hundredths longer.
fn undo_frame(frame: &[u8], text: &mut [u8]) -> Option<usize> {
    let mut context = DCtx::try_create()?;
    // The text is undone where it stays; else each byte is copied out of a window of the decoder's own.
    context.set_parameter(DParameter::StableOutBuffer(true)).ok()?;
    let (mut length, mut missing) = (0, usize::MAX);
    // What comes at once is undone at once where it can be, and that takes blocks for good which are larger than any may be. A stream
    // never does, and both have to say the same.
    let (first, rest) = frame.split_at_checked(1)?;
    for piece in std::iter::once(first).chain(rest.chunks(PIECE)) {
        let (mut output, mut input) = (OutBuffer::around_pos(&mut *text, length), InBuffer::around(piece));
        missing = context.decompress_stream(&mut output, &mut input).ok()?;
        length = output.pos();
        if input.pos() < piece.len() {
            return None;
        }
    }
    (missing == 0).then_some(length)
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
