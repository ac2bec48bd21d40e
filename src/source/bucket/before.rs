//! The days before a window: which of them have log files, so that a place is known that is silent in the window
//! (DESIGN §8). One or two listings of months tell that of a place, without a listing of what is in the days.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::answer::{ListingPage, Refusal};
use super::client::Bucket;
use super::layout::{DAY_LENGTH, FolderKind};
use super::pages::ListingPages;
use super::span::{KeySlice, date_path};
use crate::audit::coverage::DAYS_BEFORE;
use crate::domain::log_key::LogKey;
use crate::domain::log_kind::LogKind;
use crate::domain::timestamp::Day;

/// What is to be listed to know which of the days before `first` a dated folder has: its months, or itself where it is one
/// of the days.
pub(crate) fn slices(first: Day, prefix: &str, place: &FolderKind) -> Vec<KeySlice> {
    let date = if let FolderKind::Date(date) = place { date.as_str() } else { "" };
    let mut prefixes = BTreeSet::new();
    for day in days_before(first) {
        let path = date_path(day);
        if date.starts_with(&path) {
            prefixes.insert(prefix.to_owned());
        } else if let Some(rest) = path[..DAY_LENGTH - 3].strip_prefix(date) {
            prefixes.insert(format!("{prefix}{rest}"));
        }
    }
    prefixes.into_iter().map(KeySlice::flat).collect()
}

/// Which places have log files on the days before `first`, as the slices of a dated folder tell.
pub(crate) async fn look(bucket: &Arc<Bucket>, slices: &[KeySlice], first: Day) -> Result<Vec<LogKey>, Refusal> {
    let mut all = Vec::new();
    for slice in slices {
        all.extend(folders(bucket, slice).await?);
    }
    let mut found = Vec::new();
    for folder in all {
        let key = LogKey::parse(&folder);
        if !key.date.is_some_and(|date| is_before(date, first)) {
            continue;
        }
        if key.account.is_some() && key.region.is_some() {
            found.push(key);
        } else {
            // A copy without the names of folders: those of its files tell.
            named(bucket, folder, first, &mut found).await?;
        }
    }
    Ok(found)
}

/// The day folders in a slice; the slice itself where that is one.
async fn folders(bucket: &Arc<Bucket>, slice: &KeySlice) -> Result<Vec<String>, Refusal> {
    if LogKey::parse(&slice.prefix).date.is_some() {
        let page = page(bucket, slice, None, &mut ListingPages::default()).await?;
        let is_empty = page.objects.is_empty() && page.folders.is_empty();
        return Ok(if is_empty { Vec::new() } else { vec![slice.prefix.clone()] });
    }
    let (mut folders, mut next, mut pages) = (Vec::new(), None, ListingPages::default());
    loop {
        let page = page(bucket, slice, next.as_deref(), &mut pages).await?;
        folders.extend(page.folders);
        next = page.next;
        if next.is_none() {
            return Ok(folders);
        }
    }
}

/// The places that the names of log files tell.
async fn named(bucket: &Arc<Bucket>, folder: String, first: Day, found: &mut Vec<LogKey>) -> Result<(), Refusal> {
    let (slice, mut next, mut pages) = (KeySlice::all(folder), None, ListingPages::default());
    loop {
        let page = page(bucket, &slice, next.as_deref(), &mut pages).await?;
        for object in &page.objects {
            let LogKey { kind, account, region, date, .. } = LogKey::parse(&object.key);
            let is_log = kind.is_none_or(|kind| kind == LogKind::CloudTrail);
            let key = LogKey { kind: None, account, region, date, delivered: None };
            if is_log && key.date.is_some_and(|date| is_before(date, first)) && !found.contains(&key) {
                found.push(key);
            }
        }
        next = page.next;
        if next.is_none() {
            return Ok(());
        }
    }
}

async fn page(
    bucket: &Arc<Bucket>,
    slice: &KeySlice,
    next: Option<&str>,
    pages: &mut ListingPages,
) -> Result<ListingPage, Refusal> {
    let _slot = bucket.pace.slot().await;
    bucket.list(slice, next, pages).await
}

fn days_before(first: Day) -> impl Iterator<Item = Day> {
    (1..=DAYS_BEFORE).map(move |days| first.plus(-days))
}

fn is_before(date: Day, first: Day) -> bool {
    date < first && first.plus(-DAYS_BEFORE) <= date
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(first: &str, prefix: &str, expected: &[&str]) {
        let slices = slices(Day::parse(first).unwrap(), prefix, &FolderKind::of(prefix, LogKind::CloudTrail));
        assert!(slices.iter().all(|slice| slice.flat));
        assert_eq!(slices.iter().map(|slice| &*slice.prefix).collect::<Vec<_>>(), expected, "{first} {prefix}");
    }

    #[test]
    fn a_place_takes_a_listing_or_two() {
        check("2026-11-20", "eu-west-1/", &["eu-west-1/2026/11/"]);
        check("2026-11-08", "eu-west-1/", &["eu-west-1/2026/11/"]);
        check("2026-11-07", "eu-west-1/", &["eu-west-1/2026/10/", "eu-west-1/2026/11/"]);
        check("2026-01-01", "eu-west-1/", &["eu-west-1/2025/12/"]);
        check("2026-01-03", "2026/", &["2026/01/"]);
        check("2026-01-01", "2026/", &[]);
        check("2026-11-07", "2026/10/", &["2026/10/"]);
        check("2026-11-07", "2026/11/06/", &["2026/11/06/"]);
        check("2026-11-07", "2026/11/07/", &[]);
    }
}
