//! A role that was assumed for the first time.

use super::first_seen::{Decisive, Novelty, first_seen};
use super::gather::FindingPlace;
use super::rule::{BoxedDetector, DetectorFactory, Rule, RuleContext};
use crate::audit::baseline::FactRef;
use crate::domain::finding::Severity;

pub(super) const RULE: Rule = Rule {
    id: "first-seen-role",
    title: "a role was given to Terraform for the first time",
    severity: Severity::Low,
    meaning: "No assumption of the role was granted in the baseline.",
    why: "A role that begins to admit Terraform was created for it, or its trust policy was changed (UpdateAssumeRolePolicy), which is a known way to keep access.",
    source: "https://github.com/HackTricks-wiki/hacktricks-cloud/blob/master/src/pentesting-ci-cd/terraform-security.md",
    remedy: "Check who created the role or changed its trust policy, and that its condition on the subject is tight.",
    unknown: "Whether the role is new or its trust policy is.",
    needs: "a baseline",
    through_others: "what was seen before it",
    open: DetectorFactory::IfGiven(open),
};

fn open(context: RuleContext<'_>) -> Option<BoxedDetector<'_>> {
    let place = |event| FindingPlace::organization(event).with_role(event);
    first_seen(&RULE, context, Novelty::of(Decisive::Role, FactRef::role, place))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::audit::rules::sample::{RuleCase, check};

    #[test]
    fn cases() {
        let known = RuleCase::new().before("org=acme project=p workspace=w role=r");
        check(&RULE, &known, "role=new", "low account=111122223333 org=acme count=1");
        check(&RULE, &known, "role=r", "");
        check(&RULE, &known, "role=new denied", "");
        check(&RULE, &RuleCase::new().before("role=r denied"), "role=r", "low account=111122223333 org=acme count=1");
        check(&RULE, &RuleCase::new(), "role=new", "");
    }
}
