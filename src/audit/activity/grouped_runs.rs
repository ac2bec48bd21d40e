//! From calls of which most are kept in groups to those of runs: a group is attributed once, where the time of a call makes no
//! difference to whose it is.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::Arc;

use super::attribute::{Attribution, Attributor};
use super::call_filter::CallFilter;
use super::calls_of_runs::RunNumbers;
use super::dedupe::{deduplicate, order};
use super::fold::{ActivityRow, CallKind, GrowingRows};
use super::grouped_calls::{GroupedCall, GroupedCalls, Origin, SettledCalls};
use super::relevant::{Relevance, leave};
use super::run_call::RunCall;
use super::run_cells::RunCells;
use super::sessions::Claim;
use super::table::Row;
use crate::domain::assumption::Assumption;
use crate::domain::issuer::Issuers;
use crate::domain::session_call::SessionCall;
use crate::domain::tally::CallTally;

/// The calls of runs that pass a filter, most of them in groups, and what became of all. The words of AWS about a call, and
/// its parameters, are not among what is known.
#[derive(Debug, Default)]
pub struct GroupedRunCalls {
    whole: Vec<RunCall>,
    groups: Vec<RunGroup>,
    /// The numbers of their groups are places in `groups`.
    grouped: SettledCalls,
    /// What became of all that were read.
    pub tally: CallTally,
}

/// What calls of a run have in common.
#[derive(Debug)]
struct RunGroup {
    origin: Origin,
    attribution: Attribution,
    run: Arc<RunCells>,
    number: usize,
    passes: bool,
}

/// The same as [`calls_of_runs`](super::calls_of_runs::calls_of_runs), whose answer it gives, of calls of which those that
/// can be are in groups.
#[must_use]
pub fn grouped_calls_of_runs<S: BuildHasher>(
    events: &[&Assumption],
    principals: &HashMap<[u8; 32], Box<str>, S>,
    (mut calls, grouped): (Vec<SessionCall>, GroupedCalls),
    issuers: &Issuers,
    run_gap: i64,
    filter: &CallFilter,
) -> GroupedRunCalls {
    let mut grouped = grouped.settle();
    let callers = calls.iter().map(|call| &*call.caller).chain(grouped.groups.iter().map(|(_, caller)| &**caller));
    let relevance = Relevance::new(&calls, callers, principals, issuers);
    let marks = relevance.of(&calls);
    let counts: Vec<bool> = grouped.groups.iter().map(|(_, caller)| relevance.counts(caller)).collect();
    leave(&mut calls, marks);
    grouped.calls.retain(|call| counts[call.group as usize]);
    calls.extend(grouped.take_copies_of(&calls));
    let (duplicates, conflicts) = grouped.deduplicate();
    let distinct = deduplicate(calls);
    let mut tally = CallTally {
        duplicate: distinct.duplicates + duplicates,
        conflicts: distinct.conflicts + conflicts,
        shared_copies: distinct.shared_copies,
        ..CallTally::default()
    };
    let mut runs = RunNumbers::new(events, run_gap);
    let mut attributor = Attributor::new(events, principals, issuers, &distinct.calls);
    let attributions: Vec<Option<Attribution>> =
        distinct.calls.iter().enumerate().map(|(at, call)| attributor.of_call(at, call)).collect();
    let groups = attribute_groups(&mut grouped, &mut attributor, &mut runs, filter, &mut tally);
    drop(attributor);
    let mut whole = Vec::new();
    for (call, attribution) in distinct.calls.into_iter().zip(attributions) {
        let Some(attribution) = attribution else {
            tally.unattributed += 1;
            continue;
        };
        let (run, number) = runs.of(&attribution.origin);
        let call = RunCall { call, attribution, run, number };
        if filter.passes(&call) {
            tally.attributed += 1;
            whole.push(call);
        } else {
            tally.filtered += 1;
        }
    }
    GroupedRunCalls { whole, groups, grouped, tally }
}

