//! Which of the digests that a store remembers a window asks about. A digest that is missing leaves a hole in its chain, which
//! begins where the digest before it ends, and that is as much in a window as for a scan (DESIGN §10).

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::digest_key::{ChainKey, DigestKey, is_hole_in};
use crate::domain::timestamp::Timestamp;
use crate::domain::verdict::{VerifiedFile, VerifiedKind};
use crate::domain::window::Window;

/// The ends of the hours of digests of each chain.
pub(super) type DigestHours = BTreeMap<ChainKey, BTreeSet<i64>>;

/// The ends of the hours of the digests that are there.
pub(super) struct DigestEnds(DigestHours);

impl DigestEnds {
    pub(super) fn of(valid: &DigestHours, files: &[VerifiedFile]) -> Self {
        let mut ends = valid.clone();
        for row in files.iter().filter(|row| row.kind == VerifiedKind::Digest && !row.verdict.is_of_absent()) {
            if let Some(key) = DigestKey::parse(&row.file) {
                ends.entry(ChainKey::clone(&key.chain)).or_default().insert(key.end.seconds());
            }
        }
        Self(ends)
    }

    /// Whether a file is asked about. A digest that is missing is, where its chain has a hole in the window.
    pub(super) fn are_asked(&self, window: &Window, row: &VerifiedFile) -> bool {
        let Some(time) = row.time else { return true };
        if !row.verdict.is_of_absent() || row.kind != VerifiedKind::Digest {
            return window.contains(time);
        }
        let of_chain = DigestKey::parse(&row.file).and_then(|key| self.0.get(&*key.chain));
        let older = of_chain.and_then(|ends| ends.range(..time.seconds()).next_back());
        is_hole_in(window, older.copied().and_then(Timestamp::from_seconds), time)
    }
}
