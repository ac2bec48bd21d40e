//! `findings --activity` from outside: the rules over calls, in every format, suppressed and fatal as all others.

#![expect(clippy::unwrap_used, reason = "a test that cannot run the program has failed")]

#[expect(dead_code, reason = "other tests use the rest")]
#[path = "support/events.rs"]
mod events;
#[expect(dead_code, reason = "other tests use the rest")]
#[path = "activity/few.rs"]
mod few;
#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use events::{Folder, records};
use few::{assumed, begins, call, log_name};
use serde_json::{Value, json};
use support::{Ended, Run};

const ROWS: [&str; 6] = [
    "high,write-in-plan,111122223333,acme,web,2",
    "medium,denied-read,111122223333,acme,web,2",
    "medium,persistence,111122223333,acme,web,1",
    "medium,session-elsewhere,,acme,web,1",
    "low,chained-out,111122223333,acme,web,1",
    "low,session-elsewhere,,acme,web,1",
];

fn findings(args: &[&str]) -> Ended {
    Run::new(&[&["findings"], args].concat()).ended()
}

/// A call of the run with some members of its own.
fn made(id: &str, minute: u32, event: &str, members: &Value) -> Value {
    let mut call = call(id, &format!("2026-11-03T10:{minute:02}:00Z"), "web", "2026-11-03T10:00:00Z");
    let (service, name) = event.split_once(':').unwrap();
    call["eventSource"] = format!("{service}.amazonaws.com").into();
    call["eventName"] = name.into();
    for (member, value) in members.as_object().unwrap() {
        call[member] = value.clone();
    }
    call
}

/// A plan that makes a bucket and a key, is denied a read twice, goes on into another account, and is used from elsewhere.
fn archive() -> Folder {
    let folder = Folder::new();
    let denied =
        json!({"readOnly": true, "errorCode": "AccessDenied", "errorMessage": "not \u{1b}[31mallowed\u{202e} =1+1"});
    let calls = [
        made("c1", 1, "s3:CreateBucket", &json!({"requestParameters": {"bucketName": "logs"}})),
        made("c2", 2, "iam:CreateAccessKey", &json!({"requestParameters": {"userName": "ci"}})),
        made("c3", 3, "kms:GetKeyRotationStatus", &denied),
        made("c4", 4, "s3:GetBucketPolicy", &denied),
        begins(made("c5", 5, "sts:AssumeRole", &json!({}))),
        made("c6", 6, "ec2:DescribeVpcs", &json!({"readOnly": true, "userAgent": "aws-cli/2.15.0 Python/3.11"})),
        made("c7", 7, "ec2:DescribeVpcs", &json!({"readOnly": true, "sourceIPAddress": "198.51.100.7"})),
    ];
    let calls: Vec<String> = calls.iter().map(ToString::to_string).collect();
    let day = |clock| log_name("111122223333", "2026-11-03", clock);
    // Calls lie before what they hang on, and half of them twice.
    folder.write(&day("1005"), records(&calls[3..]));
    folder.write(&day("1010"), records(&[assumed("e1", "2026-11-03T10:00:00Z", "web")]));
    folder.write(&day("1015"), records(&calls[..5]));
    folder
}

const COLUMNS: [&str; 4] = ["-o", "csv", "--columns", "severity,rule_id,account_id,organization,workspace,count"];

/// The rows of rules over calls, as CSV without their head.
fn rows(args: &[&str]) -> Vec<String> {
    let ended = findings(&[args, COLUMNS.as_slice()].concat());
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    ended.stdout.lines().skip(1).map(str::to_owned).collect()
}

#[test]
fn calls_are_judged_where_they_are_asked_for() {
    let folder = archive();
    let logs = folder.arg("AWSLogs");
    let found = rows(&[&logs, "--activity"]);
    assert_eq!(found, ROWS);
    assert_eq!(found, rows(&[&logs, "--activity", "--threads", "3"]));
    assert_eq!(rows(&[&logs, "--activity", "--rule", "*-elsewhere"]), [ROWS[3], ROWS[5]]);
    assert_eq!(rows(&[&logs, "--activity", "--min-severity", "high"]), ROWS[..1]);
    assert_eq!(rows(&[&logs, "--activity", "--ip", "198.51.100.7"]), ROWS[5..6]);
    assert_eq!(rows(&[&logs, "--activity", "--workspace", "other"]), [""; 0]);
    assert_eq!(rows(&[&logs]), [""; 0]);
    let without = findings(&[&logs]);
    let line = "rules that did not run: 8 without --activity";
    assert!(without.stderr.contains(line), "{}", without.stderr);
    let without = findings(&[&logs, "-v"]);
    let silent =
        "rules that did not run without --activity: write-in-plan, persistence, chained-out, denied-read, many-denials";
    assert!(without.stderr.contains(silent), "{}", without.stderr);
    let config = folder.write("tfctrail.toml", "[defaults.findings]\nactivity = true\n");
    assert_eq!(rows(&[&logs, "--config", config.to_str().unwrap()]), ROWS);
    let refused = findings(&["event-history:eu-west-1", "--activity"]);
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
}

