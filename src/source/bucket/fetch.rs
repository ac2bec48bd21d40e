//! Fetches objects side by side, never holding more bytes than its budget.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::{Receiver, Sender};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use super::advice::advice;
use super::client::{Bucket, Object, Refusal};
use super::list::Listed;
use crate::domain::log_key::LogKey;
use crate::domain::window::Window;
use crate::progress::Progress;
use crate::source::aws::AwsOptions;
use crate::source::aws::explain::Failure;
use crate::source::{Body, Chunk, Delivery, Unlisted};

/// A permit of the budget.
const KIB: u64 = 1 << 10;

/// What a fetcher needs to know.
#[derive(Debug)]
pub(crate) struct Fetcher {
    pub(crate) bucket: Arc<Bucket>,
    /// The number of the source.
    pub(crate) source: usize,
    pub(crate) window: Window,
    pub(crate) late_days: u32,
    /// The permits that there are in all.
    pub(crate) budget_kib: u32,
    /// They are taken before a request, by the listed size, and come back when the bytes are dropped.
    pub(crate) budget: Arc<Semaphore>,
    pub(crate) progress: Arc<Progress>,
    pub(crate) options: AwsOptions,
    /// What to do about what failed.
    pub(crate) advice: Mutex<BTreeSet<String>>,
}

/// Bytes, and their share of the budget.
struct Held {
    bytes: Vec<u8>,
    _share: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Fetches everything that is listed, until nothing more is or nobody takes it.
pub(crate) async fn fetch_all(fetcher: Arc<Fetcher>, mut listed: Receiver<Listed>, out: Sender<Delivery>) {
    let mut running = JoinSet::new();
    while let Some(listed) = listed.recv().await {
        match listed {
            Listed::Failed(slice, refusal) => {
                let delivery = fetcher.unlisted(&slice.prefix, &refusal);
                if out.send(delivery).await.is_err() {
                    return;
                }
            }
            Listed::Objects(objects) => {
                for object in objects {
                    if !fetcher.start(object, &mut running, &out).await {
                        return;
                    }
                    while running.try_join_next().is_some() {}
                }
            }
        }
    }
    while running.join_next().await.is_some() {}
}

impl Fetcher {
    /// Starts to fetch an object as soon as there is room for it: false when nobody wants it any more.
    async fn start(self: &Arc<Self>, object: Object, running: &mut JoinSet<()>, out: &Sender<Delivery>) -> bool {
        let key = LogKey::parse(&object.key);
        if let Some(skip) = key.reason_to_skip(&self.window, self.late_days) {
            return out.send(Delivery::Skipped { key, skip }).await.is_ok();
        }
        self.progress.expect_file(object.size);
        let share = u32::try_from(object.size.div_ceil(KIB)).unwrap_or(u32::MAX).clamp(1, self.budget_kib);
        let Ok(share) = Arc::clone(&self.budget).acquire_many_owned(share).await else { return false };
        let fetcher = Arc::clone(self);
        let out = out.clone();
        // Taken here and not in the task, so that tasks are no more than requests.
        let slot = self.bucket.pace.slot().await;
        running.spawn(async move {
            let bytes = fetcher.bucket.get(&object).await;
            drop(slot);
            let delivery = match bytes {
                Ok(bytes) => fetcher.chunk(object, key, Held { bytes, _share: share }),
                Err(refusal) => fetcher.failed(&object.key, key, &refusal),
            };
            let _ = out.send(delivery).await;
        });
        !self.budget.is_closed()
    }

    fn chunk(&self, object: Object, key: LogKey, held: Held) -> Delivery {
        let body = Body::Memory(Box::new(held));
        Delivery::Chunk(Chunk { source: self.source, log_file: object.key.into(), key, body })
    }

    fn failed(&self, file: &str, key: LogKey, refusal: &Refusal) -> Delivery {
        let failure = &refusal.failure;
        self.remember(advice(failure, "s3:GetObject", &self.bucket.name, &self.options));
        let reason = match failure {
            Failure::Answer(code, ..) if code == "NoSuchKey" => "listed, but no longer there (NoSuchKey)".to_owned(),
            Failure::Answer(code, ..) if code == "InvalidObjectState" => {
                "in an archive storage class; restore it first (InvalidObjectState)".to_owned()
            }
            failure => failure.reason(),
        };
        let reason = format!("cannot be fetched: {reason}");
        Delivery::Failed { key, unlisted: Unlisted { file: file.into(), reason, forbidden: failure.is_forbidden() } }
    }

    fn unlisted(&self, prefix: &str, refusal: &Refusal) -> Delivery {
        let failure = &refusal.failure;
        self.remember(advice(failure, "s3:ListBucket", &self.bucket.name, &self.options));
        let reason = format!("cannot be listed: {}", failure.reason());
        let unlisted = Unlisted { file: prefix.into(), reason, forbidden: failure.is_forbidden() };
        Delivery::Failed { key: LogKey::parse(prefix), unlisted }
    }

    fn remember(&self, lines: Vec<String>) {
        self.advice.lock().unwrap_or_else(PoisonError::into_inner).extend(lines);
    }
}
