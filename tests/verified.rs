//! `--verified` from outside: only log files that are as CloudTrail wrote them count, and all others are named.

#![expect(clippy::unwrap_used, reason = "a test that cannot run the program has failed")]

#[path = "support/events.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod events;
#[path = "support/signed_hours.rs"]
mod signed_hours;
#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use std::fs;

use events::{event, records};
use serde_json::{Value, json};
use signed_hours::{SignedArchive, packed, time};
use support::{Ended, Run};

const FLAGS: [&str; 5] = ["--verified", "--public-keys", "keys.json", "--signatures", "signatures.ndjson"];

/// A run an hour, each in a log file of its own.
fn archive(hours: usize) -> SignedArchive {
    SignedArchive::of(hours, |hour| vec![text(hour, "web")])
}

fn text(hour: usize, name: &str) -> String {
    records(&[event(&format!("{name}-{hour}"), &time(hour, 10), &format!("{name}{hour}"))])
}

fn run(archive: &SignedArchive, args: &[&str]) -> Ended {
    Run::new(args).dir(archive.folder.path()).ended()
}

/// What becomes of an archive before somebody asks.
type Alteration<'a> = &'a dyn Fn(&SignedArchive);

/// What a command says with `--verified`, as JSON, and how it ends.
fn verified(archive: &SignedArchive, command: &[&str], more: &[&str]) -> (Value, Option<i32>) {
    let args = [command, &["archive", "-o", "json"], &FLAGS, more].concat();
    let ended = run(archive, &args);
    (serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{args:?}: {}", ended.stderr)), ended.code)
}

/// The ids of the events, the reasons of what failed, and how it ends.
fn told(archive: &SignedArchive, more: &[&str]) -> (Vec<String>, Vec<String>, Option<i32>) {
    let (report, code) = verified(archive, &["events"], more);
    let texts = |list: &Value, name: &str| -> Vec<String> {
        list.as_array().unwrap().iter().map(|it| it[name].as_str().unwrap().to_owned()).collect()
    };
    let files = &report["coverage"]["files"];
    let skipped: u64 = files["skipped"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
    let counts = ["total", "read", "failed"].map(|name| files[name].as_u64().unwrap());
    assert_eq!(counts[0], counts[1] + counts[2] + skipped, "{files}");
    (texts(&report["rows"], "event_id"), texts(&report["coverage"]["failed"], "reason"), code)
}

#[test]
fn an_archive_in_good_order_gives_what_it_gives_without() {
    let archive = archive(4);
    for command in [
        &["runs"][..],
        &["events"],
        &["summary"],
        &["findings"],
        &["activity"],
        &["keys"],
        &["policy"],
        &["coverage"],
        &["show", "run-web2"],
    ] {
        let plain = run(&archive, &[command, &["archive", "-o", "json"]].concat());
        let mut plain: Value = serde_json::from_str(&plain.stdout).unwrap();
        let (mut report, code) = verified(&archive, command, &[]);
        assert_eq!(code, Some(0), "{command:?}");
        assert_eq!(report["coverage"]["verification"], "verified", "{command:?}");
        assert_eq!(plain["coverage"]["verification"], "unverified", "{command:?}");
        for report in [&mut plain, &mut report] {
            report["coverage"]["verification"] = Value::Null;
        }
        let skipped = report["coverage"]["files"]["skipped"].as_object_mut().unwrap();
        assert_eq!(skipped.remove("unverified"), Some(json!(0)), "{command:?}");
        assert_eq!(report, plain, "{command:?}");
    }
    let sql = "SELECT count(*) AS events FROM events";
    let ended = run(&archive, &[&["query", sql, "archive", "-o", "csv"], &FLAGS[..]].concat());
    assert_eq!((ended.stdout.as_str(), ended.code), ("events\n4\n", Some(0)), "{}", ended.stderr);
    let threads = |count: &str| verified(&archive, &["runs"], &["--threads", count]);
    assert_eq!(threads("1"), threads("3"));
}

#[test]
fn nothing_of_what_was_altered_counts() {
    let all = ["web-0", "web-1", "web-2", "web-3"].map(str::to_owned);
    let but = |left_out: &[usize]| -> Vec<String> {
        (0..4).filter(|at| !left_out.contains(at)).map(|at| all[at].clone()).collect()
    };
    let check = |what: &dyn Fn(&SignedArchive), left_out: &[usize], reasons: &[&str]| {
        for more in [&[][..], &["--salvage"]] {
            let archive = archive(4);
            what(&archive);
            let expected: Vec<String> = reasons.iter().map(|&reason| reason.to_owned()).collect();
            assert_eq!(told(&archive, more), (but(left_out), expected, Some(5)), "{more:?}");
        }
    };
    let forged = || text(1, "forged");
    check(
        &|archive| fs::write(&archive.logs[1], packed(forged().as_bytes())).unwrap(),
        &[1],
        &["not verified: invalid (hash)"],
    );
    check(
        &|archive| fs::write(&archive.logs[1], packed(&forged().as_bytes()[..forged().len() - 3])).unwrap(),
        &[1],
        &[
            "not verified: invalid (hash): text ends inside a record that starts at byte 12, at byte 863 of the inflated text",
        ],
    );
    check(
        &|archive| {
            let more = [fs::read(&archive.logs[2]).unwrap(), packed(forged().as_bytes())].concat();
            fs::write(&archive.logs[2], more).unwrap();
        },
        &[2],
        &["not verified: invalid (gzip)"],
    );
    check(
        &|archive| fs::write(&archive.logs[3], b"").unwrap(),
        &[3],
        &["not verified: invalid (hash): empty: no bytes"],
    );
    check(&|archive| fs::remove_file(&archive.logs[0]).unwrap(), &[0], &["not verified: missing (listed)"]);
    check(
        &|archive| {
            let added = archive.logs[0].to_str().unwrap().replace("aaaabbbb", "zzzzbbbb");
            fs::write(added, packed(forged().as_bytes())).unwrap();
        },
        &[],
        &["not verified: unlisted"],
    );
    check(
        &|archive| fs::write(archive.logs[0].with_file_name("more.json"), forged()).unwrap(),
        &[],
        &["not verified: unchecked (odd-name)"],
    );
    check(
        &|archive| fs::remove_file(&archive.digests[1]).unwrap(),
        &[1],
        &["not verified: unchecked (hour-not-valid)"],
    );
    // It may still be listed, but the digest that is there is not valid.
    check(&|archive| fs::write(&archive.digests[3], b"x").unwrap(), &[3], &[]);
    // The same text, packed anew, is the same log file.
    let archive = archive(4);
    fs::write(&archive.logs[1], packed(text(1, "web").as_bytes())).unwrap();
    assert_eq!(told(&archive, &[]), (but(&[]), Vec::new(), Some(0)));
}

#[test]
fn a_large_log_file_is_hashed_while_it_streams() {
    // Larger than what is inflated whole.
    let large =
        |name: &str| text(1, name).replacen("{\"Records\":[", &format!("{{\"Records\":[{}", " ".repeat(17 << 20)), 1);
    let archive = SignedArchive::of(3, |hour| vec![if hour == 1 { large("web") } else { text(hour, "web") }]);
    assert_eq!(told(&archive, &[]), (["web-0", "web-1", "web-2"].map(str::to_owned).into(), Vec::new(), Some(0)));
    fs::write(&archive.logs[1], packed(large("WEB").as_bytes())).unwrap();
    for more in [&[][..], &["--salvage"]] {
        let expected =
            (["web-0", "web-2"].map(str::to_owned).into(), vec!["not verified: invalid (hash)".to_owned()], Some(5));
        assert_eq!(told(&archive, more), expected);
    }
    // As it is stored makes no difference.
    fs::write(&archive.logs[1], large("web")).unwrap();
    assert_eq!(told(&archive, &[]).2, Some(0));
}

#[test]
fn standard_input_and_pages_of_an_api_are_in_no_digest() {
    let archive = archive(1);
    let input = Run::new(&[&["runs", "-", "-o", "json"], &FLAGS[..]].concat());
    let ended = input.dir(archive.folder.path()).stdin(text(0, "web").as_bytes()).ended();
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((&report["rows"], ended.code), (&json!([]), Some(5)));
    assert_eq!(report["coverage"]["failed"], json!([{"file": "-", "reason": "not verified: unchecked (odd-name)"}]));
    #[cfg(feature = "aws")]
    {
        let ended = run(&archive, &["runs", "event-history:eu-west-1", "--verified"]);
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    }
}

#[test]
fn without_keys_or_signatures_nobody_can_tell() {
    let archive = archive(2);
    let ended = run(&archive, &["runs", "archive", "--verified", "-o", "json"]);
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((&report["rows"], ended.code), (&json!([]), Some(5)));
    let counts = |valid: u64, unchecked: u64| json!({"valid": valid, "invalid": 0, "missing": 0, "unlisted": 0, "unchecked": unchecked});
    assert_eq!(report["coverage"]["verification"], json!({"log_files": counts(0, 2), "digests": counts(0, 2)}));
    assert!(ended.stderr.contains("--public-keys FILE takes"), "{}", ended.stderr);
    let ended = run(&archive, &["runs", "archive", "--verified", "--public-keys", "keys.json", "-o", "json"]);
    assert!(ended.stderr.contains("--signatures FILE"), "{}", ended.stderr);
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(report["coverage"]["verification"], json!({"log_files": counts(1, 1), "digests": counts(1, 1)}));
}

#[test]
fn what_the_newest_digest_does_not_cover_yet_is_left_out_and_named() {
    let archive = archive(3);
    let waiting = archive.logs[2].to_str().unwrap().replace("T0215Z", "T0310Z");
    fs::write(&waiting, packed(text(3, "new").as_bytes())).unwrap();
    let window = |to: &'static str| ["--from", "2026-11-02T00:00:00Z", "--to", to];
    let (report, code) = verified(&archive, &["events"], &window("2026-11-02T03:00:00Z"));
    let coverage = &report["coverage"];
    assert_eq!((report["rows"].as_array().unwrap().len(), code), (3, Some(0)), "{coverage}");
    assert_eq!(
        (&coverage["verification"], &coverage["files"]["skipped"]["unverified"]),
        (&json!("verified"), &json!(1))
    );
    let label = waiting.split_once("archive/").unwrap().1;
    assert_eq!(coverage["not_yet_covered"], json!([label]));
    let ended = run(&archive, &[&["runs", "archive"], &FLAGS[..], &window("2026-11-02T03:00:00Z")].concat());
    assert!(ended.stderr.contains("1 log file left out, since no digest covers it yet"), "{}", ended.stderr);
    // In the window it may have events that are asked for.
    let (report, code) = verified(&archive, &["events"], &window("2026-11-02T04:00:00Z"));
    assert_eq!((report["rows"].as_array().unwrap().len(), code), (3, Some(5)));
    assert_eq!(report["coverage"]["verification"]["log_files"]["unchecked"], 1);
    assert_eq!(report["coverage"]["failed"], json!([]));
}

#[test]
fn a_log_file_of_later_days_that_a_digest_lists_with_events_of_the_window_counts() {
    // Delivered three days later.
    let archive = SignedArchive::of(80, |hour| match hour {
        1 => vec![text(1, "web")],
        75 => vec![text(1, "late")],
        _ => Vec::new(),
    });
    let window = ["--from", "2026-11-02", "--to", "2026-11-03"];
    let both = (["late-1", "web-1"].map(str::to_owned).into(), Vec::new(), Some(0));
    assert_eq!(told(&archive, &window), both);
    let plain = run(&archive, &[&["events", "archive", "-o", "csv", "--columns", "event_id"], &window[..]].concat());
    assert_eq!(plain.stdout, "event_id\nweb-1\n");
    // It is missed, too.
    fs::remove_file(&archive.logs[1]).unwrap();
    let reasons = vec!["not verified: missing (listed)".to_owned()];
    assert_eq!(told(&archive, &window), (vec!["web-1".to_owned()], reasons, Some(5)));
    assert_eq!(told(&archive, &["--from", "2026-11-03", "--to", "2026-11-04"]).1, [] as [&str; 0]);
}

#[test]
fn a_log_file_of_later_days_without_an_event_of_the_window_is_none_of_it() {
    // Written of the late day just after its end, which no scan of the window reads.
    let archive = SignedArchive::of(60, |hour| match hour {
        1 => vec![text(1, "web")],
        30 => vec![text(30, "next")],
        48 => vec![text(47, "midnight")],
        _ => Vec::new(),
    });
    let window = ["--from", "2026-11-02", "--to", "2026-11-03"];
    let plain = run(&archive, &[&["events", "archive", "-o", "json"], &window[..]].concat());
    let plain: Value = serde_json::from_str(&plain.stdout).unwrap();
    let (report, code) = verified(&archive, &["events"], &window);
    let counts = |answer: &Value| {
        let files = &answer["coverage"]["files"];
        (files["total"].as_u64(), files["read"].as_u64(), files["skipped"]["window"].as_u64())
    };
    assert_eq!((counts(&report), code), (counts(&plain), Some(0)));
    fs::remove_file(&archive.logs[2]).unwrap();
    assert_eq!(told(&archive, &window), (vec!["web-1".to_owned()], Vec::new(), Some(0)));
}

#[test]
fn days_that_are_caught_up_on_say_what_a_report_of_each_alone_says() {
    // Of the two that came three days late, one has an event of ours.
    let other = |hour: usize| {
        let time = time(hour, 10);
        format!(r#"{{"Records":[{{"eventVersion":"1.11","userIdentity":{{}},"eventTime":"{time}","eventName":"x"}}]}}"#)
    };
    let files = |root: std::path::PathBuf| -> Vec<(String, String)> {
        let read = |name: &str| (name.to_owned(), fs::read_to_string(root.join(name)).unwrap());
        ["report.json", "coverage.json", "index.html"]
            .iter()
            .filter(|name| root.join(name).exists())
            .map(|name| read(name))
            .collect()
    };
    let remove = |path: &std::path::Path| fs::remove_file(path).unwrap();
    let forge = |path: &std::path::Path| fs::write(path, packed(text(9, "forged").as_bytes())).unwrap();
    let alterations: [Alteration; 5] = [
        &|_| (),
        &|archive| remove(&archive.logs[3]),
        &|archive| remove(&archive.logs[4]),
        &|archive| forge(&archive.logs[4]),
        &|archive| remove(&archive.digests[75]),
    ];
    for (number, alter) in alterations.iter().enumerate() {
        let archive = SignedArchive::of(100, |hour| match hour {
            1 | 30 | 54 => vec![text(hour, "web")],
            75 => vec![text(1, "late"), other(2)],
            99 => vec![other(99)],
            _ => Vec::new(),
        });
        alter(&archive);
        let root = archive.folder.path();
        let report = |more: &[&str]| run(&archive, &[&["report", "archive", "--verified"], &FLAGS[1..], more].concat());
        report(&["--catch-up", "--from", "2026-11-02", "--out", "among"]);
        for day in ["2026-11-02", "2026-11-03", "2026-11-04", "2026-11-05"] {
            report(&["--date", day, "--out", &format!("alone/{day}")]);
            let [alone, among] = ["alone", "among"].map(|how| files(root.join(how).join(day)));
            assert!(!alone.is_empty());
            assert_eq!(alone, among, "{number} {day}");
        }
        let first = fs::read_to_string(root.join("among/2026-11-02/report.json")).unwrap();
        assert_eq!(first.contains("late-1") || first.contains("late1"), [0, 2, 3].contains(&number), "{number}");
    }
}

#[test]
fn what_a_place_does_not_hold_is_not_missing_there() {
    let archive = archive(30);
    let place = "archive/AWSLogs/111122223333/CloudTrail";
    let day = format!("{place}/eu-west-1/2026/11/02");
    let told = || {
        let digests = format!("{place}-Digest");
        let window = ["--from", "2026-11-02", "--to", "2026-11-03"];
        let ended = run(&archive, &[&["events", &day, &digests, "-o", "json"], &FLAGS[..], &window].concat());
        let report: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{}", ended.stderr));
        (report["rows"].as_array().unwrap().len(), report["coverage"]["failed"].as_array().unwrap().len(), ended.code)
    };
    assert_eq!(told(), (24, 0, Some(0)));
    fs::remove_file(&archive.logs[7]).unwrap();
    assert_eq!(told(), (23, 1, Some(5)));
}

#[test]
fn a_day_whose_digests_list_no_log_file_is_quiet() {
    let archive = SignedArchive::of(72, |hour| match hour {
        2 | 60 => vec![text(hour, "web")],
        _ => Vec::new(),
    });
    let gaps = |report: &Value| report["coverage"]["gaps"].clone();
    let gap =
        |kind: &str| json!([{"account_id": "111122223333", "region": "eu-west-1", "date": "2026-11-03", "kind": kind}]);
    let (report, code) = verified(&archive, &["events"], &["--strict"]);
    assert_eq!((gaps(&report), code), (gap("quiet"), Some(0)));
    let plain = run(&archive, &["events", "archive", "-o", "json", "--strict"]);
    assert_eq!((gaps(&serde_json::from_str(&plain.stdout).unwrap()), plain.code), (gap("inside"), Some(5)));
    // A digest of that day that is gone says nothing.
    fs::remove_file(&archive.digests[30]).unwrap();
    let (report, code) = verified(&archive, &["events"], &["--strict"]);
    assert_eq!((gaps(&report), code), (gap("inside"), Some(5)));
    assert_eq!(report["coverage"]["verification"]["digests"]["missing"], 1);
}

#[test]
fn rules_speak_of_what_is_not_as_cloudtrail_wrote_it() {
    let check = |what: &dyn Fn(&SignedArchive), expected: &[&str]| {
        let archive = archive(4);
        what(&archive);
        let args =
            ["findings", "archive", "-o", "csv", "--no-header", "--columns", "severity,rule_id,account_id,count"];
        let rules = ["--rule", "log-*", "--rule", "digest-gap", "--rule", "validation-off"];
        let ended = run(&archive, &[&args[..], &rules, &FLAGS].concat());
        assert_eq!(ended.stdout.lines().collect::<Vec<_>>(), expected, "{}", ended.stderr);
        assert_eq!(ended.code, Some(if expected.is_empty() { 0 } else { 5 }));
        let plain = run(&archive, &[&args[..], &rules].concat());
        assert_eq!(plain.stdout, "");
        assert!(plain.stderr.contains("rules that did not run without --verified: log-"), "{}", plain.stderr);
        // Those that were asked for by name are missed also where only warnings are said.
        let quiet = run(&archive, &[&args[..], &rules, &["-q", "--fail-on", "low"]].concat());
        let named = ["digest-gap", "validation-off"].map(|rule| {
            format!("tfctrail: warning: the rule {rule} did not run, so it found nothing: it needs --verified\n")
        });
        assert_eq!((quiet.stderr, quiet.code), (named.concat(), Some(0)));
    };
    check(&|_| {}, &[]);
    let altered = packed(text(1, "forged").as_bytes());
    check(&|archive| fs::write(&archive.logs[1], &altered).unwrap(), &["critical,log-altered,111122223333,1"]);
    check(&|archive| fs::remove_file(&archive.logs[2]).unwrap(), &["high,log-missing,111122223333,1"]);
    check(
        &|archive| {
            fs::write(archive.logs[0].to_str().unwrap().replace("aaaabbbb", "zzzzbbbb"), &altered).unwrap();
        },
        &["high,log-unlisted,111122223333,1"],
    );
    check(&|archive| fs::remove_file(&archive.digests[1]).unwrap(), &["high,digest-gap,111122223333,1"]);
    check(
        &|archive| {
            for digest in &archive.digests {
                fs::remove_file(digest).unwrap();
            }
        },
        &["medium,validation-off,111122223333,4"],
    );
}

#[test]
fn what_is_not_valid_has_its_trail_and_the_digest_that_says_so_in_the_order_of_time() {
    let archive = archive(24);
    fs::write(&archive.logs[3], packed(text(3, "forged").as_bytes())).unwrap();
    fs::remove_file(&archive.logs[5]).unwrap();
    let added = archive.logs[8].to_str().unwrap().replace("aaaabbbb", "zzzzbbbb");
    fs::write(added, packed(text(8, "forged").as_bytes())).unwrap();
    age(&archive);
    let window = ["--from", "2026-11-02", "--to", "2026-11-03"];
    let rows = |page: &Value| -> Vec<String> {
        let cell = |row: &Value, name: &str| row[name].as_str().unwrap_or("-").to_owned();
        let row = |row: &Value| {
            ["time", "verdict", "trail"].map(|name| cell(row, name)).join(" ") + &cell(row, "digest")[..1]
        };
        page["verification"]["files"].as_array().unwrap().iter().map(row).collect()
    };
    let expected = [
        "2026-11-02T03:15:00Z invalid auditA",
        "2026-11-02T05:15:00Z missing auditA",
        "2026-11-02T08:15:00Z unlisted auditA",
    ];
    let (page, code) = verified(&archive, &["report"], &window);
    assert_eq!((rows(&page), code), (expected.map(str::to_owned).to_vec(), Some(5)));
    assert_eq!(sync(&archive, &FLAGS).code, Some(5));
    let args = [&["report", "store:store.db", "--verified", "-o", "json"], &window[..]].concat();
    let ended = run(&archive, &args);
    let page: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{}", ended.stderr));
    assert_eq!((rows(&page), ended.code), (expected.map(str::to_owned).to_vec(), Some(5)), "{}", ended.stderr);
}

#[test]
fn a_report_says_what_its_evidence_is_worth() {
    let archive = archive(26);
    let window = ["--from", "2026-11-02", "--to", "2026-11-03"];
    let report = |format: &str| {
        let args = ["report", "archive", "-o", format];
        run(&archive, &[&args[..], &window, &FLAGS].concat())
    };
    let ended = report("json");
    let page: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{}", ended.stderr));
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(page["coverage"]["verification"], "verified");
    let chain = &page["verification"]["chains"][0];
    assert_eq!((&chain["digests"], &chain["valid"], &chain["trail"]), (&json!(26), &json!(26), &json!("audit")));
    assert!(report("html").stdout.contains("26 digests: 26 valid"));
    fs::remove_file(&archive.logs[9]).unwrap();
    fs::remove_file(&archive.digests[12]).unwrap();
    let ended = report("json");
    let page: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{}", ended.stderr));
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    let verdicts: Vec<&str> =
        page["verification"]["files"].as_array().unwrap().iter().map(|it| it["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["unchecked", "missing", "missing"]);
    assert_eq!(page["answers"][2]["state"], "act");
    let html = report("html").stdout;
    assert!(html.contains("id=\"verification\"") && html.contains("class=\"v-act\""));
    let markdown = report("markdown").stdout;
    assert!(
        markdown
            .contains("\n## Evidence\n\nLog files: 24 valid, 1 missing, 1 unchecked; digests: 25 valid, 1 missing."),
        "{markdown}"
    );
    // Of all nights, the index marks this one.
    let folder = [&["report", "archive", "--catch-up", "--out", "reports"], &window[..2], &FLAGS].concat();
    let ended = run(&archive, &folder);
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    let index = fs::read_to_string(archive.folder.path().join("reports/index.json")).unwrap();
    let index: Value = serde_json::from_str(&index).unwrap();
    let words: Vec<&str> =
        index["reports"].as_array().unwrap().iter().map(|it| it["missing"]["word"].as_str().unwrap()).collect();
    assert!(words.contains(&"yes"), "{index}");
}

/// What a question to the store of an archive gives: its rows, its coverage, and how it ends.
fn stored(archive: &SignedArchive, command: &str, more: &[&str]) -> (Value, Value, Option<i32>) {
    let ended = run(archive, &[&[command, "store:store.db", "-o", "json"], more].concat());
    let report: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{}", ended.stderr));
    (report["rows"].clone(), report["coverage"].clone(), ended.code)
}

/// Makes every file of the archive an old one, so that a sync remembers it.
fn age(archive: &SignedArchive) {
    for path in archive.logs.iter().chain(&archive.digests).filter(|path| path.exists()) {
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_modified(std::time::SystemTime::now() - std::time::Duration::from_hours(1)).unwrap();
    }
}

fn sync(archive: &SignedArchive, more: &[&str]) -> Ended {
    run(archive, &[&["sync", "archive", "--store", "store.db"], more].concat())
}

#[test]
fn a_store_remembers_what_was_verified() {
    let archive = archive(4);
    age(&archive);
    assert_eq!(sync(&archive, &FLAGS).code, Some(0));
    for command in ["runs", "events", "summary", "findings"] {
        let (rows, coverage, code) = stored(&archive, command, &["--verified"]);
        let (scanned, of_scan) = verified(&archive, &[command], &[]);
        assert_eq!((&rows, code), (&scanned["rows"], of_scan), "{command}");
        assert_eq!(coverage["verification"], "verified", "{command}");
        let (plain, coverage, _) = stored(&archive, command, &[]);
        assert_eq!((&plain, &coverage["verification"]), (&rows, &json!("unverified")), "{command}");
    }
    let info = run(&archive, &["store", "info", "--store", "store.db"]);
    assert!(info.stderr.contains("4 log files are as CloudTrail wrote them\n"), "{}", info.stderr);
    // Nothing is read twice, and nothing is missed.
    let again = sync(&archive, &FLAGS);
    assert!(again.code == Some(0) && again.stderr.contains("0 new, 0 changed, 8 unchanged"), "{}", again.stderr);
    fs::remove_file(&archive.logs[0]).unwrap();
    assert_eq!(sync(&archive, &FLAGS).code, Some(5));
}

#[test]
fn a_hole_in_a_chain_is_in_the_same_windows_of_a_store() {
    let windows = [
        ["--from", "2026-11-02", "--to", "2026-11-03"],
        ["--from", "2026-11-03", "--to", "2026-11-04"],
        ["--from", "2026-11-02T13:15:00Z", "--to", "2026-11-03"],
        ["--from", "2026-11-02T13:16:00Z", "--to", "2026-11-03"],
        ["--from", "2026-11-02T12:15:00Z", "--to", "2026-11-02T12:16:00Z"],
    ];
    // One within a day, those around midnight, and several in a row.
    let mut holes = 0;
    for gone in [&[12][..], &[22], &[23], &[22, 23], &[24]] {
        let archive = archive(27);
        age(&archive);
        for digest in gone {
            fs::remove_file(&archive.digests[*digest]).unwrap();
        }
        assert_eq!(sync(&archive, &FLAGS).code, Some(5));
        for (window, late) in windows.iter().flat_map(|window| ["0", "1"].map(|late| (window, late))) {
            let more = [&window[..], &["--late-days", late]].concat();
            let (scanned, of_scan) = verified(&archive, &["events"], &more);
            let (_, coverage, of_store) = stored(&archive, "events", &[&["--verified"], &more[..]].concat());
            let missing = [&scanned["coverage"], &coverage].map(|it| it["verification"]["digests"]["missing"].clone());
            assert_eq!((&missing[0], of_scan), (&missing[1], of_store), "{gone:?} {more:?}");
            holes += missing[0].as_u64().unwrap_or_default();
        }
    }
    assert!(holes > 20, "{holes}");
}

#[test]
fn what_a_store_read_without_asking_is_left_out_and_named() {
    let archive = archive(4);
    let altered = packed(text(1, "forged").as_bytes());
    fs::write(&archive.logs[1], &altered).unwrap();
    age(&archive);
    assert_eq!(sync(&archive, &[]).code, Some(0));
    assert_eq!(stored(&archive, "events", &[]).0.as_array().unwrap().len(), 4);
    let (rows, coverage, code) = stored(&archive, "events", &["--verified"]);
    assert_eq!((rows, code), (json!([]), Some(5)));
    assert_eq!(coverage["files"]["failed"], 4);
    let reason = coverage["failed"][0]["reason"].as_str().unwrap().to_owned();
    assert!(reason.starts_with("not verified: unchecked (no-verdict): "), "{reason}");
    let sql = ["query", "SELECT count(*) AS events FROM events", "--store", "store.db", "-o", "csv"];
    assert_eq!(run(&archive, &sql).stdout, "events\n4\n");
    assert_eq!(run(&archive, &[&sql[..], &["--verified"]].concat()).stdout, "events\n0\n");
    // A sync reads them again; what was altered stays for those who do not ask.
    let again = sync(&archive, &FLAGS);
    assert!(again.code == Some(5) && again.stderr.contains("3 changed"), "{}", again.stderr);
    let ids = |rows: &Value| -> Vec<String> {
        rows.as_array().unwrap().iter().map(|row| row["event_id"].as_str().unwrap().to_owned()).collect()
    };
    let (rows, coverage, code) = stored(&archive, "events", &["--verified"]);
    assert_eq!((ids(&rows), code), (vec!["web-0".to_owned(), "web-2".to_owned(), "web-3".to_owned()], Some(5)));
    assert_eq!(
        coverage["verification"]["log_files"],
        json!({"valid": 3, "invalid": 1, "missing": 0, "unlisted": 0, "unchecked": 0})
    );
    assert!(ids(&stored(&archive, "events", &[]).0).contains(&"forged-1".to_owned()));
    // The store itself has not changed.
    let check = run(&archive, &["store", "check", "--store", "store.db"]);
    assert_eq!(check.code, Some(0), "{}", check.stderr);
}

#[test]
fn a_sync_leaves_what_the_newest_digest_does_not_cover_for_the_next_one() {
    let archive = archive(3);
    let waiting = archive.logs[2].to_str().unwrap().replace("T0215Z", "T0310Z");
    fs::write(&waiting, packed(text(3, "new").as_bytes())).unwrap();
    let forged = archive.logs[0].to_str().unwrap().replace("aaaabbbb", "zzzzbbbb");
    fs::write(&forged, packed(text(0, "forged").as_bytes())).unwrap();
    age(&archive);
    let until = ["--to", "2026-11-02T03:00:00Z"];
    let ended = sync(&archive, &[&FLAGS[..], &until].concat());
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    let (rows, coverage, _) = stored(&archive, "events", &["--verified"]);
    assert_eq!(rows.as_array().unwrap().len(), 3);
    let failed = coverage["failed"].as_array().unwrap();
    assert_eq!((failed.len(), &failed[0]["reason"]), (1, &json!("not verified: unlisted")));
    fs::remove_file(&forged).unwrap();
    let ended = sync(&archive, &[&FLAGS[..], &until].concat());
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(stored(&archive, "events", &["--verified"]).1["failed"], json!([]));
}

/// The findings about the archive: their rules.
fn rules_of(report: &Value) -> Vec<String> {
    report["rows"].as_array().unwrap().iter().map(|row| row["rule_id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_store_says_of_digests_what_a_scan_says() {
    let check = |what: &dyn Fn(&SignedArchive)| {
        let archive = archive(6);
        what(&archive);
        age(&archive);
        sync(&archive, &FLAGS);
        let window = ["--from", "2026-11-02", "--to", "2026-11-03"];
        for command in ["runs", "events", "summary"] {
            let (rows, coverage, code) = stored(&archive, command, &[&["--verified"], &window[..]].concat());
            let (scanned, of_scan) = verified(&archive, &[command], &window);
            assert_eq!((&rows, code), (&scanned["rows"], of_scan), "{command}: {coverage}");
            for part in ["verification", "not_yet_covered", "files", "gaps"] {
                assert_eq!(coverage[part], scanned["coverage"][part], "{command} {part}");
            }
        }
        let args = ["--rule", "log-*", "--rule", "digest-gap", "-o", "json"];
        let ended = run(&archive, &[&["findings", "store:store.db", "--verified"], &args[..]].concat());
        let scanned = run(&archive, &[&["findings", "archive"], &args[..], &FLAGS].concat());
        let rules = |ended: &Ended| rules_of(&serde_json::from_str(&ended.stdout).unwrap());
        assert_eq!((rules(&ended), ended.code), (rules(&scanned), scanned.code));
        let sql = ["query", "SELECT count(*) AS n FROM events", "--store", "store.db", "--verified"];
        let code = run(&archive, &sql).code;
        assert_eq!(code, scanned.code);
        assert_eq!(run(&archive, &["store", "check", "--store", "store.db"]).code, Some(0));
        scanned.code
    };
    assert_eq!(check(&|_| {}), Some(0));
    let altered = packed(text(1, "forged").as_bytes());
    let cases: [&dyn Fn(&SignedArchive); 6] = [
        &|archive: &SignedArchive| fs::remove_file(&archive.digests[2]).unwrap(),
        &|archive: &SignedArchive| {
            fs::remove_file(&archive.digests[2]).unwrap();
            fs::remove_file(&archive.logs[2]).unwrap();
        },
        &|archive: &SignedArchive| fs::remove_file(&archive.logs[2]).unwrap(),
        &|archive: &SignedArchive| fs::write(&archive.digests[2], packed(b"{}")).unwrap(),
        &|archive: &SignedArchive| fs::write(&archive.logs[1], &altered).unwrap(),
        &|archive: &SignedArchive| {
            let waiting = archive.logs[5].to_str().unwrap().replace("T0515Z", "T0610Z");
            fs::write(waiting, &altered).unwrap();
        },
    ];
    for what in cases {
        assert_eq!(check(what), Some(5));
    }
}

#[test]
fn what_a_sync_said_of_digests_is_replaced_by_the_next_one() {
    let archive = archive(5);
    age(&archive);
    assert_eq!(sync(&archive, &FLAGS).code, Some(0));
    let digest = fs::read(&archive.digests[2]).unwrap();
    fs::remove_file(&archive.digests[2]).unwrap();
    assert_eq!(sync(&archive, &FLAGS).code, Some(5));
    let counts = |coverage: &Value| coverage["verification"]["digests"]["missing"].clone();
    let (rows, coverage, code) = stored(&archive, "events", &["--verified"]);
    assert_eq!((rows.as_array().unwrap().len(), counts(&coverage), code), (5, json!(1), Some(5)));
    // A sync that does not ask says nothing of it.
    assert_eq!(sync(&archive, &[]).code, Some(0));
    assert_eq!(stored(&archive, "events", &["--verified"]).2, Some(5));
    assert_eq!(stored(&archive, "events", &[]).2, Some(0));
    fs::write(&archive.digests[2], digest).unwrap();
    assert_eq!(sync(&archive, &FLAGS).code, Some(0));
    let (_, coverage, code) = stored(&archive, "events", &["--verified"]);
    assert_eq!((&coverage["verification"], code), (&json!("verified"), Some(0)));
    // A log file that vanishes or is altered afterwards is told, and what was verified of it stands.
    fs::remove_file(&archive.logs[0]).unwrap();
    fs::write(&archive.logs[1], packed(text(1, "forged").as_bytes())).unwrap();
    assert_eq!(sync(&archive, &FLAGS).code, Some(5));
    let (rows, coverage, code) = stored(&archive, "events", &["--verified"]);
    assert_eq!((rows.as_array().unwrap().len(), code), (5, Some(5)));
    assert_eq!(
        coverage["verification"]["log_files"],
        json!({"valid": 5, "invalid": 1, "missing": 1, "unlisted": 0, "unchecked": 0})
    );
    let ended = run(&archive, &["store", "remove", "archive", "--store", "store.db"]);
    assert!(ended.code == Some(0) || ended.code == Some(2), "{}", ended.stderr);
}

#[test]
fn the_verdict_of_an_alteration_is_kept() {
    let archive = archive(4);
    fs::write(&archive.logs[1], packed(text(1, "forged").as_bytes())).unwrap();
    age(&archive);
    assert_eq!(sync(&archive, &[]).code, Some(0));
    assert_eq!(sync(&archive, &FLAGS).code, Some(5));
    for more in [&[][..], &["--from", "2026-11-02", "--to", "2026-11-03"]] {
        let (_, coverage, code) = stored(&archive, "events", &[&["--verified"], more].concat());
        assert_eq!((&coverage["failed"][0]["reason"], code), (&json!("not verified: invalid (hash)"), Some(5)));
    }
    // Reading it again without asking makes no difference.
    sync(&archive, &["--refresh"]);
    let (_, coverage, _) = stored(&archive, "events", &["--verified"]);
    let reasons: Vec<&str> =
        coverage["failed"].as_array().unwrap().iter().map(|failed| failed["reason"].as_str().unwrap()).collect();
    assert!(reasons.contains(&"not verified: invalid (hash)"), "{reasons:?}");
    let report: Value = serde_json::from_str(
        &run(&archive, &["findings", "store:store.db", "--verified", "--rule", "log-*", "-o", "json"]).stdout,
    )
    .unwrap();
    assert_eq!(rules_of(&report), ["log-altered"]);
}

/// What a store says of a window is what a scan says of it, however late its log files came.
fn check_late(archive: &SignedArchive, window: &[&str], expected: (usize, Option<i32>)) {
    for command in ["events", "runs", "summary", "coverage", "findings"] {
        // A store remembers what was before a window, and so knows what is new in it.
        let known: &[&str] = if command == "findings" { &["--rule", "!first-seen-*"] } else { &[] };
        let (scanned, code) = verified(archive, &[command], &[window, known].concat());
        let (rows, mut coverage, stored_code) = stored(archive, command, &[&["--verified"], window, known].concat());
        let mut of_scan = scanned["coverage"].clone();
        for coverage in [&mut coverage, &mut of_scan] {
            coverage["sources"] = Value::Null;
        }
        assert_eq!((&rows, stored_code), (&scanned["rows"], code), "{command} {window:?}");
        assert_eq!(coverage, of_scan, "{command} {window:?}");
        if command == "events" {
            assert_eq!((rows.as_array().unwrap().len(), code), expected, "{window:?}");
        }
    }
}

#[test]
fn a_store_takes_what_came_late_as_an_archive_does() {
    let of = || {
        let archive = SignedArchive::of(80, |hour| match hour {
            1 => vec![text(1, "web")],
            75 => vec![text(1, "late")],
            78 => vec![text(50, "other")],
            _ => Vec::new(),
        });
        age(&archive);
        archive
    };
    let archive = of();
    let synced = |archive: &SignedArchive| sync(archive, &FLAGS).code;
    assert_eq!(synced(&archive), Some(0));
    let window = ["--from", "2026-11-02", "--to", "2026-11-03"];
    check_late(&archive, &window, (2, Some(0)));
    check_late(&archive, &["--from", "2026-11-03", "--to", "2026-11-04"], (0, Some(5)));
    check_late(&archive, &["--from", "2026-11-04", "--to", "2026-11-05"], (1, Some(0)));
    check_late(&archive, &["--from", "2026-11-02", "--to", "2026-11-06"], (3, Some(0)));
    check_late(&archive, &[&window[..], &["--late-days", "3"]].concat(), (2, Some(0)));
    // One that was altered, and one that is not there.
    let altered = of();
    fs::write(&altered.logs[1], packed(text(1, "forged").as_bytes())).unwrap();
    let missing = of();
    fs::remove_file(&missing.logs[1]).unwrap();
    for archive in [&altered, &missing] {
        age(archive);
        assert_eq!(synced(archive), Some(5));
        check_late(archive, &window, (1, Some(5)));
    }
    // One that was read without asking: nobody knows.
    let unverified = of();
    assert_eq!(sync(&unverified, &[]).code, Some(0));
    let (rows, coverage, code) = stored(&unverified, "events", &[&["--verified"], &window[..]].concat());
    let failed = coverage["failed"].as_array().unwrap();
    assert_eq!((rows, failed.len(), code), (json!([]), 2, Some(5)), "{coverage}");
}

#[test]
fn findings_about_files_are_of_the_accounts_asked_for() {
    let archive = archive(4);
    age(&archive);
    fs::write(&archive.logs[1], packed(text(1, "forged").as_bytes())).unwrap();
    assert_eq!(sync(&archive, &FLAGS).code, Some(5));
    for (account, count) in [("111122223333", 1), ("444455556666", 0)] {
        for source in ["archive", "store:store.db"] {
            let flags = if source == "archive" { &FLAGS[..] } else { &FLAGS[..1] };
            for (command, name) in [("findings", "rows"), ("report", "findings")] {
                let day = ["--from", "2026-11-02", "--to", "2026-11-03", "--account", account];
                let ended = run(&archive, &[&[command, source, "-o", "json"], flags, &day].concat());
                let told: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{}", ended.stderr));
                let rules =
                    told[name].as_array().unwrap().iter().map(|row| row["rule_id"].as_str().or(row["rule"].as_str()));
                let altered = rules.filter(|rule| *rule == Some("log-altered")).count();
                assert_eq!((altered, ended.code), (count, Some(5)), "{command} {source} {account}: {told}");
            }
        }
    }
}

#[test]
fn an_end_that_was_cut_off_with_its_log_files_is_said() {
    let archive = archive(48);
    age(&archive);
    let day = ["--from", "2026-11-03", "--to", "2026-11-04"];
    let ends = "the digests of 111122223333 eu-west-1 audit end at 2026-11-03T20:00:00Z, before the window does";
    let asked =
        |command: &[&str], more: &[&str]| run(&archive, &[command, &["archive"], &FLAGS[1..], &day, more].concat());
    let check = |command: &[&str], is_cut: bool| {
        for (more, code) in [(&[][..], 0), (&["--strict"], if is_cut { 5 } else { 0 })] {
            let ended = asked(command, more);
            assert_eq!(
                (ended.stderr.contains(ends), ended.code),
                (is_cut, Some(code)),
                "{command:?}: {}",
                ended.stderr
            );
        }
    };
    let commands = [&["verify"][..], &["events", "--verified", "-v"]];
    for command in commands {
        check(command, false);
    }
    for hour in 44..48 {
        fs::remove_file(&archive.digests[hour]).unwrap();
        fs::remove_file(&archive.logs[hour]).unwrap();
    }
    for command in commands {
        check(command, true);
    }
    // Nobody knows where an archive ends that is asked for as a whole.
    let whole = run(&archive, &[&["verify", "archive", "--strict"], &FLAGS[1..]].concat());
    assert!(!whole.stderr.contains("before the window does") && whole.code == Some(0), "{}", whole.stderr);
    assert_eq!(sync(&archive, &FLAGS).code, Some(0));
    let stored =
        |more: &[&str]| run(&archive, &[&["events", "store:store.db", "--verified", "-v"], &day[..], more].concat());
    assert!(stored(&[]).stderr.contains(ends) && stored(&[]).code == Some(0), "{}", stored(&[]).stderr);
    assert_eq!(stored(&["--strict"]).code, Some(5));
    for source in ["archive", "store:store.db"] {
        let flags = if source == "archive" { &FLAGS[..] } else { &FLAGS[..1] };
        for command in ["events", "report"] {
            let ended = run(&archive, &[&[command, source, "-o", "json"], flags, &day].concat());
            let told: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{}", ended.stderr));
            let last = json!({"account_id": "111122223333", "region": "eu-west-1", "trail": "audit", "last": "2026-11-03T20:00:00Z"});
            assert_eq!(told["coverage"]["digests_end_early"], json!([last]), "{command} {source}");
            if command == "report" {
                let answer = &told["answers"][2];
                let verdict = "Perhaps: the digests end before the window does.";
                assert_eq!((&answer["verdict"], ended.code), (&json!(verdict), Some(0)), "{answer}");
                assert!(answer["points"].to_string().contains(ends), "{answer}");
            }
        }
    }
}

#[test]
fn a_name_without_a_file_is_there_and_cannot_be_read() {
    let archive = archive(4);
    for path in [&archive.logs[1], &archive.digests[3]] {
        fs::remove_file(path).unwrap();
        std::os::unix::fs::symlink("nothing", path).unwrap();
    }
    let (ids, failed, code) = told(&archive, &[]);
    assert_eq!((ids.len(), code), (2, Some(5)));
    assert_eq!(failed, ["a symbolic link to nothing"; 2]);
    let (report, _) = verified(&archive, &["findings"], &[]);
    assert_eq!(rules_of(&report), Vec::<String>::new(), "{report}");
    let ended =
        run(&archive, &[&["verify", "archive", "-o", "csv", "--columns", "kind,verdict,reason"], &FLAGS[1..]].concat());
    let rows =
        "kind,verdict,reason\nlog,unchecked,not-yet-covered\nlog,unchecked,unreadable\ndigest,unchecked,unreadable\n";
    assert_eq!((ended.stdout.as_str(), ended.code), (rows, Some(5)), "{}", ended.stderr);
    assert_eq!(ended.stderr.matches("a symbolic link to nothing").count(), 2, "{}", ended.stderr);
}

#[test]
fn files_to_judge_by_are_refused_where_nothing_is_judged() {
    let archive = archive(1);
    for (flag, file) in [("--public-keys", "keys.json"), ("--signatures", "signatures.ndjson")] {
        for command in
            [&["runs", "archive"][..], &["sync", "archive", "--store", "new.db"], &["query", "SELECT 1", "archive"]]
        {
            let ended = run(&archive, &[command, &[flag, file]].concat());
            assert_eq!((ended.stdout.as_str(), ended.code), ("", Some(2)), "{command:?}: {}", ended.stderr);
            assert!(ended.stderr.contains(&format!("{flag} changes nothing without --verified")), "{}", ended.stderr);
        }
    }
    // What stands in the config file is for those questions that want it.
    fs::write(archive.folder.path().join("tfctrail.toml"), "[defaults]\npublic_keys = \"keys.json\"\n").unwrap();
    assert_eq!(run(&archive, &["runs", "archive"]).code, Some(0));
    fs::write(archive.folder.path().join("tfctrail.toml"), "[defaults]\nverified = true\n").unwrap();
    assert_eq!(run(&archive, &[&["runs", "archive"], &FLAGS[1..]].concat()).code, Some(0));
}

#[test]
fn a_report_says_what_a_scan_of_its_window_says_of_the_digests() {
    let done = |what: Alteration| {
        let archive = archive(80);
        what(&archive);
        archive
    };
    let whole_day = ["--from", "2026-11-03", "--to", "2026-11-04"];
    let half_days = ["--from", "2026-11-03T12:00:00Z", "--to", "2026-11-04T12:00:00Z"];
    let forge = |archive: &SignedArchive, hour: usize| {
        fs::write(&archive.logs[hour], packed(text(hour, "forged").as_bytes())).unwrap();
    };
    let remove = |path: &std::path::Path| fs::remove_file(path).unwrap();
    let cases: [(Alteration, &[&str; 4], i32); 10] = [
        (&|_| (), &whole_day, 0),
        // It would end with the first second of the day.
        (&|archive| remove(&archive.digests[23]), &whole_day, 5),
        // The log files of the late day are read, and a hole there leaves a question open.
        (&|archive| remove(&archive.digests[54]), &whole_day, 5),
        (&|archive| (62..64).for_each(|hour| remove(&archive.digests[hour])), &half_days, 5),
        (&|archive| forge(archive, 60), &half_days, 5),
        (&|archive| remove(&archive.digests[75]), &whole_day, 0),
        (&|archive| remove(&archive.digests[10]), &whole_day, 0),
        // The hours of that day from before the window are none of it.
        (&|archive| forge(archive, 30), &half_days, 0),
        (&|archive| remove(&archive.logs[30]), &half_days, 0),
        (&|archive| remove(&archive.digests[30]), &half_days, 0),
    ];
    for (number, (what, window, code)) in cases.iter().enumerate() {
        let archive = done(*what);
        let (runs, of_runs) = verified(&archive, &["runs"], *window);
        let (page, of_report) = verified(&archive, &["report"], *window);
        assert_eq!((of_runs, of_report), (Some(*code), Some(*code)), "{number}: {page}");
        for name in ["verification", "digests_not_valid", "files", "failed", "records", "gaps", "kept"] {
            assert_eq!(page["coverage"][name], runs["coverage"][name], "{number}: {name}");
        }
        // Whoever reads the coverage alone learns the name of what makes the answer incomplete.
        let named = ["digests_not_valid", "failed"].iter().filter_map(|name| page["coverage"][*name].as_array());
        assert_eq!(named.flatten().next().is_some(), *code == 5, "{number}: {}", page["coverage"]);
        age(&archive);
        sync(&archive, &FLAGS);
        let (_, coverage, of_runs) = stored(&archive, "runs", &[&["--verified"], &window[..]].concat());
        let args = [&["report", "store:store.db", "--verified", "-o", "json"], &window[..]].concat();
        let ended = run(&archive, &args);
        let page: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{}", ended.stderr));
        assert_eq!((of_runs, ended.code), (Some(*code), Some(*code)), "{number}: {}", ended.stderr);
        for name in ["verification", "failed", "records", "gaps", "kept"] {
            assert_eq!(page["coverage"][name], coverage[name], "{number}, of the store: {name}");
        }
    }
}
