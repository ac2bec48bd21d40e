//! What `fixtures/` says of itself holds, row by row.

#![expect(clippy::unwrap_used, reason = "a test without its fixtures has failed")]

#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;
use support::Run;
use tfctrail::decode::{DecodeLimits, Decoder, FileEnd};
use tfctrail::domain::issuer::Issuers;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn table(name: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(fixtures().join(name)).unwrap();
    reader.deserialize().map(|row| row.unwrap()).collect()
}

/// How many events are kept, whether the file failed, how many records are malformed.
fn scan(file: &str, all: bool) -> (u64, bool, u64) {
    let bytes = std::fs::read(fixtures().join(file)).unwrap();
    let mut reader = Decoder::new(Issuers::new([""; 0], all), DecodeLimits::default());
    let decoded = reader.bytes(&file.into(), &bytes);
    assert!(decoded.records.balances(), "{file}");
    assert_eq!(decoded.records.kept, decoded.assumptions.len() as u64, "{file}");
    (decoded.records.kept, matches!(decoded.ended, FileEnd::Failed(_)), decoded.records.malformed)
}

#[test]
fn each_file_gives_what_is_expected_of_it() {
    let rows = table("expected.csv");
    for row in &rows {
        let file = &row["file"];
        let number = |column: &str| row[column].parse::<u64>().unwrap();
        let expected = |events| (number(events), number("failed") == 1, number("malformed"));
        assert_eq!(scan(file, false), expected("events_hcp"), "{file}: {}", row["note"]);
        assert_eq!(scan(file, true), expected("events_all"), "{file} with all issuers: {}", row["note"]);
    }
    let listed: BTreeSet<&str> = rows.iter().map(|row| row["file"].as_str()).collect();
    for folder in ["shapes", "hostile"] {
        for entry in std::fs::read_dir(fixtures().join(folder)).unwrap() {
            let name = format!("{folder}/{}", entry.unwrap().file_name().to_str().unwrap());
            assert!(listed.contains(name.as_str()), "{name} is not in expected.csv");
        }
    }
}

#[test]
fn each_subject_says_what_is_expected_of_it() {
    let expected = std::fs::read_to_string(fixtures().join("subjects.csv")).unwrap();
    let rows = table("subjects.csv");
    let subjects: Vec<&str> = rows.iter().map(|row| row["subject"].as_str()).collect();
    let ended = Run::new(&["decode", "-o", "csv", "-"]).stdin(subjects.join("\n").as_bytes()).ended();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), expected.as_str()));
    let arguments = [&["decode", "-o", "csv", "--"], subjects.as_slice()].concat();
    assert_eq!(Run::new(&arguments).ended().stdout, expected);
    // The events that hold them say the same.
    let file = fixtures().join("shapes/subjects.json");
    let columns = "subject,kind,organization,project,workspace,stack,deployment,module,phase";
    let ended = Run::new(&["events", file.to_str().unwrap(), "-o", "csv", "--columns", columns]).ended();
    assert_eq!((ended.code, lines(&ended.stdout)), (Some(0), lines(&expected)));
}

fn lines(text: &str) -> BTreeSet<&str> {
    text.lines().collect()
}

fn json(args: &[&str]) -> Value {
    let ended = Run::new(&[args, &["-o", "json"]].concat()).ended();
    assert_eq!(ended.code, Some(0), "{args:?}: {}", ended.stderr);
    serde_json::from_str(&ended.stdout).unwrap()
}

fn count_by(rows: &Value, column: &str) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for row in rows.as_array().unwrap() {
        *counts.entry(row[column].as_str().unwrap_or("-").to_owned()).or_default() += 1;
    }
    counts
}

fn counts<const N: usize>(counts: [(&str, u64); N]) -> BTreeMap<String, u64> {
    counts.map(|(name, count)| (name.to_owned(), count)).into()
}

