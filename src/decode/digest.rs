//! Reads a digest file: what CloudTrail says that it wrote in an hour (DOMAIN §7).

use std::borrow::Cow;
use std::fmt;

use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use sha2::{Digest as _, Sha256};

use crate::domain::digest::{DigestFile, Hash, ListedLog, PreviousDigest, unhex_into};
use crate::domain::timestamp::Timestamp;

/// The text of a digest has at most so many bytes; CloudTrail's own have some 600 bytes for each log file of an hour.
pub const MAX_TEXT: usize = 24 << 20;

/// No value of a digest is longer, in bytes. Names of objects have at most 1,024, signatures in hex at most 2,048.
const MAX_VALUE: usize = 4_096;

/// It lists at most so many log files: CloudTrail writes some tens an hour, and thousands where an account is very busy.
pub const MAX_LOG_FILES: usize = 40_000;

/// Why a text is no digest, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DigestDefect {
    /// It has too many bytes.
    #[error("the text has more than {MAX_TEXT} bytes")]
    TooLarge,
    /// A value is too long.
    #[error("a value has more than {MAX_VALUE} bytes")]
    LongValue,
    /// It lists too many log files.
    #[error("it lists more than {MAX_LOG_FILES} log files")]
    TooManyLogFiles,
    /// It is no JSON of that form.
    #[error("not a digest: {0}")]
    NotADigest(String),
    /// A value of it means nothing.
    #[error("not a digest: {field} is {wrong}")]
    Field {
        /// The member.
        field: &'static str,
        /// What is wrong with it.
        wrong: &'static str,
    },
}

/// Texts without a copy of their own where these have no escapes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireDigest<'a> {
    #[serde(borrow)]
    aws_account_id: Cow<'a, str>,
    #[serde(borrow)]
    digest_start_time: Cow<'a, str>,
    #[serde(borrow)]
    digest_end_time: Cow<'a, str>,
    #[serde(rename = "digestS3Bucket", borrow)]
    bucket: Cow<'a, str>,
    #[serde(rename = "digestS3Object", borrow)]
    object: Cow<'a, str>,
    #[serde(borrow)]
    digest_public_key_fingerprint: Cow<'a, str>,
    #[serde(borrow)]
    digest_signature_algorithm: Cow<'a, str>,
    #[serde(rename = "previousDigestS3Bucket", borrow)]
    previous_bucket: Option<Cow<'a, str>>,
    #[serde(rename = "previousDigestS3Object", borrow)]
    previous_object: Option<Cow<'a, str>>,
    #[serde(borrow)]
    previous_digest_hash_value: Option<Cow<'a, str>>,
    #[serde(borrow)]
    previous_digest_hash_algorithm: Option<Cow<'a, str>>,
    #[serde(borrow)]
    previous_digest_signature: Option<Cow<'a, str>>,
    log_files: WireLogs,
}

/// Texts as those of the digest: an hour may list thousands.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireLog<'a> {
    #[serde(rename = "s3Bucket", borrow)]
    _bucket: Cow<'a, str>,
    #[serde(rename = "s3Object", borrow)]
    object: Cow<'a, str>,
    #[serde(borrow)]
    hash_value: Cow<'a, str>,
    #[serde(borrow)]
    hash_algorithm: Cow<'a, str>,
    #[serde(borrow)]
    newest_event_time: Option<Cow<'a, str>>,
    #[serde(borrow)]
    oldest_event_time: Option<Cow<'a, str>>,
}

/// The log files up to the first that means nothing.
struct WireLogs(Result<Vec<ListedLog>, DigestDefect>);

impl<'de> Deserialize<'de> for WireLogs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(LogsVisitor)
    }
}

struct LogsVisitor;

impl<'de> Visitor<'de> for LogsVisitor {
    type Value = WireLogs;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of log files")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<WireLogs, A::Error> {
        let mut logs = Vec::new();
        while let Some(log) = items.next_element::<WireLog<'_>>()? {
            let log = if logs.len() == MAX_LOG_FILES { Err(DigestDefect::TooManyLogFiles) } else { listed(&log) };
            match log {
                Ok(log) => logs.push(log),
                Err(defect) => {
                    while items.next_element::<IgnoredAny>()?.is_some() {}
                    return Ok(WireLogs(Err(defect)));
                }
            }
        }
        Ok(WireLogs(Ok(logs)))
    }
}

