//! The config file from outside: where it is found, what wins over what, and what is refused.

#![expect(clippy::unwrap_used, reason = "a test that cannot run the program has failed")]

#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use std::path::Path;

use support::{Ended, Run};

/// A folder with a config file in it.
fn folder(config: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("tfctrail.toml"), config).unwrap();
    folder
}

fn call(folder: &Path, args: &[&str], variables: &[(&str, &str)]) -> Ended {
    variables.iter().fold(Run::new(args).dir(folder), |run, (name, value)| run.env(name, value)).ended()
}

/// The line of a key in `config show --origin`, without the key.
fn check_shown(config: &str, words: &[&str], variables: &[(&str, &str)], key: &str, expected: &str) {
    let folder = folder(config);
    let args = [&["config", "show", "--origin", "-o", "csv"], words].concat();
    let ended = call(folder.path(), &args, variables);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{config}");
    let line = ended.stdout.lines().find_map(|line| line.strip_prefix(&format!("{key},")));
    assert_eq!(line, Some(expected), "{config}: {}", ended.stdout);
}

#[test]
fn a_flag_wins_over_its_variable_and_that_over_the_file() {
    let config = "[defaults]\nlate-days = 3\nstrict = true\norg = ['a', 'b']\n\n[defaults.events]\nlate_days = 4\n";
    check_shown("", &["runs"], &[], "late-days", "1,default");
    check_shown(config, &["runs"], &[], "late-days", "3,tfctrail.toml:2");
    check_shown(config, &["events"], &[], "late-days", "4,tfctrail.toml:7");
    check_shown(config, &["runs"], &[("TFCTRAIL_LATE_DAYS", "5")], "late-days", "5,TFCTRAIL_LATE_DAYS");
    check_shown(config, &["runs", "--late-days", "6"], &[("TFCTRAIL_LATE_DAYS", "5")], "late-days", "6,flag");
    check_shown(config, &["runs"], &[], "strict", "true,tfctrail.toml:3");
    check_shown(config, &["runs"], &[("TFCTRAIL_STRICT", "no")], "strict", "no,TFCTRAIL_STRICT");
    check_shown(config, &["runs"], &[], "org", "\"a,b\",tfctrail.toml:4");
    check_shown(config, &["runs", "--org", "c"], &[], "org", "c,flag");
    check_shown(config, &[], &[], "defaults.late-days", "3,tfctrail.toml:2");
    check_shown(config, &[], &[], "defaults.events.late-days", "4,tfctrail.toml:7");
    check_shown(config, &[], &[("TFCTRAIL_LATE_DAYS", "5")], "defaults.late-days", "5,TFCTRAIL_LATE_DAYS");
    check_shown(config, &[], &[], "defaults.max-file", "8GiB,default");
    check_shown("tfe_hosts = ['tfe.example.com']", &["runs"], &[], "tfe-host", "tfe.example.com,tfctrail.toml:1");
}

#[test]
fn flags_about_one_thing_silence_each_other() {
    let config = "[defaults]\nlast = '7d'\nquiet = true\n";
    check_shown(config, &["runs"], &[], "last", "7d,tfctrail.toml:2");
    check_shown(config, &["runs", "--from", "2026-11-01"], &[], "last", ",default");
    check_shown(config, &["runs"], &[("TFCTRAIL_TO", "2026-11-01")], "last", ",default");
    check_shown(config, &["runs"], &[], "quiet", "true,tfctrail.toml:3");
    check_shown(config, &["runs", "-v"], &[], "quiet", "false,default");
}

