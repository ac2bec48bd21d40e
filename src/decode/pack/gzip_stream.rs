//! Inflates gzip of any size through a small window, member after member, and names the byte where it fails.
//!
//! Every member's checksum and length are checked. After the last one the input must end: a reader that joined
//! members while a verifier hashed only the first would let appended forgeries pass (DOMAIN §7).

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;

use super::inflate::GZIP_MAGIC;
use crate::decode::defect::Defect;

/// A reader of inflated text.
pub struct GzipStream<R: BufRead> {
    /// Absent after the end and after a defect.
    member: Option<GzDecoder<CountingReader<R>>>,
    /// Where the current member starts in the file.
    member_start: u64,
    /// Whether the current member has given any text.
    member_gave: bool,
}

impl<R: BufRead> GzipStream<R> {
    /// Starts at the first byte of a file.
    pub fn new(input: R) -> Self {
        let member = GzDecoder::new(CountingReader { input, taken: 0 });
        Self { member: Some(member), member_start: 0, member_gave: false }
    }

    /// Where the last member starts that it has come to: 0 as long as that is the first one.
    #[must_use]
    pub fn member_start(&self) -> u64 {
        self.member_start
    }

    /// Fills the front of `text`; 0 at the end of the last member.
    pub fn read(&mut self, text: &mut [u8]) -> Result<usize, Defect> {
        loop {
            let Some(member) = &mut self.member else { return Ok(0) };
            match member.read(text) {
                Ok(0) => self.next_member()?,
                Ok(count) => {
                    self.member_gave = true;
                    return Ok(count);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.defect(&error)),
            }
        }
    }

    fn next_member(&mut self) -> Result<(), Defect> {
        let Some(member) = self.member.take() else { return Ok(()) };
        let mut input = member.into_inner();
        let taken = input.taken;
        let rest = input.fill_buf().map_err(|error| Defect::io(taken, &error))?;
        let (empty, gzip) = (rest.is_empty(), rest.first() == GZIP_MAGIC.first());
        if !empty && !gzip {
            return Err(Defect::BytesAfterGzip(input.taken));
        }
        if !empty {
            (self.member_start, self.member_gave) = (input.taken, false);
            self.member = Some(GzDecoder::new(input));
        }
        Ok(())
    }

    fn defect(&mut self, error: &io::Error) -> Defect {
        let Some(member) = self.member.take() else { return Defect::GzipCutOff(self.member_start) };
        let no_header = member.header().is_none() && !self.member_gave;
        let offset = member.into_inner().taken;
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Defect::GzipCutOff(offset),
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData if no_header && self.member_start > 0 => {
                Defect::BytesAfterGzip(self.member_start)
            }
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
                Defect::GzipDamaged { offset, reason: error.to_string() }
            }
            _ => Defect::io(offset, error),
        }
    }
}

/// Counts what is taken from a reader.
struct CountingReader<R> {
    input: R,
    taken: u64,
}

impl<R: BufRead> Read for CountingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.taken += count as u64;
        Ok(count)
    }
}

impl<R: BufRead> BufRead for CountingReader<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.input.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.taken += count as u64;
        self.input.consume(count);
    }
}
