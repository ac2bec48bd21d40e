//! What gets a report of its own within a window.

use crate::audit::activity::run_call::RunCall;
use crate::domain::assumption::Assumption;
use crate::domain::finding::Finding;

/// What the reports of one window go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupBy {
    /// Each organization.
    Organization,
    /// Each account.
    Account,
}

impl GroupBy {
    /// The word in names of directories.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::Account => "account",
        }
    }

    /// The group of an event; empty where it has none.
    #[must_use]
    pub fn of_event(self, event: &Assumption) -> &str {
        match self {
            Self::Organization => event.subject.organization(),
            Self::Account => event.account_id.as_deref(),
        }
        .unwrap_or_default()
    }

    /// The group of a call; empty where it has none.
    #[must_use]
    pub fn of_call(self, call: &RunCall) -> &str {
        match self {
            Self::Organization => call.run.organization.as_deref(),
            Self::Account => call.call.operation.account_id.as_deref(),
        }
        .unwrap_or_default()
    }

    /// The group of a finding; empty where it has none.
    #[must_use]
    pub fn of_finding(self, finding: &Finding) -> &str {
        match self {
            Self::Organization => finding.organization.as_deref(),
            Self::Account => finding.account_id.as_deref(),
        }
        .unwrap_or_default()
    }
}

/// One group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportGroup {
    /// What it goes by.
    pub by: GroupBy,
    /// Its name; empty for what belongs to none.
    pub name: Box<str>,
}

impl ReportGroup {
    /// Whether an event is of it.
    #[must_use]
    pub fn has_event(&self, event: &Assumption) -> bool {
        self.by.of_event(event) == &*self.name
    }

    /// Whether a call is of it.
    #[must_use]
    pub fn has_call(&self, call: &RunCall) -> bool {
        self.by.of_call(call) == &*self.name
    }

    /// Whether a finding is of it.
    #[must_use]
    pub fn has_finding(&self, finding: &Finding) -> bool {
        self.by.of_finding(finding) == &*self.name
    }
}
