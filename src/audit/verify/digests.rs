//! Judges digest files, chain by chain, from the newest to the oldest: what a valid digest says of the one before it counts.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::public_keys::PublicKeys;
use super::signatures::{Signatures, known_by};
use super::verdict::{InvalidReason, MissingReason, UncheckedReason, Verdict, VerifiedFile, VerifiedKind};
use crate::domain::digest::{DigestFile, PreviousDigest, unhex};
use crate::domain::digest_key::{ChainKey, DigestKey, archive_part};
use crate::domain::timestamp::Timestamp;
use crate::domain::window::Window;

/// A digest file that is there.
#[derive(Debug, Clone)]
pub struct FoundDigest {
    /// Its name in the source.
    pub file: Arc<str>,
    /// What the name says.
    pub key: DigestKey,
    /// What it holds, or why it holds nothing.
    pub read: Result<DigestFile, UnreadDigest>,
}

/// Why a digest file holds nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnreadDigest {
    /// It does not inflate, or something follows its text.
    Gzip,
    /// Its text is no digest.
    Format,
    /// It could not be opened.
    Unreadable,
}

/// A digest file with its verdict.
#[derive(Debug)]
pub struct JudgedDigest {
    /// The file.
    pub found: FoundDigest,
    /// What is known of it.
    pub verdict: Verdict,
    /// The digest whose word was taken for it.
    pub witness: Option<Arc<str>>,
}

impl JudgedDigest {
    /// What it lists, if it is as CloudTrail wrote it.
    #[must_use]
    pub fn valid(&self) -> Option<&DigestFile> {
        self.found.read.as_ref().ok().filter(|_| self.verdict == Verdict::Valid)
    }
}

/// A chain whose digests are judged, oldest first.
#[derive(Debug)]
pub struct JudgedChain {
    /// Which chain it is.
    pub key: ChainKey,
    /// Its digests.
    pub digests: Vec<JudgedDigest>,
    /// The digests that are missing in it.
    pub missing: Vec<VerifiedFile>,
}

/// What is known of an archive without reading a digest.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// When the oldest file that is left of a chain's account and region was written, digest or log file.
    pub oldest: &'a dyn Fn(&ChainKey) -> Option<Timestamp>,
    /// The end of the first digest of a chain that is left.
    pub first: &'a dyn Fn(&ChainKey) -> Option<Timestamp>,
    /// The time that is asked about.
    pub window: Window,
}

impl Surroundings<'_> {
    /// Whether a hole in a chain, which ends with that time and begins with the end of an older digest, lies in the window.
    fn is_asked(&self, older: Option<Timestamp>, end: Timestamp) -> bool {
        let Window { from, to } = self.window;
        let begins = to.zip(older).is_none_or(|(to, older)| older < to);
        begins && from.is_none_or(|from| from < end)
    }
}

/// What is at hand to judge digests by.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// The public keys.
    pub keys: &'a PublicKeys,
    /// The signatures that lie beside digests.
    pub signatures: &'a Signatures,
}

/// Judges all digests.
#[must_use]
pub fn judge(digests: Vec<FoundDigest>, evidence: Evidence<'_>, around: Surroundings<'_>) -> Vec<JudgedChain> {
    let mut chains: BTreeMap<ChainKey, Vec<FoundDigest>> = BTreeMap::new();
    for found in digests {
        chains.entry(found.key.chain.clone()).or_default().push(found);
    }
    chains
        .into_iter()
        .map(|(key, mut found)| {
            found.sort_by(|one, other| (one.key.end, &one.file).cmp(&(other.key.end, &other.file)));
            judge_chain(key, found, evidence, around)
        })
        .collect()
}

fn judge_chain(
    key: ChainKey,
    found: Vec<FoundDigest>,
    evidence: Evidence<'_>,
    around: Surroundings<'_>,
) -> JudgedChain {
    let (first, oldest) = ((around.first)(&key), (around.oldest)(&key));
    let there: HashSet<Box<str>> = found.iter().map(|found| known_by(&found.file).into()).collect();
    // What the valid digests that were judged before say of older ones.
    let mut told: HashMap<Box<str>, (PreviousDigest, Arc<str>)> = HashMap::new();
    let (mut left, mut digests, mut missing) = (found, Vec::new(), Vec::new());
    while let Some(found) = left.pop() {
        let older = left.iter().rev().map(|older| older.key.end).find(|end| *end < found.key.end);
        let word = told.get(known_by(&found.file));
        let verdict = verdict(&found, word.map(|(previous, _)| previous), evidence);
        let witness = word.map(|(_, witness)| Arc::clone(witness));
        if let (Ok(digest), true) = (&found.read, counts(verdict)) {
            let is_asked = around.is_asked(older, digest.start);
            match &digest.previous {
                Some(previous) => {
                    told.insert(known_by(&previous.object).into(), (previous.clone(), Arc::clone(&found.file)));
                    if is_asked && !there.contains(known_by(&previous.object)) {
                        missing.push(absent(&key, previous, &found, oldest));
                    }
                }
                None if is_asked && first.is_some_and(|first| first < found.key.end) => {
                    let gap = Verdict::Missing(MissingReason::Gap);
                    missing.push(row(&key, Arc::clone(&found.file), Some(digest.start), gap, Some(&found.file)));
                }
                None => {}
            }
        }
        digests.push(JudgedDigest { found, verdict, witness });
    }
    digests.reverse();
    JudgedChain { key, digests, missing }
}

