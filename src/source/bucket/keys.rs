//! Opens a bucket of which only objects are wanted that are named one by one.

use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::{self, Sender};
use tokio::task::JoinSet;

use super::address::BucketAddress;
use super::answer::ListedObject;
use super::client::Bucket;
use super::fetch::{Fetcher, fetch_all, glance, walked};
use super::list::{Listed, ObjectPlace};
use super::open::{BucketInbox, WAITING, WAITING_PAGES, in_its_region};
use crate::aws::connect::runtime;
use crate::domain::log_key::LogKey;
use crate::domain::log_name::FileNameVerdict;
use crate::source::delivery::Delivery;
use crate::source::kind::{OpenedSource, RemoteReading};
use crate::source::known::ObjectVersion;
use crate::source::question::LogChoice;
use crate::source::unlisted::Unlisted;

/// Opens a bucket of which only these objects are wanted. A folder of a day among them says that it has log files.
pub(super) fn open_keys(
    address: &BucketAddress,
    mut keys: Vec<String>,
    reading: &mut RemoteReading<'_>,
) -> OpenedSource {
    let runtime = runtime()?;
    let mut named_days = Vec::new();
    keys.retain(|key| LogKey::of_day_folder(key).map(|day| named_days.push(day)).is_none());
    // Where the bucket is matters; whether its first object may be read shows when it is fetched.
    let probe = async |bucket: &Arc<Bucket>| {
        let Some(first) = keys.first() else { return Ok(()) };
        bucket.find(first).await.map(drop).or_else(|refusal| refusal.region.is_none().then_some(()).ok_or(refusal))
    };
    let (_, bucket, ()) = runtime.block_on(in_its_region(address, reading.question, reading.notes, probe))?;
    let fetcher = Arc::new(Fetcher::new(bucket, reading.source, reading.count, reading.question));
    let (pages, listed) = mpsc::channel(WAITING_PAGES);
    let (out, inbox) = mpsc::channel(WAITING);
    runtime.spawn(find_all(Arc::clone(&fetcher), keys, pages, out.clone()));
    runtime.spawn(fetch_all(Arc::clone(&fetcher), listed, out));
    Ok(Box::new(BucketInbox::of_objects(runtime, fetcher, inbox, named_days)))
}

/// How many objects are asked for at a time. That shares the pace with fetching.
const SIDE_BY_SIDE: usize = 64;

/// The memory for an object whose size nobody knows yet, in KiB: most log files have less.
const USUAL_KIB: u32 = 128;

/// Fetches all keys. Where the name of an object leaves open whether it is a log file, it is looked for first, and handed on as
/// `found`. Ends early when nobody takes what is delivered any more.
async fn find_all(fetcher: Arc<Fetcher>, keys: Vec<String>, found: Sender<Listed>, out: Sender<Delivery>) {
    let mut running = JoinSet::new();
    for key in keys {
        while running.len() >= SIDE_BY_SIDE {
            let _ = running.join_next().await;
        }
        // A file has some size, and nobody asks for the mark of an empty folder.
        let unseen = ListedObject { key, size: 1, tag: "".into(), modified: None };
        let is_plain = matches!(glance(&unseen, ObjectPlace::InList, 0), (FileNameVerdict::Read, _));
        if !is_plain || unseen.key.ends_with('/') {
            running.spawn(find_one(Arc::clone(&fetcher), unseen.key, found.clone(), out.clone()));
            continue;
        }
        let log_key = LogKey::parse(&unseen.key);
        let choice = fetcher.chosen.as_ref().map(|chosen| chosen.choose(fetcher.source, &unseen.key));
        if choice == Some(LogChoice::Leave) {
            if out.send(Delivery::Unchosen { name: unseen.key.into(), key: log_key }).await.is_err() {
                return;
            }
            continue;
        }
        if let Some(skip) = log_key.reason_to_skip(&fetcher.window, fetcher.late_days) {
            if !fetcher.leave_out(unseen.key, skip, None, &out).await {
                return;
            }
            continue;
        }
        let share = Arc::clone(&fetcher.budget).acquire_many_owned(USUAL_KIB.min(fetcher.budget_kib));
        let Ok(share) = share.await else { return };
        if out.is_closed() {
            return;
        }
        running.spawn(fetch_one(Arc::clone(&fetcher), unseen.key, log_key, share, out.clone()));
    }
    while running.join_next().await.is_some() {}
}

/// Fetches an object with one request: its answer says what a listing would have said.
async fn fetch_one(
    fetcher: Arc<Fetcher>,
    key: String,
    log_key: LogKey,
    mut share: OwnedSemaphorePermit,
    out: Sender<Delivery>,
) {
    let answer = {
        let _slot = fetcher.bucket.pace.slot().await;
        // Waiting for more of the budget while some is held could wait for ever.
        let mut room = |size: u64| {
            let wanted = usize::try_from(size.div_ceil(1 << 10)).unwrap_or(usize::MAX);
            let more = u32::try_from(wanted.saturating_sub(share.num_permits())).unwrap_or(u32::MAX);
            let taken = (more > 0).then(|| Arc::clone(&fetcher.budget).try_acquire_many_owned(more));
            match taken {
                None => true,
                Some(Ok(more)) => {
                    share.merge(more);
                    true
                }
                Some(Err(_)) => false,
            }
        };
        fetcher.bucket.get_unlisted(&key, &mut room).await
    };
    let delivery = match answer {
        Ok(Some((object, bytes))) => {
            fetcher.progress.expect_file(object.size);
            let walked = walked(&log_key, &object, ObjectPlace::InList, false);
            fetcher.chunk(object, log_key, walked, bytes, share)
        }
        Ok(None) => no_such_object(&key),
        Err(refusal) => fetcher.failed(unseen_version(&key), &refusal),
    };
    // Nobody wants to know any more where sending fails.
    let _ = out.send(delivery).await;
}

async fn find_one(fetcher: Arc<Fetcher>, key: String, found: Sender<Listed>, failed: Sender<Delivery>) {
    let answer = {
        let _slot = fetcher.bucket.pace.slot().await;
        fetcher.bucket.find(&key).await
    };
    // Nobody wants to know any more where sending fails.
    let _ = match answer {
        Ok(Some(object)) => {
            drop(found.send(Listed::Objects { objects: vec![object], place: ObjectPlace::InList }).await);
            return;
        }
        Ok(None) => failed.send(no_such_object(&key)).await,
        Err(refusal) => failed.send(fetcher.failed(unseen_version(&key), &refusal)).await,
    };
}

fn unseen_version(name: &str) -> ObjectVersion {
    ObjectVersion { name: name.into(), size: 0, tag: "".into() }
}

fn no_such_object(key: &str) -> Delivery {
    let reason = "cannot be fetched: there is no such object (NoSuchKey)".to_owned();
    let unlisted = Unlisted { file: key.into(), reason, forbidden: false };
    Delivery::Failed { key: LogKey::parse(key), unlisted, version: None }
}
