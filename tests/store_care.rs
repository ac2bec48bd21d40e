//! A store is the same in whatever order it was filled, and says so when it is not what was written.

#![expect(clippy::unwrap_used, reason = "a test without its fixtures has failed")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::test_runner::Config;
use regex::Regex;
use rusqlite::Connection;
use rusqlite::types::Value;
use tfctrail::audit::coverage::DayKey;
use tfctrail::audit::filter::Filter;
use tfctrail::decode::{DecodeLimits, Decoded, Decoder, FileEnd};
use tfctrail::domain::issuer::Issuers;
use tfctrail::domain::log_key::LogKey;
use tfctrail::domain::timestamp::Timestamp;
use tfctrail::source::known::{KnownSource as _, ObjectVersion};
use tfctrail::source::{LookedRange, SourceKind};
use tfctrail::store::parts::PartBegin;
use tfctrail::store::read::{StoreAnswer, StoreQuestion};
use tfctrail::store::write::{StoredFate, StoredSource};
use tfctrail::store::{Store, StoreError, StoreWriter};

fn source() -> StoredSource {
    StoredSource {
        identity: "/logs".to_owned(),
        part: String::new(),
        label: "logs".to_owned(),
        kind: SourceKind::Local,
    }
}

fn version(name: &str, tag: &str) -> ObjectVersion {
    ObjectVersion { name: name.into(), size: 1, tag: tag.into() }
}

/// Log files by name. Each of `shapes` is there twice, so that every event has a copy.
static FILES: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut files = Vec::new();
    for (folder, copies) in [("shapes", 2), ("hostile", 1)] {
        let mut names: Vec<_> = std::fs::read_dir(root.join(folder)).unwrap().map(|it| it.unwrap().path()).collect();
        names.sort();
        for path in names {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let bytes = std::fs::read(&path).unwrap();
            // What is made to be slow has no place here.
            if bytes.len() < 50_000 {
                files.extend((0..copies).map(|copy| (format!("{copy}/{name}"), bytes.clone())));
            }
        }
    }
    files
});

fn decoded(name: &str, bytes: &[u8]) -> Decoded {
    Decoder::new(Issuers::new([""; 0], true), DecodeLimits::default()).bytes(&name.into(), bytes)
}

fn take(writer: &mut StoreWriter, name: &str, bytes: &[u8]) {
    let decoded = decoded(name, bytes);
    writer.take(0, &version(name, "1"), &LogKey::parse(name), &StoredFate::Decoded(&decoded)).unwrap();
}

fn create(folder: &Path) -> Store {
    Store::create(&folder.join("store.db")).unwrap()
}

fn write(store: Store) -> StoreWriter {
    store.writer(&[source()], &Issuers::new([""; 0], true)).unwrap()
}

/// Everything that must not depend on the order of writing.
fn contents(store: &Store) -> Vec<String> {
    let queries = [
        "SELECT * FROM events",
        "SELECT * FROM runs",
        "SELECT name, outcome, reason, total, kept, other, malformed, notes, rows FROM log_files ORDER BY name",
        "SELECT coalesce(f.label, f.name), a.event_id, a.content, a.copy FROM assumptions AS a
            JOIN log_files AS f ON f.id = a.log_file ORDER BY 1, 2, 3, 4",
    ];
    let mut lines = Vec::new();
    for sql in queries {
        let mut statement = store.connection().prepare(sql).unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let cells: Vec<Value> = (0..columns).map(|at| row.get(at).unwrap()).collect();
            lines.push(format!("{cells:?}"));
        }
    }
    lines
}

static IN_ORDER: LazyLock<Vec<String>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = write(create(folder.path()));
    FILES.iter().for_each(|(name, bytes)| take(&mut writer, name, bytes));
    let store = writer.close().unwrap();
    assert_eq!(store.check().unwrap(), [""; 0]);
    contents(&store)
});

