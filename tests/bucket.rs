//! Archives in a real S3 on loopback: the result is that of a local scan of the same files, whatever the layout and
//! whatever goes wrong on the way, or the coverage names what is missing.

#![cfg(feature = "aws")]
#![expect(clippy::unwrap_used, reason = "a test that cannot run the program has failed")]

#[path = "support/buckets.rs"]
mod buckets;
#[path = "support/s3.rs"]
#[expect(dead_code, reason = "shared with tests that need more")]
mod s3;
#[expect(dead_code, reason = "shared with tests that need more")]
mod support;

use std::path::Path;
use std::time::Duration;

use serde_json::json;

use buckets::{ACCOUNT, Buckets, ORGANIZATION, WINDOW, aws, check_told, copy, events};
use s3::{ACCESS_KEY, Asked, Fault, SECRET_KEY, Server};
use support::{Ended, Run};

/// A report without the names of its sources.
fn report(ended: &Ended) -> serde_json::Value {
    let mut report: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    for source in report["coverage"]["sources"].as_array_mut().unwrap() {
        source["source"] = serde_json::Value::Null;
    }
    report
}

/// From `prefix`, the bucket gives what the local copy gives.
fn check_layout(buckets: &Buckets, prefix: &str) {
    let server = Server::start(buckets.path());
    let found = events(&server, &format!("s3://logs/{prefix}"), &[]);
    let mut args = vec!["events", "-o", "csv"];
    args.extend(WINDOW);
    let local = buckets.local(prefix.trim_end_matches('/'), &args);
    assert!(local.stdout.lines().count() > 1, "{prefix}: {}", local.stderr);
    assert_eq!((found.code, found.stdout), (local.code, local.stdout), "{prefix}: {}", found.stderr);
}

#[test]
fn every_layout_gives_what_the_local_copy_gives() {
    let organization = format!("AWSLogs/{ORGANIZATION}");
    check_layout(&Buckets::demo(""), "");
    check_layout(&Buckets::demo("my/prefix/"), "");
    check_layout(&Buckets::demo("my/prefix/"), "my");
    check_layout(&Buckets::demo(&format!("{ORGANIZATION}/")), "");
    check_layout(&Buckets::of(&[(&organization, "AWSLogs")]), "");
    check_layout(&Buckets::of(&[(&organization, "copy")]), "copy");
    check_layout(&Buckets::of(&[(&organization, "copy")]), "");
    check_layout(&Buckets::of(&[(&format!("{organization}/{ACCOUNT}/CloudTrail"), "CloudTrail")]), "");
    check_layout(&Buckets::of(&[(&format!("{organization}/{ACCOUNT}/CloudTrail/eu-west-1"), "eu-west-1")]), "");
}

#[test]
fn a_prefix_may_reach_into_an_archive() {
    let buckets = Buckets::demo("");
    let mut prefix = String::new();
    let place = format!("AWSLogs/{ORGANIZATION}/{ACCOUNT}/CloudTrail/eu-west-1/2026/11/04");
    for segment in place.split('/') {
        prefix.push_str(segment);
        check_layout(&buckets, &prefix);
        prefix.push('/');
        check_layout(&buckets, &prefix);
    }
}

#[test]
fn flat_copies_and_single_objects_are_read() {
    let root = tempfile::tempdir().unwrap();
    copy(Path::new("fixtures/shapes"), &root.path().join("logs/shapes"));
    copy(Path::new("fixtures/hostile"), &root.path().join("logs/deep/down/hostile"));
    let buckets = Buckets(root);
    let server = Server::start(buckets.path());
    let window = ["--from", "2000-01-01", "-o", "json"];
    for prefix in ["shapes", "shapes/", "deep", "deep/down/hostile/", "", "shapes/array.json", "shapes/bom.json"] {
        let source = format!("s3://logs/{prefix}");
        let found = aws(&server, &[&["events", &*source], &window[..]].concat()).ended();
        let local = buckets.local(prefix.trim_end_matches('/'), &[&["events"], &window[..]].concat());
        assert_eq!((found.code, report(&found)), (local.code, report(&local)), "{prefix}: {}", found.stderr);
    }
    assert_eq!(server.count("Other"), 0);
}

