//! One log file that is still to be read, and how it is.

use std::any::Any;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek as _, SeekFrom};
use std::sync::Arc;

use super::content::{HEAD, HeadAndTail, TAIL, WalkedFile};
use super::known::ObjectVersion;
use super::place::{FilePath, FolderHandle};
use super::unlisted::Unlisted;
use crate::decode::defect::io_reason;
use crate::decode::pack::PARQUET_MAGIC;
#[cfg(feature = "parquet")]
use crate::decode::pack::inflate::WHOLE_FILE;
use crate::decode::pack::zip;
use crate::decode::{Decoded, Decoder};
use crate::domain::log_key::LogKey;
use crate::domain::timestamp::Timestamp;

/// One log file, not yet read.
#[derive(Debug)]
pub struct Chunk {
    /// Which of the sources it belongs to.
    pub source: usize,
    /// Its name, as in the `log_file` column.
    pub log_file: Arc<str>,
    /// What its name says.
    pub key: LogKey,
    /// Which state of it this is, where somebody remembers.
    pub version: Option<ObjectVersion>,
    /// When it was last written, where its source tells.
    pub modified: Option<Timestamp>,
    /// How it was met in a walk; nothing for what was named, and for what no name tells of.
    pub walked: Option<WalkedFile>,
    /// Where its bytes are.
    pub body: Body,
}

/// Bytes with what they hold on to.
pub type HeldBytes = Box<dyn AsRef<[u8]> + Send + Sync>;

/// Where the bytes of a chunk are.
pub enum Body {
    /// In a file of about that many bytes, opened by the worker that decodes it.
    File {
        /// Where it is.
        place: FilePath,
        /// Its size when it was listed.
        size: u64,
    },
    /// On standard input.
    Stdin,
    /// In memory. The owner may hold a share of a budget, which comes back when it is dropped.
    Memory(HeldBytes),
    /// Put aside in a nameless file, since it is too large for memory.
    Spooled {
        /// The file, written to its end.
        file: File,
        /// How many bytes were written.
        size: u64,
        /// A share of a budget, which comes back when this is dropped.
        share: Option<Box<dyn Any + Send + Sync>>,
    },
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File { place, size } => f.debug_struct("File").field("place", place).field("size", size).finish(),
            Self::Stdin => f.write_str("Stdin"),
            Self::Memory(bytes) => f.debug_tuple("Memory").field(&(**bytes).as_ref().len()).finish(),
            Self::Spooled { size, .. } => f.debug_struct("Spooled").field("size", size).finish(),
        }
    }
}

impl Chunk {
    /// Bytes to read, where known.
    #[must_use]
    pub fn size(&self) -> u64 {
        match &self.body {
            Body::File { size, .. } | Body::Spooled { size, .. } => *size,
            Body::Stdin => 0,
            Body::Memory(bytes) => (**bytes).as_ref().len() as u64,
        }
    }

    /// Reads it, or says why it cannot even be opened. A worker has one `nearby` for all that it reads. Where the decoder has
    /// a judge, nothing is taken but what is as CloudTrail wrote it.
    pub fn decode(&self, decoder: &mut Decoder, nearby: &mut FolderHandle) -> Result<Decoded, Unlisted> {
        let read = self.read(decoder, nearby);
        judged(read, decoder)
    }

    /// Reads it, whoever wrote it.
    pub(super) fn read(&self, decoder: &mut Decoder, nearby: &mut FolderHandle) -> Result<Decoded, Unlisted> {
        let unlisted = |error: io::Error| Unlisted {
            file: Arc::clone(&self.log_file),
            reason: format!("cannot be opened: {}", io_reason(&error)),
            forbidden: error.kind() == io::ErrorKind::PermissionDenied,
        };
        let Some(walked) = self.walked else {
            return self.body.decode(&self.log_file, decoder, nearby).map_err(unlisted);
        };
        if walked.looks
            && let Some(skip) = walked.before(&self.body.ends().map_err(unlisted)?)
        {
            return Ok(Decoded::skipped(&self.log_file, skip));
        }
        let found = self.body.decode(&self.log_file, decoder, nearby).map_err(unlisted)?;
        Ok(match walked.after(&found, || self.body.ends().ok()) {
            Some(skip) => Decoded::skipped(&self.log_file, skip),
            None => found,
        })
    }
}

/// What is taken of what was read.
pub(super) fn judged(read: Result<Decoded, Unlisted>, decoder: &Decoder) -> Result<Decoded, Unlisted> {
    let Some(judge) = decoder.judge() else { return read };
    read.map(|decoded| decoded.judged(&**judge))
}

impl Body {
    /// The same without its share of a budget.
    #[must_use]
    pub fn without_share(self) -> Self {
        match self {
            Self::Memory(bytes) => Self::Memory(Box::new((*bytes).as_ref().to_vec())),
            Self::Spooled { file, size, .. } => Self::Spooled { file, size, share: None },
            body @ (Self::File { .. } | Self::Stdin) => body,
        }
    }

