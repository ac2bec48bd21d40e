//! What reading an archive would take: everything is listed, and nothing fetched.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::address::BucketAddress;
use super::answer::{ListedObject, Refusal};
use super::client::Bucket;
use super::fetch::{glance, read_before};
use super::list::ObjectPlace;
use super::open::{DiscoveredBucket, find};
use super::pages::ListingPages;
use super::span::KeySlice;
use crate::domain::log_key::LogKey;
use crate::domain::log_name::FileNameVerdict;
use crate::domain::tally::Skip;
use crate::domain::trouble::SourceTrouble;
use crate::domain::work::SourceWork;
use crate::source::known::KnownSource;
use crate::source::question::{RemoteQuestion, SourceNote};

/// How many slices are listed at a time.
const SIDE_BY_SIDE: usize = 64;

/// What a slice has.
#[derive(Debug)]
pub(crate) struct SliceCount {
    pub(crate) work: SourceWork,
    /// The log file that was delivered last.
    pub(crate) newest: Option<ListedObject>,
    /// Why it could not be listed to its end.
    pub(crate) refusal: Option<Refusal>,
}

/// The work list of an archive.
pub(super) fn estimate(
    address: &BucketAddress,
    source: usize,
    question: &RemoteQuestion,
    notes: &mut Vec<SourceNote>,
) -> Result<Vec<SourceWork>, SourceTrouble> {
    let found = find(address, source, question, notes)?;
    let counted = found.runtime.block_on(count_all(&found, address, source, question));
    for counted in &counted {
        if let Some(refusal) = &counted.refusal {
            let reason = refusal.failure.reason();
            notes.push(SourceNote::new(format!("{} cannot be listed: {reason}", counted.work.prefix)));
        }
    }
    Ok(counted.into_iter().map(|counted| counted.work).collect())
}

/// Lists all slices, and what the discovery found besides; in the order of prefixes.
pub(crate) async fn count_all(
    found: &DiscoveredBucket,
    address: &BucketAddress,
    source: usize,
    question: &RemoteQuestion,
) -> Vec<SliceCount> {
    let known = question.known(source);
    let source = address.to_string();
    let (results, mut counted) = mpsc::channel(SIDE_BY_SIDE);
    let places = Arc::new(tokio::sync::Semaphore::new(SIDE_BY_SIDE));
    for slice in found.slices.clone() {
        let counting = SliceCounting::new(&source, address, &slice.prefix, question, known.clone());
        let (bucket, results, places) = (Arc::clone(&found.bucket), results.clone(), Arc::clone(&places));
        tokio::spawn(async move {
            let _place = places.acquire().await;
            let _ = results.send(counting.run(&bucket, &slice).await).await;
        });
    }
    drop(results);
    let mut all: Vec<SliceCount> =
        found.before.iter().flat_map(|(_, slices)| slices).map(|slice| before(&source, &slice.prefix)).collect();
    if !found.layout.objects.is_empty() || !found.layout.beside.is_empty() {
        let mut counting = SliceCounting::new(&source, address, &address.prefix, question, known);
        let place = if found.layout.is_named { ObjectPlace::Named } else { ObjectPlace::Loose };
        counting.take(&found.layout.objects, place);
        counting.counted.work.skipped += found.layout.beside.len() as u64;
        all.push(counting.counted);
    }
    while let Some(counted) = counted.recv().await {
        all.push(counted);
    }
    all.sort_by(|one, other| one.work.prefix.cmp(&other.work.prefix));
    all
}

/// A listing that only tells which days there are.
fn before(source: &str, prefix: &str) -> SliceCount {
    let work =
        SourceWork { source: source.to_owned(), prefix: prefix.to_owned(), list_requests: 1, ..SourceWork::default() };
    SliceCount { work, newest: None, refusal: None }
}

struct SliceCounting {
    question: RemoteQuestion,
    known: Option<Arc<dyn KnownSource>>,
    counted: SliceCount,
    /// The bytes of each key that were named.
    named: usize,
    folders: HashSet<String>,
}

impl SliceCounting {
    fn new(
        source: &str,
        address: &BucketAddress,
        prefix: &str,
        question: &RemoteQuestion,
        known: Option<Arc<dyn KnownSource>>,
    ) -> Self {
        let work = SourceWork { source: source.to_owned(), prefix: prefix.to_owned(), ..SourceWork::default() };
        let counted = SliceCount { work, newest: None, refusal: None };
        Self { question: question.clone(), known, counted, named: address.prefix.len(), folders: HashSet::new() }
    }

    async fn run(mut self, bucket: &Arc<Bucket>, slice: &KeySlice) -> SliceCount {
        let mut next: Option<String> = None;
        let mut pages = ListingPages::default();
        loop {
            let page = {
                let _slot = bucket.pace.slot().await;
                bucket.list(slice, next.as_deref(), &mut pages).await
            };
            self.counted.work.list_requests += 1;
            match page {
                Err(refusal) => {
                    self.counted.refusal = Some(refusal);
                    return self.counted;
                }
                Ok(page) => {
                    self.take(&page.objects, slice.place());
                    next = page.next;
                }
            }
            if next.is_none() {
                return self.counted;
            }
        }
    }

    fn take(&mut self, objects: &[ListedObject], place: ObjectPlace) {
        let read = read_before(self.known.as_deref(), objects);
        for object in objects {
            if object.version().is_in(&read) {
                continue;
            }
            if let (FileNameVerdict::Skip(_), about) = glance(object, place, self.named) {
                self.counted.work.skipped += u64::from(self.folders.insert(about.to_owned()));
                continue;
            }
            let key = LogKey::parse(&object.key);
            // What a store will hold of a day is all of it.
            let takes_all = place == ObjectPlace::Dated && self.known.is_some();
            match key.reason_to_skip(&self.question.window, self.question.late_days) {
                Some(Skip::Window) if takes_all => {}
                Some(_) => {
                    self.counted.work.skipped += 1;
                    continue;
                }
                None => {}
            }
            self.counted.work.get_requests += 1;
            self.counted.work.bytes += object.size;
            let newest = self.counted.newest.as_ref().and_then(|object| LogKey::parse(&object.key).delivered);
            if self.counted.newest.is_none() || key.delivered > newest {
                self.counted.newest = Some(object.clone());
            }
        }
    }
}
