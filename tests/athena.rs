//! A table of Athena, from a server that answers as Athena does: the result is that of a scan of the log files that the table
//! is over, whatever happens on the way, or what is missing is named; and no query goes on that nobody waits for.

#![cfg(feature = "aws")]
#![expect(clippy::unwrap_used, reason = "a test that cannot run the program has failed")]

#[path = "support/athena/mod.rs"]
mod athena;
#[expect(dead_code, reason = "shared with tests that need more")]
mod support;

use std::process::{Command, Stdio};
use std::time::Duration;

use athena::table::Table;
use athena::{Faults, Server};
use support::{Ended, Run};

const TABLE: &str = "athena:security.cloudtrail";
const WINDOW: [&str; 6] = ["-o", "csv", "--from", "2026-11-01", "--to", "2026-11-09"];

fn run(server: &Server, args: &[&str]) -> Run {
    let url = server.url();
    let args: Vec<&str> = args.iter().copied().chain(["--endpoint-url", &url]).collect();
    let run =
        Run::new(&args).env("AWS_ACCESS_KEY_ID", "AKIA111122223333EXAMPLE").env("AWS_SECRET_ACCESS_KEY", "secret");
    run.env("AWS_REGION", "eu-west-1")
}

fn ask(server: &Server, args: &[&str]) -> Ended {
    run(server, args).ended()
}

/// A command on the table, in the window of the demo.
fn asked(server: &Server, command: &str, more: &[&str]) -> Ended {
    ask(server, &[&[command, TABLE][..], &WINDOW, more].concat())
}

/// What the same command says of the log files themselves.
fn local(command: &str, more: &[&str]) -> Ended {
    Run::new(&[&[command, "fixtures/demo"][..], &WINDOW, more].concat()).ended()
}

fn check_told(ended: &Ended, code: i32, parts: &[&str]) {
    assert_eq!(ended.code, Some(code), "{}", ended.stderr);
    for part in parts {
        assert!(ended.stderr.contains(part), "{part} is not in: {}", ended.stderr);
    }
}

