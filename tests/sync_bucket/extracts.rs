//! A bucket of extracts that is synced again and again says each time what a scan of it says.

use super::support::{Ended, Run};
use super::{Fault, Folder, REGION, aws, date, event, key, put, records, serve, synced, today};
use crate::stored::counts;

/// A bucket with extracts of log files of the event's day, eight days ago, and of one without a day; one of each is damaged.
fn extracts(folder: &Folder, id: &str) {
    put(folder, &key(REGION, 8, id), id, 8);
    let damaged = key(REGION, 8, &format!("{id}Z"));
    folder.write(&format!("buckets/logs/{damaged}"), b"{\"Records\":[");
    folder.write("buckets/logs/broken.json.gz", b"\x1f\x8b\x08\x00broken");
    let extracted = Run::new(&["extract", "logs", "-q"]).dir(&folder.path("buckets")).ended();
    assert_eq!(extracted.code, Some(5), "{}", extracted.stderr);
    folder.write(&format!("buckets/extracts/all/{}{id}.ndjson", date(8)), extracted.stdout.as_bytes());
}

fn sync(folder: &Folder, more: &[&str]) -> Ended {
    let server = serve(folder, |_| Fault::None);
    let store = folder.arg("store.db");
    aws(&server, &[&["sync", "s3://extracts", "--store", &store, "-o", "json"], more].concat()).ended()
}

fn failed_in_store(folder: &Folder) -> (Option<i32>, usize) {
    let ended = Run::new(&["coverage", "--store", &folder.arg("store.db"), "-o", "json"]).ended();
    let report: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    (ended.code, report["coverage"]["failed"].as_array().unwrap().len())
}

#[test]
fn what_extracts_could_not_read_is_told_each_time() {
    let folder = Folder::new();
    extracts(&folder, "M");
    let from = today().plus(-9).to_string();
    for (more, new) in [(&["--from", &from][..], 1), (&[], 0), (&["--look-back", "0"], 0), (&["--refresh"], 0)] {
        let ended = sync(&folder, more);
        let found = counts(&ended.stdout);
        assert_eq!(
            (ended.code, found.new, found.failed, found.gone),
            (Some(5), new, 2, 0),
            "{more:?} {}",
            ended.stderr
        );
        assert_eq!(failed_in_store(&folder), (Some(5), 2));
    }
    // A window without any of their days says nothing of them.
    let ended = sync(&folder, &["--from", &today().to_string()]);
    assert_eq!(counts(&ended.stdout).gone, 0, "{}", ended.stderr);
    assert_eq!(failed_in_store(&folder), (Some(5), 2));
}

#[test]
fn an_extract_that_comes_late_is_not_missed() {
    let folder = Folder::new();
    extracts(&folder, "M");
    let from = today().plus(-9).to_string();
    assert_eq!(counts(&sync(&folder, &["--from", &from]).stdout).new, 1);
    assert_eq!(counts(&sync(&folder, &[]).stdout).new, 0);
    // Whoever could not read a log file tries again after days.
    extracts(&folder, "N");
    let found = counts(&sync(&folder, &[]).stdout);
    assert_eq!((found.new, found.failed), (1, 3));
    assert_eq!(failed_in_store(&folder), (Some(5), 3));
}

#[test]
fn days_that_were_settled_are_listed_again_where_they_turn_out_to_hold_extracts() {
    let folder = Folder::new();
    put(&folder, &key(REGION, 8, "M"), "m", 8);
    let from = today().plus(-9).to_string();
    assert_eq!(synced(&folder, &["--from", &from]).0.new, 1);
    put(&folder, &key(REGION, 8, "N"), "n", 8);
    assert_eq!(synced(&folder, &[]).0.new, 0);
    folder.write("direct/logs/one.json", records(&[event("o", &format!("{}T00:00:01Z", today()), "web")]));
    let extracted = Run::new(&["extract", "logs", "-q"]).dir(&folder.path("direct")).ended();
    folder.write(&format!("buckets/logs/{REGION}{}one.ndjson", date(0)), extracted.stdout.as_bytes());
    assert_eq!(synced(&folder, &[]).0.new, 1);
    assert_eq!(synced(&folder, &[]).0.new, 1);
    assert_eq!(synced(&folder, &[]).0.new, 0);
}
