//! Which log files were to be extracted.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

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
    pub(super) fn missing(&self, told: &ToldFiles) -> BTreeMap<Arc<str>, usize> {
        let missing = self.0.iter().filter(|key| !told.has(key));
        missing.map(|key| (Arc::clone(&key.log_file), usize::MAX)).collect()
    }
}

/// The log files that have a tally, or were read themselves. Of what may be millions, 16 bytes are kept each.
#[derive(Debug, Default)]
pub(super) struct ToldFiles(HashSet<[u8; 16]>);

impl ToldFiles {
    /// Adds a log file of a source: that of a tally, or one that lies beside extracts.
    pub(super) fn add(&mut self, source: &str, log_file: &str) {
        // Whoever extracted may have called a file by its path below another folder.
        self.0.extend([log_file, &whole(source, log_file)].map(short));
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    fn has(&self, key: &WorkKey) -> bool {
        self.0.contains(&short(&key.log_file)) || self.0.contains(&short(&whole(&key.source, &key.log_file)))
    }
}

/// What tells a name from all others.
fn short(name: &str) -> [u8; 16] {
    let hash: [u8; 32] = Sha256::digest(name).into();
    std::array::from_fn(|at| hash[at])
}

/// A log file and its source as one path.
fn whole(source: &str, log_file: &str) -> String {
    match source.trim_start_matches("./").trim_end_matches('/') {
        "" | "." | "-" => log_file.to_owned(),
        source => format!("{source}/{log_file}"),
    }
}
