//! Runs that renew their sessions, and events that are corrected: a store says of them what a scan says, in whatever order
//! the log files came, and after some of them were read anew or removed.

#![expect(clippy::unwrap_used, reason = "a test that cannot prepare has failed")]

use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::Config;
use tfctrail::audit::filter::Filter;
use tfctrail::audit::filter::select::{Selected, select};
use tfctrail::audit::runs::assign::assign;
use tfctrail::audit::runs::dedupe::deduplicate;
use tfctrail::audit::runs::fold::fold;
use tfctrail::decode::{DecodeLimits, Decoder};
use tfctrail::domain::assumption::Assumption;
use tfctrail::domain::issuer::Issuers;
use tfctrail::domain::log_key::LogKey;
use tfctrail::source::SourceKind;
use tfctrail::source::known::ObjectVersion;
use tfctrail::store::Store;
use tfctrail::store::read::StoreQuestion;
use tfctrail::store::write::{StoreWriter, StoredFate, StoredSource};

const HOUR: i64 = 3_600;

/// An event: `id`, the second, `plan` or `apply` of a Stack or a workspace, then words: `role=`, `for=` the session's
/// seconds, `until=` the second of its expiration, `run=` its run id, `denied`, `of=` the event that it corrects, `only=` the
/// fields that it gives.
fn record(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let word = |name: &str| words.iter().find_map(|word| word.strip_prefix(name));
    let time = |second: i64| {
        let time = tfctrail::domain::timestamp::Timestamp::from_seconds(1_790_000_000 + second).unwrap();
        time.to_string()
    };
    let second: i64 = words[1].parse().unwrap();
    let subject = match words[2].split_once('/') {
        Some((workspace, phase)) => format!("organization:heron:workspace:{workspace}:run_phase:{phase}"),
        None => format!("organization:heron:project:lake:stack:reed:deployment:north:operation:{}", words[2]),
    };
    let role = format!("arn:aws:iam::454545454545:role/{}", word("role=").unwrap_or("reed"));
    let session = word("run=").map_or_else(|| "1790000000".to_owned(), |run| format!("terraform-run-run-{run}"));
    let mut event = serde_json::json!({
        "eventVersion": "1.11", "eventName": "AssumeRoleWithWebIdentity", "eventID": words[0], "eventTime": time(second),
        "awsRegion": format!("region-{}", words[0]), "userAgent": format!("Terraform/1.{}", words[0]),
        "recipientAccountId": "454545454545",
        "requestParameters": {"roleArn": role, "roleSessionName": session},
        "responseElements": {"credentials": {"accessKeyId": format!("ASIA{}", words[0])}},
    });
    if let Some(seconds) = word("for=") {
        event["requestParameters"]["durationSeconds"] = seconds.parse::<u32>().unwrap().into();
    }
    if let Some(until) = word("until=") {
        event["responseElements"]["credentials"]["expiration"] = time(until.parse().unwrap()).into();
    }
    if words.contains(&"denied") {
        event["errorCode"] = "AccessDenied".into();
        event["responseElements"] = serde_json::Value::Null;
    }
    if let Some(original) = word("of=") {
        event["addendum"] = serde_json::json!({"reason": "UPDATED_DATA", "originalEventID": original});
    }
    if let Some(fields) = word("only=") {
        event["addendum"]["updatedFields"] = fields.into();
        event["requestParameters"] = serde_json::Value::Null;
    } else {
        event["userIdentity"] = serde_json::json!({
            "userName": subject, "identityProvider": "arn:aws:iam::454545454545:oidc-provider/app.terraform.io",
        });
    }
    serde_json::json!({"Records": [event]}).to_string()
}

fn decoded(name: &str, text: &str) -> tfctrail::decode::Decoded {
    Decoder::new(Issuers::default(), DecodeLimits::default()).bytes(&name.into(), text.as_bytes())
}

fn take(writer: &mut StoreWriter, name: &str, text: &str) {
    let version = ObjectVersion { name: name.into(), size: 1, tag: "1".into() };
    writer.take(0, &version, &LogKey::parse(name), &StoredFate::Decoded(&decoded(name, text))).unwrap();
}

