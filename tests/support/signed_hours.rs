//! An archive on disk of a trail that writes log files and digests hour after hour, signed with a key that is made here.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};

const FOLDER: &str = "AWSLogs/111122223333";

/// Hours with log files, and their digests.
pub(crate) struct SignedArchive {
    pub(crate) folder: tempfile::TempDir,
    /// The log files and the digests, oldest first, by their paths.
    pub(crate) logs: Vec<PathBuf>,
    pub(crate) digests: Vec<PathBuf>,
}

pub(crate) fn packed(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// An hour that begins so many hours after the first one, as `2026-11-02T09:MM:SSZ`.
pub(crate) fn time(hour: usize, minute: usize) -> String {
    format!("2026-11-{:02}T{:02}:{minute:02}:00Z", 2 + hour / 24, hour % 24)
}

/// The same as names have it, with or without seconds.
fn stamp(hour: usize, minute: usize, seconds: &str) -> String {
    format!("202611{:02}T{:02}{minute:02}{seconds}Z", 2 + hour / 24, hour % 24)
}

fn day(hour: usize) -> String {
    format!("eu-west-1/2026/11/{:02}", 2 + hour / 24)
}

/// The first and the last time that a text names.
fn times(text: &str) -> Option<(&str, &str)> {
    let found = text.split("\"eventTime\":\"").skip(1).filter_map(|rest| rest.get(..20));
    found.clone().min().zip(found.max())
}

impl SignedArchive {
    /// An archive with the log files that `texts` gives for each hour, which may be none, below `archive/`; and beside it keys.json
    /// and signatures.ndjson.
    pub(crate) fn of(hours: usize, texts: impl Fn(usize) -> Vec<String>) -> Self {
        let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("archive");
        let (mut logs, mut digests, mut signatures) = (Vec::new(), Vec::new(), String::new());
        let mut previous = ["null".to_owned(), "null".to_owned(), "null".to_owned()];
        for hour in 0..hours {
            let mut listed = Vec::new();
            for (at, text) in texts(hour).iter().enumerate() {
                let name = format!(
                    "111122223333_CloudTrail_eu-west-1_{}_aaaabbbbccc{hour:03}{at:02}.json.gz",
                    stamp(hour, 15 + at, "")
                );
                let log = format!("{FOLDER}/CloudTrail/{}/{name}", day(hour));
                write(&root.join(&log), &packed(text.as_bytes()));
                let hash = hex(&Sha256::digest(text.as_bytes()));
                let (oldest, newest) = times(text).map_or_else(
                    || (format!("\"{}\"", time(hour, 5)), format!("\"{}\"", time(hour, 10))),
                    |(oldest, newest)| (format!("\"{oldest}\""), format!("\"{newest}\"")),
                );
                listed.push(format!(
                    r#"{{"s3Bucket":"b","s3Object":"{log}","hashValue":"{hash}","hashAlgorithm":"SHA-256","newestEventTime":{newest},"oldestEventTime":{oldest}}}"#
                ));
                logs.push(root.join(&log));
            }
            let (start, end) = (time(hour, 0), time(hour + 1, 0));
            let name = format!(
                "111122223333_CloudTrail-Digest_eu-west-1_audit_eu-west-1_{}.json.gz",
                stamp(hour + 1, 0, "00")
            );
            let object = format!("{FOLDER}/CloudTrail-Digest/{}/{name}", day(hour));
            let [before, hash, signature] = &previous;
            let (bucket, algorithm) = if before == "null" { ("null", "null") } else { ("\"b\"", "\"SHA-256\"") };
            let digest = format!(
                r#"{{"awsAccountId":"111122223333","digestStartTime":"{start}","digestEndTime":"{end}","digestS3Bucket":"b","digestS3Object":"{object}","digestPublicKeyFingerprint":"f","digestSignatureAlgorithm":"SHA256withRSA","newestEventTime":null,"oldestEventTime":null,"previousDigestS3Bucket":{bucket},"previousDigestS3Object":{before},"previousDigestHashValue":{hash},"previousDigestHashAlgorithm":{algorithm},"previousDigestSignature":{signature},"logFiles":[{}]}}"#,
                listed.join(",")
            );
            let hash = hex(&Sha256::digest(digest.as_bytes()));
            let before = previous[2].trim_matches('"').to_owned();
            let signed = format!("{end}\nb/{object}\n{hash}\n{before}");
            let mut signature = vec![0; key.public_modulus_len()];
            key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
            let signature = hex(&signature);
            let line =
                format!(r#"{{"key":"{object}","signature":"{signature}","signature_algorithm":"SHA256withRSA"}}"#);
            signatures = format!("{signatures}{line}\n");
            let path = root.join(&object);
            write(&path, &packed(digest.as_bytes()));
            digests.push(path);
            previous = [object, hash, signature].map(|text| format!("\"{text}\""));
        }
        let value = STANDARD.encode(key.public_key().as_ref());
        let keys = format!(r#"{{"PublicKeyList":[{{"Value":"{value}","Fingerprint":"f"}}]}}"#);
        write(&folder.path().join("keys.json"), keys.as_bytes());
        write(&folder.path().join("signatures.ndjson"), signatures.as_bytes());
        Self { folder, logs, digests }
    }
}
