//! What the requests to a bucket give: objects, pages of a listing, and refusals.

use crate::aws::failure::RequestFailure;
use crate::domain::timestamp::Timestamp;
use crate::source::known::ObjectVersion;

/// An object in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListedObject {
    pub(crate) key: String,
    pub(crate) size: u64,
    /// What changes with its bytes; empty where nothing tells.
    pub(crate) tag: Box<str>,
    /// When it was written.
    pub(crate) modified: Option<Timestamp>,
}

impl ListedObject {
    /// The state of it that was listed.
    pub(crate) fn version(&self) -> ObjectVersion {
        ObjectVersion { name: self.key.as_str().into(), size: self.size, tag: self.tag.clone() }
    }
}

/// A page of a listing.
#[derive(Debug, Default)]
pub(crate) struct ListingPage {
    pub(crate) objects: Vec<ListedObject>,
    /// Folders, where the listing stops at them.
    pub(crate) folders: Vec<String>,
    /// Where the next page goes on.
    pub(crate) next: Option<String>,
    /// Whether it says that there is more.
    pub(crate) is_cut: bool,
}

/// A request that failed for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) failure: RequestFailure,
    /// The region of the bucket, where the answer tells that it is another one.
    pub(crate) region: Option<String>,
}
