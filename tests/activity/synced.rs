//! A store that is filled from extracts with calls answers as one that is filled from their log files, byte for byte, however the
//! extracts came; and what extracts lack is read in the archive, or named.

use std::fs;

use serde_json::Value;

use crate::cases::seeds;
use crate::choices::Choices;
use crate::events::{Folder, fixture, records};
use crate::extracted::{Both, chain, ids, keys};
use crate::few::{assumed, begins, call, of_child};
use crate::others::others;
use crate::stored::{EACH, SUMS, WINDOWS, agree};
use crate::support::{Ended, Run};
use crate::world::World;

const STORES: [(&str, &str); 2] = [("sums.db", "--activity"), ("each.db", "--activity=calls")];

/// Fills both stores of a place, and checks them. The rows of extracts for the second one find no room in memory.
fn sync(both: &Both, place: &str, flags: &[&str], code: i32) {
    for ((store, activity), memory) in STORES.into_iter().zip(["1GiB", "1"]) {
        let asked = ["sync", "logs", "--store", store, activity, "--memory", memory];
        let ended = both.run(place, &[&asked[..], flags].concat());
        assert_eq!(ended.code, Some(code), "{place} {store}: {}", ended.stderr);
        let checked = both.run(place, &["store", "check", "--store", store]);
        assert_eq!(checked.code, Some(0), "{place} {store}: {}", checked.stderr);
    }
}

/// What the stores of both places answer, which is the same.
fn same(both: &Both, store: &str, question: &[&str], window: &[&str], seed: u64) -> Ended {
    let source = format!("store:{store}");
    let asked = [question, &[&source], window, &["-o", "json"]].concat();
    let [direct, folded] = ["direct", "extracts"].map(|place| both.run(place, &asked));
    let differs = folded.stdout.lines().zip(direct.stdout.lines()).find(|(one, other)| one != other);
    assert_eq!(differs, None, "seed {seed}: {asked:?} {}", folded.stderr);
    assert_eq!(
        (folded.code, &folded.stdout),
        (direct.code, &direct.stdout),
        "seed {seed}: {asked:?} {}",
        folded.stderr
    );
    direct
}

fn check_answers(both: &Both, choices: &mut Choices, seed: u64) {
    let roots = [both.0.arg("direct/logs")];
    let [sums, each] = STORES.map(|(store, _)| both.0.arg(&format!("extracts/{store}")));
    for window in [&[][..], WINDOWS[1 + choices.below(3)]] {
        let report = question_window(window);
        for question in SUMS {
            same(both, "sums.db", question, window, seed);
            same(both, "each.db", question, window, seed);
            agree(question, window, &roots, &sums, seed);
        }
        for question in EACH {
            let window = if question[0] == "report" { report } else { window };
            let answer = same(both, "each.db", question, window, seed);
            assert!(answer.stdout.len() > 100, "seed {seed}: {question:?} {}", answer.stderr);
            agree(question, window, &roots, &each, seed);
        }
    }
    for store in ["sums.db", "each.db"] {
        let sql = "SELECT * FROM activity";
        let [direct, folded] = ["direct", "extracts"].map(|place| both.run(place, &["query", sql, "--store", store]));
        assert_eq!((folded.code, folded.stdout), (direct.code, direct.stdout), "seed {seed}: {}", folded.stderr);
    }
    let calls = same(both, "each.db", &["activity", "--calls"], &[], seed);
    let all: Value = serde_json::from_str(&calls.stdout).unwrap();
    let row = &all["rows"][choices.below(all["rows"].as_array().unwrap().len())];
    for id in ["run_id", "event_id", "access_key_id"].iter().filter_map(|name| row[*name].as_str()) {
        same(both, "each.db", &["show", id], &[], seed);
    }
}