#[test]
fn values_are_shown_and_secrets_are_not() {
    let check = |config: &str, key: &str, expected: &str| check_shown(config, &[], &[], key, expected);
    check("store = 'a/b.db'", "store", "a/b.db,tfctrail.toml:1");
    check("\n\nexpected_organizations = ['a', 'b']", "expected_organizations", "\"a,b\",tfctrail.toml:3");
    check("max_session = '1h'", "max_session", "1h,tfctrail.toml:1");
    check("[accounts]\n'111122223333' = 'prod'", "accounts.111122223333", "prod,tfctrail.toml:2");
    check(
        "[networks]\nx = ['192.0.2.7', '2001:db8::/32']",
        "networks.x",
        "\"192.0.2.7,2001:db8::/32\",tfctrail.toml:2",
    );
    check(
        "[[suppress]]\nrule = 'x'\nreason = 'y'\nexpires = 2027-01-31",
        "suppress.1.expires",
        "2027-01-31,tfctrail.toml:4",
    );
    check("[notify.a]\nkind = 'slack'\nurl = 'https://secret'", "notify.a.url", "(hidden),tfctrail.toml:3");
    check("[notify.a]\nkind = 'slack'\nurl_env = 'X'", "notify.a.url_env", "X,tfctrail.toml:3");
    let with_password = "[sources.a]\nsource = 's3://b'\nendpoint_url = 'https://u:pw@host/x'";
    check(with_password, "sources.a.endpoint_url", "https://(hidden)@host/x,tfctrail.toml:3");
    check_shown(
        "",
        &["runs", "--endpoint-url", "https://u:pw@host"],
        &[],
        "endpoint-url",
        "https://(hidden)@host,flag",
    );
}

#[test]
fn the_file_is_looked_for_in_order() {
    let check = |args: &[&str], variables: &[(&str, &str)], expected: &str| {
        let home = tempfile::tempdir().unwrap();
        let folder = folder("audience = 'here'");
        let user = home.path().join("tfctrail");
        std::fs::create_dir(&user).unwrap();
        std::fs::write(user.join("tfctrail.toml"), "audience = 'user'").unwrap();
        std::fs::write(home.path().join("other.toml"), "audience = 'other'").unwrap();
        if variables.contains(&("HERE", "no")) {
            std::fs::remove_file(folder.path().join("tfctrail.toml")).unwrap();
        }
        let home_path = home.path().to_str().unwrap();
        let args: Vec<String> = args.iter().map(|arg| arg.replace("HOME", home_path)).collect();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let run = Run::new(&[&["config", "show", "-o", "csv"], args.as_slice()].concat()).dir(folder.path());
        let run = run.env("XDG_CONFIG_HOME", home_path);
        let run = variables.iter().fold(run, |run, (name, value)| run.env(name, &value.replace("HOME", home_path)));
        let stdout = run.ended().stdout;
        let line = stdout.lines().find_map(|line| line.strip_prefix("audience,"));
        assert_eq!(line.unwrap_or("none"), expected, "{stdout}");
    };
    check(&[], &[], "here");
    check(&[], &[("HERE", "no")], "user");
    check(&["--config", "HOME/other.toml"], &[], "other");
    check(&[], &[("TFCTRAIL_CONFIG", "HOME/other.toml")], "other");
    check(&["--config", "/dev/null"], &[("TFCTRAIL_CONFIG", "HOME/other.toml")], "none");
}

/// The first line of what is said about a config file; the exit code is `code`.
fn check_said(config: &str, args: &[&str], code: i32, expected: &str) {
    let folder = folder(config);
    let ended = call(folder.path(), args, &[]);
    let first = ended.stderr.lines().next().unwrap_or_default();
    assert_eq!((first, ended.code), (format!("tfctrail: {expected}").as_str(), Some(code)), "{config}");
}

