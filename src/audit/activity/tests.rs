//! The sentences of DESIGN §9 about the join of calls and about chains, one by one.

use super::attribute::attribute;
use super::dedupe::deduplicate;
use super::link::Join;
use super::origin::RunOrigin;
use super::sample::{World, call};
use crate::domain::issuer::Issuers;
use crate::domain::session_call::SessionCall;

/// Holds the answer of each call against what is expected, whichever order the calls come in.
fn check(lines: &[&str], expected: &[(&str, &str)]) {
    let mut world = World::new(lines);
    let expected: Vec<(String, String)> = expected.iter().map(|(id, it)| ((*id).into(), (*it).into())).collect();
    assert_eq!(world.attributed(), expected, "{lines:#?}");
    world.calls.reverse();
    assert_eq!(world.attributed(), expected, "in reverse: {lines:#?}");
}

const PLAN: &str = "e1 t=0 key=K1 p=P run=run-1 phase=plan role=R";
const APPLY: &str = "e2 t=600 key=K2 p=P run=run-1 phase=apply role=R";

#[test]
fn key_and_principal_join() {
    check(
        &[
            PLAN,
            APPLY,
            "c1 t=700 key=K1 p=P created=0",
            "c2 t=700 key=K2 p=P created=600",
            "c3 t=700 key=K2 p=P",
            "c4 t=700 key=K2 p=Q",
            "c5 t=700 key=K2",
            "c6 t=9000 key=K1 p=P",
        ],
        &[
            ("c1", "key 0 R run-1 plan"),
            ("c2", "key 0 R run-1 apply"),
            ("c3", "key 0 R run-1 apply"),
            ("c4", "-"),
            ("c5", "-"),
            ("c6", "key 0 R run-1 plan"),
        ],
    );
}

#[test]
fn the_tolerance_is_two_seconds() {
    check(
        &[
            "e1 t=100 key=K1 p=P run=run-1 role=R end=200",
            "c1 t=150 key=K1 p=P created=98",
            "c2 t=150 key=K1 p=P created=102",
            "c3 t=150 key=K1 p=P created=97",
            "c4 t=150 key=K1 p=P created=103",
            "c5 t=150 p=P created=98",
            "c6 t=150 p=P created=103",
            "c7 t=98 p=P",
            "c8 t=97 p=P",
            "c9 t=202 p=P",
            "ca t=203 p=P",
        ],
        &[
            ("c1", "key 0 R run-1 plan"),
            ("c2", "key 0 R run-1 plan"),
            ("c3", "principal 0 R run-1 plan"),
            ("c4", "principal 0 R run-1 plan"),
            ("c5", "session 0 R run-1 plan"),
            ("c6", "principal 0 R run-1 plan"),
            ("c7", "principal 0 R run-1 plan"),
            ("c8", "-"),
            ("c9", "principal 0 R run-1 plan"),
            ("ca", "-"),
        ],
    );
}

#[test]
fn recycled_keys_join_by_what_else_is_known() {
    check(
        &[
            "e1 t=0 key=K p=P run=run-1 role=R end=3600",
            "e2 t=4200 key=K p=Q run=run-2 role=S end=7800",
            "e3 t=90000 key=K p=P run=run-1 phase=apply role=R end=93600",
            "c1 t=100 key=K p=P created=0",
            "c2 t=4300 key=K p=Q created=4200",
            "c3 t=90100 key=K p=P created=90000",
            // It had begun last, though the next one is nearer.
            "c4 t=46000 key=K p=P",
            "c5 t=89998 key=K p=P",
            "c6 t=89997 key=K p=P",
        ],
        &[
            ("c1", "key 0 R run-1 plan"),
            ("c2", "key 0 S run-2 plan"),
            ("c3", "key 0 R run-1 apply"),
            ("c4", "key 0 R run-1 plan"),
            ("c5", "key 0 R run-1 apply"),
            ("c6", "key 0 R run-1 plan"),
        ],
    );
}

