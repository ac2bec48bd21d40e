//! Which files are read, and how often (DESIGN §2).

#![expect(clippy::unwrap_used, reason = "a test that cannot prepare its files has failed")]

#[expect(dead_code, reason = "other tests use the rest")]
#[path = "support/events.rs"]
mod events;
#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use std::fs;
#[cfg(unix)]
use std::os::unix::fs::symlink;

use events::{Folder, event, records};
use serde_json::{Value, json};
use support::Run;

fn json_of(args: &[&str]) -> (Option<i32>, Value) {
    let ended = Run::new(&[args, &["-o", "json"]].concat()).ended();
    (ended.code, serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{args:?}: {}", ended.stderr)))
}

fn column(report: &Value, name: &str) -> Vec<String> {
    report["rows"].as_array().unwrap().iter().map(|row| row[name].as_str().unwrap_or("-").to_owned()).collect()
}

/// The name of a log file delivered at `stamp`, in its folder.
fn key(stamp: &str, number: usize) -> String {
    let day = format!("{}/{}/{}", &stamp[..4], &stamp[4..6], &stamp[6..8]);
    let name = format!("111122223333_CloudTrail_eu-west-1_{stamp}_{number:016}.json");
    format!("AWSLogs/111122223333/CloudTrail/eu-west-1/{day}/{name}")
}

/// Whether a log file that was delivered at `stamp` is read, with these flags.
fn check_window(flags: &[&str], stamp: &str, read: bool) {
    let folder = Folder::new();
    folder.write(&key(stamp, 1), records(&[]));
    let (code, report) = json_of(&[&["events", &folder.arg("")][..], flags].concat());
    let files = &report["coverage"]["files"];
    let expected = if read { (1, 0) } else { (0, 1) };
    assert_eq!(
        (code, &files["read"], &files["skipped"]["window"]),
        (Some(if read { 0 } else { 5 }), &json!(expected.0), &json!(expected.1)),
        "{flags:?} {stamp}"
    );
}

#[test]
fn files_delivered_outside_the_window_are_skipped_by_the_minute_and_the_day() {
    let window = ["--from", "2026-11-02T10:30:40Z", "--to", "2026-11-03T00:00:00Z"];
    check_window(&window, "20261102T1029Z", false);
    check_window(&window, "20261102T1030Z", true);
    check_window(&window, "20261103T2359Z", true);
    check_window(&window, "20261104T0000Z", false);
    let with = |days| [&window[..], &["--late-days", days]].concat();
    check_window(&with("0"), "20261102T2359Z", true);
    check_window(&with("0"), "20261103T0000Z", false);
    check_window(&with("3"), "20261105T2359Z", true);
    check_window(&with("3"), "20261106T0000Z", false);
    // One second more, and the last second lies in the next day.
    let longer = ["--from", "2026-11-02", "--to", "2026-11-03T00:00:01Z"];
    check_window(&longer, "20261104T2359Z", true);
    check_window(&longer, "20261105T0000Z", false);
    check_window(&["--from", "2026-11-02"], "20990101T0000Z", true);
    check_window(&["--to", "2026-11-02"], "19990101T0000Z", true);
}

#[test]
fn only_a_full_name_has_a_stamp() {
    let folder = Folder::new();
    let far = "20200101T0000Z";
    folder.write(&key(far, 1), records(&[event("1", "2026-11-02T00:00:00Z", "one")]));
    folder
        .write(&key(far, 2).replace("_0000000000000002", "_2"), records(&[event("2", "2026-11-02T00:00:00Z", "two")]));
    let (code, report) = json_of(&["events", &folder.arg(""), "--from", "2026-11-02", "--to", "2026-11-03"]);
    assert_eq!((code, column(&report, "event_id")), (Some(0), vec!["2".to_owned()]));
    // A file that is named itself is no exception.
    let file = folder.arg(&key(far, 1));
    let (code, report) = json_of(&["events", &file, "--from", "2026-11-02"]);
    assert_eq!((code, &report["coverage"]["files"]["skipped"]["window"]), (Some(0), &json!(1)));
}

#[test]
fn events_outside_the_window_are_filtered() {
    let folder = Folder::new();
    let times = ["2026-11-01T23:59:59Z", "2026-11-02T00:00:00Z", "2026-11-02T23:59:59.9Z", "2026-11-03T00:00:00Z"];
    let events: Vec<String> = times.iter().enumerate().map(|(at, time)| event(&at.to_string(), time, "web")).collect();
    folder.write("a.json", records(&events));
    let path = folder.arg("a.json");
    let (_, report) = json_of(&["events", &path, "--from", "2026-11-02", "--to", "2026-11-03"]);
    assert_eq!(column(&report, "event_id"), ["1", "2"]);
    let coverage = &report["coverage"];
    assert_eq!(coverage["kept"], json!({"reported": 2, "filtered": 2, "duplicate": 0, "conflicts": 0}));
    assert_eq!(coverage["window"], json!({"from": "2026-11-02T00:00:00Z", "to": "2026-11-03T00:00:00Z"}));
}

#[cfg(unix)]
#[test]
fn each_real_file_is_read_once_through_any_number_of_links() {
    let folder = Folder::new();
    folder.write("real/a.json", records(&[event("1", "2026-11-02T00:00:00Z", "web")]));
    symlink(folder.path("real/a.json"), folder.path("real/b.json")).unwrap();
    symlink(folder.path("real"), folder.path("real/loop")).unwrap();
    symlink(folder.path("real"), folder.path("also")).unwrap();
    for (source, log_file) in [("real", "a.json"), ("also", "a.json"), ("", "real/a.json"), ("real/b.json", "b.json")] {
        let (code, report) = json_of(&["events", &folder.arg(source)]);
        assert_eq!((code, column(&report, "log_file")), (Some(0), vec![log_file.to_owned()]), "{source}");
        assert_eq!(report["coverage"]["files"]["total"], 1, "{source}");
    }
    // Two links to a file outside: the first name stands.
    fs::create_dir(folder.path("links")).unwrap();
    for name in ["y.json", "x.json"] {
        symlink(folder.path("real/a.json"), folder.path("links").join(name)).unwrap();
    }
    let (code, report) = json_of(&["events", &folder.arg("links")]);
    assert_eq!((code, column(&report, "log_file")), (Some(0), vec!["x.json".to_owned()]));
    assert_eq!(report["coverage"]["kept"]["duplicate"], 0);
}

#[cfg(unix)]
#[test]
fn a_dangling_link_fails_and_what_is_no_file_is_skipped() {
    let folder = Folder::new();
    folder.write("logs/a.json", records(&[]));
    symlink("nowhere", folder.path("logs/gone.json")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(folder.path("logs/pipe")).status().unwrap().success());
    symlink("pipe", folder.path("logs/to-pipe")).unwrap();
    let (code, report) = json_of(&["events", &folder.arg("logs")]);
    let coverage = &report["coverage"];
    assert_eq!(code, Some(5));
    assert_eq!(coverage["failed"], json!([{"file": "gone.json", "reason": "a symbolic link to nothing"}]));
    assert_eq!(coverage["files"]["skipped"]["special"], 2);
    assert_eq!((&coverage["files"]["total"], &coverage["files"]["read"]), (&json!(4), &json!(1)));
}

#[cfg(unix)]
#[test]
fn a_name_that_is_no_text_is_read_and_shown() {
    let folder = Folder::new();
    fs::create_dir(folder.path("logs")).unwrap();
    let name = <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(b"a\xff\x1b[31m.json");
    if fs::write(folder.path("logs").join(name), records(&[event("1", "2026-11-02T00:00:00Z", "web")])).is_err() {
        // Some file systems have no such names.
        return;
    }
    let (code, report) = json_of(&["events", &folder.arg("logs")]);
    assert_eq!((code, column(&report, "log_file")), (Some(0), vec!["a\u{fffd}\u{1b}[31m.json".to_owned()]));
    let table = Run::new(&["events", &folder.arg("logs"), "--columns", "log_file"]).ended();
    assert!(!table.stdout.contains('\u{1b}') && !table.stderr.contains('\u{1b}'), "{table:?}");
}

#[test]
fn coverage_has_a_row_for_each_day_and_each_gap() {
    let folder = Folder::new();
    let one = |id| records(&[event(id, "2026-11-02T00:00:00Z", "web"), "{}".to_owned()]);
    folder.write(&key("20261102T1000Z", 1), one("1"));
    folder.write(&key("20261102T1100Z", 2), one("2"));
    folder.write(&key("20261105T1000Z", 3), records(&[]));
    folder.write("AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/11/03/x.json.gz", "");
    folder.write("loose.json", one("4"));
    let source = folder.arg("");
    let ended = Run::new(&["coverage", &source, "-o", "csv"]).ended();
    let expected = "account_id,region,date,files,records,kept,gap,gap_kind\n\
        ,,,1,2,1,false,\n\
        111122223333,eu-west-1,2026-11-02,2,4,2,false,\n\
        111122223333,eu-west-1,2026-11-03,0,0,0,true,inside\n\
        111122223333,eu-west-1,2026-11-04,0,0,0,true,inside\n\
        111122223333,eu-west-1,2026-11-05,1,0,0,false,\n";
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), expected));
    let (_, report) = json_of(&["coverage", &source]);
    let gaps: Vec<&Value> = report["coverage"]["gaps"].as_array().unwrap().iter().map(|gap| &gap["date"]).collect();
    assert_eq!(gaps, ["2026-11-03", "2026-11-04"]);
}

