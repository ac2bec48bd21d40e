//! The packings that are one stream, each a file and a line here.

use super::stream_packing::StreamPacking;
use super::{bzip2, gzip, xz, zstd};

/// Every kind.
pub(in crate::decode) const STREAMS: &[StreamPacking] = &[gzip::PACKING, zstd::PACKING, bzip2::PACKING, xz::PACKING];

/// Whether a whole file may be the beginning of a stream, as writers begin one, and is too short to tell.
pub(in crate::decode) fn could_begin(file: &[u8]) -> bool {
    STREAMS.iter().any(|packing| packing.magics.first().is_some_and(|magic| magic.starts_with(file)))
}

/// The kind of what begins like this.
pub(in crate::decode) fn stream_of(head: &[u8]) -> Option<&'static StreamPacking> {
    STREAMS.iter().find(|packing| packing.magics.iter().any(|magic| head.starts_with(magic)))
}

/// The kind of this name.
pub(super) fn stream_named(name: &str) -> Option<&'static StreamPacking> {
    STREAMS.iter().find(|packing| packing.name == name)
}
