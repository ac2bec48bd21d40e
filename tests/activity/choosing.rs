//! What is shown of calls: filters, counts and formats; and which sources hold none.

use serde_json::{Value, json};
use tfctrail::report::Format;

use crate::events::{Folder, fixture, records};
use crate::few::{assumed, begins, call, of_child};
use crate::support::Run;

/// Two runs and a chain: `a` and `b` of `web`, of which `b` was denied; `c` of `api` reads and failed, in another account
/// and region; `d` begins a session, with which a service made `e`.
fn five() -> Folder {
    let start = "2026-11-02T08:00:00Z";
    let at = |clock: &str| format!("2026-11-02T{clock}:00Z");
    let mut of = [
        call("a", &at("08:01"), "web", start),
        call("b", &at("08:02"), "web", start),
        call("c", &at("09:03"), "api", &at("09:00")),
        begins(call("d", &at("08:04"), "web", start)),
        of_child(call("e", &at("08:05"), "web", start), &at("08:04")),
    ];
    of[0]["resources"] = json!([{"ARN": "arn:aws:s3:::b"}]);
    of[1]["errorCode"] = "AccessDenied".into();
    of[1]["resources"] = json!([{"ARN": "arn:aws:s3:::a"}]);
    for (name, text) in [
        ("errorCode", "NoSuchEntity"),
        ("eventSource", "iam.amazonaws.com"),
        ("eventName", "GetRole"),
        ("awsRegion", "us-east-1"),
        ("recipientAccountId", "444455556666"),
        ("sourceIPAddress", "198.51.100.9"),
    ] {
        of[2][name] = text.into();
    }
    of[2]["readOnly"] = true.into();
    of[4]["userIdentity"]["invokedBy"] = "cloudformation.amazonaws.com".into();
    let api = assumed("2", &at("09:00"), "api").replace("run_phase:plan", "run_phase:apply").replace("acme", "globex");
    let mut texts = vec![assumed("1", start, "web"), api];
    texts.extend(of.iter().map(Value::to_string));
    let folder = Folder::new();
    folder.write("a.json", records(&texts));
    folder
}

fn csv(folder: &Folder, flags: &[&str]) -> String {
    let path = folder.arg("a.json");
    let ended = Run::new(&[&["activity", &path, "-o", "csv", "--no-header"], flags].concat()).ended();
    assert_eq!(ended.code, Some(0), "{flags:?}: {}", ended.stderr);
    ended.stdout
}

#[test]
fn filters_are_of_the_run_and_of_the_call() {
    let folder = five();
    let check = |flags: &[&str], expected: &str| {
        let found = csv(&folder, &[&["--calls", "--columns", "event_id"], flags].concat());
        assert_eq!(found.lines().collect::<Vec<_>>().join(" "), expected, "{flags:?}");
    };
    check(&[], "a b d e c");
    check(&["--org", "globex"], "c");
    check(&["--project", "core"], "a b d e c");
    check(&["--workspace", "web"], "a b d e");
    check(&["--workspace", "!web"], "c");
    check(&["--stack", "*"], "");
    check(&["--deployment", "*"], "");
    check(&["--phase", "apply"], "c");
    check(&["--run", "run-web"], "a b d e");
    check(&["--account", "222233334444"], "e");
    check(&["--region", "us-*"], "c");
    check(&["--role", "next"], "e");
    check(&["--role", "arn:*:role/deploy/*"], "a b d c");
    check(&["--ip", "198.51.100.0/24"], "c");
    check(&["--service", "sts", "--service", "iam"], "d c");
    check(&["--event-name", "Create*"], "a b e");
    check(&["--caller", "!run"], "e");
    check(&["--caller", "cloudformation.amazonaws.com"], "e");
    check(&["--writes"], "a b e");
    check(&["--denied"], "b");
    check(&["--writes", "--workspace", "web", "--account", "1111*"], "a b");
    check(&["--from", "2026-11-02T08:02:00Z", "--to", "2026-11-02T08:05:00Z"], "b d");
}

