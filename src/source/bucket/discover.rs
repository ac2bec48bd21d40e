//! Finds the archives at and below a place of a bucket, by listing folders and never what is in the dated ones.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::address::BucketAddress;
use super::answer::{ListedObject, Refusal};
use super::beside::{UnknownFolder, set_aside};
use super::client::Bucket;
use super::found::{BucketLayout, LeftOut};
use super::layout::{FolderKind, is_named_like_a_log};
use super::pages::ListingPages;
use super::span::KeySlice;
use crate::domain::log_kind::LogKind;
use crate::domain::log_name;

/// How many folders that look like nothing known are looked into, and how deep below the start.
const STRANGERS: usize = 200;
const DEPTH: usize = 4;

/// Objects beside archives that are kept from the discovery; more of them are listed again.
const KEPT: usize = 10_000;

/// A folder to look into.
#[derive(Debug, Clone)]
struct SearchFolder {
    prefix: String,
    place: FolderKind,
    /// How many folders of no known meaning led here.
    depth: usize,
    is_start: bool,
}

/// What is in a folder.
struct FolderContents {
    folder: SearchFolder,
    folders: Vec<String>,
    objects: Vec<ListedObject>,
    /// Whether it has more objects than were kept.
    is_large: bool,
    requests: u64,
}

/// Looks around from an address on for one kind of file. Only `accounts` are entered, where that is known.
pub(crate) async fn discover(
    bucket: &Arc<Bucket>,
    address: &BucketAddress,
    wanted: LogKind,
    accounts: Option<&BTreeSet<String>>,
) -> Result<BucketLayout, Refusal> {
    let mut layout = BucketLayout::default();
    let Some(prefix) = start(bucket, address, &mut layout).await? else { return Ok(layout) };
    let mut search = LayoutSearch { wanted, accounts, strangers: 0, levels: Vec::new(), layout };
    let mut next =
        vec![SearchFolder { place: FolderKind::of(&prefix, wanted), prefix: prefix.clone(), depth: 0, is_start: true }];
    while !next.is_empty() {
        next = search.step(bucket, next).await?;
    }
    Ok(search.finish(prefix))
}

/// The folder to start from; nothing where the address is that of an object, which then is found.
async fn start(bucket: &Bucket, address: &BucketAddress, layout: &mut BucketLayout) -> Result<Option<String>, Refusal> {
    let prefix = &address.prefix;
    if prefix.is_empty() || prefix.ends_with('/') {
        return Ok(Some(prefix.clone()));
    }
    let folder = format!("{prefix}/");
    if !is_named_like_a_log(prefix) {
        layout.requests += 1;
        if !is_empty(bucket, &folder).await? {
            return Ok(Some(folder));
        }
    }
    // One that may not be seen is none: what lies below the folder may be.
    if let Ok(Some(object)) = bucket.find(prefix).await {
        layout.objects.push(object);
        layout.is_named = true;
        return Ok(None);
    }
    Ok(Some(folder))
}

async fn is_empty(bucket: &Bucket, prefix: &str) -> Result<bool, Refusal> {
    let page = bucket.list_some(&KeySlice::flat(prefix), 1).await?;
    Ok(page.objects.is_empty() && page.folders.is_empty() && page.next.is_none())
}

struct LayoutSearch<'a> {
    wanted: LogKind,
    accounts: Option<&'a BTreeSet<String>>,
    strangers: usize,
    /// Folders of no known meaning that were looked into.
    levels: Vec<UnknownFolder>,
    layout: BucketLayout,
}

