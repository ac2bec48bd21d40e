//! `report --activity` from outside: what runs did, on the pages, in the files, and on a page for each run.

#![expect(clippy::unwrap_used, reason = "a test that cannot run the program has failed")]

#[expect(dead_code, reason = "other tests use the rest")]
#[path = "support/events.rs"]
mod events;
#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use events::{Folder, fixture};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use support::{Ended, Run};

/// The stranger's run of the 5th.
const RUN: &str = "run-633jYqyRkirzE6Wy";

/// What a page may hold of `<` in the names of strangers: nothing that a browser takes for more than text.
const HOSTILE: &str = "<img src=x onerror=\"document.title=1\"><script>1</script>|`x`\u{202e}";

fn report(args: &[&str]) -> Ended {
    Run::new(&[&["report"], args].concat()).ended()
}

/// Every file below a directory, by its path.
fn files(root: &Path) -> BTreeMap<String, String> {
    let entries = walkdir::WalkDir::new(root).into_iter().map(|entry| entry.unwrap());
    let files = entries.filter(|entry| entry.file_type().is_file());
    let name = |path: &Path| path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
    // A workbook is no text; each of its bytes is a character then.
    let text = |path: &Path| {
        let text = String::from_utf8(fs::read(path).unwrap());
        text.unwrap_or_else(|error| error.into_bytes().into_iter().map(char::from).collect())
    };
    files.map(|entry| (name(entry.path()), text(entry.path()))).collect()
}

/// The files of a report of these logs with what runs did.
fn written(logs: &str, more: &[&str]) -> BTreeMap<String, String> {
    let folder = Folder::new();
    let out = folder.arg("out");
    let ended = report(&[&[logs, "--activity", "--out", &out], more].concat());
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    files(Path::new(&out))
}

fn parsed(files: &BTreeMap<String, String>, name: &str) -> Value {
    serde_json::from_str(&files[name]).unwrap()
}

/// The names of the outermost members, in their order.
fn members(text: &str) -> Vec<&str> {
    let names = text.lines().filter_map(|line| line.strip_prefix("  \"")?.split_once("\":"));
    names.map(|(name, _)| name).collect()
}

#[test]
fn pages_and_files_tell_what_runs_did() {
    let demo = fixture("demo");
    let with = written(&demo, &["--date", "2026-11-05"]);
    let page = format!("runs/{RUN}.html");
    assert!(with.contains_key("activity.csv") && with.contains_key(&page), "{:?}", with.keys());
    // What a report had before stands as it stood, and what is new comes last.
    let without = report(&[&demo, "--date", "2026-11-05", "-o", "json"]).stdout;
    let (old, new) = (members(&without), members(&with["report.json"]));
    assert_eq!(new[..old.len()], old);
    assert_eq!(new[old.len()..], ["calls", "changes", "denied_calls", "chains", "first_used", "run_pages"]);
    let (old, new): (Value, Value) = (serde_json::from_str(&without).unwrap(), parsed(&with, "report.json"));
    // The rules over calls speak, too, and the coverage tells of the calls.
    let differing = ["coverage", "answers", "findings"];
    for name in members(&without).into_iter().filter(|name| !differing.contains(name)) {
        assert_eq!(old[name], new[name], "{name}");
    }
    assert!(new["findings"].as_array().unwrap().iter().any(|finding| finding["rule"] == "write-in-plan"));
    let of_run = |name: &str| -> Vec<Value> {
        let rows = new[name].as_array().unwrap().iter();
        rows.filter(|row| row["run"]["run_id"] == RUN).cloned().collect()
    };
    let calls: Vec<String> =
        of_run("changes").iter().map(|row| format!("{} {}", row["what"], row["event_name"])).collect();
    let expected = [
        r#""created" "CreateAccessKey""#,
        r#""changed" "StopLogging""#,
        r#""changed" "PutBucketPolicy""#,
        r#""deleted" "DeleteBucketPublicAccessBlock""#,
    ];
    assert_eq!(calls, expected);
    assert_eq!(of_run("denied_calls").len(), 4);
    assert!(of_run("denied_calls")[0]["message"].as_str().unwrap().contains("is not authorized to perform"));
    let roles = &of_run("chains")[0]["roles"];
    let ends: Vec<&str> = roles.as_array().unwrap().iter().filter_map(|arn| arn.as_str()?.rsplit('/').next()).collect();
    assert_eq!(ends, ["tfc-sandbox", "artifact-publisher"]);
    assert_eq!(of_run("run_pages")[0]["file"], page);
    let calls = &new["coverage"]["calls"];
    let sum: u64 = ["attributed", "filtered", "duplicate", "conflicts", "shared_copies", "unattributed"]
        .iter()
        .map(|name| calls[name].as_u64().unwrap())
        .sum();
    assert_eq!((calls["read"].as_u64(), &calls["attributed"]), (Some(sum), &new["calls"]["calls"]));
    for text in ["What runs changed", "Refused calls", "Where runs went on", "Services used for the first time"] {
        assert!(with["report.html"].contains(text) && with["report.md"].contains(text), "{text}");
    }
    assert!(
        with["report.html"].contains(&format!("href=\"{page}\"")) && with["report.md"].contains(&format!("]({page})"))
    );
    let own = &with[&page];
    for text in [
        "trail/labs-debug",
        "artifact-publisher in 222233334444",
        "northwind-website",
        "GetSecretValue",
        "../report.html",
    ] {
        assert!(own.contains(text), "{text}");
    }
}

