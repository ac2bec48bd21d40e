//! One more reading: what anybody wrote to the resources that runs wrote, and with the keys that they made.
//!
//! After the second pass all calls that may be of runs are there. Only files in which a write names one of their resources, or
//! anything one of their keys, are read once more.

use std::collections::HashSet;
use std::sync::Arc;

use super::noted::{NotedFile, NotedPlace, extracted_sha256, missing};
use super::second_pass::{SecondPass, SessionCalls};
use crate::audit::activity::written::WrittenByRuns;
use crate::audit::coverage::Coverage;
use crate::decode::Decoded;
use crate::decode::defect::unreadable;
use crate::decode::record::resource_write::{ArnHash, WrittenArns, hash};
use crate::domain::log_key::LogKey;
use crate::domain::resource_write::ResourceWrite;
use crate::source::known::ReadAgainFor;

/// The resources that the writes in each file name.
#[derive(Debug, Default)]
pub(super) struct WrittenFiles {
    files: Vec<(NotedFile, WrittenArns)>,
    /// How many resources are noted of all files.
    noted: usize,
}

/// So many resources are noted of all files together, which are 32 MiB; what is read then may hold writes to anything.
const MOST: usize = 1 << 23;

impl WrittenFiles {
    pub(super) fn add(&mut self, place: &NotedPlace, key: &LogKey, decoded: &mut Decoded) {
        let written = decoded.written.replace(Box::default());
        if written.as_ref().is_some_and(|arns| arns.is_empty()) {
            return;
        }
        let written = written.filter(|_| self.noted < MOST);
        self.noted += written.as_ref().map_or(0, |arns| arns.len());
        let (records, bytes, sha256) = (decoded.records, decoded.bytes, extracted_sha256(decoded));
        let (place, key, principals, beside) = (place.clone(), key.clone(), None, Vec::new());
        let file = NotedFile { place, key, principals, records, bytes, sha256, beside };
        self.files.push((file, written));
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.files.extend(other.files);
        self.noted += other.noted;
    }
}

impl SecondPass<'_> {
    /// Reads what may hold writes to resources that calls of runs wrote.
    pub(super) fn read_writes(&self, written: WrittenFiles, sessions: &mut SessionCalls, coverage: &mut Coverage) {
        if written.files.is_empty() {
            return;
        }
        let of_runs = WrittenByRuns::new(&sessions.calls);
        let wanted: HashSet<ArnHash> = of_runs.texts().map(|text| hash(text.as_bytes())).collect();
        let wanted = Arc::new(wanted);
        let names_one =
            |arns: &WrittenArns| arns.as_ref().is_none_or(|arns| arns.iter().any(|arn| wanted.contains(arn)));
        let files = written.files.into_iter().filter(|(_, arns)| names_one(arns)).map(|(file, _)| file);
        let files: Vec<NotedFile> = files.collect();
        if wanted.is_empty() || files.is_empty() {
            return;
        }
        let (read, kept) = self.read_all(
            files,
            |decoder| decoder.with_resource_writes(Arc::clone(&wanted)),
            Vec::new,
            |kept, decoded| kept.append(&mut decoded.resource_writes),
        );
        let mut writes: Vec<ResourceWrite> = kept.into_iter().flatten().collect();
        of_runs.retain(&mut writes);
        sessions.writes = writes;
        for (_, name, content) in read {
            let reason = match content {
                Ok(decoded) => unreadable(&decoded.unread_calls),
                Err(reason) => Some(reason),
            };
            coverage.incomplete.extend(reason.map(|reason| missing(ReadAgainFor::Writes, &name, &reason)));
        }
    }
}
