//! An extract that was interrupted is gone on with, wherever its file ends: nothing is lost, and nothing counts twice.

#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

#[path = "support/archives.rs"]
mod archives;
#[path = "support/events.rs"]
#[expect(dead_code, reason = "shared with tests that need more")]
mod events;
#[expect(dead_code, reason = "shared with tests that need more")]
mod support;

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};

use archives::{Archive, Choices};
use events::{Folder, event, records};
use support::{Ended, Run};

struct Logs(Folder);

impl Logs {
    fn new(seed: u64) -> Self {
        let folder = Folder::new();
        Archive::chosen(&mut Choices(seed)).write_below(&folder, "logs");
        // Of two states the later one stands, to the second.
        folder.write_old("logs/bad.json", records(&[event("e", "never", "web")]));
        folder.write("logs/cut.json", &records(&[event("f", "2026-11-02T05:00:00Z", "web")])[..90]);
        Self(folder)
    }

    fn run(&self, args: &[&str]) -> Ended {
        Run::new(args).dir(&self.0.path("")).ended()
    }

    fn resume(&self, out: &str) -> Ended {
        let ended = self.run(&["extract", "logs", "--out", out, "--resume"]);
        // A record is malformed, and a log file is cut off: the extract is whole all the same.
        assert_eq!(ended.code, Some(5), "{}", ended.stderr);
        ended
    }