#[test]
fn the_manifest_has_every_file_and_every_thread_the_same() {
    let demo = fixture("demo");
    let files = written(&demo, &["--date", "2026-11-05", "--threads", "1"]);
    let manifest = parsed(&files, "manifest.json");
    let listed = manifest["files"].as_array().unwrap();
    assert_eq!(listed.len() + 1, files.len());
    for file in listed {
        let name = file["name"].as_str().unwrap();
        let text = &files[name];
        let bytes = if name == "report.xlsx" {
            text.chars().map(|character| u8::try_from(character).unwrap()).collect()
        } else {
            text.clone().into_bytes()
        };
        let hash = Sha256::digest(bytes).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        assert_eq!(file["sha256"], hash);
    }
    assert_eq!(written(&demo, &["--date", "2026-11-05", "--threads", "4"]), files);
    let report = parsed(&files, "report.json");
    let rows = files["activity.csv"].lines().count() - 1;
    assert!(rows > 20 && files["activity.csv"].starts_with("organization,project,workspace,"));
    let pages = report["run_pages"].as_array().unwrap().len();
    assert_eq!(pages, files.keys().filter(|name| name.starts_with("runs/")).count());
}

#[test]
fn a_group_has_its_own_runs_and_a_day_has_no_pages_of_another() {
    let demo = fixture("demo");
    let groups = written(&demo, &["--date", "2026-11-05", "--group-by", "organization"]);
    let pages = |folder: &str| groups.keys().filter(|name| name.starts_with(&format!("{folder}/runs/"))).count();
    assert_eq!((pages("organization-quietfox-7"), pages("organization-northwind-labs")), (1, 1));
    let folder = Folder::new();
    let out = folder.arg("out");
    for (date, runs) in [("2026-11-05", true), ("2026-11-06", false)] {
        let ended = report(&[&demo, "--activity", "--date", date, "--out", &out]);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert_eq!(files(Path::new(&out)).contains_key(&format!("runs/{RUN}.html")), runs, "{date}");
    }
    // One page alone leads nowhere.
    let page = report(&[&demo, "--activity", "--date", "2026-11-05", "-o", "html"]).stdout;
    assert!(page.contains("What runs changed") && !page.contains("href=\"runs/"), "{page}");
}

#[test]
fn what_holds_no_calls_is_refused_before_anything_is_done() {
    let folder = Folder::new();
    let (demo, store, out) = (fixture("demo"), folder.arg("store.db"), folder.arg("out"));
    let refused = |args: &[&str], code: i32, told: &str| {
        let ended = report(&[args, &["--activity", "--out", &out]].concat());
        assert_eq!(ended.code, Some(code), "{}", ended.stderr);
        assert!(ended.stderr.contains(told), "{}", ended.stderr);
    };
    refused(&["event-history:eu-west-1"], 2, "holds no calls");
    for (activity, told) in [("none", "keeps no calls of runs"), ("sums", "keeps no single calls of")] {
        let activity = format!("--activity={activity}");
        assert_eq!(Run::new(&["sync", &demo, "--store", &store, "-q", &activity]).ended().code, Some(0));
        refused(&["--store", &store], 1, told);
    }
    assert!(!Path::new(&out).exists());
}

