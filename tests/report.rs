//! `report` from outside: pages, files, manifest, comparison, groups and missing days.

#![expect(clippy::unwrap_used, reason = "a test that cannot run the program has failed")]

#[expect(dead_code, reason = "other tests use the rest")]
#[path = "support/events.rs"]
mod events;
#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use events::{Folder, denied, event, fixture, records};
use sha2::{Digest as _, Sha256};
use support::Run;
use tfctrail::domain::timestamp::{Day, Timestamp};

fn report(args: &[&str]) -> support::Ended {
    Run::new(&[&["report"], args].concat()).ended()
}

/// A page on standard output, in which the place of the fixtures is left out.
fn page(args: &[&str]) -> String {
    let ended = report(args);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    ended.stdout.replace(&fixture(""), "").replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

/// Every file below a directory, by its path.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = walkdir::WalkDir::new(root).into_iter().map(|entry| entry.unwrap());
    let files = entries.filter(|entry| entry.file_type().is_file());
    let name = |path: &Path| path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
    files.map(|entry| (name(entry.path()), fs::read(entry.path()).unwrap())).collect()
}

#[test]
fn pages_are_as_documented() {
    let demo = fixture("demo");
    for page_name in ["markdown", "json"] {
        let text = page(&[&demo, "--date", "2026-11-05", "-o", page_name]);
        insta::assert_snapshot!(format!("report_{page_name}"), text);
    }
    let text = page(&[&demo, "--compare", "2026-11-02..2026-11-04", "2026-11-04..2026-11-06"]);
    insta::assert_snapshot!("report_compare", text);
}

#[test]
fn a_directory_gets_every_file_and_a_manifest_that_is_right() {
    let folder = Folder::new();
    let out = folder.arg("out");
    let ended = report(&[&fixture("demo"), "--date", "2026-11-04", "--out", &out]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let files = files(Path::new(&out));
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    let expected = [
        "events.csv",
        "findings.csv",
        "manifest.json",
        "report.html",
        "report.json",
        "report.md",
        "report.xlsx",
        "runs.csv",
    ];
    assert_eq!(names, expected);
    let manifest: serde_json::Value = serde_json::from_slice(&files["manifest.json"]).unwrap();
    assert_eq!(manifest["window"]["from"], "2026-11-04T00:00:00Z");
    assert_eq!(manifest["files"].as_array().unwrap().len(), 7);
    for file in manifest["files"].as_array().unwrap() {
        let bytes = &files[file["name"].as_str().unwrap()];
        let hash = Sha256::digest(bytes).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        assert_eq!((file["sha256"].as_str(), file["bytes"].as_u64()), (Some(hash.as_str()), Some(bytes.len() as u64)));
        let path = Path::new(&out).join(file["name"].as_str().unwrap());
        let found = fs::metadata(path).unwrap();
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o777, 0o600);
        assert_eq!(found.len(), bytes.len() as u64);
    }
    let kept = &manifest["coverage"]["kept"];
    let sum: u64 =
        ["reported", "filtered", "duplicate", "conflicts"].iter().map(|name| kept[name].as_u64().unwrap()).sum();
    assert_eq!(Some(sum), manifest["coverage"]["records"]["kept"].as_u64());
    let rows = String::from_utf8(files["events.csv"].clone()).unwrap().lines().count() as u64 - 1;
    assert_eq!(Some(rows), kept["reported"].as_u64());
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let folder = Folder::new();
    for (name, threads) in [("a", "1"), ("b", "4"), ("b", "2")] {
        let out = folder.arg(name);
        let args = [&fixture("demo"), "--date", "2026-11-05", "--threads", threads, "--out", &out];
        assert_eq!(report(&args).code, Some(0));
    }
    assert_eq!(files(&folder.path("a")), files(&folder.path("b")));
}

