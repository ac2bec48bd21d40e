//! `verify` on buckets: what is listed and fetched, whose keys are asked for, and what is said where something is refused.

#![cfg(feature = "aws")]
#![expect(clippy::unwrap_used, reason = "a test that cannot run the program has failed")]

#[path = "support/digests.rs"]
mod digests;
#[path = "support/public_keys.rs"]
mod public_keys;
#[path = "support/s3.rs"]
#[expect(dead_code, reason = "shared with tests that need more")]
mod s3;
#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use digests::{PLACE, Place, SignedArchive};
use public_keys::{Key, KeyServer};
use s3::{ACCESS_KEY, Fault, SECRET_KEY, Server};
use serde_json::{Value, json};
use support::{Ended, Run};
use tfctrail::domain::timestamp::Timestamp;

const WINDOW: [&str; 4] = ["--from", "2026-11-02", "--to", "2026-11-03"];

/// 2026-11-02T00:00:00Z, when the first hour begins.
const START: i64 = 1_793_577_600;

/// A bucket with an archive, and the keys that signed it.
struct Bucket {
    root: tempfile::TempDir,
    keys: Vec<Key>,
}

fn key(archive: &SignedArchive, place: Place) -> Key {
    let Place { region, fingerprint, .. } = place;
    // A key may begin to sign nearly two hours after the hour of the newest digest.
    let end = START + 3_600 * i64::try_from(archive.digests.len()).unwrap();
    Key { region, fingerprint, value: archive.value.clone(), validity: (end + 7_100, end + 86_400) }
}

impl Bucket {
    /// The archive below a prefix of the bucket `logs`, which is where its digests say that they are where there is none.
    fn of(archive: &SignedArchive, prefix: &str) -> Self {
        let root = tempfile::tempdir().unwrap();
        archive.put(root.path(), "logs", prefix);
        Self { root, keys: vec![key(archive, PLACE)] }
    }

    fn server(&self) -> Server {
        Server::start(self.root.path())
    }

    fn verify(&self, server: &Server, source: &str, more: &[&str]) -> (Ended, KeyServer) {
        let keys = KeyServer::start(self.keys.clone());
        let args = [&["verify", source, "-o", "csv", "--no-header", "--columns", "kind,verdict,reason"], more].concat();
        let args = if more.contains(&"--from") { args } else { [&args[..], &WINDOW].concat() };
        (aws(server, &keys, &args, self.root.path()), keys)
    }
}

fn aws(server: &Server, keys: &KeyServer, args: &[&str], dir: &Path) -> Ended {
    let run = Run::new(args).dir(dir).env("AWS_ENDPOINT_URL", &server.url());
    let run = run.env("AWS_ENDPOINT_URL_CLOUDTRAIL", &keys.url());
    run.env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        .env("AWS_REGION", "us-east-1")
        .ended()
}

fn check(ended: &Ended, code: i32, rows: &[&str], parts: &[&str]) {
    assert_eq!(
        (ended.stdout.lines().collect::<Vec<_>>().as_slice(), ended.code),
        (rows, Some(code)),
        "{}",
        ended.stderr
    );
    for part in parts {
        assert!(ended.stderr.contains(part), "{part}: {}", ended.stderr);
    }
}

/// What `events --verified` says of a bucket, how it ends, and how many objects it fetched.
fn verified(bucket: &Bucket, window: &[&str]) -> (Value, Option<i32>, usize) {
    let (server, keys) = (bucket.server(), KeyServer::start(bucket.keys.clone()));
    let args = [&["events", "s3://logs", "--verified", "-o", "json"], window].concat();
    let ended = aws(&server, &keys, &args, bucket.root.path());
    let report: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{}", ended.stderr));
    (report["coverage"].clone(), ended.code, server.count("Get"))
}

