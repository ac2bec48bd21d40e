//! The ways in which the server fails. Requests are counted from one, in each account and region for itself, those that
//! look for groups apart.

use std::collections::BTreeSet;

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
    /// Requests whose answer breaks off in the middle.
    pub(crate) cut: BTreeSet<usize>,
    /// Requests whose token is no longer known.
    pub(crate) forgotten: BTreeSet<usize>,
    /// The last request before the credentials expire.
    pub(crate) expired_after: Option<usize>,
    /// Regions where the caller may do nothing but look for groups.
    pub(crate) denied: BTreeSet<String>,
    /// Regions where the caller may not even look for groups.
    pub(crate) hidden: BTreeSet<String>,
    /// Regions that the account has not enabled.
    pub(crate) disabled: BTreeSet<String>,
    /// Regions that the account has, as it tells when asked; nobody is told where there are none.
    pub(crate) enabled: BTreeSet<String>,
    /// Every page has the same token, and is the first one.
    pub(crate) endless: bool,
    /// A page starts with the last event of the one before.
    pub(crate) repeating: bool,
    /// Queries that may run at once; any number where there is none.
    pub(crate) queries_at_once: Option<usize>,
    /// Queries that take longer than they may, by their number.
    pub(crate) slow_queries: BTreeSet<usize>,
    /// Queries give at most 10,000 results, and no more on further pages.
    pub(crate) without_paging: bool,
    /// How long each answer takes.
    pub(crate) latency_ms: u64,
}

impl Faults {
    /// What happens to a request instead of an answer.
    pub(super) fn refuse(&self, region: &str, operation: &str, number: usize) -> Result<(), Refusal> {
        let looks = operation == "DescribeLogGroups";
        if self.disabled.contains(region) {
            return refuse("UnrecognizedClientException", "The security token included in the request is invalid.");
        }
        if (if looks { &self.hidden } else { &self.denied }).contains(region) {
            return refuse("AccessDeniedException", format!("not authorized to perform: logs:{operation}"));
        }
        if looks {
            return Ok(());
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
            return refuse("InvalidParameterException", "The specified nextToken is invalid.");
        }
        Ok(())
    }
}
