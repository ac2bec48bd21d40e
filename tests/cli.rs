//! The command line from outside: help, refusals, environment, signals.

#![expect(clippy::unwrap_used, reason = "a test that cannot run the program has failed")]

#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use std::io::Write as _;
use std::process::Stdio;
use std::time::Duration;

use support::Run;

const COMMANDS: [&str; 24] = [
    "runs",
    "events",
    "summary",
    "activity",
    "show",
    "findings",
    "report",
    "keys",
    "verify",
    "coverage",
    "trust",
    "setup",
    "policy",
    "sync",
    "store",
    "query",
    "extract",
    "decode",
    "doctor",
    "schedule",
    "notify",
    "config",
    "completions",
    "man",
];

/// Lines of a screen, on which the short help fits.
const SCREEN: usize = 40;

/// The commands of commands.
const INNER: [[&str; 2]; 7] = [
    ["config", "show"],
    ["config", "init"],
    ["store", "info"],
    ["store", "prune"],
    ["store", "remove"],
    ["store", "check"],
    ["store", "export"],
];

#[test]
fn help_is_as_documented() {
    for (flag, size) in [("-h", "short"), ("--help", "long")] {
        let help = Run::new(&[flag]).ended();
        assert_eq!((help.code, help.stderr.as_str()), (Some(0), ""));
        assert!(size == "long" || help.stdout.lines().count() <= SCREEN);
        insta::assert_snapshot!(format!("help_{size}"), help.stdout);
        for command in COMMANDS {
            let help = Run::new(&[command, flag]).ended();
            assert_eq!((help.code, help.stderr.as_str()), (Some(0), ""));
            let examples = help.stdout.find("Examples:\n  ");
            let flags = help.stdout.find("\nOptions:");
            assert!(examples.is_some() && examples < flags, "{command}");
            let lines = help.stdout.lines().count();
            assert!(size == "long" || lines <= SCREEN, "{command}: {lines} lines");
            insta::assert_snapshot!(format!("help_{size}_{command}"), help.stdout);
        }
        for [command, inner] in INNER {
            let help = Run::new(&[command, inner, flag]).ended();
            assert_eq!((help.code, help.stderr.as_str()), (Some(0), ""));
            assert!(help.stdout.contains("Examples:\n  "), "{command} {inner}");
            insta::assert_snapshot!(format!("help_{size}_{command}_{inner}"), help.stdout);
        }
    }
}

#[test]
fn the_version_is_one_line() {
    let version = Run::new(&["--version"]).ended();
    assert_eq!((version.code, version.stdout), (Some(0), format!("tfctrail {}\n", env!("CARGO_PKG_VERSION"))));
}

/// Wrong usage ends with exit code 2, and the first line says `message`.
fn check_refused(args: &[&str], message: &str) {
    let ended = Run::new(args).ended();
    let first = ended.stderr.lines().next().unwrap_or_default();
    assert_eq!((first, ended.code), (format!("tfctrail: error: {message}").as_str(), Some(2)), "{args:?}");
    assert_eq!(ended.stdout, "");
}

#[test]
fn wrong_flags_are_refused() {
    check_refused(&[], "no command given");
    check_refused(&["logs/"], "'logs/' is a source, and no command");
    check_refused(&["s3://bucket", "--last", "7d"], "'s3://bucket' is a source, and no command");
    check_refused(&["version"], "there is no command 'version'");
    check_refused(&["nope"], "unrecognized subcommand 'nope'");
    check_refused(&["runs", ".", "--nope"], "unexpected argument '--nope' found");
    check_refused(&["runs", ".", "--limit", "x"], "invalid value 'x' for '--limit <ROWS>': not a whole number of rows");
    check_refused(&["runs", ".", "-n", "-1"], "invalid value '-1' for '--limit <ROWS>': not a whole number of rows");
    check_refused(&["event-histroy"], "there is no command 'event-histroy'");
    check_refused(
        &["runs", ".", "--threads", "0"],
        "invalid value '0' for '--threads <N>': not a number from 1 to 1024",
    );
    check_refused(
        &["runs", ".", "--sort", "--limit"],
        "invalid value '--limit' for '--sort <[-]COLUMN>': not a column; write it like time, or -time from high to low",
    );
    check_refused(
        &["runs", ".", "-o", "xml"],
        "invalid value 'xml' for '--output <FORMAT>' [possible values: table, vertical, csv, json, ndjson, markdown, \
         parquet, xlsx]",
    );
    check_refused(
        &["runs", ".", "--max-record", "16M"],
        "invalid value '16M' for '--max-record <SIZE>': not a size; write a whole number of bytes, or one with KiB, MiB, \
         GiB, TiB, kB, MB, GB or TB: 16MiB",
    );
    check_refused(
        &["runs", ".", "--tz", "Berlin"],
        "invalid value 'Berlin' for '--tz <ZONE>': no such time zone; write UTC, local, or a name of the tz database \
         such as Europe/Berlin",
    );
    check_refused(&["man"], "the following required arguments were not provided: <DIR>");
}

