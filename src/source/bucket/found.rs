//! What the discovery of a bucket finds.

use std::collections::BTreeSet;

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
    /// Those of them that nobody may list.
    pub(crate) forbidden: BTreeSet<String>,
    /// Accounts that were left out, since no event of theirs is wanted.
    pub(crate) pruned: usize,
    /// List requests that it took.
    pub(crate) requests: u64,
}

impl BucketLayout {
    /// What to say of folders that nobody looked into.
    pub(crate) fn not_looked_into(&self) -> String {
        let (folders, were) = match self.unseen {
            1 => ("1 folder".to_owned(), "was"),
            count => (format!("{count} folders"), "were"),
        };
        let first: Vec<&str> = self.forbidden.iter().map(String::as_str).take(3).collect();
        let why = match self.forbidden.len() {
            0 => String::new(),
            count => {
                let more = if count > first.len() { " and others" } else { "" };
                format!(", and nobody may list {}{more}: an archive in there is not read", first.join(", "))
            }
        };
        format!("{folders} beside the archives {were} not looked into{why}")
    }
}

/// An object, or a folder, that is left out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LeftOut {
    /// The whole key; of a folder it ends with a slash.
    pub(crate) name: String,
    /// Why.
    pub(crate) skip: Skip,
}