#[test]
fn catching_up_writes_the_days_that_are_missing() {
    let folder = Folder::new();
    let log = [
        event("1", "2026-11-02T10:00:00Z", "web"),
        event("2", "2026-11-03T10:00:00Z", "web"),
        event("3", "2026-11-04T10:00:00Z", "net"),
    ];
    let logs = folder.write("logs/a.json", records(&log)).parent().unwrap().to_str().unwrap().to_owned();
    let out = folder.arg("out");
    assert_eq!(report(&[&logs, "--date", "2026-11-03", "--out", &folder.arg("out/2026-11-03")]).code, Some(0));
    let untouched = fs::read(folder.path("out/2026-11-03/manifest.json")).unwrap();
    let ended = report(&[&logs, "--catch-up", "--from", "2026-11-02", "--out", &out]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let days = folder.names("out");
    assert_eq!(&days[..3], ["2026-11-02", "2026-11-03", "2026-11-04"]);
    assert!(!ended.stderr.contains("wrote") || !ended.stderr.contains("out/2026-11-03\n"));
    assert_eq!(fs::read(folder.path("out/2026-11-03/manifest.json")).unwrap(), untouched);
    let text = fs::read_to_string(folder.path("out/2026-11-04/report.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let new = json["new"].as_array().unwrap().iter().filter(|new| new["kind"] == "workspace");
    assert_eq!(new.map(|new| new["parts"][3].as_str().unwrap()).collect::<Vec<_>>(), ["net"]);
    assert!(report(&[&logs, "--catch-up", "--from", "2026-11-02", "--out", &out]).stderr.contains("no day is missing"));
}

#[test]
fn groups_have_directories_that_no_name_can_leave() {
    let folder = Folder::new();
    let hostile = event("2", "2026-11-02T11:00:00Z", "x").replace("organization:acme", "organization:../../evil");
    let log = records(&[event("1", "2026-11-02T10:00:00Z", "web"), hostile]);
    let logs = folder.write("logs/a.json", log).to_str().unwrap().to_owned();
    let args = [&logs, "--date", "2026-11-02", "--group-by", "organization", "--out", &folder.arg("out")];
    assert_eq!(report(&args).code, Some(0));
    let names = folder.names("out");
    assert_eq!(names.len(), 5, "{names:?}");
    assert!(names.contains(&"organization-acme".to_owned()));
    // A role that two organizations share is the finding of neither.
    let shared = fs::read_to_string(folder.path("out/organization--e3b0c44298fc1c14/findings.csv")).unwrap();
    assert!(shared.contains("role-shared-by-organizations"), "{shared}");
    let events = fs::read_to_string(folder.path("out/organization-acme/events.csv")).unwrap();
    assert!(events.lines().count() == 2 && !events.contains("evil"));
    assert_eq!(folder.names("").len(), 2);
}

#[test]
fn a_window_without_a_group_is_judged_all_the_same() {
    let folder = Folder::new();
    let day = ["--from", "2026-11-02", "--to", "2026-11-03"];
    let check = |source: &str, more: &[&str], code: i32, told: &str| {
        let out = folder.arg("out");
        let grouped = [&[source, "--group-by", "organization", "--out", &out], &day[..], more].concat();
        let ended = report(&grouped);
        assert_eq!(ended.code, Some(code), "{grouped:?}: {}", ended.stderr);
        assert!(ended.stderr.contains("no organization had an event in Monday, 2 November 2026"), "{}", ended.stderr);
        assert!(ended.stderr.contains(told), "{}", ended.stderr);
        assert!(!folder.path("out").exists());
    };
    check(&fixture("hostile/truncated.json.gz"), &[], 5, "gzip stream is cut off");
    std::fs::create_dir(folder.path("empty")).unwrap();
    check(&folder.arg("empty"), &[], 5, "no log file of the window was read");
    let log = folder.write("logs/a.json", records(&[event("1", "2026-11-02T10:00:00Z", "web")]));
    check(log.to_str().unwrap(), &["--org", "nobody"], 0, "");
}

#[test]
fn a_baseline_tells_what_is_new_and_a_level_ends_with_3() {
    let folder = Folder::new();
    let old = folder.write("old/a.json", records(&[event("1", "2026-11-01T10:00:00Z", "web")]));
    let log = [event("2", "2026-11-02T10:00:00Z", "net"), denied("3", "2026-11-02T10:01:00Z", "web")];
    let logs = folder.write("logs/a.json", records(&log));
    let (old, logs) = (old.to_str().unwrap(), logs.to_str().unwrap());
    let json = |args: &[&str]| -> serde_json::Value {
        serde_json::from_str(&page(&[&[logs, "--date", "2026-11-02", "-o", "json"], args].concat())).unwrap()
    };
    assert_eq!(json(&[])["answers"][0]["state"], "unknown");
    let found = json(&["--baseline", old]);
    let kinds: Vec<&str> = found["new"].as_array().unwrap().iter().map(|new| new["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["workspace", "workspace in an account"]);
    assert_eq!(found["denials"][0]["count"], 1);
    let ended = report(&[logs, "--date", "2026-11-02", "--expected-organization", "other", "--fail-on", "high"]);
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
}

#[test]
fn what_a_baseline_lacks_is_said_and_costs_no_report() {
    let folder = Folder::new();
    folder.write("old/a.json", records(&[event("1", "2026-11-01T10:00:00Z", "web")]));
    folder.write("old/b.json", r#"{"Records":[{"eventVersion":"1.11""#);
    let log = folder.write("logs/a.json", records(&[event("2", "2026-11-02T10:00:00Z", "net")]));
    let (old, log) = (folder.arg("old"), log.to_str().unwrap());
    let args = [log, "--date", "2026-11-02", "--baseline", &old];
    let ended = report(&[&args[..], &["-o", "json"]].concat());
    let found: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(found["new"].as_array().unwrap().len(), 2, "{found}");
    let said = format!("the baseline {old} is incomplete: 1 failed file");
    let lacks = found["coverage"]["incomplete"].as_array().unwrap();
    assert!(lacks.len() == 1 && lacks[0].as_str().unwrap().starts_with(&said), "{lacks:?}");
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    assert!(ended.stderr.contains(&said), "{}", ended.stderr);
    // So does a store that holds it.
    let (store, out) = (folder.arg("s.db"), folder.arg("out"));
    assert_eq!(Run::new(&["sync", &old, "--store", &store]).ended().code, Some(5));
    let of_store = format!("store:{store}");
    let ended = report(&[log, "--date", "2026-11-02", "--baseline", &of_store, "--out", &out]);
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    assert!(folder.path("out/report.html").exists(), "{}", ended.stderr);
    assert!(
        ended.stderr.contains(&format!("the baseline {of_store} is incomplete: 1 failed file")),
        "{}",
        ended.stderr
    );
}

#[test]
fn wrong_combinations_are_refused() {
    let check = |args: &[&str], message: &str| {
        let ended = report(&[&[fixture("demo").as_str()], args].concat());
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
        assert!(ended.stderr.contains(message), "{}", ended.stderr);
    };
    check(&["--catch-up"], "several reports need a directory");
    let baseline = fixture("demo");
    check(&["--catch-up", "--out", "reports", "--baseline", &baseline], "say from when with --from");
    check(&["--date", "nope"], "--date 'nope': not a time");
    check(&["--date", "2026-11-02", "--last", "7d"], "cannot be used with");
    check(&["--compare", "2026-11-02"], "--compare");
}

#[test]
fn a_window_without_a_log_file_is_missing() {
    let ended = report(&[&fixture("demo"), "--date", "2026-11-09"]);
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    let text = ended.stdout;
    assert!(text.contains("**Is anything missing?** Yes: no log file of this window was read."), "{text}");
    for question in ["Is anything new?", "Is anything wrong?"] {
        assert!(text.contains(&format!("**{question}** Unknown: no log file of this window was read.")), "{text}");
    }
    // Its tables say no more than its answers.
    for words in ["Nothing is new", "Nothing that is usually here"] {
        assert!(!text.contains(words), "{text}");
    }
}

#[test]
fn without_a_past_nothing_is_called_new_and_a_stranger_is_named() {
    let folder = Folder::new();
    let stranger = denied("1", "2026-11-02T10:01:00Z", "web").replace("organization:acme", "organization:quietfox");
    let log = records(&[stranger, event("2", "2026-11-02T10:02:00Z", "web")]);
    let logs = folder.write("logs/a.json", log).to_str().unwrap().to_owned();
    let text = page(&[&logs, "--date", "2026-11-02"]);
    assert_eq!(
        text.matches("There are no earlier events to compare with, so nothing can be called new.").count(),
        2,
        "{text}"
    );
    assert!(text.contains("  - 1 denial of a stranger: quietfox\n"), "{text}");
}

/// The same event, as an issuer gives it that nobody named.
fn look_alike(event: &str) -> String {
    let text = event.replace("app.terraform.io", "tfe.corp.example");
    assert_ne!(text, event);
    text
}

#[test]
fn the_rules_see_issuers_that_nobody_named_and_the_rows_do_not() {
    let folder = Folder::new();
    let log = [
        event("1", "2026-11-01T10:00:00Z", "web"),
        look_alike(&event("2", "2026-11-01T11:00:00Z", "web")),
        event("3", "2026-11-02T10:00:00Z", "web"),
        look_alike(&event("4", "2026-11-02T11:00:00Z", "net")),
        look_alike(&denied("5", "2026-11-02T12:00:00Z", "net")),
    ];
    let logs = folder.write("logs/a.json", records(&log)).to_str().unwrap().to_owned();
    let store = folder.arg("store.db");
    let synced = Run::new(&["sync", &logs, "--all-issuers", "--store", &store]).ended();
    assert_eq!(synced.code, Some(0), "{}", synced.stderr);
    for (name, source) in [("scanned", logs.clone()), ("stored", format!("store:{store}"))] {
        let out = folder.arg(name);
        assert_eq!(report(&[&source, "--date", "2026-11-02", "--out", &out]).code, Some(0));
        let files = files(Path::new(&out));
        let text = |name: &str| String::from_utf8(files[name].clone()).unwrap();
        let window = ["--from", "2026-11-02", "--to", "2026-11-03", "--baseline", &source, "-o", "csv"];
        let found = Run::new(&[&["findings", &source], &window[..]].concat()).ended().stdout;
        assert_eq!(found.matches("unnamed-issuer").count(), 2, "{name}: {found}");
        assert_eq!(text("findings.csv"), found, "{name}");
        assert!(!text("events.csv").contains("tfe.corp.example") && !text("runs.csv").contains("tfe.corp.example"));
        let json: serde_json::Value = serde_json::from_str(&text("report.json")).unwrap();
        assert_eq!(json["figures"][1]["value"], 1, "{name}");
        assert_eq!((&json["denials"], &json["new"]), (&serde_json::json!([]), &serde_json::json!([])), "{name}");
        let kept = serde_json::json!({"reported": 1, "filtered": 4, "duplicate": 0, "conflicts": 0});
        assert_eq!((&json["coverage"]["kept"], &json["coverage"]["records"]["kept"]), (&kept, &5.into()), "{name}");
    }
    let by = |by: &str| {
        let out = folder.arg(by);
        assert_eq!(report(&[&logs, "--date", "2026-11-02", "--group-by", by, "--out", &out]).code, Some(0));
        files(Path::new(&out)).into_iter().filter(|(name, _)| name.ends_with("findings.csv")).collect::<Vec<_>>()
    };
    let has = |(name, text): &(String, Vec<u8>)| {
        (name.split('-').nth(1).unwrap().to_owned(), String::from_utf8_lossy(text).matches("unnamed-issuer").count())
    };
    assert_eq!(
        by("organization").iter().map(has).collect::<Vec<_>>(),
        [(String::new(), 2), ("acme/findings.csv".to_owned(), 0)]
    );
    assert_eq!(by("account").iter().map(has).collect::<Vec<_>>(), [("111122223333/findings.csv".to_owned(), 2)]);
}

#[test]
fn with_a_sync_first_the_store_gives_the_same_report() {
    let folder = Folder::new();
    let (demo, scanned, synced) = (fixture("demo"), folder.arg("scanned"), folder.arg("synced"));
    let day = ["--date", "2026-11-04", "--out"];
    let ended = report(&[&[demo.as_str()], &day[..], &[&scanned]].concat());
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let store = folder.arg("store.db");
    let ended = report(&[&[demo.as_str(), "--sync", "--store", &store], &day[..], &[&synced]].concat());
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("79 new"), "{}", ended.stderr);
    assert_eq!(files(Path::new(&scanned)), files(Path::new(&synced)));
}

#[test]
fn a_store_asked_window_by_window_gives_the_same_reports() {
    let folder = Folder::new();
    let store = folder.arg("store.db");
    let planted = look_alike(&event("p1", "2026-11-03T11:00:00Z", "web"));
    let again = look_alike(&event("p2", "2026-11-05T11:00:00Z", "web"));
    let copy = event("c1", "2026-11-04T11:00:00Z", "web");
    let other = event("c1", "2026-11-04T12:00:00Z", "web");
    let log = [planted, again, copy, other, denied("d1", "2026-11-05T09:00:00Z", "web")];
    let logs = folder.write("logs/a.json", records(&log)).parent().unwrap().to_str().unwrap().to_owned();
    let ended = Run::new(&["sync", &fixture("demo"), &logs, "--store", &store]).ended();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let check = |name: &str, args: &[&str]| {
        let reports = |out: &str, flags: &[&str]| {
            let out = folder.arg(&format!("{name}-{out}"));
            // A night that was reported on before, between others.
            let day = format!("{out}/2026-11-04");
            if name.starts_with("catch-up") {
                assert_eq!(report(&["--store", &store, "--date", "2026-11-04", "--out", &day]).code, Some(0));
            }
            let ended = report(&[&["--store", &store, "--out", &out], args, flags].concat());
            // Of days without log files there is nothing to report.
            let expected = if name == "nothing" || name.starts_with("catch-up") { [0, 5] } else { [0, 0] };
            assert!(ended.code.is_some_and(|code| expected.contains(&code)), "{}", ended.stderr);
            (files(Path::new(&out)), ended.stderr.replace(&out, ""))
        };
        let (fast, slow) = (reports("fast", &[]), reports("slow", &["--whole-runs"]));
        assert_eq!(fast.0.keys().collect::<Vec<_>>(), slow.0.keys().collect::<Vec<_>>());
        for (path, bytes) in &fast.0 {
            assert_eq!(String::from_utf8_lossy(bytes), String::from_utf8_lossy(&slow.0[path]), "{name}: {path}");
        }
        assert_eq!(fast.1, slow.1);
    };
    check("first", &["--date", "2026-11-02"]);
    check("date", &["--date", "2026-11-05"]);
    check("hours", &["--from", "2026-11-04T06:30:00Z", "--to", "2026-11-05T12:00:00Z"]);
    check("nothing", &["--date", "2026-10-01"]);
    check("compare", &["--compare", "2026-11-02", "2026-11-05"]);
    check("compare-overlapping", &["--compare", "2026-11-04..2026-11-06", "2026-11-02..2026-11-05"]);
    check("compare-groups", &["--compare", "2026-11-02", "2026-11-04", "--group-by", "account"]);
    check("baseline", &["--date", "2026-11-05", "--baseline", &logs]);
    check("catch-up", &["--catch-up", "--from", "2026-11-01"]);
    check("catch-up all", &["--catch-up"]);
}

/// The day of that number; today is the tenth.
fn day(number: i64) -> Day {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    Timestamp::from_seconds(i64::try_from(now).unwrap()).unwrap().day().plus(number - 10)
}

/// Eight days of two organizations and an issuer that nobody named, with copies, a conflict, runs across midnight, and a
/// log file that is late.
fn eight_days(folder: &Folder, day: impl Fn(i64) -> Day) -> String {
    let file = |day: Day, hour: u32, number: usize, log: &[String]| {
        let stamp = format!("{}T{hour:02}05Z", day.to_string().replace('-', ""));
        let name = format!("111122223333_CloudTrail_eu-west-1_{stamp}_abcdefgh{number:08}.json");
        folder.write(&format!("logs/{name}"), records(log));
    };
    let other = |event: &str| {
        event.replace("organization:acme", "organization:quietfox").replace("111122223333", "444455556666")
    };
    let stack = |event: &str| {
        let text = event.replace("workspace:web:run_phase", "stack:net:deployment:prod:operation");
        text.replace("terraform-run-run-web", "stack-net")
    };
    for number in 1..=8 {
        let time = |hour: &str| format!("{}T{hour}Z", day(number));
        let id = |event: usize| format!("0c1d2e3f-0000-4abc-9def-{number:04}{event:08}");
        let web = event(&id(1), &time("10:00:00"), "web");
        let log = [
            web.clone(),
            event(&id(2), &time("23:50:00"), ["api", "net", "db"][usize::try_from(number % 3).unwrap()]),
            stack(&event(&id(3), &time("23:59:00"), "web")),
            stack(&event(&id(4), &time("00:20:00"), "web")),
            denied(&id(5), &time("11:00:00"), "web"),
        ];
        file(day(number), 10, 1, &log);
        let log = [
            web,
            event(&id(2), &time("23:55:00"), "conflict"),
            other(&event(&id(6), &time("12:00:00"), "web")),
            look_alike(&event(&id(7), &time("12:30:00"), "x")),
        ];
        if number % 3 > 0 {
            file(day(number), 13, 2, &log);
        }
        if number == 5 {
            let late = event(&id(8), &format!("{}T09:00:00Z", day(3)), "late");
            let early = denied(&id(9), &format!("{}T09:00:00Z", day(9)), "early");
            file(day(number), 14, 3, &[late, early]);
        }
    }
    folder.path("logs").to_str().unwrap().to_owned()
}

#[test]
fn a_store_gives_the_reports_of_its_log_files_without_events_of_the_past() {
    let folder = Folder::new();
    let days: Vec<Day> = (0..=10).map(day).collect();
    let day = |number: i64| days[usize::try_from(number).unwrap()];
    let (logs, store) = (eight_days(&folder, day), folder.arg("store.db"));
    let synced = Run::new(&["sync", &logs, "--store", &store]).ended();
    assert_eq!(synced.code, Some(0), "{}", synced.stderr);
    let old = records(&[event("old", &format!("{}T10:00:00Z", day(1)), "net")]);
    let old = folder.write("old/a.json", old).to_str().unwrap().to_owned();
    let store = format!("store:{store}");
    // A `D` stands for a day, and SOURCE for what is read.
    for (number, call) in [
        "--date D6",
        "--date D1",
        "--date D10",
        "--date D3 --late-days 0",
        "--from D5T23:55:00Z --to D6T11:00:00Z --run-gap 10m",
        "--from D4 --to D7 --workspace !web",
        "--date D6 --org quietfox",
        "--date D6 --run run-web --outcome granted",
        "--date D6 --ip 192.0.2.0/24 --role web",
        "--date D6 --whole-runs --outcome denied",
        "--date D6 --tfe-host tfe.corp.example",
        "--date D6 --baseline OLD",
        "--compare D2 D6",
        "--compare D5..D8 D2..D6",
        "--date D6 --group-by organization",
        "--from D5T12:10:00Z --to D6T23:58:00Z --group-by account --run-gap 20m",
        "--catch-up --from D7 --group-by account",
        "--catch-up --from D6",
        "--catch-up",
    ]
    .into_iter()
    .enumerate()
    {
        let args = (0..=10)
            .rev()
            .fold(call.to_owned(), |call, number| call.replace(&format!("D{number}"), &day(number).to_string()));
        let args = args.replace("OLD", &old);
        let [scanned, stored] = [("scanned", &logs), ("stored", &store)].map(|(name, source)| {
            let out = format!("{name}-{number}");
            if call == "--catch-up" {
                for number in [1, 2, 3, 4, 6] {
                    folder.write(&format!("{out}/{}/manifest.json", day(number)), "");
                }
            }
            let out = folder.arg(&out);
            let args: Vec<&str> = [source, "--out", &out].into_iter().chain(args.split(' ')).collect();
            let ended = report(&args);
            // A window of which no log file was read is incomplete.
            assert!(matches!(ended.code, Some(0 | 5)), "{call}: {}", ended.stderr);
            let mut files = files(Path::new(&out));
            // Today may be over meanwhile.
            files.retain(|name, _| !name.starts_with("index.") && !name.starts_with(&day(10).to_string()));
            (ended.code, files)
        });
        assert_eq!(stored.0, scanned.0, "{call}");
        let (stored, scanned) = (stored.1, scanned.1);
        assert_eq!(stored.keys().collect::<Vec<_>>(), scanned.keys().collect::<Vec<_>>(), "{call}");
        for (name, bytes) in &scanned {
            let (stored, scanned) = (String::from_utf8_lossy(&stored[name]), String::from_utf8_lossy(bytes));
            assert_eq!(stored, scanned, "{call}: {name}");
        }
        assert!(scanned.len() >= 7, "{call}");
    }
}

/// An event as another organization, from that address.
fn of(organization: &str, address: &str, event: &str) -> String {
    event.replace("organization:acme", &format!("organization:{organization}")).replace("192.0.2.7", address)
}

#[test]
fn a_filter_makes_nothing_old_new() {
    let folder = Folder::new();
    let (first, night) = ("2026-11-01T10:00:00Z", "2026-11-02T10:00:00Z");
    // What acme is seen with in the night, others were seen with before.
    let events = [
        of("zeta", "198.51.100.7", &event("1", first, "web")),
        event("2", first, "web"),
        of("acme", "198.51.100.7", &event("3", night, "web")),
        event("4", night, "dns"),
    ];
    folder.write("logs/a.json", records(&events));
    let (logs, store) = (folder.arg("logs"), folder.arg("store.db"));
    assert_eq!(Run::new(&["sync", &logs, "--store", &store]).ended().code, Some(0));
    let asked = |more: &[&str]| -> (Vec<serde_json::Value>, Vec<String>) {
        let text = page(&[&["--date", "2026-11-02", "-o", "json"], more].concat());
        let report: serde_json::Value = serde_json::from_str(&text).unwrap();
        let rules = report["findings"].as_array().unwrap().iter().map(|it| it["rule"].as_str().unwrap().to_owned());
        (report["new"].as_array().unwrap().clone(), rules.filter(|rule| rule.starts_with("first-seen")).collect())
    };
    let whole = asked(&[&logs]);
    assert_eq!((whole.0.len(), whole.1.as_slice()), (2, &["first-seen-workspace".to_owned()][..]), "{whole:?}");
    let narrow = ["--org", "acme"];
    for sources in
        [&[logs.as_str()][..], &["--store", &store], &[&logs, "--whole-runs"], &["--store", &store, "--whole-runs"]]
    {
        assert_eq!(asked(&[sources, &narrow].concat()), whole, "{sources:?}");
        let compared: Vec<&str> = sources.iter().chain(&narrow).copied().collect();
        let text =
            Run::new(&[&["report"], &compared[..], &["-o", "json", "--compare", "2026-11-01", "2026-11-02"]].concat());
        let report: serde_json::Value = serde_json::from_str(&text.ended().stdout).unwrap();
        assert_eq!(report["new"].as_array().unwrap(), &whole.0, "{sources:?}");
    }
    // `findings` has the same past.
    let found = Run::new(&[
        "findings",
        "--store",
        &store,
        "--org",
        "acme",
        "--from",
        "2026-11-02",
        "-o",
        "csv",
        "--columns",
        "rule_id",
    ]);
    let found = found.ended().stdout;
    assert_eq!(
        found.lines().filter(|rule| rule.starts_with("first-seen")).collect::<Vec<_>>(),
        ["first-seen-workspace"]
    );
}

#[test]
fn catching_up_begins_where_the_logs_do_and_not_at_a_wrong_date() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let day = |back: u64| {
        let time = Timestamp::from_seconds(i64::try_from(now - back * 86_400).unwrap()).unwrap();
        time.day().to_string()
    };
    let at = |folder: &Folder, day: &str, id: &str| {
        let name = format!("logs/AWSLogs/111122223333/CloudTrail/eu-west-1/{}/{id}.json", day.replace('-', "/"));
        folder.write(&name, records(&[event(id, &format!("{day}T10:00:00Z"), "web")]));
    };
    let caught = |folder: &Folder, more: &[&str]| {
        let (logs, out) = (folder.arg("logs"), folder.arg("out"));
        report(&[&[logs.as_str(), "--catch-up", "--out", &out], more].concat())
    };
    let folder = Folder::new();
    for (id, day) in [("1", day(2)), ("2", day(1)), ("3", "0001-01-01".to_owned()), ("4", "9999-12-30".to_owned())] {
        at(&folder, &day, id);
    }
    let ended = caught(&folder, &[]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let days: Vec<String> = folder.names("out").into_iter().filter(|name| !name.starts_with("index")).collect();
    assert_eq!(days, [day(2), day(1)]);
    let folder = Folder::new();
    at(&folder, &day(402), "1");
    at(&folder, &day(1), "2");
    let ended = caught(&folder, &[]);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("--catch-up: more than 400 days are missing, the first is"), "{}", ended.stderr);
    assert!(ended.stderr.contains("--from"), "{}", ended.stderr);
    assert!(!folder.path("out").exists());
    assert_eq!(caught(&folder, &["--from", &day(2)]).code, Some(0));
    // Days that are there are no question.
    for back in 3..=402 {
        fs::create_dir(folder.path("out").join(day(back))).unwrap();
        folder.write(&format!("out/{}/manifest.json", day(back)), "{}");
    }
    assert_eq!(caught(&folder, &[]).code, Some(0));
}
