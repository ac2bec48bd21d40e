//! What a sync writes to.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use super::item::{StoreChange, SyncItem};
use crate::audit::coverage::{DayKey, ToldByDigests};
use crate::decode::Decoder;
use crate::decode::record::principals::PrincipalHash;
use crate::decode::record::resource_write::ArnHash;
use crate::decode::record::session_call::SessionPass;
use crate::domain::log_key::LogKey;
use crate::domain::timestamp::Day;
use crate::domain::verdict::VerifiedFile;
use crate::source::known::{FileToReadAgain, ReadAgainFor};
use crate::source::{DaysBefore, LookedRange, SettledDays, Unlisted};

/// What is known of runs when log files are read: what of them is kept, beside the calls that tell by themselves that a run made
/// them.
#[derive(Debug, Clone)]
pub struct KnownOfRuns {
    /// Whose calls.
    pub principals: Arc<HashSet<PrincipalHash>>,
    /// What others do with which resources and keys; nothing where that is not to be kept.
    pub written: Option<Arc<HashSet<ArnHash>>>,
}

impl KnownOfRuns {
    /// A decoder that asks for what is kept of it.
    pub(super) fn ask(&self, decoder: Decoder) -> Decoder {
        // Questions about role assumptions alone know nothing of calls.
        let decoder = decoder.with_session_calls(SessionPass::Both(Arc::clone(&self.principals)), true);
        let decoder = decoder.with_unread_calls_apart();
        match &self.written {
            Some(written) => decoder.noting_writes().with_writes_beside(written),
            None => decoder,
        }
    }
}

/// What a sync writes to.
pub trait Ledger {
    /// Why it could not be written.
    type Error;

    /// Takes an item, in place of what was known of that file.
    fn take(&mut self, item: &SyncItem) -> Result<StoreChange, Self::Error>;

    /// Takes what could not be listed in a source, in place of what could not be listed before of what was looked at.
    fn take_unlisted(
        &mut self,
        source: usize,
        unlisted: &[(LogKey, Unlisted)],
        looked: &LookedRange,
    ) -> Result<(), Self::Error>;

    /// Takes the same of a source that could not be reached at all.
    fn miss(&mut self, source: usize, unlisted: &[(LogKey, Unlisted)], looked: &LookedRange)
    -> Result<(), Self::Error>;

    /// Takes days that can no longer change. Everything of theirs has been taken before.
    fn settle(&mut self, source: usize, settled: &[SettledDays]) -> Result<(), Self::Error>;

    /// Takes it that a source holds extracts: none of its days is ever settled.
    fn hold_extracts(&mut self, source: usize) -> Result<(), Self::Error>;

    /// Takes days of places that have log files which were not read, since they are of another window.
    fn know(&mut self, source: usize, days: &[DayKey]) -> Result<(), Self::Error>;

    /// Takes the days of log files that were met and not read, since they are of another window, in place of those of what was
    /// looked at.
    fn pass_over(&mut self, source: usize, days: &BTreeSet<Day>, looked: &LookedRange) -> Result<(), Self::Error>;

    /// Takes what folders have before the window, and that they were looked into.
    fn look_before(&mut self, source: usize, before: &[DaysBefore]) -> Result<(), Self::Error>;

    /// Takes what digests said of a source, in place of what they said of the same window before.
    fn take_told(&mut self, source: usize, told: &ToldByDigests<'_>) -> Result<(), Self::Error>;

    /// Leaves, of log files that were not met, those of which it has nothing.
    fn leave_unheld(&mut self, missing: &mut Vec<VerifiedFile>) -> Result<(), Self::Error>;

    /// What is known of runs by now; nothing where no calls are kept.
    fn known_of_runs(&mut self) -> Result<Option<KnownOfRuns>, Self::Error>;

    /// Log files with what could not be told to be about runs when they were read.
    fn files_to_read_again(&mut self, why: ReadAgainFor) -> Result<Vec<FileToReadAgain>, Self::Error>;

    /// Takes why one of these could not be read again.
    fn could_not_read_again(
        &mut self,
        file: &FileToReadAgain,
        why: ReadAgainFor,
        reason: &str,
    ) -> Result<(), Self::Error>;

    /// Makes everything taken so far last.
    fn commit(&mut self) -> Result<(), Self::Error>;
}
