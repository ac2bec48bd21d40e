//! Digests for a corpus, as `CloudTrail` writes them: one each hour of each account and region, signed with a key that is made here.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use rayon::prelude::*;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tfctrail::domain::digest::hex;
use tfctrail::domain::log_key::LogKey;
use tfctrail::domain::timestamp::Timestamp;

/// The public key, as `aws cloudtrail list-public-keys` prints it.
pub(crate) const KEYS: &str = "keys.json";
/// The signatures, a line each.
pub(crate) const SIGNATURES: &str = "signatures.ndjson";

const HOUR: i64 = 3_600;

/// Log files of a place, by the hour of their delivery: what a digest lists of each.
type Hours = BTreeMap<i64, Vec<Value>>;

/// The log files of `corpus` with digests, in `dir`: those that are there, or new ones. The log files are links, so that both have
/// the same bytes in memory.
pub(crate) fn ensure(corpus: &Path, dir: &Path) -> io::Result<()> {
    // It is written last.
    if dir.join(KEYS).exists() {
        return Ok(());
    }
    if dir.exists() {
        fs::remove_dir_all(dir)?;
    }
    let files: Vec<_> = walkdir::WalkDir::new(corpus.join("AWSLogs")).into_iter().collect::<Result<_, _>>()?;
    let files: Vec<_> = files.into_iter().filter(|entry| entry.file_type().is_file()).collect();
    let listed = |entry: &walkdir::DirEntry| {
        let key = entry.path().strip_prefix(corpus).map_err(io::Error::other)?.to_string_lossy().into_owned();
        let there = dir.join(&key);
        fs::create_dir_all(there.parent().unwrap_or(dir))?;
        fs::hard_link(entry.path(), there)?;
        let mut text = Vec::new();
        GzDecoder::new(File::open(entry.path())?).read_to_end(&mut text)?;
        Ok((key, hex(&Sha256::digest(&text))))
    };
    let listed: Vec<(String, String)> = files.par_iter().map(listed).collect::<io::Result<_>>()?;
    let mut places: BTreeMap<(String, String), Hours> = BTreeMap::new();
    for (key, hash) in listed {
        let LogKey { region: Some(region), delivered: Some(delivered), .. } = LogKey::parse(&key) else {
            return Err(io::Error::other(format!("{key}: no name of a log file")));
        };
        let account = key.split("/CloudTrail/").next().unwrap_or_default().to_owned();
        let hours = places.entry((account, region.into())).or_default();
        hours.entry(delivered.seconds() / HOUR).or_default().push(json!({
            "s3Bucket": "b", "s3Object": key, "hashValue": hash, "hashAlgorithm": "SHA-256",
            "newestEventTime": delivered.to_string(), "oldestEventTime": delivered.to_string(),
        }));
    }
    let key = RsaKeyPair::generate(KeySize::Rsa2048).map_err(io::Error::other)?;
    let mut signatures = File::create(dir.join(SIGNATURES))?;
    for ((account, region), hours) in places {
        sign(&key, dir, (&account, &region), hours, &mut signatures)?;
    }
    let value = STANDARD.encode(key.public_key().as_ref());
    fs::write(dir.join(KEYS), json!({"PublicKeyList": [{"Value": value, "Fingerprint": "f"}]}).to_string())
}

/// Writes the chain of a place.
fn sign(
    key: &RsaKeyPair,
    dir: &Path,
    (folder, region): (&str, &str),
    mut hours: Hours,
    signatures: &mut File,
) -> io::Result<()> {
    let account = folder.rsplit('/').next().unwrap_or_default();
    let (first, last) = hours.keys().next().copied().zip(hours.keys().last().copied()).unwrap_or_default();
    let mut previous: Option<[String; 3]> = None;
    for hour in first..=last + 1 {
        let time = |hour: i64| Timestamp::from_seconds(hour * HOUR).map(|time| time.to_string()).unwrap_or_default();
        let (start, end) = (time(hour), time(hour + 1));
        let (day, stamp) = (end[..10].replace('-', "/"), end.replace(['-', ':'], ""));
        let name = format!("{account}_CloudTrail-Digest_{region}_audit_{region}_{stamp}.json.gz");
        let object = format!("{folder}/CloudTrail-Digest/{region}/{day}/{name}");
        let [before, hash_before, signature_before] =
            previous.map_or([Value::Null, Value::Null, Value::Null], |previous| previous.map(Value::from));
        let signed_before = signature_before.as_str().unwrap_or("null").to_owned();
        let text = json!({
            "awsAccountId": account, "digestStartTime": start, "digestEndTime": end, "digestS3Bucket": "b",
            "digestS3Object": object, "digestPublicKeyFingerprint": "f", "digestSignatureAlgorithm": "SHA256withRSA",
            "newestEventTime": null, "oldestEventTime": null,
            "previousDigestS3Bucket": before.as_str().map(|_| "b"), "previousDigestS3Object": before,
            "previousDigestHashValue": hash_before, "previousDigestHashAlgorithm": before.as_str().map(|_| "SHA-256"),
            "previousDigestSignature": signature_before, "logFiles": hours.remove(&hour).unwrap_or_default(),
        })
        .to_string();
        let hash = hex(&Sha256::digest(&text));
        let mut signature = vec![0; key.public_modulus_len()];
        let signed = format!("{end}\nb/{object}\n{hash}\n{signed_before}");
        key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .map_err(io::Error::other)?;
        let signature = hex(&signature);
        let line = json!({"key": object, "signature": signature, "signature_algorithm": "SHA256withRSA"});
        writeln!(signatures, "{line}")?;
        let path = dir.join(&object);
        fs::create_dir_all(path.parent().unwrap_or(dir))?;
        let mut gzip = GzEncoder::new(File::create(path)?, Compression::new(6));
        gzip.write_all(text.as_bytes())?;
        gzip.finish()?;
        previous = Some([object, hash, signature]);
    }
    Ok(())
}
