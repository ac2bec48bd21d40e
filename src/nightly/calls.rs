//! The calls of the whole time that was read, with their runs.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use super::window_calls::{WindowCalls, reach_of};
use crate::audit::activity::call_filter::CallFilter;
use crate::audit::activity::calls_of_runs::calls_of_runs;
use crate::audit::activity::run_call::RunCall;
use crate::audit::coverage::Coverage;
use crate::audit::overdue::DeliveryLookup;
use crate::domain::assumption::Assumption;
use crate::domain::issuer::Issuers;
use crate::domain::resource_write::ResourceWrite;
use crate::domain::session_call::SessionCall;
use crate::domain::tally::CallTally;
use crate::domain::timestamp::Day;
use crate::domain::window::Window;

/// Calls with their runs: those of a window as a scan of that window alone knows them, and those of all the time before it, whose runs
/// are told by everything that was read.
#[derive(Debug)]
pub struct ReportCalls {
    /// The calls of runs, at any time.
    all: Vec<RunCall>,
    /// The assumptions that the calls are held against: all that were read.
    events: Vec<Assumption>,
    /// When each of these was delivered, as the name of its log file tells it.
    delivered: Vec<Option<Day>>,
    principals: HashMap<[u8; 32], Box<str>>,
    /// What scans of the windows read of the calls, copies and all.
    calls: Vec<SessionCall>,
    /// The same of what anybody did with what calls wrote and made.
    writes: Vec<ResourceWrite>,
    filter: CallFilter,
    /// The events of which all calls of their runs are shown, by what their records are.
    whole: Vec<[u8; 32]>,
    issuers: Issuers,
    run_gap: i64,
    late_days: u32,
    /// The window that was asked for last.
    last: RefCell<Option<(Window, Rc<WindowCalls>)>>,
}

impl ReportCalls {
    /// Attributes calls to the runs of all `events` that were read, which are in their order, from before the time that is asked
    /// about and perhaps from after it. `principals` are those of their sessions, by the `content` of the assumption; `writes` are
    /// what anybody did with what these calls wrote and made. Of the calls, those are told that pass the filter, whose window
    /// is all of time. Windows lie in `span`, and log files may be so many days late.
    #[must_use]
    pub fn of(
        (events, principals): (Vec<Assumption>, HashMap<[u8; 32], Box<str>>),
        (calls, mut writes): (Vec<SessionCall>, Vec<ResourceWrite>),
        issuers: &Issuers,
        run_gap: i64,
        filter: CallFilter,
        (span, late_days): (Window, u32),
    ) -> Self {
        let mut delivery = DeliveryLookup::default();
        let reach = Window { from: reach_of(span), to: None };
        let mut may_hold =
            |file: &Arc<str>| delivery.at(file).is_none_or(|delivered| reach.may_hold(delivered, late_days));
        let of_windows = calls.iter().filter(|call| may_hold(&call.log_file)).cloned().collect();
        writes.retain(|write| may_hold(&write.log_file));
        let all: Vec<&Assumption> = events.iter().collect();
        let found = calls_of_runs(&all, &principals, calls, issuers, run_gap, &CallFilter::default());
        let delivered = events.iter().map(|event| delivery.of(&event.log_file)).collect();
        Self {
            all: found.calls,
            events,
            delivered,
            principals,
            calls: of_windows,
            writes,
            filter,
            whole: Vec::new(),
            issuers: issuers.clone(),
            run_gap,
            late_days,
            last: RefCell::default(),
        }
    }

    /// The same, with all calls of the runs that these events are of.
    #[must_use]
    pub fn with_whole_runs(self, events: &[Assumption]) -> Self {
        Self { whole: events.iter().map(|event| event.content).collect(), ..self }
    }

    /// The assumptions that a report of a window knows of, from before it, and from after it in its late days.
    pub(super) fn events(&self, window: Window) -> impl Iterator<Item = &Assumption> {
        let last = window.last_folder(self.late_days);
        let is_read = move |day: Option<Day>| last.is_none_or(|last| day.is_none_or(|day| day <= last));
        let events = self.events.iter().zip(&self.delivered);
        events.filter(move |(_, day)| is_read(**day)).map(|(event, _)| event)
    }

    /// The calls of a window with their runs.
    pub(super) fn of_window(&self, window: Window) -> Rc<WindowCalls> {
        if let Some((_, calls)) = self.last.borrow().as_ref().filter(|(last, _)| *last == window) {
            return Rc::clone(calls);
        }
        let calls = Rc::new(WindowCalls::of(
            (window, self.late_days),
            self.events(window),
            &self.principals,
            (&self.calls, &self.writes),
            (&self.issuers, self.run_gap),
            (&self.filter, &self.whole),
        ));
        self.last.replace(Some((window, Rc::clone(&calls))));
        calls
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
        let calls = &self.all;
        let start = calls.partition_point(|call| window.from.is_some_and(|from| call.call.time < from));
        let end = calls.partition_point(|call| window.to.is_none_or(|to| call.call.time < to));
        calls.get(start..end).unwrap_or_default()
    }

    /// What became of the calls in the log files that a window rests on, as its coverage tells it.
    #[must_use]
    pub fn tally(&self, window: Window) -> CallTally {
        self.of_window(window).tally()
    }
}
