//! Which log files an extract has already, so that whoever goes on with it leaves them.

use std::collections::HashSet;

use sha2::{Digest as _, Sha256};

use crate::decode::extract::ExtractedTally;
use crate::source::question::{ChosenLogs, LogChoice};
use crate::source::{Body, Chunk, SourceSpec, named};

/// Log files that were read to their end. Of what may be millions, a few hashes are kept of each.
#[derive(Debug, Default)]
pub struct DoneFiles {
    /// How the sources are called.
    sources: Vec<String>,
    files: HashSet<ShortHash>,
    /// Those that are of no day of the window then, and may be of one now.
    left_out: HashSet<ShortHash>,
}

/// So much of a hash tells more log files apart than there are.
type ShortHash = [u8; 16];

impl DoneFiles {
    /// How the sources are called from now on, by their numbers.
    pub(super) fn name_sources(&mut self, specs: &[SourceSpec]) {
        self.sources = specs.iter().map(SourceSpec::label).collect();
    }

    fn short(&self, source: usize, log_file: &str, etag: Option<&str>) -> ShortHash {
        short(self.sources.get(source).map_or("", String::as_str), log_file, etag)
    }

    /// Whether a log file was read in some state.
    fn has(&self, source: usize, log_file: &str) -> bool {
        self.files.contains(&self.short(source, log_file, None))
    }

    /// Whether the extract says already that it was left out, or what it holds.
    pub(super) fn tells(&self, source: usize, log_file: &str) -> bool {
        let hash = self.short(source, log_file, None);
        self.files.contains(&hash) || self.left_out.contains(&hash)
    }

    /// Whether a local log file was read as it is now.
    pub(super) fn is_read(&self, chunk: &Chunk) -> bool {
        let Body::File { place, .. } = &chunk.body else { return false };
        let state = named::state_of(place).map(|(etag, ..)| etag);
        state.is_some_and(|etag| self.files.contains(&self.short(chunk.source, &chunk.log_file, Some(&etag))))
    }

    /// Adds one: whether it was not there yet.
    pub(super) fn add(&mut self, tally: &ExtractedTally) -> bool {
        let attempt = &tally.attempt;
        self.files.insert(short(&tally.source, &attempt.log_file, attempt.etag.as_deref()));
        self.files.insert(short(&tally.source, &attempt.log_file, None))
    }

    /// Adds one that is of no day of the window.
    pub(super) fn leave_out(&mut self, tally: &ExtractedTally) {
        self.left_out.insert(short(&tally.source, &tally.attempt.log_file, None));
    }
}

/// An object never changes in an archive: its key tells it.
impl ChosenLogs for DoneFiles {
    fn choose(&self, source: usize, key: &str) -> LogChoice {
        if self.has(source, key) { LogChoice::Leave } else { LogChoice::Read }
    }

    fn also(&self, _: usize) -> Vec<String> {
        Vec::new()
    }

    fn of_whole_regions(&self) -> bool {
        false
    }
}

fn short(source: &str, log_file: &str, etag: Option<&str>) -> ShortHash {
    let mut hash = Sha256::new();
    for text in [Some(source), Some(log_file), etag].into_iter().flatten() {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    let hash: [u8; 32] = hash.finalize().into();
    std::array::from_fn(|at| hash[at])
}
