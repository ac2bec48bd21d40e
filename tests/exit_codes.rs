//! How the program ends, and what it leaves behind (DESIGN §2).

#![expect(clippy::unwrap_used, reason = "a test that cannot prepare its files has failed")]

#[expect(dead_code, reason = "other tests use the rest")]
#[path = "support/events.rs"]
mod events;
#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::time::Duration;

use events::{Folder, event, fixture, records};
use support::Run;

const TIME: &str = "2026-11-02T08:00:00Z";

fn good() -> String {
    records(&[event("1", TIME, "web")])
}

/// A scan of `bytes` as a file and on standard input ends with `code`, and says `message` among all that it has to say.
fn check(bytes: &[u8], code: i32, message: &str) {
    let folder = Folder::new();
    folder.write("logs/file.json", bytes);
    for command in ["events", "runs", "summary", "coverage", "keys", "trust"] {
        let ended = Run::new(&[command, &folder.arg("logs/file.json"), "-v"]).ended();
        assert_eq!(ended.code, Some(code), "{command} {message}: {}", ended.stderr);
        assert!(ended.stderr.contains(message), "{message}: {}", ended.stderr);
    }
    let ended = Run::new(&["events", "-", "-v"]).stdin(bytes).ended();
    assert_eq!(ended.code, Some(code), "{message}: {}", ended.stderr);
    assert!(ended.stderr.contains(message), "{message}: {}", ended.stderr);
}

#[test]
fn zero_is_done() {
    check(good().as_bytes(), 0, "read 1 of 1 file");
    check(b"{\"Records\":[]}", 0, "read 1 of 1 file");
    assert_eq!(Run::new(&["events", &fixture("demo")]).ended().code, Some(0));
    assert_eq!(Run::new(&["coverage", &fixture("demo")]).ended().code, Some(0));
}

#[test]
fn five_is_incomplete() {
    let with = |text: &str| records(&[event("1", TIME, "web"), text.to_owned()]);
    check(b"", 5, "empty: no bytes");
    check(b" \n", 5, "empty: no JSON value");
    check(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0], 5, "empty: no JSON value");
    check(with("null").as_bytes(), 5, "it is no object");
    check(with("{a}").as_bytes(), 0, "1 other");
    check(with("{\"eventName\":AssumeRoleWithWebIdentity}").as_bytes(), 5, "it is not JSON");
    check(with(&event("2", "soon", "web")).as_bytes(), 5, "its eventTime is missing or no time");
    check(
        with(&format!("{}{}", "{\"a\":".repeat(129), "1".to_owned() + &"}".repeat(129))).as_bytes(),
        5,
        "deeper than 128",
    );
    check(&good().as_bytes()[..300], 5, "text ends inside");
    check((good() + "x").as_bytes(), 5, "not JSON at byte");
    check(b"{\"a\":1}", 5, "not CloudTrail");
    check(b"{\"Events\":[],\"NextToken\":\"x\"}", 5, "NextToken");
    let gzip = fs::read(fixture("shapes/records.json.gz")).unwrap();
    check(&gzip[..200], 5, "gzip stream is cut off");
    check(&[&gzip[..], b"x"].concat(), 5, "bytes follow the gzip stream");
    let folder = Folder::new();
    fs::create_dir(folder.path("empty")).unwrap();
    let ended = Run::new(&["runs", &folder.arg("empty")]).ended();
    assert_eq!(ended.code, Some(5));
    assert!(ended.stderr.contains("holds no log file\nhint: -v names what"), "{}", ended.stderr);
    // A source whose files are all skipped has some.
    folder.write("skipped/AWSLogs/111122223333/CloudTrail-Insight/eu-west-1/2026/11/02/x.json.gz", "");
    assert_eq!(Run::new(&["runs", &folder.arg("skipped")]).ended().code, Some(0));
}

/// A log file of an account's region, delivered on that day.
fn key(day: &str, number: usize) -> String {
    let (folder, stamp) = (day.replace('-', "/"), day.replace('-', ""));
    let name = format!("111122223333_CloudTrail_eu-west-1_{stamp}T1000Z_{number:016}.json");
    format!("logs/AWSLogs/111122223333/CloudTrail/eu-west-1/{folder}/{name}")
}

