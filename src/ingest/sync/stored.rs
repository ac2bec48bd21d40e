//! The store as what a sync writes to.

use std::collections::BTreeSet;

use super::item::{FileFate, StoreChange, SyncItem};
use super::ledger::{KnownOfRuns, Ledger};
use crate::audit::coverage::{DayKey, ToldByDigests};
use crate::domain::log_key::LogKey;
use crate::domain::timestamp::Day;
use crate::domain::verdict::VerifiedFile;
use crate::source::known::{FileToReadAgain, ReadAgainFor};
use crate::source::{DaysBefore, LookedRange, SettledDays, Unlisted};
use crate::store::write::StoredFate;
use crate::store::{StoreError, StoreWriter};

impl Ledger for StoreWriter {
    type Error = StoreError;

    fn take(&mut self, item: &SyncItem) -> Result<StoreChange, StoreError> {
        let fate = match &item.what {
            FileFate::Decoded(decoded) => StoredFate::Decoded(decoded),
            FileFate::Failed(unlisted) => StoredFate::Failed(unlisted),
            FileFate::Skipped(skip) => StoredFate::Skipped(*skip),
            FileFate::Gone => StoredFate::Gone,
        };
        let was_there = Self::take(self, item.source, &item.version, &item.key, &fate)?;
        Ok(if was_there { StoreChange::Again } else { StoreChange::New })
    }

    fn take_unlisted(
        &mut self,
        source: usize,
        unlisted: &[(LogKey, Unlisted)],
        looked: &LookedRange,
    ) -> Result<(), StoreError> {
        Self::take_unlisted(self, source, unlisted, looked)
    }

    fn miss(&mut self, source: usize, unlisted: &[(LogKey, Unlisted)], looked: &LookedRange) -> Result<(), StoreError> {
        Self::miss(self, source, unlisted, looked)
    }

    fn settle(&mut self, source: usize, settled: &[SettledDays]) -> Result<(), StoreError> {
        Self::settle(self, source, settled)
    }

    fn hold_extracts(&mut self, source: usize) -> Result<(), StoreError> {
        Self::hold_extracts(self, source)
    }

    fn know(&mut self, source: usize, days: &[DayKey]) -> Result<(), StoreError> {
        Self::know(self, source, days)
    }

    fn pass_over(&mut self, source: usize, days: &BTreeSet<Day>, looked: &LookedRange) -> Result<(), StoreError> {
        Self::pass_over(self, source, days, looked)
    }

    fn look_before(&mut self, source: usize, before: &[DaysBefore]) -> Result<(), StoreError> {
        Self::look_before(self, source, before)
    }

    fn take_told(&mut self, source: usize, told: &ToldByDigests<'_>) -> Result<(), StoreError> {
        Self::take_told(self, source, told)
    }

    fn leave_unheld(&mut self, missing: &mut Vec<VerifiedFile>) -> Result<(), StoreError> {
        Self::leave_unheld(self, missing)
    }

    fn known_of_runs(&mut self) -> Result<Option<KnownOfRuns>, StoreError> {
        let Some(principals) = self.principals()? else { return Ok(None) };
        Ok(Some(KnownOfRuns { principals, written: self.written_by_runs()? }))
    }

    fn files_to_read_again(&mut self, why: ReadAgainFor) -> Result<Vec<FileToReadAgain>, StoreError> {
        Self::files_to_read_again(self, why)
    }

    fn could_not_read_again(
        &mut self,
        file: &FileToReadAgain,
        why: ReadAgainFor,
        reason: &str,
    ) -> Result<(), StoreError> {
        Self::could_not_read_again(self, file, why, reason)
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        Self::commit(self)
    }
}
