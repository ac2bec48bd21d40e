//! Extracts of an archive give what a scan of its log files gives, byte for byte, however the archive was spread over workers,
//! and whatever became of these.

#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

#[path = "support/archives.rs"]
mod archives;
#[path = "support/cases.rs"]
mod cases;
#[path = "support/events.rs"]
#[expect(dead_code, reason = "shared with tests that need more")]
mod events;
#[path = "extract_fold/left.rs"]
mod left;
#[expect(dead_code, reason = "shared with tests that need more")]
mod support;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use archives::{Archive, Choices};
use events::{Folder, event, fixture, records};
use support::{Ended, Run};

/// A folder with log files in `direct/logs`, and extracts of them in `extracts/logs`: commands on `logs` in one of them are
/// byte for byte those in the other one.
struct Both(Folder);

impl Both {
    fn new() -> Self {
        let folder = Folder::new();
        std::fs::create_dir_all(folder.path("direct/logs")).unwrap();
        std::fs::create_dir_all(folder.path("extracts/logs")).unwrap();
        Self(folder)
    }

    fn run(&self, place: &str, args: &[&str]) -> Ended {
        Run::new(args).dir(&self.0.path(place)).ended()
    }

    fn logs(&self) -> PathBuf {
        self.0.path("direct/logs")
    }

    /// The lines that a worker writes for some log files.
    fn extract(&self, keys: &[String]) -> Vec<String> {
        let mut list = keys.join("\n");
        list.push('\n');
        let args = ["extract", "--keys-from", "-", "logs", "-q"];
        let ended = Run::new(&args).dir(&self.0.path("direct")).stdin(list.as_bytes()).ended();
        assert!(matches!(ended.code, Some(0 | 5)), "{}", ended.stderr);
        ended.stdout.lines().map(str::to_owned).collect()
    }

    /// Writes an extract, packed or not.
    fn write(&self, name: &str, text: &[u8], packed: bool) {
        if !packed {
            self.0.write(&format!("extracts/logs/{name}"), text);
            return;
        }
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        self.0.write(&format!("extracts/logs/{name}.gz"), encoder.finish().unwrap());
    }

    /// A command says the same of both, on both of its streams.
    fn check(&self, args: &[&str]) -> Ended {
        let (direct, folded) = (self.run("direct", args), self.run("extracts", args));
        let said = |ended: &Ended| (ended.code, ended.stdout.clone(), ended.stderr.clone());
        assert_eq!(said(&folded), said(&direct), "{args:?}");
        direct
    }

    /// All commands that read events say the same of both; `window` are flags for each.
    fn check_all(&self, window: &[&str]) {
        for command in [
            &["runs", "logs", "-o", "json"][..],
            &["events", "logs", "-o", "csv", "-v"],
            &["summary", "logs", "--by", "day,account_id,log_file", "-o", "json"],
            &["findings", "logs", "-o", "json"],
            &["coverage", "logs", "-o", "json", "--strict"],
            &["trust", "logs", "-o", "json"],
        ] {
            self.check(&[command, window].concat());
        }
    }

    /// Where nothing fits into memory, the answer is the same, of log files and of extracts.
    fn check_aside(&self, window: &[&str]) {
        for command in [
            &["runs", "logs", "-o", "json"][..],
            &["runs", "logs", "-o", "csv", "--whole-runs", "--outcome", "denied"],
            &["runs", "logs", "-o", "ndjson", "--limit", "3", "--columns", "workspace,assumptions,run_id"],
            &["runs", "logs", "--sort", "-denied", "-o", "json"],
            &["runs", "logs"],
            &["events", "logs", "-o", "csv", "-v"],
            &["events", "logs", "-o", "json", "--phase", "apply"],
            &["events", "logs", "-o", "json", "--whole-runs", "--phase", "apply", "--threads", "3"],
            &["events", "logs"],
            &["summary", "logs", "-o", "json"],
            &["summary", "logs", "--by", "day,account_id,log_file", "--whole-runs"],
            &["summary", "logs", "--by", "region", "--run-gap", "1m", "-o", "csv"],
        ] {
            for place in ["direct", "extracts"] {
                let args = [command, window].concat();
                let (whole, aside) =
                    (self.run(place, &args), self.run(place, &[&args[..], &["--memory", "1"]].concat()));
                // What is said to go on with repeats the flags.
                let said = |ended: Ended| (ended.code, ended.stdout, ended.stderr.replace(" --memory 1", ""));
                assert_eq!(said(aside), said(whole), "{place} {args:?}");
            }
        }
    }

