//! The report of a day is the same whether it is asked for by itself or written among others, out of log files, a store or
//! extracts, whatever was delivered too late for it, is of later days, or cannot be read.

#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

#[path = "support/cases.rs"]
mod cases;
#[path = "support/choices.rs"]
mod choices;
#[path = "support/events.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod events;
#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use choices::Choices;
use events::{Folder, event, records};
use serde_json::{Value, json};
use support::Run;
use tfctrail::domain::timestamp::{Day, Timestamp};

/// The last day that an archive has something of.
const LAST: i64 = 9;

/// The first day that is reported on.
const FIRST: i64 = 2;

/// The day of that number, seen from one `today`, which is the 14th.
fn day(today: Day, number: i64) -> Day {
    today.plus(number - 14)
}

fn today() -> Day {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    Timestamp::from_seconds(i64::try_from(now).unwrap()).unwrap().day()
}

/// Writes a log file of a place that was delivered on a day.
fn deliver(folder: &Folder, account: &str, delivered: Day, name: &str, text: &str) {
    let (stamp, date) = (delivered.to_string().replace('-', ""), delivered.to_string().replace('-', "/"));
    let place = format!("logs/AWSLogs/{account}/CloudTrail/eu-west-1/{date}");
    folder.write_old(&format!("{place}/{account}_CloudTrail_eu-west-1_{stamp}T2305Z_{name:A>16}.json"), text);
}

/// A run's assumption in a second, with the session that it began.
fn assumption(account: &str, id: &str, day: Day, workspace: &str) -> Value {
    let text = event(id, &format!("{day}T10:00:00Z"), workspace).replace("111122223333", account);
    let mut made: Value = serde_json::from_str(&text).unwrap();
    made["responseElements"]["credentials"]["accessKeyId"] = json!(format!("ASIA{id}"));
    made["responseElements"]["assumedRoleUser"] = json!({"assumedRoleId": format!("AROA{id}:session")});
    made
}

/// A call of the session that an assumption began.
fn call(account: &str, of: &str, id: &str, day: Day, name: &str) -> Value {
    json!({
        "eventVersion": "1.11", "eventTime": format!("{day}T10:00:30Z"), "eventSource": "iam.amazonaws.com",
        "eventName": name, "awsRegion": "eu-west-1", "sourceIPAddress": "192.0.2.7", "userAgent": "Terraform/1.9.5",
        "userIdentity": {"type": "AssumedRole", "principalId": format!("AROA{of}:session"),
            "accessKeyId": format!("ASIA{of}"), "accountId": account},
        "requestParameters": {"userName": "x"}, "responseElements": null, "readOnly": false,
        "resources": [{"ARN": format!("arn:aws:iam::{account}:user/x")}],
        "eventID": id, "recipientAccountId": account,
    })
}

/// An archive in which much is late, some cannot be read, and places fall silent.
fn write_archive(folder: &Folder, today: Day, seed: u64) {
    let mut choices = Choices(seed);
    let delays = [0, 0, 0, 0, 1, 1, 2, 3, 5];
    for account in ["111122223333", "222233334444", "333344445555"] {
        // A place that is silent for some days in a row, so that others know it no longer.
        let silent = i64::try_from(choices.below(12)).unwrap();
        for number in 1..=LAST {
            if (silent..silent + 4).contains(&number) || choices.one_in(6) {
                continue;
            }
            let (date, id) = (day(today, number), format!("{account}{number}"));
            let put = |choices: &mut Choices, name: &str, records_of: &[Value]| {
                let delivered = date.plus(delays[choices.below(delays.len())]);
                let lines: Vec<String> = records_of.iter().map(ToString::to_string).collect();
                let text = records(&lines);
                let length = if choices.one_in(9) { text.len() / 2 } else { text.len() };
                deliver(folder, account, delivered, &format!("{name}{number}"), &text[..length]);
            };
            let made = assumption(account, &id, date, choices.pick(&["web", "api", "net"]));
            let name = choices.pick(&["CreateAccessKey", "PutUserPolicy", "GetUser"]);
            let done = call(account, &id, &format!("call-{id}"), date, name);
            put(&mut choices, "A", &[made.clone(), done.clone()]);
            if choices.one_in(3) {
                put(&mut choices, "B", &[made.clone(), done.clone()]);
            }
            if choices.one_in(4) {
                let (mut other, mut again) = (made.clone(), done.clone());
                other["sourceIPAddress"] = json!("198.51.100.9");
                again["sourceIPAddress"] = json!("198.51.100.9");
                put(&mut choices, "C", &[other, again]);
            }
            if choices.one_in(4) {
                let mut better = made.clone();
                better["eventID"] = json!(format!("better-{id}"));
                better["userAgent"] = json!("Terraform/1.13.4");
                better["addendum"] =
                    json!({"reason": "UPDATED_DATA", "updatedFields": "userAgent", "originalEventID": id});
                put(&mut choices, "D", &[better]);
            }
            if choices.one_in(2) {
                put(&mut choices, "E", &[call(account, &id, &format!("more-{id}"), date, "CreateUser")]);
            }
        }
    }
}