/// A report is always of some window.
fn question_window<'a>(window: &'a [&'a str]) -> &'a [&'a str] {
    if window.is_empty() { WINDOWS[3] } else { window }
}

#[test]
fn a_store_of_extracts_answers_as_one_of_log_files_does() {
    for seed in seeds(110, 1) {
        let mut choices = Choices(seed);
        let files = [World::new(seed).files(choices.one_in(2).then_some(seed)), others(&mut choices)].concat();
        let both = Both::of(&files);
        both.spread(&keys(&files), &mut choices);
        sync(&both, "direct", &[], 0);
        sync(&both, "extracts", &["--logs", "../direct/logs"], 0);
        check_answers(&both, &mut choices, seed);
        // Everything is there.
        sync(&both, "extracts", &[], 0);
    }
}

#[test]
fn rows_that_find_no_room_at_all_are_an_error() {
    let both = Both::of(&World::new(1).files(None));
    both.extract_all(&[]);
    let logs = both.0.arg("extracts/logs");
    let asked = ["sync", &logs, "--store", &both.0.arg("s.db"), "--memory", "1"];
    let ended = Run::new(&asked).env("TMPDIR", &both.0.arg("nowhere")).ended();
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("temporary file"), "{}", ended.stderr);
    let again = Run::new(&asked).ended();
    assert_eq!(again.code, Some(0), "{}", again.stderr);
}

/// What cannot be read of a log file is told by a store of extracts as by one of log files.
#[test]
fn a_store_of_extracts_of_every_shape_of_file_answers_as_one_of_log_files_does() {
    for (top, code) in [("demo", 0), ("shapes", 5), ("hostile", 5)] {
        let both = Both::of(&[]);
        fs::create_dir_all(both.0.path("direct")).unwrap();
        std::os::unix::fs::symlink(fixture(top), both.0.path("direct/logs")).unwrap();
        both.extract_all(&[]);
        sync(&both, "direct", &[], code);
        sync(&both, "extracts", &["--logs", "../direct/logs"], code);
        for window in [&[][..], &["--from", "2026-10-01", "--to", "2026-12-01"]] {
            for question in SUMS {
                same(&both, "sums.db", question, window, 0);
            }
            for question in &EACH[..5] {
                same(&both, "each.db", question, window, 0);
            }
            for question in [&["runs"][..], &["events"], &["coverage"]] {
                same(&both, "each.db", question, window, 0);
            }
        }
    }
}

/// Extracts come by and by, and some log files are extracted again.
#[test]
fn a_store_takes_extracts_as_they_come() {
    for seed in seeds(120, 1) {
        let mut choices = Choices(seed);
        let mut files = World::new(seed).files(None);
        (1..files.len()).for_each(|at| files.swap(at, choices.below(at + 1)));
        let both = Both::of(&files);
        let step = files.len() / (2 + choices.below(3)) + 1;
        for (number, part) in files.chunks(step).enumerate() {
            let mut keys = keys(part);
            keys.extend((0..3).map(|_| format!("logs/{}", files[choices.below(number * step + part.len())].0)));
            let lines = both.extract(&keys, &[]).join("\n");
            both.0.write(&format!("extracts/logs/part-{number}.ndjson"), lines);
            // What is not read now is read by a later sync.
            let logs = ["--logs", "../direct/logs"];
            let has_logs = choices.one_in(2);
            for (store, activity) in STORES {
                let flags = if has_logs { &logs[..] } else { &[] };
                let synced = both.run("extracts", &[&["sync", "logs", "--store", store, activity], flags].concat());
                assert!(synced.code == Some(0) || (!has_logs && synced.code == Some(5)), "{}", synced.stderr);
            }
        }
        sync(&both, "direct", &[], 0);
        sync(&both, "extracts", &["--logs", "../direct/logs"], 0);
        check_answers(&both, &mut choices, seed);
    }
}

fn calls_of(both: &Both) -> Ended {
    both.run("extracts", &["activity", "--calls", "store:each.db", "-o", "json"])
}

