//! A store answers as a scan of the same log files does, however it was filled: at once or by and by, in whatever order the
//! log files came, for sums or for each call.

use std::fs;

use serde_json::Value;

use crate::cases::seeds;
use crate::choices::Choices;
use crate::events::{Folder, records};
use crate::few::{assumed, begins, call, log_name, of_child};
use crate::others::others;
use crate::support::{Ended, Run};
use crate::world::World;

pub(crate) const WINDOWS: [&[&str]; 4] = [
    &[],
    &["--from", "2026-11-02T11:00:00Z", "--to", "2026-11-02T19:15:00Z"],
    &["--from", "2026-11-02T23:05:00Z", "--to", "2026-11-03T03:05:00Z"],
    &["--from", "2026-11-03T03:10:00Z", "--to", "2026-11-30T00:00:00Z"],
];

pub(crate) const SUMS: [&[&str]; 6] = [
    &["activity"],
    &["activity", "--writes", "--org", "acme"],
    &["activity", "--by", "workspace,service,event_name,outcome,source_ip"],
    &["activity", "--by", "log_file,access_key_id"],
    &["policy"],
    &["policy", "--by", "run", "--include-denied"],
];

pub(crate) const EACH: [&[&str]; 6] = [
    &["activity", "--calls"],
    &["activity", "--calls", "--denied"],
    &["activity", "--by", "event_id"],
    FINDINGS,
    &["findings", "--activity", "--workspace", "made", "--rule", "!first-seen-*"],
    &["report", "--activity"],
];

/// A store remembers what was before a window, and so knows what is new in it.
pub(crate) const FINDINGS: &[&str] = &["findings", "--activity", "--rule", "!first-seen-*"];

/// Asks sources a question. A report is always of some window.
pub(crate) fn asked(question: &[&str], window: &[&str], sources: &[String]) -> Ended {
    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    let window = if question[0] == "report" && window.is_empty() { WINDOWS[3] } else { window };
    Run::new(&[question, &sources[..], window, &["-o", "json"]].concat()).ended()
}

/// What does not depend on where it was read.
fn said(ended: &Ended, seed: u64) -> Value {
    if ended.stdout.is_empty() {
        return Value::Null;
    }
    let mut said: Value =
        serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("seed {seed}: {}", ended.stderr));
    let coverage = said["coverage"].as_object_mut().unwrap();
    coverage.retain(|name, _| {
        ["calls", "records", "kept", "failed", "malformed", "conflicts", "gaps"].contains(&name.as_str())
    });
    said["code"] = ended.code.into();
    said
}

/// A store looks at the calls that lead to a run alone, and counts these.
fn without_count_of_calls(mut said: Value) -> Value {
    if let Some(coverage) = said["coverage"].as_object_mut() {
        coverage.remove("calls");
    }
    said
}

pub(crate) fn agree(question: &[&str], window: &[&str], logs: &[String], store: &str, seed: u64) -> Value {
    let mut scanned = said(&asked(question, window, logs), seed);
    let mut stored = said(&asked(question, window, &[format!("store:{store}")]), seed);
    if question[0] == "show" {
        [scanned, stored] = [scanned, stored].map(without_count_of_calls);
    }
    assert_eq!(stored, scanned, "seed {seed}: {question:?} {window:?} of {store}");
    scanned
}

fn done(args: &[&str]) -> Ended {
    let ended = Run::new(args).ended();
    assert_eq!(ended.code, Some(0), "{args:?}: {}", ended.stderr);
    ended
}

fn check_store(store: &str) {
    let checked = done(&["store", "check", "--store", store]);
    assert!(!checked.stderr.contains("wrong"), "{}", checked.stderr);
}

/// Syncs log files in some order, a part at a time.
fn sync_by_and_by(
    folder: &Folder,
    files: &[(String, Vec<u8>)],
    roots: &[String],
    choices: &mut Choices,
) -> [String; 2] {
    let stores = [("sums.db", "--activity"), ("each.db", "--activity=calls")];
    let mut left: Vec<&(String, Vec<u8>)> = files.iter().collect();
    (1..left.len()).for_each(|at| left.swap(at, choices.below(at + 1)));
    let step = left.len() / (1 + choices.below(4)) + 1;
    for part in left.chunks(step) {
        for (name, bytes) in part {
            folder.write(name, bytes);
        }
        for (store, activity) in stores {
            for root in roots.iter().filter(|root| fs::exists(root).unwrap()) {
                done(&["sync", root, "--store", &folder.arg(store), activity]);
            }
        }
    }
    // What one source tells of another one is read when that one is synced.
    for (store, activity) in stores {
        let roots: Vec<&str> = roots.iter().map(String::as_str).collect();
        done(&[&["sync", "--store", &folder.arg(store), activity], &roots[..]].concat());
    }
    stores.map(|(store, _)| folder.arg(store))
}

