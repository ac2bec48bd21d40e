//! The store that is filled from files: what is new comes in once, what changed is replaced, and however the process ends,
//! the next one makes the store what an undisturbed one would have made.

#![expect(clippy::unwrap_used, reason = "a test that cannot run the program has failed")]

#[path = "support/events.rs"]
#[expect(dead_code, reason = "shared with tests that need more")]
mod events;
#[path = "support/stored.rs"]
mod stored;
#[expect(dead_code, reason = "shared with tests that need more")]
mod support;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use events::{Folder, event, fixture, records};
use stored::{Counts, counts, tables};
use support::{Ended, Run};

/// Syncs a folder into the store beside it.
fn sync(folder: &Folder, more: &[&str]) -> Ended {
    let (logs, store) = (folder.arg("logs"), folder.arg("store.db"));
    let mut args = vec!["sync", &logs, "--store", &store, "-o", "json"];
    args.extend(more);
    Run::new(&args).ended()
}

/// A sync that ends well: what it did.
fn synced(folder: &Folder) -> Counts {
    let ended = sync(folder, &[]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    counts(&ended.stdout)
}

/// Writes a log file that was changed some time ago, so that its time tells its state.
fn write(folder: &Folder, name: &str, text: &str) {
    let path = folder.write(&format!("logs/{name}"), text);
    age(&path, 3_600);
}

fn age(path: &Path, seconds: u64) {
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(seconds)).unwrap();
}

fn log_file(ids: &[&str]) -> String {
    let events: Vec<String> = ids.iter().map(|id| event(id, "2026-11-01T10:00:00Z", &format!("ws{id}"))).collect();
    records(&events)
}

/// The ids of the events in the store, in their order.
fn ids(folder: &Folder) -> String {
    let store = folder.arg("store.db");
    stored::column(Path::new(&store), "SELECT event_id FROM events").join(" ")
}

#[test]
fn what_is_new_comes_in_once() {
    let folder = Folder::new();
    write(&folder, "a.json", &log_file(&["1", "2"]));
    write(&folder, "b.json", &log_file(&["3"]));
    assert_eq!(synced(&folder), Counts { new: 2, events: 3, ..Counts::default() });
    assert_eq!(ids(&folder), "1 2 3");
    assert_eq!(synced(&folder), Counts { unchanged: 2, ..Counts::default() });
    // Its name sorts before those that were read.
    write(&folder, "A.json", &log_file(&["0"]));
    assert_eq!(synced(&folder), Counts { new: 1, unchanged: 2, events: 1, ..Counts::default() });
    assert_eq!(ids(&folder), "0 1 2 3");
}

#[test]
fn what_has_changed_is_replaced() {
    let folder = Folder::new();
    write(&folder, "a.json", &log_file(&["1", "2"]));
    write(&folder, "b.json", &log_file(&["2", "3"]));
    synced(&folder);
    // Another size.
    write(&folder, "a.json", &log_file(&["1"]));
    assert_eq!(synced(&folder), Counts { changed: 1, unchanged: 1, events: 1, ..Counts::default() });
    assert_eq!(ids(&folder), "1 2 3", "the copy in the other file stands now");
    // The same size, at another time.
    folder.write("logs/a.json", log_file(&["4"]));
    age(&folder.path("logs/a.json"), 60);
    assert_eq!(synced(&folder), Counts { changed: 1, unchanged: 1, events: 1, ..Counts::default() });
    assert_eq!(ids(&folder), "2 3 4");
}

#[test]
fn what_has_just_changed_is_read_again() {
    // A file system without parts of a second: the next change could get the same time for so long.
    const COARSE: Duration = Duration::from_secs(2);
    // On a busy machine a sync may begin too late for the file to be in doubt. Then it is tried once more.
    for _ in 0..50 {
        let folder = Folder::new();
        folder.write("logs/a.json", log_file(&["1"]));
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(now.as_secs());
        let file = fs::File::options().write(true).open(folder.path("logs/a.json")).unwrap();
        file.set_modified(time).unwrap();
        sync(&folder, &[]);
        if time.elapsed().unwrap() >= COARSE {
            continue;
        }
        fs::write(folder.path("logs/a.json"), log_file(&["2"])).unwrap();
        file.set_modified(time).unwrap();
        sync(&folder, &[]);
        assert_eq!(ids(&folder), "2");
        return;
    }
    panic!("no sync of one file ended within two seconds");
}