#[test]
fn of_several_sessions_the_nearest_start_counts_and_ties_leave_cells_empty() {
    let same_second = "e3 t=0 key=K3 p=P run=run-1 phase=apply role=R";
    check(
        &[PLAN, same_second, "c1 t=9 p=P created=0", "c2 t=9 key=K3 p=P created=0", "c3 t=9 key=K9 p=P created=0"],
        &[("c1", "session 0 R run-1 -"), ("c2", "key 0 R run-1 apply"), ("c3", "session 0 R run-1 -")],
    );
    let next_second = "e3 t=2 key=K3 p=P run=run-1 phase=apply role=R";
    check(
        &[
            PLAN,
            next_second,
            "c1 t=9 p=P created=0",
            "c2 t=9 p=P created=1",
            "c3 t=9 p=P created=3",
            "c4 t=9 p=P created=4",
            "c5 t=9 p=P created=5",
        ],
        &[
            ("c1", "session 0 R run-1 plan"),
            ("c2", "session 0 R run-1 -"),
            ("c3", "session 0 R run-1 apply"),
            ("c4", "session 0 R run-1 apply"),
            ("c5", "principal 0 R run-1 -"),
        ],
    );
}

#[test]
fn principal_gives_the_phase_only_if_all_sessions_that_last_have_it() {
    check(
        &[
            "e1 t=0 key=K1 p=P run=run-1 phase=plan role=R end=1000",
            "e2 t=600 key=K2 p=P run=run-1 phase=apply role=R end=1600",
            "c1 t=300 p=P",
            "c2 t=800 p=P",
            "c3 t=1300 p=P",
            "c4 t=1300 p=P created=1200",
            "c5 t=1602 p=P",
            "c6 t=1603 p=P",
        ],
        &[
            ("c1", "principal 0 R run-1 plan"),
            ("c2", "principal 0 R run-1 -"),
            ("c3", "principal 0 R run-1 apply"),
            ("c4", "principal 0 R run-1 apply"),
            ("c5", "principal 0 R run-1 apply"),
            ("c6", "-"),
        ],
    );
}

#[test]
fn the_end_of_a_session_is_told_asked_for_or_an_hour_later() {
    for (told, last) in [("end=500", 500), ("duration=900", 900), ("", 3_600), ("end=500 duration=900", 500)] {
        let lines = [
            format!("e1 t=0 key=K p=P run=run-1 role=R {told}"),
            format!("c1 t={} p=P", last + 2),
            format!("c2 t={} p=P", last + 3),
        ];
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        check(&lines, &[("c1", "principal 0 R run-1 plan"), ("c2", "-")]);
    }
}

#[test]
fn a_denied_assumption_begins_no_session() {
    let denied = "e1 t=0 key=K1 p=P run=run-1 denied";
    check(&[denied, "c1 t=5 key=K1 p=P created=0"], &[("c1", "-")]);
    let no_principal = "e1 t=0 key=K1 run=run-1";
    check(&[no_principal, "c1 t=5 key=K1 p=P created=0", "c2 t=5 key=K1"], &[("c1", "-"), ("c2", "-")]);
}

#[test]
fn a_name_is_all_that_is_known_of_a_session_from_farther_back() {
    let name = "p=A:terraform-run-run-7 role=R";
    check(
        &[
            PLAN,
            &format!("c1 t=5 key=K7 {name} issuer=app.terraform.io"),
            &format!("c2 t=5 key=K7 {name} issuer=elsewhere.example"),
            &format!("c3 t=5 key=K7 {name}"),
            "c4 t=5 key=K7 p=A:somebody role=R issuer=app.terraform.io",
            &format!("c5 t=5 key=K7 {name} issuer=APP.terraform.io gives=K8 as=B:x to=S"),
            "c6 t=9 key=K8 p=B:x",
        ],
        &[
            ("c1", "name 0 R run-7 -"),
            ("c2", "-"),
            ("c3", "-"),
            ("c4", "-"),
            ("c5", "name 0 R run-7 -"),
            ("c6", "key 1 S run-7 - via R"),
        ],
    );
}

#[test]
fn a_renewal_that_is_not_there_joins_by_principal_while_a_session_lasts_and_then_by_name() {
    check(
        &[
            "e1 t=0 key=K1 p=A:terraform-run-run-1 run=run-1 role=R end=3600",
            "c1 t=3000 key=K2 p=A:terraform-run-run-1 created=2900 role=R issuer=app.terraform.io",
            "c2 t=4000 key=K2 p=A:terraform-run-run-1 created=2900 role=R issuer=app.terraform.io",
        ],
        &[("c1", "principal 0 R run-1 plan"), ("c2", "name 0 R run-1 -")],
    );
}

