//! Where the digest files of an archive behind an API wait for the workers that read them, and what else such an archive is
//! asked for.

use std::sync::Arc;

use super::chunk::Body;
use super::unlisted::Unlisted;
use crate::domain::digest_key::{ChainKey, DigestKey};
use crate::domain::public_key::{PublicKey, PublicKeyQuestion};
use crate::domain::timestamp::Timestamp;

/// A digest file that was fetched.
#[derive(Debug)]
pub struct FetchedDigest {
    /// Its name in the source.
    pub file: Arc<str>,
    /// The bucket that it lies in.
    pub bucket: Box<str>,
    /// What the name says.
    pub key: DigestKey,
    /// Its bytes.
    pub body: Body,
    /// Its signature in hex.
    pub signature: Option<String>,
    /// The algorithm of the signature.
    pub algorithm: Option<String>,
    /// When one for late log files was made.
    pub generated: Option<String>,
}

/// What comes one by one.
#[derive(Debug)]
pub enum DigestDelivery {
    /// A digest.
    Digest(FetchedDigest),
    /// A digest that is there and could not be fetched.
    Unfetched(DigestKey, Unlisted),
    /// A file among the digests with a name that no digest can have.
    OddName(Arc<str>),
    /// Something that could not be listed.
    Failed(Unlisted),
}

/// The digests of an archive, while more are on their way. Dropping it ends all transfers.
pub trait DigestInbox: Send + Sync {
    /// Waits for the next one; `None` at the end. Any number of workers may wait at once.
    fn next(&self) -> Option<DigestDelivery>;

    /// When the oldest file that is left of a chain's account and region was written, digest or log file.
    fn oldest(&self, chain: &ChainKey) -> Result<Option<Timestamp>, Unlisted>;

    /// Whether a digest of the chain is left that ends before that time.
    fn has_older(&self, chain: &ChainKey, end: Timestamp) -> Result<bool, Unlisted>;

    /// The public keys that are asked for, question by question.
    fn public_keys(&self, questions: &[PublicKeyQuestion]) -> Vec<Result<Vec<PublicKey>, Unlisted>>;

    /// What to do about what failed, a line each.
    fn advice(&self) -> Vec<String>;
}
