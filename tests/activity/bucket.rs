//! A bucket gives what the local copy of it gives, and only what may hold more calls of runs is fetched twice.

use std::collections::BTreeSet;
use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::buckets::aws;
use crate::choices::Choices;
use crate::events::{Folder, records};
use crate::few::{assumed, begins, call, log_name, of_child};
use crate::others::others;
use crate::s3::{Fault, Server};
use crate::spelling::gzip;
use crate::stored::{FINDINGS, asked};
use crate::support::Run;
use crate::world::World;
use crate::{check_rows, report, rows};

const WINDOW: [&str; 4] = ["--from", "2026-11-01", "--to", "2026-11-20"];

fn calls(source: &str) -> Vec<&str> {
    [&["activity", source, "--calls", "-o", "json"], &WINDOW[..]].concat()
}

#[test]
fn a_bucket_gives_what_the_local_copy_gives() {
    let world = World::new(7);
    let folder = Folder::new();
    for (name, bytes) in world.files(None) {
        folder.write(&format!("buckets/logs/{name}"), bytes);
    }
    let local = report(&Run::new(&calls(&folder.arg("buckets/logs"))).ended());
    let server = Server::start(&folder.path("buckets"));
    let found = report(&aws(&server, &calls("s3://logs")).ended());
    check_rows(&world, &found, 7);
    assert_eq!(rows(&found), rows(&local));
    let of = |report: &Value| ["calls", "records", "kept", "bytes"].map(|part| report["coverage"][part].clone());
    assert_eq!(of(&found), of(&local));
    // In the middle of a session that began on the day before.
    let window = ["--from", "2026-11-03T00:20:00Z", "--to", "2026-11-03T05:00:00Z"];
    let narrow = |source| [&["activity", source, "--calls", "-o", "json"], &window[..]].concat();
    let path = folder.arg("buckets/logs");
    let (local, found) =
        (report(&Run::new(&narrow(&path)).ended()), report(&aws(&server, &narrow("s3://logs")).ended()));
    assert!(rows(&local).len() > 10, "{}", rows(&local).len());
    assert_eq!(rows(&found), rows(&local));
    assert_eq!(of(&found)[..3], of(&local)[..3]);
}

#[test]
fn a_store_of_a_bucket_answers_as_a_scan_of_its_copy() {
    let (folder, mut choices) = (Folder::new(), Choices(44));
    let mut files = [World::new(44).files(None), others(&mut choices)].concat();
    (1..files.len()).for_each(|at| files.swap(at, choices.below(at + 1)));
    fs::create_dir_all(folder.path("buckets/logs")).unwrap();
    let (server, store) = (Server::start(&folder.path("buckets")), folder.arg("s.db"));
    // What is told later, of calls and of what others wrote, is fetched again.
    let mut again = 0;
    for part in files.chunks(files.len() / 3 + 1) {
        for (name, bytes) in part {
            folder.write(&format!("buckets/logs/{name}"), bytes);
        }
        let sync = ["sync", "s3://logs", "--store", &store, "--activity=calls", "--refresh"];
        let ended = aws(&server, &[&sync, &WINDOW[..]].concat()).ended();
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        again += ended.stderr.matches("log files were read once more").count();
    }
    assert!(again > 1, "{again}");
    let (logs, store) = ([folder.arg("buckets/logs")], [format!("store:{store}")]);
    let report = &["report", "--activity"] as &[&str];
    for question in [&["activity", "--calls"] as &[&str], &["activity"], &["policy"], FINDINGS, report] {
        for window in [&WINDOW[..], &["--from", "2026-11-02T11:00:00Z", "--to", "2026-11-02T19:15:00Z"]] {
            let of = |sources: &[String]| -> (Option<i32>, Vec<Value>) {
                let ended = asked(question, window, sources);
                let said: Value = serde_json::from_str(&ended.stdout).unwrap();
                (ended.code, ["rows", "findings", "runs", "figures"].map(|part| said[part].clone()).into())
            };
            assert_eq!(of(&store), of(&logs), "{question:?} {window:?}");
        }
    }
}

#[test]
fn a_chain_may_lead_from_one_source_to_another() {
    let world = World::new(8);
    let (one, two) = (Folder::new(), Folder::new());
    for (at, (name, bytes)) in world.files(None).into_iter().enumerate() {
        one.write(&format!("logs/{name}"), &bytes);
        two.write(&format!("{}/logs/{name}", ["buckets", "local"][at % 2]), &bytes);
    }
    let local = report(&Run::new(&calls(&one.arg("logs"))).ended());
    let server = Server::start(&two.path("buckets"));
    let path = two.arg("local/logs");
    let found = report(&aws(&server, &[&calls("s3://logs")[..], &[path.as_str()]].concat()).ended());
    check_rows(&world, &found, 8);
    assert_eq!(rows(&found).len(), rows(&local).len());
    assert_eq!(found["coverage"]["calls"], local["coverage"]["calls"]);
}