#[test]
fn they_are_findings_like_all_others() {
    let folder = archive();
    let logs = folder.arg("AWSLogs");
    for format in ["table", "csv", "json", "ndjson", "markdown", "sarif", "ocsf", "asff"] {
        let ended = findings(&[&logs, "--activity", "-o", format]);
        assert_eq!(ended.code, Some(0), "{format}: {}", ended.stderr);
        for rule in ["write-in-plan", "persistence", "chained-out", "denied-read", "session-elsewhere"] {
            assert!(ended.stdout.contains(rule), "{format}: {rule}: {}", ended.stdout);
        }
        assert!(format != "table" || !ended.stdout.contains('\u{1b}'), "{}", ended.stdout);
    }
    let fatal = |args: &[&str]| findings(&[&[logs.as_str(), "--activity"], args].concat()).code;
    assert_eq!(fatal(&["--fail-on", "high"]), Some(3));
    assert_eq!(fatal(&["--fail-on", "critical"]), Some(0));
    let decision = "[[suppress]]\nrule = \"write-in-plan\"\nworkspace = \"web\"\nreason = \"a bucket for plans\"\nexpires = \"2099-01-01\"\n";
    let config = folder.write("tfctrail.toml", decision);
    let config = config.to_str().unwrap();
    assert_eq!(fatal(&["--fail-on", "high", "--config", config]), Some(0));
    let last = rows(&[&logs, "--activity", "--config", config]).pop();
    assert_eq!(last.as_deref(), Some(ROWS[0]));
    // Where accounts are named, one that is not is a stranger.
    let config = folder.write("tfctrail.toml", "[accounts]\n111122223333 = \"home\"\n");
    let found = rows(&[&logs, "--activity", "--rule", "chained-out", "--config", config.to_str().unwrap()]);
    assert_eq!(found, ["high,chained-out,111122223333,acme,web,1"]);
}

