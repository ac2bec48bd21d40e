//! Hashes the text of a log file while it is read, so that what is verified is what was read (DESIGN §10).

use sha2::{Digest as _, Sha256};

use super::text::Feed;
use crate::decode::defect::Defect;
use crate::domain::digest::LogText;

/// How much is taken at a time of what nobody reads any more.
const PIECE: usize = 64 << 10;

/// The SHA-256 of a text that is here whole.
pub(in crate::decode) fn hash(text: &[u8]) -> LogText {
    LogText::Hash(Sha256::digest(text).into())
}

/// A feed whose text is hashed on its way.
pub(in crate::decode) struct HashedFeed<F> {
    feed: F,
    hasher: Sha256,
    given: u64,
    /// The most bytes of text.
    limit: u64,
    /// Why there is no text, where that turned out.
    failed: Option<LogText>,
}

impl<F: Feed> HashedFeed<F> {
    pub(in crate::decode) fn new(feed: F, limit: u64) -> Self {
        Self { feed, hasher: Sha256::new(), given: 0, limit, failed: None }
    }

    /// What the text is, to its end, however much of it was read.
    pub(in crate::decode) fn finish(mut self) -> LogText {
        let mut rest = vec![0; PIECE];
        while self.failed.is_none() {
            if self.given > self.limit {
                return LogText::Unreadable;
            }
            if let Ok(0) = self.read(&mut rest) {
                return LogText::Hash(self.hasher.finalize().into());
            }
        }
        self.failed.unwrap_or(LogText::Unreadable)
    }
}

impl<F: Feed> Feed for HashedFeed<F> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Defect> {
        let read = self.feed.read(buffer);
        match &read {
            Ok(count) => {
                self.hasher.update(&buffer[..*count]);
                self.given += *count as u64;
            }
            Err(Defect::Io { .. }) => self.failed = Some(LogText::Unreadable),
            Err(_) => self.failed = Some(LogText::Gzip),
        }
        read
    }
}