/// The gaps of a window as `day kind`, for log files on some days.
fn gaps_of(days: &[&str], window: &[&str]) -> (Option<i32>, Vec<String>) {
    let folder = Folder::new();
    for (at, day) in days.iter().enumerate() {
        folder.write(&key(&format!("{day}T1000Z"), at), records(&[]));
    }
    let (code, report) = json_of(&[&["coverage", &folder.arg("")][..], window].concat());
    let gaps = report["coverage"]["gaps"].as_array().unwrap().iter();
    let shown = gaps.map(|gap| format!("{} {}", gap["date"].as_str().unwrap(), gap["kind"].as_str().unwrap()));
    let shown: Vec<String> = shown.collect();
    let rows = report["rows"].as_array().unwrap().iter().filter(|row| row["gap"] == json!(true));
    let rows: Vec<String> =
        rows.map(|row| format!("{} {}", row["date"].as_str().unwrap(), row["gap_kind"].as_str().unwrap())).collect();
    assert_eq!(rows, shown);
    (code, shown)
}

#[test]
fn a_known_place_has_gaps_at_the_edges_of_a_window() {
    let october = ["--from", "2026-10-01", "--to", "2026-10-04"];
    let all = |kind: &str| ["01", "02", "03"].map(|day| format!("2026-10-{day} {kind}")).to_vec();
    // Known by the week before, by the late days, by the window itself; and not known.
    assert_eq!(gaps_of(&["20260924"], &october), (Some(5), all("after-last")));
    assert_eq!(gaps_of(&["20260923"], &october), (Some(5), Vec::new()));
    assert_eq!(gaps_of(&["20261004"], &october), (Some(0), all("before-first")));
    assert_eq!(gaps_of(&["20261005"], &october), (Some(5), Vec::new()));
    let around = vec!["2026-10-01 before-first".to_owned(), "2026-10-03 after-last".to_owned()];
    assert_eq!(gaps_of(&["20261002"], &october), (Some(0), around.clone()));
    assert_eq!(gaps_of(&["20261002"], &[&october[..], &["--strict"]].concat()), (Some(5), around));
    // Days that cannot be decide nothing, and take no room.
    let impossible = ["00010101", "20261002", "20261004", "99991230"];
    assert_eq!(gaps_of(&impossible, &[]), (Some(0), vec!["2026-10-03 inside".to_owned()]));
}

