//! The last second there is, 9999-12-31T23:59:59Z, is a time as any other (DESIGN §8).

use std::fs::File;

use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::Field;
use serde_json::{Value, json};

use crate::events::{Folder, event, records};
use crate::support::{Ended, Run};

const LAST: &str = "9999-12-31T23:59:59Z";

/// A log file a day: a run on the last day but one; in the last half hour a run, and one whose session has no name of a run
/// and outlives the year. A store of them lies beside.
fn last_days() -> Folder {
    let folder = Folder::new();
    let nameless = event("2", "9999-12-31T23:30:00Z", "net").replace("terraform-run-run-net", "ann");
    for (day, events) in
        [("30", vec![event("1", "9999-12-30T23:59:59Z", "api")]), ("31", vec![event("3", LAST, "web"), nameless])]
    {
        let name = format!("111122223333_CloudTrail_eu-west-1_999912{day}T2359Z_0000000000000000.json");
        folder.write(&format!("logs/AWSLogs/111122223333/CloudTrail/eu-west-1/9999/12/{day}/{name}"), records(&events));
    }
    let ended = Run::new(&["sync", &folder.arg("logs"), "--store", &folder.arg("store.db"), "-q"]).ended();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    folder
}

/// The log files, and the store.
fn sources(folder: &Folder) -> [String; 2] {
    [folder.arg("logs"), format!("store:{}", folder.arg("store.db"))]
}

/// No time is one that is not, whatever the command wrote and said.
fn check_times(what: &str, texts: &[&str]) {
    // Any digits may stand in a hash.
    let is_hash = |word: &&str| word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    for text in texts {
        let hashes: Vec<&str> = text.split(|char: char| !char.is_ascii_alphanumeric()).filter(is_hash).collect();
        let text = hashes.iter().fold((*text).to_owned(), |text, hash| text.replace(hash, ""));
        for wrong in ["1970", "10000", ":60Z", "panicked"] {
            assert!(!text.contains(wrong), "{what}: {wrong}: {text}");
        }
    }
}

fn ended(args: &[&str]) -> Ended {
    let ended = Run::new(args).ended();
    check_times(&format!("{args:?}"), &[&ended.stdout, &ended.stderr]);
    assert_eq!(ended.code, Some(0), "{args:?}: {}", ended.stderr);
    ended
}

#[test]
fn every_command_shows_it_in_every_format() {
    let folder = last_days();
    let commands: [&[&str]; 4] = [&["events"], &["runs"], &["summary", "--by", "hour"], &["findings"]];
    for command in commands {
        for format in ["csv", "json", "ndjson", "markdown", "table"] {
            let words = [command, &["-o", format, "--csv-raw", "--from", "9999-12-31"]].concat();
            // What tells runs whose session is not named after one only ever sees that.
            let time = if command[0] == "findings" { "9999-12-31T23:30:00Z" } else { LAST };
            let said = sources(&folder).map(|source| {
                let ended = ended(&[&[words[0], &source], &words[1..]].concat());
                assert!(ended.stdout.contains(time), "{words:?} {source}: {}", ended.stdout);
                ended.stdout
            });
            // A store has a past, which tells what is new.
            if ["csv", "ndjson"].contains(&format) && command[0] != "findings" {
                assert_eq!(said[0], said[1], "{words:?}");
            }
        }
    }
    let [logs, store] = sources(&folder);
    for source in [&logs, &store] {
        let rows = ended(&["coverage", source, "-o", "csv", "--no-header", "--from", "9999-12-31"]).stdout;
        assert_eq!(rows, "111122223333,eu-west-1,9999-12-31,1,2,2,false,\n");
        let tokyo = ended(&["events", source, "-o", "markdown", "--tz", "Asia/Tokyo"]).stdout;
        assert!(tokyo.contains("9999-12-31T23:59:59Z"), "{tokyo}");
        let sql = "SELECT max(time) AS t, max(last_seen) AS l FROM events JOIN runs USING (run_id)";
        assert_eq!(ended(&["query", sql, source, "-o", "csv"]).stdout, format!("t,l\n{LAST},{LAST}\n"));
    }
    ended(&["keys", &logs, "--from", "9999-12-31"]);
    ended(&["store", "info", "--store", &folder.arg("store.db"), "-o", "json"]);
}

