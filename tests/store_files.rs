//! A store as a file among others: made, opened, closed, moved, copied and locked.

#![expect(clippy::unwrap_used, reason = "a test that cannot run the program has failed")]

#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use rusqlite::Connection;
use support::{Ended, Run};
use tempfile::TempDir;
use tfctrail::store::Store;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");

fn fixture(name: &str) -> String {
    format!("{FIXTURES}/{name}")
}

fn run(folder: &TempDir, args: &[&str]) -> Ended {
    Run::new(args).dir(folder.path()).ended()
}

/// Runs it, and expects that exit code.
fn run_to(folder: &TempDir, args: &[&str], code: i32) -> Ended {
    let ended = run(folder, args);
    assert_eq!(ended.code, Some(code), "{args:?}: {}", ended.stderr);
    ended
}

/// A folder with a store of these fixtures in it.
fn stored(sources: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let sources: Vec<String> = sources.iter().map(|name| fixture(name)).collect();
    let mut args = vec!["sync", "--store", "store.db"];
    args.extend(sources.iter().map(String::as_str));
    let ended = run(&folder, &args);
    assert!(matches!(ended.code, Some(0 | 5)), "{}", ended.stderr);
    folder
}

fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

#[test]
fn a_closed_store_is_one_file() {
    let folder = stored(&["demo", "hostile/truncated.json.gz"]);
    let demo = fixture("demo");
    for args in [
        &["runs"][..],
        &["query", "SELECT count(*) FROM events"],
        &["query", "SELECT nope"],
        &["findings", "--from", "2026-11-03"],
        &["report", "--from", "2026-11-03", "--to", "2026-11-04", "-o", "markdown"],
        &["store", "info"],
        &["store", "check"],
        &["store", "prune", "--before", "2026-11-02T12:00:00Z"],
        &["sync", &demo],
        &["sync", &demo, "--dry-run"],
    ] {
        let ended = run(&folder, &[args, &["--store", "store.db"]].concat());
        assert_eq!(names(folder.path()), ["store.db", "store.db.lock"], "{args:?}: {}", ended.stderr);
    }
    // A copy of that file has everything.
    fs::copy(folder.path().join("store.db"), folder.path().join("copy.db")).unwrap();
    let [store, copy] = ["store:store.db", "store:copy.db"].map(|store| run(&folder, &["runs", store, "-o", "json"]));
    assert_eq!((store.stdout, store.code), (copy.stdout, copy.code));
}

#[test]
fn a_sound_store_fits_together_whatever_its_sources_hold() {
    let logs = tempfile::tempdir().unwrap();
    let beside = logs.path().join("AWSLogs/111122223333/vpcflowlogs/eu-west-1/2026/11/02");
    fs::create_dir_all(&beside).unwrap();
    fs::write(beside.join("flows.log.gz"), "flows").unwrap();
    for name in [".DS_Store", "README.md", "broken.json"] {
        fs::write(logs.path().join(name), "notes").unwrap();
    }
    let logs = logs.path().to_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for name in ["demo", "shapes", "hostile"] {
        let ended = run(&folder, &["sync", "--store", "store.db", "--all-issuers", logs, &fixture(name)]);
        assert!(matches!(ended.code, Some(0 | 5)), "{}", ended.stderr);
        let ended = run_to(&folder, &["store", "check", "--store", "store.db"], 0);
        assert_eq!(ended.stdout, "");
    }
}

#[test]
fn a_store_that_was_moved_leaves_nothing_to_the_next_one() {
    let folder = stored(&["demo"]);
    fs::rename(folder.path().join("store.db"), folder.path().join("old.db")).unwrap();
    let shapes = fixture("shapes");
    run(&folder, &["sync", "--store", "store.db", &shapes]);
    let scanned = run(&folder, &["events", &shapes, "-o", "json"]);
    let stored = run(&folder, &["events", "store:store.db", "-o", "json"]);
    assert_eq!(stored.stdout, scanned.stdout);

    // What a process left that was killed keeps a new store from being made.
    let writer = Connection::open(folder.path().join("old.db")).unwrap();
    writer.execute("INSERT INTO texts (text) VALUES ('later')", []).unwrap();
    fs::copy(folder.path().join("old.db-wal"), folder.path().join("new.db-wal")).unwrap();
    let ended = run_to(&folder, &["sync", "--store", "new.db", &shapes], 2);
    assert!(
        ended.stderr.contains("store new.db: the file does not exist, but new.db-wal of another store"),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.contains("\nhint: move that beside the store it belongs to"), "{}", ended.stderr);
    assert!(!folder.path().join("new.db").exists());
}