#[test]
fn rows_are_those_of_the_log_files() {
    let server = Server::start(Table::demo(), Faults::default());
    for (command, more) in [
        ("events", &[][..]),
        ("runs", &[]),
        ("summary", &["--by", "day,role_arn"]),
        ("events", &["--workspace", "*prod*"]),
    ] {
        let (found, expected) = (asked(&server, command, more), local(command, more));
        assert_eq!((found.code, &found.stdout), (Some(0), &expected.stdout), "{command} {more:?}: {}", found.stderr);
        assert!(found.stdout.lines().count() > 3, "{}", found.stdout);
    }
    let found = asked(&server, "events", &[]);
    assert!(found.stdout.contains("AWSLogs/o-n0rthw1nd5/"), "rows name their log file: {}", found.stdout);
    assert!(found.stderr.contains("Athena scanned "), "{}", found.stderr);
    assert!(found.stderr.contains("at most $0.01"), "{}", found.stderr);
    let told = ask(&server, &["events", TABLE, "-o", "json", "--from", "2026-11-01", "--to", "2026-11-09"]);
    let told: serde_json::Value = serde_json::from_str(&told.stdout).unwrap();
    let scanned = format!("Athena scanned {} bytes", told["coverage"]["sources"][0]["bytes_scanned"]);
    assert!(found.stderr.contains(&scanned), "{scanned}: {}", found.stderr);
    // Each day folder of the window, and the late days.
    let statements = server.statements();
    assert!(statements[0].contains(r#""timestamp" BETWEEN '2026/11/01' AND '2026/11/09'"#), "{}", statements[0]);
}

#[test]
fn a_query_reads_the_store_or_the_table() {
    let server = Server::start(Table::demo(), Faults::default());
    let sql = "SELECT count(*) AS events, count(DISTINCT run_id) AS runs FROM events";
    let table = ask(&server, &[&["query", sql, TABLE][..], &WINDOW].concat());
    let files = Run::new(&[&["query", sql, "fixtures/demo"][..], &WINDOW].concat()).ended();
    assert_eq!((table.code, table.stdout), (Some(0), files.stdout), "{}", table.stderr);
}

#[test]
fn pages_are_read_to_the_end_whatever_happens_on_the_way() {
    let faults = Faults {
        page: Some(7),
        throttled: [1, 3, 9].into(),
        broken: [4, 12].into(),
        reset: [2, 6, 14].into(),
        ..Faults::default()
    };
    let server = Server::start(Table::demo(), faults);
    let found = asked(&server, "events", &[]);
    assert_eq!((found.code, found.stdout), (Some(0), local("events", &[]).stdout), "{}", found.stderr);
    assert!(server.count("GetQueryResults") > 3);
    assert_eq!(server.statements().len(), 1, "no query is started twice");
}

#[test]
fn a_result_without_rows_is_an_answer() {
    let server = Server::start(Table::new(Vec::new()), Faults::default());
    let found = asked(&server, "events", &[]);
    assert_eq!((found.code, found.stdout.lines().count()), (Some(0), 1), "{}", found.stderr);
}

#[test]
fn queries_that_fail_say_why_and_what_to_do() {
    let check = |state: &'static str, reason: &'static str, code: i32, part: &str| {
        let faults = Faults { ended: [(1, (state, reason, false))].into(), ..Faults::default() };
        let server = Server::start(Table::demo(), faults);
        check_told(&asked(&server, "runs", &[]), code, &[&format!("ended as {state}: {reason}"), part]);
    };
    check("FAILED", "Access Denied (Service: Amazon S3; Status Code: 403)", 4, "also needs s3:GetObject");
    check("FAILED", "HIVE_BAD_DATA: Error parsing", 1, "names a damaged one");
    check("FAILED", "TABLE_NOT_FOUND: line 1:15", 1, "tfctrail doctor");
    check("FAILED", "Query exhausted resources at this scale factor", 1, "a shorter window");
    check("CANCELLED", "Query was cancelled by user", 1, "ask again");
    check("CANCELLED", "Bytes scanned limit was exceeded", 1, "limits what a query may scan");
}

#[test]
fn a_query_that_may_succeed_is_asked_again() {
    let slow = ("FAILED", "Please reduce your request rate. (Service: Amazon S3; Error Code: SlowDown)", true);
    let server = Server::start(Table::demo(), Faults { ended: [(1, slow)].into(), ..Faults::default() });
    assert_eq!(asked(&server, "events", &[]).stdout, local("events", &[]).stdout);
    assert_eq!(server.statements().len(), 2);
}

#[test]
fn a_result_that_is_gone_leaves_what_was_read() {
    let faults = Faults { page: Some(10), expired_after: Some(2), ..Faults::default() };
    let server = Server::start(Table::demo(), faults);
    let found = asked(&server, "events", &[]);
    check_told(
        &found,
        5,
        &["Could not find results", "the rest of the result is missing", "ask again, which makes a new one"],
    );
    assert!(found.stdout.lines().count() > 3, "{}", found.stdout);
    let server = Server::start(Table::demo(), Faults { same_token: true, page: Some(5), ..Faults::default() });
    check_told(&asked(&server, "events", &[]), 5, &["the same nextToken comes again"]);
}

#[test]
fn what_is_not_there_is_named() {
    let server = Server::start(Table::demo(), Faults { no_output: true, ..Faults::default() });
    let runs = |source: &str| ask(&server, &["runs", source, "--from", "2026-11-01", "--to", "2026-11-09"]);
    check_told(
        &runs("athena:security.trail"),
        1,
        &["there is no table security.trail in eu-west-1", "list-table-metadata"],
    );
    check_told(
        &runs(TABLE),
        1,
        &["the workgroup primary does not say where results go", "?output=s3://BUCKET/PREFIX/"],
    );
    let found = runs("athena:security.cloudtrail?output=s3://results/x/&workgroup=audit");
    assert_eq!(found.code, Some(0), "{}", found.stderr);
    check_told(
        &runs("athena:security.cloudtrail?output=s3://results/&workgroup=none"),
        1,
        &["there is no workgroup none"],
    );
    let mut table = Table::demo();
    table.columns.retain(|(name, _)| !["errorcode", "useragent"].contains(&name.as_str()));
    let server = Server::start(table.clone(), Faults::default());
    check_told(&asked(&server, "runs", &[]), 1, &["no column errorcode", "?column.errorcode=NAME"]);
    table.columns.push(("errorcode".to_owned(), "string".to_owned()));
    let server = Server::start(table.clone(), Faults::default());
    check_told(&asked(&server, "runs", &[]), 0, &["the table has no columns useragent"]);
    table.partitions = vec![("dt".to_owned(), "string".to_owned())];
    let server = Server::start(table.clone(), Faults::default());
    check_told(&asked(&server, "runs", &[]), 2, &["(dt) tells the day is not known", "day=COLUMN&format=yyyy-MM-dd"]);
    assert_eq!(server.statements(), [""; 0]);
    table.columns.push(("class_uid".to_owned(), "int".to_owned()));
    table.columns.retain(|(name, _)| name != "eventid");
    let server = Server::start(table, Faults::default());
    check_told(&asked(&server, "runs", &[]), 1, &["no column eventid", "Security Lake"]);
}

#[test]
fn what_may_not_be_done_is_named() {
    for (operation, resource) in [
        ("GetTableMetadata", "datacatalog/AwsDataCatalog"),
        ("StartQueryExecution", "workgroup/primary"),
        ("GetQueryResults", "workgroup/primary"),
    ] {
        let server = Server::start(Table::demo(), Faults { denied: [operation].into(), ..Faults::default() });
        let action = format!("athena:{operation}: no permission");
        check_told(&asked(&server, "runs", &[]), 4, &[&action, "this statement grants it", resource]);
    }
    // Nobody would see its result.
    let server = Server::start(Table::demo(), Faults { denied: ["GetQueryExecution"].into(), ..Faults::default() });
    check_told(&asked(&server, "runs", &[]), 4, &["athena:GetQueryExecution: no permission"]);
    assert_eq!(server.stopped(), ["query-1"]);
}

#[test]
fn days_that_a_projection_leaves_out_are_missed() {
    let server = Server::start(Table::demo().with_range("2026/11/03,2026/11/08"), Faults::default());
    let property = "its property projection.timestamp.range (2026/11/03,2026/11/08)";
    let leaves_out = format!("{property} leaves out 2026-11-01 to 2026-11-02, 2026-11-09, whose events are missing");
    let remedy = "ALTER TABLE security.cloudtrail SET TBLPROPERTIES ('projection.timestamp.range' = '2026/11/01,NOW')";
    let found = asked(&server, "events", &[]);
    check_told(&found, 5, &[&format!("{property} leaves out 2026-11-01, whose events are missing"), remedy]);
    let all = local("events", &[]).stdout;
    assert!(found.stdout.lines().count() < all.lines().count(), "{}", found.stdout);
    assert!(found.stdout.lines().all(|line| all.contains(line)), "what is there stands: {}", found.stdout);
    let told = ask(&server, &["runs", TABLE, "-o", "json", "--from", "2026-11-01", "--to", "2026-11-09"]);
    let told: serde_json::Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!(told["coverage"]["files"]["failed"], 3, "{}", told["coverage"]);
    check_told(&asked(&server, "runs", &["--dry-run"]), 0, &[&leaves_out, remedy]);
    let found = ask(&server, &["doctor", TABLE, "--from", "2026-11-01", "--to", "2026-11-09"]);
    assert!(found.stdout.contains(&leaves_out), "{}", found.stdout);
    // Inside of the range nothing is missing.
    let inside = ["runs", TABLE, "--from", "2026-11-03", "--to", "2026-11-08"];
    let found = ask(&server, &inside);
    assert_eq!(found.code, Some(0), "{}", found.stderr);
}

#[test]
fn places_that_a_projection_leaves_out_are_missed() {
    let mut table = Table::demo();
    table.partitions.push(("region".to_owned(), "string".to_owned()));
    table.properties.insert("projection.region.type".to_owned(), "enum".to_owned());
    table.properties.insert("projection.region.values".to_owned(), "eu-west-1,us-east-1".to_owned());
    let server = Server::start(table, Faults::default());
    let found = asked(&server, "runs", &["--region", "eu-west-1"]);
    assert_eq!(found.code, Some(0), "{}", found.stderr);
    let lost = "its property projection.region.values leaves out the values eu-central-1, whose events are missing";
    check_told(&asked(&server, "runs", &["--region", "eu-central-1"]), 5, &[lost]);
    let narrow = "projection.region.values has eu-west-1, us-east-1, and nothing else is read";
    check_told(&asked(&server, "runs", &["--dry-run"]), 0, &[narrow]);
}

#[test]
fn a_report_counts_the_log_files_of_its_window() {
    let server = Server::start(Table::demo(), Faults::default());
    let day = ["--from", "2026-11-05", "--to", "2026-11-06", "-o", "json"];
    let coverage = |command: &str| -> serde_json::Value {
        let ended = ask(&server, &[&[command, TABLE][..], &day].concat());
        let found: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
        found["coverage"].clone()
    };
    let (report, events) = (coverage("report"), coverage("events"));
    assert!(
        server.statements()[0].contains("'2026/10/"),
        "the time before is read for what is new: {:?}",
        server.statements()
    );
    for count in ["read", "failed"] {
        assert_eq!(report["files"][count], events["files"][count], "{count}: {report}");
    }
    assert_eq!((&report["records"], &report["bytes"]["inflated"]), (&events["records"], &events["bytes"]["inflated"]));
}

#[test]
fn names_are_no_sql() {
    let server = Server::start(Table::demo(), Faults::default());
    for source in ["athena:a", "athena:a.b.c", "athena:a.b?x=y", "athena:a.b?format=dd", "athena:a.b?workgroup=a b"] {
        check_told(&ask(&server, &["runs", source]), 2, &["athena:"]);
    }
    assert_eq!(server.count("GetTableMetadata"), 0);
    let odd = r#"athena:security.cloudtrail" WHERE 1=1 --"#;
    check_told(&ask(&server, &["runs", odd]), 1, &["there is no table"]);
    let found = asked(&server, "runs", &["--account", "1' OR '1'='1"]);
    assert_eq!(found.code, Some(2), "{}", found.stderr);
    assert_eq!(server.statements(), [""; 0]);
}

#[test]
fn a_dry_run_prints_the_statement_and_asks_nothing() {
    let server = Server::start(Table::demo(), Faults::default());
    let found = asked(&server, "runs", &["--dry-run"]);
    let told = ["in the workgroup primary Athena would run: SELECT ", "'2026/11/01' AND '2026/11/09'", "$5 a TB"];
    check_told(&found, 0, &told);
    assert!(found.stdout.contains("athena:security.cloudtrail,"), "{}", found.stdout);
    assert_eq!(server.count("StartQueryExecution"), 0);
    let more = asked(&server, "runs", &["--dry-run", "--late-days", "3"]);
    assert!(more.stderr.contains("AND '2026/11/11'"), "{}", more.stderr);
}

#[test]
fn doctor_tries_it_and_prints_the_policy() {
    let server = Server::start(Table::demo(), Faults::default());
    let found = ask(&server, &["doctor", TABLE]);
    assert_eq!(found.code, Some(0), "{} {}", found.stdout, found.stderr);
    for part in [
        "its partitions tell the day in timestamp (yyyy/MM/dd)",
        "go to s3://results/athena/; a query may scan 10000000000 bytes",
        "Athena takes the statement",
        "athena:StopQueryExecution",
        "table/security/cloudtrail",
        "arn:aws:s3:::results/athena/*",
        "arn:aws:s3:::logs/AWSLogs/o-n0rthw1nd5/*",
    ] {
        assert!(found.stdout.contains(part), "{part} is not in: {}", found.stdout);
    }
    assert!(server.statements()[0].starts_with("EXPLAIN SELECT "), "{:?}", server.statements());
    let server = Server::start(Table::demo(), Faults { denied: ["StartQueryExecution"].into(), ..Faults::default() });
    let found = ask(&server, &["doctor", TABLE]);
    assert_eq!(found.code, Some(4), "{} {}", found.stdout, found.stderr);
    let found = ask(&server, &["doctor", "athena:security.other"]);
    assert_eq!(found.code, Some(1), "{} {}", found.stdout, found.stderr);
}

#[test]
fn calls_are_not_there() {
    let server = Server::start(Table::demo(), Faults::default());
    check_told(&asked(&server, "activity", &[]), 2, &["athena:security.cloudtrail"]);
}

#[test]
fn a_signal_stops_the_query() {
    let server = Server::start(Table::demo(), Faults { endless: true, ..Faults::default() });
    let child = run(&server, &[&["runs", TABLE][..], &WINDOW].concat()).with_stdout(Stdio::null()).spawn();
    while server.count("GetQueryExecution") < 2 {
        std::thread::sleep(Duration::from_millis(20));
    }
    let signal = format!("kill -INT {}", child.id());
    assert!(Command::new("sh").args(["-c", &signal]).status().unwrap().success());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130));
    assert_eq!(server.stopped(), ["query-1"]);
}