    /// The stores of both give the same answers.
    fn check_stores(&self, window: &[&str]) {
        for place in ["direct", "extracts"] {
            let ended = self.run(place, &["sync", "logs", "--store", "s.db", "-q"]);
            assert!(matches!(ended.code, Some(0 | 5)), "{place}: {}", ended.stderr);
        }
        for command in [&["runs"][..], &["events"], &["summary", "--by", "day,region"], &["coverage"], &["findings"]] {
            let args = [command, &["--store", "s.db", "-o", "json"], window].concat();
            let (direct, folded) = (self.run("direct", &args), self.run("extracts", &args));
            assert_eq!((folded.code, without_sources(&folded)), (direct.code, without_sources(&direct)), "{args:?}");
        }
        // What is known already is not read again.
        let again = self.run("extracts", &["sync", "logs", "--store", "s.db", "-o", "json"]);
        let again: serde_json::Value = serde_json::from_str(&again.stdout).unwrap();
        assert_eq!((&again["rows"][0]["new"], &again["rows"][0]["gone"]), (&0.into(), &0.into()), "{again}");
    }
}

fn without_sources(ended: &Ended) -> serde_json::Value {
    let mut report: serde_json::Value =
        serde_json::from_str(&ended.stdout).unwrap_or_else(|_| ended.stderr.clone().into());
    if let Some(coverage) = report.get_mut("coverage") {
        coverage["sources"].take();
    }
    report
}

/// All files below a folder, as a list of keys names them.
fn keys(folder: &Path) -> Vec<String> {
    let files = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().map(Result::unwrap);
    let files = files.filter(|entry| entry.file_type().is_file());
    files.map(|entry| format!("logs/{}", entry.path().strip_prefix(folder).unwrap().to_str().unwrap())).collect()
}

/// Spreads the log files over workers, of which some are ended, run twice, and mix what they write.
fn spread(both: &Both, choices: &mut Choices) {
    let mut parts: Vec<Vec<String>> = vec![Vec::new(); 1 + choices.below(4)];
    for key in keys(&both.logs()) {
        let at = choices.below(parts.len());
        parts[at].push(key.clone());
        if choices.one_in(6) {
            let at = choices.below(parts.len());
            parts[at].push(key);
        }
    }
    let mut lines = Vec::new();
    for (number, part) in parts.iter().enumerate() {
        if choices.one_in(2) {
            // A worker that was ended in the middle of a line.
            let text = both.extract(part).join("\n");
            let end = choices.below(text.len() + 1);
            both.write(&format!("ended-{number}.ndjson"), &text.as_bytes()[..end], false);
        }
        lines.extend(both.extract(part));
    }
    let mut files: Vec<String> = vec![String::new(); 1 + choices.below(4)];
    while !lines.is_empty() {
        let line = lines.swap_remove(choices.below(lines.len()));
        let count = if choices.one_in(8) { 2 } else { 1 };
        for _ in 0..count {
            let at = choices.below(files.len());
            files[at].push_str(&line);
            files[at].push('\n');
        }
    }
    for (number, text) in files.iter().enumerate() {
        both.write(&format!("part-{number:05}"), text.as_bytes(), choices.one_in(2));
    }
    // What engines leave beside it.
    both.write("_SUCCESS", b"", false);
    both.write(".part-00000.crc", b"crc", false);
}

