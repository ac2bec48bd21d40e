//! Counts the bytes of a log file as they are stored, and hashes them where that is asked for.

use std::io::{self, Read, copy, sink};

use sha2::{Digest as _, Sha256};

use super::zip::ReadSeek;
use crate::domain::digest::Hash;

/// The SHA-256 of bytes that are here whole.
pub(in crate::decode) fn hash(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

/// The same of all that can be read; nothing where that fails.
pub(in crate::decode) fn hash_all(input: &mut dyn ReadSeek) -> Option<Hash> {
    input.rewind().ok()?;
    let mut meter = StoredMeter::new(true);
    meter.finish(input)
}

/// What went through readers of one log file.
#[derive(Debug)]
pub(in crate::decode) struct StoredMeter {
    /// How many bytes.
    pub(in crate::decode) taken: u64,
    hasher: Option<Sha256>,
}

impl StoredMeter {
    pub(in crate::decode) fn new(hashes: bool) -> Self {
        Self { taken: 0, hasher: hashes.then(Sha256::new) }
    }

    /// Reads what is left of the log file: the SHA-256 of all of it, if it is asked for and could be read.
    pub(in crate::decode) fn finish(&mut self, rest: &mut dyn Read) -> Option<Hash> {
        self.hasher.as_ref()?;
        copy(&mut MeteredReader { input: rest, meter: self }, &mut sink()).ok()?;
        self.hasher.take().map(|hasher| hasher.finalize().into())
    }
}

/// A reader of which all bytes are counted.
pub(in crate::decode) struct MeteredReader<'a, R> {
    pub(in crate::decode) input: R,
    pub(in crate::decode) meter: &'a mut StoredMeter,
}

impl<R: Read> Read for MeteredReader<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.meter.taken += count as u64;
        if let Some(hasher) = &mut self.meter.hasher {
            hasher.update(&buffer[..count]);
        }
        Ok(count)
    }
}
