//! Calls in groups give what whole ones give, in memory and put aside.

use std::io::Cursor;

use super::call_filter::CallFilter;
use super::calls_of_runs::calls_of_runs;
use super::fold::{ActivityRow, fold};
use super::grouped_calls::GroupedCalls;
use super::grouped_runs::{GroupedRunCalls, grouped_calls_of_runs};
use super::oracle::Random;
use super::put_aside::CallRoom;
use super::run_call::RunCall;
use super::sample::{World, at};
use crate::audit::filter::Filter;
use crate::domain::assumption::Assumption;
use crate::domain::issuer::Issuers;
use crate::domain::session_call::SessionCall;
use crate::domain::window::Window;

/// Lines of a world in which most calls have a UUID, and many are there more than once: as copies in other files, as
/// records of the same event that say something else, as copies that other accounts received.
fn lines(random: &mut Random) -> Vec<String> {
    let count = 2 + random.below(24);
    let mut lines = Vec::new();
    for number in 0..count {
        let line = random.line(number, 30);
        let Some((id, rest)) = line.strip_prefix('c').and_then(|line| line.split_once(' ')) else {
            lines.push(line);
            continue;
        };
        let id = match random.below(5) {
            0 => format!("c{id}"),
            _ => format!("{number:08x}-0000-4000-8000-00abcdef0000"),
        };
        for _ in 0..random.one(&[1, 1, 1, 2, 2, 4]) {
            let content = random.one(&["", "", "", "other", "another"]);
            let other = random.line(number, 30);
            let is_other = !content.is_empty() && random.below(2) == 0;
            let rest = if is_other { other.split_once(' ').map_or("", |(_, rest)| rest) } else { rest };
            let mut words = vec![format!("{id} {rest} content={number}{content} file=f{}", random.below(3))];
            words.extend((random.below(2) == 0).then(|| "of=A account=A".to_owned()));
            words.push(format!("arns={}", random.one(&["a", "a,b", "b"])));
            words.extend((number % 5 == 0).then(|| format!("shared=s{}", number / 2)));
            lines.push(words.join(" "));
        }
    }
    lines
}

/// Copies of one content say what the first of them says, but for their file.
fn consistent(calls: &mut [SessionCall]) {
    for place in 1..calls.len() {
        let (before, rest) = calls.split_at_mut(place);
        if let Some(first) = before.iter().find(|call| call.content == rest[0].content) {
            let log_file = rest[0].log_file.clone();
            rest[0] = SessionCall { log_file, ..first.clone() };
        }
    }
}

/// What can be seen of a call.
fn shown(calls: &[RunCall]) -> Vec<String> {
    let of_call = |it: &RunCall| {
        let call = &it.call;
        format!(
            "{} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
            call.time,
            call.event_id,
            call.operation,
            call.caller,
            call.resources,
            call.log_file,
            it.attribution,
            it.run
        )
    };
    calls.iter().map(of_call).collect()
}

fn runs(calls: &[RunCall]) -> usize {
    calls.iter().map(|call| call.number).collect::<std::collections::BTreeSet<_>>().len()
}

/// Groups what can be, in some parts that are put together, with room for so many calls in memory; where there is a limit, only
/// those of a window are told.
fn grouped(
    calls: &[SessionCall],
    window: Window,
    (parts, most): (usize, Option<u64>),
) -> (Vec<SessionCall>, GroupedCalls) {
    let room = most.map(|most| CallRoom::new(most * 52, || Ok(Box::new(Cursor::new(Vec::new())))));
    let none = || room.as_ref().map_or_else(GroupedCalls::default, |room| GroupedCalls::within(room.clone(), window));
    let (mut whole, mut all) = (Vec::new(), none());
    for part in calls.chunks(calls.len().div_ceil(parts).max(1)) {
        let mut groups = none();
        whole.extend(part.iter().filter_map(|call| groups.add(call.clone()).err()).map(|call| *call));
        all.merge(groups);
    }
    (whole, all)
}

#[test]
fn groups_give_what_whole_calls_give() {
    let (mut calls, mut in_groups, mut copies, mut conflicts) = (0, 0, 0, 0);
    for seed in 0..600 {
        let mut random = Random(seed);
        let lines = lines(&mut random);
        let mut world = World::new(&lines);
        consistent(&mut world.calls);
        random.shuffle(&mut world.calls);
        let events: Vec<&Assumption> = world.events.iter().collect();
        let window = Window { from: Some(at(5)), to: Some(at(20)) };
        let filters = [
            CallFilter::default(),
            CallFilter { run: Filter { window, ..Filter::default() }, denied: seed % 7 == 0, ..CallFilter::default() },
        ];
        for filter in filters {
            let issuers = Issuers::default();
            let expected = calls_of_runs(&events, &world.principals, world.calls.clone(), &issuers, 60, &filter);
            for (parts, most) in [(1, None), (3, None), (1, Some(3)), (3, Some(2)), (2, Some(40))] {
                let (whole, groups) = grouped(&world.calls, filter.run.window, (parts, most));
                in_groups += world.calls.len() - whole.len();
                let mut found: GroupedRunCalls =
                    grouped_calls_of_runs(&events, &world.principals, (whole, groups), &issuers, 60, &filter).unwrap();
                assert_eq!(found.tally, expected.tally, "seed {seed}: {lines:#?}");
                assert_eq!(in_order(found.rows().unwrap()), in_order(fold(&expected.calls)), "seed {seed}: {lines:#?}");
                assert_eq!(found.each().filter_map(Result::ok).count(), found.len(), "seed {seed}");
                assert_eq!((found.len(), found.runs()), (expected.calls.len(), runs(&expected.calls)), "seed {seed}");
                found.sort();
                let sorted: Vec<RunCall> = found.in_order().map(Result::unwrap).collect();
                assert_eq!(shown(&sorted), shown(&expected.calls), "seed {seed}: {lines:#?}");
            }
            calls += expected.calls.len();
            copies += expected.tally.duplicate;
            conflicts += expected.tally.conflicts;
        }
    }
    // The worlds have something of everything.
    assert!(
        calls > 5_000 && in_groups > 5_000 && copies > 500 && conflicts > 500,
        "{calls} {in_groups} {copies} {conflicts}"
    );
}

/// The rows in an order of their own.
fn in_order(mut rows: Vec<ActivityRow>) -> Vec<ActivityRow> {
    rows.sort_unstable_by(|one, other| one.kind.cmp(&other.kind));
    rows
}
