//! `activity`, end to end: which calls are whose, whatever the order of the files, the number of threads and the spelling of
//! the records (DESIGN §9).

#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

#[cfg(feature = "aws")]
#[path = "activity/bucket.rs"]
mod bucket;
#[cfg(feature = "aws")]
#[path = "support/buckets.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod buckets;
#[path = "support/cases.rs"]
mod cases;
#[path = "support/choices.rs"]
mod choices;
#[path = "activity/choosing.rs"]
mod choosing;
#[path = "support/events.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod events;
#[path = "activity/extracted.rs"]
mod extracted;
#[path = "activity/few.rs"]
mod few;
#[path = "activity/others.rs"]
mod others;
#[cfg(feature = "aws")]
#[path = "support/s3.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod s3;
#[path = "activity/spelling.rs"]
mod spelling;
#[path = "activity/stored.rs"]
mod stored;
#[expect(dead_code, reason = "other tests use the rest")]
mod support;
#[path = "activity/synced.rs"]
mod synced;
#[path = "activity/windows.rs"]
mod windows;
#[path = "activity/world.rs"]
mod world;

use std::collections::BTreeMap;

use cases::seeds;
use events::Folder;
use serde_json::Value;
use support::{Ended, Run};
use world::{World, shown};

fn report(ended: &Ended) -> Value {
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    serde_json::from_str(&ended.stdout).unwrap()
}

fn rows(report: &Value) -> Vec<Value> {
    report["rows"].as_array().unwrap().clone()
}

fn write(files: &[(String, Vec<u8>)]) -> Folder {
    let folder = Folder::new();
    for (name, bytes) in files {
        folder.write(&format!("logs/{name}"), bytes);
    }
    folder
}

/// The report attributes just what the world knows, each call to the right run.
fn check_rows(world: &World, report: &Value, seed: u64) {
    let mut found: BTreeMap<String, Value> =
        rows(report).iter().map(|row| (row["event_id"].as_str().unwrap().to_owned(), shown(row))).collect();
    assert_eq!(found.len(), rows(report).len(), "seed {seed}: an event has two rows");
    for (id, expected) in &world.expected {
        assert_eq!(found.remove(id).as_ref(), Some(expected), "seed {seed}: {id}");
    }
    assert_eq!(found, BTreeMap::new(), "seed {seed}: of no run");
    let calls: BTreeMap<&str, u64> = report["coverage"]["calls"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, count)| (&**name, count.as_u64().unwrap()))
        .collect();
    assert_eq!(calls, world.tally, "seed {seed}");
    let records = &report["coverage"]["records"];
    let count = |name: &str| records[name].as_u64().unwrap();
    assert_eq!(count("total"), count("kept") + count("other") + count("malformed"), "seed {seed}");
    assert_eq!(count("malformed"), 0, "seed {seed}");
    assert!(calls["read"] <= count("other"), "seed {seed}");
}

fn without_log_files(report: &Value) -> Vec<Value> {
    let mut rows = rows(report);
    for row in &mut rows {
        row["log_file"] = Value::Null;
    }
    rows
}

#[test]
fn every_call_is_attributed_to_its_run_and_to_no_other() {
    for seed in seeds(1, 3) {
        let world = World::new(seed);
        let folder = write(&world.files(None));
        let logs = folder.arg("logs");
        let calls = |logs: &str, more: &[&str]| {
            Run::new(&[&["activity", logs, "--calls", "-o", "json"], more].concat()).ended()
        };
        let one = calls(&logs, &["--threads", "1"]);
        let found = report(&one);
        check_rows(&world, &found, seed);
        assert!(!one.stdout.contains("FAKE-SESSION-TOKEN"), "seed {seed}");
        assert_eq!(calls(&logs, &["--threads", "3"]).stdout, one.stdout, "seed {seed}");
        let other = write(&world.files(Some(seed + 1)));
        let other = report(&calls(&other.arg("logs"), &[]));
        check_rows(&world, &other, seed);
        assert_eq!(without_log_files(&other), without_log_files(&found), "seed {seed}");
        for join in
            ["key 0", "key 1", "key 2", "key 3", "session 0", "session 1", "principal 0", "principal 2", "name 0"]
        {
            assert!(world.joins().get(join).is_some_and(|count| *count > 3), "seed {seed}: {join} {:?}", world.joins());
        }
    }
}