#[test]
fn a_store_gives_the_files_that_the_logs_give() {
    let folder = Folder::new();
    let (demo, store) = (fixture("demo"), folder.arg("store.db"));
    let config = folder.write("tfctrail.toml", "[defaults.report]\nactivity = true\n");
    let config = config.to_str().unwrap();
    let written = |args: &[&str], out: &str| -> BTreeMap<String, String> {
        let out = folder.arg(out);
        let ended = report(&[args, &["--date", "2026-11-05", "--out", &out]].concat());
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        let mut files = files(Path::new(&out));
        // These name the sources and what was read of them.
        let is_csv = |name: &str| Path::new(name).extension().is_some_and(|end| end == "csv");
        files.retain(|name, _| is_csv(name) || name.starts_with("runs/"));
        files
    };
    let scanned = written(&[&demo, "--activity"], "scanned");
    assert!(scanned.keys().any(|name| name.starts_with("runs/")) && scanned.contains_key("activity.csv"));
    // The config file asks for what runs did, so that the sync keeps each call.
    assert_eq!(written(&[&demo, "--sync", "--store", &store, "--config", config], "synced"), scanned);
    assert_eq!(written(&["--store", &store, "--activity"], "stored"), scanned);
    assert_eq!(written(&[&demo, "--sync", "--activity", "--store", &folder.arg("more.db")], "typed"), scanned);
    let caught_up =
        report(&["--store", &store, "--activity", "--catch-up", "--from", "2026-11-04", "--out", &folder.arg("all")]);
    assert!(caught_up.code.is_some_and(|code| code == 0 || code == 5), "{}", caught_up.stderr);
    let mut day = files(&folder.path("all/2026-11-05"));
    day.retain(|name, _| scanned.contains_key(name));
    // Only these lie beside reports of other days.
    for page in day.values_mut().filter(|page| page.contains("<nav class=\"around\"")) {
        let (before, rest) = page.split_once("<a href=\"../../").unwrap();
        assert!(rest.starts_with("2026-11-04/report.html") && rest.contains("../../2026-11-06/report.html"));
        let (_, files) = rest.rsplit_once("</a><span><a href=\"../runs.csv\">").unwrap();
        *page = format!("{before}<span><a href=\"../runs.csv\">{files}");
    }
    assert_eq!(day, scanned);
}

#[test]
fn calls_count_by_the_minute_in_which_a_window_begins() {
    let folder = Folder::new();
    for (name, hour, calls) in [("early", 8, 3), ("late", 12, 2)] {
        let records = json!({"Records": run(hour, name, calls, "x")}).to_string();
        let records = records.replace("2026-11-02T10:", &format!("2026-11-03T{hour:02}:"));
        let file = format!("111122223333_CloudTrail_eu-west-1_20261103T{hour:02}59Z_abcdefgh123456{hour:02}.json");
        folder.write_old(&format!("logs/{file}"), records);
    }
    let (logs, store) = (folder.arg("logs"), folder.arg("s.db"));
    let synced = Run::new(&["sync", &logs, "--store", &store, "--activity=calls"]).ended();
    assert_eq!(synced.code, Some(0), "{}", synced.stderr);
    for source in [logs, format!("store:{store}")] {
        for (from, read, attributed) in
            [("2026-11-03", 5, 5), ("2026-11-03T08:59:30Z", 5, 2), ("2026-11-03T10:00:00Z", 2, 2)]
        {
            let ended = report(&[&source, "--activity", "--from", from, "--to", "2026-11-04", "-o", "json"]);
            let told: Value = serde_json::from_str(&ended.stdout).unwrap();
            let (calls, records) = (&told["coverage"]["calls"], &told["coverage"]["records"]);
            assert_eq!((&calls["read"], &calls["attributed"]), (&json!(read), &json!(attributed)), "{source} {from}");
            assert!(calls["read"].as_u64() <= records["other"].as_u64(), "{source} {from}: {calls} {records}");
        }
    }
}

