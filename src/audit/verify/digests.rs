//! Judges digest files, chain by chain, from the newest to the oldest: what a valid digest says of the one before it counts.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::copies::{ChainHomes, Home, copies_of};
use super::public_keys::PublicKeys;
use super::signatures::{ALGORITHM, Signatures, known_by};
use crate::domain::digest::{DigestFile, Hash, ListedLog, PreviousDigest, unhex};
use crate::domain::digest_key::{ChainKey, DigestKey, archive_part, is_hole_in};
use crate::domain::timestamp::Timestamp;
use crate::domain::verdict::{InvalidReason, MissingReason, UncheckedReason, Verdict, VerifiedFile, VerifiedKind};
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
    /// The bucket that it lies in, where it lies in one.
    pub bucket: Option<Box<str>>,
    /// The number of its source.
    pub source: usize,
    /// What lies beside it in its source.
    pub beside: Beside,
}

/// What lies beside a digest file: S3 keeps it as metadata of the object, and a copy loses it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Beside {
    /// The signature; empty where what is there is none.
    pub signature: Option<Box<[u8]>>,
    /// When a digest for late log files was made.
    pub generated: Option<Timestamp>,
}

impl Beside {
    /// Reads what lies there: a signature in hex, its algorithm, and when one for late log files was made.
    #[must_use]
    pub fn read(signature: Option<&str>, algorithm: Option<&str>, generated: Option<&str>) -> Self {
        let is_known = algorithm.is_none_or(|algorithm| algorithm == ALGORITHM);
        let bytes = |text: &str| unhex(text).filter(|_| is_known).unwrap_or_default().into();
        Self { signature: signature.map(bytes), generated: generated.and_then(Timestamp::parse_rfc3339) }
    }
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

/// A digest file with its verdict. What it was judged by is given up, since an archive has a digest for each hour.
#[derive(Debug)]
pub struct JudgedDigest {
    /// Its name in the source.
    pub file: Arc<str>,
    /// The end of its hour, as the name says.
    pub end: Timestamp,
    /// The number of its source.
    pub source: usize,
    /// What lies beside it in its source.
    pub beside: Beside,
    /// What it says, if it could be read.
    pub says: Option<DigestSays>,
    /// What is known of it.
    pub verdict: Verdict,
    /// The digest whose word was taken for it.
    pub witness: Option<Arc<str>>,
}

/// What a digest says of its hour.
#[derive(Debug)]
pub struct DigestSays {
    /// The start of its hour.
    pub start: Timestamp,
    /// The end of its hour.
    pub end: Timestamp,
    /// The SHA-256 of its text.
    pub hash: Hash,
    /// The log files that were delivered in its hour.
    pub logs: Vec<ListedLog>,
}

impl JudgedDigest {
    fn new(found: FoundDigest, verdict: Verdict, witness: Option<Arc<str>>) -> Self {
        let FoundDigest { file, key, read, source, beside, .. } = found;
        let says = read.ok().map(|DigestFile { start, end, hash, logs, .. }| DigestSays { start, end, hash, logs });
        Self { file, end: key.end, source, beside, says, verdict, witness }
    }

    /// What it lists, if it is as CloudTrail wrote it.
    #[must_use]
    pub fn valid(&self) -> Option<&DigestSays> {
        self.says.as_ref().filter(|_| self.verdict == Verdict::Valid)
    }
}

/// A chain whose digests are judged, oldest first.
#[derive(Debug)]
pub struct JudgedChain {
    /// Which chain it is.
    pub key: Arc<ChainKey>,
    /// Where its digests lie.
    pub homes: Arc<ChainHomes>,
    /// Its digests.
    pub digests: Vec<JudgedDigest>,
    /// The digests that are missing in it.
    pub missing: Vec<VerifiedFile>,
    /// A valid digest that does not lie where it was written: where that is, and its name here.
    pub moved: Option<(String, Arc<str>)>,
}

/// What is known of an archive without reading a digest. It is asked only where a chain has a hole.
pub trait Surroundings: Sync {
    /// When the oldest file that is left of a chain's account and region was written, digest or log file; in that copy alone,
    /// where there is one.
    fn oldest(&self, chain: &ChainKey, copy: Option<&Home>) -> Option<Timestamp>;

    /// Whether a digest of the chain is left that ends before that time; in that copy alone, where there is one.
    fn has_older(&self, chain: &ChainKey, copy: Option<&Home>, end: Timestamp) -> bool;
}

/// What is at hand to judge digests by.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// The public keys.
    pub keys: &'a PublicKeys,
    /// The signatures that were brought along; they take the place of those that lie beside digests.
    pub signatures: &'a Signatures,
}

