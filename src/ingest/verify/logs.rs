//! Reads the log files that digests list, of local and of remote sources.

use std::num::NonZeroUsize;
use std::sync::Arc;

use crate::audit::verify::book::DigestBook;
use crate::audit::verify::logs::{FoundLog, NewestLogs};
use crate::audit::verify::tally::VerifyTally;
use crate::decode::pack::stored_text::{StoredTextDefect, StoredTextReader};
use crate::decode::{DecodeLimits, Decoder, FileEnd};
use crate::domain::digest::LogText;
use crate::domain::issuer::Issuers;
use crate::domain::log_key::LogKey;
use crate::domain::tally::Skip;
use crate::domain::timestamp::Timestamp;
use crate::domain::verdict::{Verdict, VerifiedFile};
use crate::ingest::pool::{Pool, PoolTask};
use crate::progress::Progress;
use crate::source::place::FolderHandle;
use crate::source::remote::Remote;
use crate::source::{Body, Chunk, Delivery, Unlisted};

/// How log files are read.
#[derive(Debug, Clone, Copy)]
pub(super) struct LogReading<'a> {
    /// What digests say of them.
    pub(super) book: &'a DigestBook,
    /// Whether valid files have rows.
    pub(super) all: bool,
    /// The time of this moment.
    pub(super) now: Timestamp,
    /// The most bytes of the text of one.
    pub(super) max_file: u64,
    /// The most that are read side by side.
    pub(super) threads: NonZeroUsize,
}

/// What one worker, or all of them, made of the log files.
pub(super) struct JudgedFiles {
    all: bool,
    /// In no order that means anything.
    pub(super) rows: Vec<VerifiedFile>,
    pub(super) tally: VerifyTally,
    pub(super) failed: Vec<Unlisted>,
    /// Those that no digest lists.
    unlisted: Vec<FoundLog>,
    newest: NewestLogs,
}

/// Reads the log files among `chunks` and those that `remotes` fetch, and judges all that are there and all that are not. What is
/// there and cannot be opened is `unopened`, each with the number of its source.
pub(super) fn judge_logs(
    chunks: &[Chunk],
    remotes: &[Remote],
    unopened: &[(usize, Unlisted)],
    reading: LogReading<'_>,
    progress: &Progress,
) -> JudgedFiles {
    let results = Pool::new(chunks, remotes, reading.threads, progress).run(|pieces| {
        let mut worker = LogWorker {
            reader: StoredTextReader::new(reading.max_file),
            decoder: Decoder::new(
                Issuers::default(),
                DecodeLimits { max_file: reading.max_file, ..DecodeLimits::default() },
            ),
            reading,
            judged: JudgedFiles::new(reading.all),
        };
        let mut nearby = FolderHandle::default();
        for piece in pieces {
            match piece {
                PoolTask::Local(_, chunk) => {
                    worker.read(chunk, &mut nearby);
                    progress.finish_file(chunk.size(), 0);
                }
                PoolTask::Fetched(remote, delivery) => worker.receive(remote, delivery, progress),
            }
        }
        worker.judged
    });
    let mut judged = JudgedFiles::new(reading.all);
    for result in results {
        judged.merge(result);
    }
    for (source, Unlisted { file, .. }) in unopened {
        reading.book.meet(*source, file);
        let log = FoundLog { file: Arc::clone(file), key: LogKey::parse(file) };
        if let Some(row) = reading.book.listed(&log, Some(LogText::Unreadable)) {
            judged.add(row);
        }
    }
    for log in std::mem::take(&mut judged.unlisted) {
        if let Some(row) = reading.book.unlisted(&log, &judged.newest) {
            judged.add(row);
        }
    }
    for row in reading.book.absent() {
        judged.add(row);
    }
    judged
}

impl JudgedFiles {
    /// Nothing yet; with rows of valid files only if `all` are wanted.
    pub(super) fn new(all: bool) -> Self {
        let (rows, failed, unlisted) = (Vec::new(), Vec::new(), Vec::new());
        Self { all, rows, tally: VerifyTally::default(), failed, unlisted, newest: NewestLogs::default() }
    }

