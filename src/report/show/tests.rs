//! A small run: a plan that was let in, an apply that was not, and what was done with two roles.

use std::sync::Arc;

use super::setting::PageSetting;
use super::{json, page};
use crate::audit::activity::attribute::Attribution;
use crate::audit::activity::link::Join;
use crate::audit::activity::origin::RunOrigin;
use crate::audit::activity::run_call::RunCall;
use crate::audit::activity::run_cells::RunCells;
use crate::audit::activity::shown_run::{ShownRun, find, timeline};
use crate::audit::coverage::Coverage;
use crate::domain::assumption::Assumption;
use crate::domain::session_call::{IssuedSession, Operation, SessionCall, SessionCaller};
use crate::domain::source_address::SourceAddress;
use crate::domain::window::Window;
use crate::report::account_names::AccountNames;
use crate::report::row::timeline::schema;
use crate::report::sample;
use crate::report::zone::Zone;

const RUN: &str = "run-LMCK4SSiBfR6Y6rb";
const WEB: &str = "arn:aws:iam::111122223333:role/tfc/web";
const DNS: &str = "arn:aws:iam::222233334444:role/dns";

/// `time id service event read_only code address role [via…]`.
fn call(line: &str) -> RunCall {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [time, id, service, event, read_only, code, address, role, via @ ..] = words.as_slice() else {
        panic!("{line}")
    };
    let operation = Operation {
        account_id: Some(role.split(':').nth(4).unwrap().into()),
        region: Some("eu-west-1".into()),
        service: Some((*service).into()),
        event_name: Some((*event).into()),
        read_only: read_only.parse().ok(),
        error_code: Some((*code).into()).filter(|_| *code != "ok"),
    };
    let caller = SessionCaller {
        kind: None,
        account_id: None,
        principal_id: None,
        access_key_id: Some(format!("ASIA{}", via.len()).into()),
        session_created: None,
        role_arn: None,
        issuer: None,
        source_address: Some(SourceAddress::new(address)),
        user_agent: None,
        invoked_by: None,
    };
    RunCall {
        call: SessionCall {
            time: sample::at(time),
            event_id: Some((*id).into()),
            shared_event_id: None,
            content: [0; 32],
            operation: Arc::new(operation),
            caller: Arc::new(caller),
            resources: [].into(),
            issued: None,
            created_key: None,
            parameters: None,
            error_message: None,
            log_file: "a/c.json.gz".into(),
        },
        attribution: Attribution {
            origin: Arc::new(RunOrigin::Name(RUN.into())),
            join: if via.is_empty() { Join::Key } else { Join::Name },
            hops: u32::try_from(via.len()).unwrap(),
            role_arn: Some((*role).into()),
            via: via.iter().map(|role| Arc::from(*role)).collect(),
        },
        run: Arc::new(RunCells { run_id: Some(RUN.into()), ..RunCells::default() }),
        number: 0,
    }
}

