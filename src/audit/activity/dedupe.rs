//! Copies of one call are removed: those of one event, and those that other accounts received (DESIGN §9).

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher as _, Hash};

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::audit::overdue::DeliveryLookup;
use crate::domain::session_call::SessionCall;
use crate::domain::tally::CallTally;
use crate::domain::timestamp::Timestamp;

/// What became of calls by the minute in which their log files were delivered, as their names tell it.
pub type CallsByDelivery = BTreeMap<Option<Timestamp>, CallTally>;

/// Calls of which each stands once.
#[derive(Debug, Default)]
pub struct DedupedCalls {
    /// In the order of events: time, event id, SHA-256 of the record.
    pub calls: Vec<SessionCall>,
    /// What was removed: copies of the same content, copies of an event whose content differs from the one that stands, and those
    /// that other accounts received of one call (`sharedEventID`), whose content always differs, which is no conflict.
    pub removed: CallsByDelivery,
}

impl DedupedCalls {
    /// What was removed, whenever it was delivered.
    #[must_use]
    pub fn all_removed(&self) -> CallTally {
        let mut all = CallTally::default();
        self.removed.values().for_each(|tally| all.add(*tally));
        all
    }
}

/// Why a copy is none that stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Removal {
    Duplicate,
    Conflict,
    Shared,
}

/// Keeps one copy of each call. Of one event that is the one with the smallest log file, then the smallest SHA-256 of the
/// record; an event without an id is known by that. Then, of one call that several accounts received, the one of the
/// account whose credentials called, else one whose caller is more than an account, else the one with the smallest event
/// id; it gets the resources of all. The order of `calls` makes no difference.
#[must_use]
pub fn deduplicate(mut calls: Vec<SessionCall>) -> DedupedCalls {
    let mut removed = vec![None; calls.len()];
    for copies in groups(&calls, |_, call| Some(identity(call))) {
        let rank = |at: &usize| (&calls[*at].log_file, &calls[*at].content, *at);
        let Some(stands) = copies.iter().copied().min_by(|one, other| rank(one).cmp(&rank(other))) else { continue };
        for at in copies.into_iter().filter(|at| *at != stands) {
            let is_same = calls[at].content == calls[stands].content;
            removed[at] = Some(if is_same { Removal::Duplicate } else { Removal::Conflict });
        }
    }
    let mut united = Vec::new();
    for copies in groups(&calls, |at, call| call.shared_event_id.as_deref().filter(|_| removed[at].is_none())) {
        let rank = |at: &usize| (standing(&calls[*at]), event_id(&calls[*at]), &calls[*at].content);
        let Some(stands) = copies.iter().copied().min_by(|one, other| rank(one).cmp(&rank(other))) else { continue };
        let mut resources: Vec<_> = copies.iter().flat_map(|at| calls[*at].resources.iter().cloned()).collect();
        resources.sort_unstable();
        resources.dedup();
        united.push((stands, resources));
        for at in copies.into_iter().filter(|at| *at != stands) {
            removed[at] = Some(Removal::Shared);
        }
    }
    for (stands, resources) in united {
        calls[stands].resources = resources.into();
    }
    let tallied = by_delivery(&calls, &removed);
    let mut at = 0..;
    calls.retain(|_| at.next().is_some_and(|at: usize| removed[at].is_none()));
    calls.sort_unstable_by(order);
    DedupedCalls { calls, removed: tallied }
}

/// Counts what is removed.
fn by_delivery(calls: &[SessionCall], removed: &[Option<Removal>]) -> CallsByDelivery {
    let (mut tallied, mut delivery) = (CallsByDelivery::new(), DeliveryLookup::default());
    for (call, removal) in calls.iter().zip(removed) {
        let Some(removal) = removal else { continue };
        let tally = tallied.entry(delivery.at(&call.log_file)).or_default();
        *match removal {
            Removal::Duplicate => &mut tally.duplicate,
            Removal::Conflict => &mut tally.conflicts,
            Removal::Shared => &mut tally.shared_copies,
        } += 1;
    }
    tallied
}

/// The order of calls: that of events (DESIGN §3). Total on deduplicated calls.
pub(super) fn order(one: &SessionCall, other: &SessionCall) -> Ordering {
    let by_id = || event_id(one).cmp(event_id(other));
    one.time.cmp(&other.time).then_with(by_id).then_with(|| one.content.cmp(&other.content))
}

/// The id of the event, by which ties are decided; empty where it has none.
pub(super) fn event_id(call: &SessionCall) -> &str {
    call.event_id.as_deref().unwrap_or("")
}

/// The places of the calls that have a key in common, where that are several. The calls are their own keys: of what may be
/// millions, places alone are kept beside them.
fn groups<'a, K: Hash + Eq>(
    calls: &'a [SessionCall],
    key: impl Fn(usize, &'a SessionCall) -> Option<K>,
) -> Vec<Vec<usize>> {
    let key_at = |at: usize| key(at, &calls[at]);
    let hasher = DefaultHashBuilder::default();
    let hash = |at: &usize| hasher.hash_one(key_at(*at));
    let mut firsts = HashTable::new();
    let mut groups: HashMap<usize, Vec<usize>> = HashMap::new();
    for at in (0..calls.len()).filter(|at| key_at(*at).is_some()) {
        let same = |other: &usize| key_at(*other) == key_at(at);
        let first = *firsts.entry(hash(&at), same, hash).or_insert(at).get();
        if first != at {
            groups.entry(first).or_insert_with(|| vec![first]).push(at);
        }
    }
    groups.into_values().collect()
}

/// What makes two records the same event.
fn identity(call: &SessionCall) -> (Option<&str>, &[u8]) {
    match call.event_id.as_deref() {
        Some(id) => (Some(id), &[]),
        None => (None, &call.content),
    }
}

/// How well a copy tells who called; the smallest stands.
fn standing(call: &SessionCall) -> u8 {
    let caller = &call.caller;
    if caller.account_id.is_some() && call.operation.account_id == caller.account_id {
        0
    } else if caller.kind.as_deref() != Some("AWSAccount") {
        1
    } else {
        2
    }
}
