//! From calls of which most are kept in groups to those of runs: a group is attributed once, where the time of a call makes no
//! difference to whose it is.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::Arc;

use super::attribute::{Attribution, Attributor};
use super::call_filter::CallFilter;
use super::calls_of_runs::{RunNumbers, passing};
use super::dedupe::{deduplicate, order};
use super::fold::{ActivityRow, CallKind, GrowingRows};
use super::grouped_call::GroupedCall;
use super::grouped_calls::GroupedCalls;
use super::put_aside::{AsideCalls, AsideRun, merged};
use super::relevant::{Relevance, leave};
use super::run_call::RunCall;
use super::run_cells::RunCells;
use super::sessions::Claim;
use super::settled_calls::{SettledCalls, uuids_of};
use super::table::Row;
use crate::audit::aside::file::AsideError;
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
    /// The numbers of the groups of calls are places in `groups`.
    grouped: SettledCalls,
    /// The calls of groups that did not fit into memory, each run in the order of events.
    aside: Vec<AsideRun>,
    count: usize,
    /// What became of all that were read.
    pub tally: CallTally,
}

/// What calls of a run have in common.
#[derive(Debug)]
struct RunGroup {
    /// The numbers of its operation and its caller.
    origin: (u32, u32),
    attribution: Attribution,
    run: Arc<RunCells>,
    number: usize,
    passes: bool,
    /// Whether a call of it is in the window, too.
    is_shown: bool,
}

/// The same as [`calls_of_runs`](super::calls_of_runs::calls_of_runs), whose answer it gives, of calls of which those that
/// can be are in groups.
pub fn grouped_calls_of_runs<S: BuildHasher>(
    events: &[&Assumption],
    principals: &HashMap<[u8; 32], Box<str>, S>,
    (mut calls, grouped): (Vec<SessionCall>, GroupedCalls),
    issuers: &Issuers,
    run_gap: i64,
    filter: &CallFilter,
) -> Result<GroupedRunCalls, AsideError> {
    let room = grouped.room();
    let mut grouped = grouped.settle()?;
    let callers = calls.iter().map(|call| &*call.caller).chain(grouped.callers.iter().map(|caller| &**caller));
    let relevance = Relevance::new(&calls, callers, principals, issuers);
    let marks = relevance.of(&calls);
    let callers: Vec<bool> = grouped.callers.iter().map(|caller| relevance.counts(caller)).collect();
    let counts: Vec<bool> = grouped.groups.iter().map(|(_, caller)| callers[*caller as usize]).collect();
    leave(&mut calls, marks);
    let whole = uuids_of(&calls);
    calls.append(&mut copies_in_groups(&mut grouped, &counts, &whole)?);
    let distinct = deduplicate(calls);
    let mut runs = RunNumbers::new(events, run_gap);
    let mut attributor = Attributor::new(events, principals, issuers, &distinct.calls);
    let attributions: Vec<Option<Attribution>> =
        distinct.calls.iter().enumerate().map(|(at, call)| attributor.of_call(at, call)).collect();
    let mut attributed = AttributedGroups::new(filter, &grouped);
    let (mut aside, mut count) = (Vec::new(), 0);
    for part in 0..grouped.parts() {
        if grouped.are_aside() {
            grouped.load(part)?;
            grouped.calls.retain(|call| counts[call.group as usize]);
            // They are among the others.
            drop(grouped.take_copies_of(&whole));
        }
        attributed.take(&mut grouped, &mut attributor, &mut runs);
        count += grouped.calls.len();
        if let Some(room) = room.as_ref().filter(|_| grouped.are_aside()) {
            grouped.sort();
            aside.push(AsideRun::in_order(room, &mut grouped.calls)?);
        }
    }
    drop(attributor);
    let AttributedGroups { found: groups, mut tally, .. } = attributed;
    tally.add(distinct.all_removed());
    let attributed = distinct.calls.into_iter().zip(attributions);
    let whole = passing(attributed, &mut runs, filter, &mut tally, |_| ());
    count += whole.len();
    Ok(GroupedRunCalls { whole, groups, grouped, aside, count, tally })
}

/// Takes out of the groups, as whole calls, the copies of those that are whole.
fn copies_in_groups(
    grouped: &mut SettledCalls,
    counts: &[bool],
    whole: &[[u8; 16]],
) -> Result<Vec<SessionCall>, AsideError> {
    let mut copies = Vec::new();
    let parts = if grouped.are_aside() && whole.is_empty() { 0 } else { grouped.parts() };
    for part in 0..parts {
        grouped.load(part)?;
        grouped.calls.retain(|call| counts[call.group as usize]);
        copies.append(&mut grouped.take_copies_of(whole));
    }
    Ok(copies)
}

/// What a caller tells of its session, at some time, and the row that holds for it at any.
type CallerClaim = Option<(Claim, Option<Row>)>;

/// Groups in each of which all calls have one attribution.
struct AttributedGroups<'a> {
    filter: &'a CallFilter,
    found: Vec<RunGroup>,
    /// For each group that was read, its rows of the join table, and where that group is among those that were found.
    known: Vec<Vec<(Option<Row>, Option<u32>)>>,
    /// By the number of a caller.
    claims: Vec<OnceCell<CallerClaim>>,
    tally: CallTally,
}

impl<'a> AttributedGroups<'a> {
    /// None of these groups yet.
    fn new(filter: &'a CallFilter, grouped: &SettledCalls) -> Self {
        let (known, claims) = (vec![Vec::new(); grouped.groups.len()], vec![OnceCell::new(); grouped.callers.len()]);
        Self { filter, found: Vec::new(), known, claims, tally: CallTally::default() }
    }