/// A chain whose digests are there.
#[derive(Debug)]
pub struct FoundChain {
    /// Which chain it is.
    key: Arc<ChainKey>,
    /// Where its digests lie.
    homes: ChainHomes,
    /// Its digests, oldest first.
    digests: Vec<FoundDigest>,
}

/// The chains of these digests; one that is there more than once, in several copies, as often as it is there.
#[must_use]
pub fn chains_of(digests: Vec<FoundDigest>) -> Vec<FoundChain> {
    let mut chains: BTreeMap<Arc<ChainKey>, Vec<FoundDigest>> = BTreeMap::new();
    for found in digests {
        match chains.get_mut(&found.key.chain) {
            Some(chain) => chain.push(found),
            None => drop(chains.insert(Arc::clone(&found.key.chain), vec![found])),
        }
    }
    for found in chains.values_mut() {
        found.sort_by(|one, other| (one.key.end, &one.file).cmp(&(other.key.end, &other.file)));
    }
    let of_key = |(key, digests): (Arc<ChainKey>, Vec<FoundDigest>)| {
        let copies = copies_of(digests, |found| (found.source, &found.file)).into_iter();
        copies.map(move |(homes, digests)| FoundChain { key: Arc::clone(&key), homes, digests })
    };
    chains.into_iter().flat_map(of_key).collect()
}

/// Judges the digests of a chain. Holes count that lie in the window.
#[must_use]
pub fn judge_chain(
    chain: FoundChain,
    evidence: Evidence<'_>,
    around: &dyn Surroundings,
    window: &Window,
) -> JudgedChain {
    let FoundChain { key, homes, digests: found } = chain;
    let copy = homes.own.as_ref();
    let there: HashSet<&str> = found.iter().map(|found| known_by(&found.file)).collect();
    // What the digests that were judged before say of older ones.
    let mut told: HashMap<&str, Word<'_>> = HashMap::new();
    let older = older_ends(&found);
    let (mut verdicts, mut missing) = (Vec::with_capacity(found.len()), Vec::new());
    for (at, found) in found.iter().enumerate().rev() {
        let word = told.get(known_by(&found.file));
        let verdict = verdict(found, word, evidence);
        let is_taken = |word: &&Word<'_>| {
            found.read.as_ref().is_ok_and(|digest| digest.hash == word.previous.hash) || verdict != Verdict::Valid
        };
        let witness = word.filter(is_taken).map(|word| Arc::clone(&word.witness));
        if let (Ok(digest), true) = (&found.read, counts(verdict)) {
            let older = older[at];
            // A chain of late log files has days between its digests, and so has one that was stopped.
            let named = digest.previous.as_ref().and_then(|previous| DigestKey::parse(&previous.object));
            let is_asked = is_hole_in(window, older, named.map_or(digest.start, |named| named.end));
            match &digest.previous {
                Some(previous) => {
                    Word::of(previous, digest, &found.file, verdict).put(&mut told);
                    if is_asked && !there.contains(known_by(&previous.object)) {
                        missing.push(absent(&key, previous, found, around.oldest(&key, copy)));
                    }
                }
                None if is_asked && (older.is_some() || around.has_older(&key, copy, found.key.end)) => {
                    let gap = Verdict::Missing(MissingReason::Gap);
                    missing.push(row(&key, Arc::clone(&found.file), Some(digest.start), gap, Some(&found.file)));
                }
                None => {}
            }
        }
        verdicts.push((verdict, witness));
    }
    let (mut digests, mut moved) = (Vec::with_capacity(found.len()), None);
    for (found, (verdict, witness)) in found.into_iter().zip(verdicts.into_iter().rev()) {
        moved = moved.or_else(|| moved_from(&found, verdict));
        digests.push(JudgedDigest::new(found, verdict, witness));
    }
    JudgedChain { key, homes: Arc::new(homes), digests, missing, moved }
}

/// The end of the next older digest for each of a chain, of which any number may end at the same time.
fn older_ends(found: &[FoundDigest]) -> Vec<Option<Timestamp>> {
    let mut older: Vec<Option<Timestamp>> = Vec::with_capacity(found.len());
    for (at, digest) in found.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| (found[before].key.end, older[before]));
        older.push(before.and_then(|(end, older)| if end < digest.key.end { Some(end) } else { older }));
    }
    older
}

