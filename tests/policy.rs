//! `policy` from outside: the permissions of a made-up run, as rows and as policies.

#![expect(clippy::unwrap_used, reason = "a test that cannot run the program has failed")]

#[expect(dead_code, reason = "other tests use the rest")]
#[path = "support/events.rs"]
mod events;
#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use std::fs;

use events::Folder;
use serde_json::{Value, json};
use support::{Ended, Run};

const ROLE: &str = "arn:aws:iam::111122223333:role/deploy";

/// The assumption of a run, and its calls: each the event source, the event name, the error code, and what else its record has.
fn archive(folder: &Folder, calls: &[(&str, &str, Option<&str>, Value)]) -> String {
    let subject = "organization:acme:project:core:workspace:web:run_phase:apply";
    let provider = "arn:aws:iam::111122223333:oidc-provider/app.terraform.io";
    let mut records = vec![json!({
        "eventTime": "2026-11-02T10:00:00Z", "eventID": "start", "eventName": "AssumeRoleWithWebIdentity",
        "eventSource": "sts.amazonaws.com", "awsRegion": "eu-west-1", "recipientAccountId": "111122223333",
        "userIdentity": {"type": "WebIdentityUser", "userName": subject, "identityProvider": provider},
        "requestParameters": {"roleArn": ROLE, "roleSessionName": "terraform-run-run-Abc1"},
        "responseElements": {
            "credentials": {"accessKeyId": "ASIAONE", "expiration": "Nov 2, 2026, 11:00:00 AM"},
            "assumedRoleUser": {"assumedRoleId": "AROA1:terraform-run-run-Abc1"},
        },
    })];
    for (at, (source, name, error, more)) in calls.iter().enumerate() {
        let mut record = json!({
            "eventTime": format!("2026-11-02T10:01:{at:02}Z"), "eventID": format!("call-{at}"), "eventName": name,
            "eventSource": format!("{source}.amazonaws.com"), "awsRegion": "eu-west-1",
            "recipientAccountId": "111122223333", "readOnly": false,
            "userIdentity": {
                "type": "AssumedRole", "principalId": "AROA1:terraform-run-run-Abc1", "accessKeyId": "ASIAONE",
                "accountId": "111122223333",
                "sessionContext": {"attributes": {"creationDate": "2026-11-02T10:00:00Z"}, "sessionIssuer": {"arn": ROLE}},
            },
        });
        if let Some(error) = error {
            record["errorCode"] = json!(error);
        }
        for (key, value) in more.as_object().unwrap() {
            record[key] = value.clone();
        }
        records.push(record);
    }
    let logs = folder.path("logs");
    fs::create_dir_all(&logs).unwrap();
    fs::write(logs.join("all.json"), json!({"Records": records}).to_string()).unwrap();
    logs.to_str().unwrap().to_owned()
}

fn policy(args: &[&str]) -> Ended {
    Run::new(&[&["policy"], args].concat()).ended()
}

fn document(args: &[&str]) -> Value {
    let ended = policy(&[args, &["--emit", "json"]].concat());
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    serde_json::from_str(&ended.stdout).unwrap()
}

fn several(folder: &Folder) -> String {
    let bucket = json!([{"type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::logs"}]);
    archive(
        folder,
        &[
            ("s3", "PutBucketPolicy", None, json!({"resources": bucket})),
            ("sts", "GetCallerIdentity", None, json!({})),
            ("s3", "DeleteBucket", Some("AccessDenied"), json!({"resources": bucket})),
            ("s3", "CreateBucket", Some("BucketAlreadyExists"), json!({"resources": bucket})),
            (
                "lambda",
                "CreateFunction20150331",
                None,
                json!({"requestParameters": {"functionName": "f", "role": "arn:aws:iam::111122223333:role/worker"}}),
            ),
            (
                "ec2",
                "RunInstances",
                None,
                json!({"requestParameters": {"iamInstanceProfile": {"name": "nodes"}, "instanceType": "t3.micro"}}),
            ),
        ],
    )
}

