//! Counts of events by any keys (DESIGN §3, `summary`). It does not know what the keys mean.

use std::collections::{BTreeMap, BTreeSet};

use super::filter::event_field::EventField;
use crate::domain::assumption::Assumption;
use crate::domain::timestamp::Timestamp;

/// The texts by which events are put together; an absent one sorts first.
pub type GroupTexts = Vec<Option<Box<str>>>;

/// What a summary needs to know of one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummaryEvent {
    /// Its group.
    pub keys: GroupTexts,
    /// Which run it belongs to; equal numbers are the same run.
    pub run: usize,
    /// Its time.
    pub time: Timestamp,
    /// Whether it was denied.
    pub denied: bool,
}

/// The text of an event by which it is put together with others, if it has any.
pub type TextOfEvent<'a> = Box<dyn Fn(&Assumption) -> Option<Box<str>> + 'a>;

/// A key by which events are put together, out of one part of each.
pub struct GroupKey<'a> {
    /// The part; nothing else of an event makes a difference.
    pub part: EventField,
    /// Its text.
    pub text: TextOfEvent<'a>,
}

/// One row of a summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummaryGroup {
    /// What its events have in common.
    pub keys: GroupTexts,
    /// Distinct runs with an event in it.
    pub runs: u64,
    /// Its events, granted or denied.
    pub assumptions: u64,
    /// How many of them were denied.
    pub denied: u64,
    /// The earliest of its events.
    pub first_seen: Timestamp,
    /// The latest of them.
    pub last_seen: Timestamp,
}

/// Puts events with equal keys together, ordered by the keys as bytes, one key after the other.
#[must_use]
pub fn summarize(samples: impl IntoIterator<Item = SummaryEvent>) -> Vec<SummaryGroup> {
    let mut groups: BTreeMap<GroupTexts, (SummaryGroup, BTreeSet<usize>)> = BTreeMap::new();
    for SummaryEvent { keys, run, time, denied } in samples {
        let (group, runs) = groups.entry(keys).or_insert_with(|| {
            let empty = SummaryGroup {
                keys: GroupTexts::new(),
                runs: 0,
                assumptions: 0,
                denied: 0,
                first_seen: time,
                last_seen: time,
            };
            (empty, BTreeSet::new())
        });
        runs.insert(run);
        group.assumptions += 1;
        group.denied += u64::from(denied);
        group.first_seen = group.first_seen.min(time);
        group.last_seen = group.last_seen.max(time);
    }
    groups.into_iter().map(|(keys, (group, runs))| SummaryGroup { keys, runs: runs.len() as u64, ..group }).collect()
}

/// Puts groups of equal keys together, of parts none of which has a run of another one.
#[must_use]
pub fn unite(parts: impl IntoIterator<Item = SummaryGroup>) -> Vec<SummaryGroup> {
    let mut groups: BTreeMap<GroupTexts, SummaryGroup> = BTreeMap::new();
    for part in parts {
        match groups.get_mut(&part.keys) {
            Some(group) => {
                group.runs += part.runs;
                group.assumptions += part.assumptions;
                group.denied += part.denied;
                group.first_seen = group.first_seen.min(part.first_seen);
                group.last_seen = group.last_seen.max(part.last_seen);
            }
            None => drop(groups.insert(part.keys.clone(), part)),
        }
    }
    groups.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(keys: &str, run: usize, seconds: i64, denied: bool) -> SummaryEvent {
        let keys = keys.split(',').map(|key| (!key.is_empty()).then(|| key.into())).collect();
        SummaryEvent { keys, run, time: Timestamp::from_seconds(seconds).unwrap(), denied }
    }

    fn check(samples: &[SummaryEvent], expected: &[&str]) {
        let shown: Vec<String> = summarize(samples.iter().cloned())
            .iter()
            .map(|group| {
                let keys: Vec<&str> = group.keys.iter().map(|key| key.as_deref().unwrap_or("")).collect();
                let (first, last) = (group.first_seen.seconds(), group.last_seen.seconds());
                format!("{} {} {} {} {first} {last}", keys.join(","), group.runs, group.assumptions, group.denied)
            })
            .collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn groups_count_distinct_runs_and_keep_the_ends_of_time() {
        check(&[], &[]);
        check(
            &[sample("b,x", 7, 30, false), sample("b,x", 7, 10, true), sample("b,x", 8, 20, true)],
            &["b,x 2 3 2 10 30"],
        );
    }

    #[test]
    fn groups_are_ordered_key_by_key_as_bytes_with_absent_first() {
        let samples = ["a b,1", "a,2", ",3", "B,4", "a,", "é,5"];
        let samples: Vec<SummaryEvent> = samples.into_iter().map(|keys| sample(keys, 0, 1, false)).collect();
        check(
            &samples,
            &[",3 1 1 0 1 1", "B,4 1 1 0 1 1", "a, 1 1 0 1 1", "a,2 1 1 0 1 1", "a b,1 1 1 0 1 1", "é,5 1 1 0 1 1"],
        );
    }
}
