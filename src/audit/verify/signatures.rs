//! The signatures of digest files, which lie beside the files: S3 keeps them as metadata of the object.

use std::borrow::Cow;
use std::hash::BuildHasher as _;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};
use serde::{Deserialize, Serialize};

use crate::domain::digest::{hex, unhex_into};
use crate::domain::timestamp::Timestamp;

/// Signatures, by the names of their digests. They lie in one piece: an archive has one for each hour of each of its chains.
#[derive(Debug, Clone, Default)]
pub struct Signatures {
    /// The names, each with its signature behind it.
    bytes: Vec<u8>,
    /// Where they lie.
    places: HashTable<Place>,
    hasher: DefaultHashBuilder,
}

/// Where a name and its signature lie.
#[derive(Debug, Clone, Copy)]
struct Place {
    name: usize,
    signature: usize,
    end: usize,
}

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
    /// Reads lines of JSON, each as [`Self::read_line`] does.
    ///
    /// # Errors
    ///
    /// The first line that is of another form.
    pub fn read(text: &str) -> Result<Self, SignaturesError> {
        let mut signatures = Self::default();
        text.lines().enumerate().try_for_each(|(at, text)| signatures.read_line(at + 1, text))?;
        Ok(signatures)
    }

    /// Adds that of a line of JSON, which has this number: `{"key":…,"signature":…,"signature_algorithm":"SHA256withRSA"}`, the
    /// signature in hex. Of several for one digest the last one counts. An empty line has none.
    ///
    /// # Errors
    ///
    /// A line that is of another form.
    pub fn read_line(&mut self, number: usize, text: &str) -> Result<(), SignaturesError> {
        if text.trim().is_empty() {
            return Ok(());
        }
        let wrong = |wrong: String| SignaturesError { line: number, wrong };
        let line: Line = serde_json::from_str(text).map_err(|error| wrong(format!("no signature: {error}")))?;
        if line.signature_algorithm != ALGORITHM {
            return Err(wrong("the signature is of another algorithm than SHA256withRSA".to_owned()));
        }
        let place = self.put_name(&line.key, line.signature.len() / 2);
        if !unhex_into(&line.signature, &mut self.bytes[place.signature..]) {
            return Err(wrong("the signature is no hex".to_owned()));
        }
        self.know(place);
        Ok(())
    }

    /// Adds the signature of the digest with that key.
    pub fn add(&mut self, key: &str, signature: &[u8]) {
        let place = self.put_name(key, signature.len());
        self.bytes[place.signature..].copy_from_slice(signature);
        self.know(place);
    }

    /// The signature of the digest with that key, wherever the key was copied to.
    #[must_use]
    pub fn of(&self, key: &str) -> Option<&[u8]> {
        let name = known_by(key).as_bytes();
        let place =
            self.places.find(self.hasher.hash_one(name), |place| self.bytes[place.name..place.signature] == *name)?;
        Some(&self.bytes[place.signature..place.end])
    }

    /// Puts the name of a digest behind the others, and room for a signature of that length behind it.
    fn put_name(&mut self, key: &str, length: usize) -> Place {
        let name = self.bytes.len();
        self.bytes.extend_from_slice(known_by(key).as_bytes());
        let signature = self.bytes.len();
        let end = signature + length;
        self.bytes.resize(end, 0);
        Place { name, signature, end }
    }

    /// Remembers where a signature lies.
    fn know(&mut self, new: Place) {
        let Self { bytes, places, hasher } = self;
        let name = |place: &Place| &bytes[place.name..place.signature];
        let is_same = |place: &Place| name(place) == name(&new);
        match places.entry(hasher.hash_one(name(&new)), is_same, |place| hasher.hash_one(name(place))) {
            Entry::Occupied(mut known) => *known.get_mut() = new,
            Entry::Vacant(free) => drop(free.insert(new)),
        }
    }
}

/// What a file is known by: its name, which no other file of an archive has, wherever it was copied to.
#[must_use]
pub fn known_by(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or(key)
}
