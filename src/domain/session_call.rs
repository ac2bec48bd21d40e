//! An API call that was made with temporary credentials: those of a run, or those that a run's own calls handed on
//! (DESIGN §9).

use std::sync::Arc;

use super::source_address::SourceAddress;
use super::timestamp::Timestamp;

/// How long before a window an assumption may have begun a session that made calls in it, in seconds: no session of a role
/// lasts longer (DESIGN §9).
pub const SESSION_REACH: i64 = 12 * 3_600;

/// A call with the credentials of a session. Text is as the record has it, without what is secret by its shape. What
/// many calls have in common is there once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionCall {
    /// When the call was completed.
    pub time: Timestamp,
    /// The event's identity; where the record has none, [`Self::content`] is it.
    pub event_id: Option<Box<str>>,
    /// The id that all copies of one call across accounts share (`sharedEventID`).
    pub shared_event_id: Option<Box<str>>,
    /// SHA-256 of the record without insignificant white space.
    pub content: [u8; 32],
    /// What was called, where, and with which outcome.
    pub operation: Arc<Operation>,
    /// Whose credentials called, and from where.
    pub caller: Arc<SessionCaller>,
    /// The distinct ARNs of `resources`, in the order of their bytes.
    pub resources: Box<[Arc<str>]>,
    /// The session that the answer of the call began, if it began one.
    pub issued: Option<Box<IssuedSession>>,
    /// The id of the long-lived access key that the call made for a user (`CreateAccessKey`).
    pub created_key: Option<Box<str>>,
    /// `requestParameters` as JSON; only where they were asked for.
    pub parameters: Option<Box<str>>,
    /// Why the call was refused, or why it failed, in the words of AWS.
    pub error_message: Option<Box<str>>,
    /// Where the event was read.
    pub log_file: Arc<str>,
}

impl SessionCall {
    /// Whether it begins a session, if it is one of a run: a hop of its chain. A call that gives out the key that it is made with
    /// begins none: what follows is made with the session that there was.
    #[must_use]
    pub fn begins_session(&self) -> bool {
        let is_another = |issued: &IssuedSession| !issued.is_of(&self.caller);
        self.operation.outcome() == CallOutcome::Ok && self.issued.as_deref().is_some_and(is_another)
    }
}

/// What was called. Calls of one kind share it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Operation {
    /// The account that received the event (`recipientAccountId`).
    pub account_id: Option<Arc<str>>,
    /// The region of the event.
    pub region: Option<Arc<str>>,
    /// `eventSource` without `.amazonaws.com`.
    pub service: Option<Arc<str>>,
    /// `eventName`.
    pub event_name: Option<Arc<str>>,
    /// `readOnly`; older events have none.
    pub read_only: Option<bool>,
    /// The error code; empty where the call failed and the record names no code as text.
    pub error_code: Option<Arc<str>>,
}

/// How a call ended, by its error code (DESIGN §9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CallOutcome {
    /// It succeeded.
    Ok,
    /// AWS refused it for want of a permission.
    Denied,
    /// It failed for another reason.
    Failed,
}

/// Any of these in an error code, in any case, says that a permission was wanting (DESIGN §9).
const DENIED_PARTS: [&str; 4] = ["accessdenied", "unauthorized", "notauthorized", "authorizationerror"];

/// So does each of these as the whole code.
const DENIED_CODES: [&str; 4] = ["Forbidden", "ForbiddenException", "AuthFailure", "Client.AuthFailure"];

impl CallOutcome {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Ok, Self::Denied, Self::Failed];

    /// The outcome of a call with this error code.
    #[must_use]
    pub fn of_code(code: Option<&str>) -> Self {
        let Some(code) = code else { return Self::Ok };
        let lower = code.to_ascii_lowercase();
        let is_denied = DENIED_PARTS.iter().any(|part| lower.contains(part)) || DENIED_CODES.contains(&code);
        if is_denied { Self::Denied } else { Self::Failed }
    }

    /// The word in rows and filters.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Denied => "denied",
            Self::Failed => "failed",
        }
    }
}

impl Operation {
    /// How the call ended.
    #[must_use]
    pub fn outcome(&self) -> CallOutcome {
        CallOutcome::of_code(self.error_code.as_deref())
    }
}

/// Whose credentials made a call. Calls of one session from one program share it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionCaller {
    /// `userIdentity.type`, such as `AssumedRole`; `AWSAccount` in another account's copy of a call.
    pub kind: Option<Arc<str>>,
    /// The account of the credentials (`userIdentity.accountId`).
    pub account_id: Option<Arc<str>>,
    /// `userIdentity.principalId`: for a session of a role the id of the role, `:` and the session name.
    pub principal_id: Option<Arc<str>>,
    /// The id of the access key. The same id is given out again later, to others.
    pub access_key_id: Option<Arc<str>>,
    /// When the session began, as the call tells it (`sessionContext.attributes.creationDate`).
    pub session_created: Option<Timestamp>,
    /// The role of the session (`sessionContext.sessionIssuer.arn`).
    pub role_arn: Option<Arc<str>>,
    /// The host that issued the web identity token of the session (`webIdFederationData.federatedProvider`).
    pub issuer: Option<Arc<str>>,
    /// Where the call came from.
    pub source_address: Option<SourceAddress>,
    /// The caller's description of itself; can be made up.
    pub user_agent: Option<Arc<str>>,
    /// The service that called on the session's behalf.
    pub invoked_by: Option<Arc<str>>,
}

impl SessionCaller {
    /// The session name that the caller chose: what is behind the first colon of the principal.
    #[must_use]
    pub fn session_name(&self) -> Option<&str> {
        self.principal_id.as_deref().and_then(|principal| principal.split_once(':')).map(|(_, name)| name)
    }
}

/// A session that a call began: what AWS answered to `AssumeRole`, `AssumeRoot`, `GetSessionToken` or
/// `GetFederationToken`. The session token that CloudTrail logs is never part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedSession {
    /// The id of the access key that was given out.
    pub access_key_id: Box<str>,
    /// The principal of the calls that are made with it.
    pub principal_id: Option<Box<str>>,
    /// The role of the session; of `AssumeRoot` the root of the account; none where the caller keeps its own.
    pub role_arn: Option<Arc<str>>,
    /// When the session ends (DESIGN §9); the call's time is its start.
    pub end: Timestamp,
}

impl IssuedSession {
    /// Whether it is the caller's own.
    fn is_of(&self, caller: &SessionCaller) -> bool {
        let principal = self.principal_id.as_deref().or(caller.principal_id.as_deref());
        caller.access_key_id.as_deref() == Some(&*self.access_key_id) && principal == caller.principal_id.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outcome_is_told_by_the_error_code() {
        for (code, expected) in [
            (None, "ok"),
            (Some("AccessDenied"), "denied"),
            (Some("Client.UnauthorizedOperation"), "denied"),
            (Some("accessdeniedexception"), "denied"),
            (Some("NotAuthorized"), "denied"),
            (Some("SomeAuthorizationErrorException"), "denied"),
            (Some("Forbidden"), "denied"),
            (Some("ForbiddenException"), "denied"),
            (Some("AuthFailure"), "denied"),
            (Some("Client.AuthFailure"), "denied"),
            (Some("forbidden"), "failed"),
            (Some("AuthFailure.ServiceLinkedRoleCreationNotPermitted"), "failed"),
            (Some("NoSuchBucket"), "failed"),
            (Some(""), "failed"),
        ] {
            assert_eq!(CallOutcome::of_code(code).as_str(), expected, "{code:?}");
        }
    }
}
