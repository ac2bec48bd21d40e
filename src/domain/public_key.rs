//! A public key that CloudTrail signs digests with, as `ListPublicKeys` gives it.

use super::timestamp::Timestamp;

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublicKey {
    /// What digests name it by.
    pub fingerprint: Box<str>,
    /// The key, DER.
    pub value: Vec<u8>,
    /// From when to when it signs, where that is told.
    pub validity: Option<(Timestamp, Timestamp)>,
}

/// Which keys are asked for: those that a region signed with from one time to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKeyQuestion {
    /// The region.
    pub region: Box<str>,
    /// The first second.
    pub from: Timestamp,
    /// The last second.
    pub to: Timestamp,
}