/// Attributes the calls of each group, and leaves those that pass the filter. Calls get the numbers of new groups, in each of
/// which all have one attribution.
fn attribute_groups(
    grouped: &mut SettledCalls,
    attributor: &mut Attributor<'_>,
    runs: &mut RunNumbers<'_>,
    filter: &CallFilter,
    tally: &mut CallTally,
) -> Vec<RunGroup> {
    grouped.calls.sort_unstable_by_key(|call| (call.group, call.resources, call.time()));
    let mut found: Vec<RunGroup> = Vec::new();
    let mut current: Option<(u32, Option<Claim>)> = None;
    let mut known: Vec<(Option<Row>, Option<u32>)> = Vec::new();
    let groups = &grouped.groups;
    grouped.calls.retain_mut(|call| {
        let origin @ (operation, caller) = &groups[call.group as usize];
        if current.is_none_or(|(group, _)| group != call.group) {
            current = Some((call.group, attributor.claim(caller, call.time())));
            known.clear();
        }
        let claim = current.and_then(|(_, claim)| claim).map(|claim| Claim { time: call.time().seconds(), ..claim });
        let row = claim.as_ref().and_then(|claim| attributor.row(claim));
        let number = if let Some((_, number)) = known.iter().find(|(it, _)| *it == row) {
            *number
        } else {
            let number = attributor.of_row(caller, claim.as_ref(), row).map(|attribution| {
                let (run, number) = runs.of(&attribution.origin);
                let role = attribution.role_arn.as_deref();
                let passes = filter.passes_at_any_time(&run, role, operation, caller);
                found.push(RunGroup { origin: origin.clone(), attribution, run, number, passes });
                // There are no more of them than calls, which are numbered in 32 bits.
                u32::try_from(found.len() - 1).unwrap_or(u32::MAX)
            });
            known.push((row, number));
            number
        };
        let Some(number) = number else {
            tally.unattributed += 1;
            return false;
        };
        call.group = number;
        let passes = found[number as usize].passes && filter.run.window.contains(call.time());
        *if passes { &mut tally.attributed } else { &mut tally.filtered } += 1;
        passes
    });
    found
}

impl GroupedRunCalls {
    /// How many calls there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.whole.len() + self.grouped.calls.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many runs made them.
    #[must_use]
    pub fn runs(&self) -> usize {
        let mut is_there = vec![false; self.groups.len()];
        self.grouped.calls.iter().for_each(|call| is_there[call.group as usize] = true);
        let grouped = self.groups.iter().zip(is_there).filter(|(_, is_there)| *is_there).map(|(group, _)| group.number);
        let mut runs: Vec<usize> = self.whole.iter().map(|call| call.number).chain(grouped).collect();
        runs.sort_unstable();
        runs.dedup();
        runs.len()
    }

    /// The calls one after the other, those first that are kept whole. None is there before it is asked for.
    pub fn each(&self) -> impl Iterator<Item = RunCall> {
        self.whole.iter().cloned().chain(self.grouped.calls.iter().map(|call| self.call(call)))
    }

    fn call(&self, call: &GroupedCall) -> RunCall {
        let group = &self.groups[call.group as usize];
        RunCall {
            call: self.grouped.whole(call, &group.origin),
            attribution: group.attribution.clone(),
            run: Arc::clone(&group.run),
            number: group.number,
        }
    }

    /// Puts the calls in the order of events, in which [`Self::in_order`] gives them.
    pub fn sort(&mut self) {
        self.whole.sort_unstable_by(|one, other| order(&one.call, &other.call));
        self.grouped.sort();
    }

    /// The sorted calls, one after the other. None is there before it is asked for.
    pub fn in_order(&self) -> impl Iterator<Item = RunCall> {
        let (mut whole, mut grouped) = (self.whole.iter().peekable(), self.grouped.calls.iter());
        let mut next = grouped.next().map(|call| self.call(call));
        std::iter::from_fn(move || {
            let is_whole = match (whole.peek(), &next) {
                (Some(whole), Some(grouped)) => order(&whole.call, &grouped.call).is_lt(),
                (whole, _) => whole.is_some(),
            };
            if is_whole {
                return whole.next().cloned();
            }
            std::mem::replace(&mut next, grouped.next().map(|call| self.call(call)))
        })
    }

    /// The calls as rows of those of one kind, in no order that means anything.
    #[must_use]
    pub fn rows(&self) -> Vec<ActivityRow> {
        let mut rows = GrowingRows::default();
        self.whole.iter().for_each(|call| rows.add(call));
        // Calls of a group are neighbours, and of these the ones that name the same.
        for calls in self.grouped.calls.chunk_by(|one, other| one.group == other.group) {
            let Some(first) = calls.first() else { continue };
            let group = &self.groups[first.group as usize];
            let (operation, caller) = &group.origin;
            let kind = CallKind::of(&group.run, operation, caller, &group.attribution);
            let figures = rows.of(kind, first.time());
            for same in calls.chunk_by(|one, other| one.resources == other.resources) {
                for call in same {
                    figures.count(call.time());
                }
                if let Some(call) = same.first() {
                    figures.name(&self.grouped.resources[call.resources as usize]);
                }
            }
        }
        rows.finish()
    }
}
