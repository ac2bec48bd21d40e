//! Reads the digests of all sources and judges them, before a log file is read. Whoever reads log files, `verify` or a scan,
//! asks the book that comes of it.

use std::fs::File;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::audit::verify::LATE_SECONDS;
use crate::audit::verify::book::DigestBook;
use crate::audit::verify::digests::{Evidence, FoundDigest, JudgedChain, UnreadDigest, chains_of, judge_chain};
use crate::decode::digest::MAX_TEXT;
use crate::decode::pack::stored_text::{StoredTextDefect, StoredTextReader};
use crate::domain::digest::DigestFile;
use crate::domain::timestamp::Timestamp;
use crate::domain::window::Window;
use crate::progress::Progress;
use crate::source::Unlisted;

use super::found::{FoundArchive, LocalDigest};
use super::side_by_side::side_by_side;

/// What is asked of the digests.
#[derive(Debug, Clone, Copy)]
pub struct BookQuestion<'a> {
    /// By the end of a digest's hour, and by the minute in which a log file was delivered.
    pub window: Window,
    /// What digests are judged by.
    pub evidence: Evidence<'a>,
    /// The most files that are read side by side.
    pub threads: NonZeroUsize,
}

/// The digests of all sources, judged.
#[derive(Debug, Default)]
pub struct ReadBook {
    /// What they say.
    pub book: DigestBook,
    /// What could not be listed.
    pub failed: Vec<Unlisted>,
}

/// Reads and judges the digests.
#[must_use]
pub fn read_book(found: FoundArchive, question: BookQuestion<'_>, progress: &Progress) -> ReadBook {
    let wanted: Vec<&LocalDigest> =
        found.digests().iter().filter(|digest| may_list(digest.key.end, &question.window)).collect();
    let workers = || StoredTextReader::new(MAX_TEXT as u64);
    let digests = side_by_side(question.threads, &wanted, progress, workers, |reader, digest| FoundDigest {
        file: Arc::clone(&digest.name),
        key: digest.key.clone(),
        read: read(reader, &digest.path),
        signature: None,
    });
    let chains = judge(digests, &found, question);
    ReadBook { book: DigestBook::new(chains, question.window), failed: found.into_failed() }
}

/// Judges the chains side by side.
fn judge(digests: Vec<FoundDigest>, around: &FoundArchive, question: BookQuestion<'_>) -> Vec<JudgedChain> {
    let chains: Vec<_> = chains_of(digests).into_iter().map(|chain| Mutex::new(Some(chain))).collect();
    let judged = side_by_side(
        question.threads,
        &chains,
        &Progress::default(),
        || (),
        |(), chain| {
            let (key, found) = chain.lock().unwrap_or_else(PoisonError::into_inner).take()?;
            Some(judge_chain(key, found, question.evidence, around, &question.window))
        },
    );
    judged.into_iter().flatten().collect()
}

/// Whether a digest with that end may say something of a window: of its own hour, or of what came late.
fn may_list(end: Timestamp, window: &Window) -> bool {
    let is_after = window.from.is_none_or(|from| from <= end);
    is_after && window.to.is_none_or(|to| end.seconds() - to.seconds() <= LATE_SECONDS)
}

fn read(reader: &mut StoredTextReader, path: &Path) -> Result<DigestFile, UnreadDigest> {
    let file = File::open(path).map_err(|_| UnreadDigest::Unreadable)?;
    let text = reader.text(file).map_err(|defect| match defect {
        StoredTextDefect::Io(_) => UnreadDigest::Unreadable,
        StoredTextDefect::Gzip(_) => UnreadDigest::Gzip,
        StoredTextDefect::TooLarge(_) => UnreadDigest::Format,
    })?;
    DigestFile::read(&text).map_err(|_| UnreadDigest::Format)
}
