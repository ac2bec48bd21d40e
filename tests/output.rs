//! Rows and their formats, filters, order and limits, from outside (DESIGN §2 and §3).

#![expect(clippy::unwrap_used, reason = "a test that cannot prepare its files has failed")]

#[expect(dead_code, reason = "other tests use the rest")]
#[path = "support/events.rs"]
mod events;
#[path = "output/last_second.rs"]
mod last_second;
#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use events::{Folder, denied, event, fixture, records};
use serde_json::Value;
use support::Run;

fn ids(folder: &Folder, flags: &[&str]) -> String {
    let path = folder.arg("a.json");
    let args = [&["events", &path, "-o", "csv", "--no-header", "--columns", "event_id"][..], flags].concat();
    let ended = Run::new(&args).ended();
    assert_eq!(ended.code, Some(0), "{flags:?}: {}", ended.stderr);
    ended.stdout.lines().collect::<Vec<_>>().join(" ")
}

/// Four events: 1 and 2 of one run, an hour apart, the second denied; 3 without a region; 4 from no address.
fn four() -> Folder {
    let folder = Folder::new();
    let events = [
        event("1", "2026-11-02T08:00:00Z", "web"),
        denied("2", "2026-11-02T09:00:00Z", "web").replace("192.0.2.7", "198.51.100.9"),
        event("3", "2026-11-02T10:00:00Z", "api").replace("\"awsRegion\":\"eu-west-1\",", ""),
        event("4", "2026-11-02T11:00:00Z", "api-eu").replace("192.0.2.7", "AWS Internal"),
    ];
    folder.write("a.json", records(&events));
    folder
}

#[test]
fn filters_and_their_negations() {
    let folder = four();
    let check = |flags: &[&str], expected: &str| assert_eq!(ids(&folder, flags), expected, "{flags:?}");
    check(&[], "1 2 3 4");
    check(&["--workspace", "api*"], "3 4");
    check(&["--workspace", "!api*"], "1 2");
    check(&["--workspace", "api*", "--workspace", "!*-eu"], "3");
    check(&["--workspace", "web", "--workspace", "api"], "1 2 3");
    check(&["--workspace", "WEB"], "");
    check(&["--workspace", "/^a.i$/"], "3");
    check(&["--workspace", "a[a-z]i"], "3");
    check(&["--region", "eu-*"], "1 2 4");
    check(&["--region", "!eu-*"], "3");
    check(&["--region", "*"], "1 2 4");
    check(&["--region", "!us-east-1"], "1 2 3 4");
    check(&["--ip", "192.0.2.99/24"], "1 3");
    check(&["--ip", "!192.0.2.0/24"], "2 4");
    check(&["--ip", "198.51.100.9", "--ip", "!198.51.100.8/31"], "");
    check(&["--outcome", "denied"], "2");
    check(&["--outcome", "!denied"], "1 3 4");
    check(&["--role", "web"], "1 2 3 4");
    check(&["--role", "deploy/web"], "");
    check(&["--role", "arn:*:role/deploy/*"], "1 2 3 4");
    check(&["--kind", "!workspace"], "");
    check(&["--stack", "*"], "");
    check(&["--stack", "!x"], "1 2 3 4");
    check(&["--run", "run-web"], "1 2");
    check(&["--org", "acme", "--phase", "plan", "--account", "1111*", "--issuer", "app.terraform.io"], "1 2 3 4");
}

#[test]
fn whole_runs_keep_every_event_of_a_run_that_has_one_that_passes() {
    let folder = four();
    let path = folder.arg("a.json");
    assert_eq!(ids(&folder, &["--outcome", "denied", "--whole-runs"]), "1 2");
    assert_eq!(
        ids(&folder, &["--from", "2026-11-02T09:00:00Z", "--to", "2026-11-02T10:00:00Z", "--whole-runs"]),
        "1 2"
    );
    let rows = |flags: &[&str]| {
        let columns = ["runs", &path, "-o", "csv", "--no-header", "--columns", "run_id,assumptions,denied"];
        Run::new(&[&columns, flags].concat()).ended().stdout
    };
    assert_eq!(rows(&["--outcome", "denied"]), "run-web,1,1\n");
    assert_eq!(rows(&["--outcome", "denied", "--whole-runs"]), "run-web,2,1\n");
}

#[test]
fn rows_are_sorted_and_limited() {
    let folder = four();
    let check = |flags: &[&str], expected: &str| assert_eq!(ids(&folder, flags), expected, "{flags:?}");
    check(&["--sort=-time"], "4 3 2 1");
    check(&["--sort", "-time"], "4 3 2 1");
    check(&["--sort", "time", "--limit", "2"], "1 2");
    check(&["--limit", "0"], "");
    check(&["--limit", "9"], "1 2 3 4");
    // Equal cells stay in the default order in both directions.
    check(&["--sort", "outcome"], "2 1 3 4");
    check(&["--sort=-outcome"], "1 3 4 2");
    check(&["--sort", "region"], "3 1 2 4");
}

