//! Gzip that is not the outermost packing of a file.

use std::io::{self, Read};

use super::gzip_stream::GzipStream;
use super::inflate::GZIP_MAGIC;
use super::stream_packing::{PackedBytes, StreamPacking};
use crate::decode::defect::Defect;

pub(super) const PACKING: StreamPacking = StreamPacking { name: "gzip", magics: &[&GZIP_MAGIC], open, words };

const FOLLOWED: &str = "is followed by other bytes";

#[expect(clippy::unnecessary_wraps, reason = "other packings can fail to begin")]
fn open<'a>(bytes: PackedBytes<'a>, _: u64) -> io::Result<Box<dyn Read + 'a>> {
    Ok(Box::new(GzipReader(GzipStream::new(bytes))))
}

fn words(error: &io::Error, _: u64) -> Option<String> {
    let text = error.to_string();
    (text == FOLLOWED).then_some(text)
}

/// A stream as a reader.
struct GzipReader<'a>(GzipStream<PackedBytes<'a>>);

impl Read for GzipReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|defect| match defect {
            Defect::GzipCutOff(_) => io::ErrorKind::UnexpectedEof.into(),
            Defect::BytesAfterGzip(_) => io::Error::other(FOLLOWED),
            Defect::GzipDamaged { reason, .. } => io::Error::other(reason),
            other => io::Error::other(other.to_string()),
        })
    }
}
