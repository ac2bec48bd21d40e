//! The bytes of an object as they come: small ones stay in memory, large ones go to a nameless file.

use std::fs::File;
use std::io::{self, Write as _};

use tokio::sync::OwnedSemaphorePermit;

use crate::source::chunk::Body;

/// Objects up to this size are held in memory. Log files are far below it; what is larger is streamed by the decoder
/// anyway.
pub(crate) const LARGE: u64 = 8 << 20;

/// An object that was fetched, or is on its way.
#[derive(Debug)]
pub(crate) enum Fetched {
    Memory(Vec<u8>),
    /// Written to its end, and how far that is.
    Spooled(File, u64),
}

impl Fetched {
    /// Nothing yet of an object that shall have so many bytes.
    pub(crate) fn expecting(size: u64) -> io::Result<Self> {
        if size > LARGE {
            return Self::in_file();
        }
        // Not above the limit, so it fits.
        Ok(Self::Memory(Vec::with_capacity(usize::try_from(size).unwrap_or_default())))
    }

    /// Nothing yet of an object for which there is no room in memory.
    pub(crate) fn in_file() -> io::Result<Self> {
        Ok(Self::Spooled(tempfile::tempfile()?, 0))
    }

    /// Takes what came next.
    pub(crate) fn push(&mut self, part: &[u8]) -> io::Result<()> {
        match self {
            Self::Memory(bytes) => bytes.extend_from_slice(part),
            Self::Spooled(file, length) => {
                file.write_all(part)?;
                *length += part.len() as u64;
            }
        }
        Ok(())
    }

    /// Bytes so far.
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::Spooled(_, length) => *length,
        }
    }

    /// What a worker decodes, with the share of the budget that it holds, if any.
    pub(crate) fn body(self, share: Option<OwnedSemaphorePermit>) -> Body {
        match self {
            Self::Memory(bytes) => Body::Memory(Box::new(BudgetedBytes { bytes, _share: share })),
            Self::Spooled(file, size) => Body::Spooled { file, size, share: share.map(|share| Box::new(share) as _) },
        }
    }
}

/// Bytes, and their share of the budget.
struct BudgetedBytes {
    bytes: Vec<u8>,
    _share: Option<OwnedSemaphorePermit>,
}

impl AsRef<[u8]> for BudgetedBytes {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}
