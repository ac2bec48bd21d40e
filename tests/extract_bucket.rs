//! Extracts of a bucket give what a scan of the bucket gives, the places that are silent in the window among it, whoever made them.

#![cfg(feature = "aws")]
#![expect(clippy::unwrap_used, reason = "a test that cannot run the program has failed")]

#[path = "support/buckets.rs"]
#[expect(dead_code, reason = "shared with tests that need more")]
mod buckets;
#[path = "support/events.rs"]
#[expect(dead_code, reason = "shared with tests that need more")]
mod events;
#[path = "support/s3.rs"]
#[expect(dead_code, reason = "shared with tests that need more")]
mod s3;
#[expect(dead_code, reason = "shared with tests that need more")]
mod support;

use buckets::aws;
use events::{Folder, event, records};
use s3::Server;
use serde_json::Value;
use support::{Ended, Run};

const WINDOW: [&str; 4] = ["--from", "2026-11-05", "--to", "2026-11-06"];

/// One place has log files on each day, and one on the 3rd alone.
fn bucket(prefix: &str) -> Folder {
    let folder = Folder::new();
    let put = |account: &str, region: &str, day: u8| {
        let name = format!("{account}_CloudTrail_{region}_202611{day:02}T0810Z_AAAAAAAAAAAAAA{day:02}.json");
        let key = format!("{prefix}AWSLogs/{account}/CloudTrail/{region}/2026/11/{day:02}/{name}");
        let id = format!("e-{account}-{day}");
        let text =
            records(&[event(&id, &format!("2026-11-{day:02}T08:00:00Z"), "web").replace("111122223333", account)]);
        folder.write(&format!("buckets/logs/{key}"), text);
    };
    (1..=7).for_each(|day| put("111122223333", "eu-west-1", day));
    put("222233334444", "us-east-1", 3);
    folder
}

/// What is said, without the names of the sources.
fn said(ended: &Ended) -> (Option<i32>, Value) {
    let mut report: Value = serde_json::from_str(&ended.stdout).unwrap_or_default();
    if let Some(coverage) = report.get_mut("coverage") {
        coverage["sources"] = Value::Null;
    }
    (ended.code, report)
}

struct Asked {
    folder: Folder,
    server: Server,
}

impl Asked {
    fn new(prefix: &str) -> Self {
        let folder = bucket(prefix);
        let server = Server::start(&folder.path("buckets"));
        Self { folder, server }
    }

    fn run(&self, args: &[&str]) -> Ended {
        aws(&self.server, args).ended()
    }

    /// Extracts of that folder give what the bucket gives, a store that is filled from them too.
    fn check(&self, extracts: &str) {
        let from = self.folder.arg(extracts);
        for command in ["runs", "events", "coverage"] {
            let args = |source| [&[command, source, "-o", "json", "--strict"], &WINDOW[..]].concat();
            let direct = self.run(&args("s3://logs"));
            let (code, report) = said(&direct);
            let silent = report["coverage"]["gaps"].as_array().unwrap().iter();
            let silent = silent.filter(|gap| gap["account_id"] == "222233334444").count();
            assert_eq!((code, silent), (Some(5), 1), "{}", direct.stderr);
            let folded = self.run(&args(&from));
            assert_eq!(said(&folded), (code, report.clone()), "{extracts} {command} {}", folded.stderr);
            let store = self.folder.arg(&format!("{extracts}-{command}.db"));
            let sync = [&["sync", &from, "--store", &store], &WINDOW[..]].concat();
            assert_eq!(self.run(&sync).code, Some(0));
            let gaps = |report: &Value| report["coverage"]["gaps"].clone();
            let stored = said(&self.run(&args(&format!("store:{store}"))));
            assert_eq!((stored.0, gaps(&stored.1)), (code, gaps(&report)), "{extracts} {command} of a store");
        }
    }
}

#[test]
fn a_place_that_is_silent_in_the_window_is_known_from_extracts() {
    for prefix in ["", "my/"] {
        let asked = Asked::new(prefix);
        for out in ["whole/all.ndjson", "columns/all.parquet"] {
            std::fs::create_dir(asked.folder.path(out).parent().unwrap()).unwrap();
            let out = asked.folder.arg(out);
            let args = [&["extract", "s3://logs", "--out", &out], &WINDOW[..]].concat();
            let extracted = asked.run(&args);
            assert_eq!(extracted.code, Some(0), "{}", extracted.stderr);
        }
        for extracts in ["whole", "columns"] {
            asked.check(extracts);
        }
    }
}

#[test]
fn what_is_gone_on_with_says_it_once() {
    let asked = Asked::new("");
    let out = asked.folder.arg("all.ndjson");
    let extract = || {
        let extracted = asked.run(&[&["extract", "s3://logs", "--out", &out, "--resume"], &WINDOW[..]].concat());
        assert_eq!(extracted.code, Some(0), "{}", extracted.stderr);
        std::fs::read_to_string(&out).unwrap()
    };
    let first = extract();
    let place = r#""log_file":"AWSLogs/222233334444/CloudTrail/us-east-1/2026/11/03/","source":"s3://logs","account_id":"222233334444","region":"us-east-1","date":"2026-11-03""#;
    assert_eq!(first.matches(place).count(), 1, "{first}");
    assert_eq!(extract(), first);
}

#[test]
fn workers_hand_on_what_the_list_says_of_other_days() {
    let asked = Asked::new("");
    let listed = asked.run(&[&["extract", "--list", "s3://logs"], &WINDOW[..]].concat());
    assert_eq!(listed.code, Some(0), "{}", listed.stderr);
    let rows: Vec<Value> = listed.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let keys: Vec<&str> = rows.iter().map(|row| row["key"].as_str().unwrap()).collect();
    assert_eq!(keys.iter().filter(|key| !key.ends_with('/')).count(), 2, "{keys:?}");
    let place = "s3://logs/AWSLogs/222233334444/CloudTrail/us-east-1/2026/11/03/";
    assert!(keys.contains(&place), "{keys:?}");
    std::fs::create_dir(asked.folder.path("parts")).unwrap();
    let requests = asked.server.count("Other");
    // The last worker has nothing to read.
    let (folders, files): (Vec<&str>, Vec<&str>) = keys.iter().partition(|key| key.ends_with('/'));
    for (number, keys) in [&files[..1], &files[1..], &folders].into_iter().enumerate() {
        let out = asked.folder.arg(&format!("parts/{number}.ndjson"));
        let list = keys.join("\n");
        let extracted =
            aws(&asked.server, &["extract", "--keys-from", "-", "--out", &out]).stdin(list.as_bytes()).ended();
        assert!([Some(0), Some(5)].contains(&extracted.code), "{}", extracted.stderr);
    }
    assert_eq!(asked.server.count("Other"), requests);
    asked.check("parts");
    // A list of work has them, too.
    let work = asked.folder.write("work.txt", keys.join("\n"));
    let work = ["--work-list", work.to_str().unwrap()];
    let runs = |extracts: &str| asked.run(&[&["runs", &*asked.folder.arg(extracts)], &WINDOW[..], &work].concat());
    assert_eq!(runs("parts").code, Some(0), "{}", runs("parts").stderr);
    std::fs::remove_file(asked.folder.path("parts/2.ndjson")).unwrap();
    let ended = runs("parts");
    assert!(ended.code == Some(5) && ended.stderr.contains("not extracted"), "{}", ended.stderr);
    let local = Run::new(&["extract", "--keys-from", "-"]).stdin(b"logs/x/").ended();
    assert_ne!(local.code, Some(0), "{}", local.stdout);
}