proptest! {
    #![proptest_config(Config { cases: 12, failure_persistence: None, ..Config::default() })]

    #[test]
    fn the_order_of_files_makes_no_difference(
        order in Just((0..FILES.len()).collect::<Vec<_>>()).prop_shuffle(),
        wrong in prop::collection::vec((0..FILES.len(), 0..FILES.len()), 0..20),
        commits in prop::collection::vec(0..FILES.len(), 0..6),
        lost in 0..FILES.len(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = write(create(folder.path()));
        // Some files have another content at first, but what fails afterwards would leave that.
        for (name, content) in wrong {
            let (name, bytes) = &FILES[name];
            if !matches!(decoded(name, bytes).ended, FileEnd::Failed(_)) {
                take(&mut writer, name, &FILES[content].1);
            }
        }
        for (at, file) in order.iter().enumerate() {
            take(&mut writer, &FILES[*file].0, &FILES[*file].1);
            if commits.contains(&at) {
                writer.commit().unwrap();
            }
            if at == lost {
                // What was not committed is not there, and comes again.
                drop(writer);
                writer = write(create(folder.path()));
                let before = order[..=at].iter().map(|file| &FILES[*file]);
                before.for_each(|(name, bytes)| take(&mut writer, name, bytes));
            }
        }
        let store = writer.close().unwrap();
        prop_assert_eq!(store.check().unwrap(), Vec::<String>::new());
        prop_assert_eq!(&contents(&store), &*IN_ORDER);
    }
}

fn filled(folder: &Path) -> Store {
    let mut writer = write(create(folder));
    FILES.iter().for_each(|(name, bytes)| take(&mut writer, name, bytes));
    writer.close().unwrap()
}

fn ask(store: &Store) -> StoreAnswer {
    let (issuers, filter) = (Issuers::new([""; 0], true), Filter::default());
    store.ask(&StoreQuestion { issuers: &issuers, filter: &filter, whole_runs: None, late_days: 1 }).unwrap()
}

#[test]
fn what_was_read_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path());
    let all = Issuers::new([""; 0], true);
    let known = store.known_files("/logs", &all).unwrap();
    let names = ["0/records.json", "0/no-such-file", "0/empty.json"];
    let read = known.read(&names);
    assert!(version(names[0], "1").is_in(&read) && !version(names[0], "2").is_in(&read));
    assert_eq!(read.len(), 1, "a failed file is tried again");
    assert!(known.failed().iter().any(|failed| &*failed.name == names[2]));
    // Many names go another way to the same answer.
    let many: Vec<String> = (0..5_000).map(|number| format!("0/{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).chain(names).collect();
    assert_eq!(known.read(&many), read);
    assert!(store.known_files("/others", &all).unwrap().read(&names).is_empty());
    // Narrower issuers are covered, and wider ones are not.
    let narrow = store.writer(&[source()], &Issuers::default()).unwrap();
    let mut writer = narrow;
    take(&mut writer, names[0], &FILES.iter().find(|file| file.0 == names[0]).unwrap().1);
    let store = writer.close().unwrap();
    assert_eq!(store.known_files("/logs", &Issuers::default()).unwrap().read(&names).len(), 1);
    assert!(store.known_files("/logs", &all).unwrap().read(&names).is_empty());
}

#[test]
fn pruned_events_are_gone_and_missed() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = filled(folder.path());
    let whole = ask(&store);
    let info = store.info().unwrap();
    assert_eq!(info.events, whole.coverage.kept.total());
    let times: BTreeSet<Timestamp> = whole.selected.events.iter().map(|event| event.time).collect();
    let before = *times.iter().nth(times.len() / 2).unwrap();
    let left: Vec<_> = whole.selected.events.iter().filter(|event| event.time >= before).cloned().collect();
    let removed = store.prune(before, false).unwrap().events;
    assert!(removed > 0);
    assert_eq!(store.prune(before, false).unwrap().events, 0);
    assert_eq!(store.check().unwrap(), [""; 0]);
    let pruned = ask(&store);
    assert_eq!(pruned.selected.events, left);
    assert!(pruned.coverage.balances());
    assert_eq!(pruned.coverage.files, whole.coverage.files);
    assert_eq!(pruned.coverage.records.kept, whole.coverage.records.kept - removed);
    let missed = format!("events before {before} were pruned from the store; {removed} are missing");
    assert!(pruned.coverage.incomplete.iter().any(|text| text.starts_with(&missed)));
    let info = store.info().unwrap();
    assert_eq!((info.pruned, info.events), (Some((before, removed)), pruned.coverage.records.kept));
    // The log files are still known.
    let known = store.known_files("/logs", &Issuers::default()).unwrap();
    assert_eq!(known.read(&["0/records.json"]).len(), 1);
    // Nothing of what is gone is left in the file.
    let gone = whole.selected.events.iter().filter(|event| event.time < before);
    let keys: Vec<String> = gone.filter_map(|event| event.outcome.access_key_id().map(str::to_owned)).collect();
    drop((store, known));
    let bytes = std::fs::read(folder.path().join("store.db")).unwrap();
    let left: Vec<&str> = left.iter().filter_map(|event| event.outcome.access_key_id()).collect();
    for key in keys.iter().filter(|key| key.len() > 8 && !left.contains(&key.as_str())) {
        assert!(!bytes.windows(key.len()).any(|window| window == key.as_bytes()), "{key}");
    }
}