#[test]
fn what_is_no_file_is_refused_before_any_work() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Command::new("mkfifo").arg(folder.path().join("pipe")).status().unwrap().success());
    fs::create_dir(folder.path().join("directory")).unwrap();
    let demo = fixture("demo");
    for (store, what) in [("pipe", "a pipe"), ("directory", "a directory"), ("/dev/null", "a device")] {
        for args in [
            &["sync", &demo][..],
            &["sync", &demo, "--dry-run"],
            &["runs"],
            &["query", "SELECT 1"],
            &["report"],
            &["store", "info"],
            &["store", "check"],
            &["store", "prune", "--before", "1d"],
            &["store", "export", "--out", "lake"],
        ] {
            let ended = run_to(&folder, &[args, &["--store", store]].concat(), 2);
            let expected = format!("tfctrail: error: store {store}: is {what}, not a store\n");
            assert!(ended.stderr.contains(&expected), "{args:?}: {}", ended.stderr);
        }
    }
    assert_eq!(names(folder.path()), ["directory", "pipe"]);
}

#[test]
fn a_link_in_place_of_the_lock_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("notes"), "notes").unwrap();
    symlink("notes", folder.path().join("store.db.lock")).unwrap();
    let ended = run_to(&folder, &["sync", "--store", "store.db", &fixture("demo")], 1);
    assert!(ended.stderr.contains("locking store.db.lock: it is a symbolic link"), "{}", ended.stderr);
    assert_eq!(fs::read_to_string(folder.path().join("notes")).unwrap(), "notes");
}

/// Asks the store, and expects this exit code and this on standard error, however quiet.
fn check_query(folder: &TempDir, code: i32, said: &str) {
    for flags in [&["-o", "csv", "-q"][..], &["-o", "csv"], &["-o", "json"]] {
        let sql = "SELECT count(*) > -1 AS one FROM events";
        let ended = run_to(folder, &[&["query", sql, "--store", "store.db"], flags].concat(), code);
        assert!(ended.stderr.contains(said), "{said}: {}", ended.stderr);
        if flags[1] == "json" {
            let answer: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
            assert_eq!(answer["rows"][0]["one"], 1);
            let text = answer["coverage"].to_string();
            let runs = run(folder, &["runs", "store:store.db", "-o", "json"]);
            let runs: serde_json::Value = serde_json::from_str(&runs.stdout).unwrap();
            assert_eq!(text, runs["coverage"].to_string());
        } else {
            assert_eq!(ended.stdout, "one\n1\n");
        }
    }
}

#[test]
fn a_query_says_what_its_store_lacks() {
    check_query(&stored(&["demo"]), 0, "");
    check_query(&stored(&["demo", "hostile/truncated.json.gz"]), 5, "the coverage is incomplete: 1 failed file");
    check_query(&stored(&["hostile/empty.json"]), 5, "the coverage is incomplete: 1 failed file");
    let pruned = stored(&["demo"]);
    run_to(&pruned, &["store", "prune", "--before", "2026-11-03", "--store", "store.db"], 0);
    check_query(&pruned, 5, "were pruned from the store");
    let empty = tempfile::tempdir().unwrap();
    drop(Store::create(&empty.path().join("store.db")).unwrap());
    check_query(&empty, 5, "the coverage is incomplete: nothing was synced into the store");
}

#[test]
fn an_export_says_what_its_store_lacks() {
    let folder = stored(&["demo", "hostile/truncated.json.gz"]);
    let ended = run_to(&folder, &["store", "export", "--out", "lake", "--store", "store.db"], 5);
    assert!(ended.stderr.contains("the coverage is incomplete: 1 failed file"), "{}", ended.stderr);
    assert_eq!(names(&folder.path().join("lake")), ["events", "runs"]);
}