/// A run of a workspace: its assumption, and so many calls with these texts.
fn run(number: usize, name: &str, calls: usize, text: &str) -> Vec<Value> {
    let role = "arn:aws:iam::111122223333:role/deploy";
    let (session, key) = (format!("terraform-run-run-Gen{number}"), format!("ASIA{number:08}"));
    let place = |mut event: Value, id: String, second: usize| {
        event["eventID"] = json!(id);
        event["eventTime"] = json!(format!("2026-11-02T10:{:02}:{:02}Z", second / 60 % 60, second % 60));
        event["awsRegion"] = json!("eu-west-1");
        event["recipientAccountId"] = json!("111122223333");
        event
    };
    let start = json!({
        "eventName": "AssumeRoleWithWebIdentity", "eventSource": "sts.amazonaws.com",
        "userIdentity": {"type": "WebIdentityUser",
            "userName": format!("organization:{name}:project:{name}:workspace:{name}:run_phase:apply"),
            "identityProvider": "arn:aws:iam::111122223333:oidc-provider/app.terraform.io"},
        "requestParameters": {"roleArn": role, "roleSessionName": session},
        "responseElements": {"credentials": {"accessKeyId": key}, "assumedRoleUser": {"assumedRoleId": format!("AROA1:{session}")}},
    });
    let call = |at: usize| {
        let denied = at % 2 == 1;
        json!({
            "eventName": format!("Put{text}"), "eventSource": "s3.amazonaws.com", "readOnly": false,
            "userIdentity": {"type": "AssumedRole", "principalId": format!("AROA1:{session}"), "accessKeyId": key},
            "errorCode": denied.then_some("AccessDenied"), "errorMessage": denied.then(|| text.repeat(40)),
            "requestParameters": {"bucketName": format!("{text}{at}")},
        })
    };
    let calls = (0..calls).map(|at| place(call(at), format!("c-{number}-{at}"), at % 3_000 + 1));
    std::iter::once(place(start, format!("a-{number}"), 0)).chain(calls).collect()
}

#[test]
fn names_of_strangers_stay_text() {
    let folder = Folder::new();
    let name = HOSTILE.replace(':', "");
    let records = [run(1, &name, 6, HOSTILE), run(2, "acme", 3, HOSTILE)].concat();
    folder.write("logs/all.json", json!({"Records": records}).to_string());
    let files = written(&folder.arg("logs"), &["--date", "2026-11-02"]);
    let pages: Vec<&String> = files.keys().filter(|name| name.contains(".html")).collect();
    assert_eq!(pages.len(), 3, "{pages:?}");
    for page in pages {
        let text = &files[page];
        assert_eq!((text.matches("<script").count(), text.matches("<img").count()), (1, 0), "{page}");
        assert!(!text.contains('\u{202e}') && text.contains("Content-Security-Policy"), "{page}");
    }
    let markdown = &files["report.md"];
    assert!(!markdown.contains("<img") && !markdown.contains("<script"), "{markdown}");
}

#[test]
fn pages_are_bounded_and_say_what_they_leave_out() {
    let folder = Folder::new();
    let mut records: Vec<Value> = (2..600).flat_map(|number| run(number, "acme", 1, "Object")).collect();
    records.extend(run(1, "acme", 3_000, "LongNameOfAnObject"));
    folder.write("logs/all.json", json!({"Records": records}).to_string());
    let files = written(&folder.arg("logs"), &["--date", "2026-11-02"]);
    assert_eq!(files.keys().filter(|name| name.starts_with("runs/")).count(), 500);
    let large = &files["runs/run-Gen1.html"];
    assert!(large.len() < 1_000_000, "{}", large.len());
    assert!(large.contains(" of 3,001 rows; tfctrail show, "), "{large}");
    assert!(files["report.html"].len() < 2_000_000);
}

const RUN_ROLE: &str = "arn:aws:iam::111122223333:role/deploy";
const OTHER_ROLE: &str = "arn:aws:iam::222233334444:role/other";

