//! `extract`: rows of events and a tally of each log file.

#![expect(clippy::unwrap_used, reason = "a test that cannot read what the program wrote has failed")]

#[path = "support/events.rs"]
#[expect(dead_code, reason = "shared with tests that need more")]
mod events;
#[expect(dead_code, reason = "shared with tests that need more")]
mod support;

use std::collections::BTreeMap;
use std::io::Read as _;

use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::{Row, RowAccessor as _};
use serde_json::Value;

use events::{Folder, event, fixture, records};
use support::{Ended, Run};

const AT: &str = "2026-11-02T05:00:00Z";

fn rows(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn of_kind<'a>(rows: &'a [Value], kind: &str) -> Vec<&'a Value> {
    rows.iter().filter(|row| row["row"] == kind).collect()
}

/// Everything of the rows but the name of the run, in an order.
fn shape(ended: &Ended) -> Vec<String> {
    let mut rows = rows(&ended.stdout);
    for row in &mut rows {
        row.as_object_mut().unwrap().remove("attempt");
        row.as_object_mut().unwrap().remove("source");
    }
    let mut lines: Vec<String> = rows.iter().map(Value::to_string).collect();
    lines.sort();
    lines
}

/// The keys of the first row of a kind, as its line has them.
fn keys(text: &str, kind: &str) -> Vec<String> {
    let line = text.lines().find(|line| line.starts_with(&format!("{{\"row\":\"{kind}\""))).unwrap();
    let mut keys = Vec::new();
    let mut depth = 0;
    let mut stream = line.char_indices().peekable();
    while let Some((at, character)) = stream.next() {
        match character {
            '{' | '[' => depth += 1,
            '}' | ']' => depth -= 1,
            '"' => {
                let rest = &line[at + 1..];
                let end = rest.find('"').unwrap();
                if depth == 1 && rest[end + 1..].starts_with(':') {
                    keys.push(rest[..end].to_owned());
                }
                while stream.next_if(|(next, _)| *next <= at + 1 + end).is_some() {}
            }
            _ => {}
        }
    }
    keys
}

#[test]
fn the_columns_are_those_of_the_contract() {
    let folder = Folder::new();
    folder.write("a.json", records(&[event("e-1", AT, "web")]));
    let ended = Run::new(&["extract", &folder.arg("a.json")]).ended();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let header = Run::new(&["events", &folder.arg("a.json"), "-o", "csv"]).ended().stdout;
    let of_events = header.lines().next().unwrap();
    let beside = "record_sha256,offset,etag,attempt,original_event_id,session_end,duration_seconds,verification_method,\
                  assumed_role_id,updated_fields,expiration,filled";
    assert_eq!(keys(&ended.stdout, "event").join(","), format!("row,schema_version,{of_events},{beside}"));
    let tally = "row,schema_version,log_file,source,account_id,region,date,bytes_read,bytes_inflated,records,kept,other,\
                 malformed,failed,skipped,malformed_at,truncated,etag,size,last_modified,issuers,attempt";
    assert_eq!(keys(&ended.stdout, "tally").join(","), tally);
    assert!(!ended.stdout.contains("FAKE-SESSION-TOKEN"));
}

#[test]
fn a_row_says_how_many_of_its_columns_have_a_value() {
    let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
    for top in ["demo", "shapes", "hostile"] {
        let ended = Run::new(&["extract", &fixture(top), "--activity"]).ended();
        for row in rows(&ended.stdout) {
            let values = row.as_object().unwrap().iter().filter(|(name, value)| *name != "filled" && !value.is_null());
            let kind = row["row"].as_str().unwrap();
            // A tally that means nothing but itself is as short as it can be.
            let is_read = kind == "tally" && row["failed"].is_null() && row["skipped"].is_null();
            let expected = if is_read { Value::Null } else { values.count().into() };
            assert_eq!(row["filled"], expected, "{row}");
            *kinds.entry(format!("{kind} {}", !is_read)).or_default() += 1;
        }
    }
    assert_eq!(kinds.keys().collect::<Vec<_>>(), ["call true", "event true", "tally false", "tally true"]);
}

