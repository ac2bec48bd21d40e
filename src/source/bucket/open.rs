//! Opens an archive: finds the bucket and its layout, then lists and fetches in the background.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use aws_config::SdkConfig;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::JoinSet;

use super::address::BucketAddress;
use super::advice::trouble;
use super::answer::{ListedObject, Refusal};
use super::before;
use super::client::Bucket;
use super::discover::discover;
use super::fetch::{Fetcher, fetch_all};
use super::found::BucketLayout;
use super::layout::{FolderKind, whole_region};
use super::list::{self, Listed, list_all};
use super::narrow::narrow;
use super::settle::{days_of, folder_of, settled};
use super::span::{DayFolders, KeySlice};
use crate::aws::AwsOptions;
use crate::aws::connect::{connect, runtime};
use crate::domain::log_key::LogKey;
use crate::domain::log_kind::LogKind;
use crate::domain::timestamp::Day;
use crate::domain::trouble::{SourceTrouble, in_order};
use crate::source::chunk::Body;
use crate::source::delivery::Delivery;
use crate::source::inbox::Inbox;
use crate::source::known::{KnownSource, Resume};
use crate::source::looked::{DaysBefore, SettledDays};
use crate::source::question::{RemoteQuestion, SourceNote};

/// Deliveries and pages that may wait. The bytes among them are bounded by the budget.
pub(crate) const WAITING: usize = 256;
pub(crate) const WAITING_PAGES: usize = 16;

/// How many folders are looked into at a time for the days before the window.
const SIDE_BY_SIDE: usize = 64;

/// A bucket whose layout is known.
pub(crate) struct DiscoveredBucket {
    pub(crate) runtime: Runtime,
    pub(crate) config: SdkConfig,
    pub(crate) bucket: Arc<Bucket>,
    pub(crate) layout: BucketLayout,
    /// What is to be listed for the window.
    pub(crate) slices: Vec<KeySlice>,
    /// What is to be listed for the days before it, folder by folder.
    pub(crate) before: Vec<(String, Vec<KeySlice>)>,
}

/// Opens the bucket as one of `count` remote sources.
pub(super) fn open(
    address: &BucketAddress,
    source: usize,
    count: usize,
    question: &RemoteQuestion,
    notes: &mut Vec<SourceNote>,
) -> Result<Box<dyn Inbox>, SourceTrouble> {
    let whole = question.chosen.as_ref().filter(|chosen| chosen.of_whole_regions());
    let whole = whole.map(|_| whole_region(&address.prefix, LogKind::CloudTrail));
    let address = &BucketAddress { prefix: whole.unwrap_or_else(|| address.prefix.clone()), ..address.clone() };
    let DiscoveredBucket { runtime, bucket, layout, slices, before, .. } = find(address, source, question, notes)?;
    let fetcher = Arc::new(Fetcher {
        known: question.known(source),
        slices: slices.clone(),
        prefix: address.prefix.clone(),
        unfinished: Mutex::new(slices.iter().map(|slice| slice.prefix.clone()).collect()),
        ..Fetcher::new(Arc::clone(&bucket), source, count, question)
    });
    let first_day = first_day(&layout, &slices);
    let below = layout.dated.iter().map(|(prefix, _)| prefix).chain(&layout.trees).cloned().collect();
    let dated = layout.dated;
    let (pages, listed) = mpsc::channel(WAITING_PAGES);
    let (out, inbox) = mpsc::channel(WAITING);
    let looks = Arc::new(Mutex::new(Vec::new()));
    if let Some(first) = question.window.first_day() {
        let fetcher = Arc::clone(&fetcher);
        runtime.spawn(look_before(fetcher, before, first, Arc::clone(&looks), out.clone()));
    }
    runtime.spawn(async move {
        for (prefix, refusal) in layout.refused {
            let _ = pages.send(Listed::Failed(KeySlice::flat(prefix), refusal)).await;
        }
        let place = if layout.is_named { list::ObjectPlace::Named } else { list::ObjectPlace::Loose };
        let objects = Listed::Objects { objects: layout.objects, place };
        if pages.send(Listed::Beside(layout.beside)).await.is_ok() && pages.send(objects).await.is_ok() {
            list_all(bucket, slices, pages).await;
        }
    });
    runtime.spawn(fetch_all(Arc::clone(&fetcher), listed, out));
    let days = question.resume.as_ref().map(|resume| days(question, resume));
    let inbox = Mutex::new(inbox);
    Ok(Box::new(BucketInbox {
        runtime: Some(runtime),
        fetcher,
        inbox,
        dated,
        days,
        looks,
        below,
        first_day,
        named_days: Vec::new(),
    }))
}