#[test]
fn counts_sort_as_numbers() {
    let folder = Folder::new();
    let mut events: Vec<String> = (0..10).map(|at| event(&format!("a{at}"), "2026-11-02T08:00:00Z", "ten")).collect();
    events.extend((0..9).map(|at| event(&format!("b{at}"), "2026-11-02T07:00:00Z", "nine")));
    folder.write("a.json", records(&events));
    let path = folder.arg("a.json");
    let columns = ["runs", &path, "-o", "csv", "--no-header", "--columns", "assumptions", "--sort", "assumptions"];
    assert_eq!(Run::new(&columns).ended().stdout, "9\n10\n");
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    for folder in ["demo", "shapes", "hostile"] {
        let path = fixture(folder);
        for command in ["events", "runs", "summary", "coverage", "keys", "trust"] {
            for format in ["csv", "json", "ndjson", "table", "markdown"] {
                let with = |threads| {
                    let ended = Run::new(&[command, &path, "-o", format, "--threads", threads]).ended();
                    (ended.code, ended.stdout, ended.stderr)
                };
                assert_eq!(with("1"), with("4"), "{command} {folder} {format}");
            }
        }
    }
}

fn json(args: &[&str]) -> Value {
    serde_json::from_str(&Run::new(&[args, &["-o", "json"]].concat()).ended().stdout).unwrap()
}

#[test]
fn json_has_exactly_the_documented_members_in_their_order() {
    let demo = fixture("demo");
    for command in ["events", "runs", "summary", "coverage", "keys", "trust"] {
        let text = Run::new(&[command, &demo, "-o", "json"]).ended().stdout;
        let order: Vec<usize> =
            ["\"schema_version\":", "\"rows\":", "\"coverage\":"].iter().map(|key| text.find(key).unwrap()).collect();
        assert!(order.is_sorted(), "{command}");
        let report: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(report.as_object().unwrap().len(), 3, "{command}");
        assert_eq!(report["schema_version"], 1);
    }
    let coverage = &json(&["events", &demo])["coverage"];
    let keys: Vec<&str> = coverage.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "bytes",
            "conflicts",
            "failed",
            "files",
            "gaps",
            "kept",
            "malformed",
            "records",
            "sources",
            "truncated",
            "verification",
            "window"
        ]
    );
    assert_eq!(coverage["window"], serde_json::json!({"from": null, "to": null}));
    let source = serde_json::json!([{"source": demo, "files": 83, "folders": {"from": null, "to": null}}]);
    assert_eq!(coverage["sources"], source);
    assert!(coverage["bytes"]["read"].as_u64() < coverage["bytes"]["inflated"].as_u64());
    assert_eq!(json(&["decode", "x"])["coverage"], Value::Null);
}

#[test]
fn columns_are_those_of_schema_1_in_their_order() {
    let demo = fixture("demo");
    let header = |args: &[&str]| {
        let text = Run::new(&[args, &["-o", "csv"]].concat()).ended().stdout;
        text.lines().next().unwrap().replace(',', " ")
    };
    assert_eq!(
        header(&["events", &demo]),
        "time event_id account_id region source_ip kind organization project workspace stack deployment module phase \
         run_id role_arn role_session_name issuer audience outcome error_code access_key_id terraform_version \
         provider_version user_agent subject log_file"
    );
    assert_eq!(
        header(&["runs", &demo]),
        "run_id kind issuer organization project workspace stack deployment phases first_seen last_seen account_ids \
         regions source_ips role_arns assumptions denied terraform_versions provider_versions run_url grouping"
    );
    let counts = "runs assumptions denied first_seen last_seen";
    assert_eq!(
        header(&["keys", &demo]),
        "status account_id identity_type user access_key_id calls denied first_seen last_seen services regions source_ips \
         terraform_versions provider_versions role_arns workspaces tie oidc_assumptions oidc_first_seen oidc_last_seen \
         oidc_role_arns oidc_workspaces"
    );
    assert_eq!(
        header(&["trust", &demo]),
        "role_arn account_id organizations issuers audiences subjects assumptions first_seen last_seen stops unseen \
         policy_bytes policy"
    );
    assert_eq!(header(&["summary", &demo]), format!("organization project workspace {counts}"));
    assert_eq!(header(&["summary", &demo, "--by", "day,role_arn"]), format!("day role_arn {counts}"));
    assert_eq!(header(&["coverage", &demo]), "account_id region date files records kept gap gap_kind");
    assert_eq!(header(&["decode", "x"]), "subject kind organization project workspace stack deployment module phase");
}

#[test]
fn ndjson_has_the_rows_of_json() {
    let demo = fixture("demo");
    let text = Run::new(&["events", &demo, "-o", "ndjson"]).ended().stdout;
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(json(&["events", &demo])["rows"], Value::from(rows));
}

