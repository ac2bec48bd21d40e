//! From events to runs: copies removed, the rest folded (DESIGN §3).

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};

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
    /// Removed copies of the same content.
    pub duplicate: u64,
    /// Removed copies whose content differs from the one that stands.
    pub conflicts: u64,
}

/// Drops the record text of events whose place among their copies the name of their log file settles. Of `events`,
/// which come from one log file, those that share an id keep it, and those without an id.
pub fn forget_settled_records(events: &mut [Assumption]) {
    let mut seen: HashMap<Box<str>, u32> = HashMap::new();
    for event in events.iter() {
        if let Some(id) = &event.event_id {
            *seen.entry(id.clone()).or_default() += 1;
        }
    }
    for event in events {
        if event.event_id.as_ref().is_some_and(|id| seen.get(id) == Some(&1)) {
            event.record = None;
        }
    }
}

/// Keeps one copy of each event: the one with the smallest log file, then the smallest record text. An event without
/// an id is known by its record text. The order of `events` makes no difference.
#[must_use]
pub fn deduplicate(mut events: Vec<Assumption>) -> Deduplicated {
    let mut result = Deduplicated::default();
    let removed = remove_copies(&events, &mut result);
    if !removed.is_empty() {
        let mut at = 0..;
        events.retain(|_| at.next().is_none_or(|at| removed.binary_search(&at).is_err()));
    }
    sort(&mut events);
    result.events = events;
    result
}

/// Events of which none is a copy of another, in the order of events.
#[must_use]
pub fn distinct(mut events: Vec<Assumption>) -> Deduplicated {
    sort(&mut events);
    Deduplicated { events, ..Deduplicated::default() }
}