#[test]
fn a_window_of_which_nothing_was_read_is_incomplete_in_every_command() {
    let folder = Folder::new();
    folder.write(&key("2026-11-02", 1), good());
    folder.write(&key("2026-11-05", 2), good());
    let logs = folder.arg("logs");
    let window = ["--from", "2026-10-01", "--to", "2026-11-01"];
    for command in ["runs", "events", "summary", "coverage", "keys", "trust", "findings", "report"] {
        let ended = Run::new(&[&[command, &logs][..], &window].concat()).ended();
        assert_eq!(ended.code, Some(5), "{command}: {}", ended.stderr);
        assert!(ended.stderr.contains("no log file of the window was read"), "{command}: {}", ended.stderr);
    }
    let ended = Run::new(&[&["runs", &logs][..], &window].concat()).ended();
    let held = format!("the log files there are of 2026-11-02 to 2026-11-05: tfctrail runs {logs} --from 2026-11-02\n");
    assert!(ended.stderr.contains(&held), "{}", ended.stderr);
    let ended = Run::new(&[&["runs", &logs, "-v"][..], &window].concat()).ended();
    let held = "there are log files of 111122223333 eu-west-1 from 2026-11-02 to 2026-11-05";
    assert!(ended.stderr.contains(held), "{}", ended.stderr);
    // What was named was read, whatever is in it.
    let named = Run::new(&[&["runs", &folder.arg(&key("2026-11-02", 1))][..], &window].concat()).ended();
    assert_eq!(named.code, Some(0), "{}", named.stderr);
    let piped = Run::new(&[&["runs", "-"][..], &window].concat()).stdin(good().as_bytes()).ended();
    assert_eq!(piped.code, Some(0), "{}", piped.stderr);
}

#[test]
fn a_log_file_from_before_the_window_is_none_of_it_though_of_its_first_day() {
    let folder = Folder::new();
    folder.write(&key("2026-11-02", 1), good());
    let later = key("2026-11-02", 2).replace("111122223333", "222233334444").replace("T1000Z", "T1300Z");
    folder.write(&later.replacen("logs", "later", 1), good());
    let (logs, later, store) = (folder.arg("logs"), folder.arg("later"), format!("store:{}", folder.arg("all.db")));
    let synced = Run::new(&["sync", &logs, "--activity=calls", "--store", &folder.arg("all.db")]).ended();
    assert_eq!(synced.code, Some(0), "{}", synced.stderr);
    let commands: [&[&str]; 7] = [
        &["runs"],
        &["activity"],
        &["policy"],
        &["findings"],
        &["findings", "--activity"],
        &["report"],
        &["report", "--activity"],
    ];
    // Where another account has log files of the window, one whose log files are all from before it has none.
    for (sources, account) in [(&[&logs][..], ""), (&[&store], ""), (&[&logs, &later], "111122223333")] {
        for command in commands {
            let window = ["--from", "2026-11-02T12:00:00Z", "--to", "2026-11-02T20:00:00Z"];
            let about = if account.is_empty() { vec![] } else { vec!["--account", account] };
            let sources: Vec<&str> = sources.iter().map(|source| &***source).collect();
            let ended = Run::new(&[command, &sources, &window, &about].concat()).ended();
            assert_eq!(ended.code, Some(5), "{command:?} {sources:?}: {}", ended.stderr);
            assert!(ended.stderr.contains("no log file of the window was read"), "{command:?}: {}", ended.stderr);
        }
    }
    let about = ["--from", "2026-11-02T12:00:00Z", "--to", "2026-11-02T20:00:00Z", "--account", "111122223333"];
    let ended = Run::new(&[&["report", &store, &later][..], &about].concat()).ended();
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    assert!(ended.stdout.contains("Yes: no log file of this window was read."), "{}", ended.stdout);
}

#[test]
fn a_day_has_the_same_failures_and_gaps_in_every_command() {
    let folder = Folder::new();
    folder.write(&key("2026-11-02", 1), good());
    folder.write(&key("2026-11-02", 2), "");
    for (day, number) in [("2026-11-04", 3), ("2026-11-06", 4), ("2026-11-07", 5), ("2026-11-08", 6)] {
        folder.write(&key(day, number), good());
    }
    let logs = folder.arg("logs");
    // The day, without and with --strict: a failed file of the day or of the day after it, a gap, all well, and nothing.
    for (day, next, code, strict) in [
        ("2026-11-01", "2026-11-02", 5, 5),
        ("2026-11-02", "2026-11-03", 5, 5),
        ("2026-11-03", "2026-11-04", 0, 5),
        ("2026-11-06", "2026-11-07", 0, 0),
        ("2026-11-12", "2026-11-13", 5, 5),
    ] {
        for (flags, expected) in [(&[][..], code), (&["--strict"], strict)] {
            let window = [&["--from", day, "--to", next][..], flags].concat();
            for command in ["runs", "events", "summary", "coverage", "findings", "report"] {
                let ended = Run::new(&[&[command, &logs][..], &window].concat()).ended();
                assert_eq!(ended.code, Some(expected), "{command} {window:?}: {}", ended.stderr);
            }
            let ended = Run::new(&[&["report", &logs, "--date", day][..], flags].concat()).ended();
            assert_eq!(ended.code, Some(expected), "{day} {flags:?}: {}", ended.stderr);
        }
    }
}