#[test]
fn chains_are_followed_to_any_depth_and_keep_their_roles() {
    check(
        &[
            PLAN,
            "c1 t=10 key=K1 p=P created=0 gives=KA as=A to=RA",
            "c2 t=20 key=KA p=A created=10 gives=KB as=B to=RB",
            "c3 t=30 key=KB p=B created=20 gives=KC as=A to=RA",
            "c4 t=40 key=KC p=A created=30",
            "c5 t=40 p=A created=30",
            "c6 t=40 key=KC p=A created=10",
            "c7 t=40 p=A",
        ],
        &[
            ("c1", "key 0 R run-1 plan"),
            ("c2", "key 1 RA run-1 plan via R"),
            ("c3", "key 2 RB run-1 plan via R RA"),
            ("c4", "key 3 RA run-1 plan via R RA RB"),
            ("c5", "session 3 RA run-1 plan via R RA RB"),
            ("c6", "session 1 RA run-1 plan via R"),
            ("c7", "principal 1 RA run-1 plan via R"),
        ],
    );
}

#[test]
fn only_a_call_that_succeeded_and_is_of_a_run_begins_a_session() {
    check(
        &[
            PLAN,
            "c1 t=10 key=K1 p=P created=0 error=AccessDenied gives=KA as=A to=RA",
            "c2 t=20 key=KA p=A created=10",
            "c3 t=10 key=K9 p=Z gives=KB as=B to=RB",
            "c4 t=20 key=KB p=B created=10",
        ],
        &[("c1", "key 0 R run-1 plan"), ("c2", "-"), ("c3", "-"), ("c4", "-")],
    );
}

#[test]
fn each_way_to_begin_a_session_is_followed() {
    check(
        &[
            "e1 t=0 key=K1 p=P run=run-1 role=arn:aws-cn:iam::111122223333:role/r",
            // GetSessionToken keeps the principal and the role of its caller.
            "c1 t=10 key=K1 p=P created=0 gives=KA",
            "c2 t=20 key=KA p=P created=10",
            // AssumeRoot: the account is the principal.
            "c3 t=100 key=K1 p=P created=0 gives=KB as=222233334444 to=arn:aws-cn:iam::222233334444:root end=1000",
            "c4 t=150 key=KB p=222233334444 created=100",
            "c5 t=1003 p=222233334444",
            // GetFederationToken.
            "c6 t=200 key=K1 p=P created=0 gives=KC as=111122223333:fed end=43400",
            "c7 t=43402 p=111122223333:fed",
            "c8 t=1002 p=222233334444",
        ],
        &[
            ("c1", "key 0 arn:aws-cn:iam::111122223333:role/r run-1 plan"),
            ("c2", "key 1 arn:aws-cn:iam::111122223333:role/r run-1 plan via arn:aws-cn:iam::111122223333:role/r"),
            ("c3", "key 0 arn:aws-cn:iam::111122223333:role/r run-1 plan"),
            ("c4", "key 1 arn:aws-cn:iam::222233334444:root run-1 plan via arn:aws-cn:iam::111122223333:role/r"),
            ("c5", "-"),
            ("c6", "key 0 arn:aws-cn:iam::111122223333:role/r run-1 plan"),
            (
                "c7",
                "principal 1 arn:aws-cn:iam::111122223333:role/r run-1 plan via arn:aws-cn:iam::111122223333:role/r",
            ),
            ("c8", "principal 1 arn:aws-cn:iam::222233334444:root run-1 plan via arn:aws-cn:iam::111122223333:role/r"),
        ],
    );
}

#[test]
fn the_copy_of_the_target_account_alone_joins_by_principal() {
    check(
        &[
            PLAN,
            "c1 t=10 p=P kind=AWSAccount of=111122223333 account=222233334444 gives=KA as=A to=RA",
            "c2 t=20 key=KA p=A created=10",
        ],
        &[("c1", "principal 0 R run-1 plan"), ("c2", "key 1 RA run-1 plan via R")],
    );
}

#[test]
fn of_two_runs_with_one_principal_only_what_both_have_is_said() {
    let other = "e2 t=0 key=K2 p=Q run=run-2 phase=plan role=S";
    let starts =
        ["c1 t=10 key=K1 p=P created=0 gives=KA as=A to=RA", "c2 t=30 key=K2 p=Q created=0 gives=KB as=A to=RA"];
    check(
        &[
            PLAN,
            other,
            starts[0],
            starts[1],
            "c3 t=20 p=A",
            "c4 t=50 p=A",
            "c5 t=50 p=A created=30",
            "c6 t=50 p=A gives=KC as=C to=RC",
            "c7 t=60 key=KC p=C",
        ],
        &[
            ("c1", "key 0 R run-1 plan"),
            ("c2", "key 0 S run-2 plan"),
            ("c3", "principal 1 RA run-1 plan via R"),
            ("c4", "principal 1 RA - plan via S"),
            ("c5", "session 1 RA run-2 plan via S"),
            ("c6", "principal 1 RA - plan via S"),
            ("c7", "key 2 RC - plan via S RA"),
        ],
    );
}

