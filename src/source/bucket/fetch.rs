//! Fetches objects side by side, never holding more bytes than its budget.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::{Receiver, Sender};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use super::advice::advice;
use super::answer::{ListedObject, Refusal};
use super::body::{Fetched, LARGE};
use super::client::Bucket;
use super::list::{Listed, ObjectPlace};
use super::span::KeySlice;
use crate::aws::AwsOptions;
use crate::aws::failure::RequestFailure;
use crate::domain::log_key::LogKey;
use crate::domain::log_name::{self, FileNameVerdict};
use crate::domain::tally::Skip;
use crate::domain::window::Window;
use crate::progress::Progress;
use crate::source::chunk::{Body, Chunk};
use crate::source::content::{HEAD, HeadAndTail, WalkedFile};
use crate::source::delivery::Delivery;
use crate::source::known::{KnownSource, ObjectVersion, ReadFiles};
use crate::source::question::{ChosenLogs, LogChoice, RemoteQuestion};
use crate::source::unlisted::Unlisted;

/// The bytes that all buckets together may hold on their way, in KiB.
const BUDGET_KIB: u32 = 32 << 10;

/// A permit of the budget.
const KIB: u64 = 1 << 10;

/// So many objects that no listing showed are looked for at a time.
const LOOKED_FOR: usize = 64;

/// What a fetcher needs to know.
#[derive(Debug)]
pub(crate) struct Fetcher {
    pub(crate) bucket: Arc<Bucket>,
    /// The number of the source.
    pub(crate) source: usize,
    pub(crate) window: Window,
    pub(crate) late_days: u32,
    /// Whether nothing is fetched of what is listed.
    pub(crate) lists_only: bool,
    /// The permits that there are in all.
    pub(crate) budget_kib: u32,
    /// They are taken before a request, by the listed size, and come back when the bytes are dropped.
    pub(crate) budget: Arc<Semaphore>,
    pub(crate) progress: Arc<Progress>,
    pub(crate) options: AwsOptions,
    /// What to do about what failed.
    pub(crate) advice: Mutex<BTreeSet<Vec<String>>>,
    /// What was read before, where somebody remembers.
    pub(crate) known: Option<Arc<dyn KnownSource>>,
    /// Which log files are fetched, where somebody chooses.
    pub(crate) chosen: Option<Arc<dyn ChosenLogs>>,
    /// All that is listed.
    pub(crate) slices: Vec<KeySlice>,
    /// What the keys of the source begin with.
    pub(crate) prefix: String,
    /// Folders that were found in keys and are left out.
    pub(crate) folders: Mutex<HashSet<String>>,
    /// The prefixes of the slices that are not listed to their end.
    pub(crate) unfinished: Mutex<BTreeSet<String>>,
    /// Whether everything that was listed has been delivered, in whatever way.
    pub(crate) is_whole: AtomicBool,
}

/// Fetches everything that is listed, until nothing more is or nobody takes it.
pub(crate) async fn fetch_all(fetcher: Arc<Fetcher>, mut listed: Receiver<Listed>, out: Sender<Delivery>) {
    let mut running = JoinSet::new();
    let mut is_whole = true;
    let mut failed = fetcher.failed_before();
    while let Some(listed) = listed.recv().await {
        match listed {
            Listed::Failed(slice, refusal) => {
                let delivery = fetcher.unlisted(&slice.prefix, &refusal);
                if out.send(delivery).await.is_err() {
                    return;
                }
            }
            Listed::Ended(prefix) => {
                fetcher.unfinished.lock().unwrap_or_else(PoisonError::into_inner).remove(&prefix);
            }
            Listed::Beside(beside) => {
                for left_out in beside {
                    // What failed in it before is not asked for any more.
                    for version in take_below(&mut failed, &left_out.name) {
                        if out.send(Delivery::Gone(version)).await.is_err() {
                            return;
                        }
                    }
                    if !fetcher.leave_out(left_out.name, left_out.skip, None, &out).await {
                        return;
                    }
                }
            }
            Listed::Objects { mut objects, place } => {
                if fetcher.known.is_some() {
                    for object in &objects {
                        failed.remove(object.key.as_str());
                    }
                    if !fetcher.leave_out_known(&mut objects, &out).await {
                        return;
                    }
                }
                for object in objects {
                    if !fetcher.start(object, place, &mut running, &out).await {
                        return;
                    }
                    while let Some(ended) = running.try_join_next() {
                        is_whole &= ended.is_ok();
                    }
                }
            }
        }
    }
    if !fetcher.start_unlisted(failed, &mut running, &out).await {
        return;
    }
    while let Some(ended) = running.join_next().await {
        is_whole &= ended.is_ok();
    }
    fetcher.is_whole.store(is_whole, Ordering::Release);
}

