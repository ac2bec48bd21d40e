//! From the bytes of a file to its text: gzip, also twice, UTF-16, and byte order marks. All of it at once or through a window.

pub mod gzip_stream;
pub mod inflate;
pub mod marked;
pub mod spare;
pub mod stored_text;
pub mod text;

pub(super) mod unpack;