#[test]
fn wrong_values_are_refused_with_their_line() {
    let check =
        |config: &str, expected: &str| check_said(config, &["config", "show"], 2, &format!("error: {expected}"));
    check("a = ", "tfctrail.toml:1: not TOML: string values must be quoted, expected literal string");
    check("\nstore = 3", "tfctrail.toml:2: store: this is a number, not text; write it in quotes");
    check(
        "max_session = 'soon'",
        "tfctrail.toml:1: max_session 'soon': not a length of time; write a whole number and a unit: 90s, 30m, 24h, 7d, 2w",
    );
    check(
        "expected_organizations = 'a'",
        "tfctrail.toml:1: expected_organizations: this is text, not a list of texts; write [\"…\", \"…\"]",
    );
    check(
        "tfe_hosts = ['https://x']",
        "tfctrail.toml:1: tfe_hosts 'https://x': not a host; write it like tfe.example.com, without https:// and without a path",
    );
    check("accounts = 1", "tfctrail.toml:1: accounts: this is a number, not a table; write [accounts]");
    check(
        "[accounts]\nprod = '1'",
        "tfctrail.toml:2: accounts.prod: not an account id, which has twelve digits; write \"111122223333\" = \"name\"",
    );
    check(
        "[networks]\nx = ['10.0.0.0/33']",
        "tfctrail.toml:2: networks.x '10.0.0.0/33': neither an IP address nor a CIDR block; write it like 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32",
    );
    check(
        "[end_of_support]\nterraform = 'new'",
        "tfctrail.toml:2: end_of_support.terraform 'new': not a version; write it like 1.9 or 5.0.1",
    );
    check("[sources.a]\nprofile = 'x'", "tfctrail.toml:1: sources.a: it has no source; write source = \"s3://…\"");
    check(
        "[sources.'a b']\nsource = 'x'",
        "tfctrail.toml:1: sources.a b: a name has letters, digits, '-', '_' and '.'",
    );
    check(
        "[sources.a]\nsource = '-'",
        "tfctrail.toml:2: sources.a.source '-': not a log file, a directory, s3://…, event-history:…, cloudwatch-logs:…, athena:… or store:…",
    );
    check(
        "[sources.a]\nsource = 'x'\nconcurrency = 0",
        "tfctrail.toml:3: sources.a.concurrency '0': not a number from 1 to 1024",
    );
    check(
        "[sources.a]\nsource = 'x'\npath_style = 'maybe'",
        "tfctrail.toml:3: sources.a.path_style 'maybe': not true or false",
    );
    check(
        "[defaults]\noutput = 'xml'",
        "tfctrail.toml:2: defaults.output 'xml': it is one of table, vertical, csv, json, ndjson, markdown, parquet, \
         xlsx",
    );
    check(
        "[defaults]\nlate-days = -1",
        "tfctrail.toml:2: defaults.late-days '-1': not a whole number of days from 0 to 3650",
    );
    check("[defaults]\nstrict = 'maybe'", "tfctrail.toml:2: defaults.strict 'maybe': value was not a boolean");
    check("[defaults]\nlast = ['1d', '2d']", "tfctrail.toml:2: defaults.last '1d,2d': it takes one value");
    check(
        "[defaults]\norg = ['[a']",
        "tfctrail.toml:2: defaults.org '[a': the set that starts with '[' at character 1 has no ']'; write '[[]' for the character itself",
    );
    check(
        "[defaults]\nlast = 1.5",
        "tfctrail.toml:2: defaults.last: this is a number, not a text, a number, true or false, or a list of them",
    );
    check(
        "[suppress]\nrule = 'x'",
        "tfctrail.toml:1: suppress: this is a table, not a list of tables; write [[suppress]]",
    );
    check("[[suppress]]\nrule = 'x'", "tfctrail.toml:1: suppress: it has no reason; write reason = \"…\"");
    check(
        "[[suppress]]\nrule = '/(/'\nreason = 'x'",
        "tfctrail.toml:2: suppress.1.rule '/(/': no regular expression: unclosed group",
    );
    check(
        "[[suppress]]\nrule = 'x'\nreason = 'y'\nexpires = 'soon'",
        "tfctrail.toml:4: suppress.1.expires 'soon': not a date; write it like 2027-01-31",
    );
    check("[notify.a]\nurl = 'x'", "tfctrail.toml:1: notify.a: it has no kind; write kind = \"slack\"");
    check(
        "[report]\nlink = 'javascript:1'",
        "tfctrail.toml:2: report.link 'javascript:1': not a link; write it like https://reports.example.com/tfctrail",
    );
    check(&"#".repeat((1 << 20) + 1), "config file 'tfctrail.toml': larger than 1048576 bytes");
    check(
        &format!("a = {}1", "[".repeat(500)),
        "tfctrail.toml:1: not TOML: cannot recurse further; max recursion depth met",
    );
    check_said("", &["config", "show", "--config", "none"], 2, "error: --config 'none': no such file or directory");
}

