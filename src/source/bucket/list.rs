//! Lists the slices of an archive side by side.

use std::sync::Arc;

use tokio::sync::mpsc::Sender;
use tokio::task::JoinSet;

use super::answer::{ListedObject, Refusal};
use super::client::Bucket;
use super::found::LeftOut;
use super::pages::ListingPages;
use super::span::KeySlice;

/// How many slices are listed at a time. Listing shares the pace with fetching.
const SIDE_BY_SIDE: usize = 64;

/// What listing gives.
#[derive(Debug)]
pub(crate) enum Listed {
    /// Some objects, in the order of their keys.
    Objects {
        /// Some of one slice.
        objects: Vec<ListedObject>,
        /// Where they lie.
        place: ObjectPlace,
    },
    /// What is left out.
    Beside(Vec<LeftOut>),
    /// A slice that could not be listed, or not to its end.
    Failed(KeySlice, Refusal),
    /// A slice, by its prefix, has been listed to its end.
    Ended(String),
}

/// Where an object was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ObjectPlace {
    /// In a folder of days that the window leaves.
    Dated,
    /// Anywhere else.
    Loose,
    /// Nowhere: it was named itself.
    Named,
    /// In a list of keys.
    InList,
}

impl KeySlice {
    /// Where its objects lie.
    pub(crate) fn place(&self) -> ObjectPlace {
        if self.dated { ObjectPlace::Dated } else { ObjectPlace::Loose }
    }
}

/// Lists all slices, and hands on pages as they come. Ends early when nobody takes them any more.
pub(crate) async fn list_all(bucket: Arc<Bucket>, slices: Vec<KeySlice>, out: Sender<Listed>) {
    let mut running = JoinSet::new();
    let mut left = slices.into_iter();
    loop {
        while running.len() < SIDE_BY_SIDE
            && let Some(slice) = left.next()
        {
            running.spawn(list_one(Arc::clone(&bucket), slice, out.clone()));
        }
        if running.join_next().await.is_none() || out.is_closed() {
            return;
        }
    }
}

async fn list_one(bucket: Arc<Bucket>, slice: KeySlice, out: Sender<Listed>) {
    let mut next: Option<String> = None;
    let mut pages = ListingPages::default();
    loop {
        let page = {
            let _slot = bucket.pace.slot().await;
            bucket.list(&slice, next.as_deref(), &mut pages).await
        };
        let page = match page {
            Ok(page) => page,
            Err(refusal) => {
                let _ = out.send(Listed::Failed(slice, refusal)).await;
                return;
            }
        };
        if out.send(Listed::Objects { objects: page.objects, place: slice.place() }).await.is_err() {
            return;
        }
        next = page.next;
        if next.is_none() {
            let _ = out.send(Listed::Ended(slice.prefix)).await;
            return;
        }
    }
}
