//! The lines of an extract, on their way from the workers to whoever writes them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::SyncSender;

use super::day_folders::day_folders;
use super::done_files::DoneFiles;
use crate::decode::Decoded;
use crate::decode::record::principals::PrincipalNotes;
use crate::domain::issuer::Issuers;
use crate::domain::log_key::LogKey;
use crate::domain::tally::Skip;
use crate::report::extract::{ExtractText, ExtractedFate, ExtractedFile};
use crate::source::known::ObjectVersion;
use crate::source::remote::Remote;
use crate::source::{Body, Chunk, SourceSpec, named};

/// Lines are handed on when there are so many bytes of them.
const TOGETHER: usize = 64 << 10;

/// What the workers have in common.
pub(super) struct SharedExtract {
    text: ExtractText,
    /// How the sources are called.
    sources: Vec<String>,
    /// The log files that the extract has already.
    done: Option<Arc<DoneFiles>>,
    rows: AtomicU64,
    is_over: AtomicBool,
}

impl SharedExtract {
    /// Says that nobody takes lines any more.
    pub(super) fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// How many lines there were.
    pub(super) fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }
}

/// Where one worker writes.
pub(super) struct ExtractWriter {
    shared: Arc<SharedExtract>,
    buffer: Vec<u8>,
    out: SyncSender<Vec<u8>>,
}

impl ExtractWriter {
    /// The first one, and what it has in common with the others, of a run of the program that has a name, with calls of runs of some
    /// issuers or without any. Whole lines go `out`.
    pub(super) fn new(
        specs: &[SourceSpec],
        (attempt, activity): (String, Option<Issuers>),
        done: Option<Arc<DoneFiles>>,
        out: SyncSender<Vec<u8>>,
    ) -> (Self, Arc<SharedExtract>) {
        let shared = Arc::new(SharedExtract {
            text: ExtractText::new(attempt, activity),
            sources: specs.iter().map(SourceSpec::label).collect(),
            done,
            rows: AtomicU64::new(0),
            is_over: AtomicBool::new(false),
        });
        (Self { shared: Arc::clone(&shared), buffer: Vec::new(), out }, shared)
    }

    /// That of another worker.
    pub(super) fn beside(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), buffer: Vec::new(), out: self.out.clone() }
    }

    /// Whether nobody takes lines any more.
    pub(super) fn is_over(&self) -> bool {
        self.shared.is_over.load(Ordering::Relaxed)
    }

    /// Writes what was found in a log file, and takes its events and calls out.
    pub(super) fn decoded(&mut self, chunk: &Chunk, decoded: &mut Decoded) {
        self.chunk(chunk, ExtractedFate::Decoded(decoded));
        decoded.assumptions.clear();
        decoded.places.clear();
        decoded.principals.clear();
        decoded.session_calls.clear();
        decoded.call_places.clear();
        decoded.notes = PrincipalNotes::default();
        decoded.written = Some(Box::default());
        // Who extracts calls is told which of them cannot be read.
        decoded.reject_unread_calls();
    }

    /// Writes that a log file could not be opened.
    pub(super) fn unopened(&mut self, chunk: &Chunk, reason: &str) {
        self.chunk(chunk, ExtractedFate::Failed(reason));
    }

    fn chunk(&mut self, chunk: &Chunk, fate: ExtractedFate<'_>) {
        let local = match &chunk.body {
            Body::File { place, .. } => named::state_of(place),
            Body::Stdin | Body::Memory(_) | Body::Spooled { .. } => None,
        };
        let told = chunk.version.as_ref().map(|version| (&*version.tag, version.size, chunk.modified));
        let (etag, size, last_modified) = match &local {
            Some((tag, size, modified)) => (Some(tag.as_str()), Some(*size), *modified),
            None => told.map_or((None, None, None), |(tag, size, modified)| (Some(tag), Some(size), modified)),
        };
        let etag = etag.filter(|etag| !etag.is_empty());
        let source = &self.shared.sources[chunk.source];
        let (log_file, key) = (&*chunk.log_file, &chunk.key);
        let file = ExtractedFile { source, log_file, key, etag, size, last_modified, fate };
        put(&self.shared, &mut self.buffer, &file);
        self.hand_on_many();
    }

    /// Writes that something of a source could not be fetched or listed.
    pub(super) fn failed(&mut self, source: usize, name: &str, version: Option<&ObjectVersion>, reason: &str) {
        let tag = version.map(|version| &*version.tag).filter(|tag| !tag.is_empty());
        self.named(source, name, tag, version.map(|version| version.size), ExtractedFate::Failed(reason));
    }

    /// Writes that something of a source was left out.
    pub(super) fn skipped(&mut self, source: usize, name: &str, skip: Skip) {
        if self.shared.done.as_ref().is_some_and(|done| done.tells(source, name)) {
            return;
        }
        self.named(source, name, None, None, ExtractedFate::Skipped(skip));
    }

    /// Writes which days of a source have log files that are not extracted, since they are before the window.
    pub(super) fn know(&mut self, remote: &Remote) {
        for folder in day_folders(remote) {
            self.skipped(remote.source, &folder, Skip::Window);
        }
        self.hand_on();
    }

    fn named(&mut self, source: usize, name: &str, etag: Option<&str>, size: Option<u64>, fate: ExtractedFate<'_>) {
        let (source, key) = (&self.shared.sources[source], &LogKey::parse(name));
        let file = ExtractedFile { source, log_file: name, key, etag, size, last_modified: None, fate };
        put(&self.shared, &mut self.buffer, &file);
        self.hand_on_many();
    }

    fn hand_on_many(&mut self) {
        if self.buffer.len() >= TOGETHER {
            self.hand_on();
        }
    }

    /// Hands on what there is.
    pub(super) fn hand_on(&mut self) {
        let lines = std::mem::take(&mut self.buffer);
        if !lines.is_empty() && self.out.send(lines).is_err() {
            self.shared.end();
        }
    }
}

fn put(shared: &SharedExtract, buffer: &mut Vec<u8>, file: &ExtractedFile<'_>) {
    // A buffer in memory takes everything.
    let rows = shared.text.put(file, buffer).unwrap_or_default();
    shared.rows.fetch_add(rows, Ordering::Relaxed);
}