#[test]
fn what_cannot_be_fetched_again_is_named() {
    let start = "2026-11-02T08:00:00Z";
    let child = of_child(call("c", "2026-11-02T08:20:00Z", "web", start), "2026-11-02T08:10:00Z").to_string();
    let begin = begins(call("b", "2026-11-02T08:10:00Z", "web", start)).to_string();
    let (first, second) = ("000011112222", "111122223333");
    for fault in [Fault::Error(403, "AccessDenied", "Access Denied"), Fault::Truncated, Fault::Flipped] {
        let folder = Folder::new();
        let name = format!("{}.gz", log_name(first, "2026-11-02", "0905"));
        let text = records(&[child.clone(), begin.replace("\"b\"", "\"a\"")]);
        folder.write(&format!("buckets/logs/{name}"), gzip(&text));
        let home = records(&[assumed("1", start, "web"), begin.clone()]);
        folder.write(&format!("buckets/logs/{}", log_name(second, "2026-11-02", "0905")), home);
        let server = Server::faulty(&folder.path("buckets"), Duration::ZERO, move |asked| {
            if asked.operation == "Get" && asked.before > 0 { fault } else { Fault::None }
        });
        let ended = aws(&server, &calls("s3://logs")).ended();
        let found: Value = serde_json::from_str(&ended.stdout).unwrap();
        let told = format!("{name} had to be read a second time for calls of runs, but ");
        assert!(ended.stderr.contains(&told), "{fault:?}: {}", ended.stderr);
        assert_eq!((ended.code, rows(&found).len()), (Some(5), 2), "{fault:?}: {}", ended.stderr);
        let coverage = &found["coverage"];
        assert_eq!(coverage["records"], json!({"total": 4, "kept": 1, "other": 3, "malformed": 0}), "{fault:?}");
    }
}

/// The accounts whose log files were fetched twice.
fn fetched_again(texts: &[(&str, Vec<String>)]) -> (BTreeSet<String>, usize) {
    let folder = Folder::new();
    for (account, texts) in texts {
        folder.write(&format!("buckets/logs/{}", log_name(account, "2026-11-02", "0905")), records(texts));
    }
    let again = Arc::new(Mutex::new(BTreeSet::new()));
    let seen = Arc::clone(&again);
    let server = Server::faulty(&folder.path("buckets"), Duration::ZERO, move |asked| {
        if asked.operation == "Get" && asked.before > 0 {
            let account = asked.key.split('/').nth(1).unwrap().to_owned();
            assert!(seen.lock().unwrap().insert(account), "{asked:?}");
        }
        Fault::None
    });
    let found = report(&aws(&server, &calls("s3://logs")).ended());
    let accounts = again.lock().unwrap().clone();
    (accounts, rows(&found).len())
}

#[test]
fn only_what_may_hold_more_calls_of_runs_is_read_twice() {
    let start = "2026-11-02T08:00:00Z";
    let child = |id: &str| of_child(call(id, "2026-11-02T08:20:00Z", "web", start), "2026-11-02T08:10:00Z").to_string();
    let somebody = |id: &str| child(id).replace("AROACHILD:next", "AROAOTHER:ada");
    let run = |id: &str| call(id, "2026-11-02T08:10:00Z", "web", start);
    let home = vec![assumed("1", start, "web"), run("a").to_string(), somebody("x")];
    let chain = [home.clone(), vec![begins(run("b")).to_string()]].concat();
    let check = |texts: &[(&str, Vec<String>)], expected: &[&str], calls: usize| {
        let (again, rows) = fetched_again(texts);
        assert_eq!((again.iter().map(String::as_str).collect::<Vec<_>>(), rows), (expected.to_vec(), calls));
    };
    let (first, second, third) = ("000011112222", "111122223333", "222233334444");
    // All calls tell by themselves whose they are.
    check(&[(first, vec![somebody("y")]), (second, home.clone()), (third, vec![run("c").to_string()])], &[], 2);
    // A role that a run assumed called, as far as the assumption is there.
    check(&[(first, vec![child("y")]), (second, chain.clone()), (third, vec![somebody("z")])], &[first], 3);
    check(&[(first, vec![child("y")]), (second, home), (third, vec![child("z")])], &[], 1);
    check(&[(first, vec![somebody("y")]), (second, chain), (third, vec![child("z"), somebody("v")])], &[third], 3);
}
