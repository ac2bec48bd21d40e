//! Zstandard (RFC 8878): frames one behind another, skippable ones too.

use std::io::{self, Read};

use zstd::stream::read::Decoder;

use super::stream_packing::{PackedBytes, StreamPacking};

pub(super) const PACKING: StreamPacking =
    StreamPacking { name: "zstd", magics: &[b"\x28\xb5\x2f\xfd", b"\x50\x2a\x4d\x18"], open, words };

fn open<'a>(bytes: PackedBytes<'a>, window: u64) -> io::Result<Box<dyn Read + 'a>> {
    let mut stream = Decoder::with_buffer(bytes)?;
    stream.window_log_max(window.ilog2())?;
    Ok(Box::new(stream))
}

fn words(error: &io::Error, window: u64) -> Option<String> {
    let too_large = error.to_string().contains("too much memory");
    too_large.then(|| format!("has a window of more than {} MiB", window >> 20))
}
