//! What holds for all rules over calls together.

use std::collections::BTreeSet;

use super::NEEDS;
use super::sample::findings;
use crate::audit::rules::RULES;
use crate::audit::rules::rule::{DetectorFactory, Rule};
use crate::audit::rules::sample::RuleCase;
use crate::domain::finding::Finding;

fn rules() -> Vec<&'static Rule> {
    RULES.into_iter().filter(|rule| matches!(rule.open, DetectorFactory::OfCalls(_))).collect()
}

#[test]
fn they_need_calls_and_say_so() {
    assert!(rules().len() >= 7);
    for rule in RULES {
        assert_eq!(rule.needs == NEEDS, matches!(rule.open, DetectorFactory::OfCalls(_)), "{}", rule.id);
    }
}

#[test]
fn a_quiet_run_gives_no_finding() {
    let calls = "call=sts:GetCallerIdentity read | call=ec2:DescribeVpcs read | call=sts:AssumeRole read params={\"roleArn\":\"arn:aws:iam::111122223333:role/x\"} \
        | call=s3:CreateBucket write phase=apply at=700s | call=s3:PutBucketTagging write phase=apply at=705s hops=1 \
        | call=kms:Decrypt read phase=apply at=710s by=s3.amazonaws.com ip=s3.amazonaws.com agent=s3.amazonaws.com \
        | call=s3:HeadBucket read phase=apply at=699s error=NoSuchBucket";
    let events = "at=0s | at=690s phase=apply";
    for case in [RuleCase::new(), RuleCase::new().network("agents", "192.0.2.0/24").account("111122223333")] {
        assert_eq!(findings(&rules(), &case, events, calls), []);
    }
}

#[test]
fn findings_have_names_of_their_own_and_the_same_in_every_scan() {
    let calls = "call=iam:CreateUser write | call=iam:CreateAccessKey write | call=iam:CreateUser write error=AccessDenied \
        | call=kms:Get read error=AccessDenied | call=s3:Get ip=198.51.100.7 | call=s3:Get agent=curl/8 | call=s3:Get agent=Mozilla/5 \
        | call=s3:Get at=901s | call=sts:AssumeRole read params={\"roleArn\":\"arn:aws:iam::999900001111:role/x\"} \
        | call=sts:AssumeRole read error=AccessDenied params={\"roleArn\":\"arn:aws:iam::999900001111:role/x\"} \
        | call=sts:GetWebIdentityToken read | call=kms:CreateGrant write params={\"granteePrincipal\":\"*\"}";
    let events = "at=0s | at=600s phase=apply";
    let found = findings(&rules(), &RuleCase::new(), events, calls);
    assert!(found.len() >= 13, "{found:#?}");
    let names: BTreeSet<&str> = found.iter().map(|finding| &*finding.uid).collect();
    assert_eq!(names.len(), found.len());
    assert!(found.is_sorted_by(|one, other| one.order(other).is_lt()));
    let again = findings(
        &rules(),
        &RuleCase::new(),
        events,
        &calls.replace("call=iam:CreateUser write |", "call=iam:CreateUser write at=30s |"),
    );
    assert_eq!(again.iter().map(|finding| &*finding.uid).collect::<BTreeSet<_>>(), names);
}

#[test]
fn many_names_cannot_fill_a_report() {
    let calls: Vec<String> = (0..3_000)
        .map(|at| {
            format!("call=kms:Get read error=AccessDenied workspace=w{at} run=run-{at} arns=arn:{at} message=m{at}")
        })
        .collect();
    let found = findings(&rules(), &RuleCase::new(), "", &calls.join(" | "));
    assert_eq!(found.len(), 1_001);
    let rest = found.iter().find(|finding| finding.count > 1).unwrap();
    let Finding { workspace: None, count: 2_000, evidence, .. } = rest else { panic!("{rest:#?}") };
    assert!(evidence.values.len() < 40 && evidence.events.len() == 5);
}
