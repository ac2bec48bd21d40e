//! Verifies archives: the digests of a window are judged first, then the log files that they list are read.

mod side_by_side;

pub mod found;

mod read;

mod long_lists;

mod keys;

mod around;

pub mod book;

pub mod judge;

mod logs;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use crate::audit::verify::book::DigestBook;
use crate::audit::verify::public_keys::PublicKeys;
use crate::audit::verify::signatures::Signatures;
use crate::audit::verify::tally::VerifyTally;
use crate::domain::digest_key::DigestKey;
use crate::domain::public_key::PublicKey;
use crate::domain::timestamp::Timestamp;
use crate::domain::trouble::{SourceTrouble, in_order};
use crate::domain::verdict::VerifiedFile;
use crate::domain::window::Window;
use crate::progress::Progress;
use crate::source::question::{LogChoice, RemoteQuestion, SourceNote};
use crate::source::remote::{OpenedRemotes, open};
use crate::source::{Body, Chunk, Listing, SourceSpec, Unlisted, directory};

use book::{BookChoice, BookQuestion, ReadBook, read_book};
use found::FoundArchive;
use logs::{JudgedFiles, LogReading, judge_logs};

/// What is to be verified.
#[derive(Debug, Clone)]
pub struct VerifyQuestion<'a> {
    /// The sources: local ones, and archives behind APIs.
    pub specs: &'a [SourceSpec],
    /// Local files that are no part of the archive.
    pub exclude: &'a [PathBuf],
    /// How remote sources are asked.
    pub remote: &'a RemoteQuestion,
    /// By the end of a digest's hour, and by the minute in which a log file was delivered.
    pub window: Window,
    /// The public keys, as [`BookQuestion::keys`] says.
    pub keys: Option<&'a PublicKeys>,
    /// Signatures that were brought along. They are given up when the digests are judged, before a log file is read.
    pub signatures: Signatures,
    /// The time of this moment.
    pub now: Timestamp,
    /// The most files that are read side by side.
    pub threads: NonZeroUsize,
    /// The most bytes of the text of one log file.
    pub max_file: u64,
    /// Whether valid files have rows.
    pub all: bool,
}

/// What was verified.
#[derive(Debug, Default)]
pub struct Verification {
    /// A row for each file, in their order; for valid ones only if they were asked for.
    pub rows: Vec<VerifiedFile>,
    /// How many files have which verdict.
    pub tally: VerifyTally,
    /// What could not be listed or fetched.
    pub failed: Vec<Unlisted>,
    /// What to say about remote sources.
    pub notes: Vec<SourceNote>,
    /// What to do about what failed, a line each.
    pub advice: Vec<String>,
    /// The digests.
    pub book: Arc<DigestBook>,
    /// The public keys that were asked for.
    pub keys: Vec<PublicKey>,
}

/// Verifies.
pub fn verify(question: VerifyQuestion<'_>, progress: &Progress) -> Result<Verification, SourceTrouble> {
    let (mut found, mut chunks, mut unopened) = (FoundArchive::default(), Vec::new(), Vec::new());
    for (source, spec) in question.specs.iter().enumerate() {
        if let SourceSpec::Path(root) = spec {
            let listing = directory::list(root, source, question.exclude, progress);
            found.take(root, source, &listing);
            unopened.extend(listing.failed.iter().cloned().map(|unlisted| (source, unlisted)));
            chunks.extend(logs_of(listing));
        }
    }
    let VerifyQuestion { window, keys, signatures, now, threads, .. } = question;
    let of_digests = BookQuestion { window, keys, signatures: &signatures, now, threads };
    let read = read_book(&found, question.specs, question.remote, of_digests, progress)?;
    // What digests are judged by is large, and log files are still to be read.
    drop((signatures, found));
    let ReadBook { book, odd, keys, mut failed, mut notes, advice } = read;
    let book = Arc::new(book);
    // Digests list log files by their names, whatever day folders they lie in.
    let choice = BookChoice { book: Arc::clone(&book), others: LogChoice::Leave, reader: None };
    let remote = RemoteQuestion { chosen: Some(Arc::new(choice)), ..question.remote.clone() };
    let OpenedRemotes { remotes, notes: more } = open(question.specs, &remote)?;
    notes.extend(more);
    let reading = LogReading { book: &book, all: question.all, now, max_file: question.max_file, threads };
    let mut judged = judge_logs(&chunks, &remotes, &unopened, reading, progress);
    for row in book.digests().chain(odd) {
        judged.add(row);
    }
    let JudgedFiles { mut rows, tally, failed: more, .. } = judged;
    VerifiedFile::sort(&mut rows);
    failed.extend(more);
    failed.extend(unopened.into_iter().map(|(_, unlisted)| unlisted));
    failed.sort_by(|one, other| (&one.file, &one.reason).cmp(&(&other.file, &other.reason)));
    failed.dedup();
    let advice = in_order(remotes.iter().map(|remote| remote.inbox.advice()).chain([advice]));
    Ok(Verification { rows, tally, failed, notes, advice, book, keys })
}

/// The log files in a listing.
fn logs_of(listing: Listing) -> impl Iterator<Item = Chunk> {
    listing
        .chunks
        .into_iter()
        .filter(|chunk| matches!(chunk.body, Body::File { .. }) && DigestKey::parse(&chunk.log_file).is_none())
}
