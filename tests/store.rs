//! A store answers what a scan answers.

#![expect(clippy::unwrap_used, reason = "a test without its fixtures has failed")]

#[expect(dead_code, reason = "other tests use the rest")]
#[path = "support/events.rs"]
mod events;
#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use events::{Folder, denied, event};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use support::Run;

fn fixtures(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name).to_str().unwrap().to_owned()
}

/// A store of some sources.
struct Filled {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl Filled {
    fn new(sources: &[&str], flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let filled = Self { _folder: folder, path };
        filled.sync(sources, flags);
        filled
    }

    fn sync(&self, sources: &[&str], flags: &[&str]) {
        let args = [&["sync", "--store", self.path()], sources, flags].concat();
        let ended = Run::new(&args).ended();
        assert!(matches!(ended.code, Some(0 | 5)), "{}", ended.stderr);
    }

    fn path(&self) -> &str {
        self.path.to_str().unwrap()
    }

    fn open(&self) -> Connection {
        Connection::open_with_flags(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
    }

    /// The command gives the same bytes and the same exit code for the store as for the sources.
    fn check(&self, sources: &[&str], command: &[&str]) {
        let scanned = Run::new(&[&command[..1], sources, &command[1..]].concat()).ended();
        let store = format!("store:{}", self.path());
        let asked = [&command[..1], &[&store], &command[1..]].concat();
        let answered = Run::new(&asked).ended();
        assert_eq!(answered.stdout, scanned.stdout, "{asked:?}\n{}", answered.stderr);
        assert_eq!(answered.code, scanned.code, "{asked:?}\n{}\n{}", answered.stderr, scanned.stderr);
    }
}

const COMMANDS: [&[&str]; 10] = [
    &["runs", "-o", "json"],
    &["events", "-o", "json"],
    &["events", "-o", "csv"],
    &["summary", "-o", "json"],
    &["summary", "-o", "csv", "--by", "day,outcome,kind,log_file"],
    &["coverage", "-o", "json"],
    &["coverage", "-o", "csv"],
    &["runs", "-o", "markdown"],
    &["runs", "-o", "table"],
    &["events", "-o", "ndjson"],
];

/// Windows, which all of the commands take.
const WINDOWS: [&[&str]; 7] = [
    &[],
    &["--from", "2026-11-02"],
    &["--to", "2026-11-03"],
    &["--from", "2026-11-02T10:07:31Z", "--to", "2026-11-03T12:00:00Z"],
    &["--from", "2026-11-02T10:07:31Z", "--to", "2026-11-03T12:00:00Z", "--late-days", "0"],
    &["--from", "2026-11-02", "--to", "2026-11-02T00:00:01Z", "--strict"],
    &["--from", "1999-01-01", "--to", "1999-01-02"],
];

/// Filters, which those take that show events.
const FILTERS: [&[&str]; 22] = [
    &["--org", "acme"],
    &["--org", "!acme"],
    &["--org", "a*", "--org", "!*e"],
    &["--workspace", "w*", "--phase", "plan"],
    &["--workspace", "no-such-workspace"],
    &["--project", "Default Project"],
    &["--stack", "*"],
    &["--deployment", "/./"],
    &["--kind", "other"],
    &["--kind", "!workspace"],
    &["--run", "run-*"],
    &["--run", "run-LMCK4SSiBfR6Y6rb"],
    &["--run", "!run-LMCK4SSiBfR6Y6rb"],
    &["--outcome", "denied"],
    &["--account", "111122223333", "--region", "eu-*"],
    &["--role", "*deploy*"],
    &["--ip", "192.0.2.0/24"],
    &["--issuer", "app.terraform.io"],
    &["--whole-runs", "--phase", "apply"],
    &["--whole-runs", "--from", "2026-11-02T12:00:00Z"],
    &["--whole-runs", "--run-gap", "1m", "--kind", "stack", "--phase", "plan"],
    &["--from", "2026-11-02T12:00:00Z", "--org", "acme", "--phase", "plan"],
];

#[test]
fn a_store_answers_what_a_scan_answers() {
    let (demo, shapes, hostile) = (fixtures("demo"), fixtures("shapes"), fixtures("hostile"));
    let all: &[&str] = &[&demo, &shapes, &hostile];
    let store = Filled::new(all, &[]);
    for command in COMMANDS {
        for window in WINDOWS {
            store.check(all, &[command, window].concat());
        }
    }
    for command in [COMMANDS[0], COMMANDS[1], COMMANDS[3]] {
        for filter in FILTERS {
            store.check(all, &[command, filter].concat());
        }
    }
}

#[test]
fn the_store_is_read_where_no_source_is_given() {
    let demo = fixtures("demo");
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let run = |args: &[&str]| Run::new(args).env("XDG_DATA_HOME", data).ended();
    assert!(run(&["runs"]).stderr.starts_with("tfctrail: error: no source given\n"));
    assert_eq!(run(&["sync", &demo]).code, Some(0));
    let scanned = run(&["runs", "-o", "json", &demo]).stdout;
    let path = folder.path().join("tfctrail/store.db");
    let path = path.to_str().unwrap();
    for asked in
        [&["runs", "-o", "json"][..], &["runs", "-o", "json", "store:"], &["runs", "-o", "json", "--store", path]]
    {
        assert_eq!(run(asked).stdout, scanned, "{asked:?}");
    }
}

#[test]
fn one_source_is_as_good_as_many() {
    for name in ["demo", "shapes", "hostile", "shapes/records.json", "hostile/empty.json"] {
        let source = fixtures(name);
        let store = Filled::new(&[&source], &[]);
        for command in COMMANDS {
            store.check(&[&source], command);
        }
    }
}

#[test]
fn a_wider_store_answers_narrower_questions() {
    let sources = [fixtures("shapes"), fixtures("hostile")];
    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    let host = ["--tfe-host", "tfe.example.com"];
    let store = Filled::new(&sources, &["--all-issuers"]);
    for flags in [&[][..], &host, &["--all-issuers"], &["--all-issuers", host[0], host[1]]] {
        for command in COMMANDS {
            store.check(&sources, &[command, flags].concat());
            store.check(&sources, &[command, flags, &["--from", "2026-11-02T10:00:30Z"]].concat());
        }
        store.check(&sources, &[&["runs", "-o", "json", "--org", "acme"], flags].concat());
    }
}

#[test]
fn a_narrower_store_says_so_until_it_is_filled_for_more() {
    let shapes = fixtures("shapes");
    let store = Filled::new(&[&shapes], &[]);
    let asked = ["runs", "-o", "json", "--all-issuers", "--store", store.path()];
    let ended = Run::new(&asked).ended();
    assert!(ended.stderr.contains("were read for fewer issuers than are asked for"), "{}", ended.stderr);
    assert_eq!(ended.code, Some(5));
    let report: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert!(report["coverage"]["incomplete"][0].as_str().unwrap().contains("for fewer issuers"), "{report}");
    store.sync(&[&shapes], &["--all-issuers"]);
    store.check(&[&shapes], &["runs", "-o", "json", "--all-issuers"]);
    store.check(&[&shapes], &["runs", "-o", "json"]);
}

#[test]
fn late_days_that_no_sync_read_are_missing() {
    let folder = Folder::new();
    for (day, event_day, time) in [(3, 3, "10:00:00"), (4, 3, "23:58:00"), (5, 4, "23:58:00")] {
        let name = format!("logs/111122223333_CloudTrail_eu-west-1_202611{day:02}T0003Z_AAAAAAAAAAAAAAAA.json");
        let event = event(&format!("e-{day}"), &format!("2026-11-{event_day:02}T{time}Z"), "web");
        folder.write(&name, events::records(&[event]));
    }
    let (logs, day) = (folder.arg("logs"), |day: u32| format!("2026-11-{day:02}"));
    // The last day of the sync and its late days; the first and the end of the window that is asked for, and its late days.
    for (end, late, (from, to, asked_late), is_whole) in [
        (4, "1", (3, 4, "1"), true),
        (4, "1", (4, 5, "1"), false),
        (4, "1", (3, 4, "5"), false),
        (4, "0", (3, 4, "0"), true),
        (4, "0", (3, 4, "1"), false),
        (5, "1", (4, 5, "1"), true),
        (5, "1", (3, 4, "5"), true),
    ] {
        let store = folder.arg(&format!("{end}-{late}-{from}-{asked_late}.db"));
        let sync = ["sync", &logs, "--store", &store, "--from", &day(3), "--to", &day(end), "--late-days", late];
        assert_eq!(Run::new(&sync).ended().code, Some(0));
        for command in ["runs", "events", "summary", "coverage", "findings"] {
            let window = ["--from", &day(from), "--to", &day(to), "--late-days", asked_late];
            let ended = Run::new(&[&[command, "--store", &store][..], &window].concat()).ended();
            let said = ended.stderr.contains("were not read into the store");
            assert_eq!((ended.code, said), (Some(if is_whole { 0 } else { 5 }), !is_whole), "{store} {}", ended.stderr);
        }
    }
}

/// Log files with events of an identity provider that somebody planted: with a subject of Terraform's form and others, in
/// two copies, under the id of an event of ours, without a time.
///
/// Without `foreign`, every event of it is of Terraform's form and whole.
fn planted(folder: &Folder, with_foreign: bool) -> String {
    let plant = |event: &str| event.replace("app.terraform.io", "planted.example");
    let foreign = |event: &str| plant(event).replace("organization:acme:project", "repo:acme/site:ref");
    let ours = event("1", "2026-11-01T10:00:00Z", "web");
    let alike = plant(&event("3", "2026-11-02T11:00:00Z", "net"));
    let untimed = plant(&event("4", "2026-11-02T12:00:00Z", "net")).replace("2026-11-02T12:00:00Z", "noon");
    let mut first = vec![ours.clone(), event("2", "2026-11-02T10:00:00Z", "web"), alike.clone()];
    if with_foreign {
        first.extend([untimed, foreign(&event("5", "2026-11-02T13:00:00Z", "net"))]);
    }
    let second = [
        alike,
        plant(&event("1", "2026-11-02T10:30:00Z", "web")),
        plant(&event("6", "2026-11-01T10:30:00Z", "old")),
        plant(&denied("7", "2026-11-02T14:00:00Z", "net")).replace("\"eventID\":\"7\",", ""),
        ours,
    ];
    let name =
        |day: u32, part: char| format!("logs/111122223333_CloudTrail_eu-west-1_202611{day:02}T0000Z_{part:a>16}.json");
    folder.write(&name(2, 'a'), events::records(&first));
    folder.write(&name(2, 'b'), events::records(&second));
    folder.write("logs/loose.json", events::records(&[plant(&event("2", "2026-11-02T10:00:00Z", "web"))]));
    // What was written just now is read again.
    for name in folder.names("logs") {
        let file = fs::File::options().write(true).open(folder.path("logs").join(name)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_hours(1)).unwrap();
    }
    folder.arg("logs")
}

/// What the rules see, and what they do not.
const RULES: [&[&str]; 4] = [
    &["findings", "-o", "json"],
    &["findings", "-o", "csv", "--rule", "unnamed-issuer"],
    &["findings", "-o", "json", "--account", "111122223333"],
    &["report", "-o", "json", "--date", "2026-11-02"],
];

#[test]
fn a_planted_identity_provider_is_found_in_a_store_and_nothing_else_sees_it() {
    let folder = Folder::new();
    let (logs, demo) = (planted(&folder, true), fixtures("demo"));
    let sources: &[&str] = &[&logs, &demo];
    let store = Filled::new(sources, &[]);
    let check = || {
        for command in COMMANDS {
            for window in WINDOWS {
                store.check(sources, &[command, window].concat());
            }
        }
        for command in RULES {
            store.check(sources, command);
            store.check(sources, &[command, &["--workspace", "net"]].concat());
        }
        let window = ["findings", "-o", "json", "--baseline", &logs, "--from", "2026-11-02", "--to", "2026-11-03"];
        store.check(sources, &window);
        store.check(sources, &["summary", "-o", "csv", "--whole-runs", "--phase", "plan"]);
    };
    check();
    let found = Run::new(&["findings", "--rule", "unnamed-issuer", "-o", "csv", "--store", store.path()]).ended();
    assert!(found.stdout.contains("planted.example"), "{}", found.stdout);
    assert!(!found.stderr.contains("were read"), "{}", found.stderr);
    let written = Run::new(&["events", &logs, &demo, "-o", "csv", "--csv-raw"]).ended();
    assert_eq!(records(&view(&store, "events")), records(&written.stdout));
    assert_eq!(alikes(&store), [2, 4]);
    // An unchanged archive is not read again, and a changed one is.
    store.sync(sources, &[]);
    check();
    folder.write("logs/loose.json", events::records(&[event("8", "2026-11-02T10:00:00Z", "web")]));
    store.sync(sources, &[]);
    for command in RULES.into_iter().chain([COMMANDS[0], COMMANDS[5]]) {
        store.check(sources, command);
    }
    assert_eq!(alikes(&store), [2, 3]);
    let ended = Run::new(&["store", "check", "--store", store.path()]).ended();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let ended = Run::new(&["store", "info", "--store", store.path()]).ended();
    assert!(ended.stderr.contains("5 more events of issuers that nobody named"), "{}", ended.stderr);
}

#[test]
fn what_was_kept_for_its_subject_is_there_when_its_issuer_is_named_later() {
    let folder = Folder::new();
    let logs = planted(&folder, false);
    let store = Filled::new(&[&logs], &[]);
    for issuers in [["--tfe-host", "planted.example"].as_slice(), &["--all-issuers"], &["--tfe-host", "other.example"]]
    {
        for command in COMMANDS.into_iter().chain(RULES) {
            store.check(&[&logs], &[command, issuers].concat());
        }
        for window in WINDOWS {
            store.check(&[&logs], &[COMMANDS[3], window, issuers].concat());
        }
        for filter in FILTERS {
            store.check(&[&logs], &[COMMANDS[0], filter, issuers].concat());
        }
    }
}

#[test]
fn an_older_store_says_what_it_lacks_until_a_sync_has_read_it() {
    let folder = Folder::new();
    let logs = planted(&folder, true);
    let store = Filled::new(&[&logs], &[]);
    // As it was before such events were kept.
    let connection = Connection::open(&store.path).unwrap();
    let before = "DELETE FROM assumptions WHERE copy >= 4; UPDATE scopes SET alikes = 0";
    connection.execute_batch(before).unwrap();
    drop(connection);
    let checked = Run::new(&["store", "check", "--store", store.path()]).ended();
    assert!(
        checked.stdout.contains("a log file does not have the events that it was marked with"),
        "{}",
        checked.stdout
    );
    let findings = || Run::new(&["findings", "--rule", "unnamed-issuer", "-o", "csv", "--store", store.path()]).ended();
    let lacks =
        "3 log files of the store were read by an older tfctrail, which kept no events of issuers that nobody named";
    let found = findings();
    assert!(found.stderr.contains(lacks) && !found.stdout.contains("planted"), "{} {}", found.stderr, found.stdout);
    let runs = Run::new(&["runs", "--store", store.path()]).ended();
    assert!(!runs.stderr.contains("were read by an older"), "{}", runs.stderr);
    let synced = Run::new(&["sync", &logs, "--store", store.path()]).ended();
    let again = "3 of the changed ones were read again for events that were not kept before";
    assert!(synced.stderr.contains(again), "{}", synced.stderr);
    assert!(!findings().stderr.contains("were read by an older"));
    for command in COMMANDS.into_iter().chain(RULES) {
        store.check(&[&logs], command);
    }
    let synced = Run::new(&["sync", &logs, "--store", store.path()]).ended();
    assert!(synced.stderr.contains("3 unchanged") && !synced.stderr.contains("read again"), "{}", synced.stderr);
}

#[test]
fn what_was_pruned_does_not_come_back_and_is_counted() {
    let folder = Folder::new();
    let logs = planted(&folder, true);
    let store = Filled::new(&[&logs], &[]);
    let pruned = Run::new(&["store", "prune", "--before", "2026-11-02", "--store", store.path()]).ended();
    assert!(pruned.stderr.contains("3 events before"), "{}", pruned.stderr);
    assert_eq!(alikes(&store), [2, 3]);
    let missing = |args: &[&str]| Run::new(&[args, &["--store", store.path()]].concat()).ended().stderr;
    assert!(missing(&["runs"]).contains("pruned from the store; 2 are missing"), "{}", missing(&["runs"]));
    assert!(missing(&["findings"]).contains("pruned from the store; 3 are missing"), "{}", missing(&["findings"]));
    assert_eq!(Run::new(&["store", "check", "--store", store.path()]).ended().code, Some(0));
    // Not even for issuers that were not kept before.
    store.sync(&[&logs], &["--all-issuers"]);
    assert_eq!(view(&store, "events").matches("2026-11-01").count(), 0);
}

/// What is new by the report of a day, and since when anything is known; nothing where there is no past.
fn new_by_report(store: &str, more: &[&str]) -> (String, Vec<String>, Option<i32>) {
    let date = ["report", "-o", "json", "--date", "2026-11-20", "--store", store];
    let ended = Run::new(&[&date, more].concat()).ended();
    let report: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    let new = report["new"].as_array().unwrap().iter().map(ToString::to_string).collect();
    (report["compared_with"].as_str().unwrap().to_owned(), new, ended.code)
}

/// The rules that found something, in order, and the exit code.
fn found_since(args: &[&str], store: &str) -> (Vec<String>, Option<i32>) {
    let asked = ["findings", "-o", "json", "--from", "2026-11-20", "--store", store];
    let ended = Run::new(&[&asked, args].concat()).ended();
    let found: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    let rules = found["rows"].as_array().unwrap().iter().map(|row| format!("{} {}", row["rule_id"], row["evidence"]));
    (rules.collect(), ended.code)
}

#[test]
fn what_was_seen_before_a_prune_is_never_new() {
    let folder = Folder::new();
    let elsewhere = |event: String| event.replace("192.0.2.7", "198.51.100.9").replace("role/deploy", "role/other");
    let days = [
        ("01", vec![event("1", "2026-11-01T10:00:00Z", "web"), event("2", "2026-11-01T10:00:00Z", "old")]),
        ("02", vec![elsewhere(event("3", "2026-11-02T10:00:00Z", "web")), denied("4", "2026-11-02T10:00:00Z", "not")]),
        ("19", vec![event("5", "2026-11-19T10:00:00Z", "web")]),
        (
            "20",
            vec![
                elsewhere(event("6", "2026-11-20T10:00:00Z", "web")),
                event("7", "2026-11-20T11:00:00Z", "old"),
                event("8", "2026-11-20T12:00:00Z", "fresh"),
                event("9", "2026-11-20T13:00:00Z", "not"),
            ],
        ),
    ];
    for (day, records) in &days {
        let name = format!("logs/111122223333_CloudTrail_eu-west-1_202611{day}T1000Z_AAAAAAAAAAAAAAAA.json");
        folder.write(&name, events::records(records));
    }
    let logs = folder.arg("logs");
    let store = Filled::new(&[&logs], &[]);
    let questions: [&[&str]; 3] = [&[], &["--whole-runs"], &["--baseline", "store:"]];
    let reports = || questions.map(|more| new_by_report(store.path(), more));
    let findings = || {
        [&[][..], &["--baseline", "store:"], &["--baseline", "store:", "--baseline", "EMPTY"]].map(|more| {
            let more: Vec<&str> =
                more.iter().map(|arg| if *arg == "EMPTY" { fixture_without_events() } else { *arg }).collect();
            found_since(&more, store.path())
        })
    };
    let (before, found) = (reports(), findings());
    assert!(before[0].1.iter().any(|new| new.contains("fresh")) && !before[0].1.iter().any(|new| new.contains("old")));
    let prune = |more: &[&str]| {
        let args = ["store", "prune", "--before", "2026-11-10", "--store", store.path()];
        let ended = Run::new(&[&args, more].concat()).ended();
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        let ended = Run::new(&["store", "check", "--store", store.path()]).ended();
        assert_eq!(ended.code, Some(0), "{}", ended.stdout);
    };
    prune(&[]);
    assert_eq!(reports(), before);
    assert_eq!(findings(), found);
    // Once more, and with issuers that were not named before.
    prune(&[]);
    assert_eq!(reports(), before);
    let questions = ["--tfe-host", "other.example"];
    assert_eq!(new_by_report(store.path(), &questions).1, before[0].1);
    // What is not remembered is not known, and that is said.
    prune(&["--forget"]);
    let (since, new, code) = new_by_report(store.path(), &[]);
    assert_eq!((&*since, code), ("known since 2026-11-10", Some(0)), "nothing is missing of the day itself");
    assert!(new.iter().any(|new| new.contains("old")), "{new:?}");
    assert_eq!(findings()[0].1, Some(0), "the time before is no part of the question");
    let left = store.open().query_row("SELECT count(*) FROM remembered", [], |row| row.get::<_, i64>(0));
    assert_eq!(left.unwrap(), 0);
}

/// A source without an event of ours.
fn fixture_without_events() -> &'static str {
    concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/shapes/empty-records.json")
}

/// The log files and events in a store, and what its sources are called.
fn counted(store: &Filled) -> (i64, i64, String) {
    let connection = store.open();
    let count =
        |table: &str| connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap();
    let sql = "SELECT ifnull(group_concat(label, ' '), '') FROM (SELECT label FROM sources ORDER BY id)";
    (count("log_files"), count("assumptions"), connection.query_row(sql, [], |row| row.get(0)).unwrap())
}

#[test]
fn a_source_is_removed_with_all_that_was_read_of_it() {
    let folder = Folder::new();
    let (logs, demo) = (planted(&folder, true), fixtures("demo"));
    let store = Filled::new(&[&logs], &[]);
    let alone = counted(&store);
    store.sync(&[&demo], &[]);
    let remove = |source: &str| Run::new(&["store", "remove", source, "--store", store.path()]).ended();
    let ended = remove("nowhere");
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains(&logs) && ended.stderr.contains(&demo), "{}", ended.stderr);
    // By another path to the same folder.
    let ended = remove(&format!("{demo}/../demo"));
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains(&format!("{demo}: removed with ")), "{}", ended.stderr);
    assert_eq!(counted(&store), alone);
    let ended = Run::new(&["store", "check", "--store", store.path()]).ended();
    assert_eq!(ended.code, Some(0), "{}", ended.stdout);
    for command in COMMANDS.into_iter().chain(RULES) {
        store.check(&[&logs], command);
    }
    assert_eq!(remove(&demo).code, Some(2));
    store.sync(&[&demo], &[]);
    for command in COMMANDS {
        store.check(&[&logs, &demo], command);
    }
    assert_eq!(remove(&logs).code, Some(0));
    assert_eq!(remove(&demo).code, Some(0));
    assert_eq!(counted(&store), (0, 0, String::new()));
    let ended = remove(&demo);
    assert!(ended.stderr.contains("the store has no source"), "{}", ended.stderr);
}

