//! The store that is filled from a bucket: nothing is listed or fetched without need, and nothing is missed.

#![cfg(feature = "aws")]
#![expect(clippy::unwrap_used, reason = "a test that cannot run the program has failed")]

#[path = "support/buckets.rs"]
#[expect(dead_code, reason = "shared with tests that need more")]
mod buckets;
#[path = "support/events.rs"]
#[expect(dead_code, reason = "shared with tests that need more")]
mod events;
#[path = "sync_bucket/extracts.rs"]
mod extracts;
#[path = "sync_bucket/prefixes.rs"]
mod prefixes;
#[path = "support/s3.rs"]
#[expect(dead_code, reason = "shared with tests that need more")]
mod s3;
#[path = "support/stored.rs"]
mod stored;
#[expect(dead_code, reason = "shared with tests that need more")]
mod support;

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, SystemTime};

use buckets::aws;
use events::{Folder, event, records};
use s3::{Asked, Fault, Server};
use stored::{Counts, counts, tables};
use support::Ended;
use tfctrail::domain::timestamp::{Day, Timestamp};

const REGION: &str = "AWSLogs/111122223333/CloudTrail/eu-west-1/";

fn today() -> Day {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Timestamp::from_seconds(i64::try_from(since_epoch.as_secs()).unwrap()).unwrap().day()
}

/// `YYYY/MM/DD/` of the day so many days ago.
fn date(days_ago: i64) -> String {
    today().plus(-days_ago).to_string().replace('-', "/") + "/"
}

/// The key of a log file of that day; `id` ends its name.
fn key(region: &str, days_ago: i64, id: &str) -> String {
    let (date, day) = (date(days_ago), today().plus(-days_ago).to_string().replace('-', ""));
    let name = region.rsplit('/').nth(1).unwrap();
    format!("{region}{date}111122223333_CloudTrail_{name}_{day}T1000Z_{id:A>16}.json")
}

fn put(folder: &Folder, key: &str, id: &str, days_ago: i64) {
    let time = format!("{}T09:59:00Z", today().plus(-days_ago));
    folder.write(&format!("buckets/logs/{key}"), records(&[event(id, &time, &format!("ws{id}"))]));
}

/// A bucket with a log file on each of the last so many days.
fn bucket(days: i64) -> Folder {
    let folder = Folder::new();
    for days_ago in 0..days {
        put(&folder, &key(REGION, days_ago, "M"), &format!("m{days_ago}"), days_ago);
    }
    folder
}

fn serve(folder: &Folder, rule: impl Fn(&Asked) -> Fault + Send + Sync + 'static) -> Server {
    Server::faulty(&folder.path("buckets"), Duration::ZERO, rule)
}

fn run(folder: &Folder, server: &Server, more: &[&str]) -> Ended {
    let store = folder.arg("store.db");
    let mut args = vec!["sync", "s3://logs", "--store", &store, "-o", "json"];
    args.extend(more);
    aws(server, &args).ended()
}

/// A sync that ends well: what it did, and the server that it asked.
fn synced(folder: &Folder, more: &[&str]) -> (Counts, Server) {
    let server = serve(folder, |_| Fault::None);
    let ended = run(folder, &server, more);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    (counts(&ended.stdout), server)
}

/// The folders of days, and of the months that tell which places there were before, that were listed.
fn dated_listed(server: &Server) -> BTreeSet<String> {
    server.keys("List").into_iter().filter(|prefix| prefix.matches('/').count() > 4).collect()
}

/// The day folders that were listed, by how many days ago they are.
fn days_listed(server: &Server) -> BTreeSet<String> {
    dated_listed(server).into_iter().filter(|prefix| prefix.matches('/').count() > 6).collect()
}

fn days(range: std::ops::RangeInclusive<i64>) -> BTreeSet<String> {
    range.map(|days_ago| format!("{REGION}{}", date(days_ago))).collect()
}

fn ids(folder: &Folder) -> BTreeSet<String> {
    stored::column(&folder.path("store.db"), "SELECT event_id FROM events").into_iter().collect()
}