/// Finds the bucket, wherever it is, and its layout.
pub(crate) fn find(
    address: &BucketAddress,
    source: usize,
    question: &RemoteQuestion,
    notes: &mut Vec<SourceNote>,
) -> Result<DiscoveredBucket, SourceTrouble> {
    let runtime = runtime()?;
    let LocatedBucket { config, bucket, mut layout } =
        runtime.block_on(locate(address, LogKind::CloudTrail, question, notes))?;
    let slices = runtime.block_on(slices(&bucket, &mut layout, source, question));
    let before = slices_before(&layout, source, question);
    notes.extend(describe(address, &layout, &slices));
    Ok(DiscoveredBucket { runtime, config, bucket, layout, slices, before })
}

/// A bucket in its region, with what was found of one kind of file.
pub(crate) struct LocatedBucket {
    pub(crate) config: SdkConfig,
    pub(crate) bucket: Arc<Bucket>,
    pub(crate) layout: BucketLayout,
}

/// Finds the bucket, wherever it is, and where it has that kind of file.
pub(crate) async fn locate(
    address: &BucketAddress,
    wanted: LogKind,
    question: &RemoteQuestion,
    notes: &mut Vec<SourceNote>,
) -> Result<LocatedBucket, SourceTrouble> {
    let accounts = question.accounts.as_ref();
    let ask = async |bucket: &Arc<Bucket>| discover(bucket, address, wanted, accounts).await;
    let (config, bucket, layout) = in_its_region(address, question, notes, ask).await?;
    Ok(LocatedBucket { config, bucket, layout })
}

/// Finds the bucket, wherever it is, by what `ask` gets from it.
pub(super) async fn in_its_region<T>(
    address: &BucketAddress,
    question: &RemoteQuestion,
    notes: &mut Vec<SourceNote>,
    ask: impl AsyncFn(&Arc<Bucket>) -> Result<T, Refusal>,
) -> Result<(SdkConfig, Arc<Bucket>, T), SourceTrouble> {
    let options = &question.aws;
    if options.role_arns.len() > 1 {
        let text = format!("{address} is read with the first --role-arn, {}", options.role_arns[0]);
        notes.push(SourceNote::new(text));
    }
    let mut config = connect(options, options.role_arns.first().map(String::as_str)).await?;
    let mut is_first = true;
    loop {
        let bucket = Arc::new(Bucket::new(&config, &address.bucket, options));
        let refusal = match ask(&bucket).await {
            Ok(found) => return Ok((config, bucket, found)),
            Err(refusal) => refusal,
        };
        let region = match refusal.region {
            Some(region) if is_first && region.is_empty() => bucket.find_region().await,
            Some(region) if is_first => Some(region),
            _ => None,
        };
        let Some(region) = region.filter(|region| bucket.region().as_ref() != Some(region)) else {
            let options = AwsOptions { region: bucket.region(), ..options.clone() };
            return Err(trouble(&refusal.failure, &address.bucket, &address.prefix, &options));
        };
        notes.push(SourceNote::detail(format!("the bucket {} is in {region}", address.bucket)));
        config = config.into_builder().region(aws_config::Region::new(region)).build();
        is_first = false;
    }
}

/// What is to be listed for the window.
pub(crate) async fn slices(
    bucket: &Arc<Bucket>,
    layout: &mut BucketLayout,
    source: usize,
    question: &RemoteQuestion,
) -> Vec<KeySlice> {
    let known = question.known(source);
    let all = DayFolders::new(&question.window, question.late_days, question.now);
    let mut slices: Vec<KeySlice> = layout.flat.iter().map(KeySlice::flat).collect();
    slices.extend(layout.trees.iter().map(KeySlice::all));
    let mut narrowing = JoinSet::new();
    for (prefix, place) in &layout.dated {
        let open = known.as_deref().and_then(|known| open_days(known, prefix, place, question));
        let slices = open.as_ref().unwrap_or(&all).slices(prefix, place);
        narrowing.spawn(narrow(Arc::clone(bucket), prefix.clone(), slices));
    }
    while let Some(narrowed) = narrowing.join_next().await {
        match narrowed {
            Ok((left, requests)) => {
                slices.extend(left);
                layout.requests += requests;
            }
            Err(error) => {
                if let Ok(panic) = error.try_into_panic() {
                    std::panic::resume_unwind(panic);
                }
            }
        }
    }
    slices.sort_by(|one, other| one.prefix.cmp(&other.prefix));
    slices
}

