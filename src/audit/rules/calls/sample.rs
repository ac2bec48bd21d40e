//! Cases for rules over calls, as short texts.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::audit::activity::attribute::Attribution;
use crate::audit::activity::link::Join;
use crate::audit::activity::origin::RunOrigin;
use crate::audit::activity::run_call::RunCall;
use crate::audit::activity::run_call_group::group;
use crate::audit::activity::run_cells::RunCells;
use crate::audit::activity::runs_activity::RunsActivity;
use crate::audit::activity::via::Via;
use crate::audit::baseline::encoded::EncodedEvents;
use crate::audit::rules::asked::Asked;
use crate::audit::rules::detect;
use crate::audit::rules::rule::{Rule, RuleContext};
use crate::audit::rules::sample::{RuleCase, seconds, show};
use crate::audit::runs::assign::assign;
use crate::domain::assumption::Assumption;
use crate::domain::finding::Finding;
use crate::domain::resource_write::ResourceWrite;
use crate::domain::role::run_id_of_session;
use crate::domain::session_call::{Operation, SessionCall, SessionCaller};
use crate::domain::source_address::SourceAddress;
use crate::domain::timestamp::Timestamp;

/// `expected` are the findings of a rule, joined with ` | `: severity, the names that are there, and the count. Without
/// `events` there is one plan of run-1.
pub(super) fn check(rule: &'static Rule, case: &RuleCase, events: &str, calls: &str, expected: &str) {
    let found = findings(&[rule], case, events, calls);
    let shown: Vec<String> = found.iter().map(show).collect();
    assert_eq!(shown.join(" | "), expected, "{} of {events} and {calls}: {found:#?}", rule.id);
    for finding in found {
        assert!(finding.severity <= rule.severity, "{} is more severe than its rule says", rule.id);
        assert!(!finding.evidence.events.is_empty() && finding.count > 0);
    }
}

/// The evidence of the one finding, as `name=value`.
pub(super) fn evidence(rule: &'static Rule, case: &RuleCase, events: &str, calls: &str) -> Vec<String> {
    let found = findings(&[rule], case, events, calls);
    let [finding] = found.as_slice() else { panic!("{found:#?}") };
    finding.evidence.values.iter().map(|(name, value)| format!("{name}={value}")).collect()
}

