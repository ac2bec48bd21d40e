//! What holds for all rules together.

use std::collections::BTreeSet;

use super::RULES;
use super::rule::Rule;
use super::sample::RuleCase;
use crate::domain::finding::Finding;

/// Everything configured, so that every rule is open.
fn configured() -> RuleCase {
    RuleCase::new()
        .expects(&["acme"])
        .network("agents", "192.0.2.0/24")
        .audience("aws.workload.identity.acme")
        .max_session(3_600)
        .support("1.9", "5.0")
        .before("org=acme role=plan")
        .before("org=acme role=apply phase=apply")
        .before("stack=s role=stack session=1699456147945229070")
}

/// What a well-configured organization does in a day.
const QUIET: &str = "role=plan audience=aws.workload.identity.acme \
    | role=plan audience=aws.workload.identity.acme \
    | at=60s role=apply phase=apply audience=aws.workload.identity.acme \
    | at=7200s role=plan run=run-2 audience=aws.workload.identity.acme \
    | at=7300s stack=s role=stack session=1699456147945229070 audience=aws.workload.identity.acme \
    | issuer=token.actions.githubusercontent.com sub=repo:acme/web session=GitHubActions agent=aws-sdk-js/3 denied";

#[test]
fn a_quiet_archive_gives_no_finding() {
    for case in [RuleCase::new(), configured()] {
        assert_eq!(case.findings(&RULES, &case.events(QUIET)), []);
    }
}

#[test]
fn every_rule_says_what_it_has_to_say() {
    let ids: BTreeSet<&str> = RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(ids.len(), RULES.len());
    for rule in RULES {
        let Rule { id, title, meaning, why, source, remedy, unknown, .. } = rule;
        assert!(id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{id}");
        assert!(source.starts_with("https://"), "{id}");
        assert!(title.starts_with(char::is_lowercase) && !title.ends_with('.') || title.starts_with("HCP"), "{id}");
        for text in [meaning, why, remedy, unknown] {
            assert!(text.ends_with('.') && text.len() > 20 && !text.contains("  "), "{id}: {text:?}");
        }
    }
}

#[test]
fn ten_thousand_of_one_kind_are_one_finding_with_bounded_evidence() {
    let case = RuleCase::new().expects(&["acme"]);
    let events: Vec<String> = (0..10_000).map(|_| "org=evil".to_owned()).collect();
    let findings = case.findings(&[RULES[0]], &case.events(&events.join("|")));
    let [Finding { count: 10_000, evidence, .. }] = findings.as_slice() else { panic!("{findings:?}") };
    assert_eq!(evidence.events.len(), 5);
    assert_eq!(&*evidence.events[0].0, "event-0000");
}

#[test]
fn ten_thousand_strangers_cannot_fill_a_report() {
    let case = RuleCase::new().expects(&["acme"]);
    let events: Vec<String> = (0..10_000).map(|at| format!("org=evil-{at:05}")).collect();
    let findings = case.findings(&RULES, &case.events(&events.join("|")));
    let strangers: Vec<&Finding> = findings.iter().filter(|it| it.rule_id == RULES[0].id).collect();
    assert_eq!(strangers.len(), 1_001);
    assert_eq!(strangers.iter().map(|it| it.count).sum::<u64>(), 10_000);
    assert!(strangers.iter().any(|it| it.organization.is_none() && it.count == 9_000));
}

#[test]
fn findings_are_in_a_total_order_and_have_names_of_their_own() {
    let case = configured();
    let text = "org=evil role=x | org=evil role=y | org=evil role=x denied | org=evil denied ip=203.0.113.1 session=b \
        | role=plan phase=apply ip=198.51.100.1 duration=43200 | agent=Terraform/1.0 session=build | verified=Thumbprint \
        | sub=x | at=100d role=plan";
    let findings = case.findings(&RULES, &case.events(text));
    assert!(findings.len() > 12, "{findings:#?}");
    assert!(findings.is_sorted_by(|one, other| one.order(other).is_lt()));
    let names: BTreeSet<&str> = findings.iter().map(|finding| &*finding.uid).collect();
    assert_eq!(names.len(), findings.len());
    // The same thing a day later has the same name.
    let later = case.findings(&[RULES[0]], &case.events("at=1d org=evil role=x"));
    assert!(names.contains(&*later[0].uid));
}
