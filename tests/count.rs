//! A store counts without events what it counts with them: the fast `summary` gives what the slow and obvious one gives.

#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

#[path = "support/cases.rs"]
mod cases;

#[path = "support/filled_stores.rs"]
mod filled_stores;

use std::collections::BTreeMap;

use cases::config;
use filled_stores::{BEGIN, Choices, Filled, event, filled, filter, kept, scopes};
use proptest::prelude::*;
use tfctrail::audit::filter::Filter;
use tfctrail::audit::filter::select::select;
use tfctrail::audit::headline::Headline;
use tfctrail::audit::runs::assign::assign;
use tfctrail::audit::runs::dedupe::deduplicate;
use tfctrail::decode::record::principals::PrincipalNotes;
use tfctrail::decode::{Decoded, FileEnd};
use tfctrail::domain::assumption::{Assumption, Outcome};
use tfctrail::domain::issuer::Issuers;
use tfctrail::domain::log_key::LogKey;
use tfctrail::domain::subject::Subject;
use tfctrail::domain::tally::{ByteTally, KeptTally, RecordTally};
use tfctrail::domain::timestamp::Timestamp;
use tfctrail::domain::window::Window;
use tfctrail::report::row::events;
use tfctrail::report::row::summary::{By, DEFAULT_BY};
use tfctrail::source::SourceKind;
use tfctrail::source::known::ObjectVersion;
use tfctrail::store::Store;
use tfctrail::store::count::CountQuestion;
use tfctrail::store::read::StoreQuestion;
use tfctrail::store::write::{StoredFate, StoredSource};

/// The store answers what a scan of its log files says, the slow and obvious way.
fn check_scan(filled: &Filled, question: &StoreQuestion<'_>) {
    let read = filled
        .files
        .iter()
        .filter(|(name, _)| LogKey::parse(name).reason_to_skip(&question.filter.window, question.late_days).is_none());
    let (mut records, mut events) = (RecordTally::default(), Vec::new());
    for (name, all) in read {
        let kept: Vec<Assumption> = all.iter().filter_map(|event| kept(event, name, question.issuers)).collect();
        let (count, all) = (kept.len() as u64, all.len() as u64);
        records.add(RecordTally { total: all + 1, kept: count, other: all - count + 1, malformed: 0 });
        events.extend(kept);
    }
    let scanned = select(deduplicate(events), question.filter, question.whole_runs);
    let answer = filled.store.ask(question).unwrap();
    assert_eq!(answer.selected.events, scanned.events, "{question:?}");
    assert_eq!((answer.selected.kept, answer.coverage.records), (scanned.kept, records), "{question:?}");
    let by_day: u64 = answer.coverage.days.values().map(|day| day.kept).sum();
    assert_eq!((by_day, answer.notes), (records.kept, Vec::new()), "{question:?}");
    assert!(answer.coverage.balances());
}

/// Both ways of counting give the same; whether the fast one had an answer.
fn check(store: &Store, by: &str, question: &StoreQuestion<'_>, run_gap: i64) -> bool {
    let by_columns = By::parse(by).unwrap();
    let keys = by_columns.keys().unwrap();
    let slow = store.ask(question).unwrap();
    let events: Vec<&Assumption> = slow.selected.events.iter().collect();
    let runs = assign(&events, run_gap);
    let groups = by_columns.rows(events.iter().copied().zip(runs.iter().copied()));
    let headline = Headline::of(&slow.selected.events, runs.iter().max().map_or(0, |last| last + 1));
    let Some(fast) = store.count(question, CountQuestion { keys: &keys, run_gap }).unwrap() else {
        assert_eq!(events.len(), 0, "{by} {question:?}");
        return false;
    };
    assert_eq!(fast.groups, groups, "{by} {question:?}");
    assert_eq!(fast.headline, headline, "{by} {question:?}");
    assert_eq!((fast.kept, &fast.coverage), (slow.selected.kept, &slow.coverage), "{by} {question:?}");
    assert_eq!((fast.notes, fast.forbidden), (slow.notes, slow.forbidden), "{by} {question:?}");
    // Why events were left out is said where none is left.
    if events.is_empty() {
        assert_eq!(fast.removed, slow.selected.removed, "{by} {question:?}");
    }
    assert!(fast.coverage.balances());
    true
}

/// Counts with the choices of a seed; how many answers were fast and about something, and how many were asked for.
fn check_seed(seed: u64) -> (usize, usize) {
    let mut choices = Choices(seed);
    let folder = tempfile::tempdir().unwrap();
    let filled = filled(folder.path(), &mut choices);
    let store = &filled.store;
    let schema = events::schema();
    let columns = schema.columns().iter().map(|column| column.heading().name);
    let by: Vec<&str> =
        columns.chain(["day", "hour", DEFAULT_BY, "day,run_id,phase,account_id", "phase,day,kind,issuer"]).collect();
    let mut fast = 0;
    for by in &by {
        let (filter, issuers) = (filter(&mut choices), scopes()[choices.below(4)].clone());
        let issuers = &if choices.one_in(2) { issuers.with_look_alikes() } else { issuers };
        let late_days = u32::try_from(choices.below(3)).unwrap();
        let question = StoreQuestion { issuers, filter: &filter, whole_runs: None, late_days };
        let run_gap = [0, 1_200, 3_600, 90_000][choices.below(4)];
        fast += usize::from(check(store, by, &question, run_gap));
        if filled.scopes.iter().all(|scope| scope.covers(issuers)) {
            check_scan(&filled, &question);
            check_scan(&filled, &StoreQuestion { whole_runs: Some(run_gap), ..question });
        }
    }
    (fast, by.len())
}