impl LayoutSearch<'_> {
    /// Looks into folders side by side, and gives those to look into next.
    async fn step(&mut self, bucket: &Arc<Bucket>, folders: Vec<SearchFolder>) -> Result<Vec<SearchFolder>, Refusal> {
        let mut running = JoinSet::new();
        let mut dated = Vec::new();
        for folder in folders {
            if folder.place.is_dated() && !folder.place.may_be_year(&folder.prefix, self.wanted) {
                dated.push((folder.prefix, folder.place));
            } else {
                running.spawn(look(Arc::clone(bucket), folder, self.wanted));
            }
        }
        self.layout.dated.append(&mut dated);
        let mut next = Vec::new();
        while let Some(inside) = running.join_next().await {
            match inside {
                Ok(Ok(inside)) => self.take(inside, &mut next),
                Ok(Err((folder, refusal))) => self.refuse(folder, refusal)?,
                Err(error) => {
                    if let Ok(panic) = error.try_into_panic() {
                        std::panic::resume_unwind(panic);
                    }
                }
            }
        }
        // The order in which answers come decides nothing.
        next.sort_by(|one: &SearchFolder, other| one.prefix.cmp(&other.prefix));
        Ok(next)
    }

    /// What cannot be listed ends the search only at its start.
    fn refuse(&mut self, folder: SearchFolder, refusal: Refusal) -> Result<(), Refusal> {
        if folder.is_start || !refusal.failure.is_forbidden() {
            return Err(refusal);
        }
        if folder.place == FolderKind::Above {
            self.layout.unseen += 1;
            self.layout.forbidden.insert(folder.prefix);
        } else {
            self.layout.refused.push((folder.prefix, refusal));
        }
        Ok(())
    }

    fn take(&mut self, mut inside: FolderContents, next: &mut Vec<SearchFolder>) {
        self.layout.requests += inside.requests;
        if inside.folder.place.is_dated() {
            let has_month = inside.folders.iter().any(|prefix| {
                let name = prefix.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
                inside.folder.place.child(name, self.wanted).is_some()
            });
            if has_month {
                self.layout.dated.push((inside.folder.prefix, inside.folder.place));
                return;
            }
            inside.folder.place = FolderKind::Above;
        }
        if inside.is_large {
            self.layout.flat.push(inside.folder.prefix.clone());
        }
        self.layout.objects.extend(inside.objects);
        let mut level = UnknownFolder::new(&inside.folder.prefix);
        for prefix in inside.folders {
            let name = prefix.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
            if inside.folder.place == FolderKind::Above {
                level.folders.push(prefix.clone());
                level.is_above_archive |= name == "AWSLogs";
            }
            if let Some(skip) = log_name::folder(&[], name) {
                self.layout.beside.push(LeftOut { name: prefix, skip });
                continue;
            }
            let Some(place) = inside.folder.place.child(name, self.wanted) else { continue };
            if place == FolderKind::Account && self.accounts.is_some_and(|accounts| !accounts.contains(name)) {
                self.layout.pruned += 1;
                continue;
            }
            let mut depth = inside.folder.depth;
            if place == FolderKind::Above {
                depth += 1;
                self.strangers += 1;
                if depth > DEPTH || self.strangers > STRANGERS {
                    self.layout.unseen += 1;
                    continue;
                }
            }
            next.push(SearchFolder { prefix, place, depth, is_start: false });
        }
        if inside.folder.place == FolderKind::Above {
            self.levels.push(level);
        }
    }

    fn finish(self, start: String) -> BucketLayout {
        let mut layout = self.layout;
        layout.dated.sort_by(|one, other| one.0.cmp(&other.0));
        layout.flat.sort_unstable();
        layout.refused.sort_by(|one, other| one.0.cmp(&other.0));
        let mut levels = self.levels;
        let is_archive =
            !layout.dated.is_empty() || !layout.refused.is_empty() || levels.iter().any(|level| level.is_above_archive);
        if is_archive {
            set_aside(&mut layout, &mut levels);
        } else if layout.unseen > 0 {
            // Nothing but objects, of which some may lie deeper: all of the tree is what was asked for.
            return BucketLayout {
                trees: vec![start],
                requests: layout.requests,
                pruned: layout.pruned,
                ..BucketLayout::default()
            };
        }
        layout.beside.sort_unstable();
        layout.objects.sort_by(|one, other| one.key.cmp(&other.key));
        layout
    }
}

async fn look(
    bucket: Arc<Bucket>,
    folder: SearchFolder,
    wanted: LogKind,
) -> Result<FolderContents, (SearchFolder, Refusal)> {
    // Of an account only this folder matters, and its own name is known.
    let prefix = if folder.place == FolderKind::Account {
        format!("{}{}/", folder.prefix, wanted.segment())
    } else {
        folder.prefix.clone()
    };
    let slice = KeySlice::flat(prefix);
    let place = if folder.place == FolderKind::Account { FolderKind::Trail } else { folder.place.clone() };
    let folder = SearchFolder { prefix: slice.prefix.clone(), place, ..folder };
    let mut inside = FolderContents { folder, folders: Vec::new(), objects: Vec::new(), is_large: false, requests: 0 };
    let mut next = None;
    let mut pages = ListingPages::default();
    loop {
        let page = {
            let _slot = bucket.pace.slot().await;
            bucket.list(&slice, next.as_deref(), &mut pages).await
        };
        let page = match page {
            Ok(page) => page,
            Err(refusal) => return Err((inside.folder, refusal)),
        };
        inside.requests += 1;
        inside.folders.extend(page.folders);
        if !inside.is_large {
            inside.objects.extend(page.objects);
        }
        if inside.objects.len() > KEPT {
            inside.is_large = true;
            inside.objects = Vec::new();
        }
        next = page.next;
        if next.is_none() {
            return Ok(inside);
        }
    }
}