#[test]
fn tallies_come_last_and_have_what_a_scan_counts() {
    for top in ["demo", "shapes"] {
        let top = fixture(top);
        let ended = Run::new(&["extract", &top]).ended();
        let report = Run::new(&["events", &top, "-o", "json"]).ended();
        assert_eq!(ended.code, report.code);
        let coverage = serde_json::from_str::<Value>(&report.stdout).unwrap()["coverage"].take();
        let rows = rows(&ended.stdout);
        let tallies = of_kind(&rows, "tally");
        let sum = |member: &str| tallies.iter().map(|row| row[member].as_u64().unwrap()).sum::<u64>();
        let records = &coverage["records"];
        assert_eq!((&records["total"], &records["malformed"]), (&sum("records").into(), &sum("malformed").into()));
        // An extract has events of strangers whose subjects look like ours.
        let both = records["kept"].as_u64().unwrap() + records["other"].as_u64().unwrap();
        assert_eq!(both, sum("kept") + sum("other"));
        for (member, counter) in [("bytes_read", "read"), ("bytes_inflated", "inflated")] {
            let sum: u64 = tallies.iter().map(|row| row[member].as_u64().unwrap()).sum();
            assert_eq!(coverage["bytes"][counter], sum, "{member}");
        }
        assert_eq!(coverage["files"]["total"], tallies.len() as u64);
        let skipped = tallies.iter().filter(|row| row["skipped"] == "Digest").count() as u64;
        assert_eq!(coverage["files"]["skipped"]["Digest"], skipped);
        let mut kept: BTreeMap<&str, u64> = BTreeMap::new();
        for row in &rows {
            let name = row["log_file"].as_str().unwrap();
            if row["row"] == "event" {
                *kept.entry(name).or_default() += 1;
            } else {
                // A second event of it after its tally would make a difference here.
                assert_eq!(kept.remove(name).unwrap_or_default(), row["kept"].as_u64().unwrap(), "{name}");
            }
        }
        assert!(kept.is_empty());
    }
}

#[test]
fn an_event_has_a_place_of_its_own() {
    let ended = Run::new(&["extract", &fixture("shapes")]).ended();
    let rows = rows(&ended.stdout);
    let events = of_kind(&rows, "event");
    let mut places: Vec<_> = events.iter().map(|row| (row["log_file"].as_str(), row["offset"].as_u64())).collect();
    places.sort_unstable();
    let before = places.len();
    places.dedup();
    assert_eq!((before, places.len()), (events.len(), events.len()));
    let folder = Folder::new();
    let text = records(&[event("e-1", AT, "web"), event("e-2", AT, "api")]);
    folder.write("a.json", &text);
    let ended = Run::new(&["extract", &folder.arg("a.json")]).ended();
    let starts: Vec<u64> =
        of_kind(&self::rows(&ended.stdout), "event").iter().map(|row| row["offset"].as_u64().unwrap()).collect();
    let expected: Vec<u64> = text.match_indices("{\"eventVersion\"").map(|(at, _)| at as u64).collect();
    assert_eq!(starts, expected);
}

#[test]
fn what_fails_has_a_tally_with_the_reason() {
    let folder = Folder::new();
    let whole = records(&[event("e-1", AT, "web"), event("e-2", AT, "api")]);
    folder.write("cut.json", &whole[..whole.len() - 40]);
    folder.write("bad.json", records(&[event("e-3", AT, "web"), event("e-4", "never", "web")]));
    let check = |flags: &[&str], kept: u64| {
        let mut args = vec!["extract", "--keys-from", "-"];
        args.extend(flags);
        let list = format!("{}\n\n{}\r\n{}\n", folder.arg("cut.json"), folder.arg("bad.json"), folder.arg("none.json"));
        let ended = Run::new(&args).stdin(list.as_bytes()).ended();
        assert_eq!(ended.code, Some(5), "{}", ended.stderr);
        let rows = rows(&ended.stdout);
        let tally = |name: &str| {
            let tallies = of_kind(&rows, "tally");
            (*tallies.iter().find(|row| row["log_file"].as_str().unwrap().ends_with(name)).unwrap()).clone()
        };
        let cut = tally("cut.json");
        assert!(cut["failed"].as_str().unwrap().starts_with("text ends inside a"), "{cut}");
        assert_eq!((&cut["records"], &cut["kept"]), (&kept.into(), &kept.into()));
        let none = tally("none.json");
        assert!(none["failed"].as_str().unwrap().starts_with("cannot be opened: "));
        // What cannot be had is tried again; what is damaged stays so.
        assert_eq!((&none["unread"], cut.get("unread")), (&Value::Bool(true), None));
        let bad = tally("bad.json");
        assert_eq!((&bad["failed"], &bad["malformed"]), (&Value::Null, &1.into()));
        assert!(bad["malformed_at"][0]["reason"].as_str().unwrap().contains("time"), "{bad}");
        assert_eq!(of_kind(&rows, "event").len() as u64, kept + 1);
    };
    check(&[], 0);
    check(&["--salvage"], 1);
}