fn check_seed(seed: u64) {
    let mut choices = Choices(seed);
    let both = Both::new();
    Archive::chosen(&mut choices).write_below(&both.0, "direct/logs");
    let hosts = event("look-alike", "2026-11-01T05:00:00Z", "web").replace("app.terraform.io", "tfe.example.com");
    both.0.write("direct/logs/extra.json", records(&[hosts.clone(), hosts, event("e", "never", "web")]));
    spread(&both, &mut choices);
    // A cut-off extract is told on standard error, so that the streams differ there.
    let is_cut_off = both.0.names("extracts/logs").iter().any(|name| name.starts_with("ended-"));
    let list = both.0.write("work.txt", keys(&both.logs()).join("\n"));
    let list = list.to_str().unwrap();
    for window in [&[][..], &["--from", "2026-10-28", "--to", "2026-11-02"], &["--region", "us-east-1", "--strict"]] {
        let mut flags = window.to_vec();
        if is_cut_off {
            for command in ["runs", "events", "coverage", "findings"] {
                let is_filtered = command == "coverage" && window.contains(&"--region");
                let flags = if is_filtered { &["--strict"][..] } else { window };
                let args = [&[command, "logs", "-o", "json", "-q"], flags].concat();
                let (direct, folded) = (both.run("direct", &args), both.run("extracts", &args));
                assert_eq!((folded.code, &folded.stdout), (direct.code, &direct.stdout), "{seed} {args:?}");
                let listed = both.run("extracts", &[&args[..], &["--work-list", list]].concat());
                assert_eq!((listed.code, &listed.stdout), (direct.code, &direct.stdout), "{seed} {args:?}");
            }
        } else if window.contains(&"--region") {
            both.check(&[&["runs", "logs", "-o", "json"], &*flags].concat());
        } else {
            flags.extend(["--work-list", list]);
            both.check(&[&["events", "logs", "-o", "json"], window].concat());
            let listed = both.run("extracts", &[&["events", "logs", "-o", "json"], &*flags].concat());
            let direct = both.run("direct", &[&["events", "logs", "-o", "json"], window].concat());
            assert_eq!((listed.code, listed.stdout), (direct.code, direct.stdout), "{seed}");
            both.check_all(window);
        }
        both.check_aside(window);
    }
    both.check_aside(&["--work-list", list]);
    both.check_stores(&[]);
}

#[test]
fn extracts_give_what_their_log_files_give() {
    cases::seeds(0, 4).for_each(check_seed);
}

#[test]
fn extracts_of_every_shape_of_file_give_what_the_files_give() {
    for top in ["demo", "shapes", "hostile"] {
        let both = Both::new();
        let link = both.logs();
        std::fs::remove_dir(&link).unwrap();
        std::os::unix::fs::symlink(fixture(top), &link).unwrap();
        let ended = both.run("direct", &["extract", "logs", "--out", "../extracts/logs/all.ndjson.gz", "-q"]);
        assert!(matches!(ended.code, Some(0 | 5)), "{top}: {}", ended.stderr);
        both.check_all(&[]);
        both.check_all(&["--from", "2026-11-02", "--to", "2026-11-04"]);
        both.check_aside(&[]);
        both.check_stores(&[]);
        std::fs::remove_file(both.0.path("extracts/logs/all.ndjson.gz")).unwrap();
        let ended = both.run("direct", &["extract", "logs", "--out", "../extracts/logs/all.parquet", "-q"]);
        assert!(matches!(ended.code, Some(0 | 5)), "{top}: {}", ended.stderr);
        both.check_all(&[]);
        both.check_aside(&[]);
    }
}

#[test]
fn damaged_columns_are_a_failed_file() {
    let both = Both::new();
    Archive::chosen(&mut Choices(5)).write_below(&both.0, "direct/logs");
    both.run("direct", &["extract", "logs", "--out", "../whole.parquet", "-q"]);
    let whole = std::fs::read(both.0.path("whole.parquet")).unwrap();
    let mut choices = Choices(6);
    for round in 0..24 {
        let mut bytes = whole.clone();
        let at = choices.below(bytes.len());
        if round % 3 == 0 {
            bytes.truncate(at);
        } else {
            bytes[at] ^= 1 << choices.below(8);
        }
        both.write("all.parquet", &bytes, false);
        let ended = both.run("extracts", &["events", "logs", "-o", "json"]);
        // Some bytes mean nothing to a reader; nothing ends it.
        assert!(matches!(ended.code, Some(0 | 4 | 5)), "{round} {at}: {:?} {}", ended.code, ended.stderr);
        assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
    }
}

#[test]
fn a_report_on_extracts_is_the_report_on_their_log_files() {
    let both = Both::new();
    Archive::chosen(&mut Choices(7)).write_below(&both.0, "direct/logs");
    let lines = both.extract(&keys(&both.logs()));
    both.write("all.ndjson", lines.join("\n").as_bytes(), false);
    for place in ["direct", "extracts"] {
        let ended =
            both.run(place, &["report", "logs", "--from", "2026-11-01", "--to", "2026-11-03", "--out", "report"]);
        assert!(matches!(ended.code, Some(0 | 5)), "{place}: {}", ended.stderr);
    }
    let names = both.0.names("direct/report");
    assert_eq!(both.0.names("extracts/report"), names);
    for name in names {
        let read = |place: &str| std::fs::read(both.0.path(&format!("{place}/report/{name}"))).unwrap();
        if ["manifest.json", "report.xlsx"].contains(&&*name) {
            continue;
        }
        let strip = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        assert_eq!(strip(read("extracts")), strip(read("direct")), "{name}");
    }
}

