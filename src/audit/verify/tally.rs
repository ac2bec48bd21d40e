//! How many files have which verdict.

use crate::domain::verdict::{UncheckedReason, Verdict, VerifiedFile, VerifiedKind};

/// The verdicts of digests and of log files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VerifyTally {
    /// Of digests.
    pub digests: VerdictCounts,
    /// Of log files.
    pub logs: VerdictCounts,
}

/// How many files of one kind have which verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VerdictCounts {
    /// As CloudTrail wrote them.
    pub valid: u64,
    /// Altered.
    pub invalid: u64,
    /// Listed and not there.
    pub missing: u64,
    /// There and not listed.
    pub unlisted: u64,
    /// Not told, and an archive in good order has none.
    pub unchecked: u64,
    /// Not told yet: the next digest will.
    pub waiting: u64,
    /// Not told, since what is older has expired.
    pub expired: u64,
}

impl VerdictCounts {
    /// All of them.
    #[must_use]
    pub fn all(&self) -> u64 {
        self.valid + self.alarms() + self.unchecked + self.waiting + self.expired
    }

    /// Those that speak of something that was done to the archive.
    #[must_use]
    pub fn alarms(&self) -> u64 {
        self.invalid + self.missing + self.unlisted
    }

    fn add(&mut self, verdict: Verdict) {
        *match verdict {
            Verdict::Valid => &mut self.valid,
            Verdict::Invalid(_) => &mut self.invalid,
            Verdict::Missing(_) => &mut self.missing,
            Verdict::Unlisted => &mut self.unlisted,
            Verdict::Unchecked(UncheckedReason::NotYetCovered) => &mut self.waiting,
            Verdict::Unchecked(UncheckedReason::OlderExpired) => &mut self.expired,
            Verdict::Unchecked(_) => &mut self.unchecked,
        } += 1;
    }

    fn merge(&mut self, other: Self) {
        let Self { valid, invalid, missing, unlisted, unchecked, waiting, expired } = other;
        self.valid += valid;
        self.invalid += invalid;
        self.missing += missing;
        self.unlisted += unlisted;
        self.unchecked += unchecked;
        self.waiting += waiting;
        self.expired += expired;
    }

    /// Of both kinds.
    #[must_use]
    pub fn with(mut self, other: Self) -> Self {
        self.merge(other);
        self
    }
}

impl VerifyTally {
    /// Counts a file.
    pub fn add(&mut self, file: &VerifiedFile) {
        match file.kind {
            VerifiedKind::Digest => self.digests.add(file.verdict),
            VerifiedKind::Log => self.logs.add(file.verdict),
        }
    }

    /// Counts what another one counted.
    pub fn merge(&mut self, other: Self) {
        self.digests.merge(other.digests);
        self.logs.merge(other.logs);
    }

    /// Of both kinds.
    #[must_use]
    pub fn files(&self) -> VerdictCounts {
        self.digests.with(self.logs)
    }
}
