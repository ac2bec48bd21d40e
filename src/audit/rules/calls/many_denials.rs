//! A run that was denied much.

use super::NEEDS;
use super::over_runs::over_runs;
use crate::audit::activity::run_call_group::RunCallGroup;
use crate::audit::activity::runs_activity::RunsActivity;
use crate::audit::rules::gather::{FindingPlace, RuleHit};
use crate::audit::rules::group_part::GroupPart;
use crate::audit::rules::rule::{BoxedCallDetector, DetectorFactory, Rule, RuleContext};
use crate::domain::finding::Severity;
use crate::domain::session_call::CallOutcome;

pub(in crate::audit::rules) const RULE: Rule = Rule {
    id: "many-denials",
    title: "many calls of a run were denied",
    severity: Severity::Medium,
    meaning: "More than twenty calls of one run were denied, whatever the accounts, phases and roles.",
    why: "Whoever holds credentials and does not know what they are good for tries calls one after the other. Terraform knows what it \
          wants: it stops at the first write that is denied.",
    source: "https://hackingthe.cloud/aws/enumeration/brute_force_iam_permissions/",
    remedy: "See which calls they were: many different ones, of services that the workspace has nothing in, are somebody's search; one \
             and the same, of a run of yours, is a permission that is missing. Allow nothing to a run that is not yours.",
    unknown: "Which of the two it is. One permission that is missing is denied once for each resource of a kind, at every refresh.",
    needs: NEEDS,
    through_others: "",
    open: DetectorFactory::OfCalls(open),
};

fn open<'a>(context: RuleContext<'a>, _: &'a RunsActivity<'a>) -> BoxedCallDetector<'a> {
    let many = context.settings.denied_calls;
    over_runs(&RULE, move |run, found| {
        let denied = || run.groups.iter().filter(|group| group.outcome() == CallOutcome::Denied);
        let Some(first) = denied().next() else { return };
        if denied().map(RunCallGroup::calls).sum::<u64>() < many {
            return;
        }
        let is_one = denied().all(|group| group.kind.operation.account_id == first.kind.operation.account_id);
        let place = FindingPlace::run_of_calls(first);
        let place = if is_one { place } else { place.in_any_account() };
        for group in denied() {
            let account = group.kind.operation.account_id.as_deref().filter(|_| !is_one);
            let hit = RuleHit::new(RULE.severity, RULE.title, place.clone()).showing_all("account", account);
            found.add_calls(hit, GroupPart::all(group));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::audit::rules::calls::sample::check;
    use crate::audit::rules::sample::RuleCase;

    #[test]
    fn cases() {
        let any = RuleCase::new();
        let denied = |count: usize, accounts: usize| -> String {
            let calls = (0..count)
                .map(|at| format!("call=s3:Get{at} account=11112222333{} error=AccessDenied", 3 + at % accounts));
            calls.collect::<Vec<_>>().join(" | ")
        };
        let found = "org=acme project=p workspace=w run=run-1 count=21";
        check(&RULE, &any, "", &denied(21, 1), &format!("medium account=111122223333 {found}"));
        check(&RULE, &any, "", &denied(20, 1), "");
        check(&RULE, &any, "", &denied(21, 2), &format!("medium {found}"));
        check(&RULE, &any, "", &denied(21, 1).replace("AccessDenied", "NoSuchBucket"), "");
        check(
            &RULE,
            &any,
            "",
            &denied(21, 1).replace("Get1 ", "Get1 phase=apply "),
            &format!("medium account=111122223333 {found}"),
        );
        check(&RULE, &any, "run=run-2", &denied(21, 1).replace("Get1 ", "Get1 run=run-2 "), "");
    }
}
