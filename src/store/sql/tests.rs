use super::*;

const SCHEMA: &str = "\
    CREATE TABLE t (a TEXT, n INTEGER); \
    INSERT INTO t VALUES ('x', 1), ('y', 2), (NULL, NULL); \
    CREATE VIEW v AS SELECT a AS name, n AS count FROM t;";

pub(super) fn reader(time: Duration, memory_bytes: u64) -> StoreReader {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(SCHEMA).unwrap();
    StoreReader::new(connection, StatementLimits { time, memory_bytes }).unwrap()
}

/// The answer as lines, columns first; or the error.
pub(super) fn ask(reader: &StoreReader, sql: &str) -> Result<Vec<String>, QueryError> {
    let show = |value: &SqlValue<'_>| match value {
        SqlValue::Null => "-".to_owned(),
        SqlValue::Integer(number) => number.to_string(),
        SqlValue::Real(number) => format!("{number:?}"),
        SqlValue::Text(text) => String::from_utf8_lossy(text).into_owned(),
        SqlValue::Blob(bytes) => format!("{bytes:?}"),
    };
    reader.ask(
        sql,
        |columns, _| Ok(vec![columns.join(" ")]),
        |lines, row| {
            lines.push(row.iter().map(show).collect::<Vec<_>>().join(" "));
            Ok(ControlFlow::Continue(()))
        },
    )
}

fn check(sql: &str, expected: &[&str]) {
    let found = ask(&reader(Duration::from_mins(1), 256 << 20), sql);
    assert_eq!(found, Ok(expected.iter().map(|line| (*line).to_owned()).collect()), "{sql}");
}

fn check_refused(sql: &str, part: &str) {
    match ask(&reader(Duration::from_mins(1), 256 << 20), sql) {
        Err(QueryError::Refused(message)) => assert!(message.contains(part), "{sql}: {message}"),
        other => panic!("{sql}: {other:?}"),
    }
}

#[test]
fn what_reads_is_answered() {
    check("SELECT a, n FROM t ORDER BY n", &["a n", "- -", "x 1", "y 2"]);
    check("select name from v where count > 1;", &["name", "y"]);
    check("VALUES (1, 'a'), (2.5, x'00ff')", &["column1 column2", "1 a", "2.5 [0, 255]"]);
    check(
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 3) SELECT x FROM c",
        &["x", "1", "2", "3"],
    );
    check("SELECT 1 AS a, 2 AS a, 3 AS \"a:1\", 4 AS a", &["a a:2 a:1 a:3", "1 2 3 4"]);
    check("SELECT a FROM t WHERE 0", &["a"]);
    check("SELECT name FROM pragma_table_info('t')", &["name", "a", "n"]);
    check("-- a comment\nSELECT 1 AS a -- and one more", &["a", "1"]);
}

#[test]
fn what_does_more_than_read_is_refused() {
    for sql in [
        "INSERT INTO t VALUES ('z', 3)",
        "UPDATE t SET n = 0",
        "DELETE FROM t",
        "REPLACE INTO t VALUES ('z', 3)",
        "DROP TABLE t",
        "CREATE TABLE u (a)",
        "CREATE TEMP TABLE u (a)",
        "ALTER TABLE t ADD b",
        "VACUUM",
        "VACUUM INTO 'x'",
        "REINDEX",
        "ANALYZE",
        "ATTACH 'x' AS y",
        "DETACH main",
        "BEGIN",
        "COMMIT",
        "SAVEPOINT a",
        "PRAGMA query_only = OFF",
        "PRAGMA journal_mode",
    ] {
        check_refused(sql, "only read-only statements are run");
    }
    check_refused("WITH a AS (SELECT 1) DELETE FROM t", "not authorized");
    check_refused("WITH a AS (SELECT 1) INSERT INTO t SELECT 1, 2", "not authorized");
    check_refused("WITH a AS (SELECT 1) UPDATE t SET n = 0 RETURNING n", "not authorized");
    check_refused("EXPLAIN DELETE FROM t", "not authorized");
    check_refused("EXPLAIN QUERY PLAN DROP TABLE t", "not authorized");
    check_refused("EXPLAIN ATTACH 'x' AS y", "not authorized");
    check_refused("EXPLAIN PRAGMA query_only = OFF", "not authorized");
    check_refused("SELECT load_extension('x')", "not authorized");
    check_refused("SELECT * FROM pragma_journal_mode", "not authorized");
    check_refused("SELECT * FROM pragma_database_list", "not authorized");
    check_refused("SELECT 1; SELECT 2", "more than one statement");
    check_refused("SELECT 1; DROP TABLE t", "not authorized");
    check_refused("SELECT ?", "parameter");
    check_refused("SELECT :name", "parameter");
    check_refused("SELECT 1\0; DROP TABLE t", "NUL");
    check_refused("", "empty");
    check_refused(" -- nothing\n ; ", "empty");
    check_refused("SELECT nope FROM t", "no such column: nope");
    check_refused("SELECT \"nope\" FROM t", "no such column");
    check_refused("SELEC 1", "only read-only statements");
    check_refused("SELECT (((1", "incomplete input");
}