#[test]
fn what_is_wrong_inside_a_file_is_named() {
    let folder = Folder::new();
    let other = event("1", TIME, "web").replace("eu-west-1", "eu-west-2");
    folder.write("logs/a.json", records(&[event("1", TIME, "web"), event("2", "soon", "web")]));
    folder.write("logs/b.json", records(&[other]));
    folder.write("logs/c.json", "{\"Events\":[],\"NextToken\":\"x\"}");
    let ended = Run::new(&["events", &folder.arg("logs"), "-o", "json"]).ended();
    let report: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    let coverage = &report["coverage"];
    let malformed = &coverage["malformed"][0];
    assert_eq!(
        (&malformed["file"], &malformed["reason"]),
        (&"a.json".into(), &"its eventTime is missing or no time".into())
    );
    assert!(malformed["offset"].as_u64().unwrap() > 12);
    assert_eq!(coverage["conflicts"], serde_json::json!([{"event_id": "1", "files": ["a.json", "b.json"]}]));
    assert_eq!(coverage["truncated"], serde_json::json!(["c.json"]));
    // Copies that contradict each other are reported, and end with 5 where that was asked for.
    fs::remove_file(folder.path("logs/c.json")).unwrap();
    folder.write("logs/a.json", good());
    let conflict = |flags: &[&str]| Run::new(&[&["events", &folder.arg("logs")][..], flags].concat()).ended();
    assert_eq!(conflict(&[]).code, Some(0));
    let strict = conflict(&["--strict"]);
    assert_eq!(strict.code, Some(5));
    let line = "1 copy of an event differs from the one that stands (event 1); -v has the whole coverage\n";
    assert!(strict.stderr.contains(line), "{}", strict.stderr);
    let all = conflict(&["-v"]);
    assert!(all.stderr.contains("conflict: event 1 differs between a.json, b.json"), "{}", all.stderr);
}

#[test]
fn what_is_missing_is_written_beside_any_format_and_named_in_full() {
    let folder = Folder::new();
    for number in 0..25 {
        folder.write(&format!("logs/bad{number:02}.json"), "{");
    }
    folder.write("logs/good.json", good());
    let (logs, file) = (folder.arg("logs"), folder.arg("coverage.json"));
    let ended = Run::new(&["events", &logs, "-o", "csv", "--coverage", &file]).ended();
    assert_eq!(ended.code, Some(5));
    assert_eq!(ended.stderr.matches("failed: bad").count(), 20, "{}", ended.stderr);
    let text = fs::read_to_string(&file).unwrap();
    let coverage: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(coverage["failed"].as_array().unwrap().len(), 25);
    let beside: serde_json::Value =
        serde_json::from_str(&Run::new(&["events", &logs, "-o", "json"]).ended().stdout).unwrap();
    assert_eq!(coverage, beside["coverage"]);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    for format in ["csv", "json", "table"] {
        let ended = Run::new(&["events", &logs, "-o", format, "-v"]).ended();
        assert_eq!(ended.stderr.matches("failed: bad").count(), 25, "{format}: {}", ended.stderr);
    }
    for command in ["runs", "summary", "coverage", "keys", "trust", "findings", "report"] {
        fs::remove_file(&file).unwrap();
        drop(Run::new(&[command, &logs, "--coverage", &file]).ended());
        let text = fs::read_to_string(&file).unwrap();
        let coverage: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(coverage["files"]["failed"], 25, "{command}");
    }
}

