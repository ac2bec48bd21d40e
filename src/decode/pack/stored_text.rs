//! The text of a stored file as CloudTrail hashes it: inflated by the code that a scan inflates with, so that what is
//! verified cannot read differently (DOMAIN §7). A file has one member, and nothing behind it.

use std::io::{BufRead as _, BufReader, Read};

use sha2::{Digest as _, Sha256};

use super::gzip_stream::GzipStream;
use super::inflate::{GZIP_MAGIC, Inflater, WHOLE_FILE, WHOLE_TEXT};
use super::spare::SpareBuffer;
use super::text::{Feed, PlainFeed};
use crate::decode::defect::Defect;
use crate::domain::digest::Hash;

/// So much of a larger one is inflated at a time.
const PIECE: usize = 256 << 10;

/// Why a stored file has no text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoredTextDefect {
    /// It does not inflate, or something follows its text.
    Gzip(Defect),
    /// It could not be read.
    Io(Defect),
    /// Its text is larger than allowed.
    TooLarge(Defect),
}

/// Reads stored files, one after the other, with buffers that are reused.
#[derive(Debug)]
pub struct StoredTextReader {
    inflater: Option<Inflater>,
    file: Vec<u8>,
    /// Texts that are hashed; a worker that has read a large one reads small ones next.
    hashed: SpareBuffer,
    /// The text that is given out.
    text: Vec<u8>,
    max_text: u64,
}

impl StoredTextReader {
    /// A reader of texts of at most so many bytes.
    #[must_use]
    pub fn new(max_text: u64) -> Self {
        let hashed = SpareBuffer::default();
        Self { inflater: Inflater::new(), file: Vec::new(), hashed, text: Vec::new(), max_text }
    }

    /// The SHA-256 of the text of a file.
    ///
    /// # Errors
    ///
    /// Whatever keeps the file from being one whole text.
    pub fn hash(&mut self, input: impl Read) -> Result<Hash, StoredTextDefect> {
        self.with_file(input, |reader, file, rest| {
            let mut text = reader.hashed.take();
            let length = reader.whole(file, &mut text);
            let hash = length.map(|length| Sha256::digest(&text[..length]).into());
            reader.hashed.put(text, length.unwrap_or(0));
            if let Some(hash) = hash {
                return Ok(hash);
            }
            let mut hasher = Sha256::new();
            reader.stream(file.chain(rest), &mut |piece| hasher.update(piece))?;
            Ok(hasher.finalize().into())
        })
    }

    /// The text of a file. It lies in a buffer that the next one takes, so that a worker has one text, however many it reads.
    ///
    /// # Errors
    ///
    /// As [`Self::hash`].
    pub fn text(&mut self, input: impl Read) -> Result<&[u8], StoredTextDefect> {
        let length = self.with_file(input, |reader, file, rest| {
            let mut text = std::mem::take(&mut reader.text);
            let length = if let Some(length) = reader.whole(file, &mut text) {
                Ok(length)
            } else {
                text.clear();
                let streamed = reader.stream(file.chain(rest), &mut |piece| text.extend_from_slice(piece));
                streamed.map(|()| text.len())
            };
            reader.text = text;
            length
        })?;
        Ok(&self.text[..length])
    }

    /// Reads the front of a file, which is all of most, and gives it with the rest.
    fn with_file<T, R: Read>(
        &mut self,
        mut input: R,
        give: impl FnOnce(&mut Self, &[u8], R) -> Result<T, StoredTextDefect>,
    ) -> Result<T, StoredTextDefect> {
        let mut file = std::mem::take(&mut self.file);
        file.clear();
        let read = input.by_ref().take(WHOLE_FILE + 1).read_to_end(&mut file);
        let given = match read {
            Err(error) => Err(StoredTextDefect::Io(Defect::io(file.len() as u64, &error))),
            Ok(_) => give(self, &file, input),
        };
        self.file = file;
        given
    }