#[test]
fn an_unchanged_bucket_costs_the_lists_of_the_last_days() {
    let folder = bucket(10);
    let (counts, server) = synced(&folder, &["--from", &today().plus(-9).to_string()]);
    assert_eq!(counts, Counts { new: 10, events: 10, ..Counts::default() });
    assert_eq!((server.count("Get"), days_listed(&server)), (10, days(0..=9)));
    // Days that could still change when they were listed last are listed once more.
    let less = &["--look-back", "0"];
    for (more, listed) in [(&[][..], 3), (&["--look-back", "5"], 5), (less, 3), (less, 0)] {
        let (counts, server) = synced(&folder, more);
        assert_eq!(counts, Counts { unchanged: listed + 1, ..Counts::default() });
        assert_eq!(server.count("Get"), 0);
        assert_eq!(days_listed(&server), days(0..=i64::try_from(listed).unwrap()));
        // Above them, only folders: they tell which accounts and regions there are.
        assert_eq!(server.count("List"), dated_listed(&server).len() + 3, "{:?}", server.keys("List"));
    }
    let before = tables(&folder.path("store.db"));
    let (counts, server) = synced(&folder, &["--refresh"]);
    assert_eq!(counts, Counts { unchanged: 10, ..Counts::default() });
    assert_eq!((server.count("Get"), days_listed(&server)), (0, days(0..=9)));
    assert_eq!(tables(&folder.path("store.db")), before);
}

#[test]
fn the_first_week_is_said() {
    let folder = bucket(10);
    let server = serve(&folder, |_| Fault::None);
    let ended = run(&folder, &server, &[]);
    assert_eq!(counts(&ended.stdout), Counts { new: 8, events: 8, ..Counts::default() });
    assert!(ended.stderr.contains("the last 7 days at first; --from reaches further back"), "{}", ended.stderr);
    let ended = run(&folder, &server, &[]);
    assert!(!ended.stderr.contains("--from"), "{}", ended.stderr);
    // What lies before is a matter of one flag.
    let (counts, server) = synced(&folder, &["--from", &today().plus(-9).to_string()]);
    assert_eq!(counts, Counts { new: 2, unchanged: 4, events: 2, ..Counts::default() });
    assert_eq!(days_listed(&server), &days(0..=3) | &days(8..=9));
    assert_eq!(synced(&folder, &[]).0, Counts { unchanged: 4, ..Counts::default() });
}

#[test]
fn late_log_files_are_found() {
    let folder = bucket(10);
    synced(&folder, &["--from", &today().plus(-9).to_string()]);
    // Their names sort before and behind what was read of the same minute.
    put(&folder, &key(REGION, 2, "B"), "before", 2);
    put(&folder, &key(REGION, 3, "Z"), "behind", 3);
    put(&folder, &key(REGION, 6, "B"), "too-late", 6);
    let (counts, _) = synced(&folder, &[]);
    assert_eq!(counts, Counts { new: 2, unchanged: 4, events: 2, ..Counts::default() });
    assert!(ids(&folder).contains("before") && ids(&folder).contains("behind") && !ids(&folder).contains("too-late"));
    assert_eq!(synced(&folder, &["--refresh"]).0, Counts { new: 1, unchanged: 12, events: 1, ..Counts::default() });
    assert!(ids(&folder).contains("too-late"));
}

#[test]
fn a_new_region_is_read_from_the_start() {
    let folder = bucket(10);
    synced(&folder, &["--from", &today().plus(-9).to_string()]);
    let region = REGION.replace("eu-west-1", "us-east-1");
    put(&folder, &key(&region, 9, "M"), "elsewhere", 9);
    assert_eq!(synced(&folder, &[]).0, Counts { new: 1, unchanged: 4, events: 1, ..Counts::default() });
    assert!(ids(&folder).contains("elsewhere"));
}

