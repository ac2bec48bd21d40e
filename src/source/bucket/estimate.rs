//! What reading an archive would take: everything is listed, and nothing fetched.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::address::Address;
use super::answer::{Object, Refusal};
use super::client::Bucket;
use super::fetch::{glance, read_before};
use super::list::Place;
use super::open::{Found, find};
use super::pages::Pages;
use super::span::Slice;
use crate::domain::log_key::LogKey;
use crate::domain::log_name::Glance;
use crate::domain::tally::Skip;
use crate::domain::trouble::Trouble;
use crate::domain::work::Work;
use crate::source::known::Known;
use crate::source::question::{Note, Question};

/// How many slices are listed at a time.
const SIDE_BY_SIDE: usize = 64;

/// What a slice has.
#[derive(Debug)]
pub(crate) struct Counted {
    pub(crate) work: Work,
    /// The log file that was delivered last.
    pub(crate) newest: Option<Object>,
    /// Why it could not be listed to its end.
    pub(crate) refusal: Option<Refusal>,
}

/// The work list of an archive.
pub(super) fn estimate(
    address: &Address,
    source: usize,
    question: &Question,
    notes: &mut Vec<Note>,
) -> Result<Vec<Work>, Trouble> {
    let found = find(address, source, question, notes)?;
    let counted = found.runtime.block_on(count_all(&found, address, source, question));
    for counted in &counted {
        if let Some(refusal) = &counted.refusal {
            let reason = refusal.failure.reason();
            notes.push(Note::new(format!("{} cannot be listed: {reason}", counted.work.prefix)));
        }
    }
    Ok(counted.into_iter().map(|counted| counted.work).collect())
}

/// Lists all slices, and what the discovery found besides; in the order of prefixes.
pub(crate) async fn count_all(found: &Found, address: &Address, source: usize, question: &Question) -> Vec<Counted> {
    let known = question.known(source);
    let source = address.to_string();
    let (results, mut counted) = mpsc::channel(SIDE_BY_SIDE);
    let places = Arc::new(tokio::sync::Semaphore::new(SIDE_BY_SIDE));
    for slice in found.slices.clone() {
        let counting = Counting::new(&source, address, &slice.prefix, question, known.clone());
        let (bucket, results, places) = (Arc::clone(&found.bucket), results.clone(), Arc::clone(&places));
        tokio::spawn(async move {
            let _place = places.acquire().await;
            let _ = results.send(counting.run(&bucket, &slice).await).await;
        });
    }
    drop(results);
    let mut all: Vec<Counted> =
        found.before.iter().flat_map(|(_, slices)| slices).map(|slice| before(&source, &slice.prefix)).collect();
    if !found.layout.objects.is_empty() || !found.layout.beside.is_empty() {
        let mut counting = Counting::new(&source, address, &address.prefix, question, known);
        let place = if found.layout.is_named { Place::Named } else { Place::Loose };
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
fn before(source: &str, prefix: &str) -> Counted {
    let work = Work { source: source.to_owned(), prefix: prefix.to_owned(), list_requests: 1, ..Work::default() };
    Counted { work, newest: None, refusal: None }
}

struct Counting {
    question: Question,
    known: Option<Arc<dyn Known>>,
    counted: Counted,
    /// The bytes of each key that were named.
    named: usize,
    folders: HashSet<String>,
}

impl Counting {
    fn new(source: &str, address: &Address, prefix: &str, question: &Question, known: Option<Arc<dyn Known>>) -> Self {
        let work = Work { source: source.to_owned(), prefix: prefix.to_owned(), ..Work::default() };
        let counted = Counted { work, newest: None, refusal: None };
        Self { question: question.clone(), known, counted, named: address.prefix.len(), folders: HashSet::new() }
    }

    async fn run(mut self, bucket: &Arc<Bucket>, slice: &Slice) -> Counted {
        let mut next: Option<String> = None;
        let mut pages = Pages::default();
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

    fn take(&mut self, objects: &[Object], place: Place) {
        let read = read_before(self.known.as_deref(), objects);
        for object in objects {
            if object.version().is_in(&read) {
                continue;
            }
            if let (Glance::Skip(_), about) = glance(object, place, self.named) {
                self.counted.work.skipped += u64::from(self.folders.insert(about.to_owned()));
                continue;
            }
            let key = LogKey::parse(&object.key);
            // What a store will hold of a day is all of it.
            let takes_all = place == Place::Dated && self.known.is_some();
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
