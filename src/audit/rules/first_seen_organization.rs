//! An organization that got in for the first time.

use super::first_seen::{Decisive, Novelty, first_seen};
use super::gather::FindingPlace;
use super::rule::{BoxedDetector, DetectorFactory, Rule, RuleContext};
use crate::audit::baseline::FactRef;
use crate::domain::assumption::Assumption;
use crate::domain::finding::Severity;

pub(super) const RULE: Rule = Rule {
    id: "first-seen-organization",
    title: "an organization got in for the first time",
    severity: Severity::High,
    meaning: "No assumption of the organization was granted in the baseline.",
    why: "A new organization among those that get in is either a decision of yours or the first sign of a trust policy that admits strangers.",
    source: "https://www.wiz.io/blog/avoiding-mistakes-with-aws-oidc-integration-conditions",
    remedy: "If nobody decided on it, pin the subject in the role's trust policy, and review what the session did. If it is yours, name it in expected_organizations.",
    unknown: "Whether the organization is yours. The rule leaves out those that expected_organizations names.",
    needs: "a baseline",
    through_others: "what was seen before it",
    open: DetectorFactory::IfGiven(open),
};

fn open(context: RuleContext<'_>) -> Option<BoxedDetector<'_>> {
    let skip = |context: RuleContext<'_>, event: &Assumption| {
        let organization = event.subject.organization();
        let settings = context.settings;
        !settings.expected_organizations.is_empty() && organization.is_some_and(|it| settings.expects(it))
    };
    first_seen(
        &RULE,
        context,
        Novelty { skip, ..Novelty::of(Decisive::Owner, FactRef::organization, FindingPlace::organization) },
    )
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::audit::rules::sample::{RuleCase, check};

    #[test]
    fn cases() {
        let known = RuleCase::new().before("org=acme project=p workspace=w role=r");
        check(&RULE, &known, "org=new | org=new", "high account=111122223333 org=new count=2");
        check(&RULE, &known, "org=acme project=other", "");
        check(&RULE, &known, "org=new denied", "");
        check(&RULE, &known.expects(&["new"]), "org=new", "");
        check(&RULE, &known.expects(&["acme"]), "org=new", "high account=111122223333 org=new count=1");
        check(
            &RULE,
            &RuleCase::new().before("org=acme denied"),
            "org=acme",
            "high account=111122223333 org=acme count=1",
        );
        check(&RULE, &RuleCase::new(), "org=new", "");
    }
}