#[test]
fn replaced_and_vanished_objects() {
    let folder = bucket(3);
    synced(&folder, &[]);
    put(&folder, &key(REGION, 1, "M"), "replaced", 1);
    fs::remove_file(folder.path(&format!("buckets/logs/{}", key(REGION, 2, "M")))).unwrap();
    let (counts, server) = synced(&folder, &[]);
    assert_eq!(counts, Counts { changed: 1, unchanged: 1, events: 1, ..Counts::default() });
    assert_eq!(server.keys("Get"), [key(REGION, 1, "M")]);
    assert_eq!(ids(&folder), ["m0", "m2", "replaced"].map(str::to_owned).into());
}

#[test]
fn a_forbidden_object_is_tried_again_however_old_it_is() {
    let folder = bucket(10);
    let forbidden = key(REGION, 8, "M");
    let is_forbidden = {
        let forbidden = forbidden.clone();
        move |asked: &Asked| match asked.operation {
            "Get" | "Head" if asked.key == forbidden => Fault::Error(403, "AccessDenied", "Access Denied"),
            _ => Fault::None,
        }
    };
    let from = today().plus(-9).to_string();
    for more in [&["--from", &*from][..], &[]] {
        let server = serve(&folder, is_forbidden.clone());
        let ended = run(&folder, &server, more);
        assert_eq!(ended.code, Some(5), "{}", ended.stderr);
        assert!(ended.stderr.contains(&format!("{forbidden}: cannot be fetched")), "{}", ended.stderr);
        assert_eq!(counts(&ended.stdout).failed, 1);
    }
    let (counts, server) = synced(&folder, &[]);
    assert_eq!(counts, Counts { changed: 1, unchanged: 4, events: 1, ..Counts::default() });
    assert_eq!((server.keys("Get"), days_listed(&server)), (vec![forbidden], days(0..=3)));
    assert_eq!(ids(&folder).len(), 10);
    assert_eq!(synced(&folder, &[]).1.count("Head"), 0);
}

#[test]
fn an_object_that_failed_and_vanished_is_named_once() {
    let folder = bucket(10);
    let broken = key(REGION, 8, "M");
    folder.write(&format!("buckets/logs/{broken}"), "{\"Records\":[");
    let server = serve(&folder, |_| Fault::None);
    let ended = run(&folder, &server, &["--from", &today().plus(-9).to_string()]);
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    fs::remove_file(folder.path(&format!("buckets/logs/{broken}"))).unwrap();
    assert_eq!(synced(&folder, &[]).0, Counts { unchanged: 4, gone: 1, ..Counts::default() });
    assert_eq!(synced(&folder, &[]).0, Counts { unchanged: 4, ..Counts::default() });
}

#[test]
fn a_day_that_was_not_listed_to_its_end_is_listed_again() {
    let folder = bucket(10);
    let day = format!("{REGION}{}", date(6));
    let refused = {
        let day = day.clone();
        move |asked: &Asked| match asked.operation {
            "List" if asked.key == day => Fault::Error(403, "AccessDenied", "Access Denied"),
            _ => Fault::None,
        }
    };
    let server = serve(&folder, refused);
    let ended = run(&folder, &server, &["--from", &today().plus(-9).to_string()]);
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    assert!(ended.stderr.contains(&format!("{day}: cannot be listed")), "{}", ended.stderr);
    let (counts, server) = synced(&folder, &[]);
    assert_eq!(counts, Counts { new: 1, unchanged: 4, events: 1, ..Counts::default() });
    assert_eq!(days_listed(&server), &days(0..=3) | &days(6..=6));
    assert_eq!(days_listed(&synced(&folder, &[]).1), days(0..=3));
}

#[test]
fn a_bucket_that_was_never_reached_leaves_nothing() {
    let folder = bucket(2);
    synced(&folder, &[]);
    let server = serve(&folder, |_| Fault::None);
    let store = folder.arg("store.db");
    let ended = aws(&server, &["sync", "s3://no-such-bucket", "--store", &store]).ended();
    assert_ne!(ended.code, Some(0));
    let labels =
        stored::column(&folder.path("store.db"), "SELECT label FROM sources UNION ALL SELECT label FROM parts");
    assert_eq!(labels, ["s3://logs", "s3://logs"]);
    assert_eq!(support::Run::new(&["runs", "--store", &store]).ended().code, Some(0));
}

