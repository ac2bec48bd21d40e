//! The policies that are printed admit the subjects that they are made for, and no other, whatever the names.

#![expect(clippy::unwrap_used, reason = "a test without its policy has failed")]

#[path = "support/cases.rs"]
mod cases;
#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use std::collections::BTreeSet;

use cases::config;
use proptest::prelude::*;
use support::Run;
use tfctrail::audit::trust::evaluate::{Admission, Token};
use tfctrail::audit::trust::expect::Expectation;
use tfctrail::audit::trust::pattern::{exactly, exactly_in_like};
use tfctrail::audit::trust::policy::Policy;
use tfctrail::audit::trust::policy_check::{RemarkLevel, review};
use tfctrail::audit::trust::policy_use::{Grant, PolicyUse};
use tfctrail::audit::trust::propose::TrustStatement;
use tfctrail::report::trust_policy::document;

const ISSUER: &str = "app.terraform.io";
const AUDIENCE: &str = "aws.workload.identity";

/// Names made of what means something in policies, in JSON, and in Terraform's language.
fn name() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "web", "a", "*", "?", "${", "}", "$", "{", "%{", "\"", "\\", "\n", " ", "é", "${*}", "${aws.x}", "\u{202e}",
        "-",
    ]);
    prop::collection::vec(piece, 1..5).prop_map(|pieces| pieces.concat())
}

fn subjects() -> impl Strategy<Value = Vec<String>> {
    let subject =
        (name(), name(), prop::sample::select(vec!["plan", "apply"])).prop_map(|(project, workspace, phase)| {
            format!("organization:acme:project:{project}:workspace:{workspace}:run_phase:{phase}")
        });
    prop::collection::vec(subject, 1..6)
}

fn policy(subjects: BTreeSet<String>, like: bool) -> Policy {
    let trust = TrustStatement {
        provider_arn: format!("arn:aws:iam::111122223333:oidc-provider/{ISSUER}"),
        issuer: ISSUER.into(),
        audiences: BTreeSet::from([exactly(AUDIENCE)]),
        subjects,
        like,
    };
    Policy::parse(&document(&[trust]).to_string()).unwrap()
}

fn answer(policy: &Policy, subject: &str) -> Admission {
    let answer = policy.answer(Token { issuer: ISSUER, subject, audience: AUDIENCE });
    assert_eq!(policy.answer(Token { issuer: ISSUER, subject, audience: "other" }), Admission::No);
    assert_eq!(policy.answer(Token { issuer: "app.eu.terraform.io", subject, audience: AUDIENCE }), Admission::No);
    answer
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn a_proposal_admits_its_subjects_and_no_other(mine in subjects(), others in subjects()) {
        let mine: BTreeSet<String> = mine.into_iter().collect();
        let exact = policy(mine.iter().map(|subject| exactly(subject)).collect(), false);
        let like = policy(mine.iter().map(|subject| exactly_in_like(subject)).collect(), true);
        for subject in mine.iter().chain(&others) {
            let expected = if mine.contains(subject) { Admission::Yes } else { Admission::No };
            prop_assert_eq!(answer(&exact, subject), expected, "{}", subject);
            prop_assert_eq!(answer(&like, subject), expected, "{}", subject);
        }
    }

    #[test]
    fn the_review_of_a_proposal_has_nothing_to_say(mine in subjects()) {
        let mine: BTreeSet<String> = mine.into_iter().collect();
        let exact = policy(mine.iter().map(|subject| exactly(subject)).collect(), false);
        let grant = |subject: &String| {
            Grant { subject: subject.clone(), issuer: Some(ISSUER.to_owned()), audience: Some(AUDIENCE.to_owned()) }
        };
        let (grants, strangers, issuers) = (mine.iter().map(grant).collect(), BTreeSet::new(), BTreeSet::from([ISSUER.to_owned()]));
        let expectation = Expectation::default();
        let used = PolicyUse { grants: &grants, strangers: &strangers, expectation: &expectation, issuers: &issuers };
        let remarks = review(&exact, used);
        prop_assert_eq!(remarks.len(), 1, "{:?}", remarks);
        prop_assert_eq!(remarks[0].verdict, RemarkLevel::Tight, "{:?}", remarks);
    }
}

/// Reviews a policy without a condition on the subject against the demo: exit code, verdicts with examples, error.
fn reviewed(export: &str, more: &[&str]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("role.json");
    std::fs::write(&file, export).unwrap();
    let demo = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/demo");
    let args =
        ["trust", demo, "--policy", file.to_str().unwrap(), "-o", "csv", "--no-header", "--columns", "verdict,example"];
    let ended = Run::new(&[&args, more].concat()).ended();
    (ended.code, ended.stdout, ended.stderr)
}

#[test]
fn an_exported_policy_is_held_against_its_own_role() {
    let bare = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::444455556666:oidc-provider/app.terraform.io"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"app.terraform.io:aud":"aws.workload.identity"}}}}"#;
    let open = "open,organization:stranger:project:x:workspace:x:run_phase:x\n";
    let role = format!(
        r#"{{"Role":{{"Arn":"arn:aws:iam::444455556666:role/tfc-sandbox","AssumeRolePolicyDocument":{bare}}}}}"#
    );
    let (code, rows, stderr) = reviewed(&role, &[]);
    assert_eq!((code, rows.as_str()), (Some(0), open));
    assert!(
        stderr.contains("compared with 3 subjects that were granted arn:aws:iam::444455556666:role/tfc-sandbox"),
        "{stderr}"
    );
    assert!(reviewed(&role, &["--org", "northwind-labs"]).2.contains("compared with 2 subjects"));
    assert_eq!(reviewed(bare, &["--role", "tfc-sandbox"]).1, open);
    let (code, rows, stderr) = reviewed(bare, &[]);
    assert_eq!((code, rows.as_str()), (Some(2), ""));
    assert!(stderr.contains("names no role, and 14 roles were seen"), "{stderr}");
    let (code, _, stderr) = reviewed("{}", &[]);
    assert_eq!(code, Some(2));
    assert!(stderr.contains("it holds no policy document"), "{stderr}");
}

