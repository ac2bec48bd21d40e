//! Verifies local copies of archives: reads the digests of a window, and the log files that they list.

use std::collections::HashMap;
use std::fs::File;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::audit::verify::digests::{Evidence, FoundDigest, Surroundings, UnreadDigest, judge};
use crate::audit::verify::logs::{FoundLog, LATE_SECONDS, ListedLogs, LogText};
use crate::audit::verify::verdict::VerifiedFile;
use crate::decode::digest::MAX_TEXT;
use crate::decode::pack::stored_text::{StoredTextDefect, StoredTextReader};
use crate::domain::digest::DigestFile;
use crate::domain::digest_key::{ChainKey, DigestKey};
use crate::domain::log_key::LogKey;
use crate::domain::log_kind::LogKind;
use crate::domain::tally::Skip;
use crate::domain::timestamp::Timestamp;
use crate::domain::window::Window;
use crate::progress::Progress;
use crate::source::{Body, Unlisted, directory};

use super::pool::on_each;

/// What is to be verified.
#[derive(Debug, Clone, Copy)]
pub struct VerifyQuestion<'a> {
    /// The folders and files.
    pub roots: &'a [PathBuf],
    /// By the end of a digest's hour, and by the minute in which a log file was delivered.
    pub window: Window,
    /// What digests are judged by.
    pub evidence: Evidence<'a>,
    /// Files that are no part of the archive.
    pub exclude: &'a [PathBuf],
    /// The time of this moment.
    pub now: Timestamp,
    /// The most bytes of the text of one log file.
    pub max_file: u64,
    /// The most files that are read side by side.
    pub threads: NonZeroUsize,
}

/// What was verified.
#[derive(Debug, Default)]
pub struct Verification {
    /// A row for each file, in their order.
    pub rows: Vec<VerifiedFile>,
    /// What could not be listed.
    pub failed: Vec<Unlisted>,
}

/// The files of all roots, by what they are.
#[derive(Default)]
struct FoundFiles {
    digests: Vec<(FoundFile, DigestKey)>,
    logs: Vec<(FoundFile, LogKey)>,
    failed: Vec<Unlisted>,
}

struct FoundFile {
    name: Arc<str>,
    path: PathBuf,
}

/// Verifies.
#[must_use]
pub fn verify(question: VerifyQuestion<'_>, progress: &Progress) -> Verification {
    let mut found = FoundFiles::default();
    for root in question.roots {
        found.list(root, question.exclude, progress);
    }
    let oldest = found.oldest();
    let mut first: HashMap<&ChainKey, Timestamp> = HashMap::new();
    for (_, DigestKey { chain, end }) in &found.digests {
        let least = first.entry(chain).or_insert(*end);
        *least = (*least).min(*end);
    }
    let window = question.window;
    let asked = |end| window.contains(end);
    let around = Surroundings {
        oldest: &|chain| oldest.get(&(chain.account.clone(), chain.region.clone())).copied(),
        first: &|chain| first.get(chain).copied(),
        window,
    };
    let wanted: Vec<&(FoundFile, DigestKey)> =
        found.digests.iter().filter(|(_, key)| may_list(key.end, &window)).collect();
    let read = side_by_side(question.threads, &wanted, progress, MAX_TEXT as u64, |reader, (file, key)| FoundDigest {
        file: Arc::clone(&file.name),
        key: key.clone(),
        read: read_digest(reader, &file.path),
    });
    let chains = judge(read, question.evidence, around);
    let listed = ListedLogs::new(&chains, &window);
    let logs: Vec<&(FoundFile, LogKey)> = found.logs.iter().collect();
    let texts = side_by_side(question.threads, &logs, progress, question.max_file, |reader, (file, key)| {
        let text = listed.wants(&file.name).then(|| read_log(reader, &file.path));
        (FoundLog { file: Arc::clone(&file.name), key: key.clone() }, text)
    });
    let mut rows: Vec<VerifiedFile> = chains.iter().flat_map(|chain| chain.rows(asked)).collect();
    rows.extend(listed.judge(&texts, &chains, &window, question.now));
    VerifiedFile::sort(&mut rows);
    Verification { rows, failed: found.failed }
}

