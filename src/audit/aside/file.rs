//! Files for what does not fit into memory.

use std::io::{self, Read, Seek, Write};

/// A file that nobody else sees.
pub trait AsideFile: Read + Write + Seek + Send {}

impl<T: Read + Write + Seek + Send> AsideFile for T {}

/// Makes such a file.
pub type MakeFile = fn() -> io::Result<Box<dyn AsideFile>>;

/// What was wrong with a file of our own.
#[derive(Debug, thiserror::Error)]
#[error(
    "what does not fit into memory cannot be put aside in a temporary file, or read back: {0}; --memory takes more of it"
)]
pub struct AsideError(#[from] io::Error);

impl AsideError {
    /// A file of our own does not hold what was written into it.
    #[must_use]
    pub fn damaged() -> Self {
        Self(io::Error::new(io::ErrorKind::InvalidData, "it holds something else than what was written"))
    }
}