#[test]
fn hints_lead_on() {
    let check = |args: &[&str], hint: &str| {
        let stderr = Run::new(args).ended().stderr;
        assert!(stderr.lines().any(|line| line == format!("hint: {hint}")), "{args:?}: {stderr}");
    };
    check(&["event-histroy:all", "--last", "7d"], "tfctrail runs event-history:all --last 7d shows its runs");
    check(&["event-histroy"], "tfctrail runs event-history: shows its runs");
    check(&["runs", "event-histroy:all"], "did you mean event-history:all?");
    check(&["runs", "fixtures/dmo"], "did you mean fixtures/demo?");
    check(&["runs", "fixtures/demo", "--organization", "x"], "a similar argument exists: '--org'");
    check(&["runs", "fixtures/demo", "--since", "7d"], "--from TIME is the first second of the window");
    check(&["events", "fixtures/demo", "--denied"], "--outcome denied keeps denied role assumptions");
    check(&["summary", "fixtures/demo", "--by", "workspce"], "did you mean workspace?");
    check(&["store"], "there are info, prune, remove, check, export: tfctrail store --help says what they do");
    // Nothing is near, and nothing is suggested.
    check(&["keys", "fixtures/demo", "--org", "x"], "for all flags, try '--help'");
    let stderr = Run::new(&["keys", "fixtures/demo", "--org", "x"]).ended().stderr;
    assert!(!stderr.contains("similar"), "{stderr}");
    // What reads no store is not told to fill one.
    let stderr = Run::new(&["sync"]).ended().stderr;
    assert!(!stderr.contains("fill the store"), "{stderr}");
}

#[test]
fn wrong_patterns_are_refused() {
    check_refused(
        &["runs", ".", "--org", "[a"],
        "invalid value '[a' for '--org <PATTERN>': the set that starts with '[' at character 1 has no ']'; write '[[]' \
         for the character itself",
    );
    check_refused(
        &["events", ".", "--role", "/(/"],
        "invalid value '/(/' for '--role <PATTERN>': no regular expression: unclosed group",
    );
    check_refused(
        &["events", ".", "--ip", "192.0.2"],
        "invalid value '192.0.2' for '--ip <IP|CIDR>': neither an IP address nor a CIDR block; write it like 192.0.2.7, \
         192.0.2.0/24 or 2001:db8::/32",
    );
    check_refused(
        &["events", ".", "--outcome", "ok"],
        "invalid value 'ok' for '--outcome <OUTCOME>': no such word; it is one of granted, denied, or one of them with \
         '!' in front",
    );
}

#[test]
fn wrong_times_are_refused() {
    let window = "--from 2026-11-02T00:00:00Z is not before --to 2026-11-01T00:00:00Z, so the window is empty";
    check_refused(&["runs", ".", "--from", "2026-11-02", "--to", "2026-11-01"], window);
    let message = "--last does not go together with --from or --to";
    check_refused(&["runs", ".", "--last", "7d", "--to", "now"], message);
    let message = "--last '-7d': a length of time must be above zero";
    check_refused(&["coverage", ".", "--last", "-7d"], message);
    check_refused(
        &["summary", ".", "--to", "2026-11-01T09:30:00"],
        "--to '2026-11-01T09:30:00': the time has no offset from UTC; put Z behind it for UTC, or an offset such as +02:00",
    );
}

#[test]
fn sources_that_cannot_be_read_are_refused() {
    check_refused(&["runs"], "no source given");
    check_refused(&["runs", ".", " no/such/file"], "source ' no/such/file': no such file or directory");
    check_refused(&["runs", "no/such\u{1b}[2J"], "source 'no/such\\u001b[2J': no such file or directory");
    check_refused(&["runs", "-", "-"], "standard input (-) is given more than once");
    check_refused(&["runs", "store:no/such.db"], "store no/such.db: no such file");
    check_refused(&["runs", "--store", "no/such.db"], "store no/such.db: no such file");
    check_refused(&["doctor", "store:no/such.db"], "source 'store:no/such.db': a store is not a source here");
    #[cfg(feature = "aws")]
    check_refused(
        &["runs", "s3:///x"],
        "source 's3:///x': names no bucket; write it like s3://bucket or s3://bucket/prefix",
    );
    #[cfg(not(feature = "aws"))]
    for source in ["s3://bucket/AWSLogs", "event-history:", "cloudwatch-logs:", "athena:"] {
        let message = "this build has no AWS support; it reads local sources only";
        check_refused(&["runs", source], &format!("source '{source}': {message}"));
    }
}

#[test]
fn errors_are_json_where_asked_for() {
    let expected = "{\"level\":\"error\",\"message\":\"source 'nope': no such file or directory\"}\n";
    assert_eq!(Run::new(&["runs", "nope", "--log-format", "json"]).ended().stderr, expected);
    assert_eq!(Run::new(&["--log-format=json", "runs", "nope"]).ended().stderr, expected);
    assert_eq!(Run::new(&["runs", "nope"]).env("TFCTRAIL_LOG_FORMAT", "json").ended().stderr, expected);
    let stderr = Run::new(&["nope", "--log-format", "json"]).ended().stderr;
    let expected = "{\"level\":\"error\",\"message\":\"unrecognized subcommand 'nope'\",\"hints\":[";
    assert!(stderr.starts_with(expected) && stderr.lines().count() == 1, "{stderr}");
}

