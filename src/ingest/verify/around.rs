//! What is known of archives without reading a digest, of local and of remote ones.

use std::sync::{Mutex, PoisonError};

use super::found::FoundArchive;
use crate::audit::verify::copies::Home;
use crate::audit::verify::digests::Surroundings;
use crate::domain::digest_key::ChainKey;
use crate::domain::timestamp::Timestamp;
use crate::source::Unlisted;
use crate::source::digests::DigestInbox;

/// What lies around the digests of a window.
pub(super) struct Around<'a> {
    found: &'a FoundArchive,
    inboxes: &'a [(usize, Box<dyn DigestInbox>)],
    /// What could not be listed.
    failed: Mutex<Vec<Unlisted>>,
}

impl<'a> Around<'a> {
    /// What lies around the digests of these sources.
    pub(super) fn new(found: &'a FoundArchive, inboxes: &'a [(usize, Box<dyn DigestInbox>)]) -> Self {
        Self { found, inboxes, failed: Mutex::default() }
    }

    /// What could not be listed.
    pub(super) fn into_failed(self) -> Vec<Unlisted> {
        self.failed.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answers of the remote sources, or of that of a copy alone; what fails has none.
    fn answers<T>(&self, copy: Option<&Home>, ask: impl Fn(&dyn DigestInbox) -> Result<T, Unlisted>) -> Vec<T> {
        let inboxes = self.inboxes.iter().filter(|(source, _)| copy.is_none_or(|copy| copy.source == *source));
        let answers = inboxes.map(|(_, inbox)| ask(&**inbox));
        let (mut told, mut failed) = (Vec::new(), Vec::new());
        for answer in answers {
            match answer {
                Ok(answer) => told.push(answer),
                Err(unlisted) => failed.push(unlisted),
            }
        }
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).append(&mut failed);
        told
    }
}

impl Surroundings for Around<'_> {
    fn oldest(&self, chain: &ChainKey, copy: Option<&Home>) -> Option<Timestamp> {
        let remote = self.answers(copy, |inbox| inbox.oldest(chain));
        remote.into_iter().flatten().chain(self.found.oldest(chain, copy)).min()
    }

    fn has_older(&self, chain: &ChainKey, copy: Option<&Home>, end: Timestamp) -> bool {
        self.found.has_older(chain, copy, end)
            || self.answers(copy, |inbox| inbox.has_older(chain, end)).contains(&true)
    }
}