/// The log files below one root, or some of them below another, and some below both.
fn below(files: Vec<(String, Vec<u8>)>, two: bool, choices: &mut Choices) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for (name, bytes) in files {
        let places: &[&str] = match choices.below(8) {
            0 if two => &["one", "two"],
            1..4 if two => &["two"],
            _ => &["one"],
        };
        all.extend(places.iter().map(|root| (format!("{root}/{name}"), bytes.clone())));
    }
    all
}

#[test]
fn a_store_answers_as_a_scan_does() {
    for seed in seeds(40, 2) {
        let mut choices = Choices(seed);
        let world = World::new(seed);
        let two = choices.one_in(2);
        let shuffled = choices.one_in(2).then_some(seed);
        let others = others(&mut choices);
        let files = below([world.files(shuffled), others].concat(), two, &mut choices);
        let folder = Folder::new();
        let roots: Vec<String> =
            ["one", "two"][..if two { 2 } else { 1 }].iter().map(|root| folder.arg(root)).collect();
        let [sums, each] = sync_by_and_by(&folder, &files, &roots, &mut choices);
        check_store(&sums);
        check_store(&each);
        for window in [&[][..], WINDOWS[1 + choices.below(3)]] {
            for question in SUMS {
                let found = agree(question, window, &roots, &sums, seed);
                let is_all = question.len() == 1 && window.is_empty();
                assert!(!is_all || found["rows"].as_array().unwrap().len() > 20, "seed {seed}: {question:?}");
                agree(question, window, &roots, &each, seed);
            }
            for question in EACH {
                agree(question, window, &roots, &each, seed);
                let refused = asked(question, window, &[format!("store:{sums}")]);
                assert_eq!((refused.code, &*refused.stdout), (Some(1), ""), "{}", refused.stderr);
                assert!(refused.stderr.contains("--activity=calls"), "{}", refused.stderr);
            }
        }
        check_findings(&roots, &each, seed);
        let runs = agree(&["activity", "--by", "run_id,access_key_id,event_id"], &[], &roots, &each, seed);
        for row in runs["rows"].as_array().unwrap().iter().step_by(97) {
            for what in ["run_id", "access_key_id", "event_id"].into_iter().filter_map(|name| row[name].as_str()) {
                agree(&["show", what], WINDOWS[choices.below(4)], &roots, &each, seed);
            }
        }
    }
}

/// What others did is found, and a report of a window finds just what `findings` does.
fn check_findings(logs: &[String], store: &str, seed: u64) {
    const OF_CALLS: [&str; 2] = ["changed-outside", "persistence"];
    const SHOWN: [&str; 7] =
        ["severity", "account_id", "organization", "workspace", "first_seen", "last_seen", "count"];
    let of_calls = |rows: &Value, rule: &str| -> Vec<Value> {
        let is_of_calls = |row: &&Value| OF_CALLS.iter().any(|id| row[rule] == **id);
        let shown = |row: &Value| SHOWN.iter().map(|name| row[*name].clone()).chain([row[rule].clone()]).collect();
        rows.as_array().unwrap().iter().filter(is_of_calls).map(shown).collect()
    };
    let whole = agree(FINDINGS, &[], logs, store, seed);
    let text = whole["rows"].to_string();
    for told in ["by=arn:aws:iam::111122223333:user/anna", "resource=arn:aws:s3:::own", "key_used=AKIAIOSFODNN7EXAMPLE"]
    {
        assert!(text.contains(told), "seed {seed}: {told}: {text}");
    }
    let mut compared = 0;
    for window in &WINDOWS[1..] {
        let found = agree(FINDINGS, window, logs, store, seed);
        let report = agree(&["report", "--activity"], window, logs, store, seed);
        let (told, found) = (of_calls(&report["findings"], "rule"), of_calls(&found["rows"], "rule_id"));
        assert_eq!(told, found, "seed {seed}: {window:?}");
        compared += found.len();
    }
    assert!(compared > 0, "seed {seed}");
}

