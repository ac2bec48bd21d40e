//! The public keys that CloudTrail signed with, as `ListPublicKeys` gives them.

use std::collections::HashMap;
use std::sync::Arc;

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::domain::public_key::PublicKey;

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

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    public_key_list: Vec<Key>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Key {
    value: String,
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    validity_start_time: Option<String>,
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    validity_end_time: Option<String>,
    fingerprint: Box<str>,
}

/// Keys as [`PublicKeys::read`] reads them, in the form of `aws cloudtrail list-public-keys`.
#[must_use]
pub fn text(keys: &[PublicKey]) -> String {
    let keys = keys.iter().map(|key| Key {
        value: STANDARD.encode(&key.value),
        validity_start_time: key.validity.map(|(start, _)| start.to_string()),
        validity_end_time: key.validity.map(|(_, end)| end.to_string()),
        fingerprint: key.fingerprint.clone(),
    });
    // Texts alone cannot fail.
    serde_json::to_string_pretty(&Answer { public_key_list: keys.collect() }).unwrap_or_default() + "\n"
}

impl PublicKeys {
    /// Reads what `aws cloudtrail list-public-keys` prints; the answers of several regions may stand one behind the other.
    ///
    /// # Errors
    ///
    /// Whatever is not of that form, and a text without any key.
    pub fn read(text: &str) -> Result<Self, PublicKeysError> {
        let mut keys = Vec::new();
        for answer in serde_json::Deserializer::from_str(text).into_iter::<Answer>() {
            let answer = answer.map_err(|error| PublicKeysError::NotAnAnswer(error.to_string()))?;
            for Key { fingerprint, value, .. } in answer.public_key_list {
                let Ok(bytes) = STANDARD.decode(&value) else { return Err(PublicKeysError::NotBase64(fingerprint)) };
                keys.push(PublicKey { fingerprint, value: bytes, validity: None });
            }
        }
        if keys.is_empty() { Err(PublicKeysError::None) } else { Self::of(&keys) }
    }

    /// These keys, any of which may be there more than once.
    pub fn of(keys: &[PublicKey]) -> Result<Self, PublicKeysError> {
        let mut values: HashMap<&str, &[u8]> = HashMap::new();
        for PublicKey { fingerprint, value, .. } in keys {
            if values.insert(fingerprint, value).is_some_and(|known| known != value) {
                return Err(PublicKeysError::Ambiguous(fingerprint.clone()));
            }
        }
        let parsed = values.into_iter().map(|(fingerprint, bytes)| {
            match ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, bytes) {
                Ok(key) => Ok((fingerprint.into(), Arc::new(key))),
                Err(_) => Err(PublicKeysError::NoKey(fingerprint.into())),
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