/// Whether a digest with that end may say something of a window: of its own hour, or of what came late.
fn may_list(end: Timestamp, window: &Window) -> bool {
    let is_after = window.from.is_none_or(|from| from <= end);
    is_after && window.to.is_none_or(|to| end.seconds() - to.seconds() <= LATE_SECONDS)
}

impl FoundFiles {
    fn list(&mut self, root: &Path, exclude: &[PathBuf], progress: &Progress) {
        let listing = directory::list(root, 0, exclude, progress);
        let is_folder = root.is_dir();
        for (name, skip) in listing.skipped {
            if skip == Skip::Kind(LogKind::Digest)
                && let Some(key) = DigestKey::parse(&name)
            {
                let path = if is_folder { root.join(&*name) } else { root.to_owned() };
                self.digests.push((FoundFile { name, path }, key));
            }
        }
        for chunk in listing.chunks {
            // Whether a file without an ending of log files is one, its content tells those who read it.
            let is_log_file = chunk.walked.is_none_or(|walked| !walked.looks);
            if let (Body::File { place, .. }, true) = (&chunk.body, is_log_file) {
                self.add(chunk.log_file, place.path());
            }
        }
        self.failed.extend(listing.failed);
    }

    /// Takes a file whose name tells what it is.
    fn add(&mut self, name: Arc<str>, path: PathBuf) {
        if let Some(key) = DigestKey::parse(&name) {
            self.digests.push((FoundFile { name, path }, key));
            return;
        }
        let key = LogKey::parse(&name);
        self.logs.push((FoundFile { name, path }, key));
    }

    /// When the oldest file of each account and region was written.
    fn oldest(&self) -> HashMap<(Box<str>, Box<str>), Timestamp> {
        let digests =
            self.digests.iter().map(|(_, key)| (key.chain.account.clone(), key.chain.region.clone(), key.end));
        let logs =
            self.logs.iter().filter_map(|(_, key)| Some((key.account.clone()?, key.region.clone()?, key.delivered?)));
        let mut oldest: HashMap<(Box<str>, Box<str>), Timestamp> = HashMap::new();
        for (account, region, time) in digests.chain(logs) {
            let first = oldest.entry((account, region)).or_insert(time);
            *first = (*first).min(time);
        }
        oldest
    }
}

/// Reads each file, on all threads; the answers are in the order of the files.
fn side_by_side<F: Sync, T: Send>(
    threads: NonZeroUsize,
    files: &[F],
    progress: &Progress,
    max_text: u64,
    read: impl Fn(&mut StoredTextReader, &F) -> T + Sync,
) -> Vec<T> {
    for _ in files {
        progress.expect_file(0);
    }
    let next = AtomicUsize::new(0);
    let of_workers = on_each(threads.get().min(files.len().max(1)), || {
        let mut reader = StoredTextReader::new(max_text);
        let mut answers = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(file) = files.get(at) else { return answers };
            answers.push((at, read(&mut reader, file)));
            progress.finish_file(0, 0);
        }
    });
    let mut answers: Vec<(usize, T)> = of_workers.into_iter().flatten().collect();
    answers.sort_unstable_by_key(|(at, _)| *at);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

fn read_digest(reader: &mut StoredTextReader, path: &Path) -> Result<DigestFile, UnreadDigest> {
    let file = File::open(path).map_err(|_| UnreadDigest::Unreadable)?;
    let text = reader.text(file).map_err(|defect| match defect {
        StoredTextDefect::Io(_) => UnreadDigest::Unreadable,
        StoredTextDefect::Gzip(_) => UnreadDigest::Gzip,
        StoredTextDefect::TooLarge(_) => UnreadDigest::Format,
    })?;
    DigestFile::read(&text).map_err(|_| UnreadDigest::Format)
}

fn read_log(reader: &mut StoredTextReader, path: &Path) -> LogText {
    let Ok(file) = File::open(path) else { return LogText::Unreadable };
    match reader.hash(file) {
        Ok(hash) => LogText::Hash(hash),
        Err(StoredTextDefect::Gzip(_)) => LogText::Gzip,
        Err(StoredTextDefect::Io(_) | StoredTextDefect::TooLarge(_)) => LogText::Unreadable,
    }
}
