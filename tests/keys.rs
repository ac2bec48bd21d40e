//! `keys` says what a plain reader of the demo counts, for any number of threads and any number of copies.

#![expect(clippy::unwrap_used, reason = "a test without its fixtures has failed")]

#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::Value;
use support::Run;

fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo")
}

/// Every record of the demo's log files.
fn records() -> Vec<Value> {
    let entries = walkdir::WalkDir::new(demo()).into_iter().map(|entry| entry.unwrap());
    let files = entries.filter(|entry| entry.file_name().to_str().unwrap().contains("_CloudTrail_"));
    files
        .flat_map(|entry| {
            let mut text = String::new();
            flate2::read::MultiGzDecoder::new(std::fs::File::open(entry.path()).unwrap())
                .read_to_string(&mut text)
                .unwrap();
            let file: Value = serde_json::from_str(&text).unwrap();
            file["Records"].as_array().unwrap().clone()
        })
        .collect()
}

/// The rows as CSV of `account_id,user,access_key_id,calls,first_seen,last_seen,services,source_ips`.
fn expected() -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut rows: BTreeMap<[String; 3], BTreeMap<String, Value>> = BTreeMap::new();
    for record in records() {
        let (identity, agent) = (&record["userIdentity"], text(&record["userAgent"]));
        if ["IAMUser", "Root"].contains(&text(&identity["type"]).as_str()) && agent.contains("HashiCorp/1.0 Terraform/")
        {
            let key = ["accountId", "userName", "accessKeyId"].map(|name| text(&identity[name]));
            rows.entry(key).or_default().insert(text(&record["eventID"]), record);
        }
    }
    let lines = rows.into_iter().map(|(key, calls)| {
        let all = |name: &str| calls.values().map(|call| text(&call[name])).collect::<BTreeSet<_>>();
        let times = all("eventTime");
        let services: Vec<String> = all("eventSource").iter().map(|it| it.replace(".amazonaws.com", "")).collect();
        let addresses: Vec<String> = all("sourceIPAddress").into_iter().collect();
        let (first, last) = (times.first().unwrap(), times.last().unwrap());
        format!("{},{},{first},{last},{},{}\n", key.join(","), calls.len(), services.join(";"), addresses.join(";"))
    });
    lines.collect()
}

fn keys(more: &[&str]) -> (String, String) {
    let demo = demo();
    let columns = "account_id,user,access_key_id,calls,first_seen,last_seen,services,source_ips";
    let args = ["keys", demo.to_str().unwrap(), "-o", "csv", "--no-header", "--columns", columns];
    let ended = Run::new(&[&args, more].concat()).ended();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    (ended.stdout, ended.stderr)
}

#[test]
fn a_plain_reader_counts_the_same() {
    let expected = expected();
    assert!(expected.lines().count() > 2);
    let demo = demo();
    for more in [&[] as &[&str], &["--threads", "1"], &["--threads", "7"], &[demo.to_str().unwrap()]] {
        assert_eq!(keys(more).0, expected, "{more:?}");
    }
}

#[test]
fn window_and_filters_speak_of_calls_too() {
    let lines = |more: &[&str]| keys(more).0.lines().map(str::to_owned).collect::<Vec<_>>();
    let all = lines(&[]);
    assert_eq!(lines(&["--account", "111122223333"]), all[..1]);
    // What is left are the accounts with OIDC.
    assert!(lines(&["--ip", "!198.51.100.20"]).iter().all(|line| line.contains(",,,0,")));
    let days = ["2026-11-02", "2026-11-03", "2026-11-04", "2026-11-05", "2026-11-06", "2026-11-07"];
    let calls =
        |lines: &[String]| lines.iter().map(|line| line.split(',').nth(3).unwrap().parse::<u64>().unwrap()).sum();
    let by_day = days.windows(2).map(|day| calls(&lines(&["--from", day[0], "--to", day[1]])));
    let total: u64 = calls(&all);
    assert_eq!(by_day.sum::<u64>(), total);
}

#[test]
fn an_export_is_refused_that_holds_role_assumptions_only() {
    if cfg!(feature = "aws") {
        let ended = Run::new(&["keys", "event-history:eu-west-1"]).ended();
        assert_eq!(ended.code, Some(2));
        assert!(ended.stderr.contains("holds no calls, only role assumptions"), "{}", ended.stderr);
    }
}
