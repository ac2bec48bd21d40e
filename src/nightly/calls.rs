//! The calls of the whole time that was read, with their runs.

use std::collections::{BTreeSet, HashMap};
use std::hash::BuildHasher;

use crate::audit::activity::call_filter::CallFilter;
use crate::audit::activity::calls_of_runs::{RunCalls, calls_of_runs};
use crate::audit::activity::outside_write::outside_writes;
use crate::audit::activity::run_call::RunCall;
use crate::audit::runs::assign::assign;
use crate::domain::assumption::Assumption;
use crate::domain::issuer::Issuers;
use crate::domain::resource_write::ResourceWrite;
use crate::domain::session_call::SessionCall;
use crate::domain::tally::CallTally;
use crate::domain::timestamp::Timestamp;
use crate::domain::window::Window;

/// Calls with their runs, and which run each role assumption is of.
#[derive(Debug)]
pub struct ReportCalls {
    found: RunCalls,
    /// The assumptions that the calls are held against: all that were read.
    pub(super) events: Vec<Assumption>,
    /// What others did with what runs wrote and made, in the order of events.
    outside: Vec<ResourceWrite>,
    /// The number of the run of each assumption, by what its record is.
    pub(super) runs: HashMap<[u8; 32], usize>,
    /// By the number of a run, when its first assumption was.
    begun: HashMap<usize, Timestamp>,
    /// Accounts that are ours, as far as what was read shows.
    pub accounts: BTreeSet<Box<str>>,
}

impl ReportCalls {
    /// Attributes calls to the runs of all `events` that were read, which are in their order, from before the time that is asked
    /// about and perhaps from after it. `principals` are those of their sessions, by the `content` of the assumption; `writes` are
    /// what anybody did with what these calls wrote and made.
    #[must_use]
    pub fn of<S: BuildHasher>(
        events: Vec<Assumption>,
        principals: &HashMap<[u8; 32], Box<str>, S>,
        (calls, writes): (Vec<SessionCall>, Vec<ResourceWrite>),
        issuers: &Issuers,
        run_gap: i64,
    ) -> Self {
        let all: Vec<&Assumption> = events.iter().collect();
        let found = calls_of_runs(&all, principals, calls, issuers, run_gap, &CallFilter::default());
        let (mut runs, mut begun) = (HashMap::new(), HashMap::new());
        for (event, run) in all.iter().zip(assign(&all, run_gap)) {
            runs.insert(event.content, run);
            begun.entry(run).or_insert(event.time);
        }
        let outside = outside_writes(writes, &found.writes, None);
        Self { found, events, outside, runs, begun, accounts: BTreeSet::new() }
    }

    /// Whether a run had an assumption before the end of a window.
    pub(super) fn has_begun(&self, run: usize, window: Window) -> bool {
        self.begun.get(&run).is_some_and(|begun| window.to.is_none_or(|to| *begun < to))
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

    /// What others did with what runs wrote and made before the end of a window.
    pub(super) fn outside(&self, window: Window) -> &[ResourceWrite] {
        let end = self.outside.partition_point(|write| window.to.is_none_or(|to| write.time < to));
        self.outside.get(..end).unwrap_or_default()
    }

    /// What became of all calls, as the coverage of a window tells it.
    #[must_use]
    pub fn tally(&self, window: Window) -> CallTally {
        let all = self.found.tally;
        let attributed = self.within(window).len() as u64;
        CallTally { attributed, filtered: all.filtered + all.attributed - attributed, ..all }
    }
}
