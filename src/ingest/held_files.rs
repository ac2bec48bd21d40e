//! Files that failed with less text than a row of an extract has. What they are is told by the others: beside extracts, they are what is
//! left of some whose writers were ended before their first row, or had nothing to write.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::fold::GatheredRows;
use crate::decode::Decoded;
use crate::domain::log_key::LogKey;

/// Whether what a file is cannot be told by itself. What is called as CloudTrail calls its log files is one of these.
pub(super) fn may_be_extract(key: &LogKey, decoded: &Decoded) -> bool {
    decoded.may_be_extract && key.account.is_none()
}

/// A file of which only all others tell what it is.
pub(super) trait HeldFile {
    /// The number of its source.
    fn source(&self) -> usize;
    /// How it failed.
    fn decoded(&self) -> &Decoded;
}

/// Takes those files as extracts that lie in a source with extracts, or in one of `others`; gives back the rest.
pub(super) fn settle<T: HeldFile>(held: Vec<T>, rows: &mut GatheredRows, others: &BTreeSet<usize>) -> Vec<T> {
    rows.sources.extend(held.iter().map(T::source).filter(|source| others.contains(source)));
    let mut rest = Vec::new();
    for file in held {
        if !rows.sources.contains(&file.source()) {
            rest.push(file);
        } else if !file.decoded().is_empty() {
            rows.cut_off.insert(Arc::clone(&file.decoded().log_file));
        }
    }
    rest
}
