//! The public keys that CloudTrail signed with, as `ListPublicKeys` gives them.

use std::collections::HashMap;
use std::sync::Arc;

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

/// Public keys, by their fingerprints.
#[derive(Debug, Clone, Default)]
pub struct PublicKeys(HashMap<Box<str>, Arc<ParsedPublicKey>>);

/// Why a text holds no public keys, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublicKeysError {
    /// It is not what `aws cloudtrail list-public-keys` prints.
    #[error("not the output of aws cloudtrail list-public-keys: {0}")]
    NotAnAnswer(String),
    /// The value of a key is no base64.
    #[error("the key {0} is no base64")]
    NotBase64(Box<str>),
    /// It is no RSA key that signs as CloudTrail does.
    #[error("the key {0} is no RSA public key")]
    NoKey(Box<str>),
    /// Two keys have one fingerprint.
    #[error("two different keys have the fingerprint {0}")]
    Ambiguous(Box<str>),
    /// There is none in it.
    #[error("there is no key in it")]
    None,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    public_key_list: Vec<Key>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Key {
    fingerprint: Box<str>,
    value: String,
}

impl PublicKeys {
    /// Reads what `aws cloudtrail list-public-keys` prints; the answers of several regions may stand one behind the other.
    ///
    /// # Errors
    ///
    /// Whatever is not of that form, and a text without any key.
    pub fn read(text: &str) -> Result<Self, PublicKeysError> {
        let mut keys: HashMap<Box<str>, Vec<u8>> = HashMap::new();
        for answer in serde_json::Deserializer::from_str(text).into_iter::<Answer>() {
            let answer = answer.map_err(|error| PublicKeysError::NotAnAnswer(error.to_string()))?;
            for Key { fingerprint, value } in answer.public_key_list {
                let Ok(bytes) = STANDARD.decode(&value) else { return Err(PublicKeysError::NotBase64(fingerprint)) };
                if keys.get(&fingerprint).is_some_and(|known| *known != bytes) {
                    return Err(PublicKeysError::Ambiguous(fingerprint));
                }
                keys.insert(fingerprint, bytes);
            }
        }
        if keys.is_empty() {
            return Err(PublicKeysError::None);
        }
        let parsed = keys.into_iter().map(|(fingerprint, bytes)| {
            match ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &bytes) {
                Ok(key) => Ok((fingerprint, Arc::new(key))),
                Err(_) => Err(PublicKeysError::NoKey(fingerprint)),
            }
        });
        parsed.collect::<Result<_, _>>().map(Self)
    }

    /// Whether `signature` is that of the key with that fingerprint over `bytes`; nothing where there is no such key. AWS
    /// documents the key's form in two ways, PKCS #1 and `SubjectPublicKeyInfo`, and both are read.
    #[must_use]
    pub fn accept(&self, fingerprint: &str, bytes: &[u8], signature: &[u8]) -> Option<bool> {
        let key = self.0.get(fingerprint)?;
        Some(key.verify_sig(bytes, signature).is_ok())
    }
}
