//! A role that workspaces use, and that lets Stacks or module tests in as well.

use super::by_role::{Among, by_role};
use super::rule::{BoxedDetector, DetectorFactory, Rule, RuleContext};
use crate::domain::assumption::Assumption;
use crate::domain::finding::Severity;
use crate::domain::subject::SubjectKind;

pub(super) const RULE: Rule = Rule {
    id: "wide-trust",
    title: "a role admits more kinds of subjects than workspaces",
    severity: Severity::Medium,
    meaning: "The same role was given to workspaces and to Stacks (low) or to tests of registry modules (medium) of an \
              organization, or to the latter two.",
    why: "A condition such as organization:acme:* reads like \"our workspaces\", but also matches Stacks and module tests, which \
          follow other rules: a module test runs for whoever may publish or change the module.",
    source: "https://developer.hashicorp.com/terraform/cloud-docs/registry/test/dynamic-credentials/aws",
    remedy: "Write the condition on the subject out to the workspace: organization:O:project:P:workspace:W:run_phase:*. Give Stacks \
             and module tests roles of their own.",
    unknown: "The trust policy itself: somebody may have listed both forms on purpose. What it admits and nobody used stays unseen.",
    needs: "",
    through_others: "who else was given its roles",
    open: DetectorFactory::Always(open),
};

fn open<'a>(context: RuleContext<'a>) -> BoxedDetector<'a> {
    let of = |event: &'a Assumption| {
        Some(event.subject.kind()).filter(|kind| *kind != SubjectKind::Other).map(|kind| kind.as_str().into())
    };
    by_role(&RULE, context.asked, Among::Organization, "kind", of, |kinds| {
        match (kinds.len() > 1, kinds.contains("module-test")) {
            (false, _) => None,
            (true, true) => Some(RULE.severity),
            (true, false) => Some(Severity::Low),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::audit::rules::sample::{RuleCase, check};

    #[test]
    fn cases() {
        let any = RuleCase::new();
        check(&RULE, &any, "role=r | role=r stack=s", "low account=111122223333 org=acme count=2");
        check(&RULE, &any, "role=r | role=r module=m", "medium account=111122223333 org=acme count=2");
        check(&RULE, &any, "role=r stack=s | role=r module=m", "medium account=111122223333 org=acme count=2");
        check(&RULE, &any, "role=r | role=r", "");
        check(&RULE, &any, "role=r module=m | role=r module=n", "");
        check(&RULE, &any, "role=r | role=s module=m", "");
        check(&RULE, &any, "role=r | role=r module=m denied", "");
    }
}