fn calls() -> Vec<RunCall> {
    let mut calls: Vec<RunCall> = [
        format!("10:00:01 c-1 sts GetCallerIdentity true ok 192.0.2.7 {WEB}"),
        format!("10:00:02 c-2 s3 CreateBucket false ok 192.0.2.7 {WEB}"),
        format!("10:00:03 c-3 s3 CreateBucket false ok 192.0.2.7 {WEB}"),
        format!("10:00:04 c-4 iam GetRole true AccessDenied 192.0.2.7 {WEB}"),
        format!("10:00:05 c-5 s3 GetBucketPolicy true NoSuchBucketPolicy 192.0.2.7 {WEB}"),
        format!("10:00:06 c-6 route53 ChangeResourceRecordSets false ok 203.0.113.9 {DNS} {WEB}"),
        format!("10:00:07 c-7 ec2 TerminateInstances false ok 203.0.113.9 {DNS} {WEB}"),
        format!("10:00:08 c-8 ec2 DescribeVpcs true ok 192.0.2.7 {WEB}"),
        format!("10:00:09 c-9 ec2 Ancient - ok 192.0.2.7 {WEB}"),
        format!("10:00:10 d-1 sts AssumeRole true ok 192.0.2.7 {WEB}"),
    ]
    .iter()
    .map(|line| call(line))
    .collect();
    calls[1].call.resources = ["arn:aws:s3:::logs".into()].into();
    calls[2].call.parameters = Some(r#"{"bucketName":"state\u001b[2J","acl":"private"}"#.into());
    calls[3].call.error_message = Some(
        "User: arn:aws:sts::111122223333:assumed-role/web/terraform-run-run-LMCK4SSiBfR6Y6rb is not authorized to perform: \
         iam:GetRole on resource: role deploy because no identity-based policy allows the iam:GetRole action"
            .into(),
    );
    calls[6].call.parameters = Some(r#"{"instancesSet":{"items":[{"instanceId":"i-1"},{"instanceId":"i-2"}]}}"#.into());
    calls[9].call.issued = Some(Box::new(IssuedSession {
        access_key_id: "ASIA1".into(),
        principal_id: Some("AROA1:x".into()),
        role_arn: Some(DNS.into()),
        end: sample::at("11:00:00"),
    }));
    calls
}

fn with<T>(what: &str, look: impl FnOnce(&[ShownRun<'_>]) -> T) -> T {
    let (events, calls) = (sample::events(), calls());
    let events: Vec<&Assumption> = events.iter().collect();
    look(&find(what, &events, &calls, 3_600, Window::default()).runs)
}

fn page_of(what: &str, width: usize) -> String {
    let names = AccountNames::new([("222233334444".into(), "network".into())]);
    with(what, |runs| page::text(runs, &PageSetting { names: &names, zone: &Zone::UTC, width }))
}

#[test]
fn a_page_tells_a_run() {
    let page = page_of(RUN, 80);
    insta::assert_snapshot!(page);
    for width in [80, 100, 140] {
        let page = page_of(RUN, width);
        assert!(page.lines().all(|line| line.chars().count() <= width && line == line.trim_end()), "{page}");
        assert!(!page.contains('\u{1b}'));
    }
}

#[test]
fn a_run_is_found_by_each_of_its_ids() {
    let whole = page_of(RUN, 80);
    for what in ["e-1", "e-2", "c-1", "c-9", "ASIA1"] {
        assert_eq!(page_of(what, 80), whole, "{what}");
    }
    // The sample gives out one key three times.
    assert_eq!(with("ASIAEXAMPLE", |runs| runs.len()), 3);
    assert_eq!(with("e-3", |runs| runs.len()), 1);
    for what in ["", "run-", "e-", "asia1"] {
        assert_eq!(with(what, |runs| runs.len()), 0, "{what}");
    }
}

#[test]
fn the_hostile_run_is_shown_harmlessly() {
    let page = page_of("e-4", 80);
    assert!(!page.contains('\u{1b}') && !page.contains('\u{202e}'), "{page}");
    assert!(page.contains("calls      none in what was read"), "{page}");
}

#[test]
fn a_run_of_calls_alone_is_shown() {
    let calls = calls();
    let found = find(RUN, &[], &calls, 3_600, Window::default());
    assert_eq!((found.searched, found.runs.len()), (1, 1));
    assert_eq!((found.runs[0].run.run_id, found.runs[0].run.assumptions), (Some(RUN), 0));
    let setting = PageSetting { names: &AccountNames::default(), zone: &Zone::UTC, width: 80 };
    let page = page::text(&found.runs, &setting);
    assert!(page.contains("No role assumption of the run was read"), "{page}");
}

#[test]
fn a_run_outside_of_the_window_is_not_found() {
    let events = sample::events();
    let events: Vec<&Assumption> = events.iter().collect();
    let window = Window { from: Some(sample::at("10:30:00")), to: None };
    assert!(find(RUN, &events, &[], 3_600, window).runs.is_empty());
    let later = calls();
    let found = find(RUN, &events, &later[..1], 3_600, window);
    assert_eq!((found.runs.len(), found.runs[0].assumptions.len()), (1, 2));
}

#[test]
fn json_has_the_run_and_its_rows() {
    let text = with(RUN, |runs| json::text(runs, &Coverage::default()).unwrap());
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let run = &value["runs"][0];
    let count = |name: &str| run[name].as_array().unwrap().len();
    assert_eq!((count("assumptions"), count("calls"), count("findings")), (2, 10, 0));
    assert_eq!(run["run"]["run_id"], RUN);
    assert_eq!(run["calls"][5]["via"], serde_json::json!([WEB]));
    assert_eq!(run["assumptions"][1]["error_code"], "AccessDenied");
}

#[test]
fn the_time_line_is_in_the_order_of_events() {
    let ids: Vec<String> = with(RUN, |runs| {
        let column = schema().select("event_id").unwrap()[0];
        timeline(runs).iter().map(|row| column.cell(row).to_text().into_owned()).collect()
    });
    assert_eq!(ids.join(" "), "e-1 c-1 c-2 c-3 c-4 c-5 c-6 c-7 c-8 c-9 d-1 e-2");
}
