//! One run as a whole: its assumptions, its calls and what was found about it.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use super::run_call::RunCall;
use crate::audit::runs::assign::assign;
use crate::audit::runs::fold::fold;
use crate::domain::assumption::Assumption;
use crate::domain::finding::Finding;
use crate::domain::run::{Grouping, Run};
use crate::domain::session_call::SessionCall;
use crate::domain::subject::SubjectKind;
use crate::domain::window::Window;

/// A run and everything that is known of it.
#[derive(Debug, Clone)]
pub struct ShownRun<'a> {
    /// The run. Where none of its assumptions was read, it has what its calls say.
    pub run: Run<'a>,
    /// Its assumptions, in the order of events.
    pub assumptions: Vec<&'a Assumption>,
    /// Its calls, in the order of events.
    pub calls: Vec<&'a RunCall>,
    /// What the rules found about it; empty until somebody has asked them.
    pub findings: Vec<Finding>,
}

/// An entry of a time line.
#[derive(Debug, Clone, Copy)]
pub enum TimelineEvent<'a> {
    /// The run asked for a role.
    Assumption(&'a Assumption),
    /// The run called.
    Call(&'a RunCall),
}

impl TimelineEvent<'_> {
    /// The order of events: time, event id, SHA-256 of the record.
    #[must_use]
    pub fn order(&self, other: &Self) -> Ordering {
        fn key<'a>(event: &'a TimelineEvent<'_>) -> (i64, &'a str, &'a [u8; 32]) {
            match event {
                TimelineEvent::Assumption(event) => {
                    (event.time.seconds(), event.event_id.as_deref().unwrap_or_default(), &event.content)
                }
                TimelineEvent::Call(RunCall { call, .. }) => {
                    (call.time.seconds(), call.event_id.as_deref().unwrap_or_default(), &call.content)
                }
            }
        }
        key(self).cmp(&key(other))
    }
}

/// The time line of runs, in the order of events.
#[must_use]
pub fn timeline<'a>(runs: &[ShownRun<'a>]) -> Vec<TimelineEvent<'a>> {
    let of_run = |run: &ShownRun<'a>| {
        let assumptions = run.assumptions.iter().map(|event| TimelineEvent::Assumption(event));
        assumptions.chain(run.calls.iter().map(|call| TimelineEvent::Call(call))).collect::<Vec<_>>()
    };
    let mut events: Vec<TimelineEvent<'a>> = runs.iter().flat_map(of_run).collect();
    events.sort_by(TimelineEvent::order);
    events
}

/// The runs that an id leads to, and how many runs were searched.
#[derive(Debug, Clone, Default)]
pub struct FoundRuns<'a> {
    /// In the order of their first event.
    pub runs: Vec<ShownRun<'a>>,
    /// How many runs have an assumption or a call in the window.
    pub searched: usize,
}

/// Finds the runs that have the run id `what`, or got, used or made the access key of that id, or whose assumption or call is the
/// event of that id, or the one that all copies of a call share. There can be several, since access key ids recur and session names
/// are chosen by the caller.
///
/// `events` are deduplicated assumptions in order, from 12 hours before the window on, and `calls` those of the window, as
/// [`calls_of_runs`](super::calls_of_runs::calls_of_runs) attributed them with the same `run_gap`. A run is found if anything of
/// it lies in the window, and has its earlier assumptions then, too, which may have begun the sessions of its calls. It has none of
/// those behind the window, nor do these lead to it: which of them were read depends on how late log files may be.
#[must_use]
pub fn find<'a>(
    what: &str,
    events: &[&'a Assumption],
    calls: &'a [RunCall],
    run_gap: i64,
    window: Window,
) -> FoundRuns<'a> {
    let assigned = assign(events, run_gap);
    let in_window = events.iter().zip(&assigned).filter(|(event, _)| window.contains(event.time)).map(|(_, run)| *run);
    let searched: BTreeSet<usize> = in_window.chain(calls.iter().map(|call| call.number)).collect();
    let is_behind = |event: &Assumption| window.to.is_some_and(|to| event.time >= to);
    let is_meant = |event: &Assumption| is_of_event(what, event) && !is_behind(event);
    let of_events = events.iter().zip(&assigned).filter(|(event, _)| is_meant(event)).map(|(_, run)| *run);
    let of_calls = calls.iter().filter(|call| is_of_call(what, call)).map(|call| call.number);
    let wanted: BTreeSet<usize> = of_events.chain(of_calls).filter(|run| searched.contains(run)).collect();
    let mut parts: BTreeMap<usize, (Vec<&'a Assumption>, Vec<&'a RunCall>)> = BTreeMap::new();
    for (event, run) in events.iter().zip(&assigned).filter(|(event, run)| wanted.contains(run) && !is_behind(event)) {
        parts.entry(*run).or_default().0.push(event);
    }
    for call in calls.iter().filter(|call| wanted.contains(&call.number)) {
        parts.entry(call.number).or_default().1.push(call);
    }
    let mut runs: Vec<ShownRun<'a>> =
        parts.into_values().filter_map(|(assumptions, calls)| ShownRun::of(assumptions, calls)).collect();
    // A stable sort: runs of one second stay in the order of their numbers.
    runs.sort_by_key(|run| run.run.first_seen);
    FoundRuns { runs, searched: searched.len() }
}

