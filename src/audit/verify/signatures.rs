//! The signatures of digest files, which lie beside the files: S3 keeps them as metadata of the object.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::domain::digest::{hex, unhex};
use crate::domain::timestamp::Timestamp;

/// Signatures, by the names of their digests.
#[derive(Debug, Clone, Default)]
pub struct Signatures(HashMap<Box<str>, Vec<u8>>);

/// Why a line holds no signature, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {wrong}")]
pub struct SignaturesError {
    /// Its number, from 1 on.
    pub line: usize,
    /// What is wrong with it.
    pub wrong: String,
}

/// How CloudTrail signs digests.
pub const ALGORITHM: &str = "SHA256withRSA";

#[derive(Deserialize, Serialize)]
struct Line<'a> {
    #[serde(borrow)]
    key: Cow<'a, str>,
    #[serde(borrow)]
    signature: Cow<'a, str>,
    #[serde(borrow)]
    signature_algorithm: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    backfill_generation_timestamp: Option<String>,
}

/// The line of a digest's signature, as [`Signatures::read`] reads it. `generated` tells when one for late log files was made.
#[must_use]
pub fn line(key: &str, signature: &[u8], generated: Option<Timestamp>) -> String {
    let line = Line {
        key: key.into(),
        signature: hex(signature).into(),
        signature_algorithm: ALGORITHM.into(),
        backfill_generation_timestamp: generated.map(|time| time.to_string()),
    };
    // Texts alone cannot fail.
    serde_json::to_string(&line).unwrap_or_default()
}

impl Signatures {
    /// Reads lines of JSON: `{"key":…,"signature":…,"signature_algorithm":"SHA256withRSA"}`, the signature in hex.
    ///
    /// # Errors
    ///
    /// The first line that is of another form.
    pub fn read(text: &str) -> Result<Self, SignaturesError> {
        let mut signatures = Self::default();
        for (at, text) in text.lines().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
            let wrong = |wrong: String| SignaturesError { line: at + 1, wrong };
            let line: Line = serde_json::from_str(text).map_err(|error| wrong(format!("no signature: {error}")))?;
            if line.signature_algorithm != ALGORITHM {
                return Err(wrong("the signature is of another algorithm than SHA256withRSA".to_owned()));
            }
            let bytes = unhex(&line.signature).ok_or_else(|| wrong("the signature is no hex".to_owned()))?;
            signatures.add(&line.key, bytes);
        }
        Ok(signatures)
    }

    /// Adds the signature of the digest with that key.
    pub fn add(&mut self, key: &str, signature: Vec<u8>) {
        self.0.insert(known_by(key).into(), signature);
    }

    /// The signature of the digest with that key, wherever the key was copied to.
    #[must_use]
    pub fn of(&self, key: &str) -> Option<&[u8]> {
        self.0.get(known_by(key)).map(Vec::as_slice)
    }
}

/// What a file is known by: its name, which no other file of an archive has, wherever it was copied to.
#[must_use]
pub fn known_by(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or(key)
}