#[test]
fn what_a_store_of_extracts_lacks_is_named_until_it_is_read() {
    let files = chain();
    let both = Both::of(&files);
    both.extract_all(&[]);
    let child = &*files[1].0;
    let check = |flags: &[&str], code: i32, expected: &[&str], said: &str| {
        let sync = ["sync", "logs", "--store", "each.db", "--activity=calls"];
        let synced = both.run("extracts", &[&sync[..], flags].concat());
        assert_eq!(synced.code, Some(code), "{flags:?}: {}", synced.stderr);
        let line = format!("{child} had to be read a second time for calls of runs, but {said}");
        assert_eq!(synced.stderr.contains(&line), code == 5, "{line}: {}", synced.stderr);
        let answer = calls_of(&both);
        let expected: Vec<String> = expected.iter().map(|it| (*it).to_owned()).collect();
        assert_eq!((answer.code, ids(&answer.stdout)), (Some(code), expected), "{flags:?}: {}", answer.stderr);
        let line = format!("{child} holds more calls of runs, and had to be read a second time, but {said}");
        assert_eq!(answer.stdout.contains(&line), code == 5, "{line}: {}", answer.stdout);
        // Questions about role assumptions alone are answered in full.
        assert_eq!(both.run("extracts", &["runs", "store:each.db"]).code, Some(0));
    };
    let logs = ["--logs", "../direct/logs"];
    check(&[], 5, &["e-2"], "no --logs names the archive that its extract is of");
    check(&["--logs", "../extracts"], 5, &["e-2"], "it is not where --logs says");
    let path = both.0.path(&format!("direct/logs/{child}"));
    let before = fs::read(&path).unwrap();
    fs::write(&path, records(&[assumed("e-9", "2026-11-02T05:00:00Z", "web")])).unwrap();
    check(&logs, 5, &["e-2"], "it has changed since it was extracted");
    let altered = String::from_utf8(before.clone()).unwrap().replace("CreateBucket", "DeleteBucket");
    fs::write(&path, altered).unwrap();
    check(&logs, 5, &["e-2"], "it has changed since it was extracted");
    fs::write(&path, &before).unwrap();
    check(&logs, 0, &["e-2", "e-3"], "");
    // What was read stays, and is not read again.
    check(&[], 0, &["e-2", "e-3"], "");
    // A newer state of the log file comes in a later extract: all of it is to be read once more.
    let later = of_child(call("e-4", "2026-11-02T05:03:00Z", "web", "2026-11-02T05:01:00Z"), "2026-11-02T05:01:00Z");
    fs::write(&path, records(&[later.to_string()])).unwrap();
    both.0.write("extracts/logs/later.ndjson", both.extract(&keys(&files[1..]), &[]).join("\n"));
    check(&[], 5, &["e-2"], "no --logs names the archive that its extract is of");
    check(&logs, 0, &["e-2", "e-4"], "");
    // Extracts may go, and so may the log files.
    fs::remove_dir_all(both.0.path("direct/logs")).unwrap();
    check(&[], 0, &["e-2", "e-4"], "");
}

/// A chain of three log files: what the second one hands on is told only when it is read in the archive.
#[test]
fn a_log_file_is_read_in_the_archive_as_often_as_more_is_known() {
    let start = "2026-11-02T05:00:00Z";
    let mut files = chain();
    // The same log file has calls of the child and of its child, and the archive is told before the assumption is.
    let child = of_child(call("e-3", "2026-11-02T05:02:00Z", "web", "2026-11-02T05:01:00Z"), "2026-11-02T05:01:00Z");
    let mut next = begins(child.clone());
    next["eventID"] = "e-5".into();
    next["responseElements"]["credentials"]["accessKeyId"] = "ASIANEXT".into();
    next["responseElements"]["assumedRoleUser"]["assumedRoleId"] = "AROANEXT:last".into();
    let mut last = of_child(call("e-6", "2026-11-02T05:04:00Z", "web", start), "2026-11-02T05:02:00Z");
    last["userIdentity"]["principalId"] = "AROANEXT:last".into();
    last["userIdentity"]["accessKeyId"] = "ASIANEXT".into();
    let (child, next, last) = (child.to_string(), next.to_string(), last.to_string());
    files[1].1 = records(&[child, last]).into_bytes();
    let name = files[1].0.replace("0505", "0510");
    files.push((name, records(&[next]).into_bytes()));
    let both = Both::of(&files);
    for part in [&files[..2], &files[2..]] {
        let number = part.len();
        both.0.write(&format!("extracts/logs/{number}.ndjson"), both.extract(&keys(part), &[]).join("\n"));
        for (store, activity) in STORES {
            let sync = ["sync", "logs", "--store", store, activity, "--logs", "../direct/logs"];
            assert_eq!(both.run("extracts", &sync).code, Some(0));
        }
    }
    assert_eq!(ids(&calls_of(&both).stdout), ["e-2", "e-3", "e-5", "e-6"]);
    sync(&both, "direct", &[], 0);
    same(&both, "each.db", &["activity", "--calls"], &[], 0);
    same(&both, "sums.db", &["activity"], &[], 0);
}