#[test]
fn a_folder_that_is_called_like_a_year_is_one_if_it_has_months() {
    let days = format!("AWSLogs/{ORGANIZATION}/{ACCOUNT}/CloudTrail/eu-west-1/2026");
    for prefix in ["copy", "copy/2026", "copy/2026/"] {
        check_layout(&Buckets::of(&[(&days, "copy/2026")]), prefix);
    }
    let root = tempfile::tempdir().unwrap();
    copy(Path::new("fixtures/shapes"), &root.path().join("logs/extracts/2025"));
    copy(Path::new("fixtures/hostile"), &root.path().join("logs/2024/more"));
    let buckets = Buckets(root);
    let server = Server::start(buckets.path());
    let window = ["--from", "2000-01-01", "-o", "json"];
    for prefix in ["extracts/2025", "extracts/2025/", "extracts", "2024", "2024/more", ""] {
        let source = format!("s3://logs/{prefix}");
        let found = aws(&server, &[&["events", &*source], &window[..]].concat()).ended();
        let local = buckets.local(prefix.trim_end_matches('/'), &[&["events"], &window[..]].concat());
        assert_eq!((found.code, report(&found)), (local.code, report(&local)), "{prefix}: {}", found.stderr);
    }
}

#[test]
fn what_is_no_log_file_is_counted_and_not_fetched() {
    let buckets = Buckets::demo("");
    let put = |name: &str, text: &str| {
        let path = buckets.logs().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let day = format!("AWSLogs/{ORGANIZATION}/{ACCOUNT}/CloudTrail/eu-west-1/2026/11/04");
    let special =
        [".hidden/x.json", &format!("{day}/_SUCCESS"), &format!("{day}/a.json.crc"), &format!("{day}/october.csv")];
    for name in special {
        put(name, if name.ends_with("csv") { "time,event_id\n" } else { "x" });
    }
    let service = ["athena-results/2026/q.csv", "athena-results/q.csv", "backup.json", "notes/README.md"];
    for name in service {
        put(name, "x");
    }
    put(&format!("AWSLogs/{ORGANIZATION}/{ACCOUNT}/vpcflowlogs/eu-west-1/2026/11/04/f.log"), "2 1 eni-1");
    let mut args = vec!["events", "s3://logs", "-o", "json"];
    args.extend(WINDOW);
    let server = Server::start(buckets.path());
    let found = aws(&server, &args).ended();
    assert_eq!(found.code, Some(0), "{} {}", report(&found)["coverage"]["failed"], found.stderr);
    let skipped = &report(&found)["coverage"]["files"]["skipped"];
    // Each name at the level beside the archive counts once; the other services of an account are not even listed.
    assert_eq!((&skipped["special"], &skipped["service"]), (&json!(4), &json!(3)), "{}", found.stdout);
    let all = Buckets::demo("");
    assert_eq!(
        report(&found)["rows"],
        report(&all.local("", &[&["events", "-o", "json"], &WINDOW[..]].concat()))["rows"]
    );
    let fetched = server.keys("Get");
    let never = ["athena", "backup", "notes", ".hidden", "_SUCCESS", "vpcflowlogs"];
    assert!(fetched.iter().all(|key| never.iter().all(|never| !key.contains(never))), "{fetched:?}");
    let told = aws(&server, &[&["events", "s3://logs", "-v"], &WINDOW[..]].concat()).ended();
    check_told(&told, 0, &["of other services, or beside the archive: athena-results/, backup.json, notes/"]);
    // The same in a sync, in the next one, and in the store.
    let store = tempfile::tempdir().unwrap();
    let db = store.path().join("s.db");
    let db = db.to_str().unwrap();
    for _ in 0..2 {
        check_told(&aws(&server, &[&["sync", "s3://logs", "--store", db], &WINDOW[..]].concat()).ended(), 0, &[]);
        let stored = Run::new(&[&["events", "--store", db, "-o", "json"], &WINDOW[..]].concat()).ended();
        let skipped = &report(&stored)["coverage"]["files"]["skipped"];
        assert_eq!((&skipped["special"], &skipped["service"]), (&json!(4), &json!(3)), "{}", stored.stdout);
    }
    // An object that is named is fetched.
    for name in ["notes/README.md", "backup.json", ".hidden/x.json"] {
        let named = aws(&server, &[&["events", &*format!("s3://logs/{name}")], &WINDOW[..]].concat()).ended();
        check_told(&named, 5, &[&format!("1 failed file ({name}: ")]);
    }
}

#[test]
fn only_what_the_window_leaves_is_listed_and_fetched() {
    let buckets = Buckets::demo("");
    let server = Server::start(buckets.path());
    let args = ["events", "s3://logs", "--from", "2026-11-04", "--to", "2026-11-05", "-o", "csv", "-v"];
    let found = aws(&server, &args).ended();
    assert_eq!(found.code, Some(0), "{}", found.stderr);
    assert_eq!(
        found.stdout,
        buckets.local("", &["events", "--from", "2026-11-04", "--to", "2026-11-05", "-o", "csv"]).stdout
    );
    let accounts = std::fs::read_dir(buckets.logs().join("AWSLogs").join(ORGANIZATION)).unwrap().count();
    let lists = server.keys("List");
    let (days, discovery): (Vec<&String>, Vec<&String>) = lists.iter().partition(|prefix| prefix.contains("/2026/"));
    // The months of the week before the window tell which places are known, and of what is in their days nothing is listed.
    let is_wanted =
        |prefix: &&&String| ["/11/04/", "/11/05/", "/2026/10/", "/2026/11/"].iter().any(|end| prefix.ends_with(end));
    assert_eq!(days.iter().filter(is_wanted).count(), days.len(), "{days:?}");
    let months = days.iter().filter(|prefix| prefix.ends_with("/2026/10/") || prefix.ends_with("/2026/11/")).count();
    assert_eq!(months * 2, days.len(), "{days:?}");
    assert_eq!(discovery.len(), 3 + accounts, "{discovery:?}");
    assert_eq!(server.count("List"), lists.len());
    let fetched = server.keys("Get");
    assert!(fetched.iter().all(|key| key.contains("/CloudTrail/") && key.contains("/2026/11/0")), "{fetched:?}");
    assert_eq!(server.count("Get"), fetched.len());
    assert!(
        found
            .stderr
            .contains(&format!("log files by day below AWSLogs/{ORGANIZATION}/{ACCOUNT}/CloudTrail/eu-west-1/"))
    );
}

#[test]
fn a_long_window_lists_only_the_months_that_there_are() {
    let buckets = Buckets::demo("");
    let server = Server::start(buckets.path());
    let found = aws(&server, &["events", "s3://logs", "--from", "2015-01-01", "-o", "csv"]).ended();
    assert_eq!(found.stdout, buckets.local("", &["events", "-o", "csv"]).stdout, "{}", found.stderr);
    let lists = server.keys("List");
    // The month before the window tells which places are known.
    let is_looked_at = |prefix: &str| prefix.contains("/2026/") || prefix.ends_with("/2014/12/");
    assert!(lists.iter().all(|prefix| !prefix.contains("/20") || is_looked_at(prefix)), "{lists:?}");
}

#[test]
fn a_bucket_and_a_store_have_the_gaps_of_a_local_copy() {
    let whole = format!("AWSLogs/{ORGANIZATION}");
    let trail = format!("{whole}/{ACCOUNT}/CloudTrail");
    for buckets in [
        Buckets::demo(""),
        Buckets::of(&[(&trail, "CloudTrail")]),
        Buckets::of(&[(&format!("{trail}/eu-west-1"), "x/eu-west-1")]),
    ] {
        let server = Server::start(buckets.path());
        for (from, to) in [
            ("2026-11-04", "2026-11-05"),
            ("2026-11-03", "2026-11-20"),
            ("2026-10-30", "2026-11-03"),
            ("2026-11-12", "2026-11-14"),
            ("2026-11-20", "2026-11-22"),
        ] {
            let window = ["--from", from, "--to", to];
            let args = |source| [&["coverage", source, "-o", "csv", "--strict"][..], &window].concat();
            let local = buckets.local("", &[&["coverage", "-o", "csv", "--strict"][..], &window].concat());
            let found = aws(&server, &args("s3://logs")).ended();
            assert_eq!((found.code, &found.stdout), (local.code, &local.stdout), "{from} {to}: {}", found.stderr);
            let store = buckets.path().join(format!("{from}.db"));
            let store = store.to_str().unwrap();
            drop(aws(&server, &[&["sync", "s3://logs", "--store", store][..], &window].concat()).ended());
            let stored = Run::new(&args(&format!("store:{store}"))).ended();
            assert_eq!((stored.code, &stored.stdout), (local.code, &local.stdout), "{from} {to}: {}", stored.stderr);
        }
    }
}

#[test]
fn accounts_that_are_named_are_the_only_ones_listed() {
    let buckets = Buckets::demo("");
    let server = Server::start(buckets.path());
    let found = events(&server, "s3://logs", &["--account", ACCOUNT]);
    let mut args = vec!["events", "-o", "csv", "--account", ACCOUNT];
    args.extend(WINDOW);
    assert_eq!((found.code, found.stdout), (Some(0), buckets.local("", &args).stdout), "{}", found.stderr);
    assert!(server.keys("List").iter().all(|prefix| !prefix.contains("/CloudTrail/") || prefix.contains(ACCOUNT)));
    let server = Server::start(buckets.path());
    drop(events(&server, "s3://logs", &["--account", ACCOUNT, "--whole-runs"]));
    assert!(server.keys("List").iter().any(|prefix| prefix.contains("222233334444/CloudTrail/")));
}

#[test]
fn an_account_is_meant_by_its_id_as_the_console_shows_it_and_by_its_name() {
    let buckets = Buckets::demo("");
    let config = buckets.path().join("tfctrail.toml");
    std::fs::write(&config, format!("[accounts]\n\"{ACCOUNT}\" = \"production\"\n")).unwrap();
    let config = config.to_str().unwrap();
    let server = Server::start(buckets.path());
    let plain = events(&server, "s3://logs", &["--account", ACCOUNT]);
    for account in ["1111-2222-3333", "production"] {
        let server = Server::start(buckets.path());
        let found = events(&server, "s3://logs", &["--account", account, "--config", config]);
        assert_eq!((found.code, &found.stdout), (Some(0), &plain.stdout), "{}", found.stderr);
        assert!(server.keys("List").iter().all(|prefix| !prefix.contains("/CloudTrail/") || prefix.contains(ACCOUNT)));
    }
    let others = events(&server, "s3://logs", &["--account", "!production", "--config", config]);
    assert!(others.code == Some(0) && !others.stdout.contains(&format!(",{ACCOUNT},")), "{}", others.stdout);
    for account in ["1111", "staging"] {
        let found = events(&server, "s3://logs", &["--account", account, "--config", config]);
        check_told(&found, 2, &["write an id of twelve digits", "there are production"]);
    }
    let found = Run::new(&["events", "fixtures/demo", "--account", "1111-2222"]).ended();
    check_told(&found, 2, &["invalid value '1111-2222' for '--account <PATTERN>': not an account"]);
}

#[test]
fn pasted_addresses_are_read() {
    let buckets = Buckets::demo("");
    let server = Server::start(buckets.path());
    let plain = events(&server, "s3://logs", &[]);
    assert!(plain.stdout.lines().count() > 10);
    for source in [
        "arn:aws:s3:::logs",
        "arn:aws:s3:::logs/AWSLogs/*",
        "https://logs.s3.eu-west-1.amazonaws.com/",
        "https://s3.amazonaws.com/logs/AWSLogs/?X-Amz-Signature=no-secret",
        "s3://arn:aws:s3:::logs/AWSLogs/",
    ] {
        let found = events(&server, source, &[]);
        assert_eq!((found.code, &found.stdout), (Some(0), &plain.stdout), "{source}: {}", found.stderr);
        assert!(!found.stderr.contains("X-Amz"), "{}", found.stderr);
    }
    let refused = [
        ("arn:aws:s3::444455556666:accesspoint/abc.mrap", "name the bucket or a regional access point"),
        ("https://s3.console.aws.amazon.com/s3/buckets/logs?prefix=AWSLogs%2F", "write s3://logs/AWSLogs/"),
        ("https://example.com/logs?token=no-secret", "that is no address of S3"),
        ("S3://logs", "it is written s3://logs"),
        ("event-history", "it is written event-history:"),
    ];
    for (source, reason) in refused {
        let found = events(&server, source, &[]);
        check_told(&found, 2, &[reason]);
        assert!(!found.stderr.contains("no-secret"), "{}", found.stderr);
    }
}

#[test]
fn without_a_window_the_last_days_are_read_and_said_so() {
    let buckets = Buckets::demo("");
    let server = Server::start(buckets.path());
    let found = aws(&server, &["events", "s3://logs", "--to", "2026-11-09", "-o", "json"]).ended();
    let coverage = &report(&found)["coverage"];
    assert_eq!(coverage["window"], json!({"from": "2026-11-02T00:00:00Z", "to": "2026-11-09T00:00:00Z"}));
    assert_eq!(coverage["sources"][0]["folders"], json!({"from": "2026-11-02", "to": "2026-11-09"}));
    let said = "remote sources are read for 7 days, from 2026-11-02T00:00:00Z to 2026-11-09T00:00:00Z";
    assert!(found.stderr.contains(said), "{}", found.stderr);
}

#[test]
fn what_cannot_be_opened_is_explained() {
    let buckets = Buckets::demo("");
    let server = Server::start(buckets.path());
    let wrong = aws(&server, &["events", "s3://logs"]).env("AWS_SECRET_ACCESS_KEY", "wrong").ended();
    check_told(&wrong, 4, &["source 's3://logs': the secret key does not belong to the access key", "hint: "]);
    let none = events(&server, "s3://nobody-has-it", &[]);
    check_told(&none, 1, &["there is no bucket 'nobody-has-it' (NoSuchBucket)"]);
    let profile = aws(&server, &["events", "s3://logs", "--profile", "nobody"]).ended();
    check_told(
        &profile,
        4,
        &["no AWS credentials", "there is no profile 'nobody'", "list the profiles: aws configure list-profiles"],
    );
    let unreachable = aws(&server, &["events", "s3://logs", "--endpoint-url", "http://127.0.0.1:1"]).ended();
    check_told(&unreachable, 1, &["cannot be reached", "check the network"]);
    let empty = events(&server, "s3://logs/nothing/here", &[]);
    check_told(&empty, 5, &["holds no log file in the day folders of the window"]);
}

#[test]
fn a_profile_wins_over_keys_in_the_environment() {
    let buckets = Buckets::demo("");
    let server = Server::start(buckets.path());
    let file = buckets.path().join("credentials");
    let text = format!("[audit]\naws_access_key_id={ACCESS_KEY}\naws_secret_access_key={SECRET_KEY}\n");
    std::fs::write(&file, text).unwrap();
    let mut args = vec!["events", "s3://logs", "--profile", "audit"];
    args.extend(WINDOW);
    let run = aws(&server, &args).env("AWS_SHARED_CREDENTIALS_FILE", file.to_str().unwrap());
    check_told(&run.env("AWS_SECRET_ACCESS_KEY", "wrong").ended(), 0, &[]);
}

#[test]
fn a_public_bucket_needs_no_credentials() {
    let buckets = Buckets::demo("");
    let server = Server::public(buckets.path());
    let mut args = vec!["events", "s3://logs", "--no-sign-request", "--path-style"];
    args.extend(WINDOW);
    check_told(&aws(&server, &args).ended(), 0, &[]);
}

#[test]
fn a_requester_pays_bucket_is_told_who_pays() {
    let buckets = Buckets::demo("");
    let denied = Fault::Error(403, "AccessDenied", "Access Denied");
    let rule = move |asked: &Asked| if asked.requester_pays { Fault::None } else { denied };
    let server = Server::faulty(buckets.path(), Duration::ZERO, rule);
    check_told(&events(&server, "s3://logs", &[]), 4, &["--requester-pays"]);
    check_told(&events(&server, "s3://logs", &["--requester-pays"]), 0, &[]);
    check_told(&aws(&server, &["doctor", "s3://logs", "--requester-pays"]).ended(), 0, &[]);
}

#[test]
fn a_bucket_of_another_region_is_found() {
    let buckets = Buckets::demo("");
    let server = Server::faulty(buckets.path(), Duration::ZERO, |_| Fault::Region("eu-central-1"));
    check_told(&events(&server, "s3://logs", &["-v"]), 0, &["the bucket logs is in eu-central-1"]);
}

#[test]
fn a_dry_run_fetches_nothing() {
    let buckets = Buckets::demo("");
    let server = Server::start(buckets.path());
    let args = ["runs", "s3://logs", "--from", "2026-11-04", "--to", "2026-11-05", "--dry-run", "-o", "json"];
    let planned = aws(&server, &args).ended();
    check_told(&planned, 0, &["would be fetched"]);
    assert_eq!(server.count("Get"), 0);
    let plan: serde_json::Value = serde_json::from_str(&planned.stdout).unwrap();
    let rows = plan["rows"].as_array().unwrap();
    assert_eq!(Some("AWSLogs/o-n0rthw1nd5/111122223333/CloudTrail/eu-central-1/2026/10/"), rows[0]["prefix"].as_str());
    let sum = |column: &str| rows.iter().map(|row| row[column].as_u64().unwrap()).sum::<u64>();
    let fetched = Server::start(buckets.path());
    let read =
        aws(&fetched, &["runs", "s3://logs", "--from", "2026-11-04", "--to", "2026-11-05", "-o", "json"]).ended();
    assert_eq!(sum("get_requests"), fetched.count("Get") as u64);
    assert_eq!(report(&read)["coverage"]["bytes"]["read"], sum("bytes"));
}

#[test]
fn the_doctor_tries_everything_one_by_one() {
    let buckets = Buckets::demo("");
    let server = Server::start(buckets.path());
    let well = aws(&server, &["doctor", "s3://logs", "--from", "2026-11-01", "--to", "2026-11-09"]).ended();
    check_told(&well, 0, &[]);
    let lines =
        ["ok      s3:ListBucket", "ok      layout", "ok      s3:GetObject", "ok      newest log file  2026-11-0"];
    for line in lines.into_iter().chain([r#""Action": "s3:ListBucket""#, r#""AWSLogs/*""#]) {
        assert!(well.stdout.contains(line), "{line}: {}", well.stdout);
    }
    let denied = Fault::Error(403, "AccessDenied", "Access Denied");
    let rule = move |asked: &Asked| if asked.operation == "Get" { denied } else { Fault::None };
    let server = Server::faulty(buckets.path(), Duration::ZERO, rule);
    let ill = aws(&server, &["doctor", "s3://logs", "--from", "2026-11-01", "--to", "2026-11-09"]).ended();
    check_told(&ill, 4, &["this statement grants it", "s3:GetObject", "a permission that reading needs is missing"]);
    assert!(ill.stdout.contains("DENIED  s3:GetObject"), "{}", ill.stdout);
    let server = Server::faulty(buckets.path(), Duration::ZERO, move |_| denied);
    let ill = aws(&server, &["doctor", "s3://logs"]).ended();
    check_told(&ill, 4, &["s3:ListBucket"]);
}

/// 20 accounts, 5 regions, 100 days of 100 log files each, computed as they are asked for.
struct Million;

impl Million {
    const ACCOUNTS: usize = 20;
    const REGIONS: [&str; 5] = ["ap-south-1", "eu-central-1", "eu-west-1", "us-east-1", "us-west-2"];

    fn accounts() -> Vec<String> {
        (0..Self::ACCOUNTS).map(|number| format!("AWSLogs/{:012}/", 111_111_111_111 + number)).collect()
    }

    /// The keys of a day folder.
    fn day(prefix: &str) -> Vec<String> {
        let parts: Vec<&str> = prefix.split('/').collect();
        let [_, account, _, region, year, month, day, _] = parts[..] else { panic!("{prefix} is no day") };
        let minute = |number: usize| format!("{:02}{:02}", number / 5, number % 5 * 12);
        let name =
            |number| format!("{account}_CloudTrail_{region}_{year}{month}{day}T{}Z_{number:016}", minute(number));
        (0..100).map(|number| format!("{prefix}{}.json.gz", name(number))).collect()
    }

    fn folders(prefix: &str) -> Vec<String> {
        match prefix.split('/').count() {
            1 => vec!["AWSLogs/".to_owned()],
            2 => Self::accounts(),
            3 => vec![format!("{prefix}CloudTrail/"), format!("{prefix}CloudTrail-Digest/")],
            4 => Self::REGIONS.iter().map(|region| format!("{prefix}{region}/")).collect(),
            _ => panic!("{prefix} was walked"),
        }
    }
}

#[async_trait::async_trait]
impl s3s::S3 for Million {
    async fn list_objects_v2(
        &self,
        request: s3s::S3Request<s3s::dto::ListObjectsV2Input>,
    ) -> s3s::S3Result<s3s::S3Response<s3s::dto::ListObjectsV2Output>> {
        use s3s::dto::{CommonPrefix, ListObjectsV2Output, Object};
        let prefix = request.input.prefix.unwrap_or_default();
        let mut output = ListObjectsV2Output::default();
        if request.input.delimiter.is_some() {
            let folders = Self::folders(&prefix).into_iter();
            output.common_prefixes = Some(folders.map(|prefix| CommonPrefix { prefix: Some(prefix) }).collect());
        } else {
            let object = |key| Object { key: Some(key), size: Some(1_000), ..Object::default() };
            output.contents = Some(Self::day(&prefix).into_iter().map(object).collect());
        }
        Ok(s3s::S3Response::new(output))
    }
}

#[test]
fn a_day_of_a_million_keys_takes_a_listing_per_account_region_and_day() {
    let server = Server::serve(Million, true, Duration::ZERO, |_| Fault::None);
    let args = ["runs", "s3://logs", "--from", "2026-11-02", "--to", "2026-11-03", "--dry-run", "-o", "json", "-v"];
    let planned = aws(&server, &args).ended();
    check_told(&planned, 0, &["22 requests to find the layout", "20,000 objects"]);
    assert_eq!(server.count("List"), 22 + Million::ACCOUNTS * Million::REGIONS.len() * 2);
    assert_eq!(server.count("Get"), 0);
}

#[test]
fn a_report_is_put_into_a_bucket() {
    let buckets = Buckets::demo("");
    std::fs::create_dir(buckets.path().join("reports")).unwrap();
    let server = Server::start(buckets.path());
    let day = ["report", "fixtures/demo", "--date", "2026-11-04", "--out"];
    let ended = aws(&server, &[&day[..], &["s3://reports/night/04", "--path-style"]].concat()).ended();
    check_told(&ended, 0, &["wrote s3://reports/night/04"]);
    let out = tempfile::tempdir().unwrap();
    let local = out.path().join("04");
    check_told(&Run::new(&[&day[..], &[local.to_str().unwrap()]].concat()).ended(), 0, &[]);
    for entry in std::fs::read_dir(&local).unwrap() {
        let name = entry.unwrap().file_name();
        let put = std::fs::read(buckets.path().join("reports/night/04").join(&name)).unwrap();
        assert_eq!(put, std::fs::read(local.join(&name)).unwrap(), "{}", name.display());
    }
    // Of several, the index comes last.
    let groups = [&day[..], &["s3://reports/groups", "--path-style", "--group-by", "organization"]].concat();
    check_told(&aws(&server, &groups).ended(), 0, &["wrote s3://reports/groups/organization-northwind"]);
    let local = out.path().join("groups");
    let groups = [&day[..], &[local.to_str().unwrap(), "--group-by", "organization"]].concat();
    check_told(&Run::new(&groups).ended(), 0, &[]);
    let put = buckets.path().join("reports/groups");
    let names = |path: &Path| {
        let mut names: Vec<_> = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names(&put), names(&local));
    for name in ["index.html", "index.json"] {
        assert_eq!(std::fs::read(put.join(name)).unwrap(), std::fs::read(local.join(name)).unwrap(), "{name}");
    }
    let denied = Fault::Error(403, "AccessDenied", "Access Denied");
    let refuse = move |asked: &Asked| if asked.operation == "Other" { denied } else { Fault::None };
    let server = Server::faulty(buckets.path(), Duration::ZERO, refuse);
    let ended = aws(&server, &[&day[..], &["s3://reports/night/05", "--path-style"]].concat()).ended();
    check_told(&ended, 4, &["s3:PutObject"]);
}

#[test]
fn a_report_is_written_with_ones_own_credentials_or_a_role_for_it_and_the_manifest_comes_last() {
    let buckets = Buckets::demo("");
    std::fs::create_dir(buckets.path().join("reports")).unwrap();
    let role = "arn:aws:iam::111122223333:role/audit";
    let to = |server: &Server, place: &str, flags: &[&str]| {
        let out = format!("s3://reports/{place}");
        let day = ["report", "fixtures/demo", "--date", "2026-11-04", "--path-style", "--out", &out];
        aws(server, &[&day[..], flags].concat()).ended()
    };
    // A role is asked for at the root, which is no key of a bucket.
    let asked_sts = |server: &Server| server.keys("Other").contains(&String::new());
    let server = Server::start(buckets.path());
    check_told(&to(&server, "read", &["--role-arn", role]), 0, &["wrote s3://reports/read"]);
    assert!(!asked_sts(&server));
    let ended = to(&server, "write", &["--upload-role-arn", role]);
    assert!(asked_sts(&server) && ended.code != Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains(&format!("it was tried as {role}")), "{}", ended.stderr);
    let local = Run::new(&["report", "fixtures/demo", "--upload-role-arn", role, "--out", "x"]).ended();
    check_told(&local, 2, &["--upload-role-arn goes together with --out s3://"]);
    let denied = Fault::Error(403, "AccessDenied", "Access Denied");
    let refuse = move |asked: &Asked| if asked.key.ends_with("findings.csv") { denied } else { Fault::None };
    let server = Server::faulty(buckets.path(), Duration::ZERO, refuse);
    check_told(&to(&server, "part", &[]), 4, &["s3:PutObject", "with your own credentials"]);
    let part = buckets.path().join("reports/part");
    assert!(part.join("events.csv").exists() && !part.join("manifest.json").exists());
}

/// The rows of an extract, in order: without what names the run of the program, and without the `etag`, which no listing of this
/// server has.
fn rows(ended: &Ended) -> Vec<String> {
    let row = |line: &str| {
        let mut row: serde_json::Value = serde_json::from_str(line).unwrap();
        row["attempt"].take();
        row["etag"].take();
        row.to_string()
    };
    let mut rows: Vec<String> = ended.stdout.lines().map(row).collect();
    rows.sort();
    rows
}

#[test]
fn objects_that_are_named_take_one_request_each_and_give_what_a_listing_gives() {
    let buckets = Buckets::demo("");
    let large = buckets.logs().join("AWSLogs/large.json");
    std::fs::write(&large, format!("{{\"Records\":[{}]}}", " ".repeat(300 << 10))).unwrap();
    let server = Server::start(buckets.path());
    let listed = aws(&server, &["extract", "s3://logs", "--from", "2020-01-01"]).ended();
    let files = walkdir::WalkDir::new(buckets.logs()).into_iter().map(Result::unwrap);
    let files = files.filter(|entry| entry.file_type().is_file());
    let key =
        |entry: walkdir::DirEntry| entry.path().strip_prefix(buckets.path()).unwrap().to_str().unwrap().to_owned();
    let keys: Vec<String> = files.map(key).map(|key| format!("s3://{key}\n")).collect();
    let server = Server::faulty(buckets.path(), Duration::ZERO, |asked| match asked.operation {
        "Get" if asked.before == 0 && asked.key.ends_with("1.json.gz") => Fault::Truncated,
        "Get" if asked.before == 0 && asked.key.ends_with("large.json") => Fault::Error(503, "SlowDown", "Reduce"),
        _ => Fault::None,
    });
    let named = aws(&server, &["extract", "--keys-from", "-"]).stdin(keys.concat().as_bytes()).ended();
    assert_eq!((named.code, listed.code), (Some(0), Some(0)), "{} {}", named.stderr, listed.stderr);
    let found = rows(&named);
    assert_eq!(rows(&listed).iter().find(|row| !found.contains(row)), None);
    assert_eq!(found.iter().filter(|row| row.contains("\"tally\"")).count(), keys.len());
    // Three digests and an Insight file are told by their names.
    assert_eq!((server.count("Head"), server.keys("Get").len()), (1, keys.len() - 4));
    let missing = aws(&server, &["extract", "--keys-from", "-"]).stdin(b"s3://logs/AWSLogs/none.json\n").ended();
    check_told(&missing, 5, &["there is no such object (NoSuchKey)"]);
}
