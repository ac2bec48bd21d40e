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
    /// Distinct accounts that granted a role.
    pub accounts: usize,
    /// Distinct accounts that denied every role that was asked for.
    pub refusing_accounts: usize,
    /// Distinct source addresses.
    pub addresses: usize,
}

impl Headline {
    /// The numbers of events that belong to so many runs.
    #[must_use]
    pub fn of(events: &[Assumption], runs: usize) -> Self {
        let mut parts = HeadlineParts::default();
        parts.add(events, runs);
        parts.finish()
    }
}

/// The numbers of events that come part after part, each with all events of some runs.
#[derive(Debug, Clone, Default)]
pub struct HeadlineParts {
    sum: Headline,
    /// The accounts of all events, and those that granted a role.
    accounts: BTreeSet<Box<str>>,
    entered: BTreeSet<Box<str>>,
    addresses: BTreeSet<Box<str>>,
}

impl HeadlineParts {
    /// Adds events that belong to so many runs.
    pub fn add(&mut self, events: &[Assumption], runs: usize) {
        self.sum.runs += runs;
        self.sum.assumptions += events.len();
        for event in events {
            insert(&mut self.accounts, event.account_id.as_deref());
            insert(&mut self.addresses, event.source_address.as_ref().map(SourceAddress::as_str));
            let organization = event.subject.organization();
            insert(&mut self.sum.organizations, organization);
            if event.outcome.is_denied() {
                self.sum.denied += 1;
                insert(&mut self.sum.denied_organizations, organization);
            } else {
                insert(&mut self.entered, event.account_id.as_deref());
            }
        }
    }

    /// Adds other parts.
    pub fn merge(&mut self, other: Self) {
        let Headline { runs, assumptions, denied, organizations, denied_organizations, .. } = other.sum;
        self.sum.runs += runs;
        self.sum.assumptions += assumptions;
        self.sum.denied += denied;
        self.sum.organizations.extend(organizations);
        self.sum.denied_organizations.extend(denied_organizations);
        self.accounts.extend(other.accounts);
        self.entered.extend(other.entered);
        self.addresses.extend(other.addresses);
    }

    /// The numbers of all.
    #[must_use]
    pub fn finish(self) -> Headline {
        Headline {
            accounts: self.entered.len(),
            refusing_accounts: self.accounts.difference(&self.entered).count(),
            addresses: self.addresses.len(),
            ..self.sum
        }
    }
}

/// Most texts are there already.
fn insert(into: &mut BTreeSet<Box<str>>, text: Option<&str>) {
    if let Some(text) = text.filter(|text| !into.contains(*text)) {
        into.insert(text.into());
    }
}
