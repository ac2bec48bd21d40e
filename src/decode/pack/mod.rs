//! From the bytes of a file to its text: streams (gzip, zstd, bzip2, xz), one in another too, archives (tar, zip), UTF-16
//! and byte order marks. All of it at once or through a window.

pub mod gzip_stream;
pub mod inflate;
pub mod marked;
pub mod spare;
pub mod stored_text;
pub mod text;
pub mod zip;

pub(super) mod archive;
pub(super) mod hashed;
pub(super) mod stored_bytes;
pub(super) mod tar;
pub(super) mod unpack;
pub(super) mod zstd;

mod bzip2;
mod gzip;
mod stream_packing;
pub(super) mod streams;
mod utf16;
mod whole_member;
mod xz;

/// How Parquet begins, and ends. What it holds is packed column by column.
pub const PARQUET_MAGIC: &[u8; 4] = b"PAR1";

/// Whether a file that begins like this is packed, so that its text is not what its bytes are.
#[must_use]
pub fn is_packed(head: &[u8]) -> bool {
    zip::begins(head) || unpack::is_packed(head)
}

/// The names of the packings that are one stream.
pub fn stream_names() -> impl Iterator<Item = &'static str> {
    streams::STREAMS.iter().map(|packing| packing.name)
}