/// A call of the session of a principal, which AWS took for one of HCP Terraform if it has no known key.
fn call_of(principal: &str, key: Option<&str>, (id, time, name): (&str, &str, &str), account: &str) -> Value {
    let provider = json!({"federatedProvider": "arn:aws:iam::111122223333:oidc-provider/app.terraform.io"});
    let role = if account == "111122223333" { RUN_ROLE } else { OTHER_ROLE };
    json!({
        "eventVersion": "1.11", "eventTime": time, "eventSource": "cloudtrail.amazonaws.com", "eventName": name,
        "awsRegion": "eu-west-1", "sourceIPAddress": "192.0.2.7", "readOnly": false, "eventID": id,
        "userIdentity": {"type": "AssumedRole", "principalId": principal, "accessKeyId": key.unwrap_or("ASIAUNKNOWN"),
            "sessionContext": {"sessionIssuer": {"type": "Role", "arn": role},
                "webIdFederationData": key.is_none().then_some(provider)}},
        "recipientAccountId": account,
    })
}

fn assumed(run: &str, time: &str) -> Value {
    let text = events::event(&format!("a-{run}-{time}"), time, run).replace(
        "\"responseElements\":{",
        &format!(
            "\"responseElements\":{{\"assumedRoleUser\":{{\"assumedRoleId\":\"AROA{run}:terraform-run-run-{run}\"}},"
        ),
    );
    serde_json::from_str(&text).unwrap()
}

/// The names of the calls in each `activity.csv`, by its folder.
fn told(files: &BTreeMap<String, String>) -> BTreeMap<&str, Vec<&str>> {
    let tables = files.iter().filter_map(|(name, text)| Some((name.strip_suffix("activity.csv")?, text)));
    let names = |text: &'static str, line: &str| line.contains(text).then_some(text);
    let rows = |text: &String| -> Vec<&'static str> {
        let known = ["AssumeRole", "DeleteTrail", "StopLogging", "UpdateTrail"];
        let mut found: Vec<&str> =
            text.lines().skip(1).flat_map(|line| known.map(|name| names(name, line))).flatten().collect();
        found.sort_unstable();
        found
    };
    tables.map(|(folder, text)| (folder.trim_end_matches('/'), rows(text))).collect()
}

