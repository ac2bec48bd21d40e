//! The store as what a sync writes to.

use super::item::{Change, Item, What};
use super::ledger::Ledger;
use crate::audit::coverage::DayKey;
use crate::domain::log_key::LogKey;
use crate::source::{Before, Looked, Settled, Unlisted};
use crate::store::write::Fate;
use crate::store::{StoreError, Writer};

impl Ledger for Writer {
    type Error = StoreError;

    fn take(&mut self, item: &Item) -> Result<Change, StoreError> {
        let fate = match &item.what {
            What::Decoded(decoded) => Fate::Decoded(decoded),
            What::Failed(unlisted) => Fate::Failed(unlisted),
            What::Skipped(skip) => Fate::Skipped(*skip),
            What::Gone => Fate::Gone,
        };
        let was_there = Self::take(self, item.source, &item.version, &item.key, &fate)?;
        Ok(if was_there { Change::Again } else { Change::New })
    }

    fn take_unlisted(
        &mut self,
        source: usize,
        unlisted: &[(LogKey, Unlisted)],
        looked: &Looked,
    ) -> Result<(), StoreError> {
        Self::take_unlisted(self, source, unlisted, looked)
    }

    fn miss(&mut self, source: usize, unlisted: &[(LogKey, Unlisted)], looked: &Looked) -> Result<(), StoreError> {
        Self::miss(self, source, unlisted, looked)
    }

    fn settle(&mut self, source: usize, settled: &[Settled]) -> Result<(), StoreError> {
        Self::settle(self, source, settled)
    }

    fn know(&mut self, source: usize, days: &[DayKey]) -> Result<(), StoreError> {
        Self::know(self, source, days)
    }

    fn look_before(&mut self, source: usize, before: &[Before]) -> Result<(), StoreError> {
        Self::look_before(self, source, before)
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        Self::commit(self)
    }
}