#[test]
fn a_function_that_does_not_come_back_ends_with_the_process() {
    let folder = stored(&["demo"]);
    // Two million letters are compared with nearly as many, over and over.
    let letters = |count: u32| format!("replace(hex(zeroblob({count})), '0', 'a')");
    let sql = format!("SELECT instr({}, {} || 'b')", letters(1_800_000), letters(1_200_000));
    let args = ["query", &sql, "--store", "store.db", "--timeout", "1s", "-o", "csv", "--out", "answer.csv"];
    let ended = run_to(&folder, &args, 1);
    assert!(ended.stderr.contains("tfctrail: error: the query took longer than 1 seconds\n"), "{}", ended.stderr);
    // Nothing of the answer is left, and what lies beside the store goes with the next command.
    run_to(&folder, &["store", "info", "--store", "store.db"], 0);
    assert_eq!(names(folder.path()), ["store.db", "store.db.lock"]);
}

#[test]
fn a_cell_of_the_wrong_type_stops_everybody() {
    let folder = stored(&["demo"]);
    let path = folder.path().join("store.db");
    Connection::open(&path).unwrap().execute("UPDATE log_files SET size = 'large'", []).unwrap();
    let ended = run_to(&folder, &["store", "check", "--store", "store.db"], 1);
    assert!(ended.stdout.contains("log_files.size: "), "{}", ended.stdout);
    // Nothing is read again for that.
    let ended = run_to(&folder, &["sync", "--store", "store.db", &fixture("demo")], 1);
    assert!(ended.stderr.contains("store store.db: the file is damaged (invalid column type"), "{}", ended.stderr);
    let ended = run_to(&folder, &["sync", "--store", "store.db", &fixture("demo"), "--dry-run"], 0);
    assert!(ended.stderr.contains("0 objects"), "{}", ended.stderr);
}

/// Runs the program as somebody who may not write into `folder`.
fn run_as_another(folder: &Path, args: &[&str]) -> Ended {
    let program = folder.parent().unwrap().join("tfctrail");
    if !program.exists() {
        fs::copy(support::program(), &program).unwrap();
        fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    }
    let mut command = Command::new(&program);
    command.args(args).current_dir(folder).env_clear().env("XDG_CONFIG_HOME", "/no/such/folder");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // Who may do everything becomes nobody; for all others, the permissions do.
    if fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0) {
        command.uid(65_534).gid(65_534);
    }
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ended { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
}

#[test]
fn a_store_that_cannot_be_written_is_read() {
    let parent = tempfile::tempdir().unwrap();
    let mode = |path: &Path, mode: u32| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    mode(parent.path(), 0o755);
    let folder = parent.path().join("read only");
    fs::create_dir(&folder).unwrap();
    let store = folder.join("store.db");
    let demo = fixture("demo");
    assert_eq!(Run::new(&["sync", &demo, "--store", store.to_str().unwrap()]).ended().code, Some(0));
    let scanned = Run::new(&["runs", &demo, "-o", "csv"]).ended().stdout;
    mode(&store, 0o444);
    mode(&folder, 0o555);
    for args in [
        &["runs", "store:store.db", "-o", "csv"][..],
        &["query", "SELECT * FROM runs", "--store", "store.db", "-o", "csv"],
    ] {
        let ended = run_as_another(&folder, args);
        assert_eq!((ended.stdout.as_str(), ended.code), (scanned.as_str(), Some(0)), "{args:?}: {}", ended.stderr);
    }
    let check = |expected: &str| {
        let ended = run_as_another(&folder, &["runs", "store:store.db"]);
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        assert!(ended.stderr.contains(expected) && ended.stderr.contains("\nhint: "), "{}", ended.stderr);
    };
    // Rows that lie beside it are not left out.
    mode(&folder, 0o755);
    mode(&store, 0o644);
    fs::write(folder.join("store.db-wal"), "rows").unwrap();
    mode(&store, 0o444);
    mode(&folder, 0o555);
    check("store store.db: its latest rows lie in store.db-wal");
    mode(&folder, 0o755);
    fs::remove_file(folder.join("store.db-wal")).unwrap();
    // One of an older version, and one that nobody else may read.
    mode(&store, 0o644);
    Connection::open(&store).unwrap().execute_batch("PRAGMA user_version = 1").unwrap();
    mode(&store, 0o444);
    mode(&folder, 0o555);
    check("store store.db: an older tfctrail has written it (schema 1)");
    mode(&store, 0o000);
    check("store store.db: permission denied");
    mode(&folder, 0o755);
}
