//! The digest files of an archive: they lie beside its log files, in folders of days of their own.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use aws_config::SdkConfig;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use super::address::BucketAddress;
use super::advice::advice;
use super::answer::{ListedObject, ListingPage, Refusal};
use super::body::LARGE;
use super::client::Bucket;
use super::fetch::budget_of;
use super::layout::{FolderKind, whole_region};
use super::list::{Listed, ObjectPlace, list_all};
use super::open::{LocatedBucket, WAITING, WAITING_PAGES, locate, slices};
use super::pages::ListingPages;
use super::span::KeySlice;
use crate::aws::AwsOptions;
use crate::aws::connect::runtime;
use crate::aws::public_keys;
use crate::domain::digest_key::{ChainKey, DigestKey};
use crate::domain::log_key::LogKey;
use crate::domain::log_kind::LogKind;
use crate::domain::log_name::{self, FileNameVerdict};
use crate::domain::public_key::{PublicKey, PublicKeyQuestion};
use crate::domain::timestamp::Timestamp;
use crate::domain::trouble::{SourceTrouble, in_order};
use crate::domain::window::Window;
use crate::progress::Progress;
use crate::source::digests::{DigestDelivery, DigestInbox, FetchedDigest};
use crate::source::question::{RemoteQuestion, SourceNote};
use crate::source::unlisted::Unlisted;

/// A permit of the budget.
const KIB: u64 = 1 << 10;

/// Regions are asked for their keys side by side, but few at a time: the service gives few requests a second.
const REGIONS: usize = 4;

/// So many first keys of a folder are looked at for the oldest file in it.
const FIRST: i32 = 20;

/// Opens the bucket for the digests that end in the window of the question, as one of `count` remote sources.
pub(super) fn open(
    address: &BucketAddress,
    count: usize,
    question: &RemoteQuestion,
    notes: &mut Vec<SourceNote>,
) -> Result<Box<dyn DigestInbox>, SourceTrouble> {
    let address = BucketAddress { prefix: whole_region(&address.prefix, LogKind::Digest), ..address.clone() };
    // The folder of a digest is that of the day on which it was written.
    let question = RemoteQuestion { late_days: 1, ..question.clone() };
    let runtime = runtime()?;
    let LocatedBucket { config, bucket, mut layout } =
        runtime.block_on(locate(&address, LogKind::Digest, &question, notes))?;
    let slices = runtime.block_on(slices(&bucket, &mut layout, 0, &question));
    let text = format!("{address}: {} prefixes to list for digests", slices.len());
    notes.push(SourceNote::detail(text));
    let budget_kib = budget_of(count);
    let fetcher = Arc::new(DigestFetcher {
        bucket: Arc::clone(&bucket),
        window: question.window,
        budget_kib,
        budget: Arc::new(Semaphore::new(budget_kib as usize)),
        progress: Arc::clone(&question.progress),
        options: question.aws.clone(),
        advice: Mutex::new(BTreeSet::new()),
    });
    let (pages, listed) = mpsc::channel(WAITING_PAGES);
    let (out, inbox) = mpsc::channel(WAITING);
    let (refused, objects) = (layout.refused, layout.objects);
    runtime.spawn(async move {
        for (prefix, refusal) in refused {
            let _ = pages.send(Listed::Failed(KeySlice::flat(prefix), refusal)).await;
        }
        if pages.send(Listed::Objects { objects, place: ObjectPlace::Loose }).await.is_ok() {
            list_all(bucket, slices, pages).await;
        }
    });
    runtime.spawn(fetch_all(Arc::clone(&fetcher), listed, out));
    let (dated, inbox) = (layout.dated, Mutex::new(inbox));
    Ok(Box::new(BucketDigests { runtime: Some(runtime), config, fetcher, inbox, dated }))
}

/// What a fetcher needs to know.
struct DigestFetcher {
    bucket: Arc<Bucket>,
    window: Window,
    budget_kib: u32,
    /// As that of log files.
    budget: Arc<Semaphore>,
    progress: Arc<Progress>,
    options: AwsOptions,
    advice: Mutex<BTreeSet<Vec<String>>>,
}