#[test]
fn calls_are_told_whenever_and_wherever_their_run_began() {
    let folder = Folder::new();
    let assume = {
        let mut call = call_of(
            "AROAone:terraform-run-run-one",
            Some("ASIAEXAMPLE"),
            ("c1", "2026-11-03T09:01:00Z", "AssumeRole"),
            "111122223333",
        );
        call["eventSource"] = json!("sts.amazonaws.com");
        call["readOnly"] = json!(true);
        call["responseElements"] =
            json!({"credentials": {"accessKeyId": "ASIANEXT"}, "assumedRoleUser": {"assumedRoleId": "AROANEXT:s"}});
        call
    };
    let of_tfe = |event: &Value| {
        serde_json::from_str(&event.to_string().replace("app.terraform.io", "tfe.example.com")).unwrap()
    };
    let records = [
        // The run was seen on the day before; whatever gave it this session was not read.
        assumed("two", "2026-11-02T09:00:00Z"),
        call_of("AROAX:terraform-run-run-two", None, ("c3", "2026-11-03T12:00:00Z", "DeleteTrail"), "111122223333"),
        // Another one went on to another account.
        assumed("one", "2026-11-03T09:00:00Z"),
        assume,
        call_of("AROANEXT:s", Some("ASIANEXT"), ("c2", "2026-11-03T09:02:00Z", "StopLogging"), "222233334444"),
        // A third one goes on past midnight.
        assumed("three", "2026-11-03T23:50:00Z"),
        call_of(
            "AROAthree:terraform-run-run-three",
            Some("ASIAEXAMPLE"),
            ("c4", "2026-11-04T00:10:00Z", "UpdateTrail"),
            "111122223333",
        ),
        // A fourth one has its token of another issuer.
        of_tfe(&assumed("four", "2026-11-05T23:50:00Z")),
        call_of(
            "AROAfour:terraform-run-run-four",
            Some("ASIAEXAMPLE"),
            ("c5", "2026-11-05T23:55:00Z", "StopLogging"),
            "111122223333",
        ),
        call_of(
            "AROAfour:terraform-run-run-four",
            Some("ASIAEXAMPLE"),
            ("c6", "2026-11-06T00:05:00Z", "UpdateTrail"),
            "111122223333",
        ),
    ];
    folder.write_old("logs/a.json", json!({"Records": records}).to_string());
    let (logs, store) = (folder.arg("logs"), folder.arg("s.db"));
    let synced = Run::new(&["sync", &logs, "--store", &store, "--activity=calls"]).ended();
    assert_eq!(synced.code, Some(0), "{}", synced.stderr);
    let all = ["AssumeRole", "DeleteTrail", "StopLogging"];
    for source in [logs, format!("store:{store}")] {
        let check = |more: &[&str], expected: &[(&str, &[&str])]| {
            let files = written(&source, more);
            let expected: BTreeMap<&str, Vec<&str>> =
                expected.iter().map(|(group, names)| (*group, names.to_vec())).collect();
            assert_eq!(told(&files), expected, "{source} {more:?}");
            files
        };
        let files = check(&["--date", "2026-11-03"], &[("", &all)]);
        assert!(!files["report.md"].contains("No run changed anything"));
        check(&["--date", "2026-11-03", "--org", "acme"], &[("", &["AssumeRole", "StopLogging"])]);
        check(&["--date", "2026-11-03", "--account", "222233334444"], &[("", &["StopLogging"])]);
        let files =
            check(&["--date", "2026-11-03", "--account", "111122223333"], &[("", &["AssumeRole", "DeleteTrail"])]);
        assert!(!files["findings.csv"].contains("StopLogging") && files["findings.csv"].contains("DeleteTrail"));
        assert_eq!(parsed(&files, "report.json")["coverage"]["calls"]["attributed"], 2);
        // A whole run has its calls elsewhere, too; the rules look at what the filter asks for.
        check(&["--date", "2026-11-03", "--account", "222233334444", "--whole-runs"], &[("", &["StopLogging"])]);
        let files = check(&["--date", "2026-11-03", "--account", "111122223333", "--whole-runs"], &[("", &all)]);
        assert!(!files["findings.csv"].contains("StopLogging") && files["findings.csv"].contains("DeleteTrail"));
        assert_eq!(parsed(&files, "report.json")["coverage"]["calls"]["attributed"], 3);
        let beta = ["--date", "2026-11-03", "--org", "beta", "--whole-runs", "--group-by", "organization"];
        let ended = report(&[&[source.as_str(), "--activity", "--out", &folder.arg("none")], &beta[..]].concat());
        assert!(ended.code == Some(0) && ended.stderr.contains("so no report is written"), "{}", ended.stderr);
        check(&["--date", "2026-11-03", "--outcome", "denied"], &[("", &all)]);
        check(
            &["--date", "2026-11-03", "--group-by", "organization"],
            &[
                ("organization--e3b0c44298fc1c14", &["DeleteTrail"]),
                ("organization-acme", &["AssumeRole", "StopLogging"]),
            ],
        );
        check(
            &["--date", "2026-11-03", "--group-by", "account"],
            &[("account-111122223333", &["AssumeRole", "DeleteTrail"]), ("account-222233334444", &["StopLogging"])],
        );
        check(&["--date", "2026-11-04", "--group-by", "account"], &[("account-111122223333", &["UpdateTrail"])]);
        // Only the rules see runs of an issuer that nobody named.
        let files = check(&["--date", "2026-11-05"], &[("", &[])]);
        assert!(files["findings.csv"].contains("StopLogging"), "{}", files["findings.csv"]);
        assert_eq!(parsed(&files, "report.json")["coverage"]["calls"]["attributed"], 0);
        let groups = check(&["--date", "2026-11-06", "--group-by", "account"], &[("account-111122223333", &[])]);
        assert!(groups["account-111122223333/findings.csv"].contains("UpdateTrail"), "{groups:?}");
        check(&["--date", "2026-11-05", "--tfe-host", "tfe.example.com"], &[("", &["StopLogging"])]);
    }
}