    /// Its bytes, as they are stored, from the first one on.
    pub fn reader(&self, nearby: &mut FolderHandle) -> io::Result<Box<dyn Read + '_>> {
        Ok(match self {
            Self::Stdin => Box::new(io::stdin().lock()),
            Self::Memory(bytes) => Box::new((**bytes).as_ref()),
            Self::File { place, .. } => Box::new(nearby.open(place)?),
            Self::Spooled { file, .. } => {
                let mut file = file;
                file.rewind()?;
                Box::new(file)
            }
        })
    }

    /// Its first and last bytes.
    fn ends(&self) -> io::Result<HeadAndTail> {
        match self {
            Self::Stdin => Ok(HeadAndTail::default()),
            Self::Memory(bytes) => {
                let bytes = (**bytes).as_ref();
                let tail = bytes.len().saturating_sub(TAIL);
                Ok(HeadAndTail { head: bytes[..bytes.len().min(HEAD)].to_vec(), tail: bytes[tail..].to_vec() })
            }
            Self::File { place, .. } => ends_of(&File::open(place.path())?),
            Self::Spooled { file, .. } => ends_of(file),
        }
    }

    pub(super) fn decode(
        &self,
        log_file: &Arc<str>,
        decoder: &mut Decoder,
        nearby: &mut FolderHandle,
    ) -> io::Result<Decoded> {
        Ok(match self {
            Self::Stdin => decode_pipe(log_file, decoder, io::stdin().lock())?,
            Self::Memory(bytes) => decoder.bytes(log_file, (**bytes).as_ref()),
            Self::File { place, size } => decode_file(log_file, decoder, nearby.open(place)?, *size)?,
            Self::Spooled { file, size, .. } => {
                let mut file = file.try_clone()?;
                file.rewind()?;
                decode_file(log_file, decoder, file, *size)?
            }
        })
    }
}

/// Decodes a file. One of columns is read where it is.
#[cfg_attr(
    not(feature = "parquet"),
    expect(clippy::unnecessary_wraps, reason = "whether a file has columns may be impossible to see")
)]
fn decode_file(log_file: &Arc<str>, decoder: &mut Decoder, mut file: File, size: u64) -> io::Result<Decoded> {
    #[cfg(feature = "parquet")]
    if size > WHOLE_FILE {
        let mut head = [0; 4];
        file.read_exact(&mut head)?;
        file.rewind()?;
        if head == *PARQUET_MAGIC {
            return Ok(decoder.columns(log_file, file));
        }
    }
    Ok(decoder.file(log_file, &mut file, size))
}

/// Decodes what comes out of a pipe. A zip archive or a file of columns is put aside first, since its directory is at its end.
fn decode_pipe(log_file: &Arc<str>, decoder: &mut Decoder, mut input: impl io::Read) -> io::Result<Decoded> {
    let mut head = Vec::new();
    input.by_ref().take(4).read_to_end(&mut head)?;
    let has_directory_at_end = zip::begins(&head) || head == PARQUET_MAGIC;
    let all = Cursor::new(head).chain(input);
    if !has_directory_at_end {
        return Ok(decoder.stream(log_file, all));
    }
    let mut file = tempfile::tempfile()?;
    // One byte more than may be read, so that it is seen to be too large.
    let size = io::copy(&mut all.take(decoder.limits().max_file.saturating_add(1)), &mut file)?;
    file.rewind()?;
    decode_file(log_file, decoder, file, size)
}

fn ends_of(mut file: &File) -> io::Result<HeadAndTail> {
    let mut ends = HeadAndTail::default();
    file.rewind()?;
    file.take(HEAD as u64).read_to_end(&mut ends.head)?;
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL as u64)))?;
    file.take(TAIL as u64).read_to_end(&mut ends.tail)?;
    Ok(ends)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::DecodeLimits;
    use crate::domain::issuer::Issuers;

    /// What gives a few bytes at a time, and cannot be read from any place.
    struct Pipe<'a>(&'a [u8]);

    impl io::Read for Pipe<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = buffer.len().min(3);
            self.0.read(&mut buffer[..count])
        }
    }

    #[test]
    fn a_zip_archive_out_of_a_pipe_is_put_aside() {
        let text = b"{\"Records\":[{\"eventVersion\":\"1.11\",\"userIdentity\":{},\"eventName\":\"x\"}]}";
        let mut writer = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
        let mut decoder = Decoder::new(Issuers::default(), DecodeLimits::default());
        let mut total = |bytes: &[u8]| {
            let found = decode_pipe(&"-".into(), &mut decoder, Pipe(bytes)).unwrap();
            (found.records.total, found.bytes.read)
        };
        assert_eq!(total(text), (1, text.len() as u64));
        writer.start_file("a.json", ::zip::write::SimpleFileOptions::default()).unwrap();
        io::Write::write_all(&mut writer, text).unwrap();
        let archive = writer.finish().unwrap().into_inner();
        assert_eq!(total(&archive), (1, archive.len() as u64));
        assert_eq!(total(b""), (0, 0));
    }
}
