//! What a reviewer should look at: one kind of thing at one place, however often it happened.

use std::fmt;

use super::timestamp::{Day, Timestamp};

/// How much a finding matters, from the least to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Good to know.
    Info,
    /// To be tidied up.
    Low,
    /// To be looked at.
    Medium,
    /// To be acted upon.
    High,
    /// Somebody may be in who should not be.
    Critical,
}

impl Severity {
    /// Every severity, from the least to the most.
    pub const ALL: [Self; 5] = [Self::Info, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The word in rows and flags.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The severity of that word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.as_str() == word)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a rule found. Names that its events do not have in common are absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Equal for the same thing in every scan: made from the rule and the place, not from the events.
    pub uid: Box<str>,
    /// How much it matters.
    pub severity: Severity,
    /// The rule that found it.
    pub rule_id: &'static str,
    /// What it is, in a few words.
    pub title: &'static str,
    /// The account that received the events.
    pub account_id: Option<Box<str>>,
    /// Organization name.
    pub organization: Option<Box<str>>,
    /// Project name.
    pub project: Option<Box<str>>,
    /// Workspace name.
    pub workspace: Option<Box<str>>,
    /// The run, where it is about one.
    pub run_id: Option<Box<str>>,
    /// Time of the first event.
    pub first_seen: Timestamp,
    /// Time of the last one.
    pub last_seen: Timestamp,
    /// How many events.
    pub count: u64,
    /// What shows it.
    pub evidence: Evidence,
    /// What to do.
    pub remedy: &'static str,
    /// Why nobody need act, if somebody said so.
    pub suppressed: Option<Suppressed>,
}

/// What shows a finding: its first events, and values of them. Bounded, whatever the number of events.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// The first events, in their order: event id (empty if the record has none) and log file.
    pub events: Vec<(Box<str>, Box<str>)>,
    /// Names and values, ordered by both, each once.
    pub values: Vec<(&'static str, Box<str>)>,
}

/// Stands in the evidence for values that did not fit.
pub const MORE: &str = "(and more)";

/// A decision that a finding is no matter, as configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppressed {
    /// Why.
    pub reason: Box<str>,
    /// The last day on which it holds.
    pub expires: Day,
}

impl Finding {
    /// Where it is: account, organization, project, workspace, run.
    #[must_use]
    pub fn names(&self) -> [Option<&str>; 5] {
        [&self.account_id, &self.organization, &self.project, &self.workspace, &self.run_id].map(Option::as_deref)
    }

    /// The order of findings: those that hold before those that are suppressed, then from the most severe, then by rule,
    /// account, organization, project, workspace, run, time and identity. Total, since an identity stands once.
    #[must_use]
    pub fn order(&self, other: &Self) -> std::cmp::Ordering {
        self.suppressed
            .is_some()
            .cmp(&other.suppressed.is_some())
            .then_with(|| other.severity.cmp(&self.severity))
            .then_with(|| self.rule_id.cmp(other.rule_id))
            .then_with(|| self.names().cmp(&other.names()))
            .then_with(|| self.first_seen.cmp(&other.first_seen))
            .then_with(|| self.uid.cmp(&other.uid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities_are_ordered_and_known_by_their_words() {
        assert!(Severity::ALL.is_sorted());
        for severity in Severity::ALL {
            assert_eq!(Severity::of_word(severity.as_str()), Some(severity));
        }
        assert_eq!(Severity::of_word("High"), None);
    }
}
