//! Reads the digests of all sources and judges them, before a log file is read. Whoever reads log files, `verify` or a scan,
//! asks the book that comes of it.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use crate::audit::verify::LATE_SECONDS;
use crate::audit::verify::book::DigestBook;
use crate::audit::verify::digests::{Evidence, FoundDigest, JudgedChain, Surroundings, chains_of, judge_chain};
use crate::audit::verify::public_keys::PublicKeys;
use crate::audit::verify::signatures::Signatures;
use crate::domain::public_key::PublicKey;
use crate::domain::timestamp::Timestamp;
use crate::domain::trouble::{SourceTrouble, in_order};
use crate::domain::verdict::VerifiedFile;
use crate::domain::window::Window;
use crate::progress::Progress;
use crate::source::question::{ChosenLogs, LogChoice, RemoteQuestion, SourceNote};
use crate::source::remote::{OpenedDigests, open_digests};
use crate::source::{SourceSpec, Unlisted};

use super::around::Around;
use super::found::FoundArchive;
use super::judge::ScanJudge;
use super::keys::public_keys;
use super::long_lists::LongLists;
use super::read::{Fetched, Tool, local_batches, read_fetched, read_local};
use super::side_by_side::side_by_side;

/// What is asked of the digests.
#[derive(Debug, Clone, Copy)]
pub struct BookQuestion<'a> {
    /// By the end of a digest's hour, and by the minute in which a log file was delivered.
    pub window: Window,
    /// The public keys; without them, remote sources are asked for those of their digests.
    pub keys: Option<&'a PublicKeys>,
    /// Signatures that were brought along; they take the place of those that lie beside digests.
    pub signatures: &'a Signatures,
    /// The time of this moment.
    pub now: Timestamp,
    /// The most files that are read side by side.
    pub threads: NonZeroUsize,
}

/// The digests of all sources, judged.
#[derive(Debug, Default)]
pub struct ReadBook {
    /// What they say.
    pub book: DigestBook,
    /// Files among the digests that no digest can be, by their names.
    pub odd: Vec<VerifiedFile>,
    /// The public keys that were asked for.
    pub keys: Vec<PublicKey>,
    /// What could not be listed or fetched of remote sources.
    pub failed: Vec<Unlisted>,
    /// What to say about remote sources.
    pub notes: Vec<SourceNote>,
    /// What to do about what failed, a line each.
    pub advice: Vec<String>,
}

/// Reads and judges the digests: those that were found in local sources, and those of the remote ones among `specs`, each of
/// which `remote` asks as for a scan.
pub fn read_book(
    found: &FoundArchive,
    specs: &[SourceSpec],
    remote: &RemoteQuestion,
    question: BookQuestion<'_>,
    progress: &Progress,
) -> Result<ReadBook, SourceTrouble> {
    let OpenedDigests { inboxes, notes } = open_digests(specs, remote, reach(&question.window, question.now))?;
    let long = LongLists::default();
    let batches = local_batches(found, &question.window);
    batches.iter().flatten().for_each(|_| progress.expect_file(0));
    let Fetched { digests: fetched, odd, mut failed } = read_fetched(&inboxes, question.threads, &long, progress);
    let keys = match question.keys {
        Some(_) => Vec::new(),
        None => public_keys(&inboxes, &fetched, &mut failed),
    };
    let asked = PublicKeys::of(&keys).unwrap_or_else(|error| {
        failed.push(Unlisted { file: "public keys".into(), reason: error.to_string(), forbidden: false });
        PublicKeys::default()
    });
    let around = Around::new(found, &inboxes);
    let evidence = Evidence { keys: question.keys.unwrap_or(&asked), signatures: question.signatures };
    let judge = |digests| judge(digests, evidence, &around, question);
    let read = |batch: &Vec<_>| read_local(batch, question.threads, &long, progress);
    // What digests are judged by is large: they are read and judged a few chains at a time, unless what was fetched may be of any chain.
    let mut chains: Vec<JudgedChain> = if fetched.is_empty() {
        batches.iter().flat_map(|batch| judge(read(batch))).collect()
    } else {
        judge(batches.iter().flat_map(read).chain(fetched).collect())
    };
    let mut tool = Tool::new();
    long.put_back(&mut chains, |body| tool.read(body).ok());
    let odd = odd.iter().chain(found.odd()).map(VerifiedFile::odd_digest).collect();
    failed.extend(around.into_failed());
    failed.sort_by(|one, other| (&one.file, &one.reason).cmp(&(&other.file, &other.reason)));
    failed.dedup();
    let advice = in_order(inboxes.iter().map(|(_, inbox)| inbox.advice()));
    Ok(ReadBook { book: DigestBook::new(chains, question.window), odd, keys, failed, notes, advice })
}

/// The window that digests end in which may say something of a window: of its own hours, or of what came late. Days that are
/// still to come are not asked for one by one.
fn reach(window: &Window, now: Timestamp) -> Window {
    let to = window.to.and_then(|to| Timestamp::from_seconds(to.seconds() + LATE_SECONDS));
    Window { from: window.from, to: to.filter(|to| *to <= now) }
}

/// Judges the chains side by side.
fn judge(
    digests: Vec<FoundDigest>,
    evidence: Evidence<'_>,
    around: &dyn Surroundings,
    question: BookQuestion<'_>,
) -> Vec<JudgedChain> {
    let chains: Vec<_> = chains_of(digests).into_iter().map(|chain| Mutex::new(Some(chain))).collect();
    let judged = side_by_side(
        question.threads,
        &chains,
        &Progress::default(),
        || (),
        |(), chain| {
            let chain = chain.lock().unwrap_or_else(PoisonError::into_inner).take()?;
            Some(judge_chain(chain, evidence, around, &question.window))
        },
    );
    judged.into_iter().flatten().collect()
}

/// A choice of log files by what digests say of them.
#[derive(Debug, Clone)]
pub struct BookChoice {
    /// What digests say.
    pub book: Arc<DigestBook>,
    /// What is done with log files that no valid digest lists.
    pub others: LogChoice,
    /// Who reads a window of log files, and none that digests list besides; nothing where all are read that digests list.
    pub reader: Option<Arc<ScanJudge>>,
}

impl BookChoice {
    fn is_read(&self, key: &str) -> bool {
        self.reader.as_ref().is_none_or(|reader| reader.is_read(key))
    }
}

impl ChosenLogs for BookChoice {
    fn choose(&self, source: usize, key: &str) -> LogChoice {
        if self.book.ask(source, key) && self.is_read(key) { LogChoice::ReadAnyway } else { self.others }
    }

    fn also(&self, source: usize) -> Vec<String> {
        let mut keys: Vec<String> = self.book.unasked(source).filter(|key| self.is_read(key)).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// Whoever reads nothing but what digests list reads all of it.
    fn of_whole_regions(&self) -> bool {
        self.others == LogChoice::Leave
    }
}
