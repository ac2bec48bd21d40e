//! A buffer that is used again for file after file, and made smaller once the files are.

/// Buffers up to this size are kept as they are.
const SMALL: usize = 512 * 1024;

/// After so many files in a row that needed less than half of it, a buffer is made as large as they needed it.
const FILES: u32 = 16;

/// A buffer between two uses.
#[derive(Debug, Default)]
pub struct SpareBuffer {
    buffer: Vec<u8>,
    /// The most bytes that one of the last files needed.
    needed: usize,
    /// How many files in a row needed less than half of the buffer.
    files: u32,
}

impl SpareBuffer {
    /// Takes the buffer, whose bytes are whatever was there.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.buffer)
    }

    /// Puts it back, after a file that needed so many bytes of it.
    pub fn put(&mut self, buffer: Vec<u8>, needed: usize) {
        self.buffer = buffer;
        if needed > self.buffer.len() / 2 {
            (self.needed, self.files) = (0, 0);
            return;
        }
        self.needed = self.needed.max(needed);
        self.files += 1;
        if self.files >= FILES {
            let enough = self.needed.max(SMALL);
            if self.buffer.len() > enough {
                self.buffer.truncate(enough);
                self.buffer.shrink_to_fit();
            }
            (self.needed, self.files) = (0, 0);
        }
    }
}

/// Makes a buffer at least so long, and takes no memory beyond that. A large one is moved by its pages and never freed on
/// the way: an allocator that sees a large block come back may keep the next ones for itself.
pub fn make_room(buffer: &mut Vec<u8>, wanted: usize) {
    if let Some(more) = wanted.checked_sub(buffer.len()) {
        buffer.reserve_exact(more);
        buffer.resize(wanted, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_shrinks_when_no_file_needs_it_any_more() {
        let mut spare = SpareBuffer::default();
        let mut use_it = |needed: usize| {
            let mut buffer = spare.take();
            make_room(&mut buffer, needed);
            let length = buffer.len();
            assert_eq!(buffer.capacity(), length);
            spare.put(buffer, needed);
            length
        };
        assert_eq!(use_it(9_000_000), 9_000_000);
        (0..FILES - 1).for_each(|_| assert_eq!(use_it(3_000_000), 9_000_000));
        // A large one in between keeps it.
        assert_eq!(use_it(5_000_000), 9_000_000);
        (0..FILES).for_each(|at| assert_eq!(use_it(if at == 3 { 2_000_000 } else { 1_000 }), 9_000_000));
        (0..FILES).for_each(|_| assert_eq!(use_it(7), 2_000_000));
        (0..2 * FILES).for_each(|_| assert_eq!(use_it(7), SMALL));
        assert_eq!(use_it(SMALL + 1), SMALL + 1);
    }

    #[test]
    fn what_is_there_stays_when_a_buffer_grows() {
        let mut buffer = b"abc".to_vec();
        make_room(&mut buffer, 5);
        assert_eq!(buffer, b"abc\0\0");
        make_room(&mut buffer, 2);
        assert_eq!(buffer, b"abc\0\0");
    }
}
