//! `query` from outside: what is answered, what is refused, and how it ends.

#![expect(clippy::unwrap_used, reason = "a test that cannot run the program has failed")]

#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use support::{Ended, Run};

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/demo");

fn ask(sql: &str, flags: &[&str]) -> Ended {
    Run::new(&[&["query", "-", DEMO, "-q"], flags].concat()).stdin(sql.as_bytes()).ended()
}

fn check(sql: &str, expected: &str) {
    let ended = ask(sql, &["-o", "csv"]);
    assert_eq!((ended.stdout.as_str(), ended.stderr.as_str(), ended.code), (expected, "", Some(0)), "{sql}");
}

#[test]
fn every_example_has_an_answer() {
    let text = Run::new(&["query", "--examples"]).ended().stdout;
    let examples: Vec<&str> =
        text.split_inclusive(";\n").map(str::trim).filter(|example| !example.is_empty()).collect();
    assert_eq!(examples.len(), 10);
    let mut answers = String::new();
    for example in examples {
        let ended = ask(example, &["-o", "csv"]);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{example}");
        assert!(ended.stdout.lines().count() > 1, "{example}: {}", ended.stdout);
        answers.extend([example, "\n", &ended.stdout, "\n"]);
    }
    insta::assert_snapshot!("query_examples", answers);
}

#[test]
fn tables_have_the_rows_of_their_commands() {
    for table in ["events", "runs"] {
        // Lists are texts here, so that JSON differs.
        let from_command = Run::new(&[table, DEMO, "-o", "csv", "-q"]).ended();
        let from_query = ask(&format!("SELECT * FROM {table}"), &["-o", "csv"]);
        assert_eq!(from_query.stdout, from_command.stdout, "{table}");
        assert!(from_query.stdout.lines().count() > 20);
    }
}

/// A folder with a store of the demo in it.
fn stored() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let ended = Run::new(&["sync", DEMO, "--store", "store.db", "-q"]).dir(folder.path()).ended();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    folder
}

#[test]
fn the_store_says_what_a_scan_says() {
    let folder = stored();
    let of_store = |sql: &str| {
        let args = ["query", "-", "--store", "store.db", "-o", "csv"];
        Run::new(&args).dir(folder.path()).stdin(sql.as_bytes()).ended()
    };
    let examples = Run::new(&["query", "--examples"]).ended().stdout;
    let tables = ["SELECT * FROM events", "SELECT * FROM runs"];
    for sql in examples.split_inclusive(";\n").chain(tables).filter(|sql| !sql.trim().is_empty()) {
        let (found, expected) = (of_store(sql), ask(sql, &["-o", "csv"]));
        assert_eq!((found.stdout, found.code), (expected.stdout, Some(0)), "{sql}: {}", found.stderr);
    }
    // Nothing of it changes the file.
    let before = std::fs::read(folder.path().join("store.db")).unwrap();
    for sql in ["WITH a AS (SELECT 1) DELETE FROM log_files", "SELECT 1; DROP VIEW events"] {
        assert_eq!(of_store(sql).code, Some(2), "{sql}");
    }
    assert_eq!(std::fs::read(folder.path().join("store.db")).unwrap(), before);
}

#[test]
fn without_a_source_the_store_is_asked() {
    let folder = stored();
    let check = |args: &[&str], variables: &[(&str, &str)], code: i32, expected: &str| {
        let run = Run::new(&[&["query", "SELECT count(*) AS n FROM events", "-o", "csv"], args].concat());
        let run = run.dir(folder.path()).env("XDG_DATA_HOME", "/no/such/folder");
        let ended = variables.iter().fold(run, |run, (name, value)| run.env(name, value)).ended();
        let said = if code == 0 { &ended.stdout } else { &ended.stderr };
        assert!(said.starts_with(expected) && ended.code == Some(code), "{args:?}: {ended:?}");
    };
    let missing = "tfctrail: error: store /no/such/folder/tfctrail/store.db: no such file\nhint: tfctrail sync";
    check(&[], &[], 2, missing);
    check(&["--store", "store.db"], &[], 0, "n\n62\n");
    let ended = Run::new(&["query", "SELECT 1 AS n", "--store", "store.db", "--last", "7d"]).dir(folder.path()).ended();
    assert!(ended.stderr.contains("the store is asked as a whole"), "{}", ended.stderr);
    check(&[], &[("TFCTRAIL_STORE", "store.db")], 0, "n\n62\n");
    std::fs::write(folder.path().join("some.toml"), "store = 'store.db'\n[sources.a]\nsource = 'nope'").unwrap();
    check(&["--config", "some.toml"], &[], 0, "n\n62\n");
    std::fs::write(folder.path().join("notes"), "no store").unwrap();
    check(&["--store", "notes"], &[], 2, "tfctrail: error: store notes: the file is no tfctrail store\n");
}