#[test]
fn what_has_vanished_stays() {
    let folder = Folder::new();
    write(&folder, "a.json", &log_file(&["1"]));
    write(&folder, "b.json", &log_file(&["2"]));
    synced(&folder);
    fs::remove_file(folder.path("logs/a.json")).unwrap();
    assert_eq!(synced(&folder), Counts { unchanged: 1, ..Counts::default() });
    assert_eq!(ids(&folder), "1 2");
}

#[test]
fn what_failed_is_tried_again() {
    let folder = Folder::new();
    write(&folder, "a.json", &log_file(&["1"]));
    write(&folder, "b.json", "{\"Records\":[");
    write(&folder, "c.json", "");
    for _ in 0..2 {
        let ended = sync(&folder, &["-v"]);
        assert_eq!(ended.code, Some(5), "{}", ended.stderr);
        assert_eq!(counts(&ended.stdout).failed, 2);
        assert!(ended.stderr.contains("b.json: ") && ended.stderr.contains("c.json: "), "{}", ended.stderr);
    }
    // The size and the time that it had.
    let times = fs::metadata(folder.path("logs/b.json")).unwrap().modified().unwrap();
    write(&folder, "b.json", &log_file(&["2"]));
    fs::File::options().write(true).open(folder.path("logs/b.json")).unwrap().set_modified(times).unwrap();
    fs::remove_file(folder.path("logs/c.json")).unwrap();
    let ended = sync(&folder, &[]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(counts(&ended.stdout), Counts { changed: 1, unchanged: 1, gone: 1, events: 1, ..Counts::default() });
    assert!(ended.stderr.contains("c.json failed before, and is now gone, or is not a log file"), "{}", ended.stderr);
    assert_eq!(ids(&folder), "1 2");
    assert_eq!(synced(&folder), Counts { unchanged: 2, ..Counts::default() });
}

#[test]
fn a_window_leaves_the_rest_for_later() {
    let folder = Folder::new();
    let name = |day: &str| format!("111122223333_CloudTrail_eu-west-1_{day}T1000Z_AAAAAAAAAAAAAAAA.json");
    write(&folder, &name("20261101"), &log_file(&["1"]));
    write(&folder, &name("20261120"), &log_file(&["2"]));
    let ended = sync(&folder, &["--from", "2026-11-10"]);
    assert_eq!(counts(&ended.stdout), Counts { new: 1, skipped: 1, events: 1, ..Counts::default() });
    assert_eq!(synced(&folder), Counts { new: 1, unchanged: 1, events: 1, ..Counts::default() });
    assert_eq!(ids(&folder), "1 2");
}

#[test]
fn of_a_day_all_is_read_or_nothing() {
    let folder = Folder::new();
    for (id, day, hour) in
        [("1", "01", "18"), ("2", "02", "00"), ("3", "02", "06"), ("4", "02", "18"), ("5", "03", "00")]
    {
        let name = format!("111122223333_CloudTrail_eu-west-1_202611{day}T{hour}00Z_AAAAAAAAAAAAAAAA.json");
        let event = event(id, &format!("2026-11-{day}T{hour}:00:00Z"), "web");
        write(&folder, &name, &records(&[event]));
    }
    let (logs, store) = (folder.arg("logs"), folder.arg("store.db"));
    let asked = ["events", "--from", "2026-11-02", "--to", "2026-11-03", "-o", "csv", "-q"];
    let scanned = Run::new(&[&asked[..], &[&logs]].concat()).ended();
    for from in ["2026-11-02T00:01:00Z", "2026-11-02T12:00:00Z", "2026-11-02T23:59:59Z", "2026-11-03T03:00:00+04:00"] {
        let ended = sync(&folder, &["--from", from, "--to", "2026-11-05"]);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert_eq!(counts(&ended.stdout), Counts { new: 4, skipped: 1, events: 4, ..Counts::default() }, "{from}");
        let stored = Run::new(&[&asked[..], &["--store", &store]].concat()).ended();
        assert_eq!((stored.code, stored.stdout), (scanned.code, scanned.stdout.clone()), "{from}");
        fs::remove_file(&store).unwrap();
    }
}

#[test]
fn standard_input_and_nothing_are_refused() {
    let folder = Folder::new();
    let store = folder.arg("store.db");
    let ended = Run::new(&["sync", "-", "--store", &store]).ended();
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("standard input cannot be synced"), "{}", ended.stderr);
    let ended = Run::new(&["sync", "--store", &store, "--config", "/dev/null"]).ended();
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(!folder.path("store.db").exists());
}

