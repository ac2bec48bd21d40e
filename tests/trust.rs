//! The policies that are printed admit the subjects that they are made for, and no other, whatever the names.

#![expect(clippy::unwrap_used, reason = "a test without its policy has failed")]

#[path = "support/cases.rs"]
mod cases;

use std::collections::BTreeSet;

use cases::config;
use proptest::prelude::*;
use tfctrail::audit::trust::evaluate::{Answer, Token};
use tfctrail::audit::trust::pattern::{exactly, exactly_in_like};
use tfctrail::audit::trust::policy::Policy;
use tfctrail::audit::trust::propose::Trust;
use tfctrail::audit::trust::review::{Grant, Verdict, review};
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
    let trust = Trust {
        provider_arn: format!("arn:aws:iam::111122223333:oidc-provider/{ISSUER}"),
        issuer: ISSUER.into(),
        audiences: BTreeSet::from([exactly(AUDIENCE)]),
        subjects,
        like,
    };
    Policy::parse(&document(&[trust]).to_string()).unwrap()
}

fn answer(policy: &Policy, subject: &str) -> Answer {
    let answer = policy.answer(Token { issuer: ISSUER, subject, audience: AUDIENCE });
    assert_eq!(policy.answer(Token { issuer: ISSUER, subject, audience: "other" }), Answer::No);
    assert_eq!(policy.answer(Token { issuer: "app.eu.terraform.io", subject, audience: AUDIENCE }), Answer::No);
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
            let expected = if mine.contains(subject) { Answer::Yes } else { Answer::No };
            prop_assert_eq!(answer(&exact, subject), expected, "{}", subject);
            prop_assert_eq!(answer(&like, subject), expected, "{}", subject);
        }
    }

    #[test]
    fn the_review_of_a_proposal_has_nothing_to_say(mine in subjects()) {
        let mine: BTreeSet<String> = mine.into_iter().collect();
        let exact = policy(mine.iter().map(|subject| exactly(subject)).collect(), false);
        let grant = |subject: &String| {
            Grant { subject: subject.clone(), issuer: ISSUER.to_owned(), audience: AUDIENCE.to_owned() }
        };
        let remarks = review(&exact, &mine.iter().map(grant).collect(), &BTreeSet::from([ISSUER.to_owned()]));
        prop_assert_eq!(remarks.len(), 1, "{:?}", remarks);
        prop_assert_eq!(remarks[0].verdict, Verdict::Tight, "{:?}", remarks);
    }
}