    /// The rows of a file, packed or not.
    fn rows(&self, out: &str) -> Vec<serde_json::Value> {
        let bytes = std::fs::read(self.0.path(out)).unwrap();
        let mut text = String::new();
        if bytes.starts_with(b"\x1f") {
            flate2::read::MultiGzDecoder::new(&*bytes).read_to_string(&mut text).unwrap();
        } else {
            text = String::from_utf8(bytes).unwrap();
        }
        assert!(text.ends_with('\n'));
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Each log file has one tally, but one that failed may have more, and all give what the log files give.
    fn check(&self, out: &str, told: &str) {
        let mut tallies: BTreeMap<String, usize> = BTreeMap::new();
        for row in self.rows(out).iter().filter(|row| row["row"] == "tally" && row["failed"].is_null()) {
            *tallies.entry(row["log_file"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        assert!(tallies.values().all(|count| *count == 1), "{told}: {tallies:?}");
        for command in [&["events", "-o", "csv"][..], &["coverage", "-o", "csv"], &["runs", "-o", "csv"]] {
            let of = |source| self.run(&[&command[..1], &[source], &command[1..]].concat());
            let (direct, folded) = (of("logs"), of(out));
            assert_eq!((folded.code, folded.stdout), (direct.code, direct.stdout), "{told}: {}", folded.stderr);
        }
    }
}

/// What is said of a coverage, but for the line of what was written.
fn coverage(ended: &Ended) -> Vec<&str> {
    ended.stderr.lines().filter(|line| !line.contains("wrote ")).collect()
}

fn packed(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn what_is_cut_off_anywhere_is_gone_on_with() {
    let logs = Logs::new(11);
    for out in ["all.ndjson", "all.ndjson.gz"] {
        let first = logs.resume(out);
        logs.check(out, out);
        let whole = std::fs::read(logs.0.path(out)).unwrap();
        // Nothing is left to be done but what failed.
        assert_eq!(coverage(&logs.resume(out)), coverage(&first));
        let ends = (0..12).map(|at| whole.len() * at / 11).chain([1, 2, 5, 9, 20, whole.len() - 1]);
        for end in ends {
            logs.0.write(out, &whole[..end]);
            let again = logs.resume(out);
            logs.check(out, &format!("{out} {end}"));
            assert_eq!(coverage(&again), coverage(&first), "{out} {end}");
        }
    }
    // Members that end inside of lines, and one that nobody ended.
    let text = std::fs::read(logs.0.path("all.ndjson")).unwrap();
    let (one, other) = text.split_at(text.len() / 2 - 3);
    let members = [packed(one), packed(other)].concat();
    for end in [members.len(), members.len() - 30, packed(one).len(), packed(one).len() - 4] {
        logs.0.write("members.ndjson.gz", &members[..end]);
        logs.resume("members.ndjson.gz");
        logs.check("members.ndjson.gz", &format!("members {end}"));
    }
}

#[test]
fn what_changed_or_came_since_is_read() {
    let logs = Logs::new(12);
    logs.resume("all.ndjson");
    let before = logs.rows("all.ndjson");
    let failed = before.iter().filter(|row| !row["failed"].is_null()).count();
    logs.0.write("logs/new.json", records(&[event("n", "2026-11-02T06:00:00Z", "web")]));
    logs.0.write("logs/bad.json", records(&[event("b", "2026-11-02T06:00:00Z", "web"), event("e", "never", "web")]));
    let again = logs.resume("all.ndjson");
    let rows = logs.rows("all.ndjson");
    let attempts: std::collections::BTreeSet<_> = rows.iter().map(|row| row["attempt"].as_str().unwrap()).collect();
    // Two events, their tallies, and those of what failed.
    assert_eq!((rows.len() - before.len(), attempts.len()), (4 + failed, 2));
    // What is counted is what a new extract counts.
    assert_eq!(coverage(&again), coverage(&logs.run(&["extract", "logs", "--out", "fresh.ndjson"])));
    logs.check("fresh.ndjson", "fresh");
    for command in [&["events", "-o", "csv"][..], &["coverage", "-o", "csv"]] {
        let of = |source| logs.run(&[&command[..1], &[source], &command[1..]].concat()).stdout;
        assert_eq!(of("all.ndjson"), of("logs"));
    }
}

#[test]
fn what_another_window_left_out_is_read() {
    let logs = Logs::new(14);
    let window = ["extract", "logs", "--out", "all.ndjson", "--resume", "--from", "2026-11-03"];
    let first = logs.run(&window);
    let count = logs.rows("all.ndjson").len();
    assert_eq!(coverage(&logs.run(&window)), coverage(&first));
    // Only what failed is told of again.
    let failed = logs.rows("all.ndjson").iter().filter(|row| !row["failed"].is_null()).count() / 2;
    assert_eq!(logs.rows("all.ndjson").len(), count + failed);
    let fresh = logs.run(&["extract", "logs", "--out", "fresh.ndjson"]);
    assert_eq!(coverage(&logs.resume("all.ndjson")), coverage(&fresh));
    let of = |source| logs.run(&["events", source, "-o", "csv"]).stdout;
    assert_eq!(of("all.ndjson"), of("logs"));
    // A narrower window counts what it leaves.
    let fresh = logs.run(&["extract", "logs", "--out", "narrow.ndjson", "--from", "2026-11-03"]);
    assert_eq!(coverage(&logs.run(&window)), coverage(&fresh));
}

#[test]
fn what_was_read_for_fewer_issuers_is_read_again() {
    let logs = Logs::new(15);
    let foreign = event("g", "2026-11-02T07:00:00Z", "web").replace("app.terraform.io", "ci.example.com");
    let foreign = foreign.replace("organization:acme:project", "repo:acme:project");
    logs.0.write("logs/foreign.json", records(&[foreign.clone(), event("h", "2026-11-02T07:00:00Z", "web")]));
    logs.0.write("logs/other.json", records(&[foreign.replace("ci.example.com", "k8s.example.com")]));
    logs.resume("all.ndjson");
    let asked = |args: &[&str]| {
        let again = ["extract", "logs", "--out", "all.ndjson", "--resume"];
        assert_eq!(logs.run(&[&again, args].concat()).code, Some(5));
        let of = |source| logs.run(&[&["events", source, "-o", "csv"], args].concat());
        assert_eq!(of("all.ndjson").stdout, of("logs").stdout, "{args:?}");
        logs.rows("all.ndjson").iter().filter(|row| row["failed"].is_null()).count()
    };
    let first = asked(&[]);
    // Two events and a tally, once.
    assert_eq!(asked(&["--tfe-host", "ci.example.com"]), first + 3);
    assert_eq!(asked(&["--tfe-host", "ci.example.com"]), first + 3);
    assert_eq!(asked(&["--all-issuers"]), first + 5);
    assert_eq!(asked(&[]), first + 5);
}

#[test]
fn what_is_no_extract_is_left_alone() {
    let logs = Logs::new(13);
    let check = |args: &[&str], code: i32, message: &str| {
        let ended = logs.run(&[&["extract"], args].concat());
        assert_eq!((ended.code, ended.stderr.contains(message)), (Some(code), true), "{args:?}: {}", ended.stderr);
    };
    for (name, bytes) in [
        ("a.csv", &b"time,event_id\n"[..]),
        ("b.gz", &packed(b"{\"Records\":[]}")),
        ("c.gz", b"\x1fno"),
        ("d", &[0; 300]),
    ] {
        logs.0.write(name, bytes);
        check(&["logs", "--out", name, "--resume"], 2, "holds no extract");
        assert_eq!(std::fs::read(logs.0.path(name)).unwrap(), bytes, "{name}");
    }
    check(&["logs", "--resume"], 2, "--resume needs --out");
    check(&["-", "--out", "x", "--resume"], 2, "standard input cannot be read again");
    check(&["logs", "--list", "--out", "x", "--resume"], 2, "cannot be used with");
    check(&["logs", "--out", "logs", "--resume"], 2, "--out 'logs'");
    check(&["logs", "--out", "x.parquet", "--resume"], 2, "--resume goes on with NDJSON");
    check(&["logs", "--out", "x", "-o", "csv"], 2, "an extract is ndjson or parquet");
    check(&["logs", "--out", "x", "-o", "parquet", "--list"], 2, "--list writes ndjson");
    assert!(!logs.0.path("x").exists());
    // A line that nobody ended, and of which nobody knows whether it ever ends.
    let line = [b"{\"row\":\"tally\",\"schema_version\":1,\"log_file\":\"".to_vec(), vec![b'a'; 9_000]].concat();
    logs.0.write("long", &line);
    check(&["logs", "--out", "long", "--resume", "--max-record", "4KiB"], 2, "a line is larger than --max-record");
    assert_eq!(std::fs::read(logs.0.path("long")).unwrap(), line);
    let damaged = [&line[..60], b"\"}\n", &line[..50]].concat();
    logs.0.write("damaged", &damaged);
    check(&["logs", "--out", "damaged", "--resume"], 2, "is damaged");
    assert_eq!(std::fs::read(logs.0.path("damaged")).unwrap(), damaged);
}

#[test]
fn a_format_for_all_commands_is_none_for_extracts() {
    let logs = Logs::new(16);
    let run = |format: &str| {
        Run::new(&["extract", "logs", "-q"]).env("TFCTRAIL_OUTPUT", format).dir(&logs.0.path("")).ended().stdout
    };
    assert!(run("csv").starts_with("{\"row\":"));
}