/// The share of one of `count` sources, in KiB. They are drained one after the other, so that a shared budget could be held by one
/// whose turn is not yet.
pub(super) fn budget_of(count: usize) -> u32 {
    (BUDGET_KIB / u32::try_from(count.max(1)).unwrap_or(u32::MAX)).max(1)
}

/// Which of these objects were read before.
pub(crate) fn read_before(known: Option<&dyn KnownSource>, objects: &[ListedObject]) -> ReadFiles {
    let names: Vec<&str> = objects.iter().map(|object| object.key.as_str()).collect();
    known.filter(|_| !names.is_empty()).map(|known| known.read(&names)).unwrap_or_default()
}

/// What the names of an object tell, below the first `start` bytes of its key, and what of the key that is about.
pub(crate) fn glance(object: &ListedObject, place: ObjectPlace, start: usize) -> (FileNameVerdict, &str) {
    match log_name::key(&object.key, start) {
        _ if place == ObjectPlace::Named => (FileNameVerdict::Read, &object.key),
        // Whoever names a file wants it, whatever it is called.
        (FileNameVerdict::Skip(_), _) if place == ObjectPlace::InList && !object.key.ends_with('/') => {
            (FileNameVerdict::Look, &object.key)
        }
        // The mark that consoles make for an empty folder.
        (FileNameVerdict::Read, about) if object.size == 0 && about.ends_with('/') => {
            (FileNameVerdict::Skip(Skip::Special), about)
        }
        told => told,
    }
}

pub(super) fn walked(key: &LogKey, object: &ListedObject, place: ObjectPlace, looks: bool) -> Option<WalkedFile> {
    let may_be_of_a_service = key.kind.is_none() && log_name::may_be_of_a_service(&object.key);
    (place != ObjectPlace::Named).then_some(WalkedFile { looks, may_be_of_a_service })
}

/// Takes those out that lie in a folder or are the object of that name.
fn take_below(failed: &mut BTreeMap<Arc<str>, ObjectVersion>, name: &str) -> Vec<ObjectVersion> {
    let is_below = |key: &str| key == name || (name.ends_with('/') && key.starts_with(name));
    let names: Vec<Arc<str>> = failed.keys().filter(|key| is_below(key)).cloned().collect();
    names.iter().filter_map(|name| failed.remove(name)).collect()
}

impl Fetcher {
    /// One of a source, which is one of `count` behind APIs, that knows of nothing and lists nothing yet.
    pub(crate) fn new(bucket: Arc<Bucket>, source: usize, count: usize, question: &RemoteQuestion) -> Self {
        let budget_kib = budget_of(count);
        Self {
            bucket,
            source,
            window: question.window,
            late_days: question.late_days,
            lists_only: question.lists_only,
            budget_kib,
            budget: Arc::new(Semaphore::new(budget_kib as usize)),
            progress: Arc::clone(&question.progress),
            options: question.aws.clone(),
            advice: Mutex::default(),
            known: None,
            chosen: question.chosen.clone(),
            slices: Vec::new(),
            prefix: String::new(),
            folders: Mutex::default(),
            unfinished: Mutex::default(),
            is_whole: AtomicBool::new(false),
        }
    }

    /// Delivers that something is not fetched: false when nobody wants to know.
    pub(super) async fn leave_out(
        &self,
        name: String,
        skip: Skip,
        object: Option<&ListedObject>,
        out: &Sender<Delivery>,
    ) -> bool {
        let key = LogKey::parse(&name);
        let name: Arc<str> = name.into();
        let version = self.known.is_some().then(|| match object {
            Some(object) => object.version(),
            None => ObjectVersion { name: Arc::clone(&name), size: 0, tag: "".into() },
        });
        out.send(Delivery::Skipped { name, key, skip, version }).await.is_ok()
    }

    /// What the names of an object tell: whether it is looked at before it is fetched. Nothing where it is left out, and
    /// second, whether anybody wants to know.
    async fn glance(&self, object: &ListedObject, place: ObjectPlace, out: &Sender<Delivery>) -> (Option<bool>, bool) {
        match glance(object, place, self.prefix.len()) {
            (FileNameVerdict::Read, _) => (Some(false), true),
            (FileNameVerdict::Look, _) => (Some(true), true),
            (FileNameVerdict::Skip(skip), about) if about.len() == object.key.len() => {
                (None, self.leave_out(about.to_owned(), skip, Some(object), out).await)
            }
            // A folder counts once.
            (FileNameVerdict::Skip(skip), folder) => {
                let is_new = self.folders.lock().unwrap_or_else(PoisonError::into_inner).insert(folder.to_owned());
                (None, !is_new || self.leave_out(folder.to_owned(), skip, None, out).await)
            }
        }
    }

