//! From the calls that were read to those of runs.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::DefaultHashBuilder;

use super::attribute::{Attribution, attribute};
use super::call_filter::CallFilter;
use super::dedupe::{CallsByDelivery, deduplicate};
use super::origin::RunOrigin;
use super::outside_write::WritesOfRuns;
use super::relevant::retain;
use super::run_call::RunCall;
use super::run_cells::RunCells;
use crate::audit::overdue::DeliveryLookup;
use crate::audit::runs::assign::assign;
use crate::domain::assumption::Assumption;
use crate::domain::issuer::Issuers;
use crate::domain::session_call::SessionCall;
use crate::domain::tally::CallTally;

/// The calls of runs that pass a filter, in the order of events, and what became of all.
#[derive(Debug, Default)]
pub struct RunCalls {
    /// The calls.
    pub calls: Vec<RunCall>,
    /// What became of all that were read.
    pub tally: CallTally,
    /// The same by the minute in which their log files were delivered.
    pub delivered: CallsByDelivery,
    /// By which writes of runs are told, also of calls that do not pass.
    pub writes: WritesOfRuns,
}

/// Removes copies, attributes calls to runs, and filters them. `events` are deduplicated assumptions in order, from 12
/// hours before the window on; `principals` are those of their sessions, by the `content` of the assumption. Events of a
/// subject that are `run_gap` seconds apart are two runs where no session name tells the run.
#[must_use]
pub fn calls_of_runs<S: BuildHasher>(
    events: &[&Assumption],
    principals: &HashMap<[u8; 32], Box<str>, S>,
    mut calls: Vec<SessionCall>,
    issuers: &Issuers,
    run_gap: i64,
    filter: &CallFilter,
) -> RunCalls {
    retain(&mut calls, principals, issuers);
    let distinct = deduplicate(calls);
    let attributions = attribute(events, principals, issuers, &distinct.calls);
    let mut tally = distinct.all_removed();
    let mut delivered = distinct.removed;
    let mut delivery = DeliveryLookup::default();
    for call in &distinct.calls {
        delivered.entry(delivery.at(&call.log_file)).or_default().unattributed += 1;
    }
    let mut runs = RunNumbers::new(events, run_gap);
    let mut writes = WritesOfRuns::default();
    let attributed = distinct.calls.into_iter().zip(attributions);
    let found = passing(attributed, &mut runs, filter, &mut tally, |call| {
        let there = delivered.entry(delivery.at(&call.call.log_file)).or_default();
        there.unattributed = there.unattributed.saturating_sub(1);
        *if filter.passes(call) { &mut there.attributed } else { &mut there.filtered } += 1;
        writes.add(call);
    });
    RunCalls { calls: found, tally, delivered, writes }
}

/// The calls of runs that pass a filter; `see` is shown all calls of runs.
pub(super) fn passing(
    calls: impl Iterator<Item = (SessionCall, Option<Attribution>)>,
    runs: &mut RunNumbers<'_>,
    filter: &CallFilter,
    tally: &mut CallTally,
    mut see: impl FnMut(&RunCall),
) -> Vec<RunCall> {
    let mut found = Vec::new();
    for (call, attribution) in calls {
        let Some(attribution) = attribution else {
            tally.unattributed += 1;
            continue;
        };
        let (run, number) = runs.of(&attribution.origin);
        let call = RunCall { call, attribution, run, number };
        see(&call);
        if filter.passes(&call) {
            tally.attributed += 1;
            found.push(call);
        } else {
            tally.filtered += 1;
        }
    }
    found
}

/// The cells and the number of each run that calls come from.
pub(super) struct RunNumbers<'a> {
    events: &'a [&'a Assumption],
    /// The run of each event.
    assigned: Vec<usize>,
    known: HashMap<Arc<RunOrigin>, (Arc<RunCells>, usize), DefaultHashBuilder>,
    /// Runs that are known by their ids.
    by_id: BTreeMap<Box<str>, usize>,
    next: usize,
}

impl<'a> RunNumbers<'a> {
    pub(super) fn new(events: &'a [&'a Assumption], run_gap: i64) -> Self {
        let assigned = assign(events, run_gap);
        let ids = events.iter().zip(&assigned).rev();
        let by_id = ids.filter_map(|(event, run)| Some((event.run_id.clone()?, *run))).collect();
        let next = assigned.iter().max().map_or(0, |last| last + 1);
        Self { events, assigned, known: HashMap::default(), by_id, next }
    }

    pub(super) fn of(&mut self, origin: &Arc<RunOrigin>) -> (Arc<RunCells>, usize) {
        if let Some((cells, number)) = self.known.get(origin) {
            return (Arc::clone(cells), *number);
        }
        let cells = Arc::new(RunCells::of(origin, self.events));
        let number = match &**origin {
            RunOrigin::Assumptions(places) => places.first().map(|at| self.assigned[*at]),
            RunOrigin::Name(id) => Some(*self.by_id.entry(id.clone()).or_insert_with(|| {
                self.next += 1;
                self.next - 1
            })),
        };
        let number = number.unwrap_or_else(|| {
            self.next += 1;
            self.next - 1
        });
        self.known.insert(Arc::clone(origin), (Arc::clone(&cells), number));
        (cells, number)
    }
}