#[test]
fn output_never_destroys_input() {
    let folder = Folder::new();
    let source = folder.write("logs/a.json", good());
    let (logs, file) = (folder.arg("logs"), source.to_str().unwrap());
    for command in ["runs", "events", "summary", "coverage", "keys", "trust", "findings", "report"] {
        for (input, flag) in [(logs.as_str(), "--out"), (file, "--out"), (logs.as_str(), "--coverage")] {
            let ended = Run::new(&[command, input, flag, file]).ended();
            assert_eq!(ended.code, Some(2), "{command} {flag}: {}", ended.stderr);
            assert!(ended.stderr.contains("would be replaced"), "{command} {flag}: {}", ended.stderr);
        }
    }
    let query = Run::new(&["query", "SELECT 1", &logs, "--out", file]).ended();
    assert_eq!(query.code, Some(2), "{}", query.stderr);
    let sync = Run::new(&["sync", &logs, "--store", file]).ended();
    assert_eq!(sync.code, Some(2), "{}", sync.stderr);
    folder.write("logs/report.json", good());
    let report = Run::new(&["report", &logs, "--out", &logs]).ended();
    assert_eq!(report.code, Some(2), "{}", report.stderr);
    assert_eq!(fs::read_to_string(&source).unwrap(), good());
    assert_eq!(folder.names("logs"), ["a.json", "report.json"]);
}

#[test]
fn output_destroys_neither_the_store_nor_what_else_is_read() {
    let folder = Folder::new();
    folder.write("logs/a.json", good());
    folder.write("before.json", good());
    folder.write("statement.sql", "SELECT 1");
    folder.write("keys.json", "{}");
    folder.write("list.txt", "logs/a.json\n");
    folder.write("empty.toml", "");
    let run = |args: &[&str]| Run::new(args).dir(&folder.path("")).ended();
    assert_eq!(run(&["sync", "logs", "--store", "s.db"]).code, Some(0));
    let store = fs::read(folder.path("s.db")).unwrap();
    let coverage = ["--coverage", "s.db"];
    for args in [
        &["sync", "logs", "--store", "s.db", "--out", "s.db"][..],
        &["store", "info", "--store", "s.db", "--out", "s.db"],
        &["query", "SELECT 1", "--store", "s.db", "--out", "s.db"],
        &[&["query", "SELECT 1", "--store", "s.db"][..], &coverage].concat(),
        &["query", "--file", "statement.sql", "--store", "s.db", "--out", "statement.sql"],
        &["findings", "logs", "--baseline", "before.json", "--out", "before.json"],
        &["findings", "logs", "--baseline", "before.json", "--coverage", "before.json"],
        &["verify", "logs", "--public-keys", "keys.json", "--out", "keys.json"],
        &["report", "logs", "--baseline", "before.json", "--out", "before.json"],
        &["report", "logs", "--baseline", "store:s.db", "-o", "html", "--out", "s.db"],
        &["report", "logs", "--baseline", "before.json", "--coverage", "before.json"],
        &["extract", "--keys-from", "list.txt", "--out", "list.txt"],
        &["runs", "logs", "--work-list", "list.txt", "--out", "./list.txt"],
        &["runs", "logs", "--config", "empty.toml", "--coverage", "empty.toml"],
        &["report", "logs", "--config", "empty.toml", "-o", "html", "--out", "empty.toml"],
    ] {
        let ended = run(args);
        assert_eq!(ended.code, Some(2), "{args:?}: {}", ended.stderr);
        assert!(ended.stderr.contains("would be replaced"), "{args:?}: {}", ended.stderr);
    }
    // What comes in at the standard input is a file, too.
    let args = ["events", "-", "--out", "before.json"];
    let input = fs::File::open(folder.path("before.json")).unwrap();
    let ended = Run::new(&args).dir(&folder.path("")).with_stdin(input.into()).ended();
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("is the standard input, and would be replaced"), "{}", ended.stderr);
    let ended = run(&["runs", "logs", "--out", "x.csv", "--coverage", "./x.csv"]);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("is the file of --out, too"), "{}", ended.stderr);
    assert_eq!(fs::read_to_string(folder.path("list.txt")).unwrap(), "logs/a.json\n");
    assert_eq!(fs::read_to_string(folder.path("empty.toml")).unwrap(), "");
    assert_eq!(fs::read(folder.path("s.db")).unwrap(), store);
    assert_eq!(fs::read_to_string(folder.path("before.json")).unwrap(), good());
    assert_eq!(fs::read_to_string(folder.path("statement.sql")).unwrap(), "SELECT 1");
    assert_eq!(fs::read_to_string(folder.path("keys.json")).unwrap(), "{}");
}