impl DigestFile {
    /// Reads the inflated text of a digest file. A member that is there twice is refused, since readers differ in which one
    /// they take.
    ///
    /// # Errors
    ///
    /// Whatever is not as CloudTrail writes it; other members than those that are read may be anything.
    pub fn read(text: &[u8]) -> Result<Self, DigestDefect> {
        if text.len() > MAX_TEXT {
            return Err(DigestDefect::TooLarge);
        }
        // Before it is parsed: whoever writes a digest may write values of any length, and many digests are held at once.
        if has_long_value(text) {
            return Err(DigestDefect::LongValue);
        }
        let wire: WireDigest<'_> =
            serde_json::from_slice(text).map_err(|error| DigestDefect::NotADigest(error.to_string()))?;
        is(&wire.digest_signature_algorithm, "SHA256withRSA", "digestSignatureAlgorithm")?;
        let previous = previous(&wire)?;
        Ok(Self {
            hash: Sha256::digest(text).into(),
            start: time(&wire.digest_start_time, "digestStartTime")?,
            end: time(&wire.digest_end_time, "digestEndTime")?,
            end_text: wire.digest_end_time.into(),
            account: wire.aws_account_id.into(),
            bucket: wire.bucket.into(),
            object: wire.object.into(),
            fingerprint: wire.digest_public_key_fingerprint.into(),
            previous,
            logs: wire.log_files.0?,
        })
    }
}

/// Whether a value has more bytes than one may have.
fn has_long_value(text: &[u8]) -> bool {
    let mut start = None;
    for quote in memchr::memchr_iter(b'"', text) {
        let Some(first) = start else {
            start = Some(quote);
            continue;
        };
        if quote - first > MAX_VALUE {
            return true;
        }
        let slashes = text[first + 1..quote].iter().rev().take_while(|byte| **byte == b'\\').count();
        if slashes % 2 == 0 {
            start = None;
        }
    }
    start.is_some_and(|first| text.len() - first > MAX_VALUE)
}

fn previous(wire: &WireDigest<'_>) -> Result<Option<PreviousDigest>, DigestDefect> {
    let WireDigest { previous_bucket, previous_object, previous_digest_hash_value, .. } = wire;
    let WireDigest { previous_digest_hash_algorithm, previous_digest_signature, .. } = wire;
    let parts = [
        previous_bucket,
        previous_object,
        previous_digest_hash_value,
        previous_digest_hash_algorithm,
        previous_digest_signature,
    ];
    if parts.iter().all(|part| part.is_none()) {
        return Ok(None);
    }
    let [Some(bucket), Some(object), Some(hash_text), Some(algorithm), Some(signature)] = parts else {
        return Err(DigestDefect::Field { field: "previousDigest…", wrong: "there in part only" });
    };
    is(algorithm, "SHA-256", "previousDigestHashAlgorithm")?;
    let hash = hash(hash_text, "previousDigestHashValue")?;
    let [bucket, object, signature_text] = [bucket, object, signature].map(|text| (**text).into());
    Ok(Some(PreviousDigest { bucket, object, hash, signature_text }))
}

fn listed(log: &WireLog<'_>) -> Result<ListedLog, DigestDefect> {
    is(&log.hash_algorithm, "SHA-256", "hashAlgorithm")?;
    let times = match (&log.oldest_event_time, &log.newest_event_time) {
        (Some(oldest), Some(newest)) => Some((time(oldest, "oldestEventTime")?, time(newest, "newestEventTime")?)),
        _ => None,
    };
    Ok(ListedLog { hash: hash(&log.hash_value, "hashValue")?, object: (*log.object).into(), times })
}

fn is(found: &str, expected: &str, field: &'static str) -> Result<(), DigestDefect> {
    if found == expected { Ok(()) } else { Err(DigestDefect::Field { field, wrong: "of another algorithm" }) }
}

fn time(text: &str, field: &'static str) -> Result<Timestamp, DigestDefect> {
    Timestamp::parse_rfc3339(text).ok_or(DigestDefect::Field { field, wrong: "no time" })
}