#[test]
fn other_commands_take_only_what_is_verified_and_fetch_each_object_once() {
    let archive = SignedArchive::new(4);
    let bucket = Bucket::of(&archive, "");
    let (coverage, code, fetched) = verified(&bucket, &WINDOW);
    assert_eq!((&coverage["verification"], code, fetched), (&json!("verified"), Some(0), 8), "{coverage}");
    assert_eq!(coverage["files"]["read"], 4);
    // A digest of the window may list what was delivered before it, which a scan of the window does not read.
    let (coverage, code, _) = verified(&bucket, &["--from", "2026-11-02T01:30:00Z", "--to", "2026-11-02T03:30:00Z"]);
    assert_eq!((&coverage["verification"], code), (&json!("verified"), Some(0)), "{coverage}");
    assert_eq!(coverage["files"]["read"], 2);
    // The trail goes on: what the newest digest does not cover yet is no alarm.
    let below = archive.logs[3].strip_prefix(archive.folder.path().join("archive")).unwrap().to_str().unwrap();
    let log = bucket.root.path().join("logs").join(below);
    fs::copy(&log, log.to_str().unwrap().replace("T0315Z", "T0410Z")).unwrap();
    let night = ["--from", "2026-11-02", "--to", "2026-11-02T04:00:00Z"];
    let (coverage, code, _) = verified(&bucket, &night);
    assert_eq!((&coverage["verification"], code), (&json!("verified"), Some(0)), "{coverage}");
    assert_eq!(coverage["not_yet_covered"].as_array().unwrap().len(), 1);
    assert_eq!(verified(&bucket, &WINDOW).1, Some(5));
    fs::write(&log, digests::packed(b"{\"Records\":[]}")).unwrap();
    let (coverage, code, _) = verified(&bucket, &night);
    assert_eq!((&coverage["failed"][0]["reason"], code), (&json!("not verified: invalid (hash)"), Some(5)));
    fs::remove_file(&log).unwrap();
    let (coverage, code, _) = verified(&bucket, &night);
    assert_eq!((&coverage["failed"][0]["reason"], code), (&json!("not verified: missing (listed)"), Some(5)));
}

