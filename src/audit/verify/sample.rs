//! Archives with digests as CloudTrail writes them, signed with keys that are made here.

use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::book::DigestBook;
use super::copies::Home;
use super::digests::{Beside, Evidence, FoundDigest, Surroundings, UnreadDigest, chains_of, judge_chain};
use super::logs::{FoundLog, NewestLogs};
use super::public_keys::PublicKeys;
use super::signatures::Signatures;
use crate::domain::digest::{DigestFile, Hash, LogText, hex};
use crate::domain::digest_key::{ChainKey, DigestKey};
use crate::domain::log_key::LogKey;
use crate::domain::timestamp::Timestamp;
use crate::domain::verdict::VerifiedFile;
use crate::domain::window::Window;

/// Two keys: the trail's are rotated. Making one takes a while.
static KEYS: LazyLock<[RsaKeyPair; 2]> =
    LazyLock::new(|| [0, 1].map(|_| RsaKeyPair::generate(KeySize::Rsa2048).unwrap()));

pub(super) const FINGERPRINTS: [&str; 2] = ["one", "two"];

/// What `aws cloudtrail list-public-keys` prints for those keys.
pub(super) fn public_keys(which: &[usize]) -> String {
    let keys = which.iter().map(|at| {
        let value = STANDARD.encode(KEYS[*at].public_key().as_ref());
        format!(r#"{{"Value":"{value}","ValidityStartTime":1.0,"Fingerprint":"{}"}}"#, FINGERPRINTS[*at])
    });
    format!(r#"{{"PublicKeyList":[{}]}}"#, keys.collect::<Vec<_>>().join(","))
}

/// A digest file as it lies there.
#[derive(Debug, Clone)]
pub(super) struct Written {
    pub(super) file: String,
    pub(super) text: String,
    pub(super) signature: Vec<u8>,
}

/// An archive.
#[derive(Debug, Clone, Default)]
pub(super) struct Archive {
    pub(super) digests: Vec<Written>,
    /// Log files with the hashes of their texts.
    pub(super) logs: Vec<(String, Hash)>,
    /// The digests of which the signature lies beside.
    pub(super) beside: Vec<String>,
}

/// The hour of a number, on the 2nd of November.
pub(super) fn hour(at: usize) -> String {
    format!("2026-11-02T{at:02}:00:00Z")
}

pub(super) const PLACE: &str = "AWSLogs/111122223333/CloudTrail";

pub(super) fn log_name(at: usize, number: usize) -> String {
    format!(
        "{PLACE}/eu-west-1/2026/11/02/111122223333_CloudTrail_eu-west-1_20261102T{at:02}15Z_aaaabbbbccccdd{number:02}.json.gz"
    )
}

impl Archive {
    /// A chain of the trail for these hours; each but the third has two log files. `key` gives the key of an hour.
    pub(super) fn chain(trail: &str, hours: std::ops::Range<usize>, key: fn(usize) -> usize) -> Self {
        let mut archive = Self::default();
        for at in hours {
            let logs: Vec<(String, Hash)> = (0..if at == 2 { 0 } else { 2 })
                .map(|number| (log_name(at, number), [u8::try_from(at * 8 + number).unwrap(); 32]))
                .collect();
            archive.add(trail, at, &logs, key(at), "");
            archive.logs.extend(logs);
        }
        archive
    }

    /// Adds the digest of an hour behind the others.
    pub(super) fn add(&mut self, trail: &str, at: usize, logs: &[(String, Hash)], key: usize, suffix: &str) {
        let object = format!(
            "{PLACE}-Digest/eu-west-1/2026/11/02/111122223333_CloudTrail-Digest_eu-west-1_{trail}_eu-west-1_20261102T{:02}0000Z{suffix}.json.gz",
            at + 1
        );
        let listed = logs.iter().map(|(name, hash)| {
            let times = format!(r#""newestEventTime":"{0}","oldestEventTime":"{0}""#, hour(at));
            format!(
                r#"{{"s3Bucket":"b","s3Object":"{name}","hashValue":"{}","hashAlgorithm":"SHA-256",{times}}}"#,
                hex(hash)
            )
        });
        let previous = match self.digests.last() {
            None => ["Bucket", "Object", "HashValue", "HashAlgorithm", "Signature"].map(|_| "null".to_owned()),
            Some(last) => {
                let hash = hex(&DigestFile::read(last.text.as_bytes()).unwrap().hash);
                ["b", &last.file, &hash, "SHA-256", &hex(&last.signature)].map(|text| format!("\"{text}\""))
            }
        };
        let [bucket, before, hash, algorithm, signature] = previous;
        let text = format!(
            r#"{{"awsAccountId":"111122223333","digestStartTime":"{}","digestEndTime":"{}","digestS3Bucket":"b","digestS3Object":"{object}","digestPublicKeyFingerprint":"{}","digestSignatureAlgorithm":"SHA256withRSA","previousDigestS3Bucket":{bucket},"previousDigestS3Object":{before},"previousDigestHashValue":{hash},"previousDigestHashAlgorithm":{algorithm},"previousDigestSignature":{signature},"logFiles":[{}]}}"#,
            hour(at),
            hour(at + 1),
            FINGERPRINTS[key],
            listed.collect::<Vec<_>>().join(",")
        );
        let signed = DigestFile::read(text.as_bytes()).unwrap().signed_bytes();
        let mut signature = vec![0; KEYS[key].public_modulus_len()];
        KEYS[key].sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &signed, &mut signature).unwrap();
        self.beside.push(object.clone());
        self.digests.push(Written { file: object, text, signature });
    }

    /// The same archive below another folder.
    pub(super) fn moved(mut self, folder: &str) -> Self {
        let names = self.digests.iter_mut().map(|digest| &mut digest.file);
        names.chain(self.logs.iter_mut().map(|(name, _)| name)).for_each(|name| *name = format!("{folder}/{name}"));
        self
    }

    pub(super) fn book(&self, keys: &[usize], window: &Window) -> DigestBook {
        self.book_by(&public_keys(keys), window)
    }

    /// The book by what `aws cloudtrail list-public-keys` is said to have printed.
    pub(super) fn book_by(&self, keys: &str, window: &Window) -> DigestBook {
        let found = self.digests.iter().map(|written| FoundDigest {
            file: written.file.as_str().into(),
            key: DigestKey::parse(&written.file).unwrap(),
            read: DigestFile::read(written.text.as_bytes()).map_err(|_| UnreadDigest::Format),
            bucket: None,
            source: 0,
            beside: Beside::default(),
        });
        let mut signatures = Signatures::default();
        for written in
            self.digests.iter().filter(|written| self.beside.iter().any(|key| written.file.ends_with(&**key)))
        {
            signatures.add(&written.file, &written.signature);
        }
        let keys = PublicKeys::read(keys).unwrap_or_default();
        let evidence = Evidence { keys: &keys, signatures: &signatures };
        let judge = |chain| judge_chain(chain, evidence, self, window);
        DigestBook::new(chains_of(found.collect()).into_iter().map(judge).collect(), *window)
    }

    /// Every row, in order.
    pub(super) fn rows(&self, keys: &[usize], window: &Window) -> Vec<VerifiedFile> {
        let book = self.book(keys, window);
        let logs: Vec<(FoundLog, Hash)> = self
            .logs
            .iter()
            .map(|(name, hash)| (FoundLog { file: name.as_str().into(), key: LogKey::parse(name) }, *hash))
            .collect();
        let (mut newest, now) = (NewestLogs::default(), Timestamp::parse_rfc3339("2026-11-03T00:00:00Z").unwrap());
        for (log, _) in &logs {
            newest.see(&log.key, now);
        }
        let mut rows: Vec<VerifiedFile> = book.digests().collect();
        for (log, hash) in &logs {
            book.meet(0, &log.file);
            let text = book.wants(&log.file).then_some(LogText::Hash(*hash));
            rows.extend(book.listed(log, text).or_else(|| book.unlisted(log, &newest)));
        }
        rows.extend(book.absent());
        VerifiedFile::sort(&mut rows);
        rows
    }

    /// The rows that are not valid, as `kind time verdict reason`.
    pub(super) fn told(&self, keys: &[usize], window: &Window) -> Vec<String> {
        let rows = self.rows(keys, window).into_iter().filter(|row| row.verdict.as_str() != "valid");
        rows.map(|row| {
            let time = row.time.map_or_else(String::new, |time| time.to_string()[11..16].to_owned());
            format!("{} {time} {} {}", row.kind.as_str(), row.verdict.as_str(), row.verdict.reason()).trim().to_owned()
        })
        .collect()
    }
}

impl Surroundings for Archive {
    fn oldest(&self, _: &ChainKey, copy: Option<&Home>) -> Option<Timestamp> {
        let is_of = |name: &str| copy.is_none_or(|copy| Home::of(0, name) == *copy);
        let logs = self.logs.iter().filter(|(name, _)| is_of(name));
        let digests = self.digests.iter().filter(|written| is_of(&written.file));
        let stamps = logs.filter_map(|(name, _)| LogKey::parse(name).delivered);
        stamps.chain(digests.filter_map(|written| Some(DigestKey::parse(&written.file)?.end))).min()
    }

    fn has_older(&self, chain: &ChainKey, copy: Option<&Home>, end: Timestamp) -> bool {
        let is_of = |name: &str| copy.is_none_or(|copy| Home::of(0, name) == *copy);
        let digests = self.digests.iter().filter(|written| is_of(&written.file));
        let mut keys = digests.filter_map(|written| DigestKey::parse(&written.file));
        keys.any(|key| *key.chain == *chain && key.end < end)
    }
}

/// From the start of one hour to that of another; open where none is given.
pub(super) fn window(from: Option<usize>, to: Option<usize>) -> Window {
    let at = |at: Option<usize>| at.and_then(|at| Timestamp::parse_rfc3339(&hour(at)));
    Window { from: at(from), to: at(to) }
}