/// What a person wrote, as an editor or Windows PowerShell's `>` saves it.
fn saved(text: &str) -> [Vec<u8>; 4] {
    let marked = format!("\u{feff}{text}");
    let units = || marked.encode_utf16();
    [
        text.as_bytes().to_vec(),
        marked.clone().into_bytes(),
        units().flat_map(u16::to_le_bytes).collect(),
        units().flat_map(u16::to_be_bytes).collect(),
    ]
}

const POLICY: &str = r#"{"Role":{"Arn":"arn:aws:iam::444455556666:role/tfc-sandbox","AssumeRolePolicyDocument":{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::444455556666:oidc-provider/app.terraform.io"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"app.terraform.io:aud":"aws.workload.identity"}}}}}}"#;

#[test]
fn what_a_person_wrote_is_read_however_it_was_saved() {
    let demo = events::fixture("demo");
    let config = "# Münze\nexpected_organizations = ['münze']\n[notify.team]\nkind = 'webhook'\nurl_file = 'FILE'\n";
    let subjects = "organization:münze:project:a:workspace:b:run_phase:plan\r\n";
    let check = |text: &str, args: &[&str], expected: &str| {
        for bytes in saved(text) {
            let folder = Folder::new();
            folder.write("FILE", &bytes);
            let ended = Run::new(args).dir(&folder.path("")).stdin(&bytes).ended();
            let said = [ended.stdout.as_str(), &ended.stderr].concat();
            assert!(said.contains(expected), "{args:?} {:?}: {said}", &bytes[..4]);
            assert!(!said.contains('\u{feff}'), "{args:?} {:?}: {said}", &bytes[..4]);
        }
    };
    let policy = ["trust", &demo, "--policy", "FILE", "-o", "csv", "--columns", "verdict,example"];
    check(POLICY, &policy, "\nopen,organization:stranger:");
    check(config, &["config", "show", "--config", "FILE", "-o", "csv"], "\nexpected_organizations,münze\n");
    check(config, &["schedule", "kubernetes", "s3://logs", "--config", "FILE"], " # Münze\n");
    check("SELECT 'münze' AS name", &["query", "--file", "FILE", &demo, "-o", "csv"], "name\nmünze\n");
    check("SELECT 'münze' AS name", &["query", "-", &demo, "-o", "csv"], "name\nmünze\n");
    check(subjects, &["decode", "-", "-o", "csv"], ",workspace,münze,a,b,");
}