#[test]
fn a_store_of_a_bucket_knows_what_is_missing_in_it() {
    let archive = SignedArchive::new(4);
    let bucket = Bucket::of(&archive, "");
    let sync = |more: &[&str]| {
        let (server, keys) = (bucket.server(), KeyServer::start(bucket.keys.clone()));
        let args = [&["sync", "s3://logs", "--store", "store.db", "--verified"], &WINDOW[..], more].concat();
        let ended = aws(&server, &keys, &args, bucket.root.path());
        (ended.code, server.count("Get"), ended.stderr)
    };
    let asked = || {
        let args = [&["events", "store:store.db", "--verified", "-o", "json"], &WINDOW[..]].concat();
        let ended = Run::new(&args).dir(bucket.root.path()).ended();
        let report: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{}", ended.stderr));
        (report["coverage"].clone(), ended.code)
    };
    let below = |path: &Path| {
        let below = path.strip_prefix(archive.folder.path().join("archive")).unwrap();
        bucket.root.path().join("logs").join(below)
    };
    fs::remove_file(below(&archive.logs[1])).unwrap();
    // One that is not there is looked for again, and nothing that was read is fetched again.
    for fetched in [7, 4] {
        let (code, count, said) = sync(&[]);
        assert_eq!((code, count), (Some(5), fetched), "{said}");
        let (scan, code, _) = verified(&bucket, &WINDOW);
        let (store, of_store) = asked();
        for part in ["verification", "failed", "gaps", "not_yet_covered", "files"] {
            assert_eq!((&store[part], of_store), (&scan[part], code), "{part}");
        }
        assert_eq!(store["failed"][0]["reason"], "not verified: missing (listed)");
    }
    // It comes back.
    fs::copy(&archive.logs[1], below(&archive.logs[1])).unwrap();
    let (code, _, said) = sync(&[]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!((&asked().0["verification"], asked().1), (&json!("verified"), Some(0)));
    // What was read stands, whatever becomes of the bucket.
    fs::remove_file(below(&archive.logs[2])).unwrap();
    let (code, _, said) = sync(&[]);
    assert_eq!((code, asked().1), (Some(0), Some(0)), "{said}");
}

#[test]
fn an_archive_in_good_order_is_valid_and_each_object_is_fetched_once() {
    let archive = SignedArchive::new(4);
    let bucket = Bucket::of(&archive, "");
    let all = "4 of 4 digests and 4 of 4 log files are as CloudTrail wrote them";
    for (source, more) in [
        ("s3://logs", &[][..]),
        ("s3://logs/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/02/", &[]),
        ("s3://logs", &["--threads", "1", "--concurrency", "1"]),
    ] {
        let server = bucket.server();
        let (ended, keys) = bucket.verify(&server, source, more);
        check(&ended, 0, &[], &[all]);
        assert!(!ended.stderr.contains("moved"), "{}", ended.stderr);
        assert_eq!((server.count("Get"), server.count("Head")), (8, 0), "{source}");
        assert_eq!(keys.asked(), ["eu-west-1"]);
    }
    // A copy in another bucket, below another prefix.
    let moved = Bucket::of(&archive, "copy/of/");
    let (ended, _) = moved.verify(&moved.server(), "s3://logs", &[]);
    check(&ended, 0, &[], &[all, "the archive was moved or copied: s3://logs/AWSLogs/"]);
    // The first log file of the window was delivered before it, and belongs to a digest that ends in it.
    let within = ["--from", "2026-11-02T01:30:00Z", "--to", "2026-11-02T03:00:00Z"];
    let (ended, _) = bucket.verify(&bucket.server(), "s3://logs", &within);
    check(&ended, 0, &[], &["1 of 1 digest and 2 of 2 log files are"]);
}

#[test]
fn accounts_and_regions_are_verified_together_each_with_the_keys_of_its_region() {
    let places = [
        Place { organization: "o-n0rthw1nd5/", ..PLACE },
        Place { organization: "o-n0rthw1nd5/", region: "us-east-1", fingerprint: "g", ..PLACE },
        Place { organization: "o-n0rthw1nd5/", account: "444455556666", fingerprint: "h", ..PLACE },
    ];
    let archives = places.map(|place| SignedArchive::of(3, place));
    let mut bucket = Bucket { root: tempfile::tempdir().unwrap(), keys: Vec::new() };
    for (archive, place) in archives.iter().zip(places) {
        archive.put(bucket.root.path(), "logs", "");
        bucket.keys.push(key(archive, place));
    }
    let server = bucket.server();
    let (ended, keys) = bucket.verify(&server, "s3://logs", &[]);
    check(&ended, 0, &[], &["9 of 9 digests and 9 of 9 log files are as CloudTrail wrote them"]);
    assert_eq!(server.count("Get"), 18);
    // Two keys are two pages.
    assert_eq!(keys.asked(), ["eu-west-1", "eu-west-1", "us-east-1"]);
    let one = "s3://logs/AWSLogs/o-n0rthw1nd5/444455556666/";
    check(&bucket.verify(&server, one, &[]).0, 0, &[], &["3 of 3 digests and 3 of 3 log files"]);
}

#[test]
fn what_was_done_to_an_object_is_told() {
    let archive = SignedArchive::new(4);
    fs::remove_file(&archive.logs[2]).unwrap();
    fs::write(&archive.logs[1], digests::packed(b"{}")).unwrap();
    let name = archive.logs[0].to_str().unwrap().replace("aaaabbbb", "zzzzbbbb");
    fs::copy(&archive.logs[0], &name).unwrap();
    let mut archive = archive;
    archive.logs.push(name.into());
    let bucket = Bucket::of(&archive, "");
    let server = bucket.server();
    let (ended, _) = bucket.verify(&server, "s3://logs", &[]);
    let line = "4 of 4 digests and 2 of 5 log files are as CloudTrail wrote them; 1 altered, 1 missing, 1 unlisted";
    let rows = ["log,unlisted,", "log,invalid,hash", "log,missing,listed"];
    check(&ended, 3, &rows, &[line, "a second trail"]);
    // What no digest lists is not fetched, and nobody asks for what a listing to its end has not shown.
    assert_eq!((server.count("Get"), server.count("Head")), (7, 0));
}

#[test]
fn a_log_file_in_the_folder_of_another_day_is_fetched_by_its_name() {
    let archive = SignedArchive::of(4, Place { day: "2026/10/30", ..PLACE });
    let bucket = Bucket::of(&archive, "");
    let server = bucket.server();
    let (ended, _) = bucket.verify(&server, "s3://logs", &[]);
    check(&ended, 0, &[], &["4 of 4 digests and 4 of 4 log files are"]);
    assert_eq!((server.count("Get"), server.count("Head")), (8, 4));
    // What is neither listed nor there is missing.
    let file = archive.logs[3].strip_prefix(archive.folder.path().join("archive")).unwrap();
    fs::remove_file(bucket.root.path().join("logs").join(file)).unwrap();
    let (ended, _) = bucket.verify(&bucket.server(), "s3://logs", &[]);
    check(&ended, 3, &["log,missing,listed"], &["1 missing"]);
}

#[test]
fn what_is_refused_is_unchecked_and_the_error_says_what_to_do() {
    let archive = SignedArchive::new(2);
    let bucket = Bucket::of(&archive, "");
    let unkeyed = Bucket { root: tempfile::tempdir().unwrap(), keys: Vec::new() };
    archive.put(unkeyed.root.path(), "logs", "");
    let (ended, _) = unkeyed.verify(&unkeyed.server(), "s3://logs", &[]);
    let rows = [
        "log,unchecked,digest-not-valid",
        "digest,unchecked,no-key",
        "log,unchecked,digest-not-valid",
        "digest,unchecked,no-key",
    ];
    let denied = "public keys of eu-west-1: cannot be listed: no permission (AccessDeniedException";
    check(
        &ended,
        5,
        &rows,
        &[denied, r#""Action":"cloudtrail:ListPublicKeys""#, "4 files could not be checked", "--public-keys FILE"],
    );
    // With keys that were brought along nobody is asked.
    let keys = archive.folder.path().join("keys.json");
    let (ended, asked) = unkeyed.verify(&unkeyed.server(), "s3://logs", &["--public-keys", keys.to_str().unwrap()]);
    check(&ended, 0, &[], &["2 of 2 digests and 2 of 2 log files"]);
    assert!(asked.asked().is_empty());

    let refuse = |operation: &'static str, part: &'static str| {
        Server::faulty(bucket.root.path(), Duration::ZERO, move |asked| {
            let is_it = asked.operation == operation && asked.key.contains(part);
            if is_it { Fault::Error(403, "AccessDenied", "no") } else { Fault::None }
        })
    };
    let (ended, _) = bucket.verify(&refuse("List", "CloudTrail-Digest"), "s3://logs", &[]);
    let rows = ["log,unchecked,no-digest"; 2];
    check(&ended, 5, &rows, &["CloudTrail-Digest/: cannot be listed: no permission", "s3:ListBucket"]);
    let (ended, _) = bucket.verify(&refuse("Get", "_CloudTrail_eu-west-1_20261102T0015Z"), "s3://logs", &[]);
    check(
        &ended,
        5,
        &["log,unchecked,unreadable"],
        &["cannot be fetched: no permission", "1 file could not be checked"],
    );
    let (ended, _) = bucket.verify(&refuse("Get", "20261102T020000Z"), "s3://logs", &[]);
    let rows = ["log,unchecked,not-yet-covered", "digest,unchecked,unreadable"];
    check(&ended, 5, &rows, &["cannot be fetched: no permission"]);
}

#[test]
fn what_is_exported_verifies_a_copy_offline() {
    let archive = SignedArchive::new(3);
    let bucket = Bucket::of(&archive, "");
    let (ended, _) = bucket.verify(&bucket.server(), "s3://logs", &["--export", "evidence"]);
    check(&ended, 0, &[], &["wrote 1 public key and 3 signatures into evidence"]);
    let folder = bucket.root.path();
    let args =
        ["verify", "logs", "--public-keys", "evidence/public-keys.json", "--signatures", "evidence/signatures.ndjson"];
    let offline = Run::new(&args).dir(folder).ended();
    assert_eq!(offline.code, Some(0), "{}", offline.stderr);
    assert!(offline.stderr.contains("3 of 3 digests and 3 of 3 log files"), "{}", offline.stderr);
    // Without the signatures, the newest digest is open.
    assert_eq!(Run::new(&args[..4]).dir(folder).ended().code, Some(5));
    let refused = Run::new(&["verify", "logs", "--export", "evidence"]).dir(folder).ended();
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("--export: only a bucket has public keys"), "{}", refused.stderr);
}

#[test]
fn the_doctor_tells_whether_validation_is_on_and_tries_what_verifying_takes_only_when_asked() {
    let archive = SignedArchive::new(1);
    let bucket = Bucket::of(&archive, "");
    let doctor = |keys: &[Key], more: &[&str]| {
        let (server, keys) = (bucket.server(), KeyServer::start(keys.to_vec()));
        let ended = aws(&server, &keys, &[&["doctor", "s3://logs"], more].concat(), bucket.root.path());
        (ended, keys.asked().len())
    };
    let (old, asked) = doctor(&[], &[]);
    let line = "there are some, but none of the last hours: validation or the trail was switched off";
    assert!(old.stdout.contains(line), "{}", old.stdout);
    assert!(!old.stdout.contains("ListPublicKeys"), "{}", old.stdout);
    assert_eq!(asked, 0);
    // Its name alone tells that a digest is recent.
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let now = Timestamp::from_seconds(i64::try_from(since_epoch.as_secs()).unwrap() - 600).unwrap();
    let (stamp, day) = (now.to_string().replace(['-', ':'], ""), now.day().to_string().replace('-', "/"));
    let name = format!("111122223333_CloudTrail-Digest_eu-west-1_audit_eu-west-1_{stamp}.json.gz");
    let digests = bucket.root.path().join("logs/AWSLogs/111122223333/CloudTrail-Digest");
    let folder = digests.join("eu-west-1").join(day);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(name), "x").unwrap();
    let (well, _) = doctor(&bucket.keys, &["--verify"]);
    assert_eq!(well.code, Some(0), "{}{}", well.stdout, well.stderr);
    let statement = r#""Action": "cloudtrail:ListPublicKeys""#;
    for line in ["validation is on: the newest digest is of", "ok      cloudtrail:ListPublicKeys", statement] {
        assert!(well.stdout.contains(line), "{line}: {}", well.stdout);
    }
    let (denied, asked) = doctor(&[], &["--verify"]);
    assert_eq!((denied.code, asked), (Some(4), 1), "{}", denied.stderr);
    assert!(denied.stdout.contains("DENIED  cloudtrail:ListPublicKeys"), "{}", denied.stdout);
    assert!(denied.stderr.contains(r#""Action":"cloudtrail:ListPublicKeys""#), "{}", denied.stderr);
    fs::remove_dir_all(digests).unwrap();
    assert!(doctor(&[], &[]).0.stdout.contains("there are none: validation is off for the trail"));
}
