//! Findings that somebody decided not to act upon: with a reason, until a day, and never gone.

use crate::audit::filter::pattern::Patterns;
use crate::domain::finding::{Finding, MORE, Suppressed};
use crate::domain::timestamp::Day;

/// What a decision can be about, by its name in the config file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuppressionField {
    /// The rule.
    Rule,
    /// The account.
    AccountId,
    /// The organization.
    Organization,
    /// The project.
    Project,
    /// The workspace.
    Workspace,
    /// The run.
    RunId,
    /// The roles of its events, as far as the evidence shows all of them.
    RoleArn,
    /// Their source addresses, likewise.
    SourceIp,
}

impl SuppressionField {
    /// Every field, by name.
    pub const ALL: [(&str, Self); 8] = [
        ("rule", Self::Rule),
        ("account_id", Self::AccountId),
        ("organization", Self::Organization),
        ("project", Self::Project),
        ("workspace", Self::Workspace),
        ("run_id", Self::RunId),
        ("role_arn", Self::RoleArn),
        ("source_ip", Self::SourceIp),
    ];

    /// The field of that name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, field)| *field)
    }

    fn passes(self, patterns: &Patterns, finding: &Finding) -> bool {
        let [account_id, organization, project, workspace, run_id] = finding.names();
        let all = |name: &str| {
            let mut values = finding.evidence.values.iter().filter(|(known, _)| *known == name).peekable();
            // Of what is not shown nobody knows whether it would pass.
            values.peek().is_some() && values.all(|(_, value)| **value != *MORE && patterns.pass(Some(value)))
        };
        match self {
            Self::Rule => patterns.pass(Some(finding.rule_id)),
            Self::AccountId => patterns.pass(account_id),
            Self::Organization => patterns.pass(organization),
            Self::Project => patterns.pass(project),
            Self::Workspace => patterns.pass(workspace),
            Self::RunId => patterns.pass(run_id),
            Self::RoleArn => all("role"),
            Self::SourceIp => all("source_ip"),
        }
    }
}

/// One decision. It covers a finding if all of its conditions do.
#[derive(Debug, Clone)]
pub struct Suppression {
    /// What it is about.
    pub conditions: Vec<(SuppressionField, Patterns)>,
    /// Why.
    pub reason: Box<str>,
    /// The last day, in UTC, on which it holds.
    pub expires: Day,
}

impl Suppression {
    /// Whether it is about that finding, expired or not.
    #[must_use]
    pub fn covers(&self, finding: &Finding) -> bool {
        self.conditions.iter().all(|(field, patterns)| field.passes(patterns, finding))
    }
}

/// Marks what is suppressed on the day `today`, by the first decision that holds, and puts the findings into their
/// order. Returns the decisions that are expired and would still cover a finding.
pub fn suppress<'a>(findings: &mut [Finding], decisions: &'a [Suppression], today: Day) -> Vec<&'a Suppression> {
    for finding in findings.iter_mut() {
        let decision = decisions.iter().find(|decision| today <= decision.expires && decision.covers(finding));
        finding.suppressed =
            decision.map(|decision| Suppressed { reason: decision.reason.clone(), expires: decision.expires });
    }
    findings.sort_unstable_by(Finding::order);
    let is_missed = |decision: &&Suppression| {
        decision.expires < today
            && findings.iter().any(|finding| finding.suppressed.is_none() && decision.covers(finding))
    };
    decisions.iter().filter(is_missed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::finding::{Evidence, Severity};
    use crate::domain::timestamp::Timestamp;

    fn finding(rule_id: &'static str, organization: &str, roles: &[&str]) -> Finding {
        let time = Timestamp::from_seconds(0).unwrap();
        Finding {
            uid: format!("{rule_id} {organization}").into(),
            severity: Severity::Low,
            rule_id,
            title: "",
            account_id: Some("111122223333".into()),
            organization: Some(organization.into()),
            project: None,
            workspace: None,
            run_id: None,
            first_seen: time,
            last_seen: time,
            count: 1,
            evidence: Evidence {
                events: vec![],
                values: roles.iter().map(|role| ("role", Box::from(*role))).collect(),
            },
            remedy: "",
            suppressed: None,
        }
    }

    fn check(conditions: &[(&str, &str)], today: &str, suppressed: &[&str], missed: usize) {
        let condition = |(name, pattern): &(&str, &str)| {
            (SuppressionField::of_name(name).unwrap(), Patterns::new(vec![pattern.parse().unwrap()]))
        };
        let conditions = conditions.iter().map(condition).collect();
        let decision = Suppression { conditions, reason: "why".into(), expires: Day::parse("2027-01-31").unwrap() };
        let mut findings =
            [finding("a", "acme", &["r1"]), finding("a", "evil", &["r1", MORE]), finding("b", "acme", &["r1", "r2"])];
        let decisions = [decision];
        let expired = suppress(&mut findings, &decisions, Day::parse(today).unwrap());
        let gone: Vec<&str> = findings.iter().filter(|it| it.suppressed.is_some()).map(|it| &*it.uid).collect();
        assert_eq!((gone.as_slice(), expired.len()), (suppressed, missed), "{today}");
        assert!(findings.is_sorted_by_key(|it| it.suppressed.is_some()), "suppressed ones come last");
    }

    #[test]
    fn all_conditions_must_hold_and_the_day_must_not_be_over() {
        check(&[("rule", "a")], "2027-01-31", &["a acme", "a evil"], 0);
        check(&[("rule", "a"), ("organization", "ac*")], "2026-11-23", &["a acme"], 0);
        check(&[("rule", "a"), ("organization", "!ac*")], "2026-11-23", &["a evil"], 0);
        check(&[("rule", "a")], "2027-02-01", &[], 1);
        check(&[("rule", "c")], "2027-02-01", &[], 0);
        check(&[("workspace", "*")], "2026-11-23", &[], 0);
        // Every role must pass, and all of them must be known.
        check(&[("role_arn", "r1")], "2026-11-23", &["a acme"], 0);
        check(&[("role_arn", "*")], "2026-11-23", &["a acme", "b acme"], 0);
        check(&[("source_ip", "*")], "2026-11-23", &[], 0);
    }
}