#[test]
fn a_circle_ends_with_the_smallest_number_of_hops() {
    // The role assumes itself under one session name, three times in the second in which the run began.
    check(
        &[
            PLAN,
            "c1 t=0 key=K1 p=P created=0 gives=KA as=P to=R",
            "c2 t=0 key=KA p=P created=0 gives=KB as=P to=R",
            "c3 t=0 key=KB p=P created=0 gives=K1 as=P to=R",
            "c4 t=1 key=KB p=P created=0",
        ],
        &[
            ("c1", "key 0 R run-1 plan"),
            ("c2", "key 1 R run-1 plan via R"),
            ("c3", "key 2 R run-1 plan via R R"),
            ("c4", "key 2 R run-1 plan via R R"),
        ],
    );
    // The role assumes itself, and gets the key that it has.
    check(
        &[
            "e9 t=0 key=K1 p=P run=run-1 phase=plan role=R",
            "c1 t=0 key=K1 p=P created=0 gives=K1 as=P to=R",
            "c2 t=1 key=K1 gives=K1 p=P created=0 to=R",
            "c3 t=1 key=K1 p=P created=0",
            "c4 t=1 p=P created=0",
        ],
        &[
            ("c1", "key 0 R run-1 plan"),
            ("c2", "key 0 R run-1 plan"),
            ("c3", "key 0 R run-1 plan"),
            ("c4", "session 0 R run-1 plan"),
        ],
    );
    // Two calls that each give out the other's key; a third way leads into the circle.
    check(
        &[
            "e1 t=0 key=K1 p=P run=run-1 role=R",
            "c1 t=10 key=KB p=P gives=KA as=B to=RB",
            "c2 t=20 key=KA p=B gives=KB as=P to=RP",
        ],
        &[("c1", "principal 0 R run-1 plan"), ("c2", "key 1 RB run-1 plan via R")],
    );
    // Nothing but the circle, and the session that a call begins itself, leads nowhere.
    check(&["c1 t=10 key=KB p=A gives=KA as=B", "c2 t=10 key=KA p=B gives=KB as=A"], &[("c1", "-"), ("c2", "-")]);
    check(&["c1 t=10 key=KA p=A gives=KA as=A", "c2 t=11 key=KA p=A"], &[("c1", "-"), ("c2", "-")]);
}

#[test]
fn a_call_is_linked_to_the_session_that_made_it_however_it_was_reached_first() {
    check(
        &[
            "e1 t=0 key=K1 p=A:terraform-run-run-1 run=run-1 role=R end=3600",
            "c1 t=10 key=K1 p=A:terraform-run-run-1 created=0 gives=KA as=A:terraform-run-run-1 to=R",
            // While the first session lasts it would join by principal, and by name after that.
            "c2 t=20 key=KA p=A:terraform-run-run-1 created=10 gives=KB as=B to=S",
            "c3 t=30 key=KB p=B",
        ],
        &[("c1", "key 0 R run-1 plan"), ("c2", "key 1 R run-1 plan via R"), ("c3", "key 2 S run-1 plan via R R")],
    );
}

#[test]
fn many_sessions_of_one_principal_take_no_square_of_time() {
    let count = 6_000;
    let mut lines = vec![format!("{PLAN} end=50000")];
    lines.extend((0..count).map(|at| format!("c{at:05} t={at} p=P gives=KA as=P to=R end=50000")));
    let shown = World::new(&lines).attributed();
    assert_eq!(shown.len(), count);
    assert!(shown.iter().all(|(_, shown)| shown == "principal 0 R run-1 plan"), "{:?}", shown.first());
}