    /// Starts to fetch an object as soon as there is room for it: false when nobody wants it any more.
    async fn start(
        self: &Arc<Self>,
        object: ListedObject,
        place: ObjectPlace,
        running: &mut JoinSet<()>,
        out: &Sender<Delivery>,
    ) -> bool {
        let key = LogKey::parse(&object.key);
        let looks = match self.glance(&object, place, out).await {
            (Some(looks), _) => looks,
            (None, is_wanted) => return is_wanted,
        };
        let choice = self.chosen.as_ref().map_or(LogChoice::Read, |chosen| chosen.choose(self.source, &object.key));
        if choice == LogChoice::Leave {
            return out.send(Delivery::Unchosen { name: object.key.into(), key }).await.is_ok();
        }
        match key.reason_to_skip(&self.window, self.late_days) {
            _ if choice == LogChoice::ReadAnyway => {}
            // What is remembered of a day is all of it.
            Some(Skip::Window) if place == ObjectPlace::Dated && self.known.is_some() => {}
            Some(skip) => return self.leave_out(object.key.clone(), skip, Some(&object), out).await,
            None => {}
        }
        if self.lists_only {
            let (version, modified) = (Some(object.version()), object.modified);
            let (source, body) = (self.source, Body::Memory(Box::new(Vec::new())));
            let chunk = Chunk { source, log_file: object.key.into(), key, version, modified, walked: None, body };
            return out.send(Delivery::Chunk(chunk)).await.is_ok();
        }
        let walked = walked(&key, &object, place, looks);
        self.progress.expect_file(object.size);
        // What goes to a file takes next to no memory, but a few at a time are enough for the disk.
        let held = object.size.min(LARGE);
        let share = u32::try_from(held.div_ceil(KIB)).unwrap_or(u32::MAX).clamp(1, self.budget_kib);
        let Ok(share) = Arc::clone(&self.budget).acquire_many_owned(share).await else { return false };
        let fetcher = Arc::clone(self);
        let out = out.clone();
        // Taken here and not in the task, so that tasks are no more than requests.
        let slot = self.bucket.pace.slot().await;
        running.spawn(async move {
            let answer = fetcher.fetch(&object, walked).await;
            drop(slot);
            let delivery = match answer {
                Ok(Some(bytes)) => fetcher.chunk(object, key, walked, bytes, share),
                Ok(None) => {
                    let version = fetcher.known.is_some().then(|| object.version());
                    Delivery::Skipped { name: object.key.into(), key, skip: Skip::Special, version }
                }
                Err(refusal) => fetcher.failed(object.version(), &refusal),
            };
            let _ = out.send(delivery).await;
        });
        !self.budget.is_closed()
    }

    /// Those below the prefix of the source that failed before. Of extracts there are none: what failed is no object here.
    fn failed_before(&self) -> BTreeMap<Arc<str>, ObjectVersion> {
        let known = self.known.as_ref().filter(|known| !known.holds_extracts());
        let failed = known.map(|known| known.failed()).unwrap_or_default().into_iter();
        let is_ours = |version: &ObjectVersion| version.name.starts_with(&self.prefix);
        failed.filter(is_ours).map(|version| (Arc::clone(&version.name), version)).collect()
    }

    /// Leaves out of a page what was read before: false when nobody wants any of it.
    async fn leave_out_known(&self, objects: &mut Vec<ListedObject>, out: &Sender<Delivery>) -> bool {
        let read = read_before(self.known.as_deref(), objects);
        let listed = objects.len();
        objects.retain(|object| !object.version().is_in(&read));
        let unchanged = (listed - objects.len()) as u64;
        unchanged == 0 || out.send(Delivery::Unchanged(unchanged)).await.is_ok()
    }

    /// Fetches what no listing showed: what `failed` before, and what is chosen. False when nobody wants it.
    async fn start_unlisted(
        self: &Arc<Self>,
        failed: BTreeMap<Arc<str>, ObjectVersion>,
        running: &mut JoinSet<()>,
        out: &Sender<Delivery>,
    ) -> bool {
        for version in failed.into_values() {
            if !self.start_again(version, running, out).await {
                return false;
            }
        }
        self.start_chosen(running, out).await
    }

    /// Fetches what failed before and was not listed now, if it is still there: false when nobody wants it.
    async fn start_again(
        self: &Arc<Self>,
        version: ObjectVersion,
        running: &mut JoinSet<()>,
        out: &Sender<Delivery>,
    ) -> bool {
        let found = {
            let _slot = self.bucket.pace.slot().await;
            self.bucket.find(&version.name).await
        };
        let delivery = match found {
            Ok(Some(object)) => return self.start(object, ObjectPlace::Dated, running, out).await,
            Ok(None) => Delivery::Gone(version),
            Err(refusal) => self.failed(version, &refusal),
        };
        out.send(delivery).await.is_ok()
    }