#[test]
fn parquet_has_it_to_the_millisecond() {
    let folder = last_days();
    for (at, source) in sources(&folder).iter().enumerate() {
        let out = folder.arg(&format!("{at}.parquet"));
        ended(&[
            "events",
            source,
            "-o",
            "parquet",
            "--out",
            &out,
            "--columns",
            "time",
            "--sort",
            "-time",
            "--limit",
            "1",
        ]);
        let reader = SerializedFileReader::new(File::open(out).unwrap()).unwrap();
        let row = reader.get_row_iter(None).unwrap().next().unwrap().unwrap();
        let (_, time) = row.get_column_iter().next().unwrap();
        assert_eq!(*time, Field::TimestampMillis(253_402_300_799_000));
    }
    ended(&["store", "export", "--store", &folder.arg("store.db"), "--out", &folder.arg("lake"), "-q"]);
    for table in ["events", "runs"] {
        assert_eq!(folder.names(&format!("lake/{table}/year=9999/month=12")), ["day=30", "day=31"]);
    }
}

#[test]
fn a_window_ends_before_it_at_it_or_nowhere() {
    let folder = last_days();
    let check = |window: &[&str], expected: &str| {
        for source in sources(&folder) {
            let words = [&["events", &source, "-o", "csv", "--no-header", "--columns", "event_id"], window].concat();
            assert_eq!(ended(&words).stdout.replace('\n', ""), expected, "{words:?}");
        }
    };
    check(&[], "123");
    check(&["--to", "9999-12-31"], "1");
    check(&["--to", LAST], "12");
    check(&["--from", LAST], "3");
    check(&["--from", "9999-12-31"], "23");
    check(&["--from", "9999-12-30", "--to", "9999-12-31"], "1");
    check(&["--from", "9999-12-30T23:59:59Z", "--to", LAST], "12");
    for window in [["--from", "9999-12-31", "--to", "9999-12-31"], ["--from", "9999-12-31", "--to", "10000-01-01"]] {
        let logs = folder.arg("logs");
        let words = [&["events", &logs], &window[..]].concat();
        assert_eq!(Run::new(&words).ended().code, Some(2), "{words:?}");
    }
}

#[test]
fn a_report_of_the_last_day_has_no_end() {
    let folder = last_days();
    for (at, source) in sources(&folder).iter().enumerate() {
        for (flags, title) in [
            (&["--date", "9999-12-31"][..], "Friday, 31 December 9999"),
            (&["--from", "9999-12-31"], "Friday, 31 December 9999"),
            (&["--compare", "9999-12-30", "9999-12-31"], "Friday, 31 December 9999"),
            (&["--date", "9999-12-31", "--group-by", "organization"], "Friday, 31 December 9999"),
            (&["--date", "9999-12-30"], "Thursday, 30 December 9999"),
        ] {
            let out = format!("{at}{}", flags.concat());
            let said = ended(&[&["report", source, "--out", &folder.arg(&out)], flags].concat()).stderr;
            assert!(said.contains(&format!("{title}: Is anything missing? No.")), "{flags:?}: {said}");
            for entry in walkdir::WalkDir::new(folder.path(&out)) {
                let entry = entry.unwrap();
                if entry.file_type().is_file() {
                    let text = std::fs::read(entry.path()).unwrap();
                    check_times(&entry.path().display().to_string(), &[&String::from_utf8_lossy(&text)]);
                }
            }
            let below = if flags.contains(&"--group-by") { "/organization-acme" } else { "" };
            let text = std::fs::read(folder.path(&format!("{out}{below}/report.json"))).unwrap();
            let page: Value = serde_json::from_slice(&text).unwrap();
            let end = if title.starts_with('F') { Value::Null } else { json!("9999-12-31T00:00:00Z") };
            assert_eq!((&page["window"]["to"], &page["coverage"]["window"]["to"]), (&end, &end), "{flags:?}");
        }
    }
}