#[test]
fn names_that_something_else_still_needs_outlive_a_prune() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = write(create(folder.path()));
    let (name, bytes) = FILES.iter().find(|(found, _)| found == "0/records.json").unwrap();
    take(&mut writer, name, bytes);
    let [account_id, region] = ["999988887777", "xy-west-9"].map(|name| Some(name.into()));
    let day = Timestamp::parse_rfc3339("2026-10-31T00:00:00Z").unwrap().day();
    writer.know(0, &[DayKey { account_id, region, date: Some(day) }]).unwrap();
    let mut store = writer.close().unwrap();
    assert!(store.prune(Timestamp::parse_rfc3339("2999-01-01T00:00:00Z").unwrap(), false).unwrap().events > 0);
    assert_eq!(store.check().unwrap(), [""; 0]);
}

#[test]
fn numbers_of_pruned_rows_that_others_took_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let [(one, bytes), (other, others)] =
        ["0/records.json", "0/issuers.json"].map(|name| FILES.iter().find(|(found, _)| found == name).unwrap());
    let mut writer = write(create(folder.path()));
    take(&mut writer, one, bytes);
    let mut store = writer.close().unwrap();
    assert!(store.prune(Timestamp::parse_rfc3339("2999-01-01T00:00:00Z").unwrap(), false).unwrap().events > 0);
    let mut writer = write(store);
    take(&mut writer, other, others);
    take(&mut writer, one, bytes);
    let store = writer.close().unwrap();
    assert_eq!(store.check().unwrap(), [""; 0]);
}

#[test]
fn no_session_token_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path()));
    let bytes = std::fs::read(folder.path().join("store.db")).unwrap();
    let key = Regex::new(r#""sessionToken"\s*:\s*"([^"]+)""#).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    assert_eq!(key.captures(&text).map(|found| found[1].to_owned()), None);
    // Those of the fixtures, whatever stands in front of them.
    let logged: BTreeSet<String> = FILES
        .iter()
        .flat_map(|(_, bytes)| {
            let text = String::from_utf8_lossy(bytes).into_owned();
            key.captures_iter(&text).map(|found| found[1].to_owned()).collect::<Vec<_>>()
        })
        .filter(|token| token.len() > 16)
        .collect();
    assert!(!logged.is_empty());
    for token in logged {
        assert!(!text.contains(&token), "{token}");
    }
}

#[test]
fn a_store_that_was_tampered_with_says_so() {
    let check = |change: &str, expected: &str| {
        let folder = tempfile::tempdir().unwrap();
        drop(filled(folder.path()));
        let path = folder.path().join("store.db");
        Connection::open(&path).unwrap().execute_batch(&format!("PRAGMA foreign_keys = off; {change}")).unwrap();
        let problems = Store::open_read(&path).unwrap().check().unwrap();
        assert!(problems.iter().any(|problem| problem.starts_with(expected)), "{change}: {problems:?}");
    };
    check("DELETE FROM assumptions WHERE id = 7", "a log file does not have the events that it was marked with");
    check("UPDATE log_files SET other = other + 1 WHERE id = 3", "a log file's records do not add up");
    check("UPDATE days SET files = files + 1", "the sums of a day differ from its log files");
    check("UPDATE assumptions SET copy = 0", "an event does not stand exactly once");
    check("DELETE FROM subjects WHERE id = 1", "row ");
    check(
        "UPDATE assumptions SET log_file = (SELECT max(id) FROM log_files) WHERE id = 1",
        "an event lies outside the rows of its log file",
    );
}

/// Values that no column should have, or few.
const VALUES: [&str; 5] = ["'x'", "x'ff'", "-5", "9000000000000000000", "CAST(x'ff' AS TEXT)"];

/// The columns of all tables, with their tables.
fn columns(store: &Connection) -> Vec<(String, String)> {
    let sql = "SELECT t.name, c.name FROM pragma_table_list AS t, pragma_table_info(t.name) AS c
        WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite%' ORDER BY 1, 2";
    let mut statement = store.prepare(sql).unwrap();
    let columns = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    columns.map(Result::unwrap).collect()
}

