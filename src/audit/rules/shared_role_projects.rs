//! One role that several projects of an organization get.

use super::by_role::{Among, by_role};
use super::rule::{BoxedDetector, DetectorFactory, Rule, RuleContext};
use crate::domain::assumption::Assumption;
use crate::domain::finding::Severity;

pub(super) const RULE: Rule = Rule {
    id: "role-shared-by-projects",
    title: "one role is given to several projects",
    severity: Severity::Low,
    meaning: "Workspaces or Stacks of more than one project of an organization got the same role.",
    why: "Projects are where HCP Terraform draws the line between teams. One role for several, often handed out by a global variable \
          set, gives each team what the others need, and one taken-over workspace gives all of it.",
    source: "https://www.hashicorp.com/trust/security/tfc-security-model",
    remedy: "Give each project a role of its own and name the project in the condition on the subject.",
    unknown: "Whether the projects belong to one team.",
    needs: "",
    through_others: "who else was given its roles",
    open: DetectorFactory::Always(open),
};

fn open<'a>(context: RuleContext<'a>) -> BoxedDetector<'a> {
    let of = |event: &'a Assumption| event.subject.project().map(Into::into);
    by_role(&RULE, context.asked, Among::Organization, "project", of, |projects| {
        (projects.len() > 1).then_some(RULE.severity)
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::audit::rules::sample::{RuleCase, check};

    #[test]
    fn cases() {
        let any = RuleCase::new();
        let found = "low account=111122223333 org=acme count=2";
        check(&RULE, &any, "org=acme project=a role=r | org=acme project=b role=r", found);
        check(&RULE, &any, "org=acme project=a workspace=1 role=r | org=acme project=a workspace=2 role=r", "");
        check(&RULE, &any, "org=acme project=a role=r | org=acme project=b role=s", "");
        check(&RULE, &any, "org=acme project=a role=r | org=acme project=b role=r denied", "");
        check(&RULE, &any, "org=acme project=a role=r | org=evil project=b role=r", "");
        check(&RULE, &any, "org=acme project=a role=r | org=acme module=m role=r", "");
        // Each organization is compared with itself, in whatever order they come.
        let mixed = "org=acme project=a role=r | org=evil project=a role=r | org=evil project=c role=r | org=acme project=b role=r";
        check(&RULE, &any, mixed, &format!("{found} | {}", found.replace("acme", "evil")));
    }
}
