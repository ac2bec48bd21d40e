//! What the runs of a window did, out of the calls of the whole time that was read.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::group::ReportGroup;
use super::plan::WindowRequest;
use super::window_calls::WindowCalls;
use super::windows::Windows;
use crate::audit::activity::run_call::RunCall;
use crate::audit::activity::shown_run::ShownRun;
use crate::audit::baseline::past::BaselineOrigin;
use crate::audit::review::deeds::RunDeeds;
use crate::domain::assumption::Assumption;
use crate::domain::finding::Finding;
use crate::domain::session_call::SESSION_REACH;
use crate::domain::window::Window;

/// The assumptions and the calls of a run.
type RunParts<'a> = (Vec<&'a Assumption>, Vec<&'a RunCall>);

impl Windows<'_> {
    /// What the runs of a window did, those of one group or of all; nothing where no calls were asked for. `findings` are
    /// those of the window.
    pub(super) fn deeds<'w>(
        &'w self,
        window: Window,
        group: Option<&ReportGroup>,
        findings: &[Finding],
        of_window: Option<&'w WindowCalls>,
    ) -> Option<RunDeeds<'w>> {
        let (calls, of_window) = self.material().calls.as_ref().zip(of_window)?;
        let parts = self.parts(of_window, window, group);
        let in_window = |parts: &RunParts<'_>| !parts.1.is_empty() || parts.0.iter().any(|it| window.contains(it.time));
        let shown = parts.into_values().filter(in_window).filter_map(|(events, calls)| ShownRun::of(events, calls));
        let mut runs: Vec<ShownRun<'_>> = shown.collect();
        // A stable sort: runs of one second stay in the order of their numbers.
        runs.sort_by_key(|run| run.run.first_seen);
        give(&mut runs, findings);
        let before = match self.material().plan {
            WindowRequest::Compare(one, _) => one,
            _ => Window { from: None, to: window.from },
        };
        let mut past = calls.within(before).iter();
        let has_past = self.origin(window) != BaselineOrigin::Nothing;
        Some(RunDeeds::new(runs, has_past.then_some(&mut past)))
    }

    /// By the numbers of runs, what belongs to each that the report is about.
    fn parts<'w>(
        &'w self,
        calls: &'w WindowCalls,
        window: Window,
        group: Option<&ReportGroup>,
    ) -> BTreeMap<usize, RunParts<'w>> {
        let reach = window.from.map(|from| from.seconds() - SESSION_REACH);
        let mut parts = BTreeMap::<usize, RunParts<'w>>::new();
        for event in self.shown() {
            let is_near = reach.is_none_or(|reach| event.time.seconds() >= reach)
                && window.to.is_none_or(|to| event.time < to)
                && group.is_none_or(|group| group.has_event(event));
            if let Some(number) = calls.runs.get(&event.content).filter(|_| is_near) {
                parts.entry(*number).or_default().0.push(event);
            }
        }
        // Whether or not an assumption of its run was read, or is told.
        let is_told = |call: &&RunCall| group.is_none_or(|group| group.has_call(call));
        for call in calls.shown().filter(is_told) {
            parts.entry(call.number).or_default().1.push(call);
        }
        parts
    }
}

/// Gives each run the findings that are about it, or that have one of its assumptions as evidence.
fn give(runs: &mut [ShownRun<'_>], findings: &[Finding]) {
    let (mut by_id, mut by_event) = (HashMap::<_, Vec<usize>>::new(), HashMap::<&str, usize>::new());
    for (at, run) in runs.iter().enumerate() {
        if let Some(id) = run.run.run_id {
            by_id.entry((run.run.organization, id)).or_default().push(at);
        }
        by_event.extend(run.assumptions.iter().filter_map(|event| Some((event.event_id.as_deref()?, at))));
    }
    let about = |finding: &Finding| -> BTreeSet<usize> {
        let named = finding.run_id.as_deref().and_then(|id| by_id.get(&(finding.organization.as_deref(), id)));
        let shown = finding.evidence.events.iter().filter_map(|(id, _)| by_event.get(&**id).copied());
        named.into_iter().flatten().copied().chain(shown).collect()
    };
    let given: Vec<BTreeSet<usize>> = findings.iter().map(about).collect();
    for (finding, places) in findings.iter().zip(given) {
        for at in places {
            runs[at].findings.push(finding.clone());
        }
    }
}
