//! Copies of one event are removed, and corrections put in place of what they correct (DESIGN §3, §8).

use std::collections::{BTreeSet, HashMap};
use std::hash::BuildHasher as _;
use std::sync::Arc;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::corrections::{Corrected, correct};
use crate::audit::coverage::Conflict;
use crate::domain::assumption::Assumption;
use crate::domain::timestamp::Timestamp;

/// Events of which each stands once.
#[derive(Debug, Default)]
pub struct Deduplicated {
    /// In the order of events.
    pub events: Vec<Assumption>,
    /// Removed copies of the same content, and events that a correction replaced.
    pub duplicate: u64,
    /// Removed copies whose content differs from the one that stands.
    pub conflicts: u64,
    /// The copies of each event that has several.
    pub copied: Vec<Copies>,
    /// The events whose copies differ, in the order of ids.
    pub contradictions: Vec<Conflict>,
    /// Removed corrections that say nothing without the event that they correct, which is not there.
    pub unmatched: u64,
    /// Removed events of a time for which a reading of the window that is asked about knows them not, or as another one.
    pub elsewhere: u64,
}

/// The copies of one event, in the order in which they would stand: the log file of each, and which of them is the first of
/// its content.
pub type Copies = Vec<(Arc<str>, usize)>;

/// Keeps one copy of each event: the one with the smallest log file, then the smallest SHA-256 of the record. An event
/// without an id is known by that. The order of `events` makes no difference.
#[must_use]
pub fn deduplicate(mut events: Vec<Assumption>) -> Deduplicated {
    let mut result = Deduplicated::default();
    let removed = remove_copies(&events, &mut result);
    if !removed.is_empty() {
        let mut at = 0..;
        events.retain(|_| at.next().is_none_or(|at| removed.binary_search(&at).is_err()));
    }
    finish(events, result)
}

/// Events of which none is a copy of another, in the order of events.
#[must_use]
pub fn distinct(events: Vec<Assumption>) -> Deduplicated {
    finish(events, Deduplicated::default())
}

/// Puts corrections in place of what they correct, and everything into its order.
fn finish(mut events: Vec<Assumption>, mut result: Deduplicated) -> Deduplicated {
    let Corrected { replaced, unmatched } = correct(&mut events);
    for (log_file, count) in replaced {
        result.duplicate += count;
        // One that a correction replaced counts where it lay.
        result.copied.extend((0..count).map(|_| vec![(Arc::clone(&log_file), 0), (Arc::clone(&log_file), 0)]));
    }
    sort(&mut events);
    Deduplicated { events, unmatched, ..result }
}

/// The places of the events that another one stands for, in order; `result` counts them.
fn remove_copies(events: &[Assumption], result: &mut Deduplicated) -> Vec<usize> {
    // The events are their own keys: of what may be millions, places alone are kept beside them.
    let mut firsts = HashTable::with_capacity(events.len());
    let hasher = DefaultHashBuilder::default();
    let hash = |at: &usize| hasher.hash_one(identity(&events[*at]));
    let mut copies: HashMap<usize, Vec<usize>> = HashMap::new();
    for (at, event) in events.iter().enumerate() {
        let same = |other: &usize| identity(&events[*other]) == identity(event);
        let first = *firsts.entry(hash(&at), same, hash).or_insert(at).get();
        if first != at {
            copies.entry(first).or_insert_with(|| vec![first]).push(at);
        }
    }
    let mut removed = Vec::new();
    for places in copies.into_values() {
        let rank = |at: &usize| (&events[*at].log_file, &events[*at].content, *at);
        let Some(stands) = places.iter().copied().min_by(|one, other| rank(one).cmp(&rank(other))) else { continue };
        if places.iter().any(|at| events[*at].content != events[stands].content)
            && let Some(event_id) = events[stands].event_id.clone()
        {
            let files: BTreeSet<_> = places.iter().map(|at| Arc::clone(&events[*at].log_file)).collect();
            result.contradictions.push(Conflict { event_id, files: files.into_iter().collect() });
        }
        let mut ranked = places.clone();
        ranked.sort_unstable_by(|one, other| rank(one).cmp(&rank(other)));
        let mut contents = HashMap::new();
        let copies = ranked.iter().enumerate().map(|(rank, at)| {
            (Arc::clone(&events[*at].log_file), *contents.entry(events[*at].content).or_insert(rank))
        });
        result.copied.push(copies.collect());
        for at in places.into_iter().filter(|at| *at != stands) {
            if events[at].content == events[stands].content {
                result.duplicate += 1;
            } else {
                result.conflicts += 1;
            }
            removed.push(at);
        }
    }
    result.contradictions.sort_unstable();
    removed.sort_unstable();
    removed
}

/// Puts events into their order. They are large, so their places are sorted, and each is moved once.
fn sort(events: &mut [Assumption]) {
    if events.is_sorted_by(|one, other| one.order(other).is_le()) {
        return;
    }
    let mut places: Vec<(Timestamp, usize)> = events.iter().map(|event| event.time).zip(0..).collect();
    places.sort_unstable_by(|one, other| one.0.cmp(&other.0).then_with(|| events[one.1].order(&events[other.1])));
    // Each place is visited once: a circle of events that take each other's places is moved as a whole.
    for start in 0..places.len() {
        let mut here = start;
        while places[here].1 != start {
            let next = std::mem::replace(&mut places[here].1, here);
            events.swap(here, next);
            here = next;
        }
        places[here].1 = here;
    }
}

/// What makes two records the same event.
fn identity(event: &Assumption) -> (Option<&str>, &[u8]) {
    match event.event_id.as_deref() {
        Some(id) => (Some(id), &[]),
        None => (None, &event.content),
    }
}
