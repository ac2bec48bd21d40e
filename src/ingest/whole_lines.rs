//! How much of a file of lines is whole, whose writer may have been ended at any byte.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _, Seek as _, Write as _};

use flate2::bufread::GzDecoder;

use crate::decode::extract::could_begin;

/// Why an extract cannot be gone on with.
#[derive(Debug, thiserror::Error)]
pub enum PastError {
    /// The system says so.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is something else.
    #[error("holds no extract")]
    Foreign,
    /// It is damaged, and not only cut off.
    #[error("is damaged: {0}")]
    Damaged(String),
}

/// How much of an extract is whole.
#[derive(Debug)]
pub(super) struct WholeLines {
    /// Its end: that of a line, and of a stream.
    pub(super) end: u64,
    /// Whole lines behind it, which lie in a stream that is cut off.
    pub(super) rest: Option<File>,
    /// Whether it is packed; nothing where it is empty.
    pub(super) is_packed: Option<bool>,
}

impl WholeLines {
    /// Reads an extract of which no line is longer than `most` bytes. It stays as it is.
    pub(super) fn of(file: &mut File, most: u64) -> Result<Self, PastError> {
        file.rewind()?;
        let mut input = BufReader::with_capacity(1 << 17, &mut *file);
        let mut lines = LineEnds::new(most);
        let beginning = input.fill_buf()?;
        if beginning.is_empty() {
            return Ok(Self { end: 0, rest: None, is_packed: None });
        }
        let is_packed = beginning.starts_with(b"\x1f\x8b") || beginning == b"\x1f";
        let whole = if is_packed {
            packed(&mut input, &mut lines)?
        } else {
            while let bytes @ [_, ..] = input.fill_buf()? {
                let count = bytes.len();
                lines.take(bytes, None)?;
                input.consume(count);
            }
            Self { end: lines.whole, rest: None, is_packed: Some(false) }
        };
        lines.is_extract()?;
        Ok(whole)
    }
}

fn packed(input: &mut BufReader<&mut File>, lines: &mut LineEnds) -> Result<WholeLines, PastError> {
    let mut whole = WholeLines { end: 0, rest: None, is_packed: Some(true) };
    let (mut rest, mut has_rest) = (tempfile::tempfile()?, false);
    let mut buffer = vec![0; 1 << 16];
    while !input.fill_buf()?.is_empty() {
        let mut stream = GzDecoder::new(&mut *input);
        let ended = loop {
            match stream.read(&mut buffer) {
                Ok(0) => break Ok(()),
                Ok(count) => has_rest |= lines.take(&buffer[..count], Some(&mut rest))?,
                Err(error) => break Err(error),
            }
        };
        match ended {
            Ok(()) if lines.carry.is_empty() => {
                whole.end = input.stream_position()?;
                rest.set_len(0)?;
                rest.rewind()?;
                has_rest = false;
            }
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break,
            Err(error) => return Err(PastError::Damaged(error.to_string())),
        }
    }
    whole.rest = has_rest.then_some(rest);
    Ok(whole)
}

/// Finds the ends of lines.
struct LineEnds {
    /// Behind the last line that is whole.
    whole: u64,
    /// What comes behind it.
    carry: Vec<u8>,
    /// How the first line begins.
    first: Vec<u8>,
    /// No line is longer.
    most: u64,
}

/// So much tells an extract from all else.
const FIRST: usize = 256;

impl LineEnds {
    fn new(most: u64) -> Self {
        Self { whole: 0, carry: Vec::new(), first: Vec::new(), most }
    }

    /// Takes text: whether a line ended in it. Whole lines are written, too.
    fn take(&mut self, text: &[u8], whole: Option<&mut File>) -> Result<bool, PastError> {
        let more = FIRST.saturating_sub(self.first.len()).min(text.len());
        self.first.extend_from_slice(&text[..more]);
        if more > 0 {
            self.is_extract()?;
        }
        let Some(end) = memchr::memrchr(b'\n', text) else {
            self.carry.extend_from_slice(text);
            if self.carry.len() as u64 > self.most {
                return Err(PastError::Damaged(format!("a line is larger than --max-record {} bytes", self.most)));
            }
            return Ok(false);
        };
        let (ended, rest) = text.split_at(end + 1);
        self.whole += (self.carry.len() + ended.len()) as u64;
        if let Some(file) = whole {
            file.write_all(&self.carry)?;
            file.write_all(ended)?;
        }
        self.carry.clear();
        self.carry.extend_from_slice(rest);
        Ok(true)
    }

    /// Whether what was taken so far is of an extract.
    fn is_extract(&self) -> Result<(), PastError> {
        if could_begin(&self.first) { Ok(()) } else { Err(PastError::Foreign) }
    }
}