proptest! {
    #![proptest_config(config(32))]

    #[test]
    fn counting_without_events_is_counting_with_them(seed in any::<u64>()) {
        check_seed(seed);
    }
}

#[test]
fn hardly_any_question_takes_the_slow_way() {
    let counts = (0..8).map(check_seed).fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
    assert!(counts.0 * 10 > counts.1 * 9, "{counts:?}");
}

#[test]
fn whole_runs_are_left_to_the_slow_way() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path(), &mut Choices(1)).store;
    let (issuers, filter) = (Issuers::default(), Filter::default());
    let question = StoreQuestion { issuers: &issuers, filter: &filter, whole_runs: Some(60), late_days: 1 };
    assert!(store.count(&question, CountQuestion { keys: &[], run_gap: 60 }).unwrap().is_none());
}

/// An event of a day on which only its id and its outcome matter.
fn event_of(id: &str, day: i64, is_denied: bool) -> Assumption {
    let code = || Outcome::Denied { code: "AccessDenied".into() };
    Assumption {
        time: Timestamp::from_seconds(BEGIN + day * 86_400).unwrap(),
        event_id: Some(id.into()),
        issuer: Some("app.terraform.io".into()),
        subject: Subject::Other("organization:acme:project:core:workspace:web:run_phase:plan".into()),
        outcome: if is_denied { code() } else { Outcome::Granted { access_key_id: None } },
        ..event(0, &mut Choices(1))
    }
}

/// A store of two sources, whose log files have the same names and hold events of the same ids: of each day a copy and
/// one that contradicts.
fn two_sources(folder: &std::path::Path, issuers: &Issuers, days: i64) -> Store {
    let source = |name: &str| StoredSource {
        identity: format!("/{name}"),
        part: String::new(),
        label: name.into(),
        kind: SourceKind::Local,
    };
    let store = Store::create(&folder.join("store.db")).unwrap();
    let mut writer = store.writer(&[source("one"), source("two")], issuers).unwrap();
    for (source, label) in ["one", "two"].into_iter().enumerate() {
        for day in 0..days {
            let name = format!("111122223333_CloudTrail_eu-west-1_2026110{}T0005Z_abcdefghabcdefgh.json.gz", 2 + day);
            let log_file = format!("{label}/{name}");
            let events = [
                event_of(&format!("0c1d2e3f-0000-4abc-9def-{day:012}"), day, false),
                event_of(&format!("contradicts-{day}"), day, source == 1),
            ];
            let decoded = Decoded {
                log_file: log_file.as_str().into(),
                records: RecordTally { total: 2, kept: 2, other: 0, malformed: 0 },
                assumptions: events.iter().filter_map(|event| kept(event, &log_file, issuers)).collect(),
                calls: Vec::new(),
                session_calls: Vec::new(),
                principals: Vec::new(),
                unread_calls: Vec::new(),
                notes: PrincipalNotes::default(),
                resource_writes: Vec::new(),
                unread_writes: Vec::new(),
                written: Some(Box::default()),
                bytes: ByteTally { read: 1, inflated: 1 },
                malformed: Vec::new(),
                issuers: BTreeMap::from([("app.terraform.io".into(), 2)]),
                has_more: None,
                places: Vec::new(),
                call_places: Vec::new(),
                extract: None,
                stored_sha256: None,
                extracted: None,
                is_damaged_extract: false,
                may_be_extract: false,
                ended: FileEnd::Read,
                text: None,
                judged: None,
            };
            let version = ObjectVersion { name: name.as_str().into(), size: 1, tag: "1".into() };
            writer.take(source, &version, &LogKey::parse(&name), &StoredFate::Decoded(&decoded)).unwrap();
        }
    }
    writer.close().unwrap()
}

#[test]
fn copies_across_sources_stand_once_in_a_window() {
    let folder = tempfile::tempdir().unwrap();
    let issuers = Issuers::default();
    let store = two_sources(folder.path(), &issuers, 4);
    let day = |number: i64| Timestamp::from_seconds(BEGIN + number * 86_400);
    let keys_of = By::parse("day,outcome").unwrap();
    let keys = keys_of.keys().unwrap();
    // The days of the window, and how many days of log files are read for it.
    for (from, to, late_days, days, read) in
        [(None, None, 1, 4, 4), (day(1), day(2), 0, 1, 1), (day(1), day(2), 1, 1, 2), (None, day(2), 0, 2, 2)]
    {
        let filter = Filter { window: Window { from, to }, ..Filter::default() };
        let question = StoreQuestion { issuers: &issuers, filter: &filter, whole_runs: None, late_days };
        let counted = store.count(&question, CountQuestion { keys: &keys, run_gap: 3_600 }).unwrap().unwrap();
        let kept = KeptTally { reported: 2 * days, filtered: 2 * (read - days), duplicate: read, conflicts: read };
        assert_eq!(counted.kept, kept, "{question:?}");
        assert!(check(&store, "day,outcome", &question, 3_600));
    }
}
