//! What became of a file that was verified.

use std::fmt;
use std::sync::Arc;

use super::log_key::LogKey;
use super::timestamp::Timestamp;

/// Which kind of file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum VerifiedKind {
    /// A digest file.
    Digest,
    /// A log file.
    Log,
}

impl VerifiedKind {
    /// The word in the `kind` column.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Digest => "digest",
            Self::Log => "log",
        }
    }
}

/// What is known of it, with the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is as CloudTrail wrote it.
    Valid,
    /// It is not as CloudTrail wrote it.
    Invalid(InvalidReason),
    /// It is listed, and not there.
    Missing(MissingReason),
    /// It is there, and no digest lists it, though the chain covers its time.
    Unlisted,
    /// It could not be told.
    Unchecked(UncheckedReason),
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reason() {
            "" => f.write_str(self.as_str()),
            reason => write!(f, "{} ({reason})", self.as_str()),
        }
    }
}

/// Why a file is invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidReason {
    /// Its text has another SHA-256 than the one that is listed.
    Hash,
    /// Its signature is not that of its key, or another one than its successor knows.
    Signature,
    /// It says of itself that it is another file, or of another place.
    Place,
    /// Its text is no digest.
    Format,
    /// It does not inflate, or something follows its text.
    Gzip,
}

/// Why a file is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingReason {
    /// A digest names it.
    Listed,
    /// The chain begins anew behind older digests: validation was switched off in between.
    Gap,
}

/// Why a file could not be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UncheckedReason {
    /// No public key has the fingerprint that it names.
    NoKey,
    /// No signature of it is at hand.
    NoSignature,
    /// The digest that lists it is not valid.
    DigestNotValid,
    /// No digest of its account and region is there.
    NoDigest,
    /// The digest of its hour, or the one after it, is not valid.
    HourNotValid,
    /// The newest digest is much older.
    ChainEnded,
    /// The newest digest is a little older: the next one will tell.
    NotYetCovered,
    /// It is older than everything that is left.
    OlderExpired,
    /// It is older than the first digest of its account and region.
    BeforeFirst,
    /// Its name is none that CloudTrail gives, so that no digest can list it.
    OddName,
    /// It could not be opened.
    Unreadable,
    /// A store has read it without asking.
    NoVerdict,
}

impl Verdict {
    /// Whether it is that of a file that is not there.
    #[must_use]
    pub fn is_of_absent(self) -> bool {
        matches!(self, Self::Missing(_) | Self::Unchecked(UncheckedReason::OlderExpired))
    }