#[test]
fn a_chain_is_followed_though_filters_remove_the_calls_before() {
    let folder = five();
    let row = csv(&folder, &["--account", "222233334444", "--columns", "role_arn,hops,via,run_id,calls,caller"]);
    let via = "arn:aws:iam::111122223333:role/deploy/web";
    assert_eq!(row, format!("arn:aws:iam::222233334444:role/next,1,{via},run-web,1,cloudformation.amazonaws.com\n"));
}

#[test]
fn calls_of_one_kind_are_one_row() {
    let folder = five();
    let path = folder.arg("a.json");
    let mut text = std::fs::read_to_string(&path).unwrap();
    let more = call("f", "2026-11-02T08:30:00Z", "web", "2026-11-02T08:00:00Z");
    let mut more = records(&[more.to_string()]);
    more.truncate(more.len() - 2);
    text = format!("{more},{}", text.strip_prefix("{\"Records\":[").unwrap());
    let columns = "event_name,outcome,calls,first_seen,last_seen,resources";
    let ended = Run::new(&["activity", "-", "-o", "csv", "--no-header", "--workspace", "web", "--columns", columns])
        .stdin(text.as_bytes())
        .ended();
    let expected = "CreateBucket,denied,1,2026-11-02T08:02:00Z,2026-11-02T08:02:00Z,arn:aws:s3:::a\n\
                    CreateBucket,ok,2,2026-11-02T08:01:00Z,2026-11-02T08:30:00Z,arn:aws:s3:::b\n\
                    AssumeRole,ok,1,2026-11-02T08:04:00Z,2026-11-02T08:04:00Z,\n\
                    CreateBucket,ok,1,2026-11-02T08:05:00Z,2026-11-02T08:05:00Z,\n";
    assert_eq!(ended.stdout, expected, "{}", ended.stderr);
}

#[test]
fn calls_are_counted_by_any_of_their_columns() {
    let folder = five();
    let check = |by: &str, expected: &[&str]| {
        let columns = format!("{by},runs,calls,denied,failed");
        let found = csv(&folder, &["--by", by, "--columns", &columns]);
        assert_eq!(found.lines().collect::<Vec<_>>(), expected, "{by}");
    };
    check("workspace", &["api,1,1,0,1", "web,1,4,1,0"]);
    check("day", &["2026-11-02,2,5,1,1"]);
    check("hour", &["2026-11-02T08:00:00Z,1,4,1,0", "2026-11-02T09:00:00Z,1,1,0,1"]);
    check("hops,caller", &["0,run,2,4,1,1", "1,cloudformation.amazonaws.com,1,1,0,0"]);
    check("stack", &[",2,5,1,1"]);
    check("read_only,service", &["false,s3,1,3,1,0", "true,iam,1,1,0,1", "true,sts,1,1,0,0"]);
    let found = csv(&folder, &["--by", "run_id", "--denied"]);
    assert_eq!(found, "run-web,1,1,1,0,2026-11-02T08:02:00Z,2026-11-02T08:02:00Z\n");
    let path = folder.arg("a.json");
    for (flags, told) in [
        (&["--by", "nonsense"][..], "nonsense"),
        (&["--by", "calls"], "calls"),
        (&["--by", "day", "--calls"], "cannot be used with"),
    ] {
        let ended = Run::new(&[&["activity", &path], flags].concat()).ended();
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{flags:?}");
        assert!(ended.stderr.contains(told), "{flags:?}: {}", ended.stderr);
    }
}

#[test]
fn every_format_is_written() {
    let folder = five();
    let path = folder.arg("a.json");
    for (shape, rows) in [(&["--workspace", "web"][..], 4), (&["--calls"], 5), (&["--by", "workspace,day"], 2)] {
        for format in Format::all().map(Format::name) {
            let out = folder.arg(&format!("out.{format}"));
            let args = [&["activity", &path, "-o", format, "--out", &out], shape].concat();
            let ended = Run::new(&args).ended();
            assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), ""), "{args:?}: {}", ended.stderr);
            assert!(ended.stderr.contains(&format!("{rows} rows")), "{args:?}: {}", ended.stderr);
            let bytes = std::fs::read(&out).unwrap();
            if format == "parquet" {
                assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
                continue;
            }
            if format == "xlsx" {
                assert!(bytes.starts_with(b"PK\x03\x04"));
                continue;
            }
            let text = String::from_utf8(bytes).unwrap();
            let beside = Run::new(&[&["activity", &path, "-o", format], shape].concat()).ended();
            assert_eq!(beside.stdout, text, "{args:?}");
            let lines = text.lines().count();
            let count = match format {
                "json" => serde_json::from_str::<Value>(&text).unwrap()["rows"].as_array().unwrap().len(),
                "ndjson" => lines,
                "csv" => lines - 1,
                "markdown" => text.lines().filter(|line| line.starts_with("| ")).count() - 2,
                _ => continue,
            };
            assert_eq!(count, rows, "{args:?}: {text}");
        }
    }
}