/// How many events were kept for their subject alone, and are the only row of that event or one of several.
fn alikes(store: &Filled) -> [i64; 2] {
    [4, 5].map(|copy| {
        let sql = "SELECT count(*) FROM assumptions WHERE copy = ?";
        store.open().query_row(sql, [copy], |row| row.get(0)).unwrap()
    })
}

#[test]
fn a_salvaged_store_answers_what_a_salvaging_scan_answers() {
    let hostile = fixtures("hostile");
    let store = Filled::new(&[&hostile], &["--salvage"]);
    for command in COMMANDS {
        store.check(&[&hostile], &[command, &["--salvage"]].concat());
    }
}

#[test]
fn a_store_goes_together_with_other_sources() {
    let (shapes, hostile) = (fixtures("shapes"), fixtures("hostile"));
    let store = Filled::new(&[&shapes], &[]);
    let asked = format!("store:{}", store.path());
    for command in [COMMANDS[1], COMMANDS[5]] {
        let scanned = Run::new(&[&command[..1], &[&hostile, &shapes], &command[1..]].concat()).ended();
        let both = Run::new(&[&command[..1], &[&hostile, &asked], &command[1..]].concat()).ended();
        assert_eq!(both.stdout, scanned.stdout);
    }
}

/// The rows of a view as CSV, without neutralising anything.
fn view(store: &Filled, view: &str) -> String {
    let connection = store.open();
    let mut statement = connection.prepare(&format!("SELECT * FROM {view}")).unwrap();
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    writer.write_record(&names).unwrap();
    let mut rows = statement.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let cells = (0..names.len()).map(|at| match row.get_ref(at).unwrap() {
            ValueRef::Null => String::new(),
            ValueRef::Integer(number) => number.to_string(),
            other => other.as_str().unwrap().to_owned(),
        });
        writer.write_record(cells).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

/// The records of a CSV text.
fn records(text: &str) -> Vec<csv::StringRecord> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.records().map(Result::unwrap).collect()
}

