//! How much happened in a window, in numbers.

use hashbrown::HashSet;

use super::encoded::EncodedEvents;
use crate::domain::assumption::{Assumption, Outcome};
use crate::domain::subject::Subject;

/// How much happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WindowCounts {
    /// Terraform runs with an event.
    pub runs: u64,
    /// Events, granted or denied.
    pub assumptions: u64,
    /// Events that were denied.
    pub denied: u64,
    /// Organizations with an event.
    pub organizations: u64,
    /// Workspaces with an event.
    pub workspaces: u64,
    /// Accounts that received an event.
    pub accounts: u64,
    /// Roles asked for.
    pub roles: u64,
}

impl WindowCounts {
    /// Counts events.
    #[must_use]
    pub fn of(events: &EncodedEvents<'_>) -> Self {
        let owners = events.owners.iter();
        let organizations: HashSet<(Option<&str>, &str)> =
            owners.filter_map(|event| Some((event.issuer.as_deref(), event.subject.organization()?))).collect();
        let count = |firsts: &[&Assumption], is_there: fn(&Assumption) -> bool| {
            firsts.iter().filter(|event| is_there(event)).count() as u64
        };
        Self {
            runs: events.runs as u64,
            assumptions: events.events.len() as u64,
            denied: count(&events.events, |event| matches!(event.outcome, Outcome::Denied { .. })),
            organizations: organizations.len() as u64,
            workspaces: count(&events.owners, |event| matches!(event.subject, Subject::Workspace { .. })),
            accounts: count(&events.accounts, |event| event.account_id.is_some()),
            roles: count(&events.roles, |event| event.role_arn.is_some()),
        }
    }

    /// The numbers with their names, in the order in which they are shown.
    #[must_use]
    pub fn named(&self) -> [(&'static str, u64); 7] {
        [
            ("runs", self.runs),
            ("assumptions", self.assumptions),
            ("denied", self.denied),
            ("organizations", self.organizations),
            ("workspaces", self.workspaces),
            ("accounts", self.accounts),
            ("roles", self.roles),
        ]
    }
}