/// The findings of rules over events and calls, whichever order the calls come in.
pub(super) fn findings(rules: &[&'static Rule], case: &RuleCase, events: &str, calls: &str) -> Vec<Finding> {
    let events = case.events(if events.is_empty() { "at=0s" } else { events });
    let events: Vec<&Assumption> = events.iter().collect();
    let mut calls = run_calls(&events, calls);
    let found = of(rules, case, &events, &calls);
    calls.reverse();
    assert_eq!(of(rules, case, &events, &calls), found, "in reverse");
    found
}

/// The same as [`check`], with writes of others: `at= by= arn=`.
pub(super) fn check_outside(rule: &'static Rule, case: &RuleCase, calls: &str, writes: &str, expected: &str) {
    let found = outside(rule, case, calls, writes);
    let shown: Vec<String> = found.iter().map(show).collect();
    assert_eq!(shown.join(" | "), expected, "{calls} and {writes}: {found:#?}");
}

/// The same as [`evidence`].
pub(super) fn evidence_outside(rule: &'static Rule, case: &RuleCase, calls: &str, writes: &str) -> Vec<String> {
    let found = outside(rule, case, calls, writes);
    let [finding] = found.as_slice() else { panic!("{found:#?}") };
    finding.evidence.values.iter().map(|(name, value)| format!("{name}={value}")).collect()
}

fn outside(rule: &'static Rule, case: &RuleCase, calls: &str, writes: &str) -> Vec<Finding> {
    let events = case.events("at=0s");
    let events: Vec<&Assumption> = events.iter().collect();
    let writes: Vec<ResourceWrite> = writes.split(" | ").enumerate().map(|(at, line)| write(line, at)).collect();
    let activity = RunsActivity::new(group(&run_calls(&events, calls)), &events, 3_600, []).with_outside(&writes);
    let context = RuleContext {
        settings: case.settings(),
        known: None,
        activity: Some(&activity),
        verified: None,
        asked: Asked::ALL,
    };
    detect(&[rule], &EncodedEvents::new(events.clone(), 3_600), context)
}

fn write(line: &str, number: usize) -> ResourceWrite {
    ResourceWrite {
        time: Timestamp::from_seconds(1_790_000_000 + seconds(&word(line, "at").unwrap())).unwrap(),
        event_id: format!("write-{number:04}").into(),
        shared_event_id: None,
        account_id: Some("111122223333".into()),
        service: Some("s3".into()),
        event_name: Some("PutBucketTagging".into()),
        kind: Some("IAMUser".into()),
        principal: word(line, "by").map(Arc::from),
        resources: word(line, "arn").map(Arc::from).into_iter().collect(),
        is_write: word(line, "arn").is_some(),
        created_key: word(line, "key").map(Arc::from),
        log_file: "writes.json.gz".into(),
    }
}

fn of(rules: &[&'static Rule], case: &RuleCase, events: &[&Assumption], calls: &[RunCall]) -> Vec<Finding> {
    let settings = case.settings();
    let activity = RunsActivity::new(group(calls), events, 3_600, settings.accounts.iter().cloned());
    let encoded = EncodedEvents::new(events.to_vec(), 3_600);
    detect(
        rules,
        &encoded,
        RuleContext { settings, known: None, activity: Some(&activity), verified: None, asked: Asked::ALL },
    )
}

fn run_calls(events: &[&Assumption], text: &str) -> Vec<RunCall> {
    let assigned = events.iter().zip(assign(events, 3_600));
    let mut numbers: BTreeMap<Option<Arc<str>>, usize> =
        assigned.map(|(event, number)| (event.run_id.as_deref().map(Arc::from), number)).collect();
    let lines = text.split(" | ").enumerate();
    let calls = lines.map(|(at, line)| {
        let (run, call) = (cells(line), call(line, at));
        let next = 1_000 + numbers.len();
        let number = *numbers.entry(run.run_id.clone()).or_insert(next);
        let attribution = Attribution {
            origin: Arc::new(RunOrigin::Name("run-1".into())),
            join: Join::Key,
            hops: word(line, "hops").map_or(0, |hops| hops.parse().unwrap()),
            role_arn: Some("arn:aws:iam::111122223333:role/deploy".into()),
            via: Via::default(),
        };
        RunCall { call, attribution, run: Arc::new(run), number }
    });
    calls.collect()
}

/// The value of `name=value`; `_` in it is a space.
fn word(line: &str, name: &str) -> Option<String> {
    let found = line.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    found.map(|value| value.replace('_', " "))
}

fn cells(line: &str) -> RunCells {
    let cell = |name: &str, default: &str| {
        let text = word(line, name).unwrap_or_else(|| default.to_owned());
        (!text.is_empty()).then(|| Arc::from(text))
    };
    let session = word(line, "session").unwrap_or_else(|| "terraform-run-run-1".to_owned());
    let run_id = word(line, "run").or_else(|| run_id_of_session(&session));
    RunCells {
        organization: cell("org", "acme"),
        project: cell("project", "p"),
        workspace: cell("workspace", "w"),
        phase: cell("phase", "plan"),
        run_id: run_id.map(Arc::from),
        issuer: cell("issuer", "app.terraform.io"),
        ..RunCells::default()
    }
}

fn call(line: &str, number: usize) -> SessionCall {
    let some = |name: &str| word(line, name).filter(|text| !text.is_empty()).map(Arc::from);
    let has = |flag: &str| line.split_whitespace().any(|word| word == flag);
    let named = word(line, "call").unwrap();
    let (service, event) = named.split_once(':').unwrap();
    let operation = Operation {
        account_id: some("account").or_else(|| Some("111122223333".into())),
        region: Some("eu-west-1".into()),
        service: Some(service.into()),
        event_name: Some(event.into()),
        read_only: [("read", true), ("write", false)].iter().find(|(flag, _)| has(flag)).map(|(_, it)| *it),
        error_code: some("error"),
    };
    let agent = "APN/1.0 Terraform/1.9.5 terraform-provider-aws/5.70.0".to_owned();
    let caller = SessionCaller {
        kind: Some("AssumedRole".into()),
        account_id: None,
        principal_id: Some("AROAEXAMPLE:terraform-run-run-1".into()),
        access_key_id: Some("ASIAEXAMPLE".into()),
        session_created: None,
        role_arn: None,
        issuer: None,
        source_address: Some(SourceAddress::new(&word(line, "ip").unwrap_or_else(|| "192.0.2.7".to_owned()))),
        user_agent: Some(word(line, "agent").unwrap_or(agent)).filter(|agent| !agent.is_empty()).map(Arc::from),
        invoked_by: some("by"),
    };
    let at = word(line, "at").map_or_else(|| i64::try_from(number).unwrap(), |text| seconds(&text));
    // Parameters are JSON, in which nothing stands for a space.
    let parameters = line.split_whitespace().find_map(|word| word.strip_prefix("params="));
    SessionCall {
        time: Timestamp::from_seconds(1_790_000_000 + at).unwrap(),
        event_id: Some(format!("call-{number:04}").into()),
        shared_event_id: None,
        content: [0; 32],
        operation: Arc::new(operation),
        caller: Arc::new(caller),
        resources: word(line, "arns").map(|arns| arns.split(',').map(Arc::from).collect()).unwrap_or_default(),
        issued: None,
        created_key: word(line, "key").map(Into::into),
        parameters: parameters.map(Into::into),
        error_message: word(line, "message").map(Into::into),
        log_file: format!("calls-{number:04}.json.gz").into(),
    }
}