#[test]
fn sources_of_the_config_file_are_synced() {
    let folder = Folder::new();
    write(&folder, "a.json", &log_file(&["1"]));
    folder.write("tfctrail.toml", "store = \"store.db\"\n[sources.logs]\nsource = \"logs\"\n");
    let ended = Run::new(&["sync", "--config", &folder.arg("tfctrail.toml"), "-o", "json"]).ended();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(ids(&folder), "1");
}

#[test]
fn the_second_is_told_who_fills_the_store() {
    let folder = Folder::new();
    write(&folder, "a.json", &log_file(&["1"]));
    synced(&folder);
    let lock = fs::File::options().read(true).write(true).open(folder.path("store.db.lock")).unwrap();
    lock.lock().unwrap();
    let text = r#"{"pid":4711,"host":"build-7","since":"2026-11-22T12:34:56Z","command":"sync\u001b[2J"}"#;
    fs::write(folder.path("store.db.lock"), text).unwrap();
    let ended = sync(&folder, &[]);
    assert_eq!(ended.code, Some(1));
    let holder = "is in use by process 4711 on build-7 since 2026-11-22T12:34:56Z (sync\\u001b[2J)";
    assert!(ended.stderr.contains(holder), "{}", ended.stderr);
    assert!(ended.stderr.contains("--wait"), "{}", ended.stderr);
    assert_eq!(ended.stdout, "");
    // Whoever waits says so, and gets it.
    let (logs, store) = (folder.arg("logs"), folder.arg("store.db"));
    let mut child = Run::new(&["sync", &logs, "--store", &store, "--wait"]).spawn();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let line = lines.next().unwrap().unwrap();
    assert!(line.contains("process 4711") && line.contains("waiting"), "{line}");
    drop(lock);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_dead_holder_holds_nothing() {
    let folder = Folder::new();
    write(&folder, "a.json", &log_file(&["1"]));
    fs::write(folder.path("store.db.lock"), r#"{"pid":1,"host":"x","since":"y","command":"z"}"#).unwrap();
    synced(&folder);
    assert_eq!(ids(&folder), "1");
}

#[cfg(unix)]
#[test]
fn watching_goes_on_until_a_signal() {
    let folder = Folder::new();
    write(&folder, "a.json", &log_file(&["1"]));
    let (logs, store) = (folder.arg("logs"), folder.arg("store.db"));
    let mut child = Run::new(&["sync", &logs, "--store", &store, "--watch", "1s"]).spawn();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let pass = |mut lines: &mut dyn Iterator<Item = String>| {
        Iterator::find(&mut lines, |line| line.contains("log files: ")).unwrap()
    };
    assert!(pass(&mut lines).contains("1 new"));
    write(&folder, "b.json", &log_file(&["2"]));
    let start = Instant::now();
    while !pass(&mut lines).contains("1 new") {
        assert!(start.elapsed() < Duration::from_mins(2), "no pass has read the file");
    }
    assert!(std::process::Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    assert!(lines.any(|line| line.contains("interrupted")));
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(ids(&folder), "1 2");
}

/// Numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, most: u64) -> u64 {
        // Knuth's MMIX constants.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

/// Syncs, and kills the process after it has said so many lines and a little more was waited: whether it was killed.
fn killed(logs: &str, store: &str, lines: u64, spins: u64) -> bool {
    let mut child = Run::new(&["sync", logs, "--store", store, "-v", "--threads", "2"]).spawn();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut count = 0;
    while count < lines
        && let Some(line) = said.next()
    {
        line.unwrap();
        count += 1;
    }
    for _ in 0..spins {
        std::hint::spin_loop();
    }
    child.kill().unwrap();
    let status = child.wait().unwrap();
    assert!(status.code().is_none_or(|code| code == 5), "{status}");
    status.code().is_none()
}

/// Whatever is in a store that does not have all of its log files, it says that a sync was not read to its end.
fn check_said(store: &Path, files: u64) {
    if !store.exists() {
        return;
    }
    let sql = "SELECT (SELECT count(*) FROM log_files) || ' ' || (SELECT count(*) FROM parts WHERE begun IS NULL)
        || ' ' || (SELECT count(*) FROM parts)";
    let found = stored::column(store, sql).concat();
    let whole = format!("{files} 1 1");
    assert!(found == whole || found.ends_with(" 0 1") || found == "0 0 0", "{found}");
}

#[test]
fn killed_at_any_point_nothing_is_lost_and_nothing_doubled() {
    const FILES: u64 = 24;
    let folder = Folder::new();
    for number in 0..FILES {
        let day = format!("AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/{:02}", 1 + number % 7);
        let name = format!(
            "{day}/111122223333_CloudTrail_eu-west-1_202611{:02}T{:02}00Z_AAAAAAAAAAAAAAAA.json",
            1 + number % 7,
            number % 24
        );
        // Neighbours share an event, and each has three of its own.
        let all: Vec<String> = (number * 4..=number * 4 + 4).map(|id| format!("{id:03}")).collect();
        write(&folder, &name, &log_file(&all.iter().map(String::as_str).collect::<Vec<_>>()));
    }
    write(&folder, "broken.json", "{\"Records\":[");
    let logs = folder.arg("logs");
    let undisturbed = folder.arg("undisturbed.db");
    assert_eq!(Run::new(&["sync", &logs, "--store", &undisturbed]).ended().code, Some(5));
    let expected = tables(Path::new(&undisturbed));
    let kill_some = |seed: u64| {
        let mut random = Random(seed);
        let (mut kills, mut number) = (0, 0);
        while kills < 50 {
            let store = folder.arg(&format!("store{seed}-{number}.db"));
            number += 1;
            for _ in 0..4 + random.below(8) {
                kills += u32::from(killed(&logs, &store, random.below(FILES + 8), random.below(20_000)));
                check_said(Path::new(&store), FILES + 1);
            }
            let ended = Run::new(&["sync", &logs, "--store", &store]).ended();
            assert_eq!(ended.code, Some(5), "{}", ended.stderr);
            assert_eq!(tables(Path::new(&store)), expected, "store {seed}-{number}");
        }
    };
    let kill_some = &kill_some;
    std::thread::scope(|scope| {
        for seed in 1..=4 {
            scope.spawn(move || kill_some(seed));
        }
    });
}

/// Every command that reads a store, with the store behind it.
const READING: [&[&str]; 11] = [
    &["runs"],
    &["events", "-o", "json"],
    &["summary"],
    &["coverage"],
    &["findings"],
    &["report", "--date", "2026-11-01"],
    &["report", "--group-by", "account", "--date", "2026-11-01", "--out", "OUT"],
    &["runs", "--whole-runs"],
    &["store", "info"],
    &["store", "check"],
    &["store", "export", "--out", "OUT"],
];

/// The exit codes of all of these, and whether each says the text.
fn check_commands(folder: &Folder, round: &str, code: i32, text: &str) {
    let store = folder.arg("store.db");
    for (at, command) in READING.iter().enumerate() {
        let out = folder.arg(&format!("out-{round}-{at}"));
        let mut args: Vec<&str> = command.iter().map(|arg| if *arg == "OUT" { &*out } else { *arg }).collect();
        args.extend(["--store", &store]);
        let ended = Run::new(&args).ended();
        assert_eq!(ended.code, Some(code), "{args:?}: {}", ended.stderr);
        assert_eq!(ended.stderr.contains(text), code == 5, "{args:?}: {}", ended.stderr);
    }
}

#[test]
fn a_store_that_was_not_read_to_its_end_is_incomplete_in_every_command() {
    let folder = Folder::new();
    write(&folder, "111122223333_CloudTrail_eu-west-1_20261101T1000Z_AAAAAAAAAAAAAAAA.json", &log_file(&["1"]));
    synced(&folder);
    check_commands(&folder, "whole", 0, "was not read to its end");
    // A sync of the same source that is broken off, however little there is to read.
    let connection = rusqlite::Connection::open(folder.path("store.db")).unwrap();
    connection.execute_batch("UPDATE parts SET begun = 1793527200").unwrap();
    drop(connection);
    check_commands(&folder, "cut", 5, "the sync of 2026-11-01T10:00:00Z was not read to its end");
    let info = Run::new(&["store", "info", "--store", &folder.arg("store.db"), "-o", "csv"]).ended();
    assert!(info.stdout.lines().nth(1).unwrap().ends_with(",1,1,0,1,2026-11-01T10:00:00Z"), "{}", info.stdout);
    synced(&folder);
    check_commands(&folder, "again", 0, "was not read to its end");
}

#[cfg(unix)]
#[test]
fn a_second_reading_that_fails_leaves_what_was_read() {
    let folder = Folder::new();
    let name = "111122223333_CloudTrail_eu-west-1_20261101T1000Z_AAAAAAAAAAAAAAAA.json";
    write(&folder, name, &log_file(&["1", "2"]));
    write(&folder, "b.json", &log_file(&["3"]));
    synced(&folder);
    let store = folder.arg("store.db");
    let said = "could not be read again, so what was read of it before stands";
    // Broken bytes, a link to nothing, and both as often as one likes.
    let break_it = |how: usize| {
        let path = folder.path(&format!("logs/{name}"));
        fs::remove_file(&path).unwrap_or_default();
        if how == 0 {
            write(&folder, name, "{\"Records\":[{");
        } else {
            std::os::unix::fs::symlink("nowhere", &path).unwrap();
        }
    };
    for how in [0, 1, 0, 0, 1] {
        break_it(how);
        let ended = sync(&folder, &[]);
        assert_eq!(ended.code, Some(5), "{}", ended.stderr);
        assert_eq!(ids(&folder), "1 2 3");
        check_commands_that_count(&folder, &format!("{name}: {said}"));
        assert_eq!(Run::new(&["store", "check", "--store", &store]).ended().code, Some(0));
        let days = Run::new(&["events", "--store", &store, "--from", "2026-11-05"]).ended();
        assert!(!days.stderr.contains(said), "{}", days.stderr);
    }
    fs::remove_file(folder.path(&format!("logs/{name}"))).unwrap();
    write(&folder, name, &log_file(&["1", "4"]));
    assert_eq!(synced(&folder).changed, 1);
    assert_eq!(ids(&folder), "1 3 4");
    // What has vanished stays, and is not asked for any more.
    break_it(0);
    sync(&folder, &[]);
    fs::remove_file(folder.path(&format!("logs/{name}"))).unwrap();
    assert_eq!(synced(&folder).gone, 1);
    assert_eq!(synced(&folder).gone, 0);
    assert_eq!(ids(&folder), "1 3 4");
    assert_eq!(Run::new(&["runs", "--store", &store]).ended().code, Some(0));
}

/// Commands with counters agree: all is read, nothing failed, and one line says what is old.
fn check_commands_that_count(folder: &Folder, said: &str) {
    let store = folder.arg("store.db");
    for command in ["runs", "events", "summary", "coverage", "findings"] {
        let ended = Run::new(&[command, "-o", "json", "--store", &store]).ended();
        assert_eq!(ended.code, Some(5), "{command}: {}", ended.stderr);
        let answer: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
        let files = &answer["coverage"]["files"];
        assert_eq!((&files["total"], &files["read"], &files["failed"]), (&2.into(), &2.into(), &0.into()), "{command}");
        assert!(ended.stderr.contains(said), "{command}: {}", ended.stderr);
    }
}

#[test]
fn salvaged_events_are_worth_more_than_none() {
    let folder = Folder::new();
    let whole = log_file(&["1", "2"]);
    let cut = &whole[..whole.len() - 30];
    write(&folder, "a.json", cut);
    assert_eq!(sync(&folder, &["--salvage"]).code, Some(5));
    assert_eq!(ids(&folder), "1");
    assert_eq!(sync(&folder, &[]).code, Some(5));
    assert_eq!(ids(&folder), "1");
    let runs = Run::new(&["runs", "--store", &folder.arg("store.db"), "-o", "json"]).ended();
    let answer: serde_json::Value = serde_json::from_str(&runs.stdout).unwrap();
    assert_eq!(answer["coverage"]["files"]["failed"], 1);
    fs::remove_file(folder.path("logs/a.json")).unwrap();
    assert_eq!(sync(&folder, &[]).code, Some(0));
    assert_eq!(ids(&folder), "1");
    write(&folder, "a.json", &whole);
    synced(&folder);
    assert_eq!(ids(&folder), "1 2");
}

#[cfg(unix)]
#[test]
fn a_folder_in_a_folder_has_its_own_say() {
    let folder = Folder::new();
    write(&folder, "one/a.json", &log_file(&["1"]));
    write(&folder, "b.json", &log_file(&["2"]));
    let (store, outer, inner) = (folder.arg("store.db"), folder.arg("logs"), folder.arg("logs/one"));
    std::os::unix::fs::symlink("nowhere", folder.path("logs/one/link.json")).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.path("logs/link.json")).unwrap();
    let sync = |source: &str| Run::new(&["sync", source, "--store", &store]).ended().code;
    let failed = || {
        let ended = Run::new(&["runs", "-o", "json", "--store", &store]).ended();
        let answer: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
        let failed = answer["coverage"]["failed"].as_array().unwrap().iter();
        failed.map(|failed| failed["file"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!((sync(&outer), sync(&inner)), (Some(5), Some(5)));
    assert_eq!(failed(), "link.json link.json one/link.json");
    fs::remove_file(folder.path("logs/one/link.json")).unwrap();
    assert_eq!(sync(&inner), Some(0));
    assert_eq!(failed(), "link.json one/link.json", "only the outer one says so");
    assert_eq!(sync(&outer), Some(5));
    assert_eq!(failed(), "link.json");
    assert_eq!(ids(&folder), "1 2");
}

#[test]
fn a_sync_gives_what_a_scan_gives() {
    let folder = Folder::new();
    let (logs, store) = (fixture("demo"), folder.arg("store.db"));
    let ended = Run::new(&["sync", &logs, "--store", &store]).ended();
    assert!(ended.stderr.contains("log files: "), "{}", ended.stderr);
    for command in ["events", "runs"] {
        let scanned = Run::new(&[command, &logs, "-o", "csv"]).ended().stdout;
        let found = Run::new(&[command, &format!("store:{store}"), "-o", "csv"]).ended().stdout;
        assert!(found == scanned && found.lines().count() > 5, "{command}: {found}");
    }
}

#[test]
fn the_sync_of_a_report_is_the_one_that_sync_would_be() {
    let demo = fixture("demo");
    let filled = |command: &[&str], config: &str, variables: &[(&str, &str)]| {
        let folder = Folder::new();
        folder.write("tfctrail.toml", config);
        let store = folder.arg("store.db");
        let args = [command, &["--store", &store]].concat();
        let run = Run::new(&args).dir(Path::new(&folder.arg("."))).env("TFCTRAIL_OUT", &folder.arg("page.md"));
        let ended = variables.iter().fold(run, |run, (name, value)| run.env(name, value)).ended();
        (ended.code, tables(Path::new(&store)))
    };
    let sources = format!("[sources.demo]\nsource = '{demo}'\n");
    for (config, variables) in [
        ("", &[][..]),
        ("[defaults.sync]\nfrom = '2026-11-05'\n", &[]),
        ("[defaults.sync]\nmax-record = '10'\n", &[]),
        ("[defaults]\nmax-record = '10'\n[defaults.sync]\nmax-record = '16MiB'\n", &[]),
        ("", &[("TFCTRAIL_MAX_RECORD", "10")]),
        ("[defaults.sync]\nmax-record = '10'\n", &[("TFCTRAIL_MAX_RECORD", "16MiB")]),
        ("", &[("TFCTRAIL_TFE_HOST", "tfe.example.com")]),
        // What a report is written as says nothing to sync.
        ("", &[("TFCTRAIL_OUTPUT", "markdown")]),
        ("[defaults.report]\noutput = 'markdown'\n", &[]),
    ] {
        let config = format!("{config}{sources}");
        let no_page: Vec<(&str, &str)> =
            variables.iter().copied().filter(|(name, _)| *name != "TFCTRAIL_OUTPUT").collect();
        let expected = filled(&["sync"], &config, &no_page).1;
        let (code, found) = filled(&["report", "--sync", "--date", "2026-11-06"], &config, variables);
        assert!(matches!(code, Some(0 | 5)), "{config} {variables:?}: {code:?}");
        assert_eq!(found, expected, "{config} {variables:?}");
    }
    // What was typed wins.
    let typed = ["report", "--sync", "--date", "2026-11-06", "--max-record", "16MiB"];
    let small = format!("[defaults.sync]\nmax-record = '10'\n{sources}");
    assert_eq!(filled(&typed, &small, &[]).1, filled(&["sync"], &sources, &[]).1);
}