    pub(super) fn add(&mut self, row: VerifiedFile) {
        self.tally.add(&row);
        if self.all || row.verdict != Verdict::Valid {
            self.rows.push(row);
        }
    }

    fn merge(&mut self, mut other: Self) {
        self.rows.append(&mut other.rows);
        self.tally.merge(other.tally);
        self.failed.append(&mut other.failed);
        self.unlisted.append(&mut other.unlisted);
        self.newest.merge(&other.newest);
    }
}

struct LogWorker<'a> {
    reader: StoredTextReader,
    /// Tells whether a file is a log file where its name does not.
    decoder: Decoder,
    reading: LogReading<'a>,
    judged: JudgedFiles,
}

impl LogWorker<'_> {
    fn read(&mut self, chunk: &Chunk, nearby: &mut FolderHandle) {
        let text = self.reading.book.wants(&chunk.log_file).then(|| self.hash(&chunk.body, nearby));
        if text.is_none() && !self.is_log_file(chunk, nearby) {
            return;
        }
        self.take(chunk.source, FoundLog { file: Arc::clone(&chunk.log_file), key: chunk.key.clone() }, text);
    }

    /// Takes what came over a network.
    fn receive(&mut self, remote: &Remote, delivery: Delivery, progress: &Progress) {
        match delivery {
            Delivery::Chunk(chunk) => {
                let mut text = self.hash(&chunk.body, &mut FolderHandle::default());
                // Bytes may be damaged on their way.
                if text == LogText::Gzip
                    && let Some(body) = remote.inbox.again(&chunk.log_file, chunk.size())
                {
                    text = self.hash(&body, &mut FolderHandle::default());
                }
                progress.finish_file(chunk.size(), 0);
                self.take(remote.source, FoundLog { file: chunk.log_file, key: chunk.key }, Some(text));
            }
            Delivery::Unchosen { name, key } => self.take(remote.source, FoundLog { file: name, key }, None),
            Delivery::Skipped { key, skip: Skip::Window, .. } => self.judged.newest.see(&key, self.reading.now),
            Delivery::Failed { key, unlisted, version } => {
                if version.is_some() {
                    progress.finish_file(0, 0);
                    let log = FoundLog { file: Arc::clone(&unlisted.file), key };
                    self.take(remote.source, log, Some(LogText::Unreadable));
                }
                self.judged.failed.push(unlisted);
            }
            Delivery::Incomplete(what) => {
                let unlisted = Unlisted { file: "".into(), reason: what, forbidden: false };
                self.judged.failed.push(unlisted);
            }
            Delivery::Skipped { .. } | Delivery::Unchanged(_) | Delivery::Gone(_) => {}
        }
    }

    fn take(&mut self, source: usize, log: FoundLog, text: Option<LogText>) {
        self.reading.book.meet(source, &log.file);
        self.judged.newest.see(&log.key, self.reading.now);
        match self.reading.book.listed(&log, text) {
            Some(row) => self.judged.add(row),
            None => self.judged.unlisted.push(log),
        }
    }

    /// Whether a file is one that other commands read: its content tells where its ending does not.
    fn is_log_file(&mut self, chunk: &Chunk, nearby: &mut FolderHandle) -> bool {
        if chunk.walked.is_none_or(|walked| !walked.looks) {
            return true;
        }
        let decoded = chunk.decode(&mut self.decoder, nearby);
        decoded.map_or(true, |decoded| !matches!(decoded.ended, FileEnd::Skipped(_) | FileEnd::Digest))
    }

    fn hash(&mut self, body: &Body, nearby: &mut FolderHandle) -> LogText {
        let Ok(file) = body.reader(nearby) else { return LogText::Unreadable };
        match self.reader.hash(file) {
            Ok(hash) => LogText::Hash(hash),
            Err(StoredTextDefect::Gzip(_)) => LogText::Gzip,
            Err(StoredTextDefect::Io(_) | StoredTextDefect::TooLarge(_)) => LogText::Unreadable,
        }
    }
}
