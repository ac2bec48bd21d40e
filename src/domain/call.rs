//! An API call that Terraform made with a long-lived credential: an access key of an IAM user, or root.

use std::sync::Arc;

use super::source_address::SourceAddress;
use super::timestamp::Timestamp;

/// A call, small enough to keep millions: what many calls have in common is there once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Known by this: the first half of the SHA-256 of the event id, or of the record where it has none.
    pub identity: [u8; 16],
    /// When the call was completed.
    pub time: Timestamp,
    /// Everything else that a report says of it.
    pub circumstances: Arc<Circumstances>,
}

/// What the calls of one program look like. Text is as the record has it, unless said otherwise.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Circumstances {
    /// Whose credential it was.
    pub principal: Principal,
    /// The account that the credential belongs to; where the record does not say, the one that received the event.
    pub account_id: Option<Box<str>>,
    /// The name of the IAM user; root has none.
    pub user: Option<Box<str>>,
    /// The id of the access key, which may be a temporary one that the user asked for.
    pub access_key_id: Option<Box<str>>,
    /// The service called, by the name in front of `.amazonaws.com`.
    pub service: Option<Box<str>>,
    /// The region of the event.
    pub region: Option<Box<str>>,
    /// Where the call came from.
    pub source_address: Option<SourceAddress>,
    /// Terraform's version, or OpenTofu's.
    pub terraform_version: Option<Box<str>>,
    /// The version of the AWS provider.
    pub provider_version: Option<Box<str>>,
    /// The words that a person put into the user agent, each once, in order, with spaces between.
    pub agent_words: Box<str>,
    /// The role that an `AssumeRole` asked for: where the credential leads.
    pub role_arn: Option<Box<str>>,
    /// Whether AWS refused the call.
    pub denied: bool,
}

/// Whose long-lived credential it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Principal {
    /// An IAM user.
    IamUser,
    /// The root of an account.
    Root,
}

impl Principal {
    /// The one of `userIdentity.type` (DOMAIN §5); none for every other kind of caller.
    #[must_use]
    pub fn of_type(text: &str) -> Option<Self> {
        [Self::IamUser, Self::Root].into_iter().find(|principal| principal.as_str() == text)
    }

    /// The word of `userIdentity.type`, and in rows.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::IamUser => "IAMUser",
            Self::Root => "Root",
        }
    }
}
