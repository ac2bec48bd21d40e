//! Calls of one run that are alike, as the rules over calls see them.

use std::collections::BTreeSet;
use std::collections::hash_map::{Entry, HashMap};
use std::sync::Arc;

use super::call_target::{CallTarget, targets};
use super::change::touched;
use super::link::Join;
use super::run_call::RunCall;
use super::run_cells::RunCells;
use super::via::Via;
use crate::domain::session_call::{CallOutcome, Operation, SessionCall, SessionCaller};
use crate::domain::timestamp::Timestamp;

/// Everything in which the calls of a group are equal, in the order of groups.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupKind {
    /// A number that tells runs apart.
    pub number: usize,
    /// What is known of the run; its phase is that of the credentials.
    pub run: Arc<RunCells>,
    /// What was called, where, and with which outcome.
    pub operation: Arc<Operation>,
    /// How many sessions lie between the run and the calls.
    pub hops: u32,
    /// The role that called.
    pub role_arn: Option<Arc<str>>,
    /// How the calls were joined to the session.
    pub join: Join,
    /// Whose credentials called, from where, and with which program.
    pub caller: Arc<SessionCaller>,
    /// What the calls were aimed at, each once, in order.
    pub targets: Vec<CallTarget>,
    /// The roles of the sessions between, beginning with the run's own.
    pub via: Via,
}

/// One event of a group; in the order of events, and where two have no id, of their files.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GroupEvent {
    /// When it was completed.
    pub time: Timestamp,
    /// The event's identity; empty where the record has none.
    pub event_id: Box<str>,
    /// Where it was read.
    pub log_file: Arc<str>,
    /// Why the call was refused, in the words of AWS; of denied calls alone.
    pub message: Option<Box<str>>,
}

/// Calls of one kind, made by one session of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunCallGroup {
    /// What they have in common.
    pub kind: GroupKind,
    /// When each of them was completed, in order.
    pub times: Vec<Timestamp>,
    /// The first one.
    pub first: GroupEvent,
    /// The last one.
    pub last: GroupEvent,
    /// The distinct ARNs that they name.
    pub resources: BTreeSet<Arc<str>>,
    /// Of calls that name none, and do not only read or were denied, names in their parameters, as `userName=ci`: the first ones
    /// by their bytes.
    pub names: BTreeSet<Box<str>>,
}

/// So many names are kept of a group: evidence shows fewer.
const NAMES: usize = 8;

/// Puts calls together that are alike, in the order of what they have in common. The order of the calls makes no difference.
#[must_use]
pub fn group<'a>(calls: impl IntoIterator<Item = &'a RunCall>) -> Vec<RunCallGroup> {
    let mut groups: HashMap<GroupKind, RunCallGroup> = HashMap::new();
    for call in calls {
        match groups.entry(GroupKind::of(call)) {
            Entry::Occupied(mut known) => known.get_mut().add(call),
            Entry::Vacant(slot) => {
                let group = RunCallGroup::of(slot.key().clone(), call);
                slot.insert(group);
            }
        }
    }
    let mut groups: Vec<RunCallGroup> = groups.into_values().collect();
    groups.sort_unstable_by(|one, other| one.kind.cmp(&other.kind));
    for group in &mut groups {
        group.times.sort_unstable();
    }
    groups
}

/// The names of a call without ARNs, where somebody may ask for them.
fn names(call: &SessionCall) -> Vec<Box<str>> {
    let operation = &*call.operation;
    let is_asked_for = operation.read_only == Some(false) || operation.outcome() == CallOutcome::Denied;
    if !is_asked_for || !call.resources.is_empty() {
        return Vec::new();
    }
    touched(call).into_iter().map(Into::into).collect()
}

impl GroupKind {
    fn of(call: &RunCall) -> Self {
        Self {
            number: call.number,
            run: Arc::clone(&call.run),
            operation: Arc::clone(&call.call.operation),
            hops: call.attribution.hops,
            role_arn: call.attribution.role_arn.clone(),
            join: call.attribution.join,
            caller: Arc::clone(&call.call.caller),
            targets: targets(&call.call),
            via: call.attribution.via.clone(),
        }
    }
}

impl GroupEvent {
    fn of(call: &RunCall) -> Self {
        let is_denied = call.call.operation.outcome() == CallOutcome::Denied;
        Self {
            time: call.call.time,
            event_id: call.call.event_id.clone().unwrap_or_default(),
            log_file: Arc::clone(&call.call.log_file),
            message: call.call.error_message.clone().filter(|_| is_denied),
        }
    }
}