fn hash(text: &str, field: &'static str) -> Result<Hash, DigestDefect> {
    let mut bytes = Hash::default();
    if unhex_into(text, &mut bytes) {
        Ok(bytes)
    } else {
        Err(DigestDefect::Field { field, wrong: "no SHA-256 in hex" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::digest::hex;

    const TEXT: &str = r#"{"awsAccountId":"111122223333","digestStartTime":"2026-11-02T09:00:00Z",
        "digestEndTime":"2026-11-02T10:00:00Z","digestS3Bucket":"b","digestS3Object":"AWSLogs/x.json.gz",
        "digestPublicKeyFingerprint":"f","digestSignatureAlgorithm":"SHA256withRSA","newestEventTime":null,
        "previousDigestS3Bucket":"b","previousDigestS3Object":"p","previousDigestHashValue":"HASH",
        "previousDigestHashAlgorithm":"SHA-256","previousDigestSignature":"0aff",
        "logFiles":[{"s3Bucket":"b","s3Object":"l","hashValue":"HASH","hashAlgorithm":"SHA-256",
        "newestEventTime":"2026-11-02T09:30:00Z","oldestEventTime":"2026-11-02T09:10:00Z"}]}"#;

    fn text() -> String {
        TEXT.replace("HASH", &hex(&[0xab; 32]))
    }

    #[test]
    fn a_digest_is_read_and_its_signed_bytes_are_four_lines() {
        let digest = DigestFile::read(text().as_bytes()).unwrap();
        assert_eq!(digest.logs.len(), 1);
        assert_eq!(digest.logs[0].hash, [0xab; 32]);
        let expected = format!("2026-11-02T10:00:00Z\nb/AWSLogs/x.json.gz\n{}\n0aff", hex(&digest.hash));
        assert_eq!(digest.signed_bytes(), expected.as_bytes());
        let first = ["previousDigestS3Bucket", "previousDigestS3Object", "previousDigestHashValue"]
            .into_iter()
            .chain(["previousDigestHashAlgorithm", "previousDigestSignature"])
            .fold(text(), |text, name| {
                let at = text.find(name).unwrap() + name.len() + 2;
                let end = at + text[at..].find(',').unwrap();
                format!("{}null{}", &text[..at], &text[end..])
            });
        let digest = DigestFile::read(first.as_bytes()).unwrap();
        assert_eq!(digest.previous, None);
        assert!(digest.signed_bytes().ends_with(b"\nnull"));
    }

    #[test]
    fn what_cloudtrail_does_not_write_is_refused() {
        let text = text();
        let hash = hex(&[0xab; 32]);
        for (from, to, expected) in [
            ("SHA256withRSA", "SHA1withRSA", "not a digest: digestSignatureAlgorithm is of another algorithm"),
            (hash.as_str(), "zz", "not a digest: previousDigestHashValue is no SHA-256 in hex"),
            ("\"0aff\"", "null", "not a digest: previousDigest… is there in part only"),
            ("2026-11-02T09:00:00Z", "yesterday", "not a digest: digestStartTime is no time"),
            ("2026-11-02T09:30:00Z", "soon", "not a digest: newestEventTime is no time"),
        ] {
            let error = DigestFile::read(text.replacen(from, to, 1).as_bytes()).unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
        for wrong in ["", "[]", "{}", "{\"logFiles\":7}", &text[..text.len() - 1], &format!("{text} {{}}")] {
            assert!(matches!(DigestFile::read(wrong.as_bytes()), Err(DigestDefect::NotADigest(_))), "{wrong}");
        }
        let twice = text.replacen("{\"awsAccountId\"", "{\"digestS3Object\":\"y\",\"awsAccountId\"", 1);
        assert!(matches!(DigestFile::read(twice.as_bytes()), Err(DigestDefect::NotADigest(_))));
        let too_long = "x".repeat(MAX_VALUE);
        for (from, to) in [("0aff", &*too_long), ("\"b\"", &format!("\"{}\"", "\\\"".repeat(MAX_VALUE / 2)))] {
            assert_eq!(DigestFile::read(text.replacen(from, to, 1).as_bytes()), Err(DigestDefect::LongValue));
        }
        let longest = text.replacen("0aff", &too_long[1..], 1);
        assert_eq!(DigestFile::read(longest.as_bytes()).unwrap().previous.unwrap().signature_text.len(), MAX_VALUE - 1);
        let log = &text[text.find("[{").unwrap() + 1..text.rfind(']').unwrap()];
        let many = text.replacen(log, &vec![log; MAX_LOG_FILES + 1].join(","), 1);
        assert!(many.len() > MAX_TEXT || DigestFile::read(many.as_bytes()) == Err(DigestDefect::TooManyLogFiles));
        assert_eq!(DigestFile::read(&vec![b' '; MAX_TEXT + 1]), Err(DigestDefect::TooLarge));
    }
}
