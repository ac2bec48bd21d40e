//! Opens a bucket of which only objects are wanted that are named one by one.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use tokio::sync::Semaphore;
use tokio::sync::mpsc::{self, Sender};
use tokio::task::JoinSet;

use super::address::BucketAddress;
use super::client::Bucket;
use super::fetch::{Fetcher, fetch_all};
use super::list::{Listed, ObjectPlace};
use super::open::{BUDGET_KIB, BucketInbox, WAITING, WAITING_PAGES, in_its_region};
use crate::aws::connect::runtime;
use crate::domain::log_key::LogKey;
use crate::domain::trouble::SourceTrouble;
use crate::source::delivery::Delivery;
use crate::source::inbox::Inbox;
use crate::source::known::ObjectVersion;
use crate::source::question::{RemoteQuestion, SourceNote};
use crate::source::unlisted::Unlisted;

/// Opens a bucket of which only these objects are wanted.
pub(super) fn open_keys(
    address: &BucketAddress,
    keys: Vec<String>,
    source: usize,
    count: usize,
    question: &RemoteQuestion,
    notes: &mut Vec<SourceNote>,
) -> Result<Box<dyn Inbox>, SourceTrouble> {
    let runtime = runtime()?;
    // Where the bucket is matters; whether its first object may be read shows when it is fetched.
    let probe = async |bucket: &Arc<Bucket>| match bucket.find(keys.first().map_or("", String::as_str)).await {
        Err(refusal) if refusal.region.is_some() => Err(refusal),
        _ => Ok(()),
    };
    let (_, bucket, ()) = runtime.block_on(in_its_region(address, question, notes, probe))?;
    let budget_kib = (BUDGET_KIB / u32::try_from(count.max(1)).unwrap_or(u32::MAX)).max(1);
    let fetcher = Arc::new(Fetcher {
        bucket,
        source,
        window: question.window,
        late_days: question.late_days,
        lists_only: question.lists_only,
        budget_kib,
        budget: Arc::new(Semaphore::new(budget_kib as usize)),
        progress: Arc::clone(&question.progress),
        options: question.aws.clone(),
        advice: Mutex::new(BTreeSet::new()),
        known: None,
        chosen: None,
        slices: Vec::new(),
        prefix: String::new(),
        folders: Mutex::default(),
        unfinished: Mutex::default(),
        is_whole: AtomicBool::new(false),
    });
    let (pages, listed) = mpsc::channel(WAITING_PAGES);
    let (out, inbox) = mpsc::channel(WAITING);
    runtime.spawn(find_all(Arc::clone(&fetcher), keys, pages, out.clone()));
    runtime.spawn(fetch_all(Arc::clone(&fetcher), listed, out));
    Ok(Box::new(BucketInbox::of_objects(runtime, fetcher, inbox)))
}

/// How many objects are looked for at a time. That shares the pace with fetching.
const SIDE_BY_SIDE: usize = 64;

/// Looks for all keys, and hands on the objects as they are found. Ends early when nobody takes them any more.
async fn find_all(fetcher: Arc<Fetcher>, keys: Vec<String>, found: Sender<Listed>, failed: Sender<Delivery>) {
    let mut running = JoinSet::new();
    let mut left = keys.into_iter();
    loop {
        while running.len() < SIDE_BY_SIDE
            && let Some(key) = left.next()
        {
            running.spawn(find_one(Arc::clone(&fetcher), key, found.clone(), failed.clone()));
        }
        if running.join_next().await.is_none() || found.is_closed() {
            return;
        }
    }
}

async fn find_one(fetcher: Arc<Fetcher>, key: String, found: Sender<Listed>, failed: Sender<Delivery>) {
    let answer = {
        let _slot = fetcher.bucket.pace.slot().await;
        fetcher.bucket.find(&key).await
    };
    let version = |name: &str| ObjectVersion { name: name.into(), size: 0, tag: "".into() };
    // Nobody wants to know any more where sending fails.
    let _ = match answer {
        Ok(Some(object)) => {
            drop(found.send(Listed::Objects { objects: vec![object], place: ObjectPlace::Loose }).await);
            return;
        }
        Ok(None) => {
            let reason = "cannot be fetched: there is no such object (NoSuchKey)".to_owned();
            let unlisted = Unlisted { file: key.as_str().into(), reason, forbidden: false };
            failed.send(Delivery::Failed { key: LogKey::parse(&key), unlisted, version: None }).await
        }
        Err(refusal) => failed.send(fetcher.failed(version(&key), &refusal)).await,
    };
}