#[test]
fn nothing_of_it_can_be_undone_by_a_query() {
    let mut reader = reader(Duration::from_mins(1), 256 << 20);
    let error = reader.connection.execute_batch("INSERT INTO t VALUES ('z', 3)").unwrap_err();
    assert!(error.to_string().contains("not authorized"), "{error}");
    let no_authorizer: Option<fn(rusqlite::hooks::AuthContext<'_>) -> rusqlite::hooks::Authorization> = None;
    reader.connection.authorizer(no_authorizer).unwrap();
    let error = reader.connection.execute_batch("INSERT INTO t VALUES ('z', 3)").unwrap_err();
    assert!(error.to_string().contains("readonly"), "{error}");
}

#[test]
fn functions_follow_the_filters() {
    let one = |expression: &str, expected: &str| check(&format!("SELECT {expression} AS x"), &["x", expected]);
    one("ip_in('10.0.0.0/8', '10.20.4.17')", "1");
    one("ip_in('10.0.0.0/8', '11.0.0.1')", "0");
    one("ip_in('!10.0.0.0/8', '11.0.0.1')", "1");
    one("ip_in('2001:db8::/32', '2001:db8:40:1::1f')", "1");
    one("ip_in('10.0.0.0/8', '::ffff:10.0.0.1')", "1");
    one("ip_in('0.0.0.0/0', 'cloudtrail.amazonaws.com')", "0");
    one("ip_in('0.0.0.0/0', NULL)", "0");
    one("glob('prod-*', 'prod-eu')", "1");
    one("glob('prod-*', 'Prod-eu')", "0");
    one("glob('a/*', 'a/b/c')", "1");
    one("glob('!prod-*', 'prod-eu')", "0");
    one("glob('/^prod/', 'prod-eu')", "1");
    one("glob('*', NULL)", "0");
    one("glob('!a', NULL)", "1");
    one("'prod-eu' GLOB 'prod-*'", "1");
    one("regexp('o.-e', 'prod-eu')", "1");
    one("'prod-eu' REGEXP '^eu'", "0");
    one("regexp('x', NULL)", "0");
    one("day('2026-11-02T23:59:59Z')", "2026-11-02");
    one("hour('2026-11-02T23:59:59Z')", "2026-11-02T23:00:00Z");
    one("hour('2026-11-03T00:59:59+02:00')", "2026-11-02T22:00:00Z");
    one("day(0)", "1970-01-01");
    one("day(NULL)", "-");
    one("day('soon')", "-");
    check_refused("SELECT ip_in('x', '10.0.0.1')", "ip_in 'x': neither an IP address nor a CIDR block");
    check_refused("SELECT glob('[a', 'x')", "glob '[a': the set that starts with '['");
    check_refused("SELECT regexp('(', 'x')", "regexp '(': no regular expression");
    check_refused("SELECT glob(NULL, 'x')", "glob 'NULL': no pattern");
    check_refused("SELECT glob('x')", "wrong number of arguments");
}

#[test]
fn waiting_for_the_reader_takes_no_time() {
    let reader = reader(Duration::from_millis(500), 256 << 20);
    let rows = reader.ask(
        "SELECT n FROM t",
        |_, _| Ok::<_, QueryError>(0),
        |rows, _| {
            *rows += 1;
            std::thread::sleep(Duration::from_millis(200));
            Ok(ControlFlow::Continue(()))
        },
    );
    assert_eq!(rows, Ok(3));
}

#[test]
fn a_running_statement_can_be_stopped() {
    let reader = reader(Duration::from_mins(10), 256 << 20);
    let stopper = reader.stopper();
    let ended = reader.ask(
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c",
        |_, _| Ok::<_, QueryError>(()),
        |(), row| {
            if row == [SqlValue::Integer(3)] {
                stopper.stop();
            }
            Ok(ControlFlow::Continue(()))
        },
    );
    assert_eq!(ended, Err(QueryError::Failed("the query was interrupted".to_owned())));
}

#[test]
fn rows_are_taken_as_long_as_wanted() {
    let reader = reader(Duration::from_mins(1), 256 << 20);
    let rows = reader.ask(
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c",
        |_, _| Ok::<_, QueryError>(0),
        |rows, _| {
            *rows += 1;
            Ok(if *rows == 5 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        },
    );
    assert_eq!(rows, Ok(5));
}

#[test]
fn tables_and_columns_are_known() {
    let tables = reader(Duration::from_mins(1), 256 << 20).tables().unwrap();
    let expected = [("t", ["a", "n"]), ("v", ["name", "count"])];
    let expected = expected.map(|(table, columns)| (table.to_owned(), columns.map(str::to_owned).to_vec()));
    assert_eq!(tables, expected);
}