/// Every file below a directory.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = walkdir::WalkDir::new(root).into_iter().map(Result::unwrap);
    let files = entries.filter(|entry| entry.file_type().is_file());
    let name = |path: &Path| path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
    files.map(|entry| (name(entry.path()), fs::read(entry.path()).unwrap())).collect()
}

/// What a report of these sources may say otherwise: which they are, and what was read of them.
fn without_sources(files: &BTreeMap<String, Vec<u8>>) -> BTreeMap<String, String> {
    let text = |name: &str| String::from_utf8(files[name].clone()).unwrap();
    let mut report: Value = serde_json::from_str(&text("report.json")).unwrap();
    for member in ["sources", "bytes"] {
        report["coverage"].as_object_mut().unwrap().remove(member);
    }
    let tables = files.keys().filter(|name| Path::new(name).extension().is_some_and(|end| end == "csv"));
    let mut compared: BTreeMap<String, String> = tables.map(|name| (name.clone(), text(name))).collect();
    compared.insert("report.json".to_owned(), serde_json::to_string_pretty(&report).unwrap());
    compared
}

fn report(source: &[String], more: &[&str]) -> Option<i32> {
    let source: Vec<&str> = source.iter().map(String::as_str).collect();
    let ended = Run::new(&[&["report"], &source[..], more].concat()).ended();
    assert!(matches!(ended.code, Some(0 | 5)), "{more:?}: {}", ended.stderr);
    ended.code
}

/// One of the numbers of a report.
fn figure(report: &Value, name: &str) -> u64 {
    let mut figures = report["figures"].as_array().unwrap().iter();
    figures.find(|figure| figure["name"] == name).unwrap()["value"].as_u64().unwrap()
}

/// The reports of the days of an archive, written at once; each of them is that of its day alone.
fn caught_up(folder: &Folder, today: Day, name: &str, source: &[String]) -> Vec<BTreeMap<String, String>> {
    let out = folder.arg(name);
    report(source, &["--catch-up", "--from", &day(today, FIRST).to_string(), "--out", &out]);
    let compared = (FIRST..=LAST + 2).map(|number| {
        let date = day(today, number).to_string();
        let place = folder.path(&format!("{name}/{date}"));
        let among_others = files(&place);
        report(source, &["--date", &date, "--out", place.to_str().unwrap()]);
        let alone = files(&place);
        let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&among_others), names(&alone), "{name} {date}");
        // The manifest and the pages differ where the others do.
        for (file, bytes) in alone.iter().rev() {
            let [alone, among] = [bytes, &among_others[file]].map(|bytes| String::from_utf8_lossy(bytes));
            assert_eq!(alone, among, "{name} {date}: {file}");
        }
        let compared = without_sources(&alone);
        let report: Value = serde_json::from_str(&compared["report.json"]).unwrap();
        let coverage = &report["coverage"];
        let sum: u64 = coverage["kept"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
        assert_eq!(coverage["records"]["kept"].as_u64().unwrap(), sum, "{name} {date}: {coverage}");
        assert_eq!(coverage["kept"]["reported"].as_u64().unwrap(), figure(&report, "assumptions"), "{name} {date}");
        compared
    });
    compared.collect()
}

