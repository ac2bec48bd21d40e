//! Assumptions before the window attribute the calls in it, and what only the second reading finds is counted once.

use std::fs;

use serde_json::{Value, json};

use crate::events::{Folder, records};
use crate::few::{assumed, begins, call, log_name, of_child};
use crate::support::Run;

/// The report of a folder, and how it ended.
fn calls(folder: &Folder, flags: &[&str]) -> (Option<i32>, Value) {
    let logs = folder.arg("logs");
    let ended = Run::new(&[&["activity", &logs, "--calls", "-o", "json"], flags].concat()).ended();
    (ended.code, serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{}", ended.stderr)))
}

/// `event_id join hops` of each row.
fn told(report: &Value) -> Vec<String> {
    let cell = |row: &Value, name: &str| row[name].to_string().replace('"', "");
    let rows = report["rows"].as_array().unwrap().iter();
    rows.map(|row| ["event_id", "join", "hops"].map(|name| cell(row, name)).join(" ")).collect()
}

const HOME: &str = "111122223333";

#[test]
fn an_assumption_before_the_window_attributes_and_makes_no_gap() {
    let folder = Folder::new();
    let put = |day: &str, clock: &str, text: &str| {
        folder.write(&format!("logs/{}", log_name(HOME, day, clock)), text);
    };
    let late = "2026-11-01T23:30:00Z";
    put("2026-11-01", "2335", &records(&[assumed("1", late, "web"), call("early", late, "web", late).to_string()]));
    let early = "2026-11-03T00:10:00Z";
    let in_it = call("in", "2026-11-02T00:10:00Z", "web", late).to_string();
    put(
        "2026-11-03",
        "0015",
        &records(&[assumed("2", early, "api"), in_it, call("b", early, "api", early).to_string()]),
    );
    let window = ["--from", "2026-11-02T00:00:00Z", "--to", "2026-11-04T00:00:00Z"];
    let (code, report) = calls(&folder, &window);
    assert_eq!((code, told(&report)), (Some(0), vec!["in key 0".to_owned(), "b key 0".to_owned()]));
    let coverage = &report["coverage"];
    assert_eq!(coverage["kept"], json!({"reported": 1, "filtered": 1, "duplicate": 0, "conflicts": 0}));
    for (name, count) in [("read", 3), ("attributed", 2), ("filtered", 1)] {
        assert_eq!(coverage["calls"][name], count, "{name}");
    }
    assert_eq!((&coverage["window"]["from"], &report["rows"][0]["run_id"]), (&json!(window[1]), &json!("run-web")));
    // Days before the window are none of its gaps, and a day in it is one whatever is read.
    put("2026-10-30", "0015", &records(&[]));
    for (from, gaps) in [("2026-11-01T00:00:00Z", 1), ("2026-11-02T06:00:00Z", 1), ("2026-11-03T00:00:00Z", 0)] {
        let window = ["--from", from, "--to", "2026-11-04T00:00:00Z"];
        let found = calls(&folder, &window).1["coverage"]["gaps"].clone();
        assert_eq!(found.as_array().unwrap().len(), gaps, "{from}: {found}");
        let logs = folder.arg("logs");
        let events = Run::new(&[&["events", &logs, "-o", "json"], &window[..]].concat()).ended();
        assert_eq!(serde_json::from_str::<Value>(&events.stdout).unwrap()["coverage"]["gaps"], found, "{from}");
    }
}

#[test]
fn assumptions_count_from_twelve_hours_before_the_window_on() {
    let folder = Folder::new();
    let begin = "2026-11-01T20:00:00Z";
    let long = assumed("1", begin, "web")
        .replace("\"requestParameters\":{", "\"requestParameters\":{\"durationSeconds\":43200,");
    folder.write(&format!("logs/{}", log_name(HOME, "2026-11-01", "2005")), records(&[long]));
    let mut late = call("late", "2026-11-02T08:00:01Z", "web", begin);
    late["userIdentity"]["sessionContext"]["webIdFederationData"] =
        json!({"federatedProvider": "arn:aws:iam::111122223333:oidc-provider/app.terraform.io", "attributes": {}});
    let text = records(&[late.to_string()]);
    folder.write(&format!("logs/{}", log_name(HOME, "2026-11-02", "0805")), text);
    for (from, join) in [("2026-11-02T08:00:00Z", "late key 0"), ("2026-11-02T08:00:01Z", "late name 0")] {
        let (code, report) = calls(&folder, &["--from", from]);
        assert_eq!((code, told(&report)), (Some(0), vec![join.to_owned()]), "{from}");
        assert_eq!(report["coverage"]["kept"]["filtered"], 1, "{from}");
    }
}

#[test]
fn a_report_of_a_day_knows_the_sessions_that_a_scan_of_that_day_knows() {
    let folder = Folder::new();
    let begun = "2026-11-01T06:00:00Z";
    let mut late = call("late", "2026-11-02T02:00:00Z", "web", begun);
    late["userIdentity"]["sessionContext"]["webIdFederationData"] =
        json!({"federatedProvider": "arn:aws:iam::111122223333:oidc-provider/app.terraform.io", "attributes": {}});
    let early = call("early", "2026-11-01T06:10:00Z", "web", begun);
    let first = [assumed("1", begun, "web"), early.to_string()];
    folder.write(&format!("logs/{}", log_name(HOME, "2026-11-01", "0615")), records(&first));
    folder.write(&format!("logs/{}", log_name(HOME, "2026-11-02", "0205")), records(&[late.to_string()]));
    let logs = folder.arg("logs");
    for (day, next, join) in [("2026-11-01", "2026-11-02", "key"), ("2026-11-02", "2026-11-03", "name")] {
        let ended = Run::new(&["activity", &logs, "--from", day, "--to", next, "-o", "csv"]).ended();
        let out = folder.arg(&format!("out/{day}"));
        let report = Run::new(&["report", &logs, "--activity", "--date", day, "--out", &out]).ended();
        assert_eq!(report.code, Some(0), "{}", report.stderr);
        let of_report = fs::read_to_string(folder.path(&format!("out/{day}/activity.csv"))).unwrap();
        assert_eq!(of_report, ended.stdout, "{day}");
        assert!(of_report.contains(&format!(",{join},")), "{day}: {of_report}");
    }
}

#[test]
fn what_only_the_second_reading_cannot_read_is_malformed_once() {
    let start = "2026-11-02T08:00:00Z";
    let first = assumed("1", start, "web");
    let begin = begins(call("a", "2026-11-02T08:10:00Z", "web", start)).to_string();
    let child = of_child(call("c", "2026-11-02T08:20:00Z", "web", start), "2026-11-02T08:10:00Z");
    let mut no_time = child.clone();
    no_time.as_object_mut().unwrap().remove("eventTime");
    // The first reading parses this one, since it gives out credentials, and has no reason to keep it.
    let mut no_time_start = begins(no_time.clone());
    no_time_start["eventID"] = "d".into();
    let no_json = no_time_start.to_string().replace("\"awsRegion\":", "\"awsRegion\"");
    let cases = [
        (no_time.to_string(), 1, "c"),
        (no_time_start.to_string(), 1, "d"),
        (no_json, 1, "no JSON"),
        (child.to_string(), 0, "a call"),
    ];
    for (record, malformed, name) in cases {
        for threads in ["1", "3"] {
            let folder = Folder::new();
            // The child's file comes before the one that says whose it is.
            folder.write("logs/a.json", records(&[record.clone(), child.to_string().replace("\"c\"", "\"e\"")]));
            folder.write("logs/b.json", records(&[first.clone(), begin.clone()]));
            let (code, report) = calls(&folder, &["--threads", threads]);
            let coverage = &report["coverage"];
            let count = |name: &str| coverage["records"][name].as_u64().unwrap();
            assert_eq!(count("malformed"), malformed, "{name}: {coverage}");
            assert_eq!((count("total"), count("kept")), (4, 1), "{name}");
            assert_eq!(count("other"), 3 - malformed, "{name}");
            assert_eq!(coverage["malformed"].as_array().unwrap().len() as u64, malformed, "{name}: {coverage}");
            assert_eq!(code, Some(if malformed > 0 { 5 } else { 0 }), "{name}");
            assert_eq!(coverage["calls"]["attributed"], 3 - malformed, "{name}");
            assert!(told(&report).contains(&"e key 1".to_owned()), "{name}: {:?}", told(&report));
        }
    }
}

#[test]
fn letters_that_are_escaped_twice_hide_nothing() {
    let start = "2026-11-02T08:00:00Z";
    let begin = begins(call("a", "2026-11-02T08:10:00Z", "web", start)).to_string();
    let child = of_child(call("c", "2026-11-02T08:20:00Z", "web", start), "2026-11-02T08:10:00Z");
    for (from, to) in [("", ""), ("principalId", "princip\\u0061lId"), ("AROACHILD", "AROA\\u0043HILD")] {
        let mut hidden = child.clone();
        hidden["userIdentity"] = child["userIdentity"].to_string().replace(from, to).into();
        let folder = Folder::new();
        folder.write("logs/a.json", records(&[hidden.to_string()]));
        folder.write("logs/b.json", records(&[assumed("1", start, "web"), begin.clone()]));
        assert_eq!(told(&calls(&folder, &[]).1), ["a key 0", "c key 1"], "{to}");
    }
}
