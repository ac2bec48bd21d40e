//! Log files that no digest lists: what that means is told when all log files are known.

use std::sync::Arc;

use crate::audit::coverage::{Coverage, NOT_VERIFIED, Verified};
use crate::domain::archive_judge::ArchiveJudge;
use crate::domain::log_key::LogKey;
use crate::domain::tally::{ByteTally, Skip};
use crate::domain::verdict::{UncheckedReason, Verdict, VerifiedFile};

use super::counts::day_of;

/// A log file that no digest lists, and of which nothing was taken.
#[derive(Debug, Clone)]
pub(super) struct UnlistedLog {
    pub(super) source: usize,
    pub(super) file: Arc<str>,
    pub(super) key: LogKey,
    pub(super) bytes: ByteTally,
}

/// What becomes of such a log file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum UnlistedFate {
    /// It has nothing to do with the window.
    Outside,
    /// The next digest will tell.
    Waits,
    /// It counts for nothing: what is known of it.
    Failed(VerifiedFile),
}

impl UnlistedLog {
    pub(super) fn fate(&self, judge: &dyn ArchiveJudge) -> UnlistedFate {
        match judge.judge_unlisted(&self.file, &self.key) {
            None => UnlistedFate::Outside,
            Some(row) if row.verdict == Verdict::Unchecked(UncheckedReason::NotYetCovered) => UnlistedFate::Waits,
            Some(row) => UnlistedFate::Failed(row),
        }
    }

    /// Counts it.
    pub(super) fn count(&self, fate: UnlistedFate, coverage: &mut Coverage) {
        match fate {
            UnlistedFate::Outside => {
                coverage.know(day_of(&self.key));
                coverage.skip(&self.file, Skip::Window);
            }
            UnlistedFate::Waits => {
                let waits = Verdict::Unchecked(UncheckedReason::NotYetCovered);
                coverage.know(day_of(&self.key));
                coverage.skip(&self.file, Skip::Unverified);
                coverage.verified.get_or_insert_with(Verified::default).count(&self.file, &self.key, waits);
            }
            UnlistedFate::Failed(row) => {
                coverage.days.entry(day_of(&self.key)).or_default().files += 1;
                coverage.bytes.add(self.bytes);
                coverage.fail(&self.file, not_verified(row.verdict));
                coverage.verified.get_or_insert_with(Verified::default).take(row);
            }
        }
    }
}

/// Why a log file with that verdict failed.
pub(super) fn not_verified(verdict: Verdict) -> String {
    format!("{NOT_VERIFIED}{verdict}")
}
