//! A known workspace in an account that it never was in.

use super::first_seen::{Decisive, Novelty, first_seen};
use super::gather::FindingPlace;
use super::rule::{BoxedDetector, DetectorFactory, Rule, RuleContext};
use crate::audit::baseline::FactRef;
use crate::domain::finding::Severity;

pub(super) const RULE: Rule = Rule {
    id: "first-seen-access",
    title: "a workspace got into an account for the first time",
    severity: Severity::Medium,
    meaning: "The workspace was granted roles before, but none in this account.",
    why: "Workspaces seldom change their accounts. One that reaches further was given a role there, or found one that admits it.",
    source: "https://blog.plerion.com/hacking-terraform-state-privilege-escalation/",
    remedy: "Check that somebody moved or extended the workspace; if not, see who changed its variables, and tighten the role's trust policy.",
    unknown: "Who changed the variables: that is in Terraform's audit log.",
    needs: "a baseline",
    through_others: "what was seen before it",
    open: DetectorFactory::IfGiven(open),
};

fn open(context: RuleContext<'_>) -> Option<BoxedDetector<'_>> {
    let new = Novelty::of(Decisive::Access, FactRef::account_workspace, FindingPlace::workspace);
    first_seen(&RULE, context, Novelty { wider: &[FactRef::workspace], ..new })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::audit::rules::sample::{RuleCase, check};

    #[test]
    fn cases() {
        let known = RuleCase::new().before("org=acme project=p workspace=w role=r");
        check(
            &RULE,
            &known,
            "account=222233334444",
            "medium account=222233334444 org=acme project=p workspace=w count=1",
        );
        check(&RULE, &known, "account=111122223333", "");
        check(&RULE, &known, "account=222233334444 denied", "");
        check(&RULE, &known, "account=222233334444 workspace=new", "");
        check(&RULE, &RuleCase::new(), "account=222233334444", "");
    }
}