#[test]
fn an_object_that_went_to_the_cold_keeps_its_events() {
    let folder = bucket(3);
    synced(&folder, &[]);
    let cold = key(REGION, 1, "M");
    // As if the store had been filled before more was kept of each log file.
    let connection = rusqlite::Connection::open(folder.path("store.db")).unwrap();
    connection.execute_batch("UPDATE scopes SET alikes = 0").unwrap();
    drop(connection);
    let server = serve(&folder, {
        let cold = cold.clone();
        move |asked| match asked.operation {
            "Get" if asked.key == cold => Fault::Error(403, "InvalidObjectState", "archived"),
            _ => Fault::None,
        }
    });
    let ended = run(&folder, &server, &["--refresh"]);
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    assert_eq!(ids(&folder).len(), 3);
    let runs = support::Run::new(&["runs", "-o", "json", "--store", &folder.arg("store.db")]).ended();
    assert_eq!(runs.code, Some(5), "{}", runs.stderr);
    assert!(runs.stderr.contains(&format!("{cold}: could not be read again")), "{}", runs.stderr);
    assert!(runs.stderr.contains("InvalidObjectState"), "{}", runs.stderr);
    // It is back, and is asked for though its day is settled.
    let (counts, server) = synced(&folder, &["--look-back", "0"]);
    assert_eq!((counts.changed, counts.failed), (1, 0));
    assert!(server.keys("Get").contains(&cold));
    assert_eq!(support::Run::new(&["runs", "--store", &folder.arg("store.db")]).ended().code, Some(0));
}

#[test]
fn a_report_syncs_from_the_first_day_that_it_asks_about() {
    let folder = bucket(12);
    let (store, server) = (folder.arg("store.db"), serve(&folder, |_| Fault::None));
    let report = |ago: i64| -> serde_json::Value {
        let date = today().plus(-ago).to_string();
        let args = ["report", "s3://logs", "--sync", "--store", &store, "--date", &date, "-o", "json"];
        let ended = aws(&server, &args).ended();
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        serde_json::from_str(&ended.stdout).unwrap()
    };
    for ago in [3, 9] {
        assert_eq!(report(ago)["coverage"]["kept"]["reported"], 1, "{ago}");
    }
    // Of what lies before, nobody knows.
    let before = [today().plus(-11), today().plus(-10)].map(|day| day.to_string());
    let ended = support::Run::new(&["runs", "--store", &store, "--from", &before[0], "--to", &before[1]]).ended();
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    assert!(ended.stderr.contains(&format!("no sync looked at {} to {}", before[0], before[1])), "{}", ended.stderr);
}

#[test]
fn a_first_sync_that_is_killed_leaves_its_days_in_doubt() {
    let folder = bucket(6);
    let store = folder.arg("store.db");
    let slow = |asked: &Asked| match asked.operation {
        "Get" if asked.key > key(REGION, 3, "M") => Fault::Error(503, "SlowDown", "Please reduce your request rate."),
        _ => Fault::None,
    };
    let server = serve(&folder, slow);
    let from = today().plus(-5).to_string();
    let mut child = aws(&server, &["sync", "s3://logs", "--store", &store, "--from", &from, "-v"]).spawn();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap()));
    assert!(lines.any(|line| line.unwrap().contains(" in the store")));
    let doubt = |window: &[&str]| {
        let ended = support::Run::new(&[&["runs", "--store", &store], window].concat()).ended();
        assert_eq!(ended.code == Some(5), ended.stderr.contains("was not read to its end"), "{}", ended.stderr);
        ended.code
    };
    // While it runs, and after it has ended.
    assert_eq!(doubt(&[]), Some(5));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(doubt(&[]), Some(5));
    assert_eq!(doubt(&["--from", &from]), Some(5));
    let before = today().plus(-20).to_string();
    let end = today().plus(-10).to_string();
    let ended = support::Run::new(&["runs", "--store", &store, "--from", &before, "--to", &end]).ended();
    assert!(!ended.stderr.contains("was not read to its end"), "{}", ended.stderr);
    // One that begins later settles its own days alone.
    synced(&folder, &["--from", &today().plus(-1).to_string()]);
    assert_eq!(doubt(&["--from", &from]), Some(5));
    synced(&folder, &["--from", &from]);
    assert_eq!(doubt(&["--from", &from]), Some(0));
}

