//! What a statement may take: time, memory, and the length of values, patterns and messages.

use std::sync::mpsc;

use super::tests::{ask, reader};
use super::*;

const FOREVER: &str = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c";

#[test]
fn what_takes_too_long_ends() {
    let limit = Duration::from_millis(20);
    assert_eq!(ask(&reader(limit, 256 << 20), FOREVER), Err(QueryError::TooLong(limit)));
    // And the next one has its own time.
    let reader = reader(limit, 256 << 20);
    assert!(ask(&reader, FOREVER).is_err());
    assert_eq!(ask(&reader, "SELECT 1 AS a"), Ok(vec!["a".to_owned(), "1".to_owned()]));
}

#[test]
fn large_values_are_refused() {
    let large = ask(&reader(Duration::from_mins(1), 256 << 20), "SELECT length(hex(randomblob(50000000)))");
    assert_eq!(large, Err(QueryError::TooWide));
    let deep = format!("SELECT {}1{}", "(".repeat(5_000), ")".repeat(5_000));
    assert!(matches!(ask(&reader(Duration::from_mins(1), 256 << 20), &deep), Err(QueryError::Refused(_))));
}

#[test]
fn patterns_are_no_longer_than_people_write_them() {
    let check = |sql: &str, part: &str| {
        let found = ask(&reader(Duration::from_mins(1), 256 << 20), sql);
        let Err(QueryError::Refused(text) | QueryError::Failed(text)) = &found else { panic!("{sql}: {found:?}") };
        assert!(text.contains(part), "{sql}: {text}");
    };
    let long = "replace(hex(zeroblob(1000000)), '0', 'a')";
    for pattern in [long.to_owned(), format!("{long} || '*'"), format!("'/' || {long} || '/'")] {
        check(&format!("SELECT glob({pattern}, 'x')"), "the pattern has 200000");
        check(&format!("SELECT regexp({pattern}, 'x')"), "the pattern has 200000");
    }
    check("SELECT regexp('(a{1000}){1000}', 'x')", "bytes when compiled");
    check(&format!("SELECT 'x' LIKE {long}"), "LIKE or GLOB pattern too complex");
    check(&format!("SELECT ip_in({long}, '10.0.0.1')"), "neither an IP address nor a CIDR block");
}

#[test]
fn messages_stay_short() {
    let long = "x".repeat(400_000);
    for sql in [
        format!("SELECT {long}"),
        format!("SELECT '{long}"),
        format!("SELECT * FROM {long}"),
        format!("SELECT {long}(1)"),
        format!("SELECT 1 {long} {long}"),
        long.clone(),
        format!("SELECT json_extract('{{}}', '{long}')"),
        format!("SELECT glob('[{long}', 'x')"),
        format!("SELECT regexp('({long}', 'x')"),
        format!("SELECT ip_in('{long}', 'x')"),
    ] {
        let error = ask(&reader(Duration::from_mins(1), 256 << 20), &sql).unwrap_err().to_string();
        assert!(error.len() < 1_000, "{}: {} bytes", &sql[..40], error.len());
    }
}

#[test]
fn what_sticks_in_a_function_is_found() {
    let check = |limit: Duration, stop: bool| {
        let reader = reader(limit, 256 << 20);
        let (stuck, found) = mpsc::channel();
        reader.watch(Duration::from_millis(200), move |error| stuck.send(error).unwrap());
        let clock = Arc::clone(&reader.clock);
        // A call that does not come back is a clock that runs on.
        clock.restart();
        clock.start();
        if stop {
            reader.stopper().stop();
        }
        assert_eq!(found.recv_timeout(Duration::from_mins(1)), Ok(QueryError::TooLong(limit)));
    };
    check(Duration::from_millis(20), false);
    check(Duration::from_hours(1), true);
    // Nobody is stuck where the reader of the rows takes his time, nor where a statement was stopped and is over.
    let reader = reader(Duration::from_millis(20), 256 << 20);
    let (stuck, found) = mpsc::channel();
    reader.watch(Duration::from_millis(200), move |error| stuck.send(error).unwrap());
    reader.stopper().stop();
    assert!(ask(&reader, FOREVER).is_err());
    assert!(found.recv_timeout(Duration::from_millis(600)).is_err());
}
