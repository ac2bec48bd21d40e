//! What commands say about the days of a window, on any source.

#![allow(dead_code, reason = "each test needs a part")]

use std::collections::BTreeMap;

use serde_json::Value;
use tfctrail::domain::timestamp::Day;

use crate::archives::{Choices, FIRST, LAST};
use crate::events::Folder;
use crate::support::{Ended, Run};

/// What a command says about the days of a window: its code, and members of the coverage.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) coverage: BTreeMap<&'static str, Value>,
}

const MEMBERS: [&str; 7] = ["failed", "malformed", "gaps", "records", "kept", "conflicts", "truncated"];

impl Said {
    fn of(ended: &Ended, coverage: &Value) -> Self {
        let mut members: BTreeMap<&str, Value> =
            MEMBERS.into_iter().map(|member| (member, coverage[member].clone())).collect();
        members.insert("read", coverage["files"]["read"].clone());
        // S3 gives a reason to those who fetch, and none to those who ask whether there is anything to fetch.
        for failed in members.get_mut("failed").and_then(Value::as_array_mut).into_iter().flatten() {
            let reason = failed["reason"].as_str().unwrap();
            failed["reason"] = reason.split(" (").next().unwrap().into();
        }
        Self { code: ended.code, coverage: members }
    }

    /// What is not the same in another.
    fn unlike(&self, other: &Self) -> String {
        let members = self.coverage.iter().filter(|(member, value)| other.coverage[*member] != **value);
        let members = members.map(|(member, value)| format!("{member}: {value} not {}", other.coverage[member]));
        let lines: Vec<String> = members.collect();
        format!("{:?} and {:?}\n{}", self.code, other.code, lines.join("\n"))
    }
}

/// The window of a question, which may begin and end within a day, or not at all.
#[derive(Debug, Default)]
pub(crate) struct Days {
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
}

/// Log files of a day are of one of these times or of later ones, or of earlier ones.
const WITHIN: [&str; 3] = ["T06:00:00Z", "T06:05:30Z", "T12:00:00Z"];

impl Days {
    pub(crate) fn of(from: Day, to: Day) -> Self {
        Self { from: Some(from.to_string()), to: Some(to.to_string()) }
    }

    /// Some days of the archive, or next to it.
    pub(crate) fn chosen(choices: &mut Choices) -> Self {
        let first = Day::parse(FIRST).unwrap();
        let span = Day::parse(LAST).unwrap().number() - first.number() + 4;
        let from = first.plus(i64::try_from(choices.below(usize::try_from(span).unwrap())).unwrap() - 2);
        let mut days = Self::of(from, from.plus(1 + i64::try_from(choices.below(6)).unwrap()));
        for end in [&mut days.from, &mut days.to].into_iter().flatten() {
            if choices.one_in(4) {
                end.push_str(choices.pick(&WITHIN));
            }
        }
        days
    }

    /// The same, perhaps without one of the ends or both.
    pub(crate) fn chosen_open(choices: &mut Choices) -> Self {
        let mut days = Self::chosen(choices);
        match choices.below(8) {
            0 => days.from = None,
            1 => days.to = None,
            2 => days = Self::default(),
            _ => {}
        }
        days
    }

    /// A report counts log files by whole days, and is of yesterday where nothing was said.
    fn is_for_reports(&self) -> bool {
        let begins_with_a_day = self.from.as_ref().is_some_and(|from| !from.contains('T'));
        begins_with_a_day && self.to.is_some()
    }

    pub(crate) fn flags(&self) -> Vec<String> {
        let flag = |name: &str, end: &Option<String>| end.clone().map(|end| [name.to_owned(), end]);
        [flag("--from", &self.from), flag("--to", &self.to)].into_iter().flatten().flatten().collect()
    }
}

const COMMANDS: [&[&str]; 7] = [
    &["runs"],
    &["summary"],
    &["findings"],
    &["events", "-o", "json"],
    &["coverage"],
    &["query", "SELECT count(*) FROM events"],
    &["report", "-o", "json"],
];

