//! Xz: streams one behind another, with padding between them.

use std::io::{self, Read};

use liblzma::bufread::XzDecoder;
use liblzma::stream::{CONCATENATED, Error, Stream};

use super::stream_packing::{PackedBytes, StreamPacking};

pub(super) const PACKING: StreamPacking = StreamPacking { name: "xz", magics: &[b"\xfd7zXZ\0"], open, words };

/// What a decoder needs besides its dictionary.
const BESIDE: u64 = 1 << 20;

fn open<'a>(bytes: PackedBytes<'a>, window: u64) -> io::Result<Box<dyn Read + 'a>> {
    let stream = Stream::new_stream_decoder(window + BESIDE, CONCATENATED)?;
    Ok(Box::new(XzDecoder::new_stream(bytes, stream)))
}

fn words(error: &io::Error, window: u64) -> Option<String> {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    matches!(inner, Some(Error::MemLimit)).then(|| format!("has a dictionary of more than {} MiB", window >> 20))
}