#[test]
fn the_environment_speaks_where_the_command_line_is_silent() {
    let check = |args: &[&str], variables: &[(&str, &str)], expected: &str| {
        let run = variables.iter().fold(Run::new(args), |run, (name, value)| run.env(name, value));
        let stderr = run.ended().stderr;
        assert!(stderr.starts_with(&format!("tfctrail: error: {expected}")), "{args:?} {variables:?}: {stderr}");
    };
    let refused = "--last 'x': not a length of time";
    let no_source = "no source given";
    check(&["runs"], &[("TFCTRAIL_LAST", "x")], refused);
    check(&["runs"], &[("TFCTRAIL_LAST", "")], no_source);
    check(&["runs", "--from", "7d"], &[("TFCTRAIL_LAST", "x")], no_source);
    check(&["runs", "--last", "7d"], &[("TFCTRAIL_LAST", "x"), ("TFCTRAIL_FROM", "y")], no_source);
    check(&["runs"], &[("TFCTRAIL_LAST", "7d"), ("TFCTRAIL_TO", "now")], "--last does not go together");
    check(&["runs"], &[("TFCTRAIL_SALVAGE", "1"), ("TFCTRAIL_STRICT", "false")], no_source);
    check(&["runs"], &[("TFCTRAIL_SALVAGE", "maybe")], "invalid value 'maybe' for '--salvage'");
    check(&["runs"], &[("TFCTRAIL_LATE_DAYS", "x")], "invalid value 'x' for '--late-days <N>'");
    check(&["runs", "--late-days", "2"], &[("TFCTRAIL_LATE_DAYS", "x")], no_source);
    let stderr = Run::new(&["runs"]).env("TFCTRAIL_OUTPUT", "xml").ended().stderr;
    assert!(stderr.contains("\nhint: TFCTRAIL_OUTPUT has that value\n"), "{stderr}");
}

#[test]
fn completions_know_the_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = Run::new(&["completions", shell]).ended();
        assert_eq!((script.code, script.stderr.as_str()), (Some(0), ""));
        for word in COMMANDS.into_iter().chain(["late-days", "whole-runs"]) {
            assert!(script.stdout.contains(word), "{shell} {word}");
        }
    }
}

#[test]
fn the_manual_has_a_page_per_command() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("share/man1");
    let ended = Run::new(&["man", dir.to_str().unwrap()]).ended();
    assert_eq!((ended.code, ended.stdout.as_str(), ended.stderr.as_str()), (Some(0), "", ""));
    let names = std::fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    let mut expected: Vec<String> = COMMANDS.iter().map(|command| format!("tfctrail-{command}.1")).collect();
    expected.extend(INNER.iter().map(|[command, inner]| format!("tfctrail-{command}-{inner}.1")));
    expected.push("tfctrail.1".to_owned());
    expected.sort();
    assert_eq!(names, expected);
    let page = std::fs::read_to_string(dir.join("tfctrail-runs.1")).unwrap();
    assert!(page.contains("Examples") && page.contains("late\\-days"), "{page}");
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    assert_eq!(Run::new(&["man", file.to_str().unwrap()]).ended().code, Some(2));
}

#[test]
fn a_closed_standard_output_is_success() {
    let mut child = Run::new(&["completions", "bash"]).spawn();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), b"".as_slice()));
}

#[test]
fn long_lines_of_standard_input_are_refused() {
    let ended = Run::new(&["decode", "--max-record", "4"]).stdin(b"1234\n12345\n").ended();
    assert_eq!(ended.code, Some(1));
    let expected =
        "tfctrail: error: line 2 of standard input is longer than 4 bytes\nhint: --max-record raises the limit\n";
    assert_eq!(ended.stderr, expected);
}

/// Ends by `signal` while it waits for standard input. On a busy machine the signal may come before the program
/// listens to it, and then it is tried again.
#[cfg(unix)]
fn check_interrupt(signal: &str) {
    for delay in [200, 1_000, 5_000] {
        let mut child = Run::new(&["decode", "-"]).stdin(b"").spawn();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(b"half a line").unwrap();
        std::thread::sleep(Duration::from_millis(delay));
        let pid = child.id().to_string();
        let sent = std::process::Command::new("kill").args(["-s", signal, &pid]).stderr(Stdio::null()).status();
        assert!(sent.unwrap().success());
        let output = child.wait_with_output().unwrap();
        if let Some(code) = output.status.code() {
            assert_eq!((code, output.stderr), (130, b"tfctrail: warning: interrupted\n".to_vec()));
            return;
        }
    }
    panic!("{signal} always came before the program was ready");
}

#[cfg(unix)]
#[test]
fn signals_end_with_their_own_code() {
    check_interrupt("INT");
    check_interrupt("TERM");
}