fn check(seed: u64) {
    let (folder, today) = (Folder::new(), today());
    write_archive(&folder, today, seed);
    let [logs, store, extract] = ["logs", "s.db", "x/a.ndjson"].map(|name| folder.arg(name));
    fs::create_dir(folder.path("x")).unwrap();
    let done = |args: &[&str]| {
        let ended = Run::new(args).ended();
        assert!(matches!(ended.code, Some(0 | 5)), "{args:?}: {}", ended.stderr);
    };
    done(&["sync", &logs, "--store", &store, "--activity=calls"]);
    done(&["extract", &logs, "--out", &extract]);
    let of_store = ["--store".to_owned(), store];
    let with = |source: &[String], more: &str| -> Vec<String> {
        source.iter().cloned().chain(std::iter::once(more.to_owned())).collect()
    };
    let of_logs = [logs];
    let expected = caught_up(&folder, today, "of-logs", &of_logs);
    for (name, source) in [
        ("of-store", of_store.to_vec()),
        ("of-events-of-store", with(&of_store, "--whole-runs")),
        ("of-extracts", vec![folder.arg("x")]),
    ] {
        for (number, (said, expected)) in caught_up(&folder, today, name, &source).iter().zip(&expected).enumerate() {
            assert_eq!(said, expected, "seed {seed}, {name}, day {number}");
        }
    }
    let expected = caught_up(&folder, today, "activity-of-logs", &with(&of_logs, "--activity"));
    let stored = caught_up(&folder, today, "activity-of-store", &with(&of_store, "--activity"));
    for (number, (said, expected)) in stored.iter().zip(&expected).enumerate() {
        assert_eq!(said, expected, "seed {seed}, day {number}");
    }
    // What a scan of a day shows, its report shows.
    for (number, report) in (FIRST..).zip(&expected) {
        let [from, to] = [day(today, number), day(today, number + 1)].map(|day| day.to_string());
        for command in ["runs", "events", "activity"] {
            let scanned = Run::new(&[command, &of_logs[0], "--from", &from, "--to", &to, "-o", "csv"]).ended();
            assert_eq!(scanned.stdout, report[&format!("{command}.csv")], "seed {seed}, {from}: {command}");
        }
    }
}

#[test]
fn a_day_among_others_is_that_day_alone_in_every_source() {
    cases::seeds(0, 2).for_each(check);
}

/// What the report of a day says, by itself and among others, out of log files and out of a store: its runs, whether anything is
/// missing, and the places that fell silent. A file is of an event of one day and was delivered on another; `x` is cut off.
fn check_day(files: &[(i64, i64, &str)], number: i64, runs: u64, missing: &str, quiet: usize) {
    let (folder, today) = (Folder::new(), today());
    for (at, (of, delivered, how)) in files.iter().enumerate() {
        let made = assumption("111122223333", &format!("e{at}"), day(today, *of), &format!("w{at}"));
        let text = records(&[made.to_string()]);
        let length = if *how == "x" { text.len() / 2 } else { text.len() };
        deliver(&folder, "111122223333", day(today, *delivered), &format!("F{at}"), &text[..length]);
    }
    let (logs, store, date) = (folder.arg("logs"), folder.arg("s.db"), day(today, number).to_string());
    let synced = Run::new(&["sync", &logs, "--store", &store]).ended();
    assert!(matches!(synced.code, Some(0 | 5)), "{}", synced.stderr);
    for (name, source) in [("logs", vec![logs]), ("store", vec!["--store".to_owned(), store])] {
        let [alone, among] = ["alone", "among"].map(|how| folder.arg(&format!("{name}-{how}")));
        report(&source, &["--date", &date, "--out", &format!("{alone}/{date}")]);
        report(&source, &["--catch-up", "--from", &date, "--out", &among]);
        for out in [alone, among] {
            let text = fs::read_to_string(format!("{out}/{date}/report.json")).unwrap();
            let said: Value = serde_json::from_str(&text).unwrap();
            let found = (
                figure(&said, "runs"),
                said["answers"][2]["state"].as_str().unwrap(),
                said["quiet"].as_array().unwrap().len(),
            );
            assert_eq!(found, (runs, missing, quiet), "{files:?} {out}: {text}");
        }
    }
}

