//! Log files are read a second time for what nobody could tell to be about runs when they were read first: calls of theirs, since
//! the assumption came in another log file, perhaps in a later sync; then what others did with what these calls wrote.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use super::item::{FileFate, SyncItem};
use super::ledger::{KnownOfRuns, Ledger};
use super::observer::{SyncObserver, TOGETHER, WAITING};
use crate::decode::extract::ExtractedLog;
use crate::decode::{Decoded, Decoder, FileEnd};
use crate::domain::log_key::LogKey;
use crate::ingest::archive::ArchiveReading;
use crate::ingest::noted::{CHANGED, ExtractedPlace, missing};
use crate::ingest::options::IngestOptions;
use crate::ingest::pool::on_each;
use crate::source::known::{ExtractedState, FileToReadAgain, ReadAgainFor};
use crate::source::place::FolderHandle;
use crate::source::remote::Remote;
use crate::source::{Chunk, SourceSpec, directory};

/// What was read of one, or why it could not be read.
type ReadAgain = (FileToReadAgain, Result<SyncItem, String>);

/// What a second reading did.
#[derive(Debug, Default)]
pub(super) struct ReadAgainCounts {
    /// How many log files were read.
    pub(super) files: u64,
    /// What is missing of those that could not be read in the archive of their extracts, a line each.
    pub(super) missing: Vec<String>,
}

/// How log files are read a second time.
pub(super) struct SecondReading<'a> {
    pub(super) specs: &'a [SourceSpec],
    pub(super) remotes: &'a [Remote],
    pub(super) options: &'a IngestOptions,
    pub(super) outside: SyncObserver<'a>,
}

