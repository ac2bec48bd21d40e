//! Text on its way out, in pieces that are large enough for whoever hashes and writes them.

use std::io::{self, Write};

/// How long a piece is, about.
const PIECE: usize = 64 << 10;

/// Collects rows, and passes them on by the piece.
pub(super) struct BufferedRows<W> {
    text: Vec<u8>,
    out: W,
}

impl<W: Write> BufferedRows<W> {
    pub(super) fn new(out: W) -> Self {
        Self { text: Vec::with_capacity(PIECE + (PIECE >> 2)), out }
    }

    /// Takes what `put` adds.
    #[inline]
    pub(super) fn add(&mut self, put: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> io::Result<()> {
        put(&mut self.text)?;
        if self.text.len() >= PIECE { self.pass_on() } else { Ok(()) }
    }

    /// Takes bytes.
    pub(super) fn add_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.add(|text| {
            text.extend_from_slice(bytes);
            Ok(())
        })
    }

    /// Passes on what is left, and flushes.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.pass_on()?;
        self.out.flush()
    }

    #[cold]
    fn pass_on(&mut self) -> io::Result<()> {
        self.out.write_all(&self.text)?;
        self.text.clear();
        // One huge row is no reason to keep as much memory.
        self.text.shrink_to(2 * PIECE);
        Ok(())
    }
}