/// One event in one log file, and rows of its extract.
struct One(Both, Vec<String>);

impl One {
    fn new() -> Self {
        let both = Both::new();
        both.0.write("direct/logs/a.json", records(&[event("e-1", "2026-11-02T05:00:00Z", "web")]));
        let lines = both.extract(&keys(&both.logs()));
        assert_eq!(lines.len(), 2);
        Self(both, lines)
    }

    /// What `events` finds in these lines: its code, how many events, and what failed.
    fn check(&self, lines: &[&str], flags: &[&str], expected: (i32, usize, &[&str])) {
        self.0.write("all.ndjson", lines.join("\n").as_bytes(), false);
        let ended = self.0.run("extracts", &[&["events", "logs", "-o", "json"], flags].concat());
        let report: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap_or_default();
        let failed = report["coverage"]["failed"].as_array().cloned().unwrap_or_default();
        let failed: Vec<String> = failed
            .iter()
            .map(|it| format!("{}: {}", it["file"].as_str().unwrap(), it["reason"].as_str().unwrap()))
            .collect();
        let count = report["rows"].as_array().map_or(0, Vec::len);
        let failed: Vec<&str> = failed.iter().map(String::as_str).collect();
        assert_eq!((ended.code.unwrap(), count, &failed[..]), expected, "{lines:?} {}", ended.stderr);
    }
}

#[test]
fn readings_count_once_and_only_with_their_tally() {
    let one = One::new();
    let (event, tally) = (&*one.1[0], &*one.1[1]);
    let attempt = serde_json::from_str::<serde_json::Value>(tally).unwrap()["attempt"].as_str().unwrap().to_owned();
    let of_other = |line: &str| line.replace(&attempt, "other");
    let (again, told_again) = (of_other(event), of_other(tally));
    one.check(&[event, tally], &[], (0, 1, &[]));
    one.check(&[tally, event], &[], (0, 1, &[]));
    one.check(&[event, event, tally, tally], &[], (0, 1, &[]));
    one.check(&[event, tally, &again, &told_again], &[], (0, 1, &[]));
    one.check(&[&again, event, tally], &[], (0, 1, &[]));
    one.check(&[event], &[], (5, 0, &["a.json: not extracted"]));
    one.check(&[&again, tally], &[], (5, 0, &["a.json: extracted in part: 0 of its 1 events are there"]));
    // The later state stands.
    let etag = serde_json::from_str::<serde_json::Value>(tally).unwrap()["etag"].as_str().unwrap().to_owned();
    let changed = |line: &str, modified: &str| {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        let before = value["last_modified"].as_str().map_or("\u{0}".to_owned(), str::to_owned);
        of_other(line).replace(&etag, "changed").replace(&before, modified).replace("e-1", "e-2")
    };
    let (new_event, new_tally) = (changed(event, ""), changed(tally, "2036-11-02T05:00:00Z"));
    one.check(&[event, tally, &new_event, &new_tally], &[], (0, 1, &[]));
    let same = serde_json::from_str::<serde_json::Value>(tally).unwrap()["last_modified"].as_str().unwrap().to_owned();
    let unclear = changed(tally, &same);
    one.check(&[event, tally, &new_event, &unclear], &[], (5, 0, &["a.json: changed while extracted"]));
}

/// The row as something else writes it that leaves out what is absent, and perhaps a column more.
fn rewritten(line: &str, without: &[&str]) -> String {
    let mut row: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).unwrap();
    row.retain(|name, value| !value.is_null() && !without.contains(&&**name));
    serde_json::Value::from(row).to_string()
}

