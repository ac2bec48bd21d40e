//! What is no log file in a directory or a bucket of log files is counted, and is no failure; what was named is read
//! (DESIGN §8).

#![expect(clippy::unwrap_used, reason = "a test that cannot prepare its files has failed")]

#[expect(dead_code, reason = "other tests use the rest")]
#[path = "support/events.rs"]
mod events;
#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use events::{Folder, event, records};
use serde_json::{Value, json};
use support::{Ended, Run};

const DAY: &str = "AWSLogs/444455556666/CloudTrail/eu-west-1/2026/11/02";

fn log() -> String {
    records(&[event("1", "2026-11-02T10:00:00Z", "web")])
}

fn log_name() -> String {
    format!("{DAY}/444455556666_CloudTrail_eu-west-1_20261102T1005Z_0123456789abcdef.json")
}

fn gzip(text: &str) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    gzip.finish().unwrap()
}

fn put(folder: &Folder, name: &str, bytes: impl AsRef<[u8]>) {
    let path = folder.path(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// `[files read, skipped.special, skipped.service, failed]` of a report.
fn counts(report: &Value) -> [u64; 4] {
    let files = &report["coverage"]["files"];
    let skipped = &files["skipped"];
    [&files["read"], &skipped["special"], &skipped["service"], &files["failed"]].map(|count| count.as_u64().unwrap())
}

fn report(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{}", ended.stderr))
}

/// A scan of the folder ends with that code and those counts; and so do a sync of it, twice, and the store.
fn check(folder: &Folder, code: i32, expected: [u64; 4]) {
    let scanned = Run::new(&["events", &folder.arg(""), "-o", "json"]).ended();
    assert_eq!((scanned.code, counts(&report(&scanned))), (Some(code), expected), "{}", scanned.stdout);
    let store = tempfile::tempdir().unwrap();
    let db = store.path().join("s.db");
    let db = db.to_str().unwrap();
    for _ in 0..2 {
        let synced = Run::new(&["sync", &folder.arg(""), "--store", db]).ended();
        assert_eq!(synced.code, Some(code), "{}", synced.stderr);
        let stored = Run::new(&["events", "--store", db, "-o", "json"]).ended();
        assert_eq!((stored.code, counts(&report(&stored))), (Some(code), expected), "{}", stored.stderr);
    }
}

/// A folder with one log file and these other files.
fn beside(files: &[(&str, &str)]) -> Folder {
    let folder = Folder::new();
    put(&folder, &log_name(), log());
    for (name, text) in files {
        put(&folder, name, text);
    }
    folder
}

#[test]
fn what_file_browsers_and_tools_leave_is_no_log_file() {
    let folder = beside(&[
        (".DS_Store", "\0\0Bud1"),
        ("Thumbs.db", "x"),
        (".git/config", "[core]"),
        (".git/HEAD", "ref: x"),
        (&format!("{DAY}/._a.json.gz"), "\0\x05\x16\x07"),
        (&format!("{DAY}/_SUCCESS"), ""),
        (&format!("{DAY}/.a.json.crc"), "crc"),
        (&format!("{DAY}/a.json.sha256"), "0123  a.json"),
        (&format!("{DAY}/index.html"), "<html>"),
    ]);
    check(&folder, 0, [1, 8, 0, 0]);
}

#[test]
fn other_names_are_read_where_their_content_is_a_log_file() {
    let folder = beside(&[("copy.json.2", &log()), ("export", &log()), ("README.md", "# Logs"), ("empty.md", "")]);
    put(&folder, "packed.bak", gzip(&log()));
    check(&folder, 0, [4, 2, 0, 0]);
    // In a folder of log files, what has such a name and is none is a failure.
    let folder = beside(&[(&format!("{DAY}/notes.txt"), "to do")]);
    check(&folder, 5, [1, 0, 0, 1]);
    let folder = Folder::new();
    put(&folder, "a.json", log());
    put(&folder, "notes.txt", "to do");
    check(&folder, 5, [1, 0, 0, 1]);
}

#[test]
fn other_services_of_a_central_bucket_are_counted_and_named() {
    let account = "AWSLogs/444455556666";
    let folder = beside(&[
        (&format!("{account}/Config/eu-west-1/2026/11/2/c.json"), r#"{"configurationItems":[]}"#),
        (&format!("{account}/Config/ConfigWritabilityCheckFile"), ""),
        (&format!("{account}/S3AccessLogs/2026-11-02-08"), "owner bucket [x]"),
        (&format!("{account}/unheard-of/2026/b.json"), r#"{"version":1}"#),
        ("README.txt", "about these logs"),
        ("athena/results.csv", "\"c\"\n\"1\"\n"),
    ]);
    put(&folder, &format!("{account}/vpcflowlogs/eu-west-1/2026/11/02/f.log.gz"), gzip("version account-id\n2 4444"));
    put(&folder, &format!("{account}/new-service/f.log.gz"), gzip("2 444455556666 eni-1 10.0.0.1\n"));
    check(&folder, 0, [1, 0, 7, 0]);
    let told = Run::new(&["events", &folder.arg(""), "-v"]).ended();
    let line = "of other services, or beside the archive: AWSLogs/444455556666/Config/, \
                AWSLogs/444455556666/S3AccessLogs/, AWSLogs/444455556666/new-service/f.log.gz and 4 more";
    assert!(told.stderr.contains(line), "{}", told.stderr);
    // From further down it is the same.
    for below in ["AWSLogs", account] {
        let scanned = Run::new(&["events", &folder.arg(below), "-o", "json"]).ended();
        assert_eq!((scanned.code, counts(&report(&scanned))), (Some(0), [1, 0, 5, 0]), "{below}: {}", scanned.stdout);
    }
    // What is damaged may have been a log file.
    put(&folder, "loose.json", "{\"Records\":[{\"eventVersion\":\"1.11\"");
    check(&folder, 5, [1, 0, 7, 1]);
}

#[test]
fn our_own_reports_are_no_log_files() {
    let folder = beside(&[]);
    let source = folder.arg("");
    let outputs = ["csv", "json", "ndjson", "markdown", "parquet", "xlsx"];
    let out = tempfile::tempdir().unwrap();
    for command in ["events", "runs", "summary", "coverage", "findings"] {
        for format in outputs {
            let path = out.path().join(format!("{command}.{}", if format == "markdown" { "md" } else { format }));
            let ended = Run::new(&[command, &source, "-o", format, "--out", path.to_str().unwrap()]).ended();
            assert_eq!(ended.code, Some(0), "{command} {format}: {}", ended.stderr);
        }
    }
    let night = out.path().join("night");
    let ended = Run::new(&["report", &source, "--date", "2026-11-02", "--out", night.to_str().unwrap()]).ended();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let empty = |path: &Path| fs::metadata(path).unwrap().len() == 0;
    let mut reports = 0;
    for entry in walkdir::WalkDir::new(out.path()).into_iter().map(|entry| entry.unwrap()) {
        // An NDJSON without rows has no content to tell by.
        if entry.file_type().is_file() && !empty(entry.path()) {
            reports += 1;
            let name = entry.path().strip_prefix(out.path()).unwrap().to_str().unwrap().replace('/', "-");
            put(&folder, &format!("{DAY}/{name}"), fs::read(entry.path()).unwrap());
        }
    }
    assert!(reports > 30, "{reports}");
    check(&folder, 0, [1, reports, 0, 0]);
}

#[test]
fn a_file_that_was_named_is_read_whatever_its_name() {
    let folder = Folder::new();
    for name in [".hidden.json", "_log.json", "Thumbs.db", "notes.md", "x/.y/a.json"] {
        put(&folder, name, log());
        let ended = Run::new(&["events", &folder.arg(name), "-o", "json"]).ended();
        assert_eq!((ended.code, counts(&report(&ended))), (Some(0), [1, 0, 0, 0]), "{name}: {}", ended.stderr);
    }
    // A report of ours fails by its name then.
    put(&folder, "october.csv", "time,event_id\n");
    assert_eq!(Run::new(&["events", &folder.arg("october.csv")]).ended().code, Some(5));
    // A folder that begins with a dot, too.
    let ended = Run::new(&["events", &folder.arg("x/.y"), "-o", "json"]).ended();
    assert_eq!((ended.code, counts(&report(&ended))), (Some(0), [1, 0, 0, 0]));
}

#[test]
fn a_pipe_that_was_named_is_read() {
    let folder = Folder::new();
    put(&folder, "log.json", log());
    let pipe = folder.path("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut writer = Command::new("cp").args([folder.path("log.json"), pipe.clone()]).spawn().unwrap();
    let named = Run::new(&["events", pipe.to_str().unwrap(), "-o", "json"]).ended();
    assert!(writer.wait().unwrap().success());
    assert_eq!((named.code, counts(&report(&named))), (Some(0), [1, 0, 0, 0]), "{}", named.stderr);
    // As a shell gives it.
    let log = folder.path("log.json");
    let script = r#""$0" events <(cat "$1") <(gzip -c "$1") -o json"#;
    let ended = Run::of("bash", &["-c", script, support::program(), log.to_str().unwrap()]).ended();
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((ended.code, counts(&report)), (Some(0), [2, 0, 0, 0]), "{}", ended.stderr);
    assert_eq!(report["coverage"]["kept"], json!({"reported": 1, "filtered": 0, "duplicate": 1, "conflicts": 0}));
}