#[test]
fn what_cannot_be_read_does_not_fit_together() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = write(create(folder.path()));
    for name in ["0/records.json", "1/records.json", "0/issuers.json", "0/empty.json"] {
        take(&mut writer, name, &FILES.iter().find(|file| file.0 == name).unwrap().1);
    }
    drop(writer.close().unwrap());
    let sound = fs::read(folder.path().join("store.db")).unwrap();
    let path = folder.path().join("changed.db");
    fs::write(&path, &sound).unwrap();
    let columns = columns(&Connection::open(&path).unwrap());
    assert!(columns.len() > 80);
    let (mut changed, mut failed) = (0, 0);
    for (table, column) in columns {
        for value in VALUES {
            fs::write(&path, &sound).unwrap();
            let connection = Connection::open(&path).unwrap();
            let sql = format!("PRAGMA foreign_keys = off; UPDATE OR IGNORE {table} SET {column} = {value}");
            // What SQLite itself refuses cannot be there.
            let is_changed = connection.execute_batch(&sql).is_ok() && connection.changes() > 0;
            connection.close().unwrap();
            if !is_changed {
                continue;
            }
            changed += 1;
            let store = Store::open_read(&path).unwrap();
            if column == "outcome" {
                // It is a word of a list.
                assert!(!store.check().unwrap().is_empty(), "{table}.{column} = {value}");
                continue;
            }
            let (issuers, filter) = (Issuers::new([""; 0], true), Filter::default());
            let question = StoreQuestion { issuers: &issuers, filter: &filter, whole_runs: None, late_days: 1 };
            let answers = [
                store.ask(&question).map(drop),
                store.about_all().map(drop),
                store.info().map(drop),
                store.moment(question).map(drop),
                store.known_files("/logs", &issuers).map(|known| {
                    known.read(&["0/records.json"]);
                    known.settled("");
                }),
            ];
            if answers.iter().any(Result::is_err) {
                failed += 1;
                let problems = store.check();
                assert!(problems.as_ref().map_or(true, |found| !found.is_empty()), "{table}.{column} = {value}");
            }
        }
    }
    assert!(changed > 150 && failed > 50, "{changed} {failed}");
}

#[test]
fn a_copy_without_its_log_says_that_a_sync_was_under_way() {
    let folder = tempfile::tempdir().unwrap();
    let now = Timestamp::parse_rfc3339("2026-11-22T12:34:56Z").unwrap();
    let in_doubt =
        |store: &Store| ask(store).coverage.incomplete.iter().any(|text| text.contains("not read to its end"));
    // The first sync, and a later one.
    for round in 0..2 {
        let mut writer = write(create(folder.path()));
        writer.begin_sync(0, &PartBegin::default(), now).unwrap();
        writer.commit().unwrap();
        writer.checkpoint().unwrap();
        FILES.iter().for_each(|(name, bytes)| take(&mut writer, name, bytes));
        writer.commit().unwrap();
        let copy = folder.path().join(format!("copy{round}.db"));
        fs::copy(folder.path().join("store.db"), &copy).unwrap();
        assert!(in_doubt(&Store::open_read(&copy).unwrap()), "{round}");
        writer.finish(0, None, now, &LookedRange::default()).unwrap();
        assert!(!in_doubt(&writer.close().unwrap()), "{round}");
    }
}

#[test]
fn tables_that_are_missing_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    drop(filled(folder.path()));
    let change = "DROP INDEX assumptions_by_time; CREATE TABLE more (x); DROP VIEW runs; ALTER TABLE agents ADD y";
    Connection::open(&path).unwrap().execute_batch(change).unwrap();
    let problems = Store::open_read(&path).unwrap().check().unwrap();
    for expected in ["missing: index assumptions_by_time", "not of a store: table more (x)", "missing: view runs ("] {
        assert!(problems.iter().any(|problem| problem.starts_with(expected)), "{problems:?}");
    }
}

#[test]
fn damaged_pages_are_found() {
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path()));
    let path = folder.path().join("store.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0x5a);
    std::fs::write(&path, &bytes).unwrap();
    match Store::open_read(&path).map(|store| store.check()) {
        Ok(Ok(problems)) => assert!(!problems.is_empty()),
        Ok(Err(error)) | Err(error) => assert!(matches!(error, StoreError::Damaged { .. }), "{error}"),
    }
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
}
