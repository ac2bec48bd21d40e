//! The calls of the whole time that was read, with their runs.

use std::collections::{BTreeSet, HashMap};
use std::hash::BuildHasher;

use crate::audit::activity::call_filter::CallFilter;
use crate::audit::activity::calls_of_runs::{RunCalls, calls_of_runs};
use crate::audit::activity::outside_write::outside_writes;
use crate::audit::activity::run_call::RunCall;
use crate::audit::coverage::Coverage;
use crate::audit::overdue::DeliveryLookup;
use crate::audit::runs::assign::assign;
use crate::domain::assumption::Assumption;
use crate::domain::issuer::{IssuerRole, Issuers};
use crate::domain::resource_write::ResourceWrite;
use crate::domain::session_call::SessionCall;
use crate::domain::tally::CallTally;
use crate::domain::timestamp::{Day, Timestamp};
use crate::domain::window::Window;

/// Calls with their runs, and which run each role assumption is of.
#[derive(Debug)]
pub struct ReportCalls {
    found: RunCalls,
    /// The assumptions that the calls are held against: all that were read.
    events: Vec<Assumption>,
    /// When each of these was delivered, as the name of its log file tells it.
    delivered: Vec<Option<Day>>,
    /// What others did with what runs wrote and made, in the order of events.
    outside: Vec<ResourceWrite>,
    /// The number of the run of each assumption, by what its record is.
    pub(super) runs: HashMap<[u8; 32], usize>,
    filter: CallFilter,
    /// The numbers of runs of which all calls are shown, whatever passes.
    whole: BTreeSet<usize>,
    /// Those that were asked for. Rules alone look at calls of runs that others issued.
    issuers: Issuers,
}

impl ReportCalls {
    /// Attributes calls to the runs of all `events` that were read, which are in their order, from before the time that is asked
    /// about and perhaps from after it. `principals` are those of their sessions, by the `content` of the assumption; `writes` are
    /// what anybody did with what these calls wrote and made. Of the calls, those are told that pass the filter, whose window
    /// is all of time.
    #[must_use]
    pub fn of<S: BuildHasher>(
        events: Vec<Assumption>,
        principals: &HashMap<[u8; 32], Box<str>, S>,
        (calls, writes): (Vec<SessionCall>, Vec<ResourceWrite>),
        issuers: &Issuers,
        run_gap: i64,
        filter: CallFilter,
    ) -> Self {
        let all: Vec<&Assumption> = events.iter().collect();
        let found = calls_of_runs(&all, principals, calls, issuers, run_gap, &CallFilter::default());
        let runs = all.iter().map(|event| event.content).zip(assign(&all, run_gap)).collect();
        let outside = outside_writes(writes, &found.writes, None);
        let mut delivery = DeliveryLookup::default();
        let delivered = events.iter().map(|event| delivery.of(&event.log_file)).collect();
        Self { found, events, delivered, outside, runs, filter, whole: BTreeSet::new(), issuers: issuers.clone() }
    }

    /// The same, with all calls of the runs that these events are of.
    #[must_use]
    pub fn with_whole_runs(self, events: &[Assumption]) -> Self {
        let whole = events.iter().filter_map(|event| self.runs.get(&event.content).copied()).collect();
        Self { whole, ..self }
    }

    /// The assumptions that a report of a window knows of, from before it, and from after it in its late days, with the numbers
    /// of their runs.
    pub(super) fn events(&self, window: Window, late_days: u32) -> Vec<(usize, &Assumption)> {
        let last = window.last_folder(late_days);
        let is_read = |day: Option<Day>| last.is_none_or(|last| day.is_none_or(|day| day <= last));
        let events = self.events.iter().zip(&self.delivered);
        let read = events.filter(|(_, day)| is_read(**day)).map(|(event, _)| event);
        read.filter_map(|event| Some((*self.runs.get(&event.content)?, event))).collect()
    }

    /// The calls of a window that are told, with those that only the rules see: of runs whose tokens an issuer gave that nobody
    /// named.
    pub(super) fn told(&self, window: Window) -> impl Iterator<Item = &RunCall> {
        self.within(window).iter().filter(|call| self.filter.passes(call))
    }

    /// The same without what only the rules see, and with all calls of the runs that are shown whole.
    pub(super) fn shown(&self, window: Window) -> impl Iterator<Item = &RunCall> {
        let role = |call: &RunCall| call.run.issuer.as_deref().map(|issuer| self.issuers.role(issuer));
        let is_told = |call: &RunCall| self.filter.passes(call) || self.whole.contains(&call.number);
        self.within(window).iter().filter(move |call| is_told(call) && role(call) != Some(IssuerRole::Foreign))
    }

    /// The accounts that are ours, as far as what was read before the end of a window and for its late days shows: log files of
    /// them are there, or calls that they received.
    pub(super) fn accounts(&self, coverage: &Coverage, window: Window) -> BTreeSet<Box<str>> {
        let last = window.last_folder(coverage.late_days);
        let is_known = |date: Option<Day>| last.is_none_or(|last| date.is_none_or(|date| date <= last));
        let of_files =
            coverage.days.keys().filter(|key| is_known(key.date)).filter_map(|key| key.account_id.as_deref());
        let before = self.within(Window { from: None, to: window.to });
        let of_calls = before.iter().filter_map(|call| call.call.operation.account_id.as_deref());
        let distinct: BTreeSet<&str> = of_files.chain(of_calls).collect();
        distinct.into_iter().map(Box::from).collect()
    }

    /// The calls of a window, or of all time before its end.
    pub(super) fn within(&self, window: Window) -> &[RunCall] {
        let calls = &self.found.calls;
        let start = calls.partition_point(|call| window.from.is_some_and(|from| call.call.time < from));
        let end = calls.partition_point(|call| window.to.is_none_or(|to| call.call.time < to));
        calls.get(start..end).unwrap_or_default()
    }

    /// What others did with what runs wrote and made before the end of a window.
    pub(super) fn outside(&self, window: Window) -> &[ResourceWrite] {
        let end = self.outside.partition_point(|write| window.to.is_none_or(|to| write.time < to));
        self.outside.get(..end).unwrap_or_default()
    }

    /// What became of the calls in the log files that a window rests on, as its coverage tells it. So many days late a log file
    /// may be.
    #[must_use]
    pub fn tally(&self, window: Window, late_days: u32) -> CallTally {
        let (first, last) = (window.from.map(Timestamp::minute), window.last_folder(late_days));
        let is_read = |delivered: Timestamp| {
            first.is_none_or(|first| first <= delivered) && last.is_none_or(|last| delivered.day() <= last)
        };
        let mut all = CallTally::default();
        let delivered = self.found.delivered.iter().filter(|(at, _)| at.is_none_or(is_read));
        delivered.for_each(|(_, tally)| all.add(*tally));
        let attributed = self.shown(window).count() as u64;
        CallTally { attributed, filtered: (all.filtered + all.attributed).saturating_sub(attributed), ..all }
    }
}