#[test]
fn a_row_has_what_the_role_used_and_what_it_was_denied() {
    let folder = Folder::new();
    let ended = policy(&[&several(&folder), "-o", "json"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    let row = &report["rows"][0];
    assert_eq!(row["role_arn"], ROLE, "{}", ended.stdout);
    assert_eq!(row["actions"], json!(["ec2:RunInstances", "lambda:CreateFunction", "s3:PutBucketPolicy"]));
    assert_eq!((&row["denied"], &row["inferred"]), (&json!(["s3:DeleteBucket"]), &json!(["iam:PassRole"])));
    assert_eq!((&row["calls"], &row["unmapped"]), (&json!(5), &json!([])));
    let calls = &report["coverage"]["calls"];
    assert_eq!((&calls["read"], &calls["attributed"]), (&json!(6), &json!(6)));
}

#[test]
fn a_policy_allows_what_was_used_and_no_more() {
    let folder = Folder::new();
    let logs = several(&folder);
    let text = document(&[&logs]).to_string();
    assert!(text.contains("s3:PutBucketPolicy") && text.contains("arn:aws:s3:::logs"), "{text}");
    for absent in ["DeleteBucket", "CreateBucket", "GetCallerIdentity", "PassRole", "s3:*"] {
        assert!(!text.contains(absent), "{absent} in {text}");
    }
    assert!(document(&[&logs, "--include-denied"]).to_string().contains("s3:DeleteBucket"));
    let inferred = document(&[&logs, "--with-inferred"]);
    let statements = inferred["Statement"].as_array().unwrap();
    let pass = statements.iter().find(|statement| statement["Sid"] == "Inferred").unwrap();
    assert_eq!(pass["Action"], json!(["iam:PassRole"]));
    assert_eq!(pass["Resource"], json!(["arn:aws:iam::111122223333:role/worker"]));
}

#[test]
fn what_a_policy_lacks_is_said() {
    let folder = Folder::new();
    let said = policy(&[&several(&folder)]).stderr;
    for part in [
        "--with-inferred adds",
        "iam:PassRole",
        "instance profiles",
        "nodes",
        "--include-denied adds it: s3:DeleteBucket",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
}

#[test]
fn flags_about_rows_are_refused_where_there_are_none() {
    let folder = Folder::new();
    let logs = several(&folder);
    for flags in
        [&["-o", "csv"] as &[&str], &["--columns", "actions"], &["--sort", "calls"], &["--limit=1", "--no-header"]]
    {
        for emit in ["json", "hcl"] {
            let ended = policy(&[&[logs.as_str(), "--emit", emit], flags].concat());
            assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{flags:?}");
            assert!(ended.stderr.contains("not go together with --emit\nhint: "), "{}", ended.stderr);
        }
    }
    // What the environment says holds for all commands, and is no mistake.
    let ended = Run::new(&["policy", &logs, "--emit", "json"]).env("TFCTRAIL_OUTPUT", "csv").ended();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let trust = Run::new(&["trust", &logs, "--org", "acme", "--emit", "json", "--limit", "1"]).ended();
    assert_eq!(trust.code, Some(2), "{}", trust.stderr);
}

#[test]
fn of_many_policies_little_is_said() {
    let demo = events::fixture("demo");
    let said = policy(&[&demo, "--emit", "json"]).stderr;
    assert!(said.lines().count() <= 10, "{said}");
    let expected = "warning: 2 of 16 policies: left out, so that the next apply may fail; --with-inferred adds what AWS checks \
                    and does not log: eks:TagResource, iam:PassRole\n";
    assert!(said.contains(expected) && said.contains("-v says which policies these are\n"), "{said}");
    // What is denied and left out stands on nothing.
    assert!(!said.contains("on * because"), "{said}");
    let said = policy(&[&demo, "--emit", "json", "-v"]).stderr;
    assert!(said.contains("role/tfc-kubernetes-apply: left out"), "{said}");
}

#[test]
fn each_phase_has_a_data_source_of_its_own() {
    let folder = Folder::new();
    let hcl = policy(&[&several(&folder), "--by", "phase", "--emit", "hcl"]).stdout;
    assert!(hcl.starts_with("data \"aws_iam_policy_document\" \"acme_core_web_apply\" {\n"), "{hcl}");
}

#[test]
fn calls_that_need_no_permission_make_no_policy() {
    let folder = Folder::new();
    let logs = archive(&folder, &[("sts", "GetCallerIdentity", None, json!({}))]);
    let ended = policy(&[&logs, "--emit", "json"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "{}\n"), "{}", ended.stderr);
    assert!(ended.stderr.contains("there is no policy"), "{}", ended.stderr);
}

#[test]
fn what_these_commands_wrote_beside_the_logs_is_no_log_file() {
    let folder = Folder::new();
    let logs = several(&folder);
    for (command, name) in [("activity", "kinds.csv"), ("policy", "needed.csv"), ("activity", "kinds.ndjson")] {
        let ended = Run::new(&[command, &logs, "--out", &format!("{logs}/{name}")]).ended();
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    }
    let ended = Run::new(&["activity", &logs, "--calls", "--out", &format!("{logs}/calls.csv")]).ended();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let ended = Run::new(&["activity", &logs, "-o", "json"]).ended();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(report["coverage"]["files"]["skipped"]["special"], 4, "{}", report["coverage"]);
}