#[test]
fn evidence_leads_to_the_calls() {
    let folder = archive();
    let ended = findings(&[&folder.arg("AWSLogs"), "--activity", "--rule", "denied-read", "-o", "json"]);
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    let row = &report["rows"][0];
    let evidence: Vec<&str> = row["evidence"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    for text in
        ["call=kms:GetKeyRotationStatus", "call=s3:GetBucketPolicy", "event=c3", "event=c4", "join=key", "run=run-web"]
    {
        assert!(evidence.contains(&text), "{text}: {evidence:?}");
    }
    assert_eq!((&row["first_seen"], &row["count"]), (&json!("2026-11-03T10:03:00Z"), &json!(2)));
}

#[test]
fn show_has_them_always() {
    let folder = archive();
    let logs = folder.arg("AWSLogs");
    let shown = Run::new(&["show", "run-web", &logs, "-o", "json"]).ended();
    let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
    let findings = findings(&[&logs, "--activity", "-o", "json"]).stdout;
    let findings: Value = serde_json::from_str(&findings).unwrap();
    assert_eq!(shown["runs"][0]["findings"], findings["rows"]);
    let page = Run::new(&["show", "run-web", &logs]).ended().stdout;
    assert!(page.contains("the credentials of a plan changed something"), "{page}");
}

/// A write to the bucket by somebody else.
fn written(id: &str, clock: &str, by: &Value) -> Value {
    json!({
        "eventVersion": "1.11",
        "userIdentity": by,
        "eventTime": format!("2026-11-03T{clock}Z"),
        "eventSource": "s3.amazonaws.com",
        "eventName": "PutBucketPolicy",
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "203.0.113.9",
        "readOnly": false,
        "resources": [{"type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::logs"}],
        "eventID": id,
        "recipientAccountId": "111122223333",
    })
}

#[test]
fn who_else_changed_what_a_run_wrote_is_told() {
    let folder = Folder::new();
    let bucket = json!({"resources": [{"type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::logs"}]});
    let anna = json!({"type": "IAMUser", "principalId": "AIDAANNA", "arn": "arn:aws:iam::111122223333:user/anna"});
    let lines = |records: &[Value]| records.iter().map(ToString::to_string).collect::<Vec<_>>();
    let day = |clock| log_name("111122223333", "2026-11-03", clock);
    let mut other = written("w5", "10:20:00", &anna);
    other["resources"][0]["ARN"] = "arn:aws:s3:::other".into();
    let mut denied = written("w6", "10:20:00", &anna);
    denied["errorCode"] = "AccessDenied".into();
    let service = json!({"type": "AWSService", "invokedBy": "cloudtrail.amazonaws.com"});
    let writes = [
        written("w1", "10:10:00", &anna),
        written("w2", "10:00:30", &anna),
        written("w3", "10:30:00", &anna),
        written("w4", "10:20:00", &service),
        other,
        denied,
    ];
    // Another run of another workspace, which is not in the report, is nobody else.
    let mut own = call("c8", "2026-11-03T10:40:00Z", "dns", "2026-11-03T10:35:00Z");
    own["resources"] = bucket["resources"].clone();
    folder.write(&day("1005"), records(&lines(&writes)));
    folder.write(&day("1010"), records(&lines(&writes[..1])));
    let assumptions = [assumed("e1", "2026-11-03T10:00:00Z", "web"), assumed("e2", "2026-11-03T10:35:00Z", "dns")];
    let calls = lines(&[made("c1", 1, "s3:CreateBucket", &bucket), own]);
    folder.write(&day("1015"), records(&[&assumptions[..], &calls[..]].concat()));
    let logs = folder.arg("AWSLogs");
    let only = ["--activity", "--rule", "changed-outside"];
    let row = "medium,changed-outside,111122223333,acme,web,2";
    assert_eq!(rows(&[&[logs.as_str()], only.as_slice()].concat()), [row]);
    assert_eq!(rows(&[&[logs.as_str(), "--workspace", "web", "--threads", "2"], only.as_slice()].concat()), [row]);
    let told = findings(&[&[logs.as_str(), "-o", "json"], only.as_slice()].concat()).stdout;
    assert!(told.contains("by=arn:aws:iam::111122223333:user/anna"), "{told}");
    // What may be a write to it and cannot be read is no secret. Records begin as CloudTrail writes them.
    let broken = [("eventTime", "time"), ("false", "fals")].map(|(from, to)| {
        let text = writes[0].to_string().replace(from, to);
        format!(r#"{{"eventVersion":"1.11","userIdentity":{anna},{}"#, text.trim_start_matches('{'))
    });
    folder.write(&day("1020"), records(&broken));
    let ended = findings(&[&[logs.as_str()], only.as_slice()].concat());
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    assert!(ended.stderr.contains("but 2 of its records cannot be read, the first at byte"), "{}", ended.stderr);
}

#[test]
fn a_key_that_a_run_made_is_named_and_whether_it_was_used() {
    let folder = Folder::new();
    let key = "AKIAIOSFODNN7EXAMPLE";
    let answer = json!({"accessKey": {"accessKeyId": key, "status": "Active", "userName": "ci"}});
    let created = made("c1", 1, "iam:CreateAccessKey", &json!({"responseElements": answer}));
    let day = |clock| log_name("111122223333", "2026-11-03", clock);
    folder.write(&day("1015"), records(&[assumed("e1", "2026-11-03T10:00:00Z", "web"), created.to_string()]));
    let logs = folder.arg("AWSLogs");
    let evidence = || {
        let ended = findings(&[&logs, "--activity", "--rule", "persistence", "-o", "json"]);
        let report: Value = serde_json::from_str(&ended.stdout).unwrap();
        report["rows"][0]["evidence"].to_string()
    };
    assert!(evidence().contains(&format!("key_used={key} not in what was read")), "{}", evidence());
    let identity =
        |key: &str| json!({"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ci", "accessKeyId": key});
    let read = |id: &str, clock: &str, key: &str| {
        let mut call = written(id, clock, &identity(key));
        call["readOnly"] = true.into();
        call.to_string()
    };
    let others = [read("u1", "10:40:00", key), read("u2", "10:20:00", "AKIAIOSFODNN8EXAMPLE")];
    folder.write(&day("1005"), records(&others));
    folder.write(&day("1010"), records(&[read("u3", "10:30:00", key), read("u1", "10:40:00", key)]));
    let expected = format!("key_used={key} at 2026-11-03T10:30:00Z for s3:PutBucketPolicy");
    assert!(evidence().contains(&expected) && evidence().contains(&format!("access_key={key}")), "{}", evidence());
}

#[test]
fn a_report_of_a_day_knows_as_much_of_runs_as_findings_of_that_day() {
    let folder = Folder::new();
    let [early, late, called] = ["2026-11-02T00:00:00Z", "2026-11-02T23:59:59Z", "2026-11-03T00:59:59Z"];
    let file = |day: &str, clock: &str, of: &[String]| folder.write(&log_name("111122223333", day, clock), records(of));
    file("2026-11-02", "0005", &[assumed("e1", early, "web")]);
    file("2026-11-03", "0005", &[assumed("e2", late, "web")]);
    file("2026-11-03", "0105", &[call("c1", called, "web", late).to_string()]);
    let logs = folder.arg("AWSLogs");
    let silent = |args: &[&str], name: &str| {
        let ended = Run::new(&[args, &["--activity", "-o", "json"]].concat()).ended();
        let said: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{}", ended.stderr));
        let found = said.get("findings").unwrap_or(&said["rows"]).as_array().unwrap();
        found.iter().filter(|row| row[name] == "session-after-run").count()
    };
    assert_eq!(silent(&["findings", &logs], "rule_id"), 1);
    assert_eq!(silent(&["findings", &logs, "--from", "2026-11-03", "--to", "2026-11-04"], "rule_id"), 0);
    assert_eq!(silent(&["report", &logs, "--date", "2026-11-03"], "rule"), 0);
    // What was within 12 hours is known to both.
    file("2026-11-02", "1805", &[assumed("e3", "2026-11-02T18:00:00Z", "web")]);
    assert_eq!(silent(&["findings", &logs, "--from", "2026-11-03", "--to", "2026-11-04"], "rule_id"), 1);
    assert_eq!(silent(&["report", &logs, "--date", "2026-11-03"], "rule"), 1);
}