fn write(folder: &Path) -> StoreWriter {
    let source =
        StoredSource { identity: "/logs".into(), part: String::new(), label: "logs".into(), kind: SourceKind::Local };
    Store::create(&folder.join("store.db")).unwrap().writer(&[source], &Issuers::default()).unwrap()
}

/// What both views say, as text.
fn views(store: &Store) -> (Vec<String>, Vec<String>) {
    let rows = |sql: &str| -> Vec<String> {
        let mut statement = store.connection().prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    (
        rows(
            "SELECT event_id || ' ' || time || ' ' || region || ' ' || user_agent || ' ' || ifnull(role_arn, '-') FROM events",
        ),
        rows(
            "SELECT first_seen || ' ' || last_seen || ' ' || assumptions || ' ' || phases || ' ' || grouping FROM runs",
        ),
    )
}

fn expected(selected: &Selected) -> (Vec<String>, Vec<String>) {
    let events: Vec<&Assumption> = selected.events.iter().collect();
    let line = |event: &&Assumption| {
        let (id, region) = (event.event_id.as_deref().unwrap(), event.region.as_deref().unwrap());
        let (agent, role) = (event.user_agent.as_deref().unwrap(), event.role_arn.as_deref().unwrap_or("-"));
        format!("{id} {} {region} {agent} {role}", event.time)
    };
    let runs = fold(&events, &assign(&events, HOUR)).into_iter().map(|run| {
        let phases: Vec<&str> = run.phases.iter().collect();
        let (first, last, grouping) = (run.first_seen, run.last_seen, run.grouping.as_str());
        format!("{first} {last} {} {} {grouping}", run.assumptions, phases.join(";"))
    });
    (events.iter().map(line).collect(), runs.collect())
}

/// The store answers as the scan of the same files does, and so do its views.
fn check_same(store: &Store, files: &[(String, String)]) -> (Vec<String>, Vec<String>) {
    let (issuers, filter) = (Issuers::default(), Filter::default());
    let events = files.iter().flat_map(|(name, text)| decoded(name, text).assumptions).collect();
    let scanned = select(deduplicate(events), &filter, None);
    let answer =
        store.ask(&StoreQuestion { issuers: &issuers, filter: &filter, whole_runs: None, late_days: 1 }).unwrap();
    assert_eq!(answer.selected.events, scanned.events);
    assert_eq!(answer.selected.kept, scanned.kept);
    assert_eq!(store.check().unwrap(), [""; 0]);
    let said = expected(&scanned);
    assert_eq!(views(store), said);
    said
}

/// Each event in a log file of its own, taken in this order.
fn files(texts: &[&str]) -> Vec<(String, String)> {
    texts.iter().enumerate().map(|(at, text)| (format!("{at}.json"), record(text))).collect()
}

fn check(texts: &[&str], expected: &[&str]) {
    let files = files(texts);
    for reversed in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let mut order: Vec<_> = files.iter().collect();
        if reversed {
            order.reverse();
        }
        let mut writer = write(folder.path());
        for (name, text) in order {
            take(&mut writer, name, text);
            writer.commit().unwrap();
        }
        let runs = check_same(&writer.close().unwrap(), &files).1;
        let sizes: Vec<String> = runs.iter().map(|run| run.split(' ').skip(2).collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(sizes, expected, "{texts:?}");
    }
}

#[test]
fn a_stack_that_renews_its_session_is_one_run() {
    check(&["a 0 apply", "b 3606 apply", "c 7214 apply"], &["3 apply inferred"]);
    check(&["a 0 apply", "b 4200 apply", "c 8401 apply"], &["2 apply inferred", "1 apply inferred"]);
    check(&["a 0 apply", "b 3606 apply role=other"], &["1 apply inferred", "1 apply inferred"]);
    check(&["a 0 plan", "b 3606 apply"], &["1 plan inferred", "1 apply inferred"]);
    check(&["a 0 plan for=7200", "b 7800 plan", "c 9000 apply"], &["3 apply;plan inferred"]);
    check(&["a 0 plan until=5000", "b 5600 plan", "c 9801 plan"], &["2 plan inferred", "1 plan inferred"]);
    // Credentials that ended before they were given say nothing.
    check(&["a 0 plan", "b 3606 plan until=3600", "c 7214 plan until=3600"], &["3 plan inferred"]);
    check(&["a 0 plan denied", "b 3606 plan"], &["1 plan inferred", "1 plan inferred"]);
    check(&["a 0 web/plan", "b 3606 web/plan", "c 3700 web/apply run=Ab1"], &["2 plan inferred", "1 apply run-id"]);
    check(
        &["a 0 plan for=43200", "b 7200 apply", "c 20000 plan", "d 20100 apply"],
        &["3 apply;plan inferred", "1 apply inferred"],
    );
}

#[test]
fn a_correction_stands_in_a_store_too() {
    check(&["a 0 plan", "b 0 plan of=a"], &["1 plan inferred"]);
    check(&["a 0 plan", "b 9000 apply of=a"], &["1 apply inferred"]);
    check(&["a 0 plan", "b 0 plan of=a only=userAgent"], &["1 plan inferred"]);
    check(&["a 0 plan", "b 9000 plan of=a only=eventTime", "c 9100 plan"], &["2 plan inferred"]);
    check(&["a 0 plan", "b 1 plan of=x only=userAgent"], &["1 plan inferred"]);
    check(
        &["a 0 web/plan run=Ab1", "b 0 web/apply run=Ab1", "c 1 web/plan run=Ab2 of=a"],
        &["1 apply run-id", "1 plan run-id"],
    );
    check(&["a 0 plan", "b 1 plan of=a only=awsRegion", "c 2 plan of=b only=userAgent"], &["1 plan inferred"]);
}

const EVENTS: [&str; 16] = [
    "a 0 plan",
    "b 3700 plan of=a",
    "c 3700 plan of=a only=userAgent",
    "d 3800 plan of=c only=awsRegion,eventTime",
    "e 4000 apply",
    "a 1 plan",
    "f 7700 apply",
    "g 9000 plan for=30000",
    "h 20000 apply",
    "i 30000 plan",
    "j 11 apply of=h only=requestParameters,userIdentity",
    "k 5 web/plan",
    "l 3700 web/plan of=m",
    "m 8000 web/apply run=Zz9 of=l",
    "n 7000 web/plan denied",
    "o 40000 plan of=q only=userAgent",
];

proptest! {
    #![proptest_config(Config { cases: 24, failure_persistence: None, ..Config::default() })]

    #[test]
    fn any_order_gives_what_a_scan_gives(
        order in Just((0..EVENTS.len()).collect::<Vec<_>>()).prop_shuffle(),
        count in 1..=EVENTS.len(),
        lost in prop::collection::vec(0..EVENTS.len(), 0..6),
        pruned in prop::option::of(0..40_000_i64),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut files = files(&EVENTS);
        let mut writer = write(folder.path());
        for at in &order[..count] {
            take(&mut writer, &files[*at].0, &files[*at].1);
            writer.commit().unwrap();
        }
        // Some are read anew, and hold nothing any more.
        for at in &lost {
            files[*at].1 = r#"{"Records":[]}"#.to_owned();
            take(&mut writer, &files[*at].0, &files[*at].1);
        }
        let there: Vec<_> = order[..count].iter().chain(&lost).map(|at| files[*at].clone()).collect();
        let mut store = writer.close().unwrap();
        let mut kept = there.clone();
        kept.sort();
        kept.dedup();
        check_same(&store, &kept);
        if let Some(second) = pruned {
            // Without corrections, whose times may be those of others.
            let before = tfctrail::domain::timestamp::Timestamp::from_seconds(1_790_000_000 + second).unwrap();
            store.prune(before, false).unwrap();
            prop_assert_eq!(store.check().unwrap(), Vec::<String>::new());
            let again = store.connection().query_row("SELECT count(*) FROM unsettled", [], |row| row.get::<_, i64>(0));
            prop_assert_eq!(again.unwrap(), 0);
        }
    }
}
