//! What the first reading noted of each file, so that it is known which of them are read a second time.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::decode::Decoded;
use crate::decode::record::principals::PrincipalHash;
use crate::domain::digest::Hash;
use crate::domain::log_key::LogKey;
use crate::domain::session_call::SessionCall;
use crate::domain::tally::{ByteTally, RecordTally};
use crate::source::known::ReadAgainFor;

/// Where a file is that was read once.
#[derive(Debug, Clone)]
pub(super) enum NotedPlace {
    /// A local one, by its place among the chunks.
    Local(usize),
    /// One that a remote source fetches again.
    Remote { source: usize, log_file: Arc<str>, size: u64 },
    /// One that an extract is of, whose source is called so.
    Extracted { source: Box<str>, log_file: Arc<str> },
}

/// A log file that an extract is of.
pub(super) struct ExtractedPlace<'a> {
    /// How the extract calls its source.
    pub(super) source: &'a str,
    pub(super) log_file: &'a Arc<str>,
}

/// A file that was read once.
#[derive(Debug)]
pub(super) struct NotedFile {
    pub(super) place: NotedPlace,
    pub(super) key: LogKey,
    /// The principals of its other calls; none where it may hold calls of anybody.
    pub(super) principals: Option<Box<[PrincipalHash]>>,
    pub(super) records: RecordTally,
    pub(super) bytes: ByteTally,
    /// The hash of its bytes as they were stored, where an extract tells.
    pub(super) sha256: Option<Hash>,
    /// Calls of it that an extract has, and that do not tell by themselves that a run made them.
    pub(super) beside: Vec<SessionCall>,
}

impl NotedFile {
    /// Where it is, if an extract is of it.
    pub(super) fn extracted(&self) -> Option<ExtractedPlace<'_>> {
        match &self.place {
            NotedPlace::Extracted { source, log_file } => Some(ExtractedPlace { source, log_file }),
            NotedPlace::Local(_) | NotedPlace::Remote { .. } => None,
        }
    }

    /// What was read of it again, if it is as it was.
    pub(super) fn unchanged(&self, decoded: Decoded) -> Result<Decoded, String> {
        let of = |records: RecordTally, bytes: ByteTally| (records.total, records.kept, bytes);
        let is_same = self.sha256.is_none() || decoded.stored_sha256 == self.sha256;
        if is_same && of(decoded.records, decoded.bytes) == of(self.records, self.bytes) {
            return Ok(decoded);
        }
        let is_extracted = matches!(self.place, NotedPlace::Extracted { .. });
        Err(if is_extracted { CHANGED.to_owned() } else { "it has changed since it was read first".to_owned() })
    }
}

/// Why a log file is of no use that an extract is of.
pub(super) const CHANGED: &str = "it has changed since it was extracted";

/// What is missing of a log file that could not be read again, as a line of a coverage.
pub(super) fn missing(why: ReadAgainFor, log_file: &str, reason: &str) -> String {
    match why {
        ReadAgainFor::Calls => format!("{log_file} had to be read a second time for calls of runs, but {reason}"),
        ReadAgainFor::Writes => {
            format!("{log_file} had to be read once more for what others did with what runs wrote, but {reason}")
        }
    }
}

/// What the bytes of a log file were, if an extract tells.
pub(super) fn extracted_sha256(decoded: &Decoded) -> Option<Hash> {
    decoded.extracted.as_ref().and_then(|extracted| extracted.sha256)
}

/// What the first pass noted.
#[derive(Debug, Default)]
pub(super) struct NotedFiles {
    pub(super) files: Vec<NotedFile>,
    handed_on: HashSet<(PrincipalHash, PrincipalHash)>,
    /// How many principals are noted of all files.
    noted: usize,
}

/// So many principals are noted of all files together, which are 64 MiB; what is read then may hold calls of anybody.
const MOST: usize = 1 << 24;

impl NotedFiles {
    /// Adds a file, of which an extract may have calls `beside` those that tell by themselves that a run made them.
    pub(super) fn add(&mut self, place: NotedPlace, key: &LogKey, decoded: &Decoded, beside: Vec<SessionCall>) {
        let notes = &decoded.notes;
        self.handed_on.extend(notes.handed_on.iter().copied());
        if notes.unkept.as_ref().is_some_and(|principals| principals.is_empty()) && beside.is_empty() {
            return;
        }
        let principals = notes.unkept.clone().filter(|_| self.noted < MOST);
        self.noted += principals.as_ref().map_or(0, |principals| principals.len());
        let (records, bytes, sha256) = (decoded.records, decoded.bytes, extracted_sha256(decoded));
        self.files.push(NotedFile { place, key: key.clone(), principals, records, bytes, sha256, beside });
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.files.extend(other.files);
        self.handed_on.extend(other.handed_on);
        self.noted += other.noted;
    }

    /// Everybody to whom credentials lead from `roots`.
    pub(super) fn reached(&self, roots: HashSet<PrincipalHash>) -> HashSet<PrincipalHash> {
        let mut next: HashMap<PrincipalHash, Vec<PrincipalHash>> = HashMap::new();
        for (from, to) in &self.handed_on {
            next.entry(*from).or_default().push(*to);
        }
        let mut open: Vec<PrincipalHash> = roots.iter().copied().collect();
        let mut reached = roots;
        while let Some(principal) = open.pop() {
            for to in next.get(&principal).into_iter().flatten() {
                if reached.insert(*to) {
                    open.push(*to);
                }
            }
        }
        reached
    }
}

/// A file, its name, and what was read of it.
pub(super) type ReadAgain = (NotedFile, Arc<str>, Result<Decoded, String>);