/// Whether what a digest says of older ones is believed: also if only its own signature is not at hand, since then nothing
/// speaks against it.
fn counts(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Valid | Verdict::Unchecked(UncheckedReason::NoSignature | UncheckedReason::NoKey))
}

fn verdict(found: &FoundDigest, told: Option<&PreviousDigest>, evidence: Evidence<'_>) -> Verdict {
    let digest = match &found.read {
        Ok(digest) => digest,
        Err(UnreadDigest::Gzip) => return Verdict::Invalid(InvalidReason::Gzip),
        Err(UnreadDigest::Format) => return Verdict::Invalid(InvalidReason::Format),
        Err(UnreadDigest::Unreadable) => return Verdict::Unchecked(UncheckedReason::Unreadable),
    };
    if !is_in_place(found, digest) {
        return Verdict::Invalid(InvalidReason::Place);
    }
    if told.is_some_and(|told| told.hash != digest.hash) {
        return Verdict::Invalid(InvalidReason::Hash);
    }
    let (beside, told) = (evidence.signatures.of(&found.file), told.map(|told| unhex(&told.signature_text)));
    let signature = match (beside, told) {
        (_, Some(None)) => return Verdict::Invalid(InvalidReason::Signature),
        (Some(beside), Some(Some(told))) if *beside != *told => return Verdict::Invalid(InvalidReason::Signature),
        (Some(beside), _) => beside.to_vec(),
        (None, Some(Some(told))) => told,
        (None, None) => return Verdict::Unchecked(UncheckedReason::NoSignature),
    };
    match evidence.keys.accept(&digest.fingerprint, &digest.signed_bytes(), &signature) {
        None => Verdict::Unchecked(UncheckedReason::NoKey),
        Some(true) => Verdict::Valid,
        Some(false) => Verdict::Invalid(InvalidReason::Signature),
    }
}

/// Whether a digest says the same of itself as its name and its place do.
fn is_in_place(found: &FoundDigest, digest: &DigestFile) -> bool {
    let same_file = match (archive_part(&found.file), archive_part(&digest.object)) {
        (Some(here), Some(there)) => here == there,
        _ => found.file.rsplit('/').next() == digest.object.rsplit('/').next(),
    };
    let DigestKey { chain, end } = &found.key;
    // Nobody documents which time the name of a backfill digest has.
    let same_end = chain.is_backfill || *end == digest.end;
    same_file && chain.account == digest.account && same_end && digest.start <= digest.end
}

/// The row of a digest that another one names, and that is not there.
fn absent(chain: &ChainKey, previous: &PreviousDigest, found: &FoundDigest, oldest: Option<Timestamp>) -> VerifiedFile {
    let end = DigestKey::parse(&previous.object).map(|key| key.end);
    // What expires goes with everything that is older.
    let is_cut = oldest.zip(end).is_some_and(|(oldest, end)| oldest < end);
    let verdict = if is_cut || end.is_none() {
        Verdict::Missing(MissingReason::Listed)
    } else {
        Verdict::Unchecked(UncheckedReason::OlderExpired)
    };
    row(chain, known_by(&previous.object).into(), end, verdict, Some(&found.file))
}

fn row(
    chain: &ChainKey,
    file: Arc<str>,
    time: Option<Timestamp>,
    verdict: Verdict,
    digest: Option<&Arc<str>>,
) -> VerifiedFile {
    VerifiedFile {
        kind: VerifiedKind::Digest,
        account: Some(chain.account.clone()),
        region: Some(chain.region.clone()),
        trail: Some(chain.trail.clone()),
        file,
        time,
        verdict,
        digest: digest.map(Arc::clone),
    }
}

impl JudgedChain {
    /// The rows of its digests that are asked about, and of those that are missing.
    pub fn rows(&self, asked: impl Fn(Timestamp) -> bool) -> impl Iterator<Item = VerifiedFile> {
        let judged = self.digests.iter().filter(move |judged| asked(judged.found.key.end)).map(|judged| {
            let JudgedDigest { found, verdict, witness } = judged;
            row(&self.key, Arc::clone(&found.file), Some(found.key.end), *verdict, witness.as_ref())
        });
        judged.chain(self.missing.iter().cloned())
    }
}
