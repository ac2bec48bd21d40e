//! Where pages wait that are asked for in several places at once.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::Runtime;
use tokio::sync::mpsc::Receiver;

use crate::domain::timestamp::Day;
use crate::domain::trouble::{SourceTrouble, TroubleKind, in_order};
use crate::source::delivery::Delivery;
use crate::source::inbox::Inbox;

/// What to do about what failed.
pub(in crate::source) type FailureAdvice = Arc<Mutex<BTreeSet<Vec<String>>>>;

/// Pages of all places as they come.
#[derive(Debug)]
pub(in crate::source) struct PagedInbox {
    deliveries: Mutex<DeliveryQueue>,
    advice: FailureAdvice,
    runtime: Option<Runtime>,
    begun: RememberedRange,
    scanned: Option<u64>,
}

/// What is asked for, where somebody remembers.
#[derive(Debug, Default)]
pub(in crate::source) struct RememberedRange {
    /// What the names of slots begin with, of each place.
    pub(in crate::source) below: Vec<String>,
    /// The first day that is read.
    pub(in crate::source) first_day: Option<Day>,
}

impl RememberedRange {
    /// Adds a place, and the first day that is read of it.
    pub(in crate::source) fn add(&mut self, front: String, first: Option<Day>) {
        if !self.below.contains(&front) {
            self.below.push(front);
        }
        self.first_day = self.first_day.into_iter().chain(first).min();
    }
}

/// What came before anybody asked, and what is yet to come.
#[derive(Debug)]
struct DeliveryQueue {
    early: VecDeque<Delivery>,
    rest: Receiver<Delivery>,
}

impl PagedInbox {
    /// Waits for the first page of those that `runtime` fetches; trouble where credentials or permissions are missing
    /// everywhere. `told` are further deliveries.
    pub(in crate::source) fn open(
        runtime: Runtime,
        rest: Receiver<Delivery>,
        told: Vec<Delivery>,
        advice: FailureAdvice,
        begun: RememberedRange,
    ) -> Result<Self, SourceTrouble> {
        let mut queue = DeliveryQueue { early: VecDeque::new(), rest };
        runtime.block_on(queue.await_page(&advice))?;
        queue.early.extend(told);
        Ok(Self { deliveries: Mutex::new(queue), advice, runtime: Some(runtime), begun, scanned: None })
    }

    /// The same, for which a service scanned so many bytes.
    pub(in crate::source) fn with_scanned(mut self, bytes: u64) -> Self {
        self.scanned = Some(bytes);
        self
    }
}

impl DeliveryQueue {
    /// Waits for the first page; trouble where credentials or permissions are missing everywhere.
    async fn await_page(&mut self, advice: &FailureAdvice) -> Result<(), SourceTrouble> {
        while let Some(delivery) = self.rest.recv().await {
            let forbidden = matches!(&delivery, Delivery::Failed { unlisted, .. } if unlisted.forbidden);
            self.early.push_back(delivery);
            if !forbidden {
                return Ok(());
            }
        }
        let advice = advice.lock().unwrap_or_else(PoisonError::into_inner);
        match self.early.front() {
            Some(Delivery::Failed { unlisted, .. }) => {
                let message = format!("{}: {}", unlisted.file, unlisted.reason);
                Err(in_order(advice.iter().cloned())
                    .into_iter()
                    .fold(SourceTrouble::new(TroubleKind::Permission, message), SourceTrouble::hint))
            }
            _ => Ok(()),
        }
    }
}

impl Inbox for PagedInbox {
    fn next(&self) -> Option<Delivery> {
        let mut queue = self.deliveries.lock().unwrap_or_else(PoisonError::into_inner);
        queue.early.pop_front().or_else(|| queue.rest.blocking_recv())
    }

    fn below(&self) -> Vec<String> {
        self.begun.below.clone()
    }

    fn first_day(&self) -> Option<Day> {
        self.begun.first_day
    }

    fn scanned(&self) -> Option<u64> {
        self.scanned
    }

    fn advice(&self) -> Vec<String> {
        in_order(self.advice.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned())
    }
}

impl Drop for PagedInbox {
    fn drop(&mut self) {
        // Nobody waits for requests whose answer nobody takes.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