    /// Fetches what is chosen and was not listed, as far as it is there: false when nobody wants it.
    async fn start_chosen(self: &Arc<Self>, running: &mut JoinSet<()>, out: &Sender<Delivery>) -> bool {
        let Some(chosen) = &self.chosen else { return true };
        let is_left = |key: &String| key.starts_with(&self.prefix) && !self.is_listed(key);
        let mut keys: Vec<String> = chosen.also(self.source).into_iter().filter(is_left).collect();
        // What was read of a day that is not listed any more is not read again.
        if let Some(known) = &self.known {
            let read = known.read(&keys.iter().map(String::as_str).collect::<Vec<_>>());
            keys.retain(|key| !read.contains_key(&**key));
        }
        for keys in keys.chunks(LOOKED_FOR) {
            let mut looks = JoinSet::new();
            for key in keys.iter().cloned() {
                let bucket = Arc::clone(&self.bucket);
                looks.spawn(async move {
                    let _slot = bucket.pace.slot().await;
                    let found = bucket.find(&key).await;
                    (key, found)
                });
            }
            for (key, found) in looks.join_all().await {
                let goes_on = match found {
                    Ok(Some(object)) => self.start(object, ObjectPlace::Dated, running, out).await,
                    Ok(None) => true,
                    Err(refusal) => {
                        let version = ObjectVersion { name: key.into(), size: 0, tag: "".into() };
                        out.send(self.failed(version, &refusal)).await.is_ok()
                    }
                };
                if !goes_on {
                    return false;
                }
            }
        }
        true
    }

    /// Whether a key would have been listed if there were an object with it.
    fn is_listed(&self, key: &str) -> bool {
        let unfinished = self.unfinished.lock().unwrap_or_else(PoisonError::into_inner);
        self.slices.iter().any(|slice| {
            let is_below = key.strip_prefix(&*slice.prefix).is_some_and(|rest| !slice.flat || !rest.contains('/'));
            is_below && slice.after.as_deref().is_none_or(|after| after < key) && !unfinished.contains(&slice.prefix)
        })
    }

    /// The bytes of an object; nothing where it does not begin as a log file may.
    async fn fetch(&self, object: &ListedObject, walked: Option<WalkedFile>) -> Result<Option<Fetched>, Refusal> {
        if let Some(walked) = walked.filter(|walked| walked.looks) {
            let ends = HeadAndTail { head: self.bucket.peek(object, HEAD).await?, tail: Vec::new() };
            if walked.before(&ends).is_some() {
                return Ok(None);
            }
        }
        self.bucket.get(object).await.map(Some)
    }

    pub(super) fn chunk(
        &self,
        object: ListedObject,
        key: LogKey,
        walked: Option<WalkedFile>,
        fetched: Fetched,
        share: OwnedSemaphorePermit,
    ) -> Delivery {
        let body = fetched.body(Some(share));
        let (version, modified) = (Some(object.version()), object.modified);
        Delivery::Chunk(Chunk {
            source: self.source,
            log_file: object.key.into(),
            key,
            version,
            modified,
            walked,
            body,
        })
    }

    pub(super) fn failed(&self, version: ObjectVersion, refusal: &Refusal) -> Delivery {
        let failure = &refusal.failure;
        self.remember(advice(failure, "s3:GetObject", &self.bucket.name, &self.options));
        let reason = match failure {
            RequestFailure::Answer(code, ..) if code == "NoSuchKey" => {
                "listed, but no longer there (NoSuchKey)".to_owned()
            }
            RequestFailure::Answer(code, ..) if code == "InvalidObjectState" => {
                "in an archive storage class; restore it first (InvalidObjectState)".to_owned()
            }
            failure => failure.reason(),
        };
        let reason = format!("cannot be fetched: {reason}");
        let unlisted = Unlisted { file: Arc::clone(&version.name), reason, forbidden: failure.is_forbidden() };
        Delivery::Failed { key: LogKey::parse(&version.name), unlisted, version: Some(version) }
    }

    fn unlisted(&self, prefix: &str, refusal: &Refusal) -> Delivery {
        let failure = &refusal.failure;
        self.remember(advice(failure, "s3:ListBucket", &self.bucket.name, &self.options));
        let reason = format!("cannot be listed: {}", failure.reason());
        let unlisted = Unlisted { file: prefix.into(), reason, forbidden: failure.is_forbidden() };
        Delivery::Failed { key: LogKey::parse(prefix), unlisted, version: None }
    }

    fn remember(&self, lines: Vec<String>) {
        self.advice.lock().unwrap_or_else(PoisonError::into_inner).insert(lines);
    }
}
