//! One `AssumeRoleWithWebIdentity` event, granted or denied.

use std::sync::Arc;

use super::source_address::SourceAddress;
use super::subject::Subject;
use super::timestamp::Timestamp;

/// A role assumption by a web identity (DOMAIN §4). Text is as the record has it, unless said otherwise.
/// The session token that CloudTrail logs is never part of it. What many events have in common they can share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assumption {
    /// When the call was completed.
    pub time: Timestamp,
    /// The event's identity; where the record has none, [`Self::content`] is it.
    pub event_id: Option<Box<str>>,
    /// The account that received it.
    pub account_id: Option<Arc<str>>,
    /// The region of the event, which is `us-east-1` for the global endpoint.
    pub region: Option<Arc<str>>,
    /// Where the call came from.
    pub source_address: Option<SourceAddress>,
    /// The signed subject, decoded if its issuer is HCP Terraform or a Terraform Enterprise host.
    pub subject: Subject,
    /// The host that issued the token.
    pub issuer: Option<Arc<str>>,
    /// The token's audience.
    pub audience: Option<Arc<str>>,
    /// The role asked for.
    pub role_arn: Option<Arc<str>>,
    /// The session name that the caller chose.
    pub role_session_name: Option<Box<str>>,
    /// The run that the session name speaks of, with its `run-` prefix; only for a decoded subject.
    pub run_id: Option<Box<str>>,
    /// The session duration in seconds that the caller asked for; without one the role's default holds.
    pub duration_seconds: Option<u32>,
    /// When the issued credentials expire.
    pub expiration: Option<Timestamp>,
    /// How AWS trusted the issuer's certificate: `IAMTrustStore` or `Thumbprint` (DOMAIN §4); older events have none.
    pub verification_method: Option<Arc<str>>,
    /// What STS answered.
    pub outcome: Outcome,
    /// The caller's description of itself; can be made up.
    pub user_agent: Option<Arc<str>>,
    /// Where the event was read.
    pub log_file: Arc<str>,
    /// SHA-256 of the record without insignificant white space: equal for true copies of one event only. Where nothing
    /// else tells two events apart, it orders them.
    pub content: [u8; 32],
    /// Of which event it has better data, if it is one that CloudTrail delivered later for that (DESIGN §8).
    pub correction: Option<Box<Correction>>,
}

/// An event that CloudTrail delivered later, since its data of another one was wrong (DESIGN §8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// The id of the event that it replaces.
    pub original: Box<str>,
    /// The names of the record's fields that are corrected, as the record lists them.
    pub updated: Box<str>,
    /// It names no issuer that is asked for: by itself it says nothing, and is kept for the event that it corrects.
    pub is_bare: bool,
}

/// What STS answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Credentials were issued.
    Granted {
        /// The id of the issued access key, by which later calls are known.
        access_key_id: Option<Box<str>>,
    },
    /// The call failed.
    Denied {
        /// The error code; empty where the record tells none as text.
        code: Arc<str>,
    },
}

impl Outcome {
    /// The word in rows and filters.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Granted { .. } => "granted",
            Self::Denied { .. } => "denied",
        }
    }

    /// The id of the issued access key.
    #[must_use]
    pub fn access_key_id(&self) -> Option<&str> {
        match self {
            Self::Granted { access_key_id } => access_key_id.as_deref(),
            Self::Denied { .. } => None,
        }
    }

    /// Whether the call failed.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        matches!(self, Self::Denied { .. })
    }

    /// The error code of a denial, if the record tells one.
    #[must_use]
    pub fn error_code(&self) -> Option<&str> {
        match self {
            Self::Granted { .. } => None,
            Self::Denied { code } => Some(&**code).filter(|code| !code.is_empty()),
        }
    }
}

/// How long a session lasts by default, in seconds.
const DEFAULT_SESSION: i64 = 3_600;

impl Assumption {
    /// When the session that it began ends (DESIGN §8): what the credentials say, else what was asked for, else an hour.
    /// A denied call began none, and credentials that ended before they were given say nothing.
    #[must_use]
    pub fn session_end(&self) -> Option<Timestamp> {
        if self.outcome.is_denied() {
            return None;
        }
        let seconds = self.duration_seconds.map_or(DEFAULT_SESSION, i64::from);
        let asked_for = (self.time.seconds() + seconds).min(Timestamp::LAST.seconds());
        self.expiration.filter(|end| *end > self.time).or_else(|| Timestamp::from_seconds(asked_for))
    }

    /// The order of events: time, event id, SHA-256 of the record (DESIGN §3). Total on deduplicated events.
    #[must_use]
    pub fn order(&self, other: &Self) -> std::cmp::Ordering {
        self.time
            .cmp(&other.time)
            .then_with(|| self.event_id.as_deref().unwrap_or("").cmp(other.event_id.as_deref().unwrap_or("")))
            .then_with(|| self.content.cmp(&other.content))
    }
}