impl RunCallGroup {
    fn of(kind: GroupKind, call: &RunCall) -> Self {
        let event = GroupEvent::of(call);
        let mut group = Self {
            kind,
            times: Vec::new(),
            first: event.clone(),
            last: event,
            resources: BTreeSet::new(),
            names: BTreeSet::new(),
        };
        group.add(call);
        group
    }

    fn add(&mut self, call: &RunCall) {
        let time = call.call.time;
        self.times.push(time);
        if time <= self.first.time || time >= self.last.time {
            let event = GroupEvent::of(call);
            if event < self.first {
                self.first = event.clone();
            }
            if event > self.last {
                self.last = event;
            }
        }
        self.resources.extend(call.call.resources.iter().map(Arc::clone));
        self.names.extend(names(&call.call));
        while self.names.len() > NAMES {
            self.names.pop_last();
        }
    }

    /// How many calls there are.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.times.len() as u64
    }

    /// How the calls ended.
    #[must_use]
    pub fn outcome(&self) -> CallOutcome {
        self.kind.operation.outcome()
    }

    /// Whether the run itself called, and no service on its behalf.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.kind.caller.invoked_by.is_none()
    }

    /// What the calls were about: the ARNs that they name, else the names in their parameters.
    pub fn named(&self) -> impl Iterator<Item = &str> {
        self.resources.iter().map(|arn| &**arn).chain(self.names.iter().map(|name| &**name))
    }

    /// The service and the event, as `iam:CreateUser`.
    #[must_use]
    pub fn call(&self) -> String {
        let operation = &*self.kind.operation;
        let text = |text: &Option<Arc<str>>| text.as_deref().unwrap_or("?").to_owned();
        format!("{}:{}", text(&operation.service), text(&operation.event_name))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::audit::activity::attribute::Attribution;
    use crate::audit::activity::origin::RunOrigin;
    use crate::audit::activity::sample;

    fn run_call(text: &str, number: usize, hops: u32) -> RunCall {
        RunCall {
            call: sample::call(text),
            attribution: Attribution {
                origin: Arc::new(RunOrigin::Name("run-1".into())),
                join: Join::Key,
                hops,
                role_arn: None,
                via: Via::default(),
            },
            run: Arc::new(RunCells::default()),
            number,
        }
    }

    /// The same, with lists in the place of everything clever.
    fn slowly(calls: &[RunCall]) -> Vec<RunCallGroup> {
        let mut by_kind: BTreeMap<GroupKind, Vec<&RunCall>> = BTreeMap::new();
        for call in calls {
            by_kind.entry(GroupKind::of(call)).or_default().push(call);
        }
        let groups = by_kind.into_iter().map(|(kind, calls)| {
            let mut events: Vec<GroupEvent> = calls.iter().map(|call| GroupEvent::of(call)).collect();
            events.sort();
            let resources = calls.iter().flat_map(|call| call.call.resources.iter().cloned()).collect();
            let all: BTreeSet<Box<str>> = calls.iter().flat_map(|call| super::names(&call.call)).collect();
            let names = all.into_iter().take(NAMES).collect();
            let (first, last) = (events[0].clone(), events[events.len() - 1].clone());
            let times = events.iter().map(|event| event.time).collect();
            RunCallGroup { kind, times, first, last, resources, names }
        });
        groups.collect()
    }

    proptest! {
        #[test]
        fn the_order_of_calls_makes_no_difference(
            made in proptest::collection::vec((0..4_i64, 0..30_u8, 0..3_usize, 0..2_u32, 0..3_u8, any::<bool>()), 0..60),
            turn in 0..60_usize,
        ) {
            let mut calls: Vec<RunCall> = made.iter().map(|(time, id, number, hops, which, is_denied)| {
                let error = if *is_denied { " error=AccessDenied" } else { "" };
                let arns = if *which == 0 { " arns=arn:a,arn:b" } else { "" };
                let mut call = run_call(&format!("c{id} t={time} p=P{which}{error}{arns}"), *number, *hops);
                call.call.operation = Arc::new(Operation { read_only: Some(false), ..Operation::clone(&call.call.operation) });
                call.call.parameters = Some(format!("{{\"userName\": \"u{id}\"}}").into());
                call.call.error_message = Some(format!("no {id}").into());
                call
            }).collect();
            let expected = slowly(&calls);
            prop_assert_eq!(&group(&calls), &expected);
            calls.reverse();
            prop_assert_eq!(&group(&calls), &expected);
            let turn = turn.min(calls.len());
            calls.rotate_left(turn);
            prop_assert_eq!(&group(&calls), &expected);
            prop_assert_eq!(expected.iter().map(RunCallGroup::calls).sum::<u64>(), calls.len() as u64);
        }
    }
}