/// A chain in two accounts: the call of the child lies in a log file that was synced before anything told whose it is.
fn chain(folder: &Folder) -> [String; 2] {
    let start = "2026-11-02T08:00:00Z";
    let child = of_child(call("e", "2026-11-02T08:05:00Z", "web", start), "2026-11-02T08:04:00Z");
    let parent = [assumed("1", start, "web"), begins(call("d", "2026-11-02T08:04:00Z", "web", start)).to_string()];
    let name = |account: &str| format!("logs/{}", log_name(account, "2026-11-02", "0810"));
    let [early, late] = [name("222233334444"), name("111122223333")];
    folder.write(&early, records(&[child.to_string()]));
    done(&["sync", &folder.arg("logs"), "--store", &folder.arg("s.db"), "--activity=calls"]);
    folder.write(&late, records(&parent));
    [early, late]
}

fn event_ids(folder: &Folder) -> (Ended, Vec<String>) {
    let store = format!("store:{}", folder.arg("s.db"));
    let ended = Run::new(&["activity", "--calls", &store, "-o", "csv", "--no-header", "--columns", "event_id"]).ended();
    let ids = ended.stdout.lines().map(str::to_owned).collect();
    (ended, ids)
}

#[test]
fn what_is_known_later_is_read_then() {
    let folder = Folder::new();
    chain(&folder);
    assert_eq!(event_ids(&folder).1, [""; 0]);
    let synced = Run::new(&["sync", &folder.arg("logs"), "--store", &folder.arg("s.db")]).ended();
    assert!(synced.stderr.contains("1 log file was read a second time"), "{}", synced.stderr);
    assert_eq!(event_ids(&folder).1, ["d", "e"]);
    let again = done(&["sync", &folder.arg("logs"), "--store", &folder.arg("s.db")]);
    assert!(!again.stderr.contains("a second time"), "{}", again.stderr);
    check_store(&folder.arg("s.db"));
}

#[test]
fn what_cannot_be_read_again_is_named_until_it_can() {
    let folder = Folder::new();
    let [early, _] = chain(&folder);
    let bytes = fs::read(folder.path(&early)).unwrap();
    fs::remove_file(folder.path(&early)).unwrap();
    done(&["sync", &folder.arg("logs"), "--store", &folder.arg("s.db")]);
    let (ended, ids) = event_ids(&folder);
    assert_eq!((ended.code, ids), (Some(5), vec!["d".to_owned()]));
    assert!(ended.stderr.contains("had to be read a second time, but"), "{}", ended.stderr);
    let info = Run::new(&["store", "info", "--store", &folder.arg("s.db")]).ended();
    assert!(info.stderr.contains("1 log file with more calls of runs was not read a second time"), "{}", info.stderr);
    folder.write(&early, bytes);
    done(&["sync", &folder.arg("logs"), "--store", &folder.arg("s.db")]);
    let (ended, ids) = event_ids(&folder);
    assert_eq!((ended.code, ids), (Some(0), vec!["d".to_owned(), "e".to_owned()]), "{}", ended.stderr);
}

