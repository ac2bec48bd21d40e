//! An archive on disk with digests as CloudTrail writes them, signed with a key that is made here.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};

/// Where a chain is of.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    /// Between `AWSLogs/` and the account.
    pub(crate) organization: &'static str,
    pub(crate) account: &'static str,
    pub(crate) region: &'static str,
    pub(crate) fingerprint: &'static str,
    /// The day of the folder of the log files.
    pub(crate) day: &'static str,
    /// How many log files each hour has.
    pub(crate) logs: usize,
}

pub(crate) const PLACE: Place = Place {
    organization: "",
    account: "111122223333",
    region: "eu-west-1",
    fingerprint: "f",
    day: "2026/11/02",
    logs: 1,
};

/// Hours of one day with a log file each, and their digests.
pub(crate) struct SignedArchive {
    pub(crate) folder: tempfile::TempDir,
    /// The public key, as `ListPublicKeys` has it.
    #[allow(dead_code, reason = "not every test has a bucket")]
    pub(crate) value: String,
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

/// Writes the log files of an hour, and gives what its digest says of them.
fn write_logs(archive: &Path, hour: usize, place: Place, logs: &mut Vec<PathBuf>) -> String {
    let Place { organization, account, region, day, .. } = place;
    let log = |number: usize| {
        let id = if number == 0 { "aaaabbbbccccdd".to_owned() } else { format!("{number:014}") };
        let name = format!("{account}_CloudTrail_{region}_20261102T{hour:02}15Z_{id}{hour:02}.json.gz");
        let log = format!("AWSLogs/{organization}{account}/CloudTrail/{region}/{day}/{name}");
        let text = format!(r#"{{"Records":[{{"eventVersion":"1.11","eventID":"{hour}"}}]}}"#);
        let path = archive.join(&log);
        write(&path, &packed(text.as_bytes()));
        logs.push(path);
        format!(
            r#"{{"s3Bucket":"logs","s3Object":"{log}","hashValue":"{}","hashAlgorithm":"SHA-256","newestEventTime":"2026-11-02T{hour:02}:10:00Z","oldestEventTime":"2026-11-02T{hour:02}:05:00Z"}}"#,
            hex(&Sha256::digest(text.as_bytes()))
        )
    };
    (0..place.logs).map(log).collect::<Vec<_>>().join(",")
}

impl SignedArchive {
    /// An archive below `archive/`, and beside it keys.json and signatures.ndjson.
    pub(crate) fn new(hours: usize) -> Self {
        Self::of(hours, PLACE)
    }

    /// The same of another place.
    pub(crate) fn of(hours: usize, place: Place) -> Self {
        let Place { organization, account, region, fingerprint, .. } = place;
        let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (mut logs, mut digests, mut signatures) = (Vec::new(), Vec::new(), String::new());
        let mut previous = ["null".to_owned(), "null".to_owned(), "null".to_owned()];
        for hour in 0..hours {
            let listed = write_logs(&folder.path().join("archive"), hour, place, &mut logs);
            let end = hour + 1;
            let name = format!("{account}_CloudTrail-Digest_{region}_audit_eu-west-1_20261102T{end:02}0000Z.json.gz");
            let object = format!("AWSLogs/{organization}{account}/CloudTrail-Digest/{region}/2026/11/02/{name}");
            let [before, hash, signature] = &previous;
            let (bucket, algorithm) = if before == "null" { ("null", "null") } else { ("\"logs\"", "\"SHA-256\"") };
            let digest = format!(
                r#"{{"awsAccountId":"{account}","digestStartTime":"2026-11-02T{hour:02}:00:00Z","digestEndTime":"2026-11-02T{end:02}:00:00Z","digestS3Bucket":"logs","digestS3Object":"{object}","digestPublicKeyFingerprint":"{fingerprint}","digestSignatureAlgorithm":"SHA256withRSA","newestEventTime":null,"oldestEventTime":null,"previousDigestS3Bucket":{bucket},"previousDigestS3Object":{before},"previousDigestHashValue":{hash},"previousDigestHashAlgorithm":{algorithm},"previousDigestSignature":{signature},"logFiles":[{listed}]}}"#
            );
            let hash = hex(&Sha256::digest(digest.as_bytes()));
            let before = previous[2].trim_matches('"').to_owned();
            let signed = format!("2026-11-02T{end:02}:00:00Z\nlogs/{object}\n{hash}\n{before}");
            let mut signature = vec![0; key.public_modulus_len()];
            key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
            let signature = hex(&signature);
            let line =
                format!(r#"{{"key":"{object}","signature":"{signature}","signature_algorithm":"SHA256withRSA"}}"#);
            signatures = format!("{signatures}{line}\n");
            let path = folder.path().join("archive").join(&object);
            write(&path, &packed(digest.as_bytes()));
            digests.push(path);
            previous = [object, hash, signature].map(|text| format!("\"{text}\""));
        }
        let value = STANDARD.encode(key.public_key().as_ref());
        let keys = format!(r#"{{"PublicKeyList":[{{"Value":"{value}","Fingerprint":"{fingerprint}"}}]}}"#);
        write(&folder.path().join("keys.json"), keys.as_bytes());
        write(&folder.path().join("signatures.ndjson"), signatures.as_bytes());
        Self { folder, value, logs, digests }
    }

    /// Puts it into a bucket of the S3 on loopback, below a prefix, with the signatures as metadata.
    #[allow(dead_code, reason = "not every test has a bucket")]
    pub(crate) fn put(&self, root: &Path, bucket: &str, prefix: &str) {
        let archive = self.folder.path().join("archive");
        for file in self.logs.iter().chain(&self.digests).filter(|file| file.exists()) {
            let key = format!("{prefix}{}", file.strip_prefix(&archive).unwrap().to_str().unwrap());
            write(&root.join(bucket).join(key), &fs::read(file).unwrap());
        }
        for line in fs::read_to_string(self.folder.path().join("signatures.ndjson")).unwrap().lines() {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let (key, signature) = (line["key"].as_str().unwrap(), &line["signature"]);
            let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
            let name = format!(".bucket-{}.object-{}.metadata.json", encode(bucket), encode(&format!("{prefix}{key}")));
            let metadata = serde_json::json!({"signature": signature, "signature-algorithm": "SHA256withRSA"});
            write(&root.join(name), serde_json::json!({"user_metadata": metadata}).to_string().as_bytes());
        }
    }
}