#[test]
fn the_demo_tells_its_story_in_events() {
    let demo = fixtures().join("demo");
    let demo = demo.to_str().unwrap();
    let report = json(&["events", demo]);
    let (rows, coverage) = (&report["rows"], &report["coverage"]);
    assert_eq!(rows.as_array().unwrap().len(), 62);
    assert_eq!(count_by(rows, "outcome"), counts([("granted", 58), ("denied", 4)]));
    assert_eq!(count_by(rows, "issuer"), counts([("app.terraform.io", 60), ("app.eu.terraform.io", 2)]));
    let organizations = counts([("northwind", 54), ("northwind-labs", 4), ("quietfox-7", 4)]);
    assert_eq!(count_by(rows, "organization"), organizations);
    assert_eq!(count_by(rows, "kind"), counts([("workspace", 44), ("stack", 16), ("module-test", 2)]));
    assert_eq!(count_by(rows, "phase"), counts([("plan", 34), ("apply", 26), ("test_run", 2)]));
    let accounts = counts([("111122223333", 23), ("222233334444", 11), ("333344445555", 21), ("444455556666", 7)]);
    assert_eq!(count_by(rows, "account_id"), accounts);
    let regions = counts([("us-east-1", 33), ("eu-west-1", 19), ("eu-central-1", 10)]);
    assert_eq!(count_by(rows, "region"), regions);
    let skipped = serde_json::json!({"Digest": 3, "Insight": 1, "NetworkActivity": 0, "Aggregated": 0, "Lake": 0, "window": 0, "special": 0, "service": 0});
    let files = serde_json::json!({"total": 83, "read": 79, "failed": 0, "skipped": skipped});
    assert_eq!(coverage["files"], files);
    let records = serde_json::json!({"total": 895, "kept": 64, "other": 831, "malformed": 0});
    assert_eq!(coverage["records"], records);
    let kept = serde_json::json!({"reported": 62, "filtered": 0, "duplicate": 2, "conflicts": 0});
    assert_eq!(coverage["kept"], kept);
    let gaps = serde_json::json!([
        {"account_id": "222233334444", "region": "eu-central-1", "date": "2026-11-04", "kind": "inside"}
    ]);
    assert_eq!(coverage["gaps"], gaps);
    let all = json(&["events", demo, "--all-issuers"]);
    let kept = serde_json::json!({"reported": 77, "filtered": 0, "duplicate": 3, "conflicts": 0});
    assert_eq!(all["coverage"]["kept"], kept);
    assert_eq!(all["coverage"]["records"]["other"], 815);
}

/// The rows of the table of runs in the README, with its cells.
fn runs_of_the_readme() -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(fixtures().join("README.md")).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| 11-0"));
    rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

#[test]
fn the_demo_tells_its_story_in_runs() {
    let demo = fixtures().join("demo");
    let report = json(&["runs", demo.to_str().unwrap()]);
    let rows = report["rows"].as_array().unwrap();
    let told = runs_of_the_readme();
    assert_eq!((rows.len(), told.len()), (22, 22));
    for (row, told) in rows.iter().zip(&told) {
        let text = |column: &str| row[column].as_str().unwrap_or_default().to_owned();
        let first = text("first_seen");
        assert_eq!(format!("{} {}", &first[5..10], &first[11..19]), told[0]);
        assert_eq!(if row["run_id"].is_null() { "–".to_owned() } else { text("run_id") }, told[1]);
        let names = told[2].split(" (").next().unwrap();
        let names: Vec<&str> = names.split(" › ").collect();
        assert_eq!(text("organization"), names[0]);
        if let [_, project, last] = names[..] {
            assert_eq!(text("project"), project);
            let stack = format!("stack {}, {}", text("stack"), text("deployment"));
            assert!(last == text("workspace") || last == stack, "{last}");
        }
        let phases = told[3].split(" (").next().unwrap();
        let total: u64 = phases.split(", ").map(|part| part.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum();
        assert_eq!(row["assumptions"], total, "{told:?}");
        assert_eq!(row["denied"], told[4].parse::<u64>().unwrap_or(0), "{told:?}");
        assert_eq!(row["account_ids"].as_array().unwrap().len(), told[5].split(", ").count());
        assert_eq!(row["source_ips"], serde_json::json!([told[6]]));
        assert_eq!(text("grouping"), if told[1] == "–" { "inferred" } else { "run-id" });
    }
    assert_eq!(rows.iter().filter(|row| row["grouping"] == "inferred").count(), 4);
}

#[test]
fn the_session_token_is_shown_by_no_command_in_no_format() {
    for folder in ["demo", "shapes", "hostile"] {
        let path = fixtures().join(folder);
        for command in ["events", "runs", "summary", "coverage", "findings", "keys", "trust"] {
            for format in ["table", "csv", "json", "ndjson", "markdown"] {
                let ended = Run::new(&[command, path.to_str().unwrap(), "-o", format, "-v", "--salvage"]).ended();
                for text in [&ended.stdout, &ended.stderr] {
                    assert!(!text.contains("FAKE-SESSION-TOKEN"), "{command} {folder} {format}");
                }
            }
        }
    }
}