/// What is to be listed for the days before the window, of the folders that nobody looked into for that.
fn slices_before(layout: &BucketLayout, source: usize, question: &RemoteQuestion) -> Vec<(String, Vec<KeySlice>)> {
    let Some(first) = question.window.first_day() else { return Vec::new() };
    let known = question.known(source);
    let is_new = |folder: &str| known.as_ref().is_none_or(|known| !known.looked_before(folder, first));
    let dated = layout.dated.iter().filter(|(folder, _)| is_new(folder));
    let slices = |(folder, place): &(String, FolderKind)| (folder.clone(), before::slices(first, folder, place));
    dated.map(slices).filter(|(_, slices)| !slices.is_empty()).collect()
}

/// Looks for the days before the window. What cannot be listed there is named, and looked for again another time.
async fn look_before(
    fetcher: Arc<Fetcher>,
    folders: Vec<(String, Vec<KeySlice>)>,
    first: Day,
    looks: Arc<Mutex<Vec<DaysBefore>>>,
    out: Sender<Delivery>,
) {
    let mut running = JoinSet::new();
    let mut left = folders.into_iter();
    loop {
        while running.len() < SIDE_BY_SIDE
            && let Some((folder, slices)) = left.next()
        {
            let fetcher = Arc::clone(&fetcher);
            running.spawn(async move {
                let looked = before::look(&fetcher.bucket, &slices, first).await;
                (folder, looked)
            });
        }
        match running.join_next().await {
            None => return,
            Some(Ok((folder, Ok(days)))) => {
                let mut looks = looks.lock().unwrap_or_else(PoisonError::into_inner);
                looks.push(DaysBefore { folder, first, days });
            }
            Some(Ok((folder, Err(refusal)))) => {
                let reason = refusal.failure.reason();
                let text = format!(
                    "{folder}: listing failed, so the days before the window that have log files are unknown: {reason}"
                );
                if out.send(Delivery::Incomplete(text)).await.is_err() {
                    return;
                }
            }
            Some(Err(error)) => {
                if let Ok(panic) = error.try_into_panic() {
                    std::panic::resume_unwind(panic);
                }
            }
        }
    }
}

/// The days of a folder that can still change; nothing where all of them can.
fn open_days(
    known: &dyn KnownSource,
    prefix: &str,
    place: &FolderKind,
    question: &RemoteQuestion,
) -> Option<DayFolders> {
    let resume = question.resume.as_ref().filter(|resume| !resume.refresh)?;
    let (folder, _) = folder_of(prefix, place)?;
    let (settled, first_open) = (known.settled(folder), resume.first_open(question.now));
    let is_known = |day: Day| day < first_open && settled.contains(day);
    Some(DayFolders::without(&question.window, question.late_days, question.now, is_known))
}

/// The first day that is listed; none where that cannot be told of everything.
fn first_day(layout: &BucketLayout, slices: &[KeySlice]) -> Option<Day> {
    let folder = |slice: &KeySlice| {
        let of_slice = |(prefix, _): &&(String, FolderKind)| slice.prefix.starts_with(prefix.as_str());
        let (prefix, place) = layout.dated.iter().find(of_slice)?;
        let (folder, _) = folder_of(prefix, place)?;
        Some(days_of(slice.prefix.get(folder.len()..)?)?.0)
    };
    if !layout.objects.is_empty() {
        return None;
    }
    let days: Option<Vec<Day>> = slices.iter().map(folder).collect();
    days?.into_iter().min()
}

/// The days of the window whose folders cannot change any more.
fn days(question: &RemoteQuestion, resume: &Resume) -> (Day, Day) {
    let first = question.window.first_day().unwrap_or_else(|| question.now.day());
    let last = question.window.last_folder(question.late_days).unwrap_or_else(|| question.now.day());
    (first, last.min(resume.first_open(question.now).plus(-1)))
}