#[test]
fn a_secret_is_read_however_it_was_saved() {
    for bytes in saved("ftp://example.com/T000\r\n") {
        let folder = Folder::new();
        folder.write("url", &bytes);
        folder.write("tfctrail.toml", "[notify.team]\nkind = 'webhook'\nurl_file = 'url'\n");
        let ended = Run::new(&["notify", "team"]).dir(&folder.path("")).ended();
        assert!(
            ended.stderr.contains("notify.team: not a URL that starts with https://"),
            "{:?}: {}",
            &bytes[..4],
            ended.stderr
        );
    }
}

#[test]
fn what_is_no_text_is_refused_by_name() {
    let check = |bytes: &[u8], expected: &str| {
        let folder = Folder::new();
        folder.write("FILE", bytes);
        for (args, code) in [
            (vec!["trust", ".", "--policy", "FILE"], 2),
            (vec!["runs", ".", "--config", "FILE"], 2),
            (vec!["query", "--file", "FILE", "."], 2),
        ] {
            let ended = Run::new(&args).dir(&folder.path("")).ended();
            let told = format!("{} 'FILE': {expected}\n", args.iter().find(|arg| arg.starts_with("--")).unwrap());
            assert!(ended.code == Some(code) && ended.stderr.contains(&told), "{args:?}: {}", ended.stderr);
        }
    };
    check(b"{\xff}", "not UTF-8");
    check(b"{\0}\0", "encoded as UTF-16 without a byte order mark; save it as UTF-8");
    check(&vec![b' '; (1 << 20) + 1], "larger than 1048576 bytes");
    let sparse: Vec<u8> = " ".repeat((1 << 20) + 1).encode_utf16().flat_map(u16::to_le_bytes).collect();
    check(&[b"\xff\xfe", &sparse[..]].concat(), "larger than 1048576 bytes");
}

#[test]
fn rows_that_a_shell_redirected_are_ours() {
    for bytes in saved("run_id,kind\r\nrun-a,workspace\r\n") {
        let folder = Folder::new();
        folder.write("logs/a.json", records(&[event("1", "2026-11-02T10:00:00Z", "web")]));
        let rows = folder.write("logs/yesterday.csv", bytes);
        let (code, report) = json_of(&["events", &folder.arg("logs")]);
        let files = &report["coverage"]["files"];
        assert_eq!((code, &files["read"], &files["skipped"]["special"]), (Some(0), &json!(1), &json!(1)), "{files}");
        let out = rows.to_str().unwrap();
        let ended = Run::new(&["runs", &folder.arg("logs"), "-o", "csv", "--out", out]).ended();
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    }
}