#[test]
fn a_list_of_keys_gives_what_its_folder_gives() {
    let folder = Folder::new();
    for (name, id) in [("logs/x/AWSLogs/a.json", "e-1"), ("logs/b.json", "e-2")] {
        folder.write(name, records(&[event(id, AT, "web")]));
    }
    let logs = folder.arg("logs");
    let list = ["x/AWSLogs/a.json", "b.json"].map(|name| format!("{logs}/{name}")).join("\n");
    let all = Run::new(&["extract", &logs]).ended();
    folder.write("keys.txt", &list);
    let by_list = Run::new(&["extract", "--keys-from", &folder.arg("keys.txt"), &logs]).ended();
    assert_eq!((by_list.code, shape(&by_list)), (all.code, shape(&all)), "{}", by_list.stderr);
    // Without the folder, a key is what it would be in a bucket.
    let alone = Run::new(&["extract", "--keys-from", "-"]).stdin(list.as_bytes()).ended();
    let rows = rows(&alone.stdout);
    let names: Vec<&str> = of_kind(&rows, "tally").iter().map(|row| row["log_file"].as_str().unwrap()).collect();
    assert!(names.contains(&"AWSLogs/a.json") && names.contains(&&*format!("{logs}/b.json")), "{names:?}");
    // Whoever names a file wants it, whatever it is called.
    folder.write("logs/.hidden.json", records(&[event("e-3", AT, "web")]));
    let hidden = Run::new(&["extract", "--keys-from", "-"]).stdin(folder.arg("logs/.hidden.json").as_bytes()).ended();
    assert_eq!((hidden.code, keys(&hidden.stdout, "event").is_empty()), (Some(0), false), "{}", hidden.stderr);
}

#[test]
fn log_files_are_listed_with_their_sizes() {
    let folder = Folder::new();
    folder.write("logs/a.json", "0123456789");
    folder.write("logs/x/b.json", "");
    folder.write("logs/AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/11/02/d.json.gz", "x");
    let logs = folder.arg("logs");
    let listed = Run::new(&["extract", "--list", &logs]).ended();
    let expected = format!("{{\"key\":\"{logs}/a.json\",\"size\":10}}\n{{\"key\":\"{logs}/x/b.json\",\"size\":0}}\n");
    assert_eq!((listed.code, listed.stdout), (Some(0), expected), "{}", listed.stderr);
}

#[test]
fn a_name_that_ends_in_gz_compresses() {
    let folder = Folder::new();
    folder.write("logs/a.json", records(&[event("e-1", AT, "web")]));
    let (logs, out) = (folder.arg("logs"), folder.arg("part.ndjson.gz"));
    let written = Run::new(&["extract", &logs, "--out", &out]).ended();
    assert!(written.stderr.contains("part.ndjson.gz: 2 rows"), "{}", written.stderr);
    let mut text = String::new();
    let packed = std::fs::File::open(&out).unwrap();
    flate2::read::MultiGzDecoder::new(packed).read_to_string(&mut text).unwrap();
    let plain = Run::new(&["extract", &logs]).ended();
    assert_eq!(shape(&Ended { stdout: text, ..written }), shape(&plain));
}

/// What a file of columns says of each of its rows: the log file, the place in it, and the time in milliseconds.
fn columns(path: &std::path::Path) -> Vec<(String, u64, i64)> {
    let reader = SerializedFileReader::new(std::fs::File::open(path).unwrap()).unwrap();
    let names: Vec<String> =
        reader.metadata().file_metadata().schema().get_fields().iter().map(|field| field.name().to_owned()).collect();
    let at = |name: &str| names.iter().position(|column| column == name).unwrap();
    let rows = reader.get_row_iter(None).unwrap().map(Result::unwrap);
    let row = |row: Row| {
        let offset = row.get_long(at("offset")).unwrap().try_into().unwrap();
        (row.get_string(at("log_file")).unwrap().clone(), offset, row.get_timestamp_millis(at("time")).unwrap())
    };
    rows.map(row).collect()
}