impl SecondReading<'_> {
    /// Reads all that the ledger names for a reason, each once: how many were read. What they hold may name more. All calls of runs
    /// are to be there before the writes of others are asked for.
    pub(super) fn run<L: Ledger>(&self, why: ReadAgainFor, ledger: &mut L) -> Result<ReadAgainCounts, L::Error> {
        let mut tried = HashSet::new();
        let mut counts = ReadAgainCounts::default();
        while !self.outside.stop.load(Ordering::Relaxed) {
            let mut files = ledger.files_to_read_again(why)?;
            files.retain(|file| tried.insert((file.source, Arc::clone(&file.version.name))));
            let Some(known) = ledger.known_of_runs()?.filter(|_| !files.is_empty()) else { break };
            for file in &files {
                self.outside.progress.expect_file(file.version.size);
            }
            self.read(&files, &known, (why, &mut counts), ledger)?;
        }
        Ok(counts)
    }

    fn read<L: Ledger>(
        &self,
        files: &[FileToReadAgain],
        known: &KnownOfRuns,
        (why, counts): (ReadAgainFor, &mut ReadAgainCounts),
        ledger: &mut L,
    ) -> Result<(), L::Error> {
        let (out, found) = sync_channel::<ReadAgain>(WAITING);
        thread::scope(|scope| {
            let readers = scope.spawn(move || self.feed(files, known, out));
            let mut write = || {
                let mut pending = 0;
                for (file, read) in &found {
                    match read {
                        Ok(item) => {
                            ledger.take(&item)?;
                            counts.files += 1;
                        }
                        Err(reason) => {
                            ledger.could_not_read_again(&file, why, &reason)?;
                            let is_extracted = file.extracted.is_some();
                            counts.missing.extend(is_extracted.then(|| missing(why, &file.log_file, &reason)));
                        }
                    }
                    pending += 1;
                    if pending >= TOGETHER {
                        ledger.commit()?;
                        pending = 0;
                    }
                }
                ledger.commit()
            };
            let written = write();
            drop(found);
            if let Err(panic) = readers.join() {
                std::panic::resume_unwind(panic);
            }
            written
        })
    }

    /// Reads with all workers. Ends early when told to, or when nobody takes what is found.
    fn feed(&self, files: &[FileToReadAgain], known: &KnownOfRuns, out: SyncSender<ReadAgain>) {
        let (extracted, files): (Vec<&FileToReadAgain>, Vec<&FileToReadAgain>) =
            files.iter().partition(|file| file.extracted.is_some());
        let next = AtomicUsize::new(0);
        let SyncObserver { progress, stop } = self.outside;
        on_each(self.options.threads.get().min(files.len()), || {
            let out = out.clone();
            let mut decoder = known.ask(self.options.decoder());
            let mut nearby = FolderHandle::default();
            while !stop.load(Ordering::Relaxed)
                && let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed))
            {
                let item = self.item(file, &mut decoder, &mut nearby);
                progress.finish_file(file.version.size, 0);
                if out.send(((*file).clone(), item)).is_err() {
                    return;
                }
            }
        });
        self.feed_of_extracts(&extracted, known, &out);
        drop(out);
    }

    /// The same of log files that extracts are of, which lie in the archive of these.
    fn feed_of_extracts(&self, files: &[&FileToReadAgain], known: &KnownOfRuns, out: &SyncSender<ReadAgain>) {
        let places: Vec<ExtractedPlace<'_>> = files.iter().map(|file| place(file)).collect();
        let IngestOptions { archive, threads, .. } = self.options;
        let SyncObserver { progress, stop } = self.outside;
        let reading = ArchiveReading { archive: archive.as_deref(), threads: *threads, progress };
        let nobody_takes = AtomicBool::new(false);
        let is_over = || stop.load(Ordering::Relaxed) || nobody_takes.load(Ordering::Relaxed);
        reading.each(
            (&places, &is_over),
            || known.ask(self.options.decoder()).hashing_stored(),
            || out.clone(),
            |out, number, content| {
                let file = files[number];
                let item = content.and_then(|decoded| self.item_of_extract(file, decoded));
                if out.send((file.clone(), item)).is_err() {
                    nobody_takes.store(true, Ordering::Relaxed);
                }
            },
        );
    }

    /// What was read in an archive, if it is what its extract was made of.
    fn item_of_extract(&self, file: &FileToReadAgain, decoded: Decoded) -> Result<SyncItem, String> {
        let extracted = file.extracted.as_ref().filter(|extracted| is_as_extracted(&decoded, extracted));
        let ExtractedState { source, sha256, .. } = extracted.cloned().ok_or_else(|| CHANGED.to_owned())?;
        let mut read = readable(decoded, self.options.limits.salvage)?;
        read.extracted = Some(Box::new(ExtractedLog { source, unnamed: 0, sha256, is_read_again: true }));
        let what = FileFate::Decoded(Box::new(read));
        Ok(SyncItem { source: file.source, version: file.version.clone(), key: LogKey::parse(&file.log_file), what })
    }

    fn item(
        &self,
        file: &FileToReadAgain,
        decoder: &mut Decoder,
        nearby: &mut FolderHandle,
    ) -> Result<SyncItem, String> {
        let chunk = self.chunk(file)?;
        let read = chunk.decode(decoder, nearby).map_err(|unlisted| unlisted.reason)?;
        let read = readable(read, self.options.limits.salvage)?;
        let version = chunk.version.unwrap_or_else(|| file.version.clone());
        let what = FileFate::Decoded(Box::new(read));
        Ok(SyncItem { source: file.source, version, key: chunk.key, what })
    }

    fn chunk(&self, file: &FileToReadAgain) -> Result<Chunk, String> {
        let FileToReadAgain { source, log_file, version, .. } = file;
        if let Some(SourceSpec::Path(root)) = self.specs.get(*source) {
            return directory::again(root, *source, log_file, &version.name);
        }
        let remote = self.remotes.iter().find(|remote| remote.source == *source);
        let body = remote.and_then(|remote| remote.inbox.again(log_file, version.size));
        let body = body.ok_or_else(|| "it could not be fetched again".to_owned())?;
        let (log_file, key) = (Arc::clone(log_file), LogKey::parse(log_file));
        Ok(Chunk { source: *source, log_file, key, version: None, modified: None, walked: None, body })
    }
}

/// Where a log file is that an extract is of.
fn place(file: &FileToReadAgain) -> ExtractedPlace<'_> {
    let source = file.extracted.as_ref().map_or("", |extracted| &*extracted.source);
    ExtractedPlace { source, log_file: &file.log_file }
}

/// Whether what was read has the bytes that its extract was made of, and as many records.
fn is_as_extracted(decoded: &Decoded, extracted: &ExtractedState) -> bool {
    let ExtractedState { records, kept, bytes, sha256, .. } = extracted;
    let is_same = sha256.is_none() || decoded.stored_sha256 == *sha256;
    is_same && (decoded.records.total, decoded.records.kept, decoded.bytes) == (*records, *kept, *bytes)
}

/// What was read, if it tells more than what is known: of a damaged log file what stands in front of the defect, where that is to be
/// salvaged.
fn readable(decoded: Decoded, salvages: bool) -> Result<Decoded, String> {
    match &decoded.ended {
        FileEnd::Read => Ok(decoded),
        FileEnd::Failed(_) if salvages && decoded.records.total > 0 => Ok(decoded),
        FileEnd::Failed(defect) => Err(defect.to_string()),
        FileEnd::Digest | FileEnd::Skipped(_) => Err("it is no log file any more".to_owned()),
        FileEnd::Unlisted => Err("no digest lists it any more".to_owned()),
    }
}