#[test]
fn columns_are_those_of_the_contract_in_their_order() {
    let folder = five();
    let check = |flags: &[&str], expected: &str| {
        let path = folder.arg("a.json");
        let ended = Run::new(&[&["activity", &path, "-o", "csv"], flags].concat()).ended();
        assert_eq!(ended.stdout.lines().next().unwrap().replace(',', " "), expected, "{flags:?}");
    };
    check(
        &[],
        "organization project workspace stack deployment module phase run_id account_id region service event_name \
         read_only outcome error_code calls first_seen last_seen role_arn hops via join caller resources issuer grouping",
    );
    check(
        &["--calls"],
        "time event_id account_id region service event_name read_only outcome error_code source_ip user_agent \
         access_key_id role_arn hops via join caller organization project workspace stack deployment module phase run_id \
         resources log_file issuer grouping",
    );
    check(&["--by", "day,role_arn"], "day role_arn runs calls denied failed first_seen last_seen");
}

#[test]
fn cells_that_a_spreadsheet_would_run_are_neutralised() {
    let start = "2026-11-02T08:00:00Z";
    let mut made = call("=2+3", "2026-11-02T08:01:00Z", "web", start);
    made["resources"] = json!([{"ARN": "=1+1"}]);
    made["userIdentity"]["invokedBy"] = "+cmd".into();
    let text = records(&[assumed("1", start, "web").replace("workspace:web", "workspace:=web"), made.to_string()]);
    let run = |flags: &[&str]| {
        let args = [&["activity", "-", "-o", "csv", "--no-header"], flags].concat();
        Run::new(&args).stdin(text.as_bytes()).ended().stdout
    };
    let columns = ["--calls", "--columns", "event_id,workspace,resources,caller,log_file"];
    assert_eq!(run(&columns), "'=2+3,'=web,'=1+1,'+cmd,'-\n");
    assert_eq!(run(&[&columns[..], &["--csv-raw"]].concat()), "=2+3,=web,=1+1,+cmd,-\n");
    assert_eq!(run(&["--columns", "workspace,resources,caller"]), "'=web,'=1+1,'+cmd\n");
    assert_eq!(run(&["--by", "workspace,resources", "--columns", "workspace,resources,calls"]), "'=web,'=1+1,1\n");
}

#[test]
fn sources_that_hold_no_calls_are_refused() {
    let folder = Folder::new();
    let store = folder.arg("store.db");
    let synced = Run::new(&["sync", &fixture("demo"), "--store", &store, "-q"]).ended();
    let store = format!("store:{store}");
    assert_eq!(synced.code, Some(0), "{}", synced.stderr);
    let logs = fixture("demo");
    let mut sources = vec![
        (vec![store.as_str()], 1, "the store keeps no calls of runs"),
        (vec![&logs, &store], 2, "a store cannot be asked for calls beside other sources"),
    ];
    if cfg!(feature = "aws") {
        sources.push((vec!["event-history:"], 2, "holds no calls, only role assumptions"));
    }
    for (source, code, message) in sources {
        for shape in [&[][..], &["--calls"], &["--by", "day"]] {
            let ended = Run::new(&[&["activity"], &source[..], shape].concat()).ended();
            assert_eq!((ended.code, ended.stdout.as_str()), (Some(code), ""), "{source:?}: {}", ended.stderr);
            assert!(ended.stderr.contains(message), "{source:?}: {}", ended.stderr);
        }
    }
}
