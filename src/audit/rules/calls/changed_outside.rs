//! A resource of a run that somebody else changed.

use std::collections::{BTreeMap, BTreeSet};

use super::NEEDS;
use super::over_runs::over_runs;
use crate::audit::activity::run_call_group::RunCallGroup;
use crate::audit::activity::runs_activity::RunsActivity;
use crate::audit::rules::gather::{FindingPlace, RuleHit};
use crate::audit::rules::rule::{BoxedCallDetector, DetectorFactory, Rule, RuleContext};
use crate::domain::finding::Severity;
use crate::domain::resource_write::ResourceWrite;
use crate::domain::session_call::CallOutcome;
use crate::domain::timestamp::Timestamp;

pub(in crate::audit::rules) const RULE: Rule = Rule {
    id: "changed-outside",
    title: "somebody else changed a resource of a run",
    severity: Severity::Medium,
    meaning: "A resource that a run wrote to was written to later by somebody who is no run: a person, another tool, a pipeline. One \
              finding for each principal and workspace, with the resources and the calls. Services of AWS do not count.",
    why: "What is changed beside Terraform is drift: the next apply takes it back, or fails at it, and whoever changed it went around the \
          review. Nobody else can say who it was once the event history has ended.",
    source: "https://developer.hashicorp.com/terraform/tutorials/state/resource-drift",
    remedy: "Ask whoever it was. If the run is not yours, they may have repaired what it did: review the run. If it is yours, bring the \
             change into the configuration, or let the next apply undo it; if people need to change such resources, let Terraform \
             ignore what they change.",
    unknown: "Resources are told by the ARNs in the events, which many services leave out. Whether the change was undone, and whether \
              Terraform manages what was changed: a run may have written to it once. Show does not read what others wrote. Writes before a run's last call of the same kind \
              are not counted, and those of runs whose assumption was not read look like those of others.",
    needs: NEEDS,
    through_others: "who wrote to its resources later",
    open: DetectorFactory::OfCalls(open),
};

/// When runs wrote to a resource: the ends of groups of calls, in order.
type WriteTimes<'a> = BTreeMap<&'a str, Vec<Timestamp>>;

fn open<'a>(_: RuleContext<'a>, activity: &'a RunsActivity<'a>) -> BoxedCallDetector<'a> {
    let mut of_runs: WriteTimes<'a> = BTreeMap::new();
    for group in activity.runs().flat_map(|run| run.groups).filter(|group| is_write(group)) {
        for arn in &group.resources {
            of_runs.entry(arn).or_default().push(group.last.time);
        }
    }
    for times in of_runs.values_mut() {
        times.sort_unstable();
        times.dedup();
    }
    over_runs(&RULE, move |run, found| {
        // Two groups of a run that end in one second see the same writes.
        let mut seen: BTreeSet<(&str, Timestamp)> = BTreeSet::new();
        for group in run.groups.iter().filter(|group| is_write(group)) {
            for arn in &group.resources {
                if !seen.insert((&**arn, group.last.time)) {
                    continue;
                }
                for write in after(group, arn, &of_runs, activity) {
                    let who = write.principal.as_deref().unwrap_or("unknown");
                    let hit =
                        RuleHit::new(RULE.severity, RULE.title, FindingPlace::workspace_of_calls(group).and("by", who))
                            .showing("resource", &**arn)
                            .showing_all("run", group.kind.run.run_id.as_deref());
                    found.add_write(hit, write);
                }
            }
        }
    })
}

fn is_write(group: &RunCallGroup) -> bool {
    group.kind.operation.read_only == Some(false) && group.outcome() == CallOutcome::Ok
}

/// The writes of others to a resource after the last call of a group, and not after a later one of another.
fn after<'a>(
    group: &RunCallGroup,
    arn: &str,
    of_runs: &WriteTimes<'_>,
    activity: &'a RunsActivity<'a>,
) -> impl Iterator<Item = &'a ResourceWrite> {
    let from = group.last.time;
    let times = of_runs.get(arn).map_or(&[][..], Vec::as_slice);
    let until = times.get(times.partition_point(|time| *time <= from)).copied();
    let writes = activity.outside(arn).iter();
    writes.copied().filter(move |write| write.time > from && until.is_none_or(|until| write.time <= until))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::audit::rules::calls::sample::{check_outside, evidence_outside};
    use crate::audit::rules::sample::RuleCase;

    #[test]
    fn cases() {
        let any = RuleCase::new();
        let place = "medium account=111122223333 org=acme project=p workspace=w";
        let put = "call=s3:PutBucketPolicy write at=10s arns=arn:aws:s3:::logs";
        let one = format!("{place} count=1");
        check_outside(&RULE, &any, put, "at=20s by=anna arn=arn:aws:s3:::logs", &one);
        check_outside(&RULE, &any, put, "at=10s by=anna arn=arn:aws:s3:::logs", "");
        check_outside(&RULE, &any, put, "at=5s by=anna arn=arn:aws:s3:::logs", "");
        check_outside(&RULE, &any, put, "at=20s by=anna arn=arn:aws:s3:::other", "");
        check_outside(&RULE, &any, &format!("{put} error=AccessDenied"), "at=20s by=anna arn=arn:aws:s3:::logs", "");
        check_outside(&RULE, &any, &put.replace("write", "read"), "at=20s by=anna arn=arn:aws:s3:::logs", "");
        let two = "at=20s by=anna arn=arn:aws:s3:::logs | at=30s by=ben arn=arn:aws:s3:::logs | at=40s by=anna arn=arn:aws:s3:::logs";
        check_outside(&RULE, &any, put, two, &format!("{place} count=2 | {one}"));
        // It is told once, of the run that wrote last before it.
        let later =
            format!("{put} | call=s3:PutBucketPolicy write at=25s run=run-2 workspace=x arns=arn:aws:s3:::logs");
        check_outside(&RULE, &any, &later, "at=20s by=anna arn=arn:aws:s3:::logs", &one);
        let other = "at=30s by=anna arn=arn:aws:s3:::logs";
        check_outside(&RULE, &any, &later, other, &one.replace("workspace=w", "workspace=x"));
        let same = format!("{put} | call=s3:PutBucketTagging write at=10s arns=arn:aws:s3:::logs");
        check_outside(&RULE, &any, &same, other, &one);
    }

    #[test]
    fn it_says_who() {
        let put = "call=s3:PutBucketPolicy write at=10s arns=arn:aws:s3:::logs";
        let shown = evidence_outside(&RULE, &RuleCase::new(), put, "at=20s by=anna arn=arn:aws:s3:::logs");
        for text in ["by=anna", "resource=arn:aws:s3:::logs", "run=run-1", "call=s3:PutBucketTagging"] {
            assert!(shown.iter().any(|it| it == text), "{text}: {shown:?}");
        }
    }
}