    /// Attributes the calls in memory, of which one copy of each is left, and leaves those that pass the filter. They get the
    /// numbers of the groups that were found.
    fn take(&mut self, grouped: &mut SettledCalls, attributor: &mut Attributor<'_>, runs: &mut RunNumbers<'_>) {
        let Self { filter, found, known, claims, tally } = self;
        let (duplicates, conflicts) = grouped.deduplicate();
        tally.duplicate += duplicates;
        tally.conflicts += conflicts;
        let SettledCalls { operations, callers, groups, calls, .. } = grouped;
        calls.sort_unstable_by_key(GroupedCall::kind);
        calls.retain_mut(|call| {
            let origin = groups[call.group as usize];
            let (operation, caller) = (&operations[origin.0 as usize], &callers[origin.1 as usize]);
            let claim = claims[origin.1 as usize].get_or_init(|| {
                attributor.claim(caller, call.time()).map(|claim| (claim, attributor.lasting_row(&claim)))
            });
            let lasting = claim.and_then(|(_, row)| row);
            let claim = claim.map(|(claim, _)| Claim { time: call.time().seconds(), ..claim });
            let row = lasting.or_else(|| attributor.row(claim.as_ref()?));
            let known = &mut known[call.group as usize];
            let number = if let Some((_, number)) = known.iter().find(|(it, _)| *it == row) {
                *number
            } else {
                let number = attributor.of_row(caller, claim.as_ref(), row).map(|attribution| {
                    let (run, number) = runs.of(&attribution.origin);
                    let role = attribution.role_arn.as_deref();
                    let passes = filter.passes_at_any_time(&run, role, operation, caller);
                    found.push(RunGroup { origin, attribution, run, number, passes, is_shown: false });
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
            let group = &mut found[number as usize];
            let passes = group.passes && filter.run.window.contains(call.time());
            group.is_shown |= passes;
            *if passes { &mut tally.attributed } else { &mut tally.filtered } += 1;
            passes
        });
    }
}

impl GroupedRunCalls {
    /// How many calls there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many runs made them.
    #[must_use]
    pub fn runs(&self) -> usize {
        let grouped = self.groups.iter().filter(|group| group.is_shown).map(|group| group.number);
        let mut runs: Vec<usize> = self.whole.iter().map(|call| call.number).chain(grouped).collect();
        runs.sort_unstable();
        runs.dedup();
        runs.len()
    }

    /// The calls one after the other, those first that are kept whole. None is there before it is asked for.
    pub fn each(&mut self) -> impl Iterator<Item = Result<RunCall, AsideError>> {
        let Self { whole, groups, grouped, aside, .. } = self;
        let (groups, grouped) = (&*groups, &*grouped);
        let inside = grouped.calls.iter().map(|call| Ok(*call));
        let all = inside.chain(aside.iter_mut().flat_map(AsideRun::each));
        let all = all.map(move |call| call.map(|call| whole_call(groups, grouped, &call)));
        whole.iter().cloned().map(Ok).chain(all)
    }

    /// Puts the calls in the order of events, in which [`Self::in_order`] gives them.
    pub fn sort(&mut self) {
        self.whole.sort_unstable_by(|one, other| order(&one.call, &other.call));
        self.grouped.sort();
    }

    /// The sorted calls, one after the other. None is there before it is asked for.
    pub fn in_order(&mut self) -> impl Iterator<Item = Result<RunCall, AsideError>> {
        let Self { whole, groups, grouped, aside, .. } = self;
        let (groups, grouped) = (&*groups, &*grouped);
        let inside: AsideCalls<'_> = Box::new(grouped.calls.iter().map(|call| Ok(*call)));
        let runs = aside.iter_mut().map(AsideRun::each).chain([inside]);
        let in_groups = merged(runs.collect()).map(move |call| call.map(|call| whole_call(groups, grouped, &call)));
        let mut in_groups = in_groups.peekable();
        let mut whole = whole.iter().peekable();
        std::iter::from_fn(move || {
            let is_whole = match (whole.peek(), in_groups.peek()) {
                (Some(whole), Some(Ok(grouped))) => order(&whole.call, &grouped.call).is_lt(),
                (whole, grouped) => whole.is_some() && grouped.is_none(),
            };
            if is_whole { whole.next().cloned().map(Ok) } else { in_groups.next() }
        })
    }

    /// The calls as rows of those of one kind, in no order that means anything.
    pub fn rows(&mut self) -> Result<Vec<ActivityRow>, AsideError> {
        let mut rows = GrowingRows::default();
        self.whole.iter().for_each(|call| rows.add(call));
        self.fold(&self.grouped.calls, &mut rows);
        let mut aside = std::mem::take(&mut self.aside);
        let mut calls: Vec<GroupedCall> = Vec::new();
        for run in &mut aside {
            calls.clear();
            run.read_part(0, &mut calls)?;
            calls.sort_unstable_by_key(GroupedCall::kind);
            self.fold(&calls, &mut rows);
        }
        self.aside = aside;
        Ok(rows.finish())
    }

    /// Counts calls, of which those of a group are neighbours, and of these the ones that name the same.
    fn fold(&self, calls: &[GroupedCall], rows: &mut GrowingRows) {
        for calls in calls.chunk_by(|one, other| one.group == other.group) {
            let Some(first) = calls.first() else { continue };
            let group = &self.groups[first.group as usize];
            let (operation, caller) = self.grouped.origin(group.origin);
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
    }
}

/// A call of a group, as it was read.
fn whole_call(groups: &[RunGroup], grouped: &SettledCalls, call: &GroupedCall) -> RunCall {
    let group = &groups[call.group as usize];
    RunCall {
        call: grouped.whole(call, grouped.origin(group.origin)),
        attribution: group.attribution.clone(),
        run: Arc::clone(&group.run),
        number: group.number,
    }
}
