//! What goes wrong between a bucket and its reader: the result is that of a local scan all the same, or the coverage names
//! what is missing; and whatever is on its way stays within its bounds.

#![cfg(feature = "aws")]
#![expect(clippy::unwrap_used, reason = "a test that cannot run the program has failed")]

#[path = "support/buckets.rs"]
mod buckets;
#[path = "bucket_faults/own_ca.rs"]
mod own_ca;
#[path = "support/s3.rs"]
#[expect(dead_code, reason = "shared with tests that need more")]
mod s3;
#[expect(dead_code, reason = "shared with tests that need more")]
mod support;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;

use buckets::{ACCOUNT, Buckets, ORGANIZATION, WINDOW, aws, check_told, events};
use s3::{Asked, Fault, Server};

/// With that fault, everything is found all the same.
fn check_survived(rule: impl Fn(&Asked) -> Fault + Send + Sync + 'static) {
    let buckets = Buckets::demo("");
    let server = Server::faulty(buckets.path(), Duration::ZERO, rule);
    let found = events(&server, "s3://logs", &[]);
    let mut args = vec!["events", "-o", "csv"];
    args.extend(WINDOW);
    assert_eq!((found.code, found.stdout), (Some(0), buckets.local("", &args).stdout), "{}", found.stderr);
}

#[test]
fn what_breaks_on_the_way_is_fetched_again() {
    for fault in [Fault::Reset, Fault::Truncated, Fault::Flipped] {
        check_survived(move |asked| if asked.operation == "Get" && asked.before == 0 { fault } else { Fault::None });
    }
    check_survived(
        |asked| if asked.before < 2 { Fault::Error(503, "SlowDown", "Reduce your rate.") } else { Fault::None },
    );
    check_survived(
        |asked| if asked.before < 1 { Fault::Error(500, "InternalError", "Try again.") } else { Fault::None },
    );
}

#[test]
fn latency_is_paid_side_by_side() {
    let buckets = Buckets::demo("");
    let server = Server::faulty(buckets.path(), Duration::from_millis(50), |_| Fault::None);
    check_told(&events(&server, "s3://logs", &[]), 0, &[]);
    assert!(server.side_by_side() >= 8, "{}", server.side_by_side());
}

#[test]
fn an_object_that_never_ends_is_named() {
    let key = |asked: &Asked| asked.operation == "Get" && asked.key.contains("/444455556666_CloudTrail_us-east-1_");
    for (status, reason) in
        [(200, "cannot be fetched: the transfer brought more than its "), (403, "cannot be fetched: ")]
    {
        let buckets = Buckets::demo("");
        let rule = move |asked: &Asked| if key(asked) { Fault::Endless(status) } else { Fault::None };
        let server = Server::faulty(buckets.path(), Duration::ZERO, rule);
        let found = events(&server, "s3://logs", &["-v"]);
        check_told(&found, 5, &["/444455556666_CloudTrail_us-east-1_", reason]);
        assert!(found.stdout.lines().count() > 10, "{}", found.stdout);
    }
}

/// With that fault on one object, it alone is missing, and named with that reason.
fn check_named(fault: Fault, reason: &str, more: &[&str]) {
    let buckets = Buckets::demo("");
    let key = |asked: &Asked| asked.operation == "Get" && asked.key.contains("/444455556666_CloudTrail_us-east-1_");
    let server =
        Server::faulty(buckets.path(), Duration::ZERO, move |asked| if key(asked) { fault } else { Fault::None });
    let found =
        aws(&server, &["events", "s3://logs", "--from", "2026-11-01", "--to", "2026-11-09", "-o", "json"]).ended();
    check_told(&found, 5, more);
    let report: serde_json::Value = serde_json::from_str(&found.stdout).unwrap();
    let failed = report["coverage"]["failed"].as_array().unwrap();
    assert!(!failed.is_empty(), "{}", found.stdout);
    for failed in failed {
        assert!(failed["file"].as_str().unwrap().contains("/444455556666_CloudTrail_us-east-1_"), "{failed}");
        assert_eq!(failed["reason"], reason);
    }
    assert!(!report["rows"].as_array().unwrap().is_empty());
}

