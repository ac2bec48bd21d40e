//! A plan that writes.

use super::NEEDS;
use super::over_runs::over_runs;
use crate::audit::activity::call_target::CallTarget;
use crate::audit::activity::run_call_group::RunCallGroup;
use crate::audit::activity::runs_activity::RunsActivity;
use crate::audit::rules::gather::{FindingPlace, RuleHit};
use crate::audit::rules::group_part::GroupPart;
use crate::audit::rules::rule::{BoxedCallDetector, DetectorFactory, Rule, RuleContext};
use crate::domain::finding::Severity;
use crate::domain::session_call::CallOutcome;

pub(in crate::audit::rules) const RULE: Rule = Rule {
    id: "write-in-plan",
    title: "the credentials of a plan changed something",
    severity: Severity::High,
    meaning: "A call that is no read, as its record says, succeeded with the credentials of a run's plan phase. If it was denied, the \
              severity is low. Calls to STS, the lock of the state, and what a service called on the run's behalf do not count.",
    why: "A plan runs before anybody has approved it, and of a pull request it runs code that nobody has read yet: a provider or a \
          data source in it can call whatever the role of the plan allows.",
    source: "https://github.com/HackTricks-wiki/hacktricks-cloud/blob/master/src/pentesting-ci-cd/terraform-security.md",
    remedy: "See what was changed, and by which code of the plan. If the run is not yours, undo it, and treat the role as \
             compromised. If it is yours, give plans a role of their own that only reads, and trust it for run_phase:plan alone.",
    unknown: "Whether a data source is meant to write, as one that invokes a function or asks for a token does. Data events, such as \
              writing objects into S3, are there only if the trail records them. Calls whose phase is not known are left out.",
    needs: NEEDS,
    through_others: "",
    open: DetectorFactory::OfCalls(open),
};

const DENIED: &str = "the credentials of a plan tried to change something, and were denied";

fn open<'a>(_: RuleContext<'a>, _: &'a RunsActivity<'a>) -> BoxedCallDetector<'a> {
    over_runs(&RULE, |run, found| {
        for group in run.groups.iter().filter(|group| is_write(group)) {
            let (severity, title) = match group.outcome() {
                CallOutcome::Ok => (RULE.severity, RULE.title),
                CallOutcome::Denied => (Severity::Low, DENIED),
                CallOutcome::Failed => continue,
            };
            let hit = RuleHit::new(severity, title, FindingPlace::run_of_calls(group));
            found.add_calls(hit.showing_all("resource", group.named()), GroupPart::all(group));
        }
    })
}

/// Whether a plan called that, and need not.
fn is_write(group: &RunCallGroup) -> bool {
    group.kind.run.phase.as_deref() == Some("plan")
        && group.kind.operation.read_only == Some(false)
        && group.is_own()
        // What a plan may do: take credentials (other rules look at those), and hold the lock of the state that it reads.
        && group.kind.operation.service.as_deref() != Some("sts")
        && !group.kind.targets.contains(&CallTarget::StateLock)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::audit::rules::calls::sample::check;
    use crate::audit::rules::sample::RuleCase;

    #[test]
    fn cases() {
        let any = RuleCase::new();
        let place = "account=111122223333 org=acme project=p workspace=w run=run-1";
        check(&RULE, &any, "", "call=iam:CreateUser write", &format!("high {place} count=1"));
        check(&RULE, &any, "", "call=iam:CreateUser write | call=s3:PutObject write", &format!("high {place} count=2"));
        check(&RULE, &any, "", "call=iam:CreateUser write error=AccessDenied", &format!("low {place} count=1"));
        check(&RULE, &any, "", "call=iam:CreateUser write error=EntityAlreadyExists", "");
        check(&RULE, &any, "", "call=iam:CreateUser write phase=apply", "");
        check(&RULE, &any, "", "call=iam:CreateUser write phase=", "");
        check(&RULE, &any, "", "call=iam:GetUser read | call=iam:CreateUser", "");
        check(&RULE, &any, "", "call=kms:CreateGrant write by=rds.amazonaws.com", "");
        // A role that the plan's role assumed is the plan's too.
        check(&RULE, &any, "", "call=iam:CreateUser write hops=1", &format!("high {place} count=1"));
        // Locks, and credentials.
        check(&RULE, &any, "", r#"call=dynamodb:PutItem write params={"tableName":"t","key":{"LockID":"x"}}"#, "");
        check(&RULE, &any, "", r#"call=s3:PutObject write params={"key":"web.tfstate.tflock"}"#, "");
        check(&RULE, &any, "", "call=s3:PutObject write arns=arn:aws:s3:::b/web.tfstate.tflock", "");
        check(&RULE, &any, "", "call=sts:AssumeRole write", "");
        let item = r#"call=dynamodb:PutItem write params={"tableName":"t","key":{"id":"x"}}"#;
        check(&RULE, &any, "", item, &format!("high {place} count=1"));
    }
}
