//! The calls of the whole time that was read, with their runs.

use std::collections::{BTreeSet, HashMap};
use std::hash::BuildHasher;

use crate::audit::activity::call_filter::CallFilter;
use crate::audit::activity::calls_of_runs::{RunCalls, calls_of_runs};
use crate::audit::activity::run_call::RunCall;
use crate::audit::runs::assign::assign;
use crate::domain::assumption::Assumption;
use crate::domain::issuer::Issuers;
use crate::domain::session_call::SessionCall;
use crate::domain::tally::CallTally;
use crate::domain::window::Window;

/// Calls with their runs, and which run each role assumption is of.
#[derive(Debug)]
pub struct ReportCalls {
    found: RunCalls,
    /// The number of the run of each assumption, by what its record is.
    pub(super) runs: HashMap<[u8; 32], usize>,
    /// Accounts that are ours, as far as what was read shows.
    pub accounts: BTreeSet<Box<str>>,
}

impl ReportCalls {
    /// Attributes calls to the runs of all `events` that were read, which are in their order. `principals` are those of their
    /// sessions, by the `content` of the assumption.
    #[must_use]
    pub fn of<S: BuildHasher>(
        events: &[Assumption],
        principals: &HashMap<[u8; 32], Box<str>, S>,
        calls: Vec<SessionCall>,
        issuers: &Issuers,
        run_gap: i64,
    ) -> Self {
        let events: Vec<&Assumption> = events.iter().collect();
        let found = calls_of_runs(&events, principals, calls, issuers, run_gap, &CallFilter::default());
        let assigned = assign(&events, run_gap);
        let runs = events.iter().zip(assigned).map(|(event, run)| (event.content, run)).collect();
        Self { found, runs, accounts: BTreeSet::new() }
    }

    /// All calls, in the order of events.
    #[must_use]
    pub fn all(&self) -> &[RunCall] {
        &self.found.calls
    }

    /// The calls of a window, or of all time before its end.
    pub(super) fn within(&self, window: Window) -> &[RunCall] {
        let calls = &self.found.calls;
        let start = calls.partition_point(|call| window.from.is_some_and(|from| call.call.time < from));
        let end = calls.partition_point(|call| window.to.is_none_or(|to| call.call.time < to));
        calls.get(start..end).unwrap_or_default()
    }

    /// What became of all calls, as the coverage of a window tells it.
    #[must_use]
    pub fn tally(&self, window: Window) -> CallTally {
        let all = self.found.tally;
        let attributed = self.within(window).len() as u64;
        CallTally { attributed, filtered: all.filtered + all.attributed - attributed, ..all }
    }
}
