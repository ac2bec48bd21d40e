//! What a report is about, in a few numbers.

use std::collections::BTreeSet;

use crate::domain::assumption::Assumption;
use crate::domain::source_address::SourceAddress;

/// The numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headline {
    /// Distinct runs.
    pub runs: usize,
    /// Events.
    pub assumptions: usize,
    /// How many of them were denied.
    pub denied: usize,
    /// Their organizations.
    pub organizations: BTreeSet<Box<str>>,
    /// The organizations of those that were denied.
    pub denied_organizations: BTreeSet<Box<str>>,
    /// Distinct accounts.
    pub accounts: usize,
    /// Distinct source addresses.
    pub addresses: usize,
}

impl Headline {
    /// The numbers of events that belong to so many runs.
    #[must_use]
    pub fn of(events: &[Assumption], runs: usize) -> Self {
        let denied: Vec<&Assumption> = events.iter().filter(|event| event.outcome.is_denied()).collect();
        let accounts: BTreeSet<&str> = events.iter().filter_map(|event| event.account_id.as_deref()).collect();
        let addresses: BTreeSet<&str> =
            events.iter().filter_map(|event| event.source_address.as_ref()).map(SourceAddress::as_str).collect();
        let organization = |event: &Assumption| event.subject.organization().map(Into::into);
        Self {
            runs,
            assumptions: events.len(),
            denied: denied.len(),
            organizations: events.iter().filter_map(organization).collect(),
            denied_organizations: denied.into_iter().filter_map(organization).collect(),
            accounts: accounts.len(),
            addresses: addresses.len(),
        }
    }
}