    /// The word in the `verdict` column.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid(_) => "invalid",
            Self::Missing(_) => "missing",
            Self::Unlisted => "unlisted",
            Self::Unchecked(_) => "unchecked",
        }
    }

    /// The word in the `reason` column; nothing where the verdict says it all.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Valid | Self::Unlisted => "",
            Self::Invalid(reason) => match reason {
                InvalidReason::Hash => "hash",
                InvalidReason::Signature => "signature",
                InvalidReason::Place => "place",
                InvalidReason::Format => "format",
                InvalidReason::Gzip => "gzip",
            },
            Self::Missing(MissingReason::Listed) => "listed",
            Self::Missing(MissingReason::Gap) => "gap",
            Self::Unchecked(reason) => match reason {
                UncheckedReason::NoKey => "no-key",
                UncheckedReason::NoSignature => "no-signature",
                UncheckedReason::DigestNotValid => "digest-not-valid",
                UncheckedReason::NoDigest => "no-digest",
                UncheckedReason::HourNotValid => "hour-not-valid",
                UncheckedReason::ChainEnded => "chain-ended",
                UncheckedReason::NotYetCovered => "not-yet-covered",
                UncheckedReason::OlderExpired => "older-expired",
                UncheckedReason::BeforeFirst => "before-first",
                UncheckedReason::OddName => "odd-name",
                UncheckedReason::Unreadable => "unreadable",
                UncheckedReason::NoVerdict => "no-verdict",
            },
        }
    }

    /// Every verdict.
    const ALL: [Self; 21] = [
        Self::Valid,
        Self::Unlisted,
        Self::Invalid(InvalidReason::Hash),
        Self::Invalid(InvalidReason::Signature),
        Self::Invalid(InvalidReason::Place),
        Self::Invalid(InvalidReason::Format),
        Self::Invalid(InvalidReason::Gzip),
        Self::Missing(MissingReason::Listed),
        Self::Missing(MissingReason::Gap),
        Self::Unchecked(UncheckedReason::NoKey),
        Self::Unchecked(UncheckedReason::NoSignature),
        Self::Unchecked(UncheckedReason::DigestNotValid),
        Self::Unchecked(UncheckedReason::NoDigest),
        Self::Unchecked(UncheckedReason::HourNotValid),
        Self::Unchecked(UncheckedReason::ChainEnded),
        Self::Unchecked(UncheckedReason::NotYetCovered),
        Self::Unchecked(UncheckedReason::OlderExpired),
        Self::Unchecked(UncheckedReason::BeforeFirst),
        Self::Unchecked(UncheckedReason::OddName),
        Self::Unchecked(UncheckedReason::Unreadable),
        Self::Unchecked(UncheckedReason::NoVerdict),
    ];

    /// The verdict that a text begins with, as it is shown.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| text.starts_with(&verdict.to_string()))
    }

    /// Whether it speaks of something that was done to the archive: an alarm.
    #[must_use]
    pub fn is_alarm(self) -> bool {
        matches!(self, Self::Invalid(_) | Self::Missing(_) | Self::Unlisted)
    }

    /// Whether it leaves a question open that an archive in good order does not.
    #[must_use]
    pub fn is_open(self) -> bool {
        let is_usual = |reason| matches!(reason, UncheckedReason::NotYetCovered | UncheckedReason::OlderExpired);
        matches!(self, Self::Unchecked(reason) if !is_usual(reason))
    }
}

/// A file with its verdict: a row of `verify`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedFile {
    /// Which kind it is.
    pub kind: VerifiedKind,
    /// The account that it is of.
    pub account: Option<Box<str>>,
    /// The region that it is of.
    pub region: Option<Box<str>>,
    /// The trail, where a digest tells it.
    pub trail: Option<Box<str>>,
    /// Its name in the source; of one that is not there, its key.
    pub file: Arc<str>,
    /// The end of a digest's hour; the minute in which a log file was delivered, else the time of its newest event.
    pub time: Option<Timestamp>,
    /// What is known of it.
    pub verdict: Verdict,
    /// The digest that says so.
    pub digest: Option<Arc<str>>,
    /// The times of the oldest and of the newest event of a log file, where a digest tells them.
    pub events: Option<(Timestamp, Timestamp)>,
}

impl VerifiedFile {
    /// The row of a file among the digests with a name that CloudTrail gives none.
    #[must_use]
    pub fn odd_digest(file: &Arc<str>) -> Self {
        let LogKey { account, region, .. } = LogKey::parse(file);
        Self {
            kind: VerifiedKind::Digest,
            account,
            region,
            trail: None,
            file: Arc::clone(file),
            time: None,
            verdict: Verdict::Unchecked(UncheckedReason::OddName),
            digest: None,
            events: None,
        }
    }

    /// Puts rows in their order: by account, region, trail, time, kind and file, what is absent first.
    pub fn sort(rows: &mut [Self]) {
        rows.sort_by(|one, other| {
            let key = |row: &Self| (row.time, row.kind);
            let place = |row: &Self| (row.account.clone(), row.region.clone(), row.trail.clone());
            place(one)
                .cmp(&place(other))
                .then_with(|| key(one).cmp(&key(other)))
                .then_with(|| one.file.cmp(&other.file))
        });
    }
}