#[test]
fn views_are_the_rows_of_the_commands() {
    for flags in [&[][..], &["--all-issuers"]] {
        for name in ["demo", "shapes", "hostile"] {
            let source = fixtures(name);
            let store = Filled::new(&[&source], flags);
            for command in ["events", "runs"] {
                let written = Run::new(&[&[command, &source, "-o", "csv", "--csv-raw"], flags].concat()).ended();
                assert_eq!(records(&view(&store, command)), records(&written.stdout), "{command} {name} {flags:?}");
            }
        }
    }
}

#[test]
fn stores_that_cannot_be_read_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.db");
    fs::write(&path, "notes").unwrap();
    for args in [["runs", "--store"], ["sync", "--store"]] {
        let source = if args[0] == "sync" { vec![fixtures("demo")] } else { Vec::new() };
        let mut args: Vec<&str> = [&args[..], &[path.to_str().unwrap()]].concat();
        args.extend(source.iter().map(String::as_str));
        let ended = Run::new(&args).ended();
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
        assert!(ended.stderr.contains("the file is no tfctrail store"), "{}", ended.stderr);
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), "notes");
}

#[test]
fn copies_of_an_issuer_that_is_not_asked_for_contradict_nothing() {
    let folder = Folder::new();
    let made = |id: &str, second: u32| event(id, &format!("2026-11-03T10:00:{second:02}Z"), "web");
    let foreign =
        |id: &str, second: u32| made(id, second).replace("app.terraform.io", "token.actions.githubusercontent.com");
    folder.write_old("logs/a.json", events::records(&[made("x", 1), made("y", 1), made("y", 2)]));
    folder.write_old("logs/b.json", events::records(&[foreign("x", 3), foreign("y", 3)]));
    let (logs, store) = (folder.arg("logs"), folder.arg("s.db"));
    let synced = Run::new(&["sync", &logs, "--store", &store, "--all-issuers"]).ended();
    assert_eq!(synced.code, Some(0), "{}", synced.stderr);
    for more in [&[][..], &["--all-issuers"]] {
        let told = [logs.clone(), format!("store:{store}")].map(|source| {
            let ended = Run::new(&[&["runs", &source, "-o", "json"], more].concat()).ended();
            let said: Value = serde_json::from_str(&ended.stdout).unwrap();
            (said["coverage"]["kept"].clone(), said["coverage"]["conflicts"].clone())
        });
        assert_eq!(told[1], told[0], "{more:?}");
        assert_eq!(told[0].1.as_array().unwrap().len(), 1 + more.len(), "{more:?} {told:?}");
    }
}