/// `trust` of the demo: exit code, standard output, standard error.
fn proposed(more: &[&str]) -> (Option<i32>, String, String) {
    let demo = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/demo");
    let ended = Run::new(&[&["trust", demo], more].concat()).ended();
    (ended.code, ended.stdout, ended.stderr)
}

const EMITS: [&[&str]; 4] = [
    &["--emit", "json"],
    &["--emit", "hcl"],
    &["-o", "csv", "--columns", "role_arn,organizations,subjects,policy"],
    &["-o", "json", "--columns", "organizations,subjects,policy"],
];

/// The organization of the demo that got in and is nobody's.
const STRANGER: &str = "organization:quietfox-7:";

#[test]
fn who_is_not_expected_is_left_out_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("some.toml");
    std::fs::write(&config, "expected_organizations = ['northwind-labs', 'northwind-retail']\n").unwrap();
    let config = ["--config", config.to_str().unwrap()];
    let flags = ["--expected-organization", "northwind-labs,northwind-retail"];
    for emit in EMITS {
        for expected in [&config[..], &flags, &["--org", "northwind-*"]] {
            for role in [&[][..], &["--role", "tfc-sandbox"]] {
                let args = [emit, expected, role].concat();
                let (code, stdout, stderr) = proposed(&args);
                assert_eq!(code, Some(0), "{args:?}: {stderr}");
                assert!(
                    !stdout.contains(STRANGER) && stdout.contains("organization:northwind-labs:"),
                    "{args:?}: {stdout}"
                );
                let named = "organization quietfox-7, which nobody expects, was granted arn:aws:iam::444455556666:role/tfc-sandbox";
                assert!(stderr.contains(named), "{args:?}: {stderr}");
                let fatal = proposed(&[&args[..], &["--fail-on", "high"]].concat());
                assert_eq!((fatal.0, fatal.1), (Some(3), stdout), "{args:?}: {}", fatal.2);
            }
        }
        let args = [emit, &config, &["--admit-unexpected", "--fail-on", "info", "--role", "tfc-sandbox"]].concat();
        let (code, stdout, stderr) = proposed(&args);
        assert!(code == Some(0) && stdout.contains(STRANGER), "{args:?}: {stderr}");
        assert!(stderr.contains("it is covered, since --admit-unexpected was given"), "{stderr}");
    }
    // A pattern takes in nobody whom the names do not.
    let (_, stdout, _) = proposed(&[&config[..], &["--emit", "json", "--org", "*"]].concat());
    assert!(!stdout.contains(STRANGER), "{stdout}");
    let (code, stdout, stderr) = proposed(&["--emit", "json", "--role", "tfc-sandbox"]);
    assert!(code == Some(0) && stdout.contains(STRANGER), "{stderr}");
    let named = "no flag and no config file says which organizations are yours, so the policies admit every one that got in: northwind-labs, quietfox-7;";
    assert!(stderr.contains(named), "{stderr}");
}

#[test]
fn what_matches_nothing_is_a_mistake_and_no_empty_document() {
    for emit in EMITS {
        let check = |args: &[&str], parts: &[&str]| {
            let (code, stdout, stderr) = proposed(&[emit, args].concat());
            assert_eq!((code, stdout.as_str()), (Some(2), ""), "{args:?}: {stderr}");
            assert!(parts.iter().all(|part| stderr.contains(part)), "{args:?}: {stderr}");
        };
        let meant = "hint: did you mean northwind-labs?";
        check(
            &["--org", "northwind-lab"],
            &["error: --org: no organization that got a role matches 'northwind-lab'", meant],
        );
        check(
            &["--org", "x*"],
            &["--org: no organization that got a role matches the pattern", "those that were seen: "],
        );
        check(
            &["--role", "tfc-sandbix"],
            &["error: --role: no role that was granted matches 'tfc-sandbix'", "did you mean tfc-sandbox?"],
        );
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("role.json");
    std::fs::write(&file, r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:*"}}"#).unwrap();
    let (code, stdout, _) = proposed(&["--policy", file.to_str().unwrap(), "--org", "northwind-lab"]);
    assert_eq!((code, stdout.as_str()), (Some(2), ""));
}

#[test]
fn a_stranger_who_got_in_is_no_missing_subject() {
    let admits = |subjects: &str| {
        format!(
            r#"{{"Role":{{"Arn":"arn:aws:iam::444455556666:role/tfc-sandbox","AssumeRolePolicyDocument":{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"Federated":"arn:aws:iam::444455556666:oidc-provider/app.terraform.io"}},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{{"StringEquals":{{"app.terraform.io:aud":"aws.workload.identity"}},"StringLike":{{"app.terraform.io:sub":{subjects}}}}}}}}}}}}}"#
        )
    };
    let expected = ["--expected-organization", "northwind-labs"];
    let (code, rows, stderr) = reviewed(&admits(r#""organization:northwind-labs:*""#), &expected);
    assert!(code == Some(0) && !rows.contains("missing") && !rows.contains("quietfox-7"), "{rows}");
    assert!(stderr.contains("organization quietfox-7, which nobody expects"), "{stderr}");
    let (code, rows, _) =
        reviewed(&admits(r#""organization:*""#), &[&expected[..], &["--fail-on", "critical"]].concat());
    assert!(code == Some(3) && rows.starts_with("stranger,organization:quietfox-7:"), "{rows}");
    assert!(!rows.contains("missing"), "{rows}");
}