#[test]
fn what_cannot_be_fetched_is_named() {
    check_named(
        Fault::Error(403, "AccessDenied", "Access Denied"),
        "cannot be fetched: no permission (AccessDenied: Access Denied)",
        &[r#"this statement grants it: {"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::logs/*"}"#],
    );
    let denied = "is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:eu-west-1:1:key/k because";
    check_named(
        Fault::Error(403, "AccessDenied", denied),
        &format!("cannot be fetched: no permission (AccessDenied: {denied})"),
        &[r#"{"Effect":"Allow","Action":"kms:Decrypt","Resource":"arn:aws:kms:eu-west-1:1:key/k"}"#],
    );
    check_named(
        Fault::Error(404, "NoSuchKey", "Gone."),
        "cannot be fetched: listed, but no longer there (NoSuchKey)",
        &["the coverage is incomplete"],
    );
}

#[test]
fn a_bucket_without_permission_ends_with_its_own_code() {
    let buckets = Buckets::demo("");
    let denied = Fault::Error(403, "AccessDenied", "Access Denied");
    let server =
        Server::faulty(
            buckets.path(),
            Duration::ZERO,
            move |asked| if asked.operation == "Get" { denied } else { Fault::None },
        );
    check_told(&events(&server, "s3://logs", &[]), 4, &["no permission to read anything in it", "s3:GetObject"]);
    let server = Server::faulty(buckets.path(), Duration::ZERO, move |_| denied);
    let statement = r#"{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::logs"}"#;
    check_told(&events(&server, "s3://logs", &[]), 4, &[statement]);
    let expired = Fault::Error(400, "ExpiredToken", "The provided token has expired.");
    let server = Server::faulty(buckets.path(), Duration::ZERO, move |_| expired);
    check_told(
        &events(&server, "s3://logs", &[]),
        4,
        &["the credentials have expired", "take fresh keys into AWS_ACCESS_KEY_ID"],
    );
}

#[test]
fn credentials_that_expire_on_the_way_leave_what_was_read() {
    const FETCHED: usize = 9;
    let buckets = Buckets::demo("");
    let gets = AtomicUsize::new(0);
    let expired = Fault::Error(400, "ExpiredToken", "The provided token has expired.");
    let rule = move |asked: &Asked| {
        let late = asked.operation == "Get" && gets.fetch_add(1, Ordering::SeqCst) >= FETCHED;
        if late { expired } else { Fault::None }
    };
    let server = Server::faulty(buckets.path(), Duration::ZERO, rule);
    let asked = ["events", "s3://logs", "--from", "2026-11-01", "--to", "2026-11-09", "-o", "json"];
    let found = aws(&server, &asked).ended();
    check_told(&found, 5, &["the coverage is incomplete", "hint: the keys are those of the environment"]);
    let report: serde_json::Value = serde_json::from_str(&found.stdout).unwrap();
    let all: serde_json::Value =
        serde_json::from_str(&aws(&Server::start(buckets.path()), &asked).ended().stdout).unwrap();
    let (files, every) = (&report["coverage"]["files"], &all["coverage"]["files"]);
    assert_eq!(files["read"], FETCHED);
    assert_eq!(files["total"], every["total"]);
    assert_eq!(files["skipped"], every["skipped"]);
    let failed = report["coverage"]["failed"].as_array().unwrap();
    assert_eq!(failed.len() as u64, every["read"].as_u64().unwrap() - FETCHED as u64);
    for failed in failed {
        assert_eq!(failed["reason"], "cannot be fetched: the credentials are not accepted (ExpiredToken)");
    }
    // An event of a failed file is there only where another file has a copy of it.
    let rows = report["rows"].as_array().unwrap();
    let ids: Vec<&str> = all["rows"].as_array().unwrap().iter().map(|row| row["event_id"].as_str().unwrap()).collect();
    assert!(rows.len() < ids.len());
    assert!(rows.iter().all(|row| ids.contains(&row["event_id"].as_str().unwrap())));
}

#[test]
fn what_is_on_its_way_never_exceeds_the_budget() {
    const OBJECTS: usize = 8;
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join(format!("logs/AWSLogs/{ACCOUNT}/CloudTrail/eu-west-1/2026/11/04"));
    std::fs::create_dir_all(&folder).unwrap();
    // Of the budget of 32 MiB five of these take more than all.
    let padding = " ".repeat(7 << 20);
    for at in 0..OBJECTS {
        let name = format!("{ACCOUNT}_CloudTrail_eu-west-1_20261104T0000Z_000000000000000{at}.json");
        std::fs::write(folder.join(name), format!(r#"{{"Records":[{padding}]}}"#)).unwrap();
    }
    let server = Server::faulty(root.path(), Duration::from_millis(100), |_| Fault::None);
    let found = aws(&server, &["coverage", "s3://logs", "--from", "2026-11-01", "--to", "2026-11-09"]).ended();
    check_told(&found, 0, &[]);
    assert_eq!(server.count("Get"), OBJECTS);
    assert!(server.fetches_side_by_side() <= 4, "{}", server.fetches_side_by_side());
}

#[test]
fn an_object_too_large_for_memory_is_read_as_from_a_disk() {
    let place = format!("AWSLogs/{ACCOUNT}/CloudTrail/eu-west-1/2026/11/04");
    let name = format!("{ACCOUNT}_CloudTrail_eu-west-1_20261104T0000Z_0000000000000000.json.gz");
    let record = |id: &str| {
        json!({
            "eventVersion": "1.08", "eventTime": "2026-11-04T00:00:00Z", "eventID": id, "awsRegion": "eu-west-1",
            "eventSource": "sts.amazonaws.com", "eventName": "AssumeRoleWithWebIdentity",
            "recipientAccountId": ACCOUNT,
            "userIdentity": {
                "type": "WebIdentityUser",
                "identityProvider": format!("arn:aws:iam::{ACCOUNT}:oidc-provider/app.terraform.io"),
                "userName": "organization:northwind:project:p:workspace:w:run_phase:plan",
            },
        })
    };
    let text = format!(r#"{{"Records":[{},{}{}]}}"#, record("one"), " ".repeat(9 << 20), record("two"));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    std::io::Write::write_all(&mut gzip, text.as_bytes()).unwrap();
    let buckets = Buckets(tempfile::tempdir().unwrap());
    std::fs::create_dir_all(buckets.logs().join(&place)).unwrap();
    std::fs::write(buckets.logs().join(&place).join(name), gzip.finish().unwrap()).unwrap();
    let local = buckets.local("", &[&["events", "-o", "csv"], &WINDOW[..]].concat());
    assert_eq!((local.code, local.stdout.lines().count()), (Some(0), 3), "{}", local.stderr);
    for fault in [Fault::None, Fault::Flipped, Fault::Reset, Fault::Truncated] {
        let first = move |asked: &Asked| asked.operation == "Get" && asked.before == 0;
        let server =
            Server::faulty(buckets.path(), Duration::ZERO, move |asked| if first(asked) { fault } else { Fault::None });
        let found = events(&server, "s3://logs", &[]);
        assert_eq!((found.code, found.stdout), (Some(0), local.stdout.clone()), "{fault:?}: {}", found.stderr);
    }
    let server = Server::start(buckets.path());
    let args = [&["events", "s3://logs"], &WINDOW[..]].concat();
    let found = aws(&server, &args).env("TMPDIR", "no-such-folder").ended();
    check_told(
        &found,
        5,
        &["cannot be fetched: too large for memory, and no-such-folder takes no file: no such file or directory"],
    );
}

#[test]
fn a_folder_that_cannot_be_listed_is_named() {
    let buckets = Buckets::demo("");
    let denied = Fault::Error(403, "AccessDenied", "Access Denied");
    let rule = move |asked: &Asked| {
        let folder = asked.operation == "List" && asked.key.ends_with("/eu-west-1/2026/11/03/");
        if folder { denied } else { Fault::None }
    };
    let server = Server::faulty(buckets.path(), Duration::ZERO, rule);
    let named = format!("AWSLogs/{ORGANIZATION}/{ACCOUNT}/CloudTrail/eu-west-1/2026/11/03/");
    check_told(&events(&server, "s3://logs", &[]), 5, &[&named, "cannot be listed: no permission", "s3:ListBucket"]);
}

/// With that answer to the listing of one day, the day is named with that reason, and all else is read.
fn check_listing(fault: Fault, reason: &str) {
    let buckets = Buckets::demo("");
    let day = |asked: &Asked| asked.operation == "List" && asked.key.ends_with("/eu-west-1/2026/11/03/");
    let server =
        Server::faulty(buckets.path(), Duration::ZERO, move |asked| if day(asked) { fault } else { Fault::None });
    let found = events(&server, "s3://logs", &[]);
    let named = format!("AWSLogs/{ORGANIZATION}/{ACCOUNT}/CloudTrail/eu-west-1/2026/11/03/: cannot be listed: ");
    check_told(&found, 5, &[&named, reason]);
    assert!(found.stdout.lines().count() > 10, "{}", found.stdout);
}

#[test]
fn a_listing_that_cannot_be_one_is_ended() {
    let page = |text: &'static str| Fault::Answer(text);
    check_listing(
        page(
            "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken></ListBucketResult>",
        ),
        "gives the same continuation token again, and would never end",
    );
    check_listing(
        page("<ListBucketResult><Contents><Key>other/secret.json</Key><Size>1</Size></Contents></ListBucketResult>"),
        "gives the key 'other/secret.json', which does not begin with",
    );
    check_listing(
        page("<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"),
        "says that there is more, but not where",
    );
    check_listing(Fault::Large(40 << 20), "the answer is larger than 32 MiB");
    check_listing(Fault::Endless(200), "the answer is larger than 32 MiB");
    check_listing(Fault::Endless(403), "cannot be listed: ");
}

#[test]
fn a_denial_that_no_statement_can_undo_says_so() {
    let denied = "User: arn:aws:iam::444455556666:user/ann is not authorized to perform: s3:GetObject with an explicit deny \
                  in a service control policy";
    let fault = Fault::Error(403, "AccessDenied", denied);
    check_named(
        fault,
        &format!("cannot be fetched: no permission (AccessDenied: {denied})"),
        &["a service control policy denies it explicitly"],
    );
    let buckets = Buckets::demo("");
    let server = Server::faulty(buckets.path(), Duration::ZERO, move |_| fault);
    let found = events(&server, "s3://logs", &[]);
    check_told(&found, 4, &["denies it explicitly"]);
    assert!(!found.stderr.contains("this statement grants it"), "{}", found.stderr);
}