/// So many of them have filters of events.
const FILTERED: usize = 4;
const FILTERS: [&str; 3] = ["--account", "--org", "--region"];

/// How the program is called.
pub(crate) type Call<'a> = dyn Fn(&[&str]) -> Run + 'a;

/// Who asks: how the program is called, and which seed it is for.
pub(crate) struct Asker<'a> {
    pub(crate) run: &'a Call<'a>,
    pub(crate) seed: u64,
}

impl Asker<'_> {
    /// One command on one source: its coverage and code, and what it prints.
    pub(crate) fn ask(&self, command: &[&str], source: &[String], days: &Days, more: &[&str]) -> (Said, String) {
        let folder = Folder::new();
        let account = folder.arg("coverage.json");
        let flags = days.flags();
        let mut args: Vec<&str> = command.to_vec();
        args.extend(source.iter().map(String::as_str));
        args.extend(flags.iter().map(String::as_str));
        args.extend(["--coverage", &account]);
        args.extend(more);
        let ended = (self.run)(&args).ended();
        let coverage = std::fs::read_to_string(&account);
        let coverage = coverage.unwrap_or_else(|error| panic!("{args:?}: {error}: {}", ended.stderr));
        (Said::of(&ended, &serde_json::from_str(&coverage).unwrap()), ended.stdout)
    }

    /// Some commands on one source say the same: what they say, and the events.
    pub(crate) fn said(&self, source: &[String], days: &Days, more: &[&str], choices: &mut Choices) -> (Said, String) {
        let (first, events) = self.ask(&["events", "-o", "csv"], source, days, more);
        for _ in 0..2 {
            // Not every command has filters.
            let count = if days.is_for_reports() { COMMANDS.len() } else { COMMANDS.len() - 1 };
            let count = if more.iter().any(|flag| FILTERS.contains(flag)) { FILTERED } else { count };
            let command = COMMANDS[choices.below(count)];
            let (said, _) = self.ask(command, source, days, more);
            let asked = format!("seed {}: {command:?} {source:?} {:?} {more:?}", self.seed, days.flags());
            assert!(said == first, "{asked}: {}", said.unlike(&first));
        }
        (first, events)
    }

    /// Some commands on all of these sources say the same.
    pub(crate) fn agreed(
        &self,
        sources: &[Vec<String>],
        days: &Days,
        more: &[&str],
        choices: &mut Choices,
    ) -> (Said, String) {
        let (first, others) = sources.split_first().unwrap();
        let said = self.said(first, days, more, choices);
        for other in others {
            let found = self.said(other, days, more, choices);
            let asked = format!("seed {}: {other:?} and {first:?} {:?} {more:?}", self.seed, days.flags());
            assert!(found.0 == said.0, "{asked}: {}", found.0.unlike(&said.0));
            assert_eq!(found.1, said.1, "{asked}");
        }
        said
    }
}

pub(crate) fn store_of(folder: &Folder, name: &str) -> Vec<String> {
    vec![format!("store:{}", folder.arg(name))]
}

/// A sync that may have found something that is incomplete, or nothing that it may read of a source.
pub(crate) fn synced(run: &Call<'_>, folder: &Folder, store: &str, more: &[&str]) -> Ended {
    let store = folder.arg(store);
    let mut args = vec!["sync", "--store", &store];
    args.extend(more);
    let ended = run(&args).ended();
    assert!(matches!(ended.code, Some(0 | 4 | 5)), "{args:?}: {:?}: {}", ended.code, ended.stderr);
    ended
}

/// A command on a store that must end well.
pub(crate) fn done(folder: &Folder, store: &str, args: &[&str]) {
    let store = folder.arg(store);
    let ended = Run::new(&[args, &["--store", &store]].concat()).ended();
    assert_eq!(ended.code, Some(0), "{args:?}: {}", ended.stderr);
}
