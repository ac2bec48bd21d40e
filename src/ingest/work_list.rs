//! Which log files were to be extracted.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use crate::decode::extract::ExtractedTally;

/// A key of a work list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WorkKey {
    /// The log file as a list of keys is read.
    pub log_file: Arc<str>,
    /// What stands in front of it in the list: a bucket or a folder.
    pub source: Box<str>,
}

/// The keys of a work list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkList(pub Vec<WorkKey>);

impl WorkList {
    /// Those of them that have no tally, and no source: nobody knows in which of them they should be.
    pub(super) fn missing(
        &self,
        files: &BTreeMap<Arc<str>, Vec<(usize, ExtractedTally)>>,
    ) -> BTreeMap<Arc<str>, usize> {
        let tallies = files.values().flatten().map(|(_, tally)| tally);
        // Whoever extracted may have called a file by its path below another folder.
        let whole: HashSet<String> = tallies.map(|tally| whole(&tally.source, &tally.attempt.log_file)).collect();
        let is_there = |key: &&WorkKey| {
            files.contains_key(&key.log_file) || whole.contains(&self::whole(&key.source, &key.log_file))
        };
        let missing = self.0.iter().filter(|key| !is_there(key));
        missing.map(|key| (Arc::clone(&key.log_file), usize::MAX)).collect()
    }
}

/// A log file and its source as one path.
fn whole(source: &str, log_file: &str) -> String {
    match source.trim_start_matches("./").trim_end_matches('/') {
        "" | "." | "-" => log_file.to_owned(),
        source => format!("{source}/{log_file}"),
    }
}