#[test]
fn what_nobody_knows_is_warned_about() {
    let check =
        |config: &str, expected: &str| check_said(config, &["config", "show"], 0, &format!("warning: {expected}"));
    check("[report]\n\nlinks = 'x'", "tfctrail.toml:3: unknown key 'links' in [report]; the known keys are link");
    check("[defaults]\nnope = 1", "tfctrail.toml:2: no command has flag --nope that could have a default");
    check("[defaults]\nconfig = 'x'", "tfctrail.toml:2: no command has flag --config that could have a default");
    check("[defaults.runs]\nby = 'day'", "tfctrail.toml:2: runs has no flag --by that could have a default");
    check("[defaults.nope]\nlast = 'x'", "tfctrail.toml:1: no command is called 'nope'");
    let ended = call(folder("x\u{1b}[2J = 1").path(), &["config", "show"], &[]);
    assert_eq!(ended.code, Some(2));
    let ended = call(folder("\"x\\u001b[2J\" = 1").path(), &["config", "show"], &[]);
    assert!(
        ended.stderr.starts_with("tfctrail: warning: tfctrail.toml:1: unknown key 'x\\u001b[2J'; "),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_broken_file_stops_neither_help_nor_completions() {
    for args in [&["--help"][..], &["runs", "--help"], &["completions", "bash"], &["config", "init"]] {
        let ended = call(folder("a = ").path(), args, &[]);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{args:?}");
    }
    assert_eq!(call(folder("a = ").path(), &["decode", "x"], &[]).code, Some(2));
}

#[test]
fn the_example_is_one_that_is_understood() {
    let text = Run::new(&["config", "init"]).ended().stdout;
    // As it is, and with every key in use.
    let used: Vec<&str> =
        text.lines().map(|line| line.strip_prefix("# ").filter(|rest| is_toml(rest)).unwrap_or(line)).collect();
    for text in [text.clone(), used.join("\n")] {
        let folder = folder(&text);
        std::fs::create_dir(folder.path().join("logs")).unwrap();
        let ended = call(folder.path(), &["config", "show", "-o", "csv"], &[]);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{text}");
    }
    assert!(used.iter().filter(|line| is_toml(line)).count() > 35);
}

fn is_toml(line: &str) -> bool {
    line.starts_with('[') || line.contains(" = ") && !line.contains(": old = new")
}

#[test]
fn named_sources_stand_for_themselves_and_for_no_source() {
    let demo = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/demo");
    let folder = folder("[sources.b]\nsource = 'logs'\n\n[sources.a]\nsource = 'more'\n");
    std::os::unix::fs::symlink(demo, folder.path().join("logs")).unwrap();
    std::fs::create_dir(folder.path().join("more")).unwrap();
    std::fs::copy(
        concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/shapes/records.json"),
        folder.path().join("more/records.json"),
    )
    .unwrap();
    let check = |args: &[&str], expected: &[&str]| {
        let ended = call(folder.path(), &[args, &["-v"]].concat(), &[]);
        let sources: Vec<&str> =
            ended.stderr.lines().filter_map(|line| line.strip_prefix("source ")?.split(':').next()).collect();
        assert_eq!((ended.code, sources), (Some(0), expected.to_vec()), "{}", ended.stderr);
    };
    check(&["events"], &["logs", "more"]);
    check(&["events", "@a"], &["more"]);
    check(&["events", "@a", "@b"], &["more", "logs"]);
    check(&["events", "more"], &["more"]);
    // Beside the file, wherever that is.
    let config = folder.path().join("tfctrail.toml");
    let ended = Run::new(&["events", "@a", "-v", "--config", config.to_str().unwrap()]).ended();
    assert!(ended.stderr.contains(&format!("source {}/more: 1 file", folder.path().display())), "{}", ended.stderr);
    let ended = call(folder.path(), &["events", "@c"], &[]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.starts_with("tfctrail: error: source '@c': the config file has no source of that name\n"));
}

#[test]
fn accounts_have_their_names_beside_them_for_people_only() {
    let demo = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/demo");
    let folder = folder("[accounts]\n'111122223333' = \"prod\\u001b[2J\"\n");
    let check = |format: &str, expected: &str| {
        let ended =
            call(folder.path(), &["events", demo, "-o", format, "--columns", "account_id", "--limit", "1"], &[]);
        let line = ended.stdout.lines().find(|line| line.contains("111122223333"));
        assert_eq!(line.map(str::trim_end), Some(expected), "{}", ended.stdout);
    };
    check("table", "111122223333 (prod\\u001b[2J)");
    check("markdown", "| 111122223333 (prod\\\\u001b\\[2J) |");
    check("csv", "111122223333");
    check("ndjson", "{\"account_id\":\"111122223333\"}");
}