    /// Inflates a file whole: the length of its text. What does not inflate whole, is plain, or too large has none here: the stream
    /// knows which.
    fn whole(&mut self, file: &[u8], text: &mut Vec<u8>) -> Option<usize> {
        if file.len() as u64 > WHOLE_FILE {
            return None;
        }
        let limit = usize::try_from(self.max_text).map_or(WHOLE_TEXT, |limit| limit.min(WHOLE_TEXT));
        self.inflater.as_mut()?.inflate_one(file, text, limit)
    }

    fn stream(&self, input: impl Read, take: &mut dyn FnMut(&[u8])) -> Result<(), StoredTextDefect> {
        let mut input = BufReader::with_capacity(PIECE, input);
        let is_gzip = match input.fill_buf() {
            Ok(head) => head.starts_with(&GZIP_MAGIC),
            Err(error) => return Err(StoredTextDefect::Io(Defect::io(0, &error))),
        };
        let mut piece = vec![0; PIECE];
        if !is_gzip {
            return self.pieces(&mut PlainFeed::new(input), &mut piece, take);
        }
        let mut stream = GzipStream::new(input);
        self.pieces(&mut stream, &mut piece, take)?;
        match stream.member_start() {
            0 => Ok(()),
            second => Err(StoredTextDefect::Gzip(Defect::BytesAfterGzip(second))),
        }
    }

    fn pieces(
        &self,
        feed: &mut impl Feed,
        piece: &mut [u8],
        take: &mut dyn FnMut(&[u8]),
    ) -> Result<(), StoredTextDefect> {
        let mut given = 0;
        loop {
            match feed.read(piece) {
                Ok(0) => return Ok(()),
                Ok(count) => {
                    given += count as u64;
                    if given > self.max_text {
                        return Err(StoredTextDefect::TooLarge(Defect::TooLarge { limit: self.max_text }));
                    }
                    take(&piece[..count]);
                }
                Err(defect @ Defect::Io { .. }) => return Err(StoredTextDefect::Io(defect)),
                Err(defect) => return Err(StoredTextDefect::Gzip(defect)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_text_has_the_same_hash_however_it_is_stored_and_however_large_it_is() {
        let mut reader = StoredTextReader::new(64 << 20);
        for size in [0_u64, 1, 1_000, 300_000, 3 << 20, 17 << 20] {
            // Random enough that its gzip is large, too.
            let text: Vec<u8> = (0..size).map(|at| (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8).collect();
            let expected: Hash = Sha256::digest(&text).into();
            assert_eq!(reader.hash(packed(&text).as_slice()), Ok(expected), "{size}");
            if size > 0 {
                assert_eq!(reader.hash(text.as_slice()), Ok(expected), "{size}");
            }
            assert_eq!(reader.text(packed(&text).as_slice()).unwrap(), text);
        }
    }

    #[test]
    fn what_follows_the_text_or_cuts_it_off_is_a_defect() {
        let mut reader = StoredTextReader::new(1 << 20);
        let whole = packed(b"text");
        let after = whole.len() as u64;
        let second = [whole.clone(), packed(b"")].concat();
        assert_eq!(reader.hash(second.as_slice()), Err(StoredTextDefect::Gzip(Defect::BytesAfterGzip(after))));
        let behind = [whole.as_slice(), b"x"].concat();
        assert_eq!(reader.hash(behind.as_slice()), Err(StoredTextDefect::Gzip(Defect::BytesAfterGzip(after))));
        for end in 2..whole.len() {
            assert!(matches!(reader.hash(&whole[..end]), Err(StoredTextDefect::Gzip(_))), "{end}");
        }
        for at in 10..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            assert!(matches!(reader.hash(damaged.as_slice()), Err(StoredTextDefect::Gzip(_))), "{at}");
        }
        let large = packed(&vec![0; (1 << 20) + 1]);
        assert!(matches!(reader.hash(large.as_slice()), Err(StoredTextDefect::TooLarge(_))));
    }
}