#[test]
fn a_later_sync_puts_only_the_days_that_it_lists_in_doubt() {
    let folder = bucket(12);
    let from = today().plus(-11).to_string();
    synced(&folder, &["--from", &from]);
    let slow = |asked: &Asked| match asked.operation {
        "Get" => Fault::Error(503, "SlowDown", "Please reduce your request rate."),
        _ => Fault::None,
    };
    put(&folder, &key(REGION, 0, "Z"), "new", 0);
    let server = serve(&folder, slow);
    let store = folder.arg("store.db");
    let code = |from: i64, to: i64| {
        let (from, to) = (today().plus(-from).to_string(), today().plus(-to).to_string());
        support::Run::new(&["runs", "--store", &store, "--from", &from, "--to", &to]).ended().code
    };
    assert_eq!(code(2, 0), Some(0));
    let mut child = aws(&server, &["sync", "s3://logs", "--store", &store, "--look-back", "3"]).spawn();
    // An object can be asked for before the store knows of the sync.
    while code(2, 0) != Some(5) {
        assert!(child.try_wait().unwrap().is_none(), "the sync has ended, and its days are in no doubt");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(code(11, 6), Some(0), "those days were settled long ago");
    assert_eq!(code(2, 0), Some(5));
    synced(&folder, &[]);
    assert_eq!(code(2, 0), Some(0));
}

#[test]
fn a_dry_run_tells_what_is_new_and_leaves_the_store() {
    let folder = bucket(5);
    let server = serve(&folder, |_| Fault::None);
    let ended = run(&folder, &server, &["--dry-run"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("5 objects of"), "{}", ended.stderr);
    assert!(!folder.path("store.db").exists());
    synced(&folder, &[]);
    put(&folder, &key(REGION, 2, "B"), "late", 2);
    let before = tables(&folder.path("store.db"));
    let server = serve(&folder, |_| Fault::None);
    let ended = run(&folder, &server, &["--dry-run"]);
    assert!(ended.stderr.contains("1 object of"), "{}", ended.stderr);
    assert_eq!((server.count("Get"), tables(&folder.path("store.db"))), (0, before));
}

#[test]
fn killed_while_fetching_it_goes_on() {
    let folder = bucket(10);
    let from = today().plus(-9).to_string();
    synced(&folder, &["--from", &from]);
    let expected = tables(&folder.path("store.db"));
    for after in [1, 4, 9] {
        for end in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(folder.path(&format!("store.db{end}")));
        }
        // Objects that come late enough that the process is gone by then.
        let slow = move |asked: &Asked| match asked.operation {
            "Get" if asked.key > key(REGION, 9 - after, "M") => {
                Fault::Error(503, "SlowDown", "Please reduce your request rate.")
            }
            _ => Fault::None,
        };
        let server = serve(&folder, slow);
        let store = folder.arg("store.db");
        let mut child = aws(&server, &["sync", "s3://logs", "--store", &store, "--from", &from, "-v"]).spawn();
        let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap()));
        assert!(lines.any(|line| line.unwrap().contains(" in the store")));
        child.kill().unwrap();
        child.wait().unwrap();
        synced(&folder, &["--from", &from]);
        assert_eq!(tables(&folder.path("store.db")), expected);
    }
}