async fn fetch_all(fetcher: Arc<DigestFetcher>, mut listed: Receiver<Listed>, out: Sender<DigestDelivery>) {
    let mut running = JoinSet::new();
    while let Some(listed) = listed.recv().await {
        match listed {
            Listed::Failed(slice, refusal) => {
                let failed = fetcher.failed("s3:ListBucket", "listed", &slice.prefix, &refusal);
                if out.send(DigestDelivery::Failed(failed)).await.is_err() {
                    return;
                }
            }
            Listed::Objects { objects, .. } => {
                for object in objects {
                    let goes_on = match DigestKey::parse(&object.key) {
                        Some(key) if fetcher.wants(&key) => fetcher.start(object, key, &mut running, &out).await,
                        None if is_odd(&object) => out.send(DigestDelivery::OddName(object.key.into())).await.is_ok(),
                        _ => true,
                    };
                    if !goes_on {
                        return;
                    }
                }
                while running.try_join_next().is_some() {}
            }
            Listed::Ended(_) | Listed::Beside(_) => {}
        }
    }
    while running.join_next().await.is_some() {}
}

/// Whether a file that is no digest by its name looks as if somebody took it for one.
fn is_odd(object: &ListedObject) -> bool {
    let is_among_digests = LogKey::parse(&object.key).kind == Some(LogKind::Digest);
    is_among_digests && object.size > 0 && log_name::key(&object.key, 0).0 == FileNameVerdict::Read
}

impl DigestFetcher {
    fn wants(&self, key: &DigestKey) -> bool {
        // One that ends with the window may be the next one of its last hour.
        let Window { from, to } = self.window;
        from.is_none_or(|from| from <= key.end) && to.is_none_or(|to| key.end <= to)
    }

    /// Starts to fetch a digest as soon as there is room for it: false when nobody wants it any more.
    async fn start(
        self: &Arc<Self>,
        object: ListedObject,
        key: DigestKey,
        running: &mut JoinSet<()>,
        out: &Sender<DigestDelivery>,
    ) -> bool {
        self.progress.expect_file(0);
        let held = object.size.min(LARGE);
        let share = u32::try_from(held.div_ceil(KIB)).unwrap_or(u32::MAX).clamp(1, self.budget_kib);
        let Ok(share) = Arc::clone(&self.budget).acquire_many_owned(share).await else { return false };
        let (fetcher, out, slot) = (Arc::clone(self), out.clone(), self.bucket.pace.slot().await);
        running.spawn(async move {
            let delivery = fetcher.fetch(object, key, share).await;
            drop(slot);
            let _ = out.send(delivery).await;
        });
        !self.budget.is_closed()
    }

    async fn fetch(&self, object: ListedObject, key: DigestKey, share: OwnedSemaphorePermit) -> DigestDelivery {
        match self.bucket.get_with_metadata(&object).await {
            Ok((fetched, mut metadata)) => DigestDelivery::Digest(FetchedDigest {
                bucket: self.bucket.name.as_str().into(),
                key,
                body: fetched.body(Some(share)),
                signature: metadata.remove("signature"),
                algorithm: metadata.remove("signature-algorithm"),
                generated: metadata.remove("backfill-generation-timestamp"),
                file: object.key.into(),
            }),
            Err(refusal) => {
                let failed = self.failed("s3:GetObject", "fetched", &object.key, &refusal);
                DigestDelivery::Unfetched(key, failed)
            }
        }
    }

    fn failed(&self, action: &str, done: &str, name: &str, refusal: &Refusal) -> Unlisted {
        let failure = &refusal.failure;
        self.remember(advice(failure, action, &self.bucket.name, &self.options));
        let reason = format!("cannot be {done}: {}", failure.reason());
        Unlisted { file: name.into(), reason, forbidden: failure.is_forbidden() }
    }

    fn remember(&self, lines: Vec<String>) {
        self.advice.lock().unwrap_or_else(PoisonError::into_inner).insert(lines);
    }
}

struct BucketDigests {
    runtime: Option<Runtime>,
    config: SdkConfig,
    fetcher: Arc<DigestFetcher>,
    inbox: Mutex<Receiver<DigestDelivery>>,
    /// The folders of regions, or parts of them.
    dated: Vec<(String, FolderKind)>,
}

