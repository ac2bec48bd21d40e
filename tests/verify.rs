//! `verify` from outside: what was done to an archive is told, with the exit code that goes with it.

#![expect(clippy::unwrap_used, reason = "a test that cannot run the program has failed")]

#[path = "support/digests.rs"]
mod digests;
#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use std::fs;

use digests::{SignedArchive, packed};
use support::{Ended, Run};

fn verify(archive: &SignedArchive, more: &[&str]) -> Ended {
    let args = ["verify", "archive", "--public-keys", "keys.json", "--signatures", "signatures.ndjson"];
    Run::new(&[&args[..], more].concat()).dir(archive.folder.path()).ended()
}

/// Verdicts and reasons of the rows, the exit code, and the headline.
fn told(archive: &SignedArchive, more: &[&str]) -> (Vec<String>, Option<i32>, String) {
    let ended = verify(archive, &[&["-o", "csv", "--no-header", "--columns", "kind,verdict,reason"], more].concat());
    let line = ended.stderr.lines().find(|line| line.contains("as CloudTrail wrote them")).unwrap_or_default();
    let rows = ended.stdout.lines().map(str::to_owned).collect();
    (rows, ended.code, line.trim_start_matches("tfctrail: ").to_owned())
}

#[test]
fn an_archive_in_good_order_is_valid_on_any_number_of_threads() {
    let archive = SignedArchive::new(4);
    let (rows, code, line) = told(&archive, &[]);
    assert_eq!((rows.len(), code), (0, Some(0)), "{line}");
    assert_eq!(line, "4 of 4 digests and 4 of 4 log files are as CloudTrail wrote them");
    // Wherever one points: at a folder below the root, or at one that has lost its name.
    for root in ["archive/AWSLogs", "archive/AWSLogs/111122223333", "moved"] {
        if root == "moved" {
            fs::rename(archive.folder.path().join("archive/AWSLogs"), archive.folder.path().join("moved")).unwrap();
        }
        let args = ["verify", root, "--public-keys", "keys.json", "--signatures", "signatures.ndjson", "-o", "csv"];
        let ended = Run::new(&args).dir(archive.folder.path()).ended();
        assert_eq!(ended.code, Some(0), "{root}: {}{}", ended.stdout, ended.stderr);
    }
    fs::rename(archive.folder.path().join("moved"), archive.folder.path().join("archive/AWSLogs")).unwrap();
    let all = |threads: &str| verify(&archive, &["--all", "-o", "json", "--threads", threads]).stdout;
    assert_eq!(all("1"), all("3"));
    assert_eq!(all("1").matches("\"valid\"").count(), 8);
    let (_, code, line) = told(&archive, &["--from", "2026-11-02T01:30:00Z", "--to", "2026-11-02T03:00:00Z"]);
    assert_eq!((code, line.starts_with("1 of 1 digest")), (Some(0), true), "{line}");
}

