//! From events to runs: copies removed, the rest folded (DESIGN §3).

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};
use std::hash::BuildHasher as _;
use std::sync::Arc;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::corrections::{Corrected, correct};
use super::folded::Runs;
use super::inferred::{Inferred, reach};
use crate::audit::coverage::Conflict;
use crate::domain::assumption::Assumption;
use crate::domain::run::{Grouping, Run};
use crate::domain::source_address::SourceAddress;
use crate::domain::subject::Owner;
use crate::domain::timestamp::Timestamp;
use crate::domain::user_agent::{provider_version, terraform_version};

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

/// The phase and the role of a session, of whose owner the rest is known.
type Session<'a> = (Option<&'a str>, Option<&'a str>);

/// For each event, which run it belongs to; runs are numbered in the order in which they first appear. `events` are in
/// the order of events. Without a run id, events of one subject that are more than `run_gap` seconds apart are
/// different runs, unless the later one renews a session of the same subject and role (DESIGN §8).
#[must_use]
pub fn assign(events: &[&Assumption], run_gap: i64) -> Vec<usize> {
    let mut next = 0;
    let mut fresh = || {
        next += 1;
        next - 1
    };
    let mut by_id = hashbrown::HashMap::new();
    let mut inferred: hashbrown::HashMap<(Option<&str>, Owner<'_>), Inferred<Session<'_>>> = hashbrown::HashMap::new();
    let mut runs = Vec::with_capacity(events.len());
    for event in events {
        let issuer = event.issuer.as_deref();
        if let Some(run_id) = event.run_id.as_deref() {
            let key = (issuer, event.subject.organization(), run_id);
            runs.push(*by_id.entry(key).or_insert_with(&mut fresh));
            continue;
        }
        let key = (issuer, event.subject.owner());
        let session = (event.subject.phase(), event.role_arn.as_deref());
        let owned = inferred.entry(key).or_default();
        runs.push(owned.next(run_gap, event.time.seconds(), (session, reach(event)), &mut fresh));
    }
    runs
}

/// Folds events into the runs that [`assign`] gave them, in the order of runs.
#[must_use]
pub fn fold<'a>(events: &[&'a Assumption], assigned: &[usize]) -> Vec<Run<'a>> {
    Runs::new(events, assigned).iter().collect()
}

/// Folds the events of one run, which are in the order of events. It has the names of the first.
pub(in crate::audit) fn fold_one<'a>(events: &[&'a Assumption]) -> Option<Run<'a>> {
    let all = || events.iter().copied();
    let agents = || all().filter_map(|event| event.user_agent.as_deref());
    let first = *events.first()?;
    Some(Run {
        run_id: first.run_id.as_deref(),
        kind: first.subject.kind(),
        issuer: first.issuer.as_deref(),
        organization: first.subject.organization(),
        project: first.subject.project(),
        workspace: first.subject.workspace(),
        stack: first.subject.stack(),
        deployment: first.subject.deployment(),
        phases: all().filter_map(|event| event.subject.phase()).collect(),
        first_seen: all().map(|event| event.time).min()?,
        last_seen: all().map(|event| event.time).max()?,
        account_ids: all().filter_map(|event| event.account_id.as_deref()).collect(),
        regions: all().filter_map(|event| event.region.as_deref()).collect(),
        source_ips: all().filter_map(|event| event.source_address.as_ref().map(SourceAddress::as_str)).collect(),
        role_arns: all().filter_map(|event| event.role_arn.as_deref()).collect(),
        assumptions: events.len() as u64,
        denied: all().filter(|event| event.outcome.is_denied()).count() as u64,
        terraform_versions: agents().filter_map(terraform_version).collect(),
        provider_versions: agents().filter_map(provider_version).collect(),
        grouping: if first.run_id.is_some() { Grouping::RunId } else { Grouping::Inferred },
        smallest_event_id: all().filter_map(|event| event.event_id.as_deref()).min(),
    })
}

/// The order of runs (DESIGN §3), of their events in the order of events: a run has the names and the time of its first.
pub(in crate::audit) fn order(one: &[&Assumption], other: &[&Assumption]) -> Ordering {
    fn smallest<'a>(events: &[&'a Assumption]) -> Option<&'a str> {
        events.iter().filter_map(|event| event.event_id.as_deref()).min()
    }
    fn names(event: &Assumption) -> [Option<&str>; 7] {
        let subject = &event.subject;
        [
            event.run_id.as_deref(),
            subject.organization(),
            subject.workspace(),
            event.issuer.as_deref(),
            subject.project(),
            subject.stack(),
            subject.deployment(),
        ]
    }
    let compare = |one: &Assumption, other: &Assumption| {
        one.time
            .cmp(&other.time)
            .then_with(|| names(one).cmp(&names(other)))
            .then_with(|| one.subject.kind().as_str().cmp(other.subject.kind().as_str()))
    };
    let first = one.first().zip(other.first()).map_or(Ordering::Equal, |(one, other)| compare(one, other));
    first.then_with(|| smallest(one).cmp(&smallest(other)))
}