#[test]
fn every_format_is_written() {
    let sql = "SELECT 'a|b' AS text, 1 AS one, -1 AS minus, 0.5 AS half, NULL AS none, x'00ff' AS bytes";
    let check = |format: &str, expected: &str| {
        let ended = ask(sql, &["-o", format]);
        assert_eq!((ended.stdout.as_str(), ended.code), (expected, Some(0)), "{}", ended.stderr);
    };
    check("csv", "text,one,minus,half,none,bytes\na|b,1,'-1,0.5,,00ff\n");
    check("ndjson", "{\"text\":\"a|b\",\"one\":1,\"minus\":-1,\"half\":0.5,\"none\":null,\"bytes\":\"00ff\"}\n");
    let table = ask(sql, &["-o", "table"]).stdout;
    assert_eq!(table.lines().last().unwrap(), "a|b     1     -1   0.5        00ff");
    let markdown = ask(sql, &["-o", "markdown"]).stdout;
    assert!(
        markdown.contains("\n| --- | ---: | ---: | ---: | --- | --- |\n| a\\|b | 1 | -1 | 0.5 |  | 00ff |\n"),
        "{markdown}"
    );
    assert!(markdown.contains("\n## Coverage\n"), "{markdown}");
    let json: serde_json::Value = serde_json::from_str(&ask(sql, &["-o", "json"]).stdout).unwrap();
    assert_eq!((&json["schema_version"], &json["rows"][0]["minus"]), (&1.into(), &(-1).into()));
    assert_eq!(json["coverage"]["records"]["kept"], 64);
}

#[test]
fn hostile_text_is_neutralised() {
    check("SELECT '=1+1' AS \"=x\", '@a' AS b, char(9) || 'c' AS c", "'=x,b,c\n'=1+1,'@a,'\tc\n");
    let ended = ask("SELECT '=1+1' AS \"=x\"", &["-o", "csv", "--csv-raw"]);
    assert_eq!(ended.stdout, "=x\n=1+1\n");
    let ended = ask("SELECT char(27) || '[2J' AS \"a\u{202e}b\"", &["-o", "table"]);
    assert!(ended.stdout.starts_with("a\\u202eb") && ended.stdout.contains("\\u001b[2J"), "{}", ended.stdout);
    let ended = ask("SELECT nope\u{1b}[2J", &[]);
    assert!(!ended.stderr.contains('\u{1b}'), "{}", ended.stderr);
}

#[test]
fn rows_are_limited() {
    let ended =
        Run::new(&["query", "SELECT value FROM json_each('[1,2,3]')", DEMO, "-o", "csv", "--limit", "2"]).ended();
    assert_eq!((ended.stdout.as_str(), ended.code), ("value\n1\n2\n", Some(0)));
    assert!(ended.stderr.contains("tfctrail: showing the first 2 rows, as --limit says\n"), "{}", ended.stderr);
    let ended = Run::new(&["query", "SELECT 1 AS a", DEMO, "-o", "csv", "--limit", "1", "--no-header"]).ended();
    assert_eq!(ended.stdout, "1\n");
    assert!(!ended.stderr.contains("showing"), "{}", ended.stderr);
}

fn check_ends(args: &[&str], stdin: &str, code: i32, first: &str) {
    let ended = Run::new(args).stdin(stdin.as_bytes()).ended();
    let line = ended.stderr.lines().find(|line| line.starts_with("tfctrail: error: ")).unwrap_or_default();
    assert_eq!((line, ended.code), (format!("tfctrail: error: {first}").as_str(), Some(code)), "{args:?}");
}