#[test]
fn no_chain_is_too_long() {
    let depth = 8_000;
    let key = |at: usize| if at == 0 { "K1 p=P".to_owned() } else { format!("K{at}x p=P{at}") };
    let begin = |at: usize| format!("c{at} t={at} key={} gives=K{next}x as=P{next} to=R", key(at), next = at + 1);
    let mut lines: Vec<String> = (0..depth).map(begin).collect();
    lines.push(PLAN.to_owned());
    let world = World::new(&lines);
    let events: Vec<_> = world.events.iter().collect();
    let found = attribute(&events, &world.principals, &Issuers::default(), &world.calls);
    for (at, found) in found.iter().enumerate() {
        let found = found.as_ref().unwrap();
        assert_eq!((found.join, found.hops, found.via.len()), (Join::Key, u32::try_from(at).unwrap(), at));
        assert_eq!(*found.origin, RunOrigin::Assumptions([0].into()));
    }
}

/// The ids of the calls that stand with the resources of each, and what was removed.
fn deduplicated(lines: &[&str]) -> String {
    let shown = |calls: Vec<SessionCall>| {
        let result = deduplicate(calls);
        let removed = result.all_removed();
        let calls = result.calls.iter().map(|call| {
            let id = call.event_id.as_deref().unwrap_or("-");
            format!("{id} {} {}", call.log_file, call.resources.join("+"))
        });
        let calls: Vec<String> = calls.map(|call| call.trim_end().to_owned()).collect();
        format!("{}; {} {} {}", calls.join(", "), removed.duplicate, removed.conflicts, removed.shared_copies)
    };
    let calls: Vec<SessionCall> = lines.iter().map(|line| call(line)).collect();
    let found = shown(calls.clone());
    assert_eq!(shown(calls.into_iter().rev().collect()), found, "in reverse: {lines:?}");
    found
}

#[test]
fn one_call_stands_once() {
    for (lines, expected) in [
        (&["c2 t=1", "c1 t=1", "c0 t=2"][..], "c1 f, c2 f, c0 f; 0 0 0"),
        (&["c1 t=0 file=b", "c1 t=0 file=a", "c1 t=0 file=c"], "c1 a; 2 0 0"),
        (&["c1 t=0 file=b", "c1 t=0 file=a content=x", "c1 t=0 file=c content=x"], "c1 a; 1 1 0"),
        (&["c1 t=5 content=b", "c1 t=6 content=a"], "c1 f; 0 1 0"),
        (
            &["c1 t=0 anonymous content=a", "c2 t=0 anonymous content=a", "c3 t=0 anonymous content=b"],
            "- f, - f; 1 0 0",
        ),
    ] {
        assert_eq!(deduplicated(lines), expected, "{lines:?}");
    }
}

#[test]
fn of_the_copies_of_other_accounts_one_stands_with_the_resources_of_all() {
    for (lines, expected) in [
        (
            &["c1 t=0 shared=s account=2 of=1 kind=AWSAccount", "c2 t=0 shared=s account=1 of=1 kind=AssumedRole"][..],
            "c2 f; 0 0 1",
        ),
        (
            &["c1 t=0 shared=s account=2 of=1 kind=AWSAccount", "c2 t=0 shared=s account=3 of=1 kind=AssumedRole"],
            "c2 f; 0 0 1",
        ),
        (
            &["c2 t=0 shared=s account=2 of=1 kind=AWSAccount", "c1 t=0 shared=s account=3 of=1 kind=AWSAccount"],
            "c1 f; 0 0 1",
        ),
        (
            &["c2 t=0 shared=s account=1 of=1", "c1 t=0 shared=s account=1 of=1", "c0 t=0 shared=s account=2 of=1"],
            "c1 f; 0 0 2",
        ),
        // No account is none of the caller's.
        (&["c2 t=0 shared=s kind=AssumedRole", "c1 t=0 shared=s account=1 kind=AWSAccount"], "c2 f; 0 0 1"),
        (&["c1 t=0 shared=s arns=b,a", "c2 t=0 shared=s arns=c,a"], "c1 f a+b+c; 0 0 1"),
        // Copies of one event are removed first: no copy is counted twice, and none that was removed lends its resources.
        (
            &["c1 t=0 shared=s file=a arns=a", "c1 t=0 shared=s file=b content=x arns=x", "c2 t=0 shared=s arns=b"],
            "c1 a a+b; 0 1 1",
        ),
        (&["c1 t=0 shared=s", "c2 t=0 shared=t", "c3 t=0"], "c1 f, c2 f, c3 f; 0 0 0"),
    ] {
        assert_eq!(deduplicated(lines), expected, "{lines:?}");
    }
}