fn describe(address: &BucketAddress, layout: &BucketLayout, slices: &[KeySlice]) -> Vec<SourceNote> {
    let mut notes = Vec::new();
    for (prefix, _) in &layout.dated {
        notes.push(SourceNote::detail(format!("{address}: log files by day below {prefix}")));
    }
    for prefix in &layout.trees {
        notes.push(SourceNote::detail(format!("{address}: no layout is known; all keys below '{prefix}' are listed")));
    }
    if !layout.objects.is_empty() || !layout.flat.is_empty() {
        let count = layout.objects.len();
        notes.push(SourceNote::detail(format!("{address}: {count} objects outside of folders by day")));
    }
    if layout.pruned > 0 {
        notes.push(SourceNote::detail(format!("{address}: {} accounts are left out by --account", layout.pruned)));
    }
    if layout.unseen > 0 {
        notes.push(SourceNote::new(format!("{address}: {}", layout.not_looked_into())));
    }
    let (requests, prefixes) = (layout.requests, slices.len());
    notes.push(SourceNote::detail(format!(
        "{address}: {requests} requests to find the layout, {prefixes} prefixes to list"
    )));
    notes
}

pub(super) struct BucketInbox {
    runtime: Option<Runtime>,
    fetcher: Arc<Fetcher>,
    inbox: Mutex<Receiver<Delivery>>,
    dated: Vec<(String, FolderKind)>,
    /// The first and the last day that can be settled.
    days: Option<(Day, Day)>,
    /// What was found of the days before the window.
    looks: Arc<Mutex<Vec<DaysBefore>>>,
    below: Vec<String>,
    first_day: Option<Day>,
    named_days: Vec<LogKey>,
}

impl BucketInbox {
    /// That of objects without a layout, and of days that were named beside them.
    pub(super) fn of_objects(
        runtime: Runtime,
        fetcher: Arc<Fetcher>,
        inbox: Receiver<Delivery>,
        named_days: Vec<LogKey>,
    ) -> Self {
        Self {
            runtime: Some(runtime),
            fetcher,
            inbox: Mutex::new(inbox),
            dated: Vec::new(),
            days: None,
            looks: Arc::default(),
            below: Vec::new(),
            first_day: None,
            named_days,
        }
    }
}

impl Inbox for BucketInbox {
    fn next(&self) -> Option<Delivery> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv()
    }

    fn again(&self, log_file: &str, size: u64) -> Option<Body> {
        // In the room of the damaged bytes: waiting for more of the budget could wait for ever.
        let object = ListedObject { key: log_file.to_owned(), size, tag: "".into(), modified: None };
        let runtime = self.runtime.as_ref()?;
        runtime.block_on(self.fetcher.bucket.get(&object)).ok().map(|fetched| fetched.body(None))
    }

    fn below(&self) -> Vec<String> {
        self.below.clone()
    }

    fn first_day(&self) -> Option<Day> {
        self.first_day
    }

    fn settled(&self) -> Vec<SettledDays> {
        let Some((first, last)) = self.days.filter(|_| self.fetcher.is_whole.load(Ordering::Acquire)) else {
            return Vec::new();
        };
        let unfinished = self.fetcher.unfinished.lock().unwrap_or_else(PoisonError::into_inner);
        settled(&self.dated, first, last, &unfinished)
    }

    fn named_days(&self) -> Vec<LogKey> {
        self.named_days.clone()
    }

    fn has_days(&self) -> bool {
        // Nobody has seen the one that was named.
        let start = self.fetcher.prefix.trim_end_matches('/');
        self.dated.iter().any(|(prefix, _)| prefix.trim_end_matches('/') != start)
    }

    fn before(&self) -> Vec<DaysBefore> {
        let mut looks = self.looks.lock().unwrap_or_else(PoisonError::into_inner).clone();
        looks.sort_by(|one, other| one.folder.cmp(&other.folder));
        looks
    }

    fn advice(&self) -> Vec<String> {
        in_order(self.fetcher.advice.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned())
    }
}

impl Drop for BucketInbox {
    fn drop(&mut self) {
        // Transfers that run are of no use any more, and nobody waits for them.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
