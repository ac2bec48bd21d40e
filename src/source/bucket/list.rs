//! Lists the slices of an archive side by side.

use std::sync::Arc;

use tokio::sync::mpsc::Sender;
use tokio::task::JoinSet;

use super::answer::{Object, Refusal};
use super::client::Bucket;
use super::found::Beside;
use super::pages::Pages;
use super::span::Slice;

/// How many slices are listed at a time. Listing shares the pace with fetching.
const SIDE_BY_SIDE: usize = 64;

/// What listing gives.
#[derive(Debug)]
pub(crate) enum Listed {
    /// Some objects, in the order of their keys.
    Objects {
        /// Some of one slice.
        objects: Vec<Object>,
        /// Where they lie.
        place: Place,
    },
    /// What is left out.
    Beside(Vec<Beside>),
    /// A slice that could not be listed, or not to its end.
    Failed(Slice, Refusal),
    /// A slice, by its prefix, has been listed to its end.
    Ended(String),
}

/// Where an object was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a folder of days that the window leaves.
    Dated,
    /// Anywhere else.
    Loose,
    /// Nowhere: it was named itself.
    Named,
}

impl Slice {
    /// Where its objects lie.
    pub(crate) fn place(&self) -> Place {
        if self.dated { Place::Dated } else { Place::Loose }
    }
}

/// Lists all slices, and hands on pages as they come. Ends early when nobody takes them any more.
pub(crate) async fn list_all(bucket: Arc<Bucket>, slices: Vec<Slice>, out: Sender<Listed>) {
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

async fn list_one(bucket: Arc<Bucket>, slice: Slice, out: Sender<Listed>) {
    let mut next: Option<String> = None;
    let mut pages = Pages::default();
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
