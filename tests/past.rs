//! What a store tells of the time before a window, row by row, is what its events tell.

#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

#[path = "support/cases.rs"]
mod cases;

#[path = "support/filled_stores.rs"]
mod filled_stores;

use cases::config;
use filled_stores::{BEGIN, Choices, DAYS, filled, filter, scopes};
use proptest::prelude::*;
use tfctrail::audit::baseline::Baseline;
use tfctrail::audit::baseline::past::{BaselineOrigin, USUAL, WindowHistory, windows_before, within};
use tfctrail::audit::filter::Filter;
use tfctrail::audit::network::Networks;
use tfctrail::domain::assumption::Assumption;
use tfctrail::domain::issuer::IssuerRole;
use tfctrail::domain::timestamp::Timestamp;
use tfctrail::domain::window::Window;
use tfctrail::store::read::StoreQuestion;

/// Asks a store of the choices of a seed: how many events lay before the windows, and how many of those only rules see.
fn check_seed(seed: u64) -> [usize; 2] {
    let mut choices = Choices(seed);
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path(), &mut choices).store;
    let mut before = [0, 0];
    for _ in 0..6 {
        let hour = |hours: usize| Timestamp::from_seconds(BEGIN + i64::try_from(hours * 3_600).unwrap()).unwrap();
        let from = choices.below(DAYS * 24 + 24);
        let window = Window { from: Some(hour(from)), to: Some(hour(from + 1 + choices.below(30))) };
        let issuers = scopes()[choices.below(4)].clone();
        let issuers = if choices.one_in(3) { issuers } else { issuers.with_look_alikes() };
        let filter = if choices.one_in(2) { filter(&mut choices) } else { Filter::default() };
        let filter = Filter { window: Window { from: None, to: window.to }, ..filter };
        let late_days = u32::try_from(choices.below(3)).unwrap();
        let question = StoreQuestion { issuers: &issuers, filter: &filter, whole_runs: None, late_days };
        let run_gap = [0, 1_200, 3_600][choices.below(3)];

        let slow = store.ask(&question).unwrap();
        let role = |event: &Assumption| issuers.role(event.issuer.as_deref().unwrap_or_default());
        let (others, shown): (Vec<_>, Vec<_>) =
            slow.selected.events.iter().partition(|event| role(event) == IssuerRole::Foreign);
        let moment = store.moment(question).unwrap();
        assert_eq!(moment.first(), shown.first().map(|event| event.time), "{seed} {question:?}");
        let mut coverage = slow.coverage.clone();
        coverage.kept.filtered += coverage.kept.reported;
        coverage.kept.reported = 0;
        assert_eq!(moment.coverage(), &coverage, "{seed} {question:?}");
        assert_eq!((moment.notes(), moment.forbidden()), (&*slow.notes, &*slow.forbidden), "{seed} {question:?}");

        let all: Vec<&Assumption> = slow.selected.events.iter().collect();
        let events = moment.events(window, None).unwrap();
        assert_eq!(events.iter().collect::<Vec<_>>(), within(&all, window), "{seed} {window:?} {question:?}");
        let since = moment.first().filter(|first| *first < hour(from)).map(|first| first.day().start());
        let windows = since.map_or_else(Vec::new, |since| windows_before(window, USUAL, Some(since)));
        let earlier = moment.earlier(hour(from), &windows, run_gap, &Networks::default()).unwrap();
        let is_before = Window { from: None, to: window.from };
        let expected = within(&shown, is_before);
        let past = WindowHistory::of(expected, &windows, BaselineOrigin::Nothing, run_gap, Networks::default());
        assert_eq!(earlier.past, past, "{seed} {window:?} {question:?}");
        let others = within(&others, is_before);
        let known = Baseline::of(others, Networks::default());
        assert_eq!(earlier.look_alikes.unwrap_or_default(), known, "{seed} {window:?} {question:?}");
        assert_eq!(earlier.events, (expected.len() + others.len()) as u64, "{seed} {window:?} {question:?}");
        before = [before[0] + expected.len(), before[1] + others.len()];
    }
    before
}

#[test]
fn a_past_without_events_is_that_of_the_events() {
    let [before, others] = (0..24).map(check_seed).fold([0, 0], |sum, it| [sum[0] + it[0], sum[1] + it[1]]);
    assert!(before > 500 && others > 50, "{before} {others}");
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn any_past_without_events_is_that_of_the_events(seed: u64) {
        check_seed(seed);
    }
}
