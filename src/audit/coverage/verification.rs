//! What a coverage says of the log files that an answer rests on (DESIGN §10).

use std::sync::Arc;

use super::place::DayKey;
use super::verified::{VerdictTally, Verified};
use super::whole::Coverage;
use crate::domain::archive_judge::DigestsSay;
use crate::domain::digest_key::DigestKey;
use crate::domain::log_key::LogKey;
use crate::domain::verdict::{UncheckedReason, Verdict, VerifiedFile};

/// What a coverage says of the log files that an answer rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verification {
    /// They were taken as they are.
    Unverified,
    /// Each of them, and every digest, is as CloudTrail wrote it.
    Verified,
    /// Not all are: so many log files, and so many digests.
    Counts {
        /// The log files.
        logs: VerdictTally,
        /// The digests.
        digests: VerdictTally,
    },
}

impl Verified {
    /// What is known of the log files of a store: those that were read are valid, and of those that failed the reason says it.
    #[must_use]
    pub fn of_failures(coverage: &Coverage) -> Self {
        let mut verified = Self::default();
        verified.logs.valid = coverage.files.read;
        for failed in &coverage.failed {
            let word = failed.reason.strip_prefix(NOT_VERIFIED).and_then(Verdict::of_text);
            let verdict = word.unwrap_or(Verdict::Unchecked(UncheckedReason::Unreadable));
            verified.count(&failed.file, &LogKey::parse(&failed.file), verdict);
        }
        VerifiedFile::sort(&mut verified.troubles);
        verified
    }
}

/// What the reason of a log file begins with that failed since it is not as CloudTrail wrote it, or cannot be told to be.
pub const NOT_VERIFIED: &str = "not verified: ";

impl Coverage {
    /// What it says of the log files that the answer rests on.
    #[must_use]
    pub fn verification(&self) -> Verification {
        let Some(verified) = &self.verified else { return Verification::Unverified };
        if verified.is_clean(self.window) && self.files.failed == 0 && verified.logs.valid > 0 {
            return Verification::Verified;
        }
        let mut logs = verified.logs;
        logs.unchecked += verified.waiting_in(self.window).count() as u64;
        Verification::Counts { logs, digests: verified.digests() }
    }

    /// Takes what digests say besides their word on log files that are there: each that is missing is a failed file.
    pub fn take_digests(&mut self, say: DigestsSay) {
        let mut verified = self.verified.take().unwrap_or_default();
        for row in &say.digests {
            if let (Some(end), Some(key)) = (row.time, DigestKey::parse(&row.file)) {
                verified.chains.entry(Arc::unwrap_or_clone(key.chain)).or_default().push((end, row.verdict));
            }
        }
        verified.troubles.extend(say.digests.into_iter().filter(|row| row.verdict != Verdict::Valid));
        for row in say.missing {
            let key = LogKey::parse(&row.file);
            self.days.entry(DayKey::of(&key)).or_default().files += 1;
            self.fail(&row.file, format!("{NOT_VERIFIED}{}", row.verdict));
            verified.logs.count(row.verdict);
            verified.troubles.push(row);
        }
        for hours in verified.chains.values_mut() {
            hours.sort_by_key(|(end, _)| *end);
        }
        VerifiedFile::sort(&mut verified.troubles);
        self.incomplete.extend(say.incomplete);
        verified.quiet.extend(say.quiet);
        verified.quiet.sort_unstable();
        self.verified = Some(verified);
    }
}
