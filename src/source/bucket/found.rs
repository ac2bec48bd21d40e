//! What the discovery of a bucket finds.

use super::answer::{ListedObject, Refusal};
use super::layout::FolderKind;
use crate::domain::tally::Skip;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct BucketLayout {
    /// Folders whose log files lie in folders by date.
    pub(crate) dated: Vec<(String, FolderKind)>,
    /// Folders whose own objects are still to be listed.
    pub(crate) flat: Vec<String>,
    /// Trees without any layout, to be listed whole.
    pub(crate) trees: Vec<String>,
    /// Objects that are listed already.
    pub(crate) objects: Vec<ListedObject>,
    /// Whether the one object among them was named itself.
    pub(crate) is_named: bool,
    /// What lies beside archives and is no part of one.
    pub(crate) beside: Vec<LeftOut>,
    /// Folders of an archive that could not be listed.
    pub(crate) refused: Vec<(String, Refusal)>,
    /// Folders that nobody looked into.
    pub(crate) unseen: usize,
    /// Accounts that were left out, since no event of theirs is wanted.
    pub(crate) pruned: usize,
    /// List requests that it took.
    pub(crate) requests: u64,
}

/// An object, or a folder, that is left out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LeftOut {
    /// The whole key; of a folder it ends with a slash.
    pub(crate) name: String,
    /// Why.
    pub(crate) skip: Skip,
}