#[test]
fn events_and_calls_lie_by_their_days() {
    let folder = Folder::new();
    let (top, days) = (fixture("demo"), folder.arg("days"));
    let ended = Run::new(&["extract", &top, "--activity", "--by-day", &days]).ended();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let rows = rows(&ended.stdout);
    for (kind, name) in [("event", "events"), ("call", "calls")] {
        let of_row = |row: &Value| {
            let text = |name: &str| row[name].as_str().unwrap().to_owned();
            (text("time")[..10].to_owned(), text("log_file"), row["offset"].as_u64().unwrap())
        };
        let mut expected: Vec<_> = of_kind(&rows, kind).into_iter().map(of_row).collect();
        expected.sort();
        let mut found = Vec::new();
        for day in std::fs::read_dir(folder.path("days").join(name)).unwrap().map(Result::unwrap) {
            let of_day = columns(&day.path().join("00000.parquet"));
            assert!(of_day.is_sorted_by_key(|(.., time)| *time) && std::fs::read_dir(day.path()).unwrap().count() == 1);
            let day = day.file_name().to_str().unwrap().strip_prefix("day=").unwrap().to_owned();
            found.extend(of_day.into_iter().map(|(log_file, offset, _)| (day.clone(), log_file, offset)));
        }
        found.sort();
        assert_eq!(found, expected);
        assert!(found.len() > 50);
    }
    // They are rows of this tool, and no log files.
    let read = Run::new(&["coverage", &days, "-o", "json"]).ended();
    let files = serde_json::from_str::<Value>(&read.stdout).unwrap()["coverage"]["files"].take();
    assert_eq!((read.code, &files["total"], &files["skipped"]["special"]), (Some(0), &10.into(), &10.into()));
}

#[test]
fn what_is_by_day_is_a_new_directory_outside_of_what_is_read() {
    let folder = Folder::new();
    folder.write("logs/a.json", records(&[event("e-1", AT, "web")]));
    folder.write("full/file", "x");
    let check = |args: &[&str], message: &str| {
        let ended = Run::new(&[&["extract", "logs", "-q"], args].concat()).dir(&folder.path("")).ended();
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{args:?}");
        assert!(ended.stderr.contains(message), "{}", ended.stderr);
    };
    check(&["--by-day", "logs/days"], "--by-day 'logs/days': is in the source 'logs', which is read");
    check(&["--by-day", "full"], "--by-day 'full': is a directory that is not empty");
    check(&["--by-day", "full/file"], "--by-day 'full/file': not a directory");
    check(&["--by-day", "none/days"], "--by-day 'none/days': there is no directory 'none'");
    check(&["--by-day", "x", "--out", "./x"], "--by-day 'x': the file of --out is there");
    check(&["--by-day", "x", "--out", "x/all.ndjson"], "--by-day 'x': the file of --out is there");
    check(&["--by-day", "x", "--coverage", "x"], "--by-day 'x': the file of --coverage is there");
    check(&["--by-day", "days", "--out", "x", "--resume"], "cannot be used with");
    check(&["--by-day", "days", "--list"], "cannot be used with");
    // Of the config file, the parser knows no such rule.
    folder.write("tfctrail.toml", "[defaults]\nby-day = \"days\"\n");
    check(&["--config", "tfctrail.toml", "--out", "x", "--resume"], "--by-day cannot be used with --resume");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("full", folder.path("link")).unwrap();
        check(&["--by-day", "link"], "--by-day 'link': is a symbolic link");
        std::fs::remove_file(folder.path("link")).unwrap();
    }
    assert_eq!(std::fs::read_dir(folder.path("")).unwrap().count(), 3);
}

#[test]
fn what_has_no_log_files_is_refused() {
    let folder = Folder::new();
    let check = |args: &[&str], list: &str, message: &str| {
        let mut all = vec!["extract"];
        all.extend(args);
        let ended = Run::new(&all).stdin(list.as_bytes()).ended();
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{args:?}");
        assert!(ended.stderr.contains(message), "{}", ended.stderr);
    };
    check(&["--keys-from", &folder.arg("none")], "", "--keys-from ");
    check(&["--keys-from", "-", &folder.arg("none")], "", "is no directory, and --keys-from names what is read");
    check(&["--keys-from", "-"], "s3://bucket\n", "names no object");
    let help = Run::new(&["extract", "--help"]).ended().stdout;
    assert!(help.contains("s3://"));
    for source in ["event-history:eu-west-1", "cloudwatch-logs:/trail", "athena:d.t"] {
        assert!(!help.contains(&source[..=source.find(':').unwrap()]), "{source}: {help}");
        #[cfg(feature = "aws")]
        check(&[source], "", "has no log files");
    }
    check(&["--keys-from", "-"], "event-history:\n", "event history has no log files");
}