#[test]
fn what_is_too_late_for_a_day_is_none_of_its_report() {
    // An event that was delivered with the late days, and one that was delivered after them.
    check_day(&[(3, 3, ""), (4, 4, ""), (3, 4, "")], 3, 2, "fine", 0);
    check_day(&[(3, 3, ""), (4, 4, ""), (3, 5, "")], 3, 1, "fine", 0);
}

#[test]
fn what_fails_on_later_days_is_no_matter_of_a_day() {
    check_day(&[(2, 2, ""), (3, 3, ""), (6, 6, "x")], 2, 1, "fine", 0);
    check_day(&[(2, 2, ""), (3, 3, ""), (1, 1, "x")], 2, 1, "look", 0);
}

#[test]
fn no_later_day_tells_whether_a_place_is_silent() {
    check_day(&[(2, 2, ""), (3, 3, ""), (4, 4, "")], 5, 0, "act", 1);
    check_day(&[(2, 2, ""), (3, 3, ""), (4, 4, ""), (7, 7, "")], 5, 0, "act", 1);
    check_day(&[(2, 2, ""), (3, 3, ""), (4, 4, ""), (6, 6, "")], 5, 0, "look", 0);
}

#[test]
fn what_lies_before_a_day_takes_the_place_of_nothing_in_it() {
    let (folder, today) = (Folder::new(), today());
    let account = "111122223333";
    for (of, delivered, id, workspace) in [(1, 1, "same", "old"), (2, 2, "other", "between"), (3, 3, "same", "new")] {
        let made = assumption(account, id, day(today, of), workspace);
        deliver(&folder, account, day(today, delivered), workspace, &records(&[made.to_string()]));
    }
    let (logs, store) = (folder.arg("logs"), folder.arg("s.db"));
    assert_eq!(Run::new(&["sync", &logs, "--store", &store, "--activity=calls"]).ended().code, Some(0));
    let [date, next] = [3, 4].map(|number| day(today, number).to_string());
    for source in [vec![logs], vec!["--store".to_owned(), store]] {
        let of_source: Vec<&str> = source.iter().map(String::as_str).collect();
        let scanned =
            Run::new(&[&["runs"], &of_source[..], &["--from", &date, "--to", &next, "-o", "csv"]].concat()).ended();
        assert!(scanned.stdout.contains("run-new"), "{}", scanned.stderr);
        for more in [&[][..], &["--activity"], &["--whole-runs"], &["--group-by", "account"], &["--workspace", "*"]] {
            let [alone, among, compared] = ["alone", "among", "compared"].map(|how| folder.arg(how));
            report(&source, &[more, &["--date", &date, "--out", &format!("{alone}/{date}")]].concat());
            report(&source, &[more, &["--catch-up", "--from", &day(today, 1).to_string(), "--out", &among]].concat());
            let before = format!("{}..{date}", day(today, 2));
            let between = format!("{date}..{next}");
            report(
                &source,
                &[more, &["--compare", &before, &between, "--out", &format!("{compared}/{date}")]].concat(),
            );
            for out in [alone, among, compared] {
                let place = if more.contains(&"--group-by") { "/account-111122223333" } else { "" };
                let text = |name: &str| fs::read_to_string(format!("{out}/{date}{place}/{name}")).unwrap();
                assert_eq!(text("runs.csv"), scanned.stdout, "{more:?} {out}");
                let said: Value = serde_json::from_str(&text("report.json")).unwrap();
                let kept = json!({"reported": 1, "filtered": 0, "duplicate": 0, "conflicts": 0});
                assert_eq!(said["coverage"]["kept"], kept, "{more:?} {out}");
                fs::remove_dir_all(&out).unwrap();
            }
        }
    }
}
