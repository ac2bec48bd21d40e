//! One role for plan and apply.

use super::by_role::{Among, by_role};
use super::rule::{BoxedDetector, DetectorFactory, Rule, RuleContext};
use crate::domain::assumption::Assumption;
use crate::domain::finding::Severity;

pub(super) const RULE: Rule = Rule {
    id: "role-shared-by-phases",
    title: "one role is given to plan and apply",
    severity: Severity::Low,
    meaning: "Plans and applies of the same workspace or Stack got the same role.",
    why: "A plan runs code of whoever can open a pull request: external data sources, modules and providers of their choice. With one \
          role, what apply may change, a plan may change as well.",
    source: "https://alex.kaskaso.li/post/terraform-plan-rce",
    remedy: "Set TFC_AWS_PLAN_ROLE_ARN to a role that can only read and TFC_AWS_APPLY_ROLE_ARN to one that can write, and name \
             run_phase:plan and run_phase:apply in their conditions on the subject.",
    unknown: "What the role may do: a role that can only read does no harm. Whether speculative plans are switched off.",
    needs: "",
    through_others: "who else was given its roles",
    open: DetectorFactory::Always(open),
};

fn open<'a>(context: RuleContext<'a>) -> BoxedDetector<'a> {
    let of = |event: &'a Assumption| {
        // Module tests have one operation, which does both.
        event.subject.phase().filter(|phase| matches!(*phase, "plan" | "apply")).map(Into::into)
    };
    by_role(&RULE, context.asked, Among::Organization, "phase", of, |phases| {
        (phases.len() > 1).then_some(RULE.severity)
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
        check(&RULE, &any, "role=r phase=plan | role=r phase=apply", found);
        check(&RULE, &any, "role=r workspace=1 phase=plan | role=r workspace=2 phase=apply", found);
        check(&RULE, &any, "role=r stack=s phase=plan | role=r stack=s phase=apply", found);
        check(&RULE, &any, "role=r phase=plan | role=r phase=plan", "");
        check(&RULE, &any, "role=r-plan phase=plan | role=r-apply phase=apply", "");
        check(&RULE, &any, "role=r phase=plan | role=r phase=apply denied", "");
        check(&RULE, &any, "role=r phase=plan | role=r phase=refresh", "");
        check(&RULE, &any, "role=r module=m | role=r phase=plan", "");
        check(&RULE, &any, "role=r phase=plan | role=r phase=apply org=other", "");
    }
}
