//! `show` from outside: a run of the demo by each of its ids, in each format.

#![expect(clippy::unwrap_used, reason = "a test that cannot run the program has failed")]

#[expect(dead_code, reason = "other tests use the rest")]
#[path = "support/events.rs"]
mod events;
#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use events::{Folder, event, fixture, records};
use serde_json::Value;
use support::{Ended, Run};
use tfctrail::audit::rules::RULES;

/// The stranger that got in on the 5th.
const RUN: &str = "run-633jYqyRkirzE6Wy";

const PROVIDER: &str = "arn:aws:iam::111122223333:oidc-provider/app.terraform.io";

fn show(args: &[&str]) -> Ended {
    Run::new(&[&["show"], args].concat()).ended()
}

fn json(args: &[&str]) -> Value {
    let ended = show(&[args, &["-o", "json"]].concat());
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    serde_json::from_str(&ended.stdout).unwrap()
}

/// The texts of a member of objects.
fn texts<'a>(rows: &'a Value, name: &str) -> Vec<&'a str> {
    rows.as_array().unwrap().iter().filter_map(|row| row[name].as_str()).collect()
}

#[test]
fn a_page_tells_what_a_run_did() {
    let demo = fixture("demo");
    let ended = show(&[RUN, &demo, "-v"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    insta::assert_snapshot!("show_page", ended.stdout);
    assert!(ended.stderr.contains("\nkept "), "{}", ended.stderr);
    // Whatever reads the files, and in whatever zone.
    for threads in ["1", "5"] {
        assert_eq!(show(&[RUN, &demo, "--threads", threads]).stdout, ended.stdout);
    }
    let berlin = show(&[RUN, &demo, "--tz", "Europe/Berlin"]).stdout;
    assert!(berlin.contains("2026-11-05T23:40:12+01:00"), "{berlin}");
}

#[test]
fn a_run_that_changed_something_says_what() {
    let demo = fixture("demo");
    let hops = Run::new(&["activity", &demo, "--calls", "-o", "json"]).ended().stdout;
    let hops: Value = serde_json::from_str(&hops).unwrap();
    let deep = hops["rows"].as_array().unwrap().iter().rfind(|row| row["hops"] == 1).unwrap();
    let ended = show(&[deep["event_id"].as_str().unwrap(), &demo]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    insta::assert_snapshot!("show_page_of_a_chain", ended.stdout);
}

#[test]
fn every_id_of_a_run_leads_to_it() {
    let demo = fixture("demo");
    let whole = json(&[RUN, &demo]);
    let run = &whole["runs"][0];
    let keys = texts(&run["assumptions"], "access_key_id");
    let events = [texts(&run["assumptions"], "event_id"), texts(&run["calls"], "event_id")].concat();
    assert!(!keys.is_empty() && events.len() > 5);
    for what in keys.into_iter().chain(events) {
        let found = json(&[what, &demo]);
        assert_eq!(found["runs"], whole["runs"], "{what}");
    }
}

#[test]
fn json_has_the_rows_of_the_other_commands() {
    let demo = fixture("demo");
    let said = show(&[RUN, &demo, "-o", "json"]).stderr;
    assert!(said.contains("only findings asks") && said.contains("who wrote to its resources later"), "{said}");
    let whole = json(&[RUN, &demo]);
    let members: Vec<&String> = whole.as_object().unwrap().keys().collect();
    assert_eq!(members, ["coverage", "runs", "schema_version"]);
    assert_eq!(whole["runs"].as_array().unwrap().len(), 1);
    let run = &whole["runs"][0];
    let rows = |args: &[&str]| -> Value {
        let ended = Run::new(&[args, &[&demo, "--run", RUN, "-o", "json"]].concat()).ended();
        serde_json::from_str::<Value>(&ended.stdout).unwrap()["rows"].clone()
    };
    assert_eq!(run["run"], rows(&["runs"])[0]);
    assert_eq!(run["assumptions"], rows(&["events"]));
    assert_eq!(run["calls"], rows(&["activity", "--calls"]));
    let ours = ["--expected-organization", "northwind"];
    let strange = json(&[&[RUN, demo.as_str()], ours.as_slice()].concat());
    let mut found = texts(&strange["runs"][0]["findings"], "rule_id");
    assert_eq!(found.len(), 10);
    found.sort_unstable();
    found.dedup();
    assert_eq!(found, ["denied-read", "persistence", "unexpected-organization", "write-in-plan"]);
    // What rules know through others, findings alone asks.
    let through_others = RULES.iter().filter(|rule| !rule.through_others.is_empty() && rule.id != "persistence");
    let own: Vec<String> = through_others.map(|rule| format!("--rule=!{}", rule.id)).collect();
    let own: Vec<&str> = own.iter().map(String::as_str).collect();
    assert_ne!(rows(&[&["findings", "--activity"], &ours[..]].concat()), strange["runs"][0]["findings"]);
    let mut told = rows(&[&["findings", "--activity"], &own[..], &ours].concat());
    for finding in told.as_array_mut().unwrap() {
        let evidence = finding["evidence"].as_array_mut().unwrap();
        evidence.retain(|text| !text.as_str().unwrap().starts_with("key_used="));
    }
    assert_eq!(strange["runs"][0]["findings"], told);
}

#[test]
fn other_formats_have_the_time_line() {
    let demo = fixture("demo");
    let columns = ["--columns", "time,event_name,outcome,join"];
    let csv = show(&[&[RUN, demo.as_str(), "-o", "csv"], columns.as_slice()].concat());
    let lines: Vec<&str> = csv.stdout.lines().collect();
    let expected = ["time,event_name,outcome,join", "2026-11-05T22:40:12Z,AssumeRoleWithWebIdentity,ok,"];
    assert_eq!((csv.code, &lines[..2]), (Some(0), expected.as_slice()), "{}", csv.stderr);
    assert!(lines[2..].is_sorted() && lines[2..].iter().all(|line| line.ends_with(",key")), "{lines:?}");
    let run = &json(&[RUN, &demo])["runs"][0];
    assert_eq!(lines.len() - 2, run["calls"].as_array().unwrap().len());
    // Rows are what a table has, too, where columns are asked for.
    let table = show(&[&[RUN, demo.as_str()], columns.as_slice()].concat()).stdout;
    assert!(table.starts_with("time                  event_name "), "{table}");
    let head = |args: &[&str]| Run::new(args).ended().stdout.lines().next().unwrap().to_owned();
    assert_eq!(head(&["show", RUN, &demo, "-o", "csv"]), head(&["activity", &demo, "--calls", "-o", "csv"]));
    let folder = Folder::new();
    let file = folder.arg("run.parquet");
    assert_eq!(show(&[RUN, &demo, "--out", &file]).code, Some(0));
    assert!(std::fs::read(file).unwrap().starts_with(b"PAR1"));
}

#[test]
fn what_is_not_there_is_said_and_where_it_was_sought() {
    let demo = fixture("demo");
    let check = |args: &[&str], code: i32, message: &str| {
        let ended = show(args);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(code), ""), "{args:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(message), "{args:?}: {}", ended.stderr);
    };
    check(
        &["run-\u{1b}x", &demo],
        1,
        "error: 'run-\\u001bx' is no run, access key or event of a run in what was read; searched: 22 runs with 62 role \
         assumptions and ",
    );
    let outside = "in 0 files, from 2026-11-08T00:00:00Z to 2026-11-09T00:00:00Z";
    check(&[RUN, &demo, "--from", "2026-11-08", "--to", "2026-11-09"], 1, outside);
    check(&[RUN, &demo, "-o", "json", "--limit", "1"], 2, "do not go together with -o json");
    check(
        &[RUN, "event-history:eu-west-1"],
        2,
        if cfg!(feature = "aws") { "holds no calls" } else { "no AWS support" },
    );
    check(&["run-633jYqyRki", &demo], 1, "hint: did you mean run-633jYqyRkirzE6Wy?");
    check(&["run-633jYqyRkirzE6Wx", &demo], 1, "hint: did you mean run-633jYqyRkirzE6Wy?");
    check(&[&demo, RUN], 2, "is a source; the id comes first\nhint: tfctrail show run-633jYqyRkirzE6Wy ");
    check(&[], 2, "required arguments were not provided: <WHAT>");
}

#[test]
fn the_next_apply_of_the_workspace_is_known_to_a_store_too() {
    let folder = Folder::new();
    let applied = |id: &str, minute: u32, run: &str| {
        let made =
            event(id, &format!("2026-11-03T10:{minute:02}:00Z"), "web").replace("run_phase:plan", "run_phase:apply");
        made.replace("terraform-run-run-web", &format!("terraform-run-run-{run}")).replace(
            "\"responseElements\":{",
            &format!("\"responseElements\":{{\"assumedRoleUser\":{{\"assumedRoleId\":\"AROA{run}:x\"}},"),
        )
    };
    let call = serde_json::json!({
        "eventVersion": "1.11", "eventTime": "2026-11-03T10:50:00Z", "eventSource": "ec2.amazonaws.com",
        "eventName": "RunInstances", "awsRegion": "eu-west-1", "sourceIPAddress": "192.0.2.7",
        "userIdentity": {"type": "AssumedRole", "principalId": "AROAone:x", "accessKeyId": "ASIAEXAMPLE"},
        "readOnly": false, "eventID": "c1", "recipientAccountId": "111122223333",
    });
    // The next run once more, as a copy; and one that began before, and went on later.
    let all = [applied("a1", 5, "one"), applied("b1", 15, "two"), applied("b1", 15, "two"), applied("d1", 0, "zero")];
    let more = [applied("d2", 10, "zero"), call.to_string()];
    folder.write_old("logs/a.json", records(&[&all[..], &more].concat()));
    let (logs, store) = (folder.arg("logs"), folder.arg("s.db"));
    let synced = Run::new(&["sync", &logs, "--store", &store, "--activity=calls"]).ended();
    assert_eq!(synced.code, Some(0), "{}", synced.stderr);
    let [of_logs, of_store] = [logs, format!("store:{store}")].map(|source| json(&["run-one", &source]));
    let rules = texts(&of_logs["runs"][0]["findings"], "rule_id");
    assert!(rules.contains(&"session-after-run"), "{of_logs}");
    assert_eq!(of_store["runs"], of_logs["runs"]);
    assert_eq!(of_store["coverage"]["kept"], of_logs["coverage"]["kept"]);
}

#[test]
fn a_store_shows_each_run_as_its_log_files_do() {
    let (demo, folder) = (fixture("demo"), Folder::new());
    let store = folder.arg("s.db");
    let synced = Run::new(&["sync", &demo, "--store", &store, "--activity=calls"]).ended();
    assert_eq!(synced.code, Some(0), "{}", synced.stderr);
    let events: Value = serde_json::from_str(&Run::new(&["events", &demo, "-o", "json"]).ended().stdout).unwrap();
    let rows = events["rows"].as_array().unwrap();
    // A run without an id is known by any of its events.
    let (with_id, without): (Vec<&Value>, Vec<&Value>) = rows.iter().partition(|row| row["run_id"].is_string());
    let mut ids = texts(&serde_json::json!(with_id), "run_id").join(" ");
    ids = format!("{ids} {}", texts(&serde_json::json!(without), "event_id").join(" "));
    let ids: std::collections::BTreeSet<&str> = ids.split(' ').collect();
    assert!(ids.len() > 20 && without.iter().any(|row| row["kind"] == "stack"), "{ids:?}");
    for id in ids {
        let of_store = json(&[id, &format!("store:{store}")]);
        assert_eq!(of_store["runs"], json(&[id, &demo])["runs"], "{id}");
    }
}

#[test]
fn the_event_that_another_account_received_leads_to_the_run() {
    let folder = Folder::new();
    let begun = event("a1", "2026-11-03T10:00:00Z", "web").replace(
        "\"responseElements\":{",
        "\"responseElements\":{\"assumedRoleUser\":{\"assumedRoleId\":\"AROA1:x\"},",
    );
    let call = |id: &str, account: &str| {
        let call = serde_json::json!({
            "eventVersion": "1.11", "eventTime": "2026-11-03T10:05:00Z", "eventSource": "s3.amazonaws.com",
            "eventName": "PutBucketPolicy", "awsRegion": "eu-west-1", "readOnly": false, "eventID": id,
            "userIdentity": {"type": "AssumedRole", "principalId": "AROA1:x", "accessKeyId": "ASIAEXAMPLE",
                "accountId": "111122223333"},
            "recipientAccountId": account, "sharedEventID": "5ba0d5a1-3b5c-4f0f-9a53-1f0e2d3c4b5a",
        });
        call.to_string()
    };
    folder.write_old("logs/a.json", records(&[begun, call("c1", "111122223333"), call("c2", "222233334444")]));
    let (logs, store) = (folder.arg("logs"), folder.arg("s.db"));
    let synced = Run::new(&["sync", &logs, "--store", &store, "--activity=calls"]).ended();
    assert_eq!(synced.code, Some(0), "{}", synced.stderr);
    let whole = json(&["a1", &logs]);
    assert_eq!(texts(&whole["runs"][0]["calls"], "event_id"), ["c1"]);
    for source in [logs, format!("store:{store}")] {
        for id in ["c1", "c2", "5ba0d5a1-3b5c-4f0f-9a53-1f0e2d3c4b5a"] {
            assert_eq!(json(&[id, &source])["runs"], whole["runs"], "{id} {source}");
        }
    }
}

#[test]
fn every_id_leads_to_the_same_in_a_store() {
    let folder = Folder::new();
    let call = |id: &str, minute: u32, principal: &str, key: &str| {
        let call = serde_json::json!({
            "eventVersion": "1.11", "eventTime": format!("2026-11-03T10:{minute:02}:00Z"), "eventSource": "ec2.amazonaws.com",
            "eventName": "RunInstances", "awsRegion": "eu-west-1", "sourceIPAddress": "192.0.2.7",
            "userIdentity": {"type": "AssumedRole", "principalId": principal, "accessKeyId": key,
                "sessionContext": {"webIdFederationData": {"federatedProvider": PROVIDER}}},
            "readOnly": false, "eventID": id, "recipientAccountId": "111122223333",
        });
        call.to_string()
    };
    let began = |id: &str, minute: u32, principal: &str| {
        event(id, &format!("2026-11-03T10:{minute:02}:00Z"), "web").replace(
            "\"responseElements\":{",
            &format!("\"responseElements\":{{\"assumedRoleUser\":{{\"assumedRoleId\":\"{principal}\"}},"),
        )
    };
    // A Stack has no run id, and its phases have subjects of their own.
    let of_stack = |id: &str, minute: u32, phase: &str| {
        let subject = format!("organization:acme:project:core:stack:net:deployment:one:operation:{phase}");
        began(id, minute, &format!("AROA{phase}:170000"))
            .replace("organization:acme:project:core:workspace:web:run_phase:plan", &subject)
            .replace("terraform-run-run-web", "170000")
    };
    let all = [
        // Whoever called has another role, and the name of the session of the run alone.
        began("a1", 0, "AROAONE:terraform-run-run-web"),
        call("c1", 2, "AROATWO:terraform-run-run-web", "ASIATWO"),
        of_stack("s1", 20, "plan"),
        call("c2", 21, "AROAplan:170000", "ASIAPLAN"),
        of_stack("s2", 22, "apply"),
        call("c3", 23, "AROAapply:170000", "ASIAAPPLY"),
    ];
    folder.write_old("logs/a.json", records(&all));
    let (logs, store) = (folder.arg("logs"), folder.arg("s.db"));
    let synced = Run::new(&["sync", &logs, "--store", &store, "--activity=calls"]).ended();
    assert_eq!(synced.code, Some(0), "{}", synced.stderr);
    for (what, assumptions, calls) in [
        ("a1", 1, 1),
        ("c1", 1, 1),
        ("ASIATWO", 1, 1),
        ("run-web", 1, 1),
        ("s1", 2, 2),
        ("s2", 2, 2),
        ("c2", 2, 2),
        ("ASIAAPPLY", 2, 2),
    ] {
        let [of_logs, of_store] = [logs.clone(), format!("store:{store}")].map(|source| json(&[what, &source]));
        let run = &of_logs["runs"][0];
        let counts = ["assumptions", "calls"].map(|rows| run[rows].as_array().unwrap().len());
        assert_eq!(counts, [assumptions, calls], "{what}: {of_logs}");
        assert_eq!(of_store["runs"], of_logs["runs"], "{what}");
    }
}

#[test]
fn what_lies_behind_the_window_is_not_shown() {
    let folder = Folder::new();
    let times = ["09:50", "10:10", "11:00", "12:00"];
    let all = times.map(|time| event(time, &format!("2026-11-03T{time}:00Z"), "web"));
    folder.write_old("logs/a.json", records(&all));
    let (logs, store) = (folder.arg("logs"), folder.arg("s.db"));
    let synced = Run::new(&["sync", &logs, "--store", &store, "--activity=calls"]).ended();
    assert_eq!(synced.code, Some(0), "{}", synced.stderr);
    for source in [logs, format!("store:{store}")] {
        let whole = json(&["run-web", &source]);
        assert_eq!(texts(&whole["runs"][0]["assumptions"], "event_id"), times);
        let hour = json(&["run-web", &source, "--from", "2026-11-03T10:00:00Z", "--to", "2026-11-03T11:00:00Z"]);
        let run = &hour["runs"][0];
        // The first one may have begun a session that lasts.
        assert_eq!(texts(&run["assumptions"], "event_id"), times[..2], "{source}");
        assert_eq!((&run["run"]["assumptions"], &run["run"]["last_seen"]), (&2.into(), &"2026-11-03T10:10:00Z".into()));
        // An event from before the window leads to the run; one behind it does not, whether or not it was read.
        for (what, code) in [(times[0], 0), (times[1], 0), (times[2], 1), (times[3], 1)] {
            let ended = show(&[what, &source, "--from", "2026-11-03T10:00:00Z", "--to", "2026-11-03T11:00:00Z"]);
            assert_eq!(ended.code, Some(code), "{what} {source}: {}", ended.stderr);
        }
        let ended = show(&["run-web", &source, "--from", "2026-11-03T11:10:00Z", "--to", "2026-11-03T11:50:00Z"]);
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        assert!(ended.stderr.contains("another window (--from, --last)") && !ended.stderr.contains("did you mean"));
    }
}