#[test]
fn extracts_for_more_issuers_fill_a_store_for_fewer() {
    for seed in seeds(130, 1) {
        let files = World::new(seed).files(None);
        let both = Both::of(&files);
        both.extract_all(&["--all-issuers"]);
        for flags in [&[][..], &["--tfe-host", "tfe.example.com"]] {
            sync(&both, "direct", flags, 0);
            sync(&both, "extracts", &[flags, &["--logs", "../direct/logs"]].concat(), 0);
            for question in &SUMS {
                same(&both, "sums.db", question, flags, seed);
            }
            for question in &EACH[..5] {
                same(&both, "each.db", question, flags, seed);
            }
        }
    }
}

#[test]
fn a_report_syncs_extracts_with_their_archive() {
    let files = World::new(140).files(None);
    let both = Both::of(&files);
    both.extract_all(&[]);
    let report = ["report", "logs", "--sync", "--activity", "--from", "2026-11-01", "--to", "2026-11-20", "-o", "json"];
    let direct = both.run("direct", &[&report[..], &["--store", "s.db"]].concat());
    let folded = both.run("extracts", &[&report[..], &["--store", "s.db", "--logs", "../direct/logs"]].concat());
    assert_eq!((folded.code, folded.stdout), (direct.code, direct.stdout), "{}", folded.stderr);
    assert_eq!(direct.code, Some(0), "{}", direct.stderr);
    let without = both.run("extracts", &[&report[..], &["--store", "other.db"]].concat());
    assert_eq!(without.code, Some(5), "{}", without.stderr);
    assert!(without.stderr.contains("no --logs names the archive"), "{}", without.stderr);
}

#[cfg(feature = "aws")]
#[test]
fn extracts_in_a_bucket_fill_a_store() {
    use crate::buckets::aws;
    use crate::s3::Server;

    let files = World::new(93).files(None);
    let folder = Folder::new();
    for (name, bytes) in &files {
        folder.write(&format!("buckets/logs/{name}"), bytes);
    }
    let server = Server::start(&folder.path("buckets"));
    fs::create_dir_all(folder.path("buckets/extracts/rows")).unwrap();
    let out = folder.arg("buckets/extracts/rows/all.ndjson");
    let window = ["--from", "2026-11-01", "--to", "2026-11-20"];
    let extract = [&["extract", "s3://logs", "--activity", "--out", &out], &window[..]].concat();
    assert_eq!(aws(&server, &extract).ended().code, Some(0));
    let store = |name: &str| folder.arg(name);
    let sync = |sources: &[&str], name: &str, code: i32| {
        let store = store(name);
        let args = [&["sync"], sources, &["--store", &store, "--activity=calls"], &window].concat();
        let ended = aws(&server, &args).ended();
        assert_eq!(ended.code, Some(code), "{}", ended.stderr);
    };
    sync(&["s3://logs"], "direct.db", 0);
    sync(&["s3://extracts/rows/"], "folded.db", 5);
    for logs in ["s3://logs", &folder.arg("buckets/logs")] {
        sync(&["s3://extracts/rows/", "--logs", logs], "folded.db", 0);
        for question in [&["activity", "--calls"] as &[&str], &["policy"], &["findings", "--activity"]] {
            let [direct, of_rows] = ["direct.db", "folded.db"].map(|name| {
                let source = format!("store:{}", store(name));
                let ended = aws(&server, &[question, &[&source], &window, &["-o", "csv"]].concat()).ended();
                assert_eq!(ended.code, Some(0), "{}", ended.stderr);
                ended.stdout
            });
            assert!(direct.lines().count() > 3, "{question:?}");
            assert_eq!(of_rows, direct, "{question:?}");
        }
        fs::remove_file(folder.path("folded.db")).unwrap();
    }
}
