//! Writes what is found in log files as it is found, and keeps none of it.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;

use super::extract_past::ExtractPast;
use super::extract_writer::ExtractWriter;
use super::options::IngestOptions;
use super::scan::{Ingested, ingest_or_extract};
use crate::progress::Progress;
use crate::source::SourceSpec;
use crate::source::remote::Remote;

/// So many pieces may wait to be written.
const WAITING: usize = 16;

/// What was written.
#[derive(Debug)]
pub struct Extracted {
    /// What was read and what is missing; it has no events.
    pub ingested: Ingested,
    /// Lines that were written.
    pub rows: u64,
}

/// Extracts all sources: local ones first, then the `remotes` among them, which have been opened. `attempt` names this run, and
/// `write` takes whole lines. Where calls of sessions are asked for, those are written that a log file by itself shows to be of runs. What the extract has already in the `past` is counted, and not read again.
///
/// # Errors
///
/// The first one of `write`, after which nothing more is read.
pub fn extract(
    specs: &[SourceSpec],
    remotes: &[Remote],
    options: &IngestOptions,
    (attempt, past): (String, Option<ExtractPast>),
    progress: &Progress,
    mut write: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<Extracted> {
    let (out, lines) = sync_channel::<Vec<u8>>(WAITING);
    let done = past.as_ref().map(|past| Arc::clone(&past.done));
    let activity = options.calls.parameters_of_sessions().map(|_| options.issuers.clone());
    let (writer, shared) = ExtractWriter::new(specs, (attempt, activity), done, out);
    thread::scope(|scope| {
        let reading = scope.spawn(move || ingest_or_extract(specs, remotes, options, progress, Some((writer, past))));
        let written = lines.iter().try_for_each(|piece| write(&piece));
        if written.is_err() {
            shared.end();
        }
        // Whoever waits to hand something on hears that nobody takes it.
        drop(lines);
        let ingested = reading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        written.map(|()| Extracted { ingested, rows: shared.rows() })
    })
}