#[test]
fn what_was_done_to_a_file_is_told() {
    let check = |what: &dyn Fn(&SignedArchive), expected: &[&str], expected_line: &str| {
        let archive = SignedArchive::new(4);
        what(&archive);
        let (rows, code, line) = told(&archive, &[]);
        assert_eq!(
            (rows.as_slice(), code),
            (expected.iter().map(|&row| row.to_owned()).collect::<Vec<_>>().as_slice(), Some(3))
        );
        assert_eq!(line, expected_line);
    };
    let text = br#"{"Records":[{"eventVersion":"1.11","eventID":"1 "}]}"#;
    check(
        &|archive| fs::write(&archive.logs[1], packed(text)).unwrap(),
        &["log,invalid,hash"],
        "4 of 4 digests and 3 of 4 log files are as CloudTrail wrote them; 1 altered",
    );
    check(
        &|archive| fs::remove_file(&archive.logs[2]).unwrap(),
        &["log,missing,listed"],
        "4 of 4 digests and 3 of 4 log files are as CloudTrail wrote them; 1 missing",
    );
    check(
        &|archive| {
            let more = [fs::read(&archive.logs[0]).unwrap(), packed(b"{\"Records\":[]}")].concat();
            fs::write(&archive.logs[0], more).unwrap();
        },
        &["log,invalid,gzip"],
        "4 of 4 digests and 3 of 4 log files are as CloudTrail wrote them; 1 altered",
    );
    check(
        &|archive| {
            let name = archive.logs[0].to_str().unwrap().replace("aaaabbbb", "zzzzbbbb");
            fs::copy(&archive.logs[0], name).unwrap();
        },
        &["log,unlisted,"],
        "4 of 4 digests and 4 of 5 log files are as CloudTrail wrote them; 1 unlisted",
    );
    check(
        &|archive| fs::remove_file(&archive.digests[1]).unwrap(),
        &["log,unchecked,hour-not-valid", "digest,missing,listed"],
        "3 of 4 digests and 3 of 4 log files are as CloudTrail wrote them; 1 missing, 1 unchecked",
    );
    check(
        &|archive| {
            let mut bytes = fs::read(&archive.digests[1]).unwrap();
            let last = bytes.len() - 9;
            bytes[last] ^= 1;
            fs::write(&archive.digests[1], bytes).unwrap();
        },
        &["log,unchecked,hour-not-valid", "digest,invalid,gzip"],
        "3 of 4 digests and 3 of 4 log files are as CloudTrail wrote them; 1 altered, 1 unchecked",
    );
    check(
        &|archive| {
            let name = archive.logs[0].to_str().unwrap().replace("T0015Z_aaaabbbbccccdd00", "T0030Z_FORGED");
            fs::copy(&archive.logs[0], name).unwrap();
            fs::remove_file(&archive.logs[3]).unwrap();
        },
        &["log,unchecked,odd-name", "log,missing,listed"],
        "4 of 4 digests and 3 of 5 log files are as CloudTrail wrote them; 1 missing, 1 unchecked",
    );
    // Whatever its ending: other commands read it for what it holds.
    for name in ["more.bak", "README.md", "more.json.gz.old"] {
        check(
            &|archive| {
                fs::write(archive.logs[1].with_file_name("notes.md"), "# No log file\n").unwrap();
                fs::write(archive.logs[1].with_file_name(name), packed(text)).unwrap();
                fs::remove_file(&archive.logs[3]).unwrap();
            },
            &["log,unchecked,odd-name", "log,missing,listed"],
            "4 of 4 digests and 3 of 5 log files are as CloudTrail wrote them; 1 missing, 1 unchecked",
        );
    }
    // The same text, packed anew, is the same log file.
    let archive = SignedArchive::new(4);
    fs::write(&archive.logs[1], packed(br#"{"Records":[{"eventVersion":"1.11","eventID":"1"}]}"#)).unwrap();
    assert_eq!(told(&archive, &[]).1, Some(0));
}

#[test]
fn what_cannot_be_told_is_exit_5() {
    let archive = SignedArchive::new(3);
    let run = |args: &[&str]| Run::new(args).dir(archive.folder.path()).ended();
    let first = |ended: &Ended| {
        let line = ended.stderr.lines().find(|line| line.starts_with("tfctrail: error: ")).unwrap_or_default();
        (line.trim_start_matches("tfctrail: error: ").to_owned(), ended.code)
    };
    let ended = run(&[
        "verify",
        "archive",
        "--public-keys",
        "keys.json",
        "-o",
        "csv",
        "--no-header",
        "--columns",
        "kind,reason",
    ]);
    assert_eq!(ended.stdout, "log,digest-not-valid\ndigest,no-signature\n");
    assert_eq!(first(&ended), ("2 files could not be checked".to_owned(), Some(5)));
    assert_eq!(first(&run(&["verify", "archive"])), ("6 files could not be checked".to_owned(), Some(5)));
    fs::create_dir(archive.folder.path().join("empty")).unwrap();
    let nothing = "there is nothing to check in the window: no digest and no log file";
    assert_eq!(first(&run(&["verify", "empty", "--public-keys", "keys.json"])), (nothing.to_owned(), Some(5)));
    // What the newest digest does not cover yet is shown, and alarms only with --strict.
    let late = archive.logs[2].to_str().unwrap().replace("T0215Z", "T0310Z");
    fs::copy(&archive.logs[2], late).unwrap();
    let (rows, code, _) = told(&archive, &[]);
    assert_eq!((rows, code), (vec!["log,unchecked,not-yet-covered".to_owned()], Some(0)));
    assert_eq!(told(&archive, &["--strict"]).1, Some(5));
}

#[test]
fn what_one_copy_lacks_is_told_with_its_place() {
    let archive = SignedArchive::new(4);
    let root = archive.folder.path();
    let copy = |to: &str| {
        for path in archive.logs.iter().chain(&archive.digests) {
            let to = root.join(to).join(path.strip_prefix(root.join("archive")).unwrap());
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(path, to).unwrap();
        }
    };
    copy("both/a");
    copy("both/b");
    let evidence = ["--public-keys", "keys.json", "--signatures", "signatures.ndjson"];
    let run =
        |sources: &[&str], more: &[&str]| Run::new(&[&["verify"], sources, &evidence, more].concat()).dir(root).ended();
    assert_eq!(run(&["both"], &[]).code, Some(0));
    for path in [&archive.logs[1], &archive.digests[2]] {
        fs::remove_file(root.join("both/b").join(path.strip_prefix(root.join("archive")).unwrap())).unwrap();
    }
    for sources in [&["both"][..], &["both/a", "both/b"]] {
        let columns = ["-o", "csv", "--no-header", "--columns", "kind,verdict,reason"];
        let ended = run(sources, &columns);
        let expected = "log,missing,listed\ndigest,missing,listed\n";
        assert_eq!((ended.stdout.as_str(), ended.code), (expected, Some(3)), "{}", ended.stderr);
        assert!(
            ended.stderr.contains("b, lacks 1 digest and ") || ended.stderr.contains("b/, lacks 1 digest and "),
            "{}",
            ended.stderr
        );
        let events = Run::new(&[&["events", "--verified"], sources, &evidence].concat()).dir(root).ended();
        assert_eq!(events.code, Some(5), "{}", events.stderr);
    }
}

#[test]
fn evidence_is_read_as_windows_writes_it() {
    let archive = SignedArchive::new(2);
    for name in ["keys.json", "signatures.ndjson"] {
        let path = archive.folder.path().join(name);
        let text = fs::read_to_string(&path).unwrap();
        let utf16: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        for bytes in [format!("\u{feff}{text}").into_bytes(), utf16] {
            fs::write(&path, bytes).unwrap();
            assert_eq!(told(&archive, &[]).1, Some(0), "{name}");
        }
    }
}

#[test]
fn wrong_usage_is_refused_before_anything_is_read() {
    let archive = SignedArchive::new(1);
    fs::write(archive.folder.path().join("no.json"), "{}").unwrap();
    let check = |args: &[&str], expected: &str| {
        let ended = Run::new(&[&["verify"], args].concat()).dir(archive.folder.path()).ended();
        let first = ended.stderr.lines().next().unwrap_or_default();
        assert_eq!(ended.code, Some(2));
        assert!(first.starts_with(&format!("tfctrail: error: {expected}")), "{first}");
    };
    check(&["-"], "source '-': verify reads archives, where digests lie beside log files");
    check(&["event-history:"], "source 'event-history:': verify reads archives, where digests lie beside log files");
    check(&["archive", "--public-keys", "none.json"], "--public-keys 'none.json': no such file");
    let wrong = "--public-keys 'no.json': not the output of aws cloudtrail list-public-keys: \
                 missing field `PublicKeyList`";
    check(&["archive", "--public-keys", "no.json"], wrong);
    check(
        &["archive", "--signatures", "keys.json"],
        "--signatures 'keys.json': line 1: no signature: missing field `key`",
    );
}
