//! What S3 answers of one share of a bucket: so many requests a second, and beyond them `503 SlowDown`.

use super::SECOND;

/// GET, HEAD and LIST requests that S3 takes of one prefix in a second, as its guide says.
pub(crate) const READS: u64 = 5_500;

/// The requests that a share takes now. What it does not take in a tenth of a second is not kept for later.
#[derive(Debug)]
pub(crate) struct Limit {
    per_second: u64,
    /// Millionths of a request.
    free: u64,
    at: u64,
}

impl Limit {
    pub(crate) fn new(per_second: u64) -> Self {
        Self { per_second, free: Self::most(per_second), at: 0 }
    }

    /// What may come at once.
    pub(crate) fn burst(per_second: u64) -> u64 {
        per_second / 10
    }

    fn most(per_second: u64) -> u64 {
        Self::burst(per_second) * SECOND
    }

    /// Whether `count` requests are taken at `now`, which is not before any other `now`.
    pub(crate) fn take(&mut self, now: u64, count: u64) -> bool {
        let since = (now - self.at).min(SECOND);
        self.free = (self.free + since * self.per_second).min(Self::most(self.per_second));
        self.at = now;
        let is_taken = self.free >= count * SECOND;
        if is_taken {
            self.free -= count * SECOND;
        }
        is_taken
    }
}
