//! Findings that somebody decided not to act upon: with a reason, until a day, and never gone.

use super::pattern::Patterns;
use crate::domain::finding::{Finding, Suppressed};
use crate::domain::timestamp::Day;

/// One decision. It covers a finding if every pattern that is given matches.
#[derive(Debug, Clone)]
pub struct Suppression {
    /// Rule ids.
    pub rule: Patterns,
    /// Account ids.
    pub account_id: Patterns,
    /// Organization names.
    pub organization: Patterns,
    /// Workspace names.
    pub workspace: Patterns,
    /// Why.
    pub reason: Box<str>,
    /// The first day, in UTC, on which it holds no more.
    pub expires: Day,
}

impl Suppression {
    /// Whether it is about that finding, expired or not.
    #[must_use]
    pub fn covers(&self, finding: &Finding) -> bool {
        self.rule.pass(Some(finding.rule_id))
            && self.account_id.pass(finding.account_id.as_deref())
            && self.organization.pass(finding.organization.as_deref())
            && self.workspace.pass(finding.workspace.as_deref())
    }
}

/// Marks what is suppressed on the day `today`, by the first decision that holds, and puts the findings into their
/// order. Returns the decisions that are expired and would still cover a finding.
pub fn suppress<'a>(findings: &mut [Finding], decisions: &'a [Suppression], today: Day) -> Vec<&'a Suppression> {
    for finding in findings.iter_mut() {
        let decision = decisions.iter().find(|decision| today < decision.expires && decision.covers(finding));
        finding.suppressed =
            decision.map(|decision| Suppressed { reason: decision.reason.clone(), expires: decision.expires });
    }
    findings.sort_unstable_by(Finding::order);
    let is_missed = |decision: &&Suppression| {
        decision.expires <= today
            && findings.iter().any(|finding| finding.suppressed.is_none() && decision.covers(finding))
    };
    decisions.iter().filter(is_missed).collect()
}
