//! The ways in which the server fails. Requests are counted from one.

use std::collections::{BTreeMap, BTreeSet};

use super::rules::{Refusal, refuse};

#[derive(Debug, Clone, Default)]
pub(crate) struct Faults {
    /// Requests that are throttled.
    pub(crate) throttled: BTreeSet<usize>,
    /// Requests that the service breaks down on.
    pub(crate) broken: BTreeSet<usize>,
    /// Requests whose connection is closed in place of an answer.
    pub(crate) reset: BTreeSet<usize>,
    /// Operations that the caller may not do.
    pub(crate) denied: BTreeSet<&'static str>,
    /// How queries end, by their number: the state, the reason, and whether another attempt may help.
    pub(crate) ended: BTreeMap<usize, (&'static str, &'static str, bool)>,
    /// Queries go on for ever.
    pub(crate) endless: bool,
    /// So many pages of a result are given, then it is gone.
    pub(crate) expired_after: Option<usize>,
    /// Every page has the same token.
    pub(crate) same_token: bool,
    /// The workgroup does not say where results go.
    pub(crate) no_output: bool,
    /// So many rows are on a page.
    pub(crate) page: Option<usize>,
    /// Regions that the account has, for those who ask.
    pub(crate) enabled: BTreeSet<String>,
}

impl Faults {
    /// What happens to a request instead of an answer.
    pub(super) fn refuse(&self, operation: &str, number: usize) -> Result<(), Refusal> {
        if self.denied.contains(operation) {
            let message =
                format!("User: arn:aws:iam::111122223333:user/audit is not authorized to perform: athena:{operation}");
            return refuse("AccessDeniedException", message);
        }
        if self.throttled.contains(&number) {
            return refuse("TooManyRequestsException", "Rate exceeded");
        }
        if self.broken.contains(&number) {
            return refuse("InternalFailure", "the service broke down");
        }
        Ok(())
    }
}