#[test]
fn a_column_that_was_lost_is_told_and_one_without_values_is_not_missed() {
    let one = One::new();
    let (event, tally) = (&*one.1[0], &*one.1[1]);
    one.check(&[&rewritten(event, &[]), &rewritten(tally, &[])], &[], (0, 1, &[]));
    let direct = one.0.run("direct", &["events", "logs", "-o", "csv"]);
    assert_eq!(one.0.run("extracts", &["events", "logs", "-o", "csv"]).stdout, direct.stdout);
    let names = |line: &str| {
        let row: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).unwrap();
        row.into_iter().filter(|(_, value)| !value.is_null()).map(|(name, _)| name).collect::<Vec<_>>()
    };
    let check = |lines: &[&str], lost: &str| {
        one.0.write("all.ndjson", lines.join("\n").as_bytes(), false);
        let ended = one.0.run("extracts", &["events", "logs", "-o", "json"]);
        let report: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap_or_default();
        let failed = report["coverage"]["failed"][0]["reason"].as_str().unwrap_or_default().to_owned();
        let is_told = failed.contains("cannot be read") || failed.contains("their issuer");
        assert_eq!((ended.code, is_told), (Some(5), true), "{lost}: {failed} {}", ended.stderr);
    };
    // What a file of other first rows is, is told by itself.
    let is_checked = |name: &&String| !["filled", "row", "schema_version"].contains(&&***name);
    for lost in names(event).iter().filter(is_checked) {
        check(&[&rewritten(event, &[lost]), tally], lost);
    }
    // Even where nothing says how many columns there were, what makes an event ours is not lost in silence.
    check(&[&rewritten(event, &["filled", "issuer"]), tally], "issuer");
    one.check(&[&rewritten(event, &["filled"]), tally], &[], (0, 1, &[]));
    let may_be_absent = ["account_id", "region", "date", "etag", "size", "last_modified"];
    for lost in names(tally).iter().filter(|name| !may_be_absent.contains(&&***name)) {
        check(&[event, &rewritten(tally, &[lost])], lost);
    }
    // One that failed never becomes one that was read.
    one.0.0.write("direct/logs/a.json", b"{\"Records\":[".as_slice());
    let failed = one.0.extract(&keys(&one.0.logs())).pop().unwrap();
    for lost in names(&failed).iter().filter(is_checked) {
        check(&[&rewritten(&failed, &[lost])], lost);
    }
    check(&[event, &tally.replace("\"skipped\":null", "\"skipped\":\"Digest\"")], "skipped");
}

#[test]
fn log_files_of_one_name_are_kept_or_named() {
    let one = One::new();
    let (event, tally) = (&*one.1[0], &*one.1[1]);
    let value: serde_json::Value = serde_json::from_str(tally).unwrap();
    let of_other = |line: &str| {
        let text = |member: &str| value[member].as_str().unwrap();
        let line = line.replace(text("attempt"), "other").replace(text("etag"), "another").replace("e-1", "e-2");
        line.replace(&format!("\"source\":\"{}\"", text("source")), "\"source\":\"s3://elsewhere\"")
    };
    let (other, told) = (of_other(event), of_other(tally));
    // A scan has both.
    one.check(&[event, tally, &other, &told], &[], (0, 2, &[]));
    let sync = || one.0.run("extracts", &["sync", "logs", "--store", "../store.db", "-o", "json"]);
    let synced = sync();
    assert_eq!(synced.code, Some(5), "{}", synced.stderr);
    let part =
        "s3://elsewhere have a log file of this name each: sync the extracts of one archive as a source by themselves";
    assert!(synced.stderr.contains(part), "{}", synced.stderr);
    let events = || one.0.run("extracts", &["events", "store:../store.db", "-o", "csv"]);
    let stored = events();
    assert_eq!((stored.code, stored.stdout.lines().count()), (Some(5), 1), "{} {}", stored.stdout, stored.stderr);
    assert!(stored.stderr.contains(part), "{}", stored.stderr);
    // Each by itself is as any other.
    one.check(&[event, tally], &[], (0, 1, &[]));
    let synced = sync();
    assert_eq!(synced.code, Some(0), "{}", synced.stderr);
    let stored = events();
    assert_eq!((stored.code, stored.stdout.lines().count()), (Some(0), 2), "{} {}", stored.stdout, stored.stderr);
}

