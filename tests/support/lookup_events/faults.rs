//! The ways in which the server fails. Requests are counted from one, in each account and region for itself.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::rules::{Refusal, refuse};

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Faults {
    /// Requests that are throttled, whatever the rate.
    pub(crate) throttled: BTreeSet<usize>,
    /// Requests that the service breaks down on.
    pub(crate) broken: BTreeSet<usize>,
    /// Requests whose connection is closed in place of an answer.
    pub(crate) reset: BTreeSet<usize>,
    /// Requests whose token is no longer known.
    pub(crate) forgotten: BTreeSet<usize>,
    /// A page starts with the last event of the one before, as if others had come in front of it.
    pub(crate) repeating: bool,
    /// Records that come in with a request.
    pub(crate) arriving: BTreeMap<usize, String>,
    /// The last request before the credentials expire.
    pub(crate) expired_after: Option<usize>,
    /// Regions where the caller has no permission.
    pub(crate) denied: BTreeSet<String>,
    /// Regions that the account has not enabled.
    pub(crate) disabled: BTreeSet<String>,
    /// Regions that the account has, as it tells when asked; nobody is told where there are none.
    pub(crate) enabled: BTreeSet<String>,
    /// Every page has the same token, and is the first one.
    pub(crate) endless: bool,
    /// Any number of requests is answered.
    pub(crate) unlimited: bool,
    /// How long each answer takes.
    pub(crate) latency_ms: u64,
}

impl Faults {
    /// What happens to a request instead of an answer.
    pub(super) fn refuse(&self, region: &str, number: usize) -> Result<(), Refusal> {
        if self.disabled.contains(region) {
            return refuse("UnrecognizedClientException", "The security token included in the request is invalid.");
        }
        if self.denied.contains(region) {
            return refuse("AccessDeniedException", "not authorized to perform: cloudtrail:LookupEvents");
        }
        if self.expired_after.is_some_and(|last| number > last) {
            return refuse("ExpiredTokenException", "The security token included in the request is expired");
        }
        if self.throttled.contains(&number) {
            return refuse("ThrottlingException", "Rate exceeded");
        }
        if self.broken.contains(&number) {
            return refuse("InternalFailure", "the service broke down");
        }
        if self.forgotten.contains(&number) {
            return refuse("InvalidNextTokenException", "the token has expired");
        }
        Ok(())
    }
}
