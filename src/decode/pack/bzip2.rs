//! Bzip2: streams one behind another, as parallel packers write them. Its blocks are 900 kB at most.

use std::io::{self, Read};

use bzip2::bufread::MultiBzDecoder;

use super::stream_packing::{PackedBytes, StreamPacking};

pub(super) const PACKING: StreamPacking = StreamPacking { name: "bzip2", magics: &[b"BZh"], open, words: |_, _| None };

#[expect(clippy::unnecessary_wraps, reason = "other packings can fail to begin")]
fn open<'a>(bytes: PackedBytes<'a>, _: u64) -> io::Result<Box<dyn Read + 'a>> {
    Ok(Box::new(MultiBzDecoder::new(bytes)))
}