impl DigestInbox for BucketDigests {
    fn next(&self) -> Option<DigestDelivery> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv()
    }

    fn oldest(&self, chain: &ChainKey) -> Result<Option<Timestamp>, Unlisted> {
        let mut oldest: Option<Timestamp> = None;
        for folder in self.folders(chain) {
            let logs = folder
                .replace(&format!("/{}/", LogKind::Digest.segment()), &format!("/{}/", LogKind::CloudTrail.segment()));
            for folder in BTreeSet::from([folder.to_owned(), logs]) {
                let page = self.wait(&folder, self.fetcher.bucket.list_some(&KeySlice::all(folder.as_str()), FIRST))?;
                let written = |object: &ListedObject| match DigestKey::parse(&object.key) {
                    Some(key) => Some(key.end),
                    None => LogKey::parse(&object.key).delivered,
                };
                oldest = page.objects.iter().filter_map(written).chain(oldest).min();
            }
        }
        Ok(oldest)
    }

    fn has_older(&self, chain: &ChainKey, end: Timestamp) -> Result<bool, Unlisted> {
        for folder in self.folders(chain) {
            let (slice, mut pages, mut next) = (KeySlice::all(folder), ListingPages::default(), None::<String>);
            loop {
                let page: ListingPage =
                    self.wait(folder, self.fetcher.bucket.list(&slice, next.as_deref(), &mut pages))?;
                let keys = || page.objects.iter().filter_map(|object| DigestKey::parse(&object.key));
                if keys().any(|key| *key.chain == *chain && key.end < end) {
                    return Ok(true);
                }
                // Keys are in the order of their days.
                let is_behind = keys().next_back().is_some_and(|last| end.day() < last.end.day());
                next = page.next.filter(|_| !is_behind);
                if next.is_none() {
                    break;
                }
            }
        }
        Ok(false)
    }

    fn public_keys(&self, questions: &[PublicKeyQuestion]) -> Vec<Result<Vec<PublicKey>, Unlisted>> {
        let Some(runtime) = &self.runtime else { return Vec::new() };
        let answers = runtime.block_on(async {
            let slots = Arc::new(Semaphore::new(REGIONS));
            let mut running = JoinSet::new();
            for (at, question) in questions.iter().cloned().enumerate() {
                let (config, slots) = (self.config.clone(), Arc::clone(&slots));
                running.spawn(async move {
                    let _slot = slots.acquire_owned().await;
                    (at, public_keys::list(&config, &question).await)
                });
            }
            running.join_all().await
        });
        let mut answers: Vec<_> = answers.into_iter().collect();
        answers.sort_unstable_by_key(|(at, _)| *at);
        answers
            .into_iter()
            .map(|(at, answer)| {
                answer.map_err(|failure| {
                    let options = &self.fetcher.options;
                    if failure.is_forbidden() {
                        self.fetcher.remember(failure.trouble(options, public_keys::ACTION, "*").hints);
                    }
                    let file = format!("public keys of {}", questions[at].region).into();
                    let reason = format!("cannot be listed: {}", failure.reason());
                    Unlisted { file, reason, forbidden: failure.is_forbidden() }
                })
            })
            .collect()
    }

    fn advice(&self) -> Vec<String> {
        in_order(self.fetcher.advice.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned())
    }
}

impl BucketDigests {
    /// The folders that can have digests of a chain.
    fn folders(&self, chain: &ChainKey) -> impl Iterator<Item = &str> {
        let (account, region) = (chain.account.clone(), chain.region.clone());
        self.dated.iter().map(|(folder, _)| folder.as_str()).filter(move |folder| {
            let LogKey { account: found, region: place, .. } = LogKey::parse(folder);
            found.is_none_or(|found| found == account) && place.is_none_or(|place| place == region)
        })
    }

    /// The answer of a listing.
    fn wait<T>(&self, folder: &str, answer: impl Future<Output = Result<T, Refusal>>) -> Result<T, Unlisted> {
        let Some(runtime) = &self.runtime else {
            return Err(Unlisted { file: folder.into(), reason: "ended".to_owned(), forbidden: false });
        };
        let answer = runtime.block_on(async {
            let _slot = self.fetcher.bucket.pace.slot().await;
            answer.await
        });
        answer.map_err(|refusal| self.fetcher.failed("s3:ListBucket", "listed", folder, &refusal))
    }
}

impl Drop for BucketDigests {
    fn drop(&mut self) {
        // Transfers that run are of no use any more, and nobody waits for them.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
