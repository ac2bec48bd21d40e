//! Every command says the same about the same days: which log files were read, which failed, which days have none, and
//! with which code it ends. It does so over log files and over a store, however the store was filled.

#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

#[path = "support/archives.rs"]
mod archives;
#[path = "support/events.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod events;
#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use archives::{Archive, Choices, FIRST, LAST};
use events::Folder;
use serde_json::Value;
use support::{Ended, Run};
use tfctrail::domain::timestamp::Day;

/// What a command says about the days of a window.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    code: Option<i32>,
    failed: Value,
    malformed: Value,
    gaps: Value,
    read: Value,
    records: Value,
    kept: Value,
}

impl Said {
    fn of(ended: &Ended, coverage: &Value) -> Self {
        Self {
            code: ended.code,
            failed: coverage["failed"].clone(),
            malformed: coverage["malformed"].clone(),
            gaps: coverage["gaps"].clone(),
            read: coverage["files"]["read"].clone(),
            records: coverage["records"].clone(),
            kept: coverage["kept"].clone(),
        }
    }
}

/// The window of a question, as flags.
struct Days {
    from: Day,
    to: Day,
}

impl Days {
    fn chosen(choices: &mut Choices) -> Self {
        let first = Day::parse(FIRST).unwrap();
        let span = Day::parse(LAST).unwrap().number() - first.number() + 4;
        let from = first.plus(i64::try_from(choices.below(usize::try_from(span).unwrap())).unwrap() - 2);
        Self { from, to: from.plus(1 + i64::try_from(choices.below(6)).unwrap()) }
    }

    fn flags(&self) -> [String; 4] {
        ["--from".to_owned(), self.from.to_string(), "--to".to_owned(), self.to.to_string()]
    }
}

/// One command on one source: its coverage and code. `report` reads the past too, whose coverage is another.
fn said(command: &[&str], source: &[String], days: &Days, more: &[&str]) -> Said {
    let folder = Folder::new();
    let account = folder.arg("coverage.json");
    let flags = days.flags();
    let mut args: Vec<&str> = command.to_vec();
    args.extend(source.iter().map(String::as_str));
    args.extend(flags.iter().map(String::as_str));
    args.extend(["--coverage", &account]);
    args.extend(more);
    let ended = Run::new(&args).ended();
    let coverage = std::fs::read_to_string(&account);
    let coverage = coverage.unwrap_or_else(|error| panic!("{args:?}: {error}: {}", ended.stderr));
    Said::of(&ended, &serde_json::from_str(&coverage).unwrap())
}

const COMMANDS: [&[&str]; 7] = [
    &["events"],
    &["runs"],
    &["summary"],
    &["coverage"],
    &["findings"],
    &["report", "-o", "json"],
    &["query", "SELECT count(*) FROM events"],
];

/// All commands on one source say the same.
fn check_commands(seed: u64, source: &[String], days: &Days, more: &[&str]) -> Said {
    let first = said(COMMANDS[0], source, days, more);
    for command in &COMMANDS[1..] {
        assert_eq!(said(command, source, days, more), first, "seed {seed}: {command:?} {source:?} {:?}", days.flags());
    }
    first
}

fn store_of(folder: &Folder, name: &str) -> Vec<String> {
    vec![format!("store:{}", folder.arg(name))]
}

fn sync(folder: &Folder, store: &str, source: &str, expected: &[i32]) -> Ended {
    let ended = Run::new(&["sync", source, "--store", &folder.arg(store)]).ended();
    assert!(expected.contains(&ended.code.unwrap()), "{:?}: {}", ended.code, ended.stderr);
    ended
}

