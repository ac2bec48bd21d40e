//! Long lists of digests, which are held only once their digests are known to be valid: whoever can write into an archive can
//! put digests there that list as many log files as they like.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::audit::verify::digests::{FoundDigest, JudgedChain, JudgedDigest};
use crate::domain::digest::DigestFile;
use crate::domain::verdict::{UncheckedReason, Verdict};
use crate::source::Body;

/// A list with more names is long: CloudTrail writes some tens of log files an hour.
const LONG: usize = 128;

/// The digests with long lists, as they are stored.
#[derive(Debug, Default)]
pub(super) struct LongLists(Mutex<HashMap<(usize, Arc<str>), Body>>);

impl LongLists {
    /// Takes the list out of a digest if it is long, and holds the `body` in its place.
    pub(super) fn take(&self, found: &mut FoundDigest, body: impl FnOnce() -> Body) {
        if let Ok(digest) = &mut found.read
            && digest.logs.len() > LONG
        {
            digest.logs = Vec::new();
            let mut bodies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            bodies.insert((found.source, Arc::clone(&found.file)), body());
        }
    }

    /// Reads the lists of valid digests again, by `read`.
    pub(super) fn put_back(self, chains: &mut [JudgedChain], mut read: impl FnMut(&Body) -> Option<DigestFile>) {
        let bodies = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        if bodies.is_empty() {
            return;
        }
        for judged in chains.iter_mut().flat_map(|chain| &mut chain.digests) {
            let JudgedDigest { file, source, says, verdict, .. } = judged;
            let body = bodies.get(&(*source, Arc::clone(file)));
            if let (Some(body), Verdict::Valid, Some(says)) = (body, *verdict, says) {
                match read(body).filter(|again| again.hash == says.hash) {
                    Some(again) => says.logs = again.logs,
                    // It changed in between.
                    None => *verdict = Verdict::Unchecked(UncheckedReason::Unreadable),
                }
            }
        }
    }
}