#[test]
fn days_that_no_sync_looked_at_are_missing_and_are_no_gaps() {
    let folder = bucket(9);
    let store = format!("store:{}", folder.arg("store.db"));
    let day = |days_ago: i64| today().plus(-days_ago).to_string();
    let ask = |command: &str, window: &[&str]| {
        let args = [&[command, &store, "-o", "csv"], window].concat();
        let ended = support::Run::new(&args).ended();
        let lines = ended.stderr.lines().filter(|line| line.starts_with("incomplete: "));
        let lines = lines.filter_map(|line| line.split_once(": no sync looked at "));
        let said = lines.map(|(_, days)| days.split_once(';').unwrap().0.to_owned()).collect::<Vec<_>>();
        (ended.code, said)
    };
    let check = |window: &[&str], expected: &[(i64, i64)]| {
        let lines: Vec<_> = expected.iter().map(|(first, last)| format!("{} to {}", day(*first), day(*last))).collect();
        let code = if lines.is_empty() { 0 } else { 5 };
        for command in ["events", "runs", "summary", "coverage", "findings"] {
            assert_eq!(ask(command, window), (Some(code), lines.clone()), "{command} {window:?}");
        }
    };
    synced(&folder, &["--from", &day(8), "--to", &day(5)]);
    check(&["--from", &day(8), "--to", &day(5)], &[]);
    // Log files of a window come in the day behind it, too.
    check(&["--from", &day(8), "--to", &day(4)], &[(4, 4)]);
    check(&["--from", &day(8), "--to", &day(4), "--late-days", "0"], &[]);
    check(&["--from", &day(8), "--to", &day(5), "--late-days", "3"], &[(4, 3)]);
    check(&["--from", &day(7), "--to", &day(2)], &[(4, 2)]);
    check(&["--from", &day(4), "--to", &day(2)], &[(4, 2)]);
    check(&[], &[(4, 0)]);
    synced(&folder, &["--from", &day(2)]);
    check(&["--from", &day(2)], &[]);
    check(&["--from", &day(8)], &[(4, 3)]);
    check(&[], &[(4, 3)]);
    // The folder above it was looked at.
    let server = serve(&folder, |_| Fault::None);
    let inner = format!("s3://logs/{REGION}");
    let args = ["sync", &inner, "--store", &folder.arg("store.db"), "--from", &day(2), "--to", &day(1)];
    assert_eq!(aws(&server, &args).ended().code, Some(0));
    check(&["--from", &day(2)], &[]);
    synced(&folder, &["--from", &day(8)]);
    check(&[], &[]);
}

#[test]
fn log_files_beside_day_folders_that_a_sync_passed_over_are_missing() {
    let folder = Folder::new();
    let flat = |days_ago: i64, id: &str| format!("copied/{}", key(REGION, days_ago, id).rsplit('/').next().unwrap());
    for days_ago in 0..9 {
        put(&folder, &flat(days_ago, "M"), &format!("m{days_ago}"), days_ago);
    }
    let (day, store) = (|days_ago: i64| today().plus(-days_ago).to_string(), folder.arg("store.db"));
    let code = |window: &[&str]| support::Run::new(&[&["events", "--store", &store], window].concat()).ended().code;
    let (early, between) = ([&*day(8), &day(7)].map(str::to_owned), [&*day(6), &day(5)].map(str::to_owned));
    let asked = |[from, to]: &[String; 2]| code(&["--from", from, "--to", to]);
    // The first days are none of the store: it begins behind them.
    synced(&folder, &["--from", &day(6)]);
    assert_eq!((asked(&early), asked(&between), code(&[])), (Some(5), Some(0), Some(0)));
    put(&folder, &flat(6, "L"), "late", 6);
    synced(&folder, &["--from", &day(2)]);
    assert_eq!((asked(&early), asked(&between), code(&[])), (Some(5), Some(5), Some(5)));
    synced(&folder, &[]);
    assert_eq!((asked(&early), asked(&between), code(&[])), (Some(5), Some(0), Some(0)));
    synced(&folder, &["--from", &day(8)]);
    assert_eq!((asked(&early), asked(&between), code(&[])), (Some(0), Some(0), Some(0)));
}