fn check_seed(seed: u64) -> usize {
    let mut choices = Choices(seed);
    let archive = Archive::chosen(&mut choices);
    let folder = Folder::new();
    // The second store sees the archive grow, with log files that fail at first.
    for step in 0..3 {
        archive.write_part(&folder, step, 3, &mut choices);
        sync(&folder, "many.db", &folder.arg("logs"), &[0, 5]);
    }
    archive.write(&folder);
    sync(&folder, "many.db", &folder.arg("logs"), &[0, 5]);
    sync(&folder, "one.db", &folder.arg("logs"), &[0, 5]);
    let mut incomplete = 0;
    for _ in 0..4 {
        let days = Days::chosen(&mut choices);
        let strict: &[&str] = if choices.one_in(2) { &["--strict"] } else { &[] };
        let files = check_commands(seed, &[folder.arg("logs")], &days, strict);
        for store in ["one.db", "many.db"] {
            let stored = check_commands(seed, &store_of(&folder, store), &days, strict);
            assert_eq!(stored, files, "seed {seed}: {store} {:?}", days.flags());
        }
        incomplete += usize::from(files.code == Some(5));
    }
    incomplete
}

#[test]
fn all_commands_say_the_same_about_the_same_days() {
    let incomplete: usize = (0..5).map(check_seed).sum();
    assert!((1..20).contains(&incomplete), "{incomplete}");
}

/// Two sources in one store, of which one is forgotten: what is left is the other.
fn check_removal(seed: u64) {
    let mut choices = Choices(seed);
    let folder = Folder::new();
    Archive::chosen(&mut choices).write_below(&folder, "logs/one");
    Archive::chosen(&mut choices).write_below(&folder, "logs/two");
    for source in ["logs/one", "logs/two", "logs/one"] {
        sync(&folder, "both.db", &folder.arg(source), &[0, 5]);
    }
    sync(&folder, "left.db", &folder.arg("logs/two"), &[0, 5]);
    let both = [folder.arg("logs/one"), folder.arg("logs/two")];
    let asked: Vec<Days> = (0..2).map(|_| Days::chosen(&mut choices)).collect();
    for days in &asked {
        let stored = check_commands(seed, &store_of(&folder, "both.db"), days, &[]);
        let scanned = said(&["events"], &both, days, &[]);
        assert_eq!(stored, scanned, "seed {seed} {:?}", days.flags());
    }
    let removed = Run::new(&["store", "remove", &folder.arg("logs/one"), "--store", &folder.arg("both.db")]).ended();
    assert_eq!(removed.code, Some(0), "{}", removed.stderr);
    for days in &asked {
        let stored = check_commands(seed, &store_of(&folder, "both.db"), days, &[]);
        let left = said(&["events"], &store_of(&folder, "left.db"), days, &[]);
        assert_eq!(stored, left, "seed {seed} {:?}", days.flags());
        let scanned = said(&["events"], &[folder.arg("logs/two")], days, &[]);
        assert_eq!(stored, scanned, "seed {seed} {:?}", days.flags());
    }
}

#[test]
fn a_removed_source_leaves_what_the_others_say() {
    (100..102).for_each(check_removal);
}

/// After a prune, the days behind it say what they said, and the days in front of it are incomplete in every command.
fn check_prune(seed: u64) {
    let mut choices = Choices(seed);
    let folder = Folder::new();
    Archive::chosen(&mut choices).write(&folder);
    sync(&folder, "s.db", &folder.arg("logs"), &[0, 5]);
    let cut = Day::parse("2026-11-02").unwrap();
    let store = folder.arg("s.db");
    let ended = Run::new(&["store", "prune", "--before", &cut.to_string(), "--store", &store]).ended();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let behind = Days { from: cut.plus(1), to: cut.plus(5) };
    let stored = check_commands(seed, &store_of(&folder, "s.db"), &behind, &[]);
    let scanned = said(&["events"], &[folder.arg("logs")], &behind, &[]);
    assert_eq!((stored.code, &stored.gaps, &stored.failed), (scanned.code, &scanned.gaps, &scanned.failed));
    let in_front = Days { from: cut.plus(-3), to: cut };
    let stored = check_commands(seed, &store_of(&folder, "s.db"), &in_front, &[]);
    assert_eq!(stored.code, Some(5), "{stored:?}");
}

#[test]
fn a_prune_is_said_by_every_command() {
    (200..202).for_each(check_prune);
}