fn is_of_event(what: &str, event: &Assumption) -> bool {
    let original = event.correction.as_ref().map(|it| &*it.original);
    [event.run_id.as_deref(), event.event_id.as_deref(), original, event.outcome.access_key_id()].contains(&Some(what))
}

fn is_of_call(what: &str, call: &RunCall) -> bool {
    let issued = call.call.issued.as_ref().map(|issued| &*issued.access_key_id);
    let RunCall { call: SessionCall { event_id, shared_event_id, caller, .. }, run, .. } = call;
    let ids = [run.run_id.as_deref(), event_id.as_deref(), shared_event_id.as_deref(), caller.access_key_id.as_deref()];
    ids.contains(&Some(what)) || issued == Some(what) || call.call.created_key.as_deref() == Some(what)
}

/// What leads to the same run as `what`, and stands in a call that is there when copies are removed: of the event that another
/// account received, which has an id of its own, the one that all copies share. `calls` are there with all copies.
#[must_use]
pub fn leading(what: &str, calls: &[SessionCall]) -> Box<str> {
    let event = calls.iter().find(|call| call.event_id.as_deref() == Some(what));
    event.and_then(|call| call.shared_event_id.clone()).unwrap_or_else(|| what.into())
}

impl<'a> ShownRun<'a> {
    /// The run of these assumptions and calls, each in the order of events; none where there is neither.
    #[must_use]
    pub fn of(assumptions: Vec<&'a Assumption>, calls: Vec<&'a RunCall>) -> Option<Self> {
        let folded = fold(&assumptions, &vec![0; assumptions.len()]).pop();
        let run = folded.or_else(|| of_calls(&calls))?;
        Some(Self { run, assumptions, calls, findings: Vec::new() })
    }
}

/// A run of which only calls were read: their session name tells its id, and nothing else.
fn of_calls<'a>(calls: &[&'a RunCall]) -> Option<Run<'a>> {
    let first = *calls.first()?;
    let told = &*first.run;
    Some(Run {
        run_id: told.run_id.as_deref(),
        kind: SubjectKind::Other,
        issuer: told.issuer.as_deref(),
        organization: told.organization.as_deref(),
        project: told.project.as_deref(),
        workspace: told.workspace.as_deref(),
        stack: told.stack.as_deref(),
        deployment: told.deployment.as_deref(),
        phases: std::iter::empty().collect(),
        first_seen: first.call.time,
        last_seen: calls.last()?.call.time,
        account_ids: std::iter::empty().collect(),
        regions: std::iter::empty().collect(),
        source_ips: std::iter::empty().collect(),
        role_arns: std::iter::empty().collect(),
        assumptions: 0,
        denied: 0,
        terraform_versions: std::iter::empty().collect(),
        provider_versions: std::iter::empty().collect(),
        grouping: if told.run_id.is_some() { Grouping::RunId } else { Grouping::Inferred },
        smallest_event_id: None,
    })
}