#[test]
fn summary_counts_what_events_and_runs_list() {
    let demo = fixture("demo");
    let report = json(&["summary", &demo, "--by", "phase"]);
    let rows: Vec<(&str, u64)> = report["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["phase"].as_str().unwrap(), row["assumptions"].as_u64().unwrap()))
        .collect();
    assert_eq!(rows, [("apply", 26), ("plan", 34), ("test_run", 2)]);
    let all = json(&["summary", &demo, "--by", "kind"]);
    let sum =
        |column: &str| all["rows"].as_array().unwrap().iter().map(|row| row[column].as_u64().unwrap()).sum::<u64>();
    assert_eq!((sum("runs"), sum("assumptions"), sum("denied")), (22, 62, 4));
}

#[test]
fn cells_that_a_spreadsheet_would_run_are_neutralised() {
    let text = records(&[event("1", "2026-11-02T08:00:00Z", "web").replace("Terraform/1.9.5", "=cmd|' /C calc'!A0")]);
    let columns = ["events", "-", "-o", "csv", "--no-header", "--columns", "log_file,user_agent"];
    let ended = Run::new(&columns).stdin(text.as_bytes()).ended();
    assert_eq!(ended.stdout, "'-,'=cmd|' /C calc'!A0\n");
    let raw = Run::new(&[&columns[..], &["--csv-raw"]].concat()).stdin(text.as_bytes()).ended();
    assert_eq!(raw.stdout, "-,=cmd|' /C calc'!A0\n");
    for first in ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "  =", " \t@", "\u{a0}+"] {
        let ended = Run::new(&["decode", "-o", "csv", "--no-header", "--", &format!("{first}x")]).ended();
        let cell = ended.stdout.trim_start_matches('"');
        assert!(cell.starts_with(&format!("'{first}x")), "{:?}", ended.stdout);
        // Whoever answers: a store's SQL writes the same cells.
        let sql = format!("SELECT '{first}x' AS a, 'b;c' AS b");
        let demo = fixture("demo");
        let ended = Run::new(&["query", &sql, &demo, "-o", "csv", "--no-header"]).ended();
        let cell = ended.stdout.trim_start_matches('"');
        assert!(cell.starts_with(&format!("'{first}x")) && cell.ends_with(",\"b;c\"\n"), "{:?}", ended.stdout);
    }
    let ended = Run::new(&["events", &fixture("hostile"), "-o", "csv", "--all-issuers"]).ended();
    let mut reader = csv::Reader::from_reader(ended.stdout.as_bytes());
    for record in reader.records() {
        for cell in &record.unwrap() {
            let seen = cell.trim_start();
            assert!(!seen.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']), "{cell:?}");
            assert!(!cell.starts_with(['\t', '\r', '\n']), "{cell:?}");
        }
    }
}

#[test]
fn terminals_are_never_given_orders() {
    let path = fixture("hostile");
    for command in ["events", "runs", "summary"] {
        let ended = Run::new(&[command, &path, "--all-issuers", "-v"]).ended();
        for text in [ended.stdout, ended.stderr] {
            let order = |c: &char| {
                (c.is_control() && *c != '\n')
                    || ('\u{202a}'..='\u{202e}').contains(c)
                    || ('\u{2066}'..='\u{2069}').contains(c)
            };
            assert_eq!(text.chars().find(order), None, "{command}");
        }
    }
}

#[test]
fn machines_that_read_the_log_are_given_no_orders_either() {
    let folder = Folder::new();
    folder.write("logs/\u{9b}2J\u{202e}\u{2028}\u{2029}.json", "{\"Records\":[{");
    for command in ["events", "runs", "coverage", "findings", "keys", "trust"] {
        let ended = Run::new(&[command, &folder.arg("logs"), "--log-format", "json", "-o", "csv", "-v"]).ended();
        assert_eq!(ended.code, Some(5), "{}", ended.stderr);
        for line in ended.stderr.lines() {
            serde_json::from_str::<Value>(line).unwrap();
            assert_eq!(line.chars().find(|it| tfctrail::report::visible::is_hidden(*it)), None, "{command}: {line:?}");
        }
        assert!(ended.stderr.contains("\\u009b2J\\u202e\\u2028\\u2029.json"), "{}", ended.stderr);
    }
}

#[test]
fn decode_takes_subjects_from_arguments_and_from_standard_input() {
    let subject = "organization:acme:project:p:workspace:w:run_phase:plan";
    let row = format!("{subject},workspace,acme,p,w,,,,plan\n");
    let flags = ["decode", "-o", "csv", "--no-header"];
    assert_eq!(Run::new(&[&flags[..], &[subject]].concat()).ended().stdout, row);
    let other = "x,other,,,,,,,\n";
    let ended = Run::new(&[&flags[..], &["x", subject, "x"]].concat()).ended();
    assert_eq!((ended.code, ended.stdout), (Some(0), format!("{other}{row}{other}")));
    for arguments in [&flags[..], &[&flags[..], &["-"]].concat()] {
        let ended = Run::new(arguments).stdin(format!("{subject}\r\n\nx\n{subject}").as_bytes()).ended();
        assert_eq!((ended.code, ended.stdout), (Some(0), format!("{row}{other}{row}")));
    }
}
