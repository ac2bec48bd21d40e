//! Records of any length in parts: whoever reads a part gets all records that were put into it, in their order.

use std::fmt;
use std::io::{Read, Seek, SeekFrom, Write};

use super::file::{AsideError, AsideFile, MakeFile};

/// So many parts there are: of a hundred million events, one takes some 200 MB of memory.
pub const PARTS: usize = 256;

/// Records in parts, which one thread puts there.
pub struct AsideParts {
    buffers: Vec<Vec<u8>>,
    /// So many bytes lie in memory.
    held: usize,
    /// So many may.
    most: usize,
    make: MakeFile,
    file: Option<Box<dyn AsideFile>>,
    length: u64,
    /// Where the pieces of each part lie in the file, and how long they are.
    pieces: Vec<Vec<(u64, usize)>>,
    bytes: Vec<usize>,
}

impl fmt::Debug for AsideParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsideParts").field("held", &self.held).field("length", &self.length).finish_non_exhaustive()
    }
}

impl AsideParts {
    /// None yet; no more than `most` bytes lie in memory.
    #[must_use]
    pub fn new(most: usize, make: MakeFile) -> Self {
        Self {
            buffers: vec![Vec::new(); PARTS],
            held: 0,
            most,
            make,
            file: None,
            length: 0,
            pieces: vec![Vec::new(); PARTS],
            bytes: vec![0; PARTS],
        }
    }

    /// Puts a record into a part; `write` adds its bytes.
    ///
    /// # Errors
    ///
    /// What does not fit into memory cannot be written.
    pub fn put(&mut self, part: usize, write: impl FnOnce(&mut Vec<u8>)) -> Result<(), AsideError> {
        let buffer = &mut self.buffers[part];
        let before = buffer.len();
        write(buffer);
        let added = buffer.len() - before;
        self.held += added;
        self.bytes[part] += added;
        if self.held > self.most { self.hand_on() } else { Ok(()) }
    }

    /// Writes what lies in memory.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn hand_on(&mut self) -> Result<(), AsideError> {
        if self.held == 0 {
            return Ok(());
        }
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert((self.make)()?),
        };
        file.seek(SeekFrom::Start(self.length))?;
        for (buffer, pieces) in self.buffers.iter_mut().zip(&mut self.pieces) {
            if !buffer.is_empty() {
                file.write_all(buffer)?;
                pieces.push((self.length, buffer.len()));
                self.length += buffer.len() as u64;
                // The parts are of one size, about, and so are the pieces.
                buffer.clear();
            }
        }
        self.held = 0;
        Ok(())
    }

    /// The same, and gives the memory back.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn close(&mut self) -> Result<(), AsideError> {
        // What never filled its room stays where it is.
        if self.file.is_some() {
            self.hand_on()?;
            self.buffers = vec![Vec::new(); PARTS];
        }
        Ok(())
    }

    /// How many bytes a part has.
    #[must_use]
    pub fn size(&self, part: usize) -> usize {
        self.bytes[part]
    }

    /// Adds all bytes of a part to others.
    ///
    /// # Errors
    ///
    /// They cannot be read.
    pub fn read(&mut self, part: usize, into: &mut Vec<u8>) -> Result<(), AsideError> {
        into.reserve_exact(self.bytes[part]);
        for (start, length) in &self.pieces[part] {
            let Some(file) = &mut self.file else { return Err(AsideError::damaged()) };
            file.seek(SeekFrom::Start(*start))?;
            let before = into.len();
            into.resize(before + length, 0);
            file.read_exact(&mut into[before..])?;
        }
        into.extend_from_slice(&self.buffers[part]);
        Ok(())
    }
}
