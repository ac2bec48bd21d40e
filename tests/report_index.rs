//! The index of the reports of one call: all that lie there, the gravest first, with links that lead to them.

#![expect(clippy::unwrap_used, reason = "a test that cannot run the program has failed")]

#[expect(dead_code, reason = "other tests use the rest")]
#[path = "support/events.rs"]
mod events;
#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use std::fs;
use std::path::Path;

use events::{Folder, denied, event, fixture, records};
use serde_json::{Value, json};
use support::Run;

fn report(args: &[&str]) -> support::Ended {
    let ended = Run::new(&[&["report"], args].concat()).ended();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    ended
}

/// The index of a directory; its page says what it says, and each link leads to a report.
fn index(directory: &Path) -> Value {
    let index: Value = serde_json::from_slice(&fs::read(directory.join("index.json")).unwrap()).unwrap();
    let page = fs::read_to_string(directory.join("index.html")).unwrap();
    let links: Vec<&str> = page.split("<a href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let paths: Vec<&str> = reports(&index).map(|report| report["path"].as_str().unwrap()).collect();
    assert_eq!(links, paths);
    assert!(paths.iter().all(|path| directory.join(path).is_file()), "{paths:?}");
    assert_eq!(page.matches("<script").count(), 1, "its own");
    index
}

fn reports(index: &Value) -> impl Iterator<Item = &Value> {
    index["reports"].as_array().unwrap().iter()
}

fn names(index: &Value) -> Vec<&str> {
    reports(index).map(|report| report["name"].as_str().unwrap()).collect()
}

#[test]
fn groups_are_listed_with_the_numbers_of_their_reports_and_the_gravest_first() {
    let folder = Folder::new();
    for by in ["organization", "account"] {
        let out = folder.arg(by);
        report(&[&fixture("demo"), "--date", "2026-11-05", "--group-by", by, "--out", &out]);
        let index = index(Path::new(&out));
        assert_eq!((index["by"].as_str(), index["window"]["to"].as_str()), (Some(by), Some("2026-11-06T00:00:00Z")));
        let count = folder.names(by).len() - 2;
        assert!(count > 1 && reports(&index).count() == count);
        let mut before = None;
        for listed in reports(&index) {
            let path = Path::new(&out).join(listed["path"].as_str().unwrap()).with_file_name("report.json");
            let report: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
            let numbers = &listed["numbers"];
            for figure in report["figures"].as_array().unwrap() {
                let name = figure["name"].as_str().unwrap();
                if ["runs", "assumptions", "denied"].contains(&name) {
                    assert_eq!(numbers[name], figure["value"], "{name}");
                }
            }
            assert_eq!(numbers["new"], json!(report["new"].as_array().unwrap().len()));
            let standing = report["findings"].as_array().unwrap();
            let of = |severity: &str| {
                let count =
                    standing.iter().filter(|it| it["severity"] == severity && it["suppressed"].is_null()).count();
                assert_eq!(numbers["findings"][severity], json!(count), "{severity}");
                count
            };
            let grave = ["critical", "high", "medium", "low", "info"].map(of);
            assert!(before.is_none_or(|before| before >= grave), "{before:?} {grave:?}");
            before = Some(grave);
            assert_eq!(listed["missing"]["verdict"], report["answers"][2]["verdict"]);
        }
    }
}

#[test]
fn an_index_has_what_lies_there_of_its_window_and_the_same_bytes_for_it() {
    let folder = Folder::new();
    let hostile = "<img src=x onerror=alert(1)>\\u202e\\\"&";
    let log = [
        event("1", "2026-11-01T10:00:00Z", "web"),
        event("2", "2026-11-02T10:00:00Z", "web"),
        denied("3", "2026-11-02T11:00:00Z", "web").replace("organization:acme", &format!("organization:{hostile}")),
    ];
    let logs = folder.write("logs/a.json", records(&log)).to_str().unwrap().to_owned();
    let (out, path) = (folder.arg("out"), folder.path("out"));
    let of = |day: &str| report(&[&logs, "--date", day, "--group-by", "organization", "--out", &out]);
    of("2026-11-02");
    let first = index(&path);
    let bytes = || ["index.json", "index.html"].map(|name| fs::read(path.join(name)).unwrap());
    let page = String::from_utf8(bytes()[1].clone()).unwrap();
    assert_eq!(names(&first).len(), 2);
    assert!(!page.contains("<img") && !page.contains('\u{202e}') && page.contains("&#60;img src=x"), "{page}");
    let written = bytes();
    of("2026-11-02");
    assert_eq!(bytes(), written);
    // The other organization has no event on that day, so its report of another day stays where it was.
    of("2026-11-01");
    assert_eq!(names(&index(&path)), ["organization acme"]);
    assert_eq!(folder.names("out").len(), 4);
    // What is no report of ours is told, or left alone.
    fs::write(path.join("organization-acme/manifest.json"), "{}").unwrap();
    fs::create_dir(path.join("organization-no-report")).unwrap();
    fs::create_dir(path.join("organization-\"><script>")).unwrap();
    let ended = report(&[&logs, "--date", "2026-11-03", "--group-by", "organization", "--out", &out]);
    assert!(ended.stderr.contains("organization-acme/manifest.json is not in the index"), "{}", ended.stderr);
    assert_eq!(names(&index(&path)), [""; 0]);
}

#[test]
fn days_are_listed_whenever_they_were_written() {
    let folder = Folder::new();
    let log = [
        event("1", "2026-11-02T10:00:00Z", "web"),
        denied("2", "2026-11-03T10:00:00Z", "web"),
        event("3", "2026-11-03T11:00:00Z", "net").replace("organization:acme", "organization:umbrella"),
    ];
    for (day, log) in [("02", &log[..1]), ("03", &log[1..])] {
        let name = format!("logs/111122223333_CloudTrail_eu-west-1_202611{day}T1200Z_aaaaaaaaaaaaaaaa.json");
        folder.write(&name, records(log));
    }
    let logs = folder.arg("logs");
    for (name, groups) in [("plain", &[][..]), ("grouped", &["--group-by", "organization"])] {
        let (out, path) = (folder.arg(name), folder.path(name));
        let day = folder.arg(&format!("{name}/2026-11-02"));
        report(&[&[&logs, "--date", "2026-11-02", "--out", &day], groups].concat());
        // Most days have no log file, and say so.
        let ended =
            Run::new(&[&["report", &logs, "--catch-up", "--from", "2026-11-02", "--out", &out], groups].concat())
                .ended();
        assert_eq!(ended.code, Some(5), "{}", ended.stderr);
        let days = index(&path);
        let listed = |days: &Value| -> Vec<Value> {
            let row = |it: &Value| {
                json!([it["name"], it["numbers"]["runs"], it["numbers"]["assumptions"], it["numbers"]["denied"]])
            };
            let ours = reports(days).filter(|it| !it["numbers"].is_null());
            ours.map(row).collect()
        };
        // A run can be in several groups, so that there is no sum of them.
        let runs = |count: u64| {
            if groups.is_empty() {
                json!(count)
            } else if count == 1 {
                json!(1)
            } else {
                json!(null)
            }
        };
        let third = json!(["Tuesday, 3 November 2026", runs(2), 2, 1]);
        let second = json!(["Monday, 2 November 2026", runs(1), 1, 0]);
        assert_eq!(listed(&days), [third, second]);
        // A day without a log file is not one on which nothing happened.
        let missing = |it: &&Value| it["missing"]["word"] == "yes";
        assert!(reports(&days).all(|it| missing(&it) == it["numbers"].is_null()), "{days}");
        assert!(reports(&days).any(|it| missing(&it)) || !groups.is_empty());
        if !groups.is_empty() {
            assert_eq!(names(&index(&path.join("2026-11-03"))).len(), 2);
            assert_eq!(days["reports"].as_array().unwrap().last().unwrap()["path"], "2026-11-02/index.html");
        }
        // Nothing is missing any more, and what somebody removed is no longer listed.
        fs::remove_file(path.join("index.html")).unwrap();
        let kept = fs::read(path.join("index.json")).unwrap();
        let again =
            Run::new(&[&["report", &logs, "--catch-up", "--from", "2026-11-02", "--out", &out], groups].concat())
                .ended();
        // A night without a group leaves no report, so that it is judged each time.
        assert_eq!(again.code, if groups.is_empty() { Some(0) } else { Some(5) }, "{}", again.stderr);
        assert_eq!(fs::read(path.join("index.json")).unwrap(), kept);
        index(&path);
    }
}

/// The links of a page that lead into the same tree, without what stands behind `#`.
fn links(page: &str) -> Vec<&str> {
    let links = page.split("<a href=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    links.filter(|link| !link.starts_with("http")).filter_map(|link| link.split('#').next()).collect()
}

#[test]
fn every_link_of_every_page_leads_to_a_file_and_days_lead_to_each_other() {
    let folder = Folder::new();
    let (logs, day) = (fixture("demo"), "2026-11-05");
    let days = ["2026-11-03", "2026-11-04", day];
    let write = |name: &str, more: &[&str]| {
        for date in days {
            let out = folder.arg(&format!("{name}/{date}"));
            report(&[&[&logs, "--date", date, "--out", &out], more].concat());
        }
    };
    write("plain", &["--activity"]);
    write("grouped", &["--group-by", "organization"]);
    let mut pages = 0;
    for entry in walkdir::WalkDir::new(folder.path("")).into_iter().map(|entry| entry.unwrap().into_path()) {
        if entry.extension().is_some_and(|extension| extension == "html") {
            let page = fs::read_to_string(&entry).unwrap();
            let (place, links) = (entry.parent().unwrap(), links(&page));
            let dead: Vec<&&str> = links.iter().filter(|link| !place.join(link).exists()).collect();
            assert!(dead.is_empty(), "{}: {dead:?}", entry.display());
            pages += 1;
        }
    }
    assert!(pages > 15, "{pages}");
    let around = |path: &str| {
        let page = fs::read_to_string(folder.path(path)).unwrap();
        links(&page).into_iter().filter(|link| link.starts_with("../")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(around("plain/2026-11-04/report.html"), ["../2026-11-03/report.html"]);
    let group = "organization-northwind/report.html";
    let expected = [format!("../../2026-11-04/{group}"), "../index.html".to_owned()];
    assert_eq!(around(&format!("grouped/{day}/{group}")), expected);
    // A page by itself leads nowhere, and says nothing of files that are not there.
    let alone = report(&[&logs, "--date", day, "-o", "html"]).stdout;
    assert_eq!(links(&alone).iter().filter(|link| !link.is_empty()).count(), 0);
    assert!(!alone.contains("manifest.json"));
}

#[test]
fn what_catching_up_writes_leads_to_the_index_and_to_the_days_around() {
    let folder = Folder::new();
    let log = [event("1", "2026-11-02T10:00:00Z", "web"), event("2", "2026-11-03T10:00:00Z", "web")];
    let logs = folder.write("logs/a.json", records(&log)).to_str().unwrap().to_owned();
    let out = folder.arg("out");
    let args = ["report", &logs, "--catch-up", "--from", "2026-11-02", "--out", &out];
    let ended = Run::new(&args).ended();
    assert!([Some(0), Some(5)].contains(&ended.code), "{}", ended.stderr);
    let around = |date: &str| {
        let page = fs::read_to_string(folder.path(&format!("out/{date}/report.html"))).unwrap();
        links(&page).into_iter().filter(|link| link.starts_with("../")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(around("2026-11-02"), ["../index.html", "../2026-11-03/report.html"]);
    let expected = ["../2026-11-02/report.html", "../index.html", "../2026-11-04/report.html"];
    assert_eq!(around("2026-11-03"), expected);
}