/// Where a digest was written, and its name here, if it is valid and does not lie there.
fn moved_from(found: &FoundDigest, verdict: Verdict) -> Option<(String, Arc<str>)> {
    let digest = found.read.as_ref().ok().filter(|_| verdict == Verdict::Valid)?;
    let is_elsewhere = found.bucket.as_ref().is_some_and(|bucket| *bucket != digest.bucket);
    let is_moved = is_elsewhere || (archive_part(&found.file).is_some() && *found.file != *digest.object);
    is_moved.then(|| (format!("s3://{}/{}", digest.bucket, digest.object), Arc::clone(&found.file)))
}

/// Whether what a digest says of older ones is believed: also if only its own signature is not at hand, since then nothing
/// speaks against it.
fn counts(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Valid | Verdict::Unchecked(UncheckedReason::NoSignature | UncheckedReason::NoKey))
}

/// What a digest says of the one before it.
struct Word<'a> {
    previous: &'a PreviousDigest,
    witness: Arc<str>,
    /// The key that whoever says so was signed with.
    fingerprint: &'a str,
    /// Whether whoever says so is known to be CloudTrail.
    is_proven: bool,
}

impl<'a> Word<'a> {
    fn of(previous: &'a PreviousDigest, digest: &'a DigestFile, witness: &Arc<str>, verdict: Verdict) -> Self {
        let (witness, is_proven) = (Arc::clone(witness), verdict == Verdict::Valid);
        Self { previous, witness, fingerprint: &digest.fingerprint, is_proven }
    }

    /// Whether it proves a digest with the text and the signature that it speaks of: then CloudTrail has said with this very key
    /// that it wrote both, and signed bytes are made of nothing but the text.
    fn proves(&self, digest: &DigestFile) -> bool {
        self.is_proven && self.fingerprint == &*digest.fingerprint
    }

    /// Puts it beside the others: what is proven, nothing takes back that is not.
    fn put(self, told: &mut HashMap<&'a str, Self>) {
        let name = known_by(&self.previous.object);
        if self.is_proven || told.get(name).is_none_or(|known| !known.is_proven) {
            told.insert(name, self);
        }
    }
}

fn verdict(found: &FoundDigest, told: Option<&Word<'_>>, evidence: Evidence<'_>) -> Verdict {
    let digest = match &found.read {
        Ok(digest) => digest,
        Err(UnreadDigest::Gzip) => return Verdict::Invalid(InvalidReason::Gzip),
        Err(UnreadDigest::Format) => return Verdict::Invalid(InvalidReason::Format),
        Err(UnreadDigest::Unreadable) => return Verdict::Unchecked(UncheckedReason::Unreadable),
    };
    if !is_in_place(found, digest) {
        return Verdict::Invalid(InvalidReason::Place);
    }
    let beside = evidence.signatures.of(&found.file).or(found.beside.signature.as_deref());
    let accepts = |signature: &[u8]| evidence.keys.accept(&digest.fingerprint, &digest.signed_bytes(), signature);
    // Anybody can say anything of a digest in one without a signature: that of CloudTrail is worth more.
    let is_proven = told.is_none_or(|told| told.is_proven);
    if !is_proven && beside.is_some_and(|signature| accepts(signature) == Some(true)) {
        return Verdict::Valid;
    }
    let is_vouched_for = told.is_some_and(|told| told.proves(digest));
    let told = told.map(|told| told.previous);
    if told.is_some_and(|told| told.hash != digest.hash) {
        return Verdict::Invalid(InvalidReason::Hash);
    }
    let told = told.map(|told| unhex(&told.signature_text));
    let signature: Cow<'_, [u8]> = match (beside, told) {
        (_, Some(None)) => return Verdict::Invalid(InvalidReason::Signature),
        (Some(beside), Some(Some(told))) if *beside != *told => return Verdict::Invalid(InvalidReason::Signature),
        (Some(beside), _) => beside.into(),
        (None, Some(Some(told))) => told.into(),
        (None, None) => return Verdict::Unchecked(UncheckedReason::NoSignature),
    };
    if is_vouched_for {
        return Verdict::Valid;
    }
    match accepts(&signature) {
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
    row(chain, (*previous.object).into(), end, verdict, Some(&found.file))
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
        events: None,
    }
}

impl JudgedChain {
    /// The rows of its digests that are asked about, and of those that are missing.
    pub fn rows(&self, asked: impl Fn(Timestamp) -> bool) -> impl Iterator<Item = VerifiedFile> {
        let judged = self.digests.iter().filter(move |judged| asked(judged.end)).map(|judged| {
            let JudgedDigest { file, end, verdict, witness, .. } = judged;
            row(&self.key, Arc::clone(file), Some(*end), *verdict, witness.as_ref())
        });
        judged.chain(self.missing.iter().cloned())
    }
}