#[test]
fn what_is_salvaged_of_a_damaged_log_file_is_salvaged_when_it_is_read_again_too() {
    let folder = Folder::new();
    let start = "2026-11-02T08:00:00Z";
    let child = of_child(call("e", "2026-11-02T08:05:00Z", "web", start), "2026-11-02T08:04:00Z");
    let parent = [assumed("1", start, "web"), begins(call("d", "2026-11-02T08:04:00Z", "web", start)).to_string()];
    let damaged = records(&[child.to_string()]).replace("]}", r#",{"eventVersion":"#);
    let name = |account: &str| format!("logs/{}", log_name(account, "2026-11-02", "0810"));
    folder.write_old(&name("222233334444"), damaged);
    folder.write_old(&name("111122223333"), records(&parent));
    let (logs, store) = (folder.arg("logs"), folder.arg("s.db"));
    let synced = Run::new(&["sync", &logs, "--store", &store, "--activity=calls", "--salvage"]).ended();
    assert_eq!(synced.code, Some(5), "{}", synced.stderr);
    let scanned = Run::new(&["activity", "--calls", &logs, "-o", "csv", "--salvage"]).ended();
    let stored = Run::new(&["activity", "--calls", &format!("store:{store}"), "-o", "csv"]).ended();
    assert_eq!((scanned.code, scanned.stdout.lines().count()), (Some(5), 3), "{}", scanned.stderr);
    assert_eq!((stored.code, &stored.stdout), (Some(5), &scanned.stdout), "{}", stored.stderr);
    assert!(!stored.stderr.contains("a second time"), "{}", stored.stderr);
    check_store(&store);
}

#[test]
fn a_call_that_cannot_be_read_is_malformed_to_questions_about_calls_alone() {
    let start = "2026-11-02T08:00:00Z";
    let call = |id: &str, time: &str| call(id, time, "web", start).to_string();
    let whole = call("d", "2026-11-02T08:05:00Z");
    // In its time, near its beginning where a colon is missing, and far behind it.
    let broken = [
        call("d", "yesterday"),
        whole.replacen('{', "{\"x\" 1,", 1),
        whole.replace('}', ",\"\\u0041\" 1}"),
        format!("{},\"x\":tru}}", &whole[..whole.len() - 1]),
    ];
    for bad in broken {
        let folder = Folder::new();
        let text = records(&[assumed("1", start, "web"), call("c", "2026-11-02T08:04:00Z"), bad.clone()]);
        folder.write_old(&format!("logs/{}", log_name("111122223333", "2026-11-02", "0810")), text);
        check_unread_call(&folder, &bad);
    }
}

/// Stores and extracts of one log file with a call that cannot be read say what a scan of it says.
fn check_unread_call(folder: &Folder, bad: &str) {
    let logs = [folder.arg("logs")];
    let extract = folder.arg("calls.ndjson");
    let extracted = Run::new(&["extract", &logs[0], "--activity", "--out", &extract]).ended();
    assert_eq!(extracted.code, Some(5), "{bad}: {}", extracted.stderr);
    for (store, activity) in [("sums.db", "--activity"), ("each.db", "--activity=calls")] {
        let store = folder.arg(store);
        let synced = Run::new(&["sync", &logs[0], "--store", &store, activity]).ended();
        assert_eq!(synced.code, Some(5), "{bad}: {}", synced.stderr);
        check_store(&store);
        for window in &[&[][..], &["--from", "2026-11-02", "--to", "2026-11-03"]] {
            for (question, malformed) in
                [("runs", 0), ("events", 0), ("summary", 0), ("coverage", 0), ("activity", 1), ("policy", 1)]
            {
                let said = agree(&[question], window, &logs, &store, 0);
                assert_eq!(said["coverage"]["records"]["malformed"], malformed, "{question} {window:?} {bad}");
                let code = if malformed == 0 { 0 } else { 5 };
                assert_eq!(said["code"], code, "{question} {window:?} {bad}");
                let of_extract = Run::new(&[&[question, &extract], *window].concat()).ended();
                assert_eq!(of_extract.code, Some(code), "{question} {window:?} {bad}: {}", of_extract.stderr);
            }
        }
        for (table, code) in [("events", 0), ("activity", 5)] {
            let sql = format!("SELECT count(*) FROM {table}");
            for source in [&logs[0], &extract, &format!("store:{store}")] {
                let ended = Run::new(&["query", &sql, source]).ended();
                assert_eq!(ended.code, Some(code), "{table} {source} {bad}: {}", ended.stderr);
            }
        }
    }
    agree(&["show", "run-web"], &[], &logs, &folder.arg("each.db"), 0);
    let window = ["--date", "2026-11-02"];
    for source in [&logs[0], &extract, &format!("store:{}", folder.arg("each.db"))] {
        for (flag, code) in [(&["--activity"][..], 5), (&[], 0)] {
            let report = [&["report", source, "-o", "json"], &window[..], flag].concat();
            let ended = Run::new(&report).ended();
            assert_eq!(ended.code, Some(code), "{source} {flag:?} {bad}: {}", ended.stderr);
        }
    }
}

#[test]
fn a_store_without_calls_gets_them_and_keeps_on_getting_them() {
    let world = World::new(60);
    let folder = Folder::new();
    let mut files = world.files(None);
    let last = files.split_off(files.len() / 2);
    let write = |files: &[(String, Vec<u8>)]| {
        for (name, bytes) in files {
            folder.write_old(&format!("logs/{name}"), bytes);
        }
    };
    let (logs, store) = ([folder.arg("logs")], folder.arg("s.db"));
    let sync = |more: &[&str]| done(&[&["sync", &logs[0], "--store", &store], more].concat());
    write(&files);
    sync(&[]);
    assert_eq!(asked(&["activity"], &[], &[format!("store:{store}")]).code, Some(1));
    sync(&["--activity"]);
    agree(&["activity"], &[], &logs, &store, 60);
    assert_eq!(asked(&["activity", "--calls"], &[], &[format!("store:{store}")]).code, Some(1));
    sync(&["--activity=calls"]);
    agree(&["activity", "--calls"], &[], &logs, &store, 60);
    write(&last);
    // As much as there is already.
    sync(&[]);
    agree(&["activity", "--calls"], &[], &logs, &store, 60);
    sync(&["--activity=none"]);
    agree(&["policy"], &[], &logs, &store, 60);
    folder.write_old("logs/more.json", records(&[assumed("1", "2026-11-02T08:00:00Z", "web")]));
    sync(&["--activity=none"]);
    let partly = asked(&["activity"], &[], &[format!("store:{store}")]);
    assert_eq!(partly.code, Some(5), "{}", partly.stderr);
    assert!(partly.stderr.contains("1 log files of"), "{}", partly.stderr);
    sync(&["--activity=calls"]);
    agree(&["activity", "--calls"], &[], &logs, &store, 60);
    check_store(&store);
}

#[test]
fn after_a_prune_what_is_left_is_what_a_scan_says_of_it() {
    let world = World::new(61);
    let folder = Folder::new();
    for (name, bytes) in world.files(None) {
        folder.write(&format!("logs/{name}"), bytes);
    }
    let (logs, store) = ([folder.arg("logs")], folder.arg("s.db"));
    done(&["sync", &logs[0], "--store", &store, "--activity=calls"]);
    let pruned = done(&["store", "prune", "--store", &store, "--before", "2026-11-02T09:00:00Z"]);
    assert!(pruned.stderr.contains("calls of runs before"), "{}", pruned.stderr);
    check_store(&store);
    let behind = ["--from", "2026-11-02T22:00:00Z"];
    let rows = |source: &str| {
        let ended = Run::new(&["activity", "--calls", source, "-o", "csv", behind[0], behind[1]]).ended();
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        ended.stdout
    };
    assert_eq!(rows(&format!("store:{store}")), rows(&logs[0]));
    let whole = asked(&["activity"], &[], &[format!("store:{store}")]);
    assert_eq!(whole.code, Some(5), "{}", whole.stderr);
    assert!(whole.stderr.contains("2026-11-02T09:00:00Z were pruned"), "{}", whole.stderr);
    done(&["store", "remove", &logs[0], "--store", &store]);
    check_store(&store);
}

#[test]
fn sql_and_exports_have_the_rows_of_activity() {
    let world = World::new(62);
    let folder = Folder::new();
    for (name, bytes) in world.files(None) {
        folder.write(&format!("logs/{name}"), bytes);
    }
    let (logs, store) = (folder.arg("logs"), folder.arg("s.db"));
    done(&["sync", &logs, "--store", &store, "--activity"]);
    let rows = done(&["activity", &logs, "-o", "csv"]).stdout;
    let sql = "SELECT * FROM activity";
    assert_eq!(done(&["query", sql, "--store", &store, "-o", "csv"]).stdout, rows);
    assert_eq!(done(&["query", sql, &logs, "-o", "csv"]).stdout, rows);
    let out = folder.arg("lake");
    let exported = done(&["store", "export", "--store", &store, "--out", &out, "--format", "csv"]);
    assert!(exported.stderr.contains(" activity written to"), "{}", exported.stderr);
    let mut sorted: Vec<&str> = rows.lines().collect();
    let written = fs::read_to_string(folder.path("lake/activity.csv")).unwrap();
    let mut lines: Vec<&str> = written.lines().collect();
    sorted.sort_unstable();
    lines.sort_unstable();
    assert_eq!(lines, sorted);
    done(&["store", "export", "--store", &store, "--out", &folder.arg("parquet")]);
    let plain = folder.arg("plain.db");
    done(&["sync", &logs, "--store", &plain]);
    let refused = Run::new(&["query", sql, "--store", &plain]).ended();
    assert_eq!((refused.code, &*refused.stdout), (Some(1), ""), "{}", refused.stderr);
    assert!(refused.stderr.contains("keeps no calls of runs"), "{}", refused.stderr);
}