#[test]
fn the_name_of_a_file_says_its_format_and_the_end_says_what_was_written() {
    let folder = Folder::new();
    let source = folder.write("a.json", good());
    let source = source.to_str().unwrap();
    for (name, begin) in [
        ("x.csv", "run_id,kind"),
        ("x.json", "{"),
        ("x.ndjson", "{\"run_id\""),
        ("x.md", "| run"),
        ("x.parquet", "PAR1"),
        ("x.xlsx", "PK"),
        ("x", "RUN"),
        ("x.txt", "RUN"),
        ("x.cvs", "RUN"),
    ] {
        let out = folder.arg(name);
        let ended = Run::new(&["runs", source, "--out", &out]).ended();
        assert_eq!(ended.code, Some(0), "{name}: {}", ended.stderr);
        assert!(ended.stderr.contains(&format!("wrote {out}: 1 row")), "{name}: {}", ended.stderr);
        let text = String::from_utf8_lossy(&fs::read(&out).unwrap()).into_owned();
        let is_warned = ended.stderr.contains("warning: it holds a table: '.cvs' names no format");
        assert_eq!(is_warned, name == "x.cvs", "{}", ended.stderr);
        assert!(begin == "RUN" || text.starts_with(begin), "{name}: {}", &text[..60.min(text.len())]);
    }
    for more in [&[][..], &["--out", "-"]] {
        let ended = Run::new(&[&["runs", source, "-o", "xlsx"], more].concat()).ended();
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{}", ended.stderr);
        assert!(ended.stderr.starts_with("tfctrail: error: -o xlsx needs --out\n"), "{}", ended.stderr);
    }
    let out = folder.arg("y.csv");
    assert_eq!(Run::new(&["runs", source, "--out", &out, "-o", "json"]).ended().code, Some(0));
    assert!(fs::read_to_string(&out).unwrap().starts_with('{'));
    let page = folder.arg("night.html");
    let ended = Run::new(&["report", source, "--date", "2026-11-02", "--out", &page]).ended();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(fs::read_to_string(&page).unwrap().starts_with("<!doctype html>"));
    assert!(ended.stderr.contains(&format!("wrote {page}")), "{}", ended.stderr);
}

#[test]
fn what_was_meant_is_said() {
    let ended = Run::new(&["runs", &fixture("demo"), "--phase", "aply", "--last", "9999d"]).ended();
    let values = format!("values of --phase: tfctrail summary {} --last 9999d --by phase\n", fixture("demo"));
    assert!(ended.stderr.contains(&values), "{}", ended.stderr);
    let ended = Run::new(&["events", ".", "--denied"]).ended();
    assert!(ended.stderr.contains("hint: --outcome denied keeps denied role assumptions"), "{}", ended.stderr);
}

#[test]
fn limits_are_named_and_end_with_five() {
    let folder = Folder::new();
    let path = folder.write("file.json", good()).to_str().unwrap().to_owned();
    let ended = Run::new(&["events", &path, "--max-file", "100"]).ended();
    assert_eq!(ended.code, Some(5));
    assert!(ended.stderr.contains("larger than --max-file 100 bytes"), "{}", ended.stderr);
    let ended = Run::new(&["events", &path, "--max-record", "100"]).ended();
    assert_eq!(ended.code, Some(5));
    assert!(ended.stderr.contains("larger than --max-record 100 bytes"), "{}", ended.stderr);
}

#[test]
fn gaps_end_with_five_only_where_asked_for() {
    let demo = fixture("demo");
    let ended = Run::new(&["runs", &demo, "--strict"]).ended();
    assert_eq!(ended.code, Some(5));
    assert!(ended.stderr.contains("a day of log files is missing"), "{}", ended.stderr);
    assert_eq!(Run::new(&["runs", &demo, "--strict", "--to", "2026-11-04"]).ended().code, Some(0));
}

#[test]
fn one_failed_file_stops_no_other_and_salvage_keeps_what_is_whole() {
    let folder = Folder::new();
    folder.write("logs/a.json", good());
    let torn = records(&[event("2", TIME, "torn"), event("3", TIME, "torn")]);
    folder.write("logs/b.json", &torn[..torn.len() - 100]);
    let path = folder.arg("logs");
    let columns = ["-o", "csv", "--columns", "event_id", "--no-header"];
    let ended = Run::new(&[&["events", &path][..], &columns].concat()).ended();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(5), "1\n"));
    assert!(ended.stderr.contains("b.json: text ends inside a record"), "{}", ended.stderr);
    let ended = Run::new(&[&["events", &path, "--salvage"][..], &columns].concat()).ended();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(5), "1\n2\n"));
    assert!(ended.stderr.contains("; kept 1 record in front of the defect"), "{}", ended.stderr);
}

