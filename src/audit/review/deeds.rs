//! What the runs of a window did with what they got, and which services their workspaces never used before.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::audit::activity::change::Change;
use crate::audit::activity::run_call::RunCall;
use crate::audit::activity::shown_run::ShownRun;
use crate::domain::run::Run;
use crate::domain::session_call::CallOutcome;

/// What the runs of a window did.
#[derive(Debug)]
pub struct RunDeeds<'a> {
    /// Runs with an assumption or a call in the window, in the order of their first events. Their calls are those of the
    /// window; their assumptions may reach back to the time before it.
    pub runs: Vec<ShownRun<'a>>,
    /// Services that a workspace used for the first time, in order of workspaces and services.
    pub first_used: Vec<FirstUse<'a>>,
    /// Whether there was a time before the window to hold it against.
    pub has_past: bool,
    /// The place of the run of each assumption, by event ids.
    places: HashMap<&'a str, usize>,
}

/// A service that a workspace, or a Stack's deployment, used for the first time.
#[derive(Debug, Clone)]
pub struct FirstUse<'a> {
    /// The run that did, by its place in [`RunDeeds::runs`].
    pub run: usize,
    /// Its first call.
    pub call: &'a RunCall,
    /// How many calls of the window there are.
    pub calls: u64,
    /// Whether the workspace made no call before, to any service.
    pub is_new_owner: bool,
}

impl FirstUse<'_> {
    /// Whether the other one is of the same workspace.
    #[must_use]
    pub fn has_owner_of(&self, other: &FirstUse<'_>) -> bool {
        owner(self.call) == owner(other.call)
    }
}

/// Whose services are counted, and one of them.
type UsedService<'a> = (Owner<'a>, &'a str);

/// Organization, project, workspace, stack, deployment and module.
type Owner<'a> = [Option<&'a str>; 6];

fn owner(call: &RunCall) -> Owner<'_> {
    let run = &call.run;
    let owner = [&run.organization, &run.project, &run.workspace, &run.stack, &run.deployment, &run.module];
    owner.map(|name| name.as_deref())
}

/// What a call that succeeded says of who uses which service.
fn used(call: &RunCall) -> Option<UsedService<'_>> {
    let operation = &call.call.operation;
    let is_known = call.run.organization.is_some() && operation.outcome() == CallOutcome::Ok;
    let service = operation.service.as_deref().filter(|_| is_known)?;
    Some((owner(call), service))
}

impl<'a> RunDeeds<'a> {
    /// Holds the calls of these runs against `before`, the calls of the time before; none where nothing of it is known.
    #[must_use]
    pub fn new(runs: Vec<ShownRun<'a>>, before: Option<&mut dyn Iterator<Item = &'a RunCall>>) -> Self {
        let has_past = before.is_some();
        let mut first_used = Vec::new();
        if let Some(before) = before {
            let known: BTreeSet<UsedService<'a>> = before.filter_map(used).collect();
            let owners: BTreeSet<Owner<'a>> = known.iter().map(|(owner, _)| *owner).collect();
            let mut found: BTreeMap<UsedService<'a>, FirstUse<'a>> = BTreeMap::new();
            for (at, run) in runs.iter().enumerate() {
                for call in run.calls.iter().copied() {
                    let Some(service) = used(call).filter(|service| !known.contains(service)) else { continue };
                    let is_new_owner = !owners.contains(&service.0);
                    let first = found.entry(service).or_insert(FirstUse { run: at, call, calls: 0, is_new_owner });
                    first.calls += 1;
                    if call.call.time < first.call.call.time {
                        (first.run, first.call) = (at, call);
                    }
                }
            }
            first_used = found.into_values().collect();
        }
        let ids = |run: &ShownRun<'a>| run.assumptions.iter().filter_map(|event| event.event_id.as_deref()).collect();
        let ids = runs.iter().enumerate().flat_map(|(at, run)| {
            let ids: Vec<&'a str> = ids(run);
            ids.into_iter().map(move |id| (id, at))
        });
        let places = ids.collect();
        Self { runs, first_used, has_past, places }
    }

    /// The place of a run of the same window in [`Self::runs`].
    #[must_use]
    pub fn place_of(&self, run: &Run<'_>) -> Option<usize> {
        self.places.get(run.smallest_event_id?).copied()
    }

    /// All calls of the window.
    pub fn calls(&self) -> impl Iterator<Item = &'a RunCall> {
        self.runs.iter().flat_map(|run| run.calls.iter().copied())
    }

    /// How many calls there are, and how many changed something, were denied and failed.
    #[must_use]
    pub fn counts(&self) -> DeedCounts {
        let mut counts = DeedCounts::default();
        self.runs.iter().for_each(|run| counts.add(run));
        counts
    }
}

/// How much was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DeedCounts {
    /// Calls.
    pub calls: u64,
    /// Those that succeeded and changed something.
    pub changes: u64,
    /// Those that AWS denied.
    pub denied: u64,
    /// Those that failed for another reason.
    pub failed: u64,
    /// Those that were made with a role that the run's role assumed.
    pub chained: u64,
}

impl DeedCounts {
    /// Of one run.
    #[must_use]
    pub fn of(run: &ShownRun<'_>) -> Self {
        let mut counts = Self::default();
        counts.add(run);
        counts
    }

    fn add(&mut self, run: &ShownRun<'_>) {
        for call in &run.calls {
            let outcome = call.call.operation.outcome();
            self.calls += 1;
            self.changes += u64::from(Change::of(&call.call).is_some());
            self.denied += u64::from(outcome == CallOutcome::Denied);
            self.failed += u64::from(outcome == CallOutcome::Failed);
            self.chained += u64::from(call.attribution.hops > 0);
        }
    }
}