#[test]
fn calls_that_do_not_fit_into_memory_are_put_aside() {
    let world = World::new(17);
    let folder = write(&world.files(None));
    let (logs, store) = (folder.arg("logs"), folder.arg("s.db"));
    let synced = Run::new(&["sync", &logs, "--store", &store, "--activity=calls"]).ended();
    assert_eq!(synced.code, Some(0), "{}", synced.stderr);
    let store = format!("store:{store}");
    for question in [&["--calls"] as &[&str], &[], &["--by", "day,service,outcome"], &["--calls", "--limit", "50"]] {
        for (source, format) in [(&logs, "csv"), (&logs, "json"), (&logs, "table"), (&store, "csv"), (&store, "json")] {
            let asked = |more: &[&str]| {
                let ended = Run::new(&[&["activity", source, "-o", format], question, more].concat()).ended();
                assert_eq!(ended.code, Some(0), "{}", ended.stderr);
                ended
            };
            let whole = asked(&[]);
            for few in [&["--memory", "1KiB", "--threads", "1"], &["--memory", "10kB", "--threads", "3"]] {
                let aside = asked(few);
                assert_eq!((aside.stdout, aside.stderr), (whole.stdout.clone(), whole.stderr.clone()), "{few:?}");
            }
        }
    }
    let nowhere = Run::new(&["activity", &logs, "--memory", "1KiB"]).env("TMPDIR", &folder.arg("nowhere")).ended();
    assert_eq!((nowhere.code, &*nowhere.stdout), (Some(1), ""), "{}", nowhere.stderr);
    assert!(nowhere.stderr.contains("cannot be put aside in a temporary file"), "{}", nowhere.stderr);
}

#[test]
fn standard_input_gives_what_the_file_gives() {
    let world = World::new(11);
    let folder = Folder::new();
    let text = world.text();
    let file = folder.write("all.json.gz", spelling::gzip(&text));
    let calls = |source: &str| Run::new(&["activity", source, "--calls", "-o", "json"]);
    let of_file = report(&calls(file.to_str().unwrap()).ended());
    check_rows(&world, &of_file, 11);
    for bytes in [text.clone().into_bytes(), spelling::gzip(&text)] {
        let piped = report(&calls("-").stdin(&bytes).ended());
        assert_eq!(without_log_files(&piped), without_log_files(&of_file));
        assert_eq!(piped["coverage"]["calls"], of_file["coverage"]["calls"]);
    }
}

#[test]
fn a_window_shows_what_the_whole_shows_of_it() {
    let world = World::new(13);
    let folder = write(&world.files(None));
    let logs = folder.arg("logs");
    let calls =
        |window: &[&str]| report(&Run::new(&[&["activity", &logs, "--calls", "-o", "json"], window].concat()).ended());
    let whole = calls(&[]);
    for (from, to) in [
        ("2026-11-02T06:30:00Z", "2026-11-02T07:20:00Z"),
        ("2026-11-02T11:00:00Z", "2026-11-02T19:15:00Z"),
        ("2026-11-02T23:05:00Z", "2026-11-03T03:05:00Z"),
        ("2026-11-03T03:10:00Z", "2026-11-30T00:00:00Z"),
    ] {
        let found = calls(&["--from", from, "--to", to]);
        let mut expected = without_log_files(&whole);
        expected.retain(|row| (from..to).contains(&row["time"].as_str().unwrap()));
        assert!(expected.len() > 10, "{from}: {}", expected.len());
        assert_eq!(without_log_files(&found), expected, "{from}");
        let tally = found["coverage"]["calls"].as_object().unwrap();
        assert_eq!(tally["attributed"], expected.len(), "{from}");
        let sum: u64 = tally.values().map(|count| count.as_u64().unwrap()).sum();
        assert_eq!(sum, 2 * tally["read"].as_u64().unwrap(), "{from}");
    }
}