/// The places of the events that another one stands for, in order; `result` counts them.
fn remove_copies(events: &[Assumption], result: &mut Deduplicated) -> Vec<usize> {
    let mut firsts = HashMap::with_capacity(events.len());
    let mut copies: HashMap<usize, Vec<usize>> = HashMap::new();
    for (at, event) in events.iter().enumerate() {
        let first = *firsts.entry(identity(event)).or_insert(at);
        if first != at {
            copies.entry(first).or_insert_with(|| vec![first]).push(at);
        }
    }
    let mut removed = Vec::new();
    for places in copies.into_values() {
        let rank = |at: &usize| (&events[*at].log_file, &events[*at].record, &events[*at].content, *at);
        let Some(stands) = places.iter().copied().min_by(|one, other| rank(one).cmp(&rank(other))) else { continue };
        for at in places.into_iter().filter(|at| *at != stands) {
            if events[at].content == events[stands].content {
                result.duplicate += 1;
            } else {
                result.conflicts += 1;
            }
            removed.push(at);
        }
    }
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

/// For each event, which run it belongs to; runs are numbered in the order in which they first appear. `events` are in
/// the order of events. Without a run id, events of one subject that are more than `run_gap` seconds apart are
/// different runs.
#[must_use]
pub fn assign(events: &[&Assumption], run_gap: i64) -> Vec<usize> {
    let mut next = 0;
    let mut fresh = || {
        next += 1;
        next - 1
    };
    let mut by_id = hashbrown::HashMap::new();
    let mut inferred: hashbrown::HashMap<(Option<&str>, Owner<'_>), (usize, Timestamp)> = hashbrown::HashMap::new();
    let mut runs = Vec::with_capacity(events.len());
    for event in events {
        let issuer = event.issuer.as_deref();
        if let Some(run_id) = event.run_id.as_deref() {
            let key = (issuer, event.subject.organization(), run_id);
            runs.push(*by_id.entry(key).or_insert_with(&mut fresh));
            continue;
        }
        let key = (issuer, event.subject.owner());
        let slot = inferred.entry(key).or_insert_with(|| (fresh(), event.time));
        if event.time.seconds() - slot.1.seconds() > run_gap {
            slot.0 = fresh();
        }
        slot.1 = event.time;
        runs.push(slot.0);
    }
    runs
}

/// Folds events into the runs that [`assign`] gave them, in the order of runs.
#[must_use]
pub fn fold(events: &[&Assumption], assigned: &[usize]) -> Vec<Run> {
    let mut runs: Vec<Option<Run>> = Vec::new();
    runs.resize_with(assigned.iter().max().map_or(0, |last| last + 1), || None);
    for (event, at) in events.iter().zip(assigned) {
        let slot = &mut runs[*at];
        let run = slot.get_or_insert_with(|| begin(event));
        add(run, event);
    }
    let mut runs: Vec<Run> = runs.into_iter().flatten().collect();
    runs.sort_unstable_by(order_of_runs);
    runs
}

/// A run with the names of its first event, and nothing counted yet.
fn begin(first: &Assumption) -> Run {
    let name = |text: Option<&str>| text.map(Into::into);
    Run {
        run_id: first.run_id.clone(),
        kind: first.subject.kind(),
        issuer: name(first.issuer.as_deref()),
        organization: name(first.subject.organization()),
        project: name(first.subject.project()),
        workspace: name(first.subject.workspace()),
        stack: name(first.subject.stack()),
        deployment: name(first.subject.deployment()),
        phases: BTreeSet::new(),
        first_seen: first.time,
        last_seen: first.time,
        account_ids: BTreeSet::new(),
        regions: BTreeSet::new(),
        source_ips: BTreeSet::new(),
        role_arns: BTreeSet::new(),
        assumptions: 0,
        denied: 0,
        terraform_versions: BTreeSet::new(),
        provider_versions: BTreeSet::new(),
        grouping: if first.run_id.is_some() { Grouping::RunId } else { Grouping::Inferred },
        smallest_event_id: first.event_id.clone(),
    }
}

fn add(run: &mut Run, event: &Assumption) {
    let insert = |set: &mut BTreeSet<Box<str>>, text: Option<&str>| {
        if let Some(text) = text.filter(|text| !set.contains(*text)) {
            set.insert(text.into());
        }
    };
    let agent = event.user_agent.as_deref().unwrap_or_default();
    insert(&mut run.phases, event.subject.phase());
    insert(&mut run.account_ids, event.account_id.as_deref());
    insert(&mut run.regions, event.region.as_deref());
    insert(&mut run.source_ips, event.source_address.as_ref().map(SourceAddress::as_str));
    insert(&mut run.role_arns, event.role_arn.as_deref());
    insert(&mut run.terraform_versions, terraform_version(agent));
    insert(&mut run.provider_versions, provider_version(agent));
    run.first_seen = run.first_seen.min(event.time);
    run.last_seen = run.last_seen.max(event.time);
    run.assumptions += 1;
    run.denied += u64::from(event.outcome.error_code().is_some());
    if event.event_id.is_some() && (run.smallest_event_id.is_none() || event.event_id < run.smallest_event_id) {
        run.smallest_event_id.clone_from(&event.event_id);
    }
}

/// The order of runs (DESIGN §3).
fn order_of_runs(one: &Run, other: &Run) -> Ordering {
    one.first_seen
        .cmp(&other.first_seen)
        .then_with(|| one.run_id.cmp(&other.run_id))
        .then_with(|| one.organization.cmp(&other.organization))
        .then_with(|| one.workspace.cmp(&other.workspace))
        .then_with(|| one.issuer.cmp(&other.issuer))
        .then_with(|| one.project.cmp(&other.project))
        .then_with(|| one.stack.cmp(&other.stack))
        .then_with(|| one.deployment.cmp(&other.deployment))
        .then_with(|| one.kind.as_str().cmp(other.kind.as_str()))
        .then_with(|| one.smallest_event_id.cmp(&other.smallest_event_id))
}

/// Folds the events of one run, which are in the order of events.
pub(super) fn fold_one(events: &[&Assumption]) -> Option<Run> {
    let mut run = begin(events.first()?);
    for event in events {
        add(&mut run, event);
    }
    Some(run)
}

/// The order of runs (DESIGN §3), of their events in the order of events: a run has the names and the time of its first.
pub(super) fn order(one: &[&Assumption], other: &[&Assumption]) -> Ordering {
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