#[test]
fn what_is_no_question_is_refused() {
    let refused = "the query is refused:";
    check_ends(
        &["query", "DROP TABLE events", DEMO],
        "",
        2,
        &format!("{refused} only read-only statements are run: SELECT, WITH, VALUES, EXPLAIN; DROP is not one of them"),
    );
    check_ends(
        &["query", "SELECT 1; SELECT 2", DEMO],
        "",
        2,
        &format!("{refused} it is more than one statement; write one"),
    );
    check_ends(
        &["query", "WITH a AS (SELECT 1) DELETE FROM events", DEMO],
        "",
        2,
        &format!("{refused} not authorized"),
    );
    check_ends(&["query", "SELECT nope FROM events", DEMO], "", 2, &format!("{refused} no such column: nope"));
    check_ends(
        &["query", "SELECT glob('[a', 'x')", DEMO],
        "",
        2,
        &format!(
            "{refused} glob '[a': the set that starts with '[' at character 1 has no ']'; write '[[]' for the character itself"
        ),
    );
    check_ends(
        &["query", "SELECT ?", DEMO],
        "",
        2,
        &format!("{refused} it has a parameter, such as ? or :name, and nothing gives it a value"),
    );
    check_ends(&["query", "-", DEMO], " ", 2, &format!("{refused} the statement is empty"));
    check_ends(&["query", "-", "-"], "SELECT 1", 2, "standard input (-) cannot be the statement and a source at once");
    check_ends(&["query", "--file", "no/such.sql", DEMO], "", 2, "--file 'no/such.sql': no such file or directory");
    check_ends(&["query", "SELECT 1", "no/such/logs"], "", 2, "source 'no/such/logs': no such file or directory");
    check_ends(
        &["query", "--examples", "--file", "x"],
        "",
        2,
        "the argument '--examples' cannot be used with '--file <FILE>'",
    );
}

#[test]
fn what_fails_is_a_failure() {
    let forever = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c";
    check_ends(&["query", forever, DEMO, "--timeout", "1s"], "", 1, "the query took longer than 1 seconds");
    check_ends(&["query", "SELECT abs(-9223372036854775807 - 1)", DEMO], "", 1, "the query failed: integer overflow");
    check_ends(&["query", "SELECT json('{')", DEMO], "", 1, "the query failed: malformed JSON");
}

#[test]
fn the_statement_comes_from_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("q.sql");
    std::fs::write(&file, "-- how many?\nSELECT count(*) AS n FROM events;\n").unwrap();
    let check = |args: &[&str], stdin: &str| {
        let ended = Run::new(&[&["query", "-q", "-o", "csv"], args].concat()).stdin(stdin.as_bytes()).ended();
        assert_eq!((ended.stdout.as_str(), ended.code), ("n\n62\n", Some(0)), "{args:?}: {}", ended.stderr);
    };
    check(&["SELECT count(*) AS n FROM events", DEMO], "");
    check(&["--file", file.to_str().unwrap(), DEMO], "");
    check(&["-", DEMO], "SELECT count(*) AS n FROM events");
    let out = folder.path().join("answer.csv");
    let ended = Run::new(&["query", "SELECT 1 AS n", DEMO, "-o", "csv", "--out", out.to_str().unwrap()]).ended();
    assert_eq!((ended.stdout.as_str(), ended.code), ("", Some(0)));
    assert_eq!(std::fs::read_to_string(out).unwrap(), "n\n1\n");
}

#[test]
fn sources_are_scanned_with_their_window_and_their_coverage() {
    let sql = "SELECT count(*) AS n, min(day(time)) AS first FROM events";
    let ended = Run::new(&["query", sql, DEMO, "-o", "csv", "--from", "2026-11-04", "--to", "2026-11-05"]).ended();
    assert_eq!((ended.stdout.as_str(), ended.code), ("n,first\n12,2026-11-04\n", Some(0)));
    assert!(
        ended.stderr.contains("window: from 2026-11-04T00:00:00Z, before 2026-11-05T00:00:00Z\n"),
        "{}",
        ended.stderr
    );
    // What could not be read is said, and the exit code says it too.
    let broken = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/hostile/truncated.json.gz");
    let ended = Run::new(&["query", sql, DEMO, broken, "-o", "csv"]).ended();
    assert_eq!((ended.stdout.as_str(), ended.code), ("n,first\n62,2026-11-02\n", Some(5)), "{}", ended.stderr);
}