#[test]
fn a_work_list_names_what_nobody_extracted() {
    let one = One::new();
    let (event, tally) = (&*one.1[0], &*one.1[1]);
    let list = |text: &str| one.0.0.write("list.txt", text).to_str().unwrap().to_owned();
    let whole = list("logs/a.json\n\n");
    one.check(&[event, tally], &["--work-list", &whole], (0, 1, &[]));
    let more = list("a.json\r\ns3://bucket/AWSLogs/b.json\nlogs/c.json\n");
    let missing = ["AWSLogs/b.json: not extracted", "logs/c.json: not extracted"];
    one.check(&[event, tally], &["--work-list", &more], (5, 1, &missing));
    let ended = one.0.run("extracts", &["sync", "logs", "--store", "s.db", "--work-list", &more]);
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    assert!(ended.stderr.contains("not extracted"), "{}", ended.stderr);
    // Another list, or none, does not make them whole.
    for flags in [&["--work-list", &whole][..], &[]] {
        let ended = one.0.run("extracts", &[&["sync", "logs", "--store", "s.db"], flags].concat());
        assert_eq!(ended.code, Some(5), "{flags:?} {}", ended.stderr);
        assert!(ended.stderr.contains("not extracted") && !ended.stderr.contains("gone"), "{flags:?} {}", ended.stderr);
        let ended = one.0.run("extracts", &["coverage", "--store", "s.db"]);
        assert_eq!(ended.code, Some(5), "{flags:?} {}", ended.stderr);
    }
    // Where no source holds an extract, a list says nothing.
    let store = one.0.0.path("extracts/s.db");
    let store = format!("store:{}", store.to_str().unwrap());
    for args in
        [&["events", "logs"][..], &["coverage", "logs"], &["events", &store], &["sync", "logs", "--store", "t.db"]]
    {
        let ended = one.0.run("direct", &[args, &["--work-list", &more]].concat());
        assert_eq!(ended.code, Some(2), "{args:?} {}", ended.stderr);
        assert!(ended.stderr.contains("no source holds an extract"), "{args:?} {}", ended.stderr);
    }
}

#[test]
fn rows_and_events_in_one_file_are_never_lost() {
    let one = One::new();
    let (row, tally) = (&*one.1[0], &*one.1[1]);
    let event = event("e-9", "2026-11-02T06:00:00Z", "web");
    let check = |text: &str, in_report: &str| {
        one.0.write("all.ndjson", text.as_bytes(), false);
        let ended = one.0.run("extracts", &["coverage", "logs", "-o", "json"]);
        assert_eq!(ended.code, Some(5), "{text} {}", ended.stderr);
        assert!(ended.stdout.contains(in_report), "{text} {}", ended.stdout);
    };
    for last in ["", "\n"] {
        check(&format!("{row}\n{tally}\n{event}{last}"), "cannot be read: missing field `row`");
        check(&format!("{event}\n{row}\n{tally}{last}"), "it is a row of an extract");
        check(&format!("[{event},{row},{tally}]{last}"), "it is a row of an extract");
    }
}

#[test]
fn what_extracts_lack_is_told() {
    let both = Both::new();
    let ours = event("e-1", "2026-11-02T05:00:00Z", "web");
    let strange = ours.replace("app.terraform.io", "tfe.example.com").replace("organization:acme", "team:acme");
    both.0.write("direct/logs/a.json", records(&[ours, strange.replace("e-1", "e-2")]));
    both.write("all.ndjson", both.extract(&keys(&both.logs())).join("\n").as_bytes(), false);
    let check = |args: &[&str], code: i32, message: &str| {
        let ended = both.run("extracts", args);
        assert_eq!((ended.code, ended.stderr.contains(message)), (Some(code), true), "{args:?} {}", ended.stderr);
    };
    for command in [&["activity"][..], &["policy"], &["findings", "--activity"]] {
        check(
            &[command, &["logs"]].concat(),
            2,
            "the extracts lack calls of runs: a.json was extracted without --activity",
        );
    }
    check(&["keys", "logs"], 2, "extracts hold no calls with long-lived credentials");
    let lack = "the extracts lack calls of runs: a.json was extracted without --activity";
    check(&["sync", "logs", "--store", "s.db", "--activity"], 2, lack);
    check(&["events", "logs", "--tfe-host", "tfe.example.com"], 2, "lack events of the issuer 'tfe.example.com'");
    check(&["events", "logs", "--all-issuers"], 2, "lack events of the issuer");
    check(&["extract", "logs"], 2, "an extract is made of log files");
    check(&["extract", "logs", "--work-list", "x"], 2, "--work-list is for commands that read extracts");
    for flags in [&["--tfe-host", "tfe.example.com"][..], &["--all-issuers"]] {
        let wide = both.run("direct", &[&["extract", "logs", "-q"], flags].concat());
        both.write("all.ndjson", wide.stdout.as_bytes(), false);
        both.check(&[&["events", "logs", "-o", "json"], flags].concat());
        both.check(&["events", "logs", "-o", "json"]);
    }
}

#[test]
fn a_damaged_extract_is_a_failed_file() {
    let one = One::new();
    let (event, tally) = (&*one.1[0], &*one.1[1]);
    let reason = format!(
        "all.ndjson: extract: the row at byte {} of the inflated text cannot be read: EOF while parsing a string",
        event.len() + 1
    );
    one.check(&[event, &tally[..50], tally], &[], (5, 0, &[&reason]));
}
