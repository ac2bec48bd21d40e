//! Verifies archives: the digests of a window are judged first, then the log files that they list are read.

mod side_by_side;

pub mod found;

pub mod book;

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::audit::verify::book::DigestBook;
use crate::audit::verify::logs::{FoundLog, LogText, NewestLogs};
use crate::audit::verify::verdict::VerifiedFile;
use crate::decode::pack::stored_text::{StoredTextDefect, StoredTextReader};
use crate::domain::digest_key::DigestKey;
use crate::domain::timestamp::Timestamp;
use crate::progress::Progress;
use crate::source::{Body, Listing, Unlisted, directory};

use book::{BookQuestion, ReadBook, read_book};
use found::FoundArchive;
use side_by_side::side_by_side;

/// What is to be verified.
#[derive(Debug, Clone, Copy)]
pub struct VerifyQuestion<'a> {
    /// The folders and files.
    pub roots: &'a [PathBuf],
    /// Files that are no part of the archive.
    pub exclude: &'a [PathBuf],
    /// What is asked of the digests.
    pub digests: BookQuestion<'a>,
    /// The time of this moment.
    pub now: Timestamp,
    /// The most bytes of the text of one log file.
    pub max_file: u64,
}

/// What was verified.
#[derive(Debug, Default)]
pub struct Verification {
    /// A row for each file, in their order.
    pub rows: Vec<VerifiedFile>,
    /// What could not be listed.
    pub failed: Vec<Unlisted>,
}

/// A log file of a local source.
struct LocalLog {
    log: FoundLog,
    path: PathBuf,
}

/// Verifies.
#[must_use]
pub fn verify(question: VerifyQuestion<'_>, progress: &Progress) -> Verification {
    let (mut found, mut logs) = (FoundArchive::default(), Vec::new());
    for root in question.roots {
        let listing = directory::list(root, 0, question.exclude, progress);
        found.take(root, &listing);
        logs.extend(logs_of(listing));
    }
    let ReadBook { book, failed } = read_book(found, question.digests, progress);
    let reader = || StoredTextReader::new(question.max_file);
    let texts = side_by_side(question.digests.threads, &logs, progress, reader, |reader, local| {
        book.wants(&local.log.file).then(|| read(reader, &local.path))
    });
    let found: Vec<(FoundLog, Option<LogText>)> = logs.into_iter().map(|local| local.log).zip(texts).collect();
    let mut rows: Vec<VerifiedFile> = book.digests().collect();
    rows.extend(judge(&book, &found, question.now));
    VerifiedFile::sort(&mut rows);
    Verification { rows, failed }
}

/// The log files in a listing.
fn logs_of(listing: Listing) -> impl Iterator<Item = LocalLog> {
    listing.chunks.into_iter().filter_map(|chunk| {
        // Whether a file without an ending of log files is one, its content tells those who read it.
        let is_log_file =
            chunk.walked.is_none_or(|walked| !walked.looks) && DigestKey::parse(&chunk.log_file).is_none();
        match chunk.body {
            Body::File { place, .. } if is_log_file => {
                Some(LocalLog { log: FoundLog { file: chunk.log_file, key: chunk.key }, path: place.path() })
            }
            _ => None,
        }
    })
}

/// The rows of log files, with what their texts turned out to be where they were wanted.
fn judge(book: &DigestBook, found: &[(FoundLog, Option<LogText>)], now: Timestamp) -> Vec<VerifiedFile> {
    let mut newest = NewestLogs::default();
    for (log, _) in found {
        newest.see(&log.key, now);
    }
    let row =
        |(log, text): &(FoundLog, Option<LogText>)| book.listed(log, *text).or_else(|| book.unlisted(log, &newest));
    let mut rows: Vec<VerifiedFile> = found.iter().filter_map(row).collect();
    rows.extend(book.absent());
    rows
}

fn read(reader: &mut StoredTextReader, path: &Path) -> LogText {
    let Ok(file) = File::open(path) else { return LogText::Unreadable };
    match reader.hash(file) {
        Ok(hash) => LogText::Hash(hash),
        Err(StoredTextDefect::Gzip(_)) => LogText::Gzip,
        Err(StoredTextDefect::Io(_) | StoredTextDefect::TooLarge(_)) => LogText::Unreadable,
    }
}