#[test]
fn two_is_refused_before_any_work() {
    let folder = Folder::new();
    let (good, out) = (folder.write("a.json", good()), folder.write("out.csv", "old"));
    let (good, out) = (good.to_str().unwrap(), out.to_str().unwrap());
    for wrong in [
        &["events", good, "nowhere"][..],
        &["events", good, "--columns", "nope"],
        &["events", good, "--sort", "nope"],
        &["events", good, "--org", "[a"],
        &["events", good, "--from", "never"],
        &["summary", good, "--by", "nope"],
    ] {
        let ended = Run::new(&[wrong, &["--out", out]].concat()).ended();
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{wrong:?}");
        assert_eq!(fs::read_to_string(out).unwrap(), "old");
    }
    assert_eq!(folder.names(""), ["a.json", "out.csv"]);
}

#[test]
fn four_is_no_permission_for_a_whole_source() {
    let folder = Folder::new();
    let file = folder.write("logs/a.json", good());
    fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(&file).is_ok() {
        // Nothing is forbidden to root.
        return;
    }
    let ended = Run::new(&["events", &folder.arg("logs")]).ended();
    assert_eq!(ended.code, Some(4), "{}", ended.stderr);
    folder.write("logs/b.json", good());
    let ended = Run::new(&["events", &folder.arg("logs")]).ended();
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    assert!(ended.stderr.contains("a.json: cannot be opened: permission denied"), "{}", ended.stderr);
}

#[test]
fn a_reader_that_has_seen_enough_is_success() {
    for format in ["table", "csv", "json", "ndjson", "markdown"] {
        let mut child = Run::new(&["events", &fixture("demo"), "-o", format, "--all-issuers", "-q"]).spawn();
        let mut stdout = child.stdout.take().unwrap();
        stdout.read_exact(&mut [0; 10]).unwrap();
        drop(stdout);
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]), "{format}");
    }
}

#[test]
fn an_output_file_is_whole_and_of_its_owner_alone() {
    let folder = Folder::new();
    let source = folder.write("logs/a.json", good());
    let out = folder.write("logs/report.csv", "time,event_id\n");
    fs::set_permissions(&out, fs::Permissions::from_mode(0o644)).unwrap();
    // The report lies among the logs, and is none of them.
    let args = ["events", &folder.arg("logs"), "-o", "csv", "--out", out.to_str().unwrap()];
    let ended = Run::new(&args).ended();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), ""), "{}", ended.stderr);
    let direct = Run::new(&["events", &folder.arg("logs/a.json"), "-o", "csv"]).ended().stdout;
    assert_eq!(fs::read_to_string(&out).unwrap(), direct);
    assert_eq!(fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(folder.names("logs"), ["a.json", "report.csv"]);
    // An incomplete scan leaves its report all the same.
    fs::write(&source, "").unwrap();
    assert_eq!(Run::new(&args).ended().code, Some(5));
    assert_eq!(fs::read_to_string(&out).unwrap().lines().count(), 1);
}

/// Ends by a signal while it waits for more of standard input. The signal may come before the program listens to it, and
/// then it is tried again.
#[test]
fn an_interrupted_scan_leaves_the_old_report_and_nothing_else() {
    let folder = Folder::new();
    let out = folder.write("out/report.csv", "old");
    for delay in [300, 1_500, 6_000] {
        let mut child = Run::new(&["events", "-", "-o", "csv", "--out", out.to_str().unwrap()]).stdin(b"").spawn();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(&good().as_bytes()[..200]).unwrap();
        std::thread::sleep(Duration::from_millis(delay));
        let pid = child.id().to_string();
        let sent = std::process::Command::new("kill").args(["-s", "INT", &pid]).stderr(Stdio::null()).status();
        assert!(sent.unwrap().success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(fs::read_to_string(&out).unwrap(), "old");
        if let Some(code) = output.status.code() {
            assert_eq!(code, 130);
            assert_eq!(folder.names("out"), ["report.csv"]);
            return;
        }
        for name in folder.names("out").into_iter().filter(|name| name != "report.csv") {
            fs::remove_file(folder.path("out").join(name)).unwrap();
        }
    }
    panic!("the signal always came before the program was ready");
}
