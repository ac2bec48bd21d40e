//! A read that was denied inside a run.

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
    id: "denied-read",
    title: "a read was denied inside a run",
    severity: Severity::Medium,
    meaning: "AWS denied a call that only reads, as its record says, to a run or to what it called on the run's behalf. Calls to STS do \
              not count. One finding for each account and workspace, with the calls, the runs and the words of AWS.",
    why: "Some resources of the AWS provider take a read that is denied for a resource that is gone: Terraform drops it from its state \
          without a word, the next plan makes it anew, and nobody alarms on a read.",
    source: "https://github.com/hashicorp/terraform-provider-aws/issues/42341",
    remedy: "If the organization is not expected, allow nothing, and review what the run did. If the run is yours, allow the role \
             the read, then look whether the next plan of the workspace creates what is there already; if it does, import it again.",
    unknown: "What the provider made of the answer: it may as well have failed, or have asked only out of caution. Records without \
              readOnly are left out, and reads of data, such as objects in S3, are there only if the trail records them.",
    needs: NEEDS,
    through_others: "",
    open: DetectorFactory::OfCalls(open),
};

fn open<'a>(_: RuleContext<'a>, _: &'a RunsActivity<'a>) -> BoxedCallDetector<'a> {
    over_runs(&RULE, |run, found| {
        for group in run.groups.iter().filter(|group| is_denied_read(group)) {
            let messages = [&group.first, &group.last].into_iter().filter_map(|event| event.message.as_deref());
            let hit = RuleHit::new(RULE.severity, RULE.title, FindingPlace::workspace_of_calls(group))
                .showing_all("message", messages)
                .showing_all("resource", group.named())
                .showing_all("run", group.kind.run.run_id.as_deref());
            found.add_calls(hit, GroupPart::all(group));
        }
    })
}

fn is_denied_read(group: &RunCallGroup) -> bool {
    let operation = &*group.kind.operation;
    group.outcome() == CallOutcome::Denied
        && operation.read_only == Some(true)
        // To assume a role is a read by its record.
        && operation.service.as_deref() != Some("sts")
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::audit::rules::calls::sample::{check, evidence};
    use crate::audit::rules::sample::RuleCase;

    #[test]
    fn cases() {
        let any = RuleCase::new();
        let place = "medium account=111122223333 org=acme project=p workspace=w";
        let denied = "call=kms:GetKeyRotationStatus read error=AccessDeniedException";
        check(&RULE, &any, "", denied, &format!("{place} count=1"));
        check(&RULE, &any, "", &format!("{denied} phase=apply by=s3.amazonaws.com"), &format!("{place} count=1"));
        let two = format!("{denied} | call=s3:GetBucketPolicy read error=AccessDenied run=run-2");
        check(&RULE, &any, "run=run-2", &two, &format!("{place} count=2"));
        check(&RULE, &any, "", "call=kms:GetKeyRotationStatus read", "");
        check(&RULE, &any, "", "call=kms:GetKeyRotationStatus read error=NotFoundException", "");
        check(&RULE, &any, "", "call=kms:CreateKey write error=AccessDenied | call=x:Get error=AccessDenied", "");
        check(&RULE, &any, "", "call=sts:AssumeRole read error=AccessDenied", "");
    }

    #[test]
    fn it_says_what_aws_said() {
        let shown = evidence(&RULE, &RuleCase::new(), "", "call=kms:Get read error=AccessDenied message=no_way");
        assert!(
            ["message=no way", "call=kms:Get", "run=run-1"].iter().all(|text| shown.iter().any(|it| it == text)),
            "{shown:?}"
        );
    }
}
