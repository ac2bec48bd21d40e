//! A project that got in for the first time.

use super::first_seen::{Decisive, Novelty, first_seen};
use super::gather::FindingPlace;
use super::rule::{BoxedDetector, DetectorFactory, Rule, RuleContext};
use crate::audit::baseline::FactRef;
use crate::domain::finding::Severity;

pub(super) const RULE: Rule = Rule {
    id: "first-seen-project",
    title: "a project got in for the first time",
    severity: Severity::Low,
    meaning: "No assumption of the project was granted in the baseline, though some of its organization were.",
    why: "A project that nobody announced may be admitted by a trust policy that names only the organization.",
    source: "https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/aws-configuration",
    remedy: "Check that the project is meant to reach the account, and that the role's condition on the subject names it.",
    unknown: "Whether the project is new or only renamed.",
    needs: "a baseline",
    through_others: "what was seen before it",
    open: DetectorFactory::IfGiven(open),
};

fn open(context: RuleContext<'_>) -> Option<BoxedDetector<'_>> {
    let new = Novelty::of(Decisive::Owner, FactRef::project, FindingPlace::project);
    first_seen(&RULE, context, Novelty { wider: &[FactRef::organization], ..new })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::audit::rules::sample::{RuleCase, check};

    #[test]
    fn cases() {
        let known = RuleCase::new().before("org=acme project=p workspace=w role=r");
        check(&RULE, &known, "project=new", "low account=111122223333 org=acme project=new count=1");
        check(&RULE, &known, "workspace=new", "");
        check(&RULE, &known, "project=new denied", "");
        // The organization is new as a whole, which is said of it.
        check(&RULE, &known, "org=new project=new", "");
        check(&RULE, &RuleCase::new(), "project=new", "");
    }
}
