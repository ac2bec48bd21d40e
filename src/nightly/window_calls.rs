//! The calls of one window, with their runs as a scan of that window alone knows them.

use std::collections::{BTreeSet, HashMap};
use std::hash::BuildHasher;
use std::sync::Arc;

use crate::audit::activity::call_filter::CallFilter;
use crate::audit::activity::calls_of_runs::{RunCalls, calls_of_runs};
use crate::audit::activity::outside_write::outside_writes;
use crate::audit::activity::run_call::RunCall;
use crate::audit::activity::written::WrittenByRuns;
use crate::audit::overdue::DeliveryLookup;
use crate::audit::runs::assign::assign;
use crate::domain::assumption::Assumption;
use crate::domain::issuer::{IssuerRole, Issuers};
use crate::domain::resource_write::ResourceWrite;
use crate::domain::session_call::{SESSION_REACH, SessionCall};
use crate::domain::tally::CallTally;
use crate::domain::timestamp::Timestamp;
use crate::domain::window::Window;

/// The calls of a window, and which run each role assumption is of that it knows.
#[derive(Debug)]
pub(super) struct WindowCalls {
    window: Window,
    late_days: u32,
    found: RunCalls,
    /// What others did with what runs wrote and made before the end of the window, in the order of events.
    pub(super) outside: Vec<ResourceWrite>,
    /// The number of the run of each assumption from 12 hours before the window on, by what its record is.
    pub(super) runs: HashMap<[u8; 32], usize>,
    filter: CallFilter,
    /// The numbers of runs of which all calls are shown, whatever passes.
    whole: BTreeSet<usize>,
    /// Those that were asked for. Rules alone look at calls of runs that others issued.
    issuers: Issuers,
}

/// When calls of a window may have been made with credentials that were given before it.
pub(super) fn reach_of(window: Window) -> Option<Timestamp> {
    window.from.map(|from| Timestamp::from_seconds(from.seconds() - SESSION_REACH).unwrap_or(from))
}

impl WindowCalls {
    /// Attributes those of `calls`, copies and all, and of `writes` that a scan of the window reads, to the runs of the events that it reads.
    /// Of these calls, those are told that pass the filter, and all of the runs of the events that are `whole`.
    pub(super) fn of<'e, S: BuildHasher>(
        (window, late_days): (Window, u32),
        events: impl Iterator<Item = &'e Assumption>,
        principals: &HashMap<[u8; 32], Box<str>, S>,
        (calls, writes): (&[SessionCall], &[ResourceWrite]),
        (issuers, run_gap): (&Issuers, i64),
        (filter, whole): (&CallFilter, &[[u8; 32]]),
    ) -> Self {
        let read = Window { from: reach_of(window), to: window.to };
        let events: Vec<&Assumption> = events.filter(|event| read.from.is_none_or(|from| from <= event.time)).collect();
        let mut delivery = DeliveryLookup::default();
        let mut is_read =
            |file: &Arc<str>| delivery.at(file).is_none_or(|delivered| read.may_hold(delivered, late_days));
        let calls: Vec<SessionCall> = calls.iter().filter(|call| is_read(&call.log_file)).cloned().collect();
        let mut writes: Vec<ResourceWrite> = writes.iter().filter(|it| is_read(&it.log_file)).cloned().collect();
        WrittenByRuns::new(&calls).retain(&mut writes);
        let found = calls_of_runs(&events, principals, calls, issuers, run_gap, &CallFilter::default());
        let outside = outside_writes(writes, &found.writes, window.to);
        let runs: HashMap<[u8; 32], usize> =
            events.iter().map(|event| event.content).zip(assign(&events, run_gap)).collect();
        let whole = whole.iter().filter_map(|event| runs.get(event).copied()).collect();
        Self { window, late_days, found, outside, runs, filter: filter.clone(), whole, issuers: issuers.clone() }
    }

    /// The calls that are told, with those that only the rules see: of runs whose tokens an issuer gave that nobody named.
    pub(super) fn told(&self) -> impl Iterator<Item = &RunCall> {
        self.within().filter(|call| self.filter.passes(call))
    }

    /// The same without what only the rules see, and with all calls of the runs that are shown whole.
    pub(super) fn shown(&self) -> impl Iterator<Item = &RunCall> {
        let role = |call: &RunCall| call.run.issuer.as_deref().map(|issuer| self.issuers.role(issuer));
        let is_told = |call: &RunCall| self.filter.passes(call) || self.whole.contains(&call.number);
        self.within().filter(move |call| is_told(call) && role(call) != Some(IssuerRole::Foreign))
    }

    /// The calls that are told or shown, those that only the rules see among them, and some of them twice.
    pub(super) fn told_or_shown(&self) -> impl Iterator<Item = &RunCall> {
        self.told().chain(self.shown())
    }

    fn within(&self) -> impl Iterator<Item = &RunCall> {
        self.found.calls.iter().filter(|call| self.window.contains(call.call.time))
    }

    /// What became of the calls in the log files that the window rests on, as its coverage tells it.
    pub(super) fn tally(&self) -> CallTally {
        let is_read = |delivered: Timestamp| self.window.may_hold(delivered, self.late_days);
        let mut all = CallTally::default();
        let delivered = self.found.delivered.iter().filter(|(at, _)| at.is_none_or(is_read));
        delivered.for_each(|(_, tally)| all.add(*tally));
        let attributed = self.shown().count() as u64;
        CallTally { attributed, filtered: (all.filtered + all.attributed).saturating_sub(attributed), ..all }
    }
}
