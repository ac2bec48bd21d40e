//! Calls of which only a little is kept each, for answers that need no more: which ones there are, when they were made, and
//! what they named. What was called and who called stands once for all that have it in common.

use std::sync::Arc;

use super::grouped_call::{GroupedCall, unite, uuid};
use super::put_aside::{AsideRun, CallRoom, Renumbering};
use super::settled_calls::SettledCalls;
use crate::audit::aside::file::AsideError;
use crate::audit::numbers::{SharedNumbers, ValueNumbers};
use crate::domain::session_call::{Operation, SessionCall, SessionCaller};
use crate::domain::timestamp::Timestamp;
use crate::domain::window::Window;

/// Calls by groups. Each is what is left of a whole call that began no session, was not received by several accounts, and
/// has a UUID for its event id; the words of AWS and the parameters are not kept.
#[derive(Debug, Default)]
pub struct GroupedCalls {
    operations: SharedNumbers<Operation>,
    callers: SharedNumbers<SessionCaller>,
    /// Each group by the numbers of its operation and its caller.
    groups: ValueNumbers<(u32, u32)>,
    resources: ValueNumbers<Box<[Arc<str>]>>,
    log_files: Vec<Arc<str>>,
    calls: Vec<GroupedCall>,
    /// How many calls there were after copies were last looked for.
    settled: usize,
    /// How many may lie in memory; all where there is none.
    room: Option<CallRoom>,
    /// Of what lies outside of it nothing is asked but how much there is, and whose it is.
    window: Window,
    /// What stands for the operation of such a call.
    outside: Arc<Operation>,
    /// Those that were too many.
    aside: Vec<AsideRun>,
    failure: Option<AsideError>,
}

/// A call that began no session and was not received by several accounts, by numbers of [`GroupedCalls`].
#[derive(Debug, Clone, Copy)]
pub struct NumberedCall {
    /// The event id, which is a UUID.
    pub id: [u8; 16],
    /// The first half of the SHA-256 of the record.
    pub content: [u8; 16],
    /// When it was completed.
    pub time: Timestamp,
    /// Of its [group](GroupedCalls::group).
    pub group: u32,
    /// Of what it [names](GroupedCalls::resources).
    pub resources: u32,
    /// Of its [log file](GroupedCalls::log_file).
    pub log_file: u32,
}

/// With fewer calls nobody looks for copies among them before all are there.
const FEW: usize = 1 << 14;

impl GroupedCalls {
    /// None yet, of which no more lie in memory than there is room for, for whoever is told of those of a window alone: the
    /// others are counted, and it is not known what was called by them, or what they named.
    #[must_use]
    pub fn within(room: CallRoom, window: Window) -> Self {
        Self { room: Some(room), window, ..Self::default() }
    }

    /// Takes a call, or gives it back where it has to be kept whole.
    pub fn add(&mut self, call: SessionCall) -> Result<(), Box<SessionCall>> {
        let Some(id) = call.event_id.as_deref().and_then(uuid) else { return Err(Box::new(call)) };
        if call.issued.is_some() || call.shared_event_id.is_some() {
            return Err(Box::new(call));
        }
        let is_told = self.tells(call.time);
        let (group, resources) = if is_told {
            (self.group(Some(&call.operation), &call.caller), self.resources(&call.resources))
        } else {
            (self.group(None, &call.caller), self.resources(&[]))
        };
        let log_file = self.log_file(&call.log_file);
        let content = std::array::from_fn(|at| call.content[at]);
        let numbered = NumberedCall { id, content, time: call.time, group, resources, log_file };
        if self.add_numbered(&numbered) { Ok(()) } else { Err(Box::new(call)) }
    }

    /// Whether it matters what was called in a second, and what that named.
    #[must_use]
    pub fn tells(&self, time: Timestamp) -> bool {
        self.window.contains(time)
    }

    /// The number of the calls of an operation, none where that does not [matter](Self::tells), and of a caller. Whoever gives
    /// equal ones as one spares comparing them.
    pub fn group(&mut self, operation: Option<&Arc<Operation>>, caller: &Arc<SessionCaller>) -> u32 {
        let operation = operation.unwrap_or(&self.outside);
        let origin = (self.operations.of(operation), self.callers.of(caller));
        self.groups.of(&origin, Clone::clone)
    }

    /// The number of a list of ARNs.
    pub fn resources(&mut self, arns: &[Arc<str>]) -> u32 {
        self.resources.of(arns, |arns: &[Arc<str>]| arns.into())
    }

    /// The number of a log file. Whoever gives calls one log file after the other spares memory.
    pub fn log_file(&mut self, name: &Arc<str>) -> u32 {
        if !self.log_files.last().is_some_and(|last| Arc::ptr_eq(last, name)) {
            self.log_files.push(Arc::clone(name));
        }
        number(self.log_files.len() - 1)
    }

    /// Takes a call of which everything has a number here: whether it could.
    pub fn add_numbered(&mut self, call: &NumberedCall) -> bool {
        let NumberedCall { id, content, time, group, resources, log_file } = *call;
        let Some(time) = second(time) else { return false };
        self.push(GroupedCall { id, content, time, group, resources, log_file, copies: 1 });
        true
    }

    fn push(&mut self, call: GroupedCall) {
        if let Some(room) = self.room.as_ref().filter(|room| self.calls.len() >= room.most()) {
            unite(&mut self.calls, &self.log_files);
            self.settled = self.calls.len();
            if self.calls.len() > room.most() / 2 {
                match AsideRun::by_parts(room, &mut self.calls) {
                    Ok(run) => self.aside.push(run),
                    // What is in memory stays there; that there is too much of it is said at the end.
                    Err(failure) => (self.failure, self.room) = (Some(failure), None),
                }
                self.settled = self.calls.len();
            }
        }
        if self.calls.len() == self.calls.capacity() {
            if self.calls.len() >= FEW.max(self.settled * 2) {
                unite(&mut self.calls, &self.log_files);
                self.settled = self.calls.len();
            }
            make_room(&mut self.calls, 1);
        }
        self.calls.push(call);
    }

    /// Takes all calls of another one.
    pub fn merge(&mut self, mut other: Self) {
        if self.calls.len() < other.calls.len() {
            std::mem::swap(self, &mut other);
        }
        let operations: Vec<u32> = other.operations.into_values().iter().map(|it| self.operations.of(it)).collect();
        let callers: Vec<u32> = other.callers.into_values().iter().map(|it| self.callers.of(it)).collect();
        let renumbered = |(operation, caller): (u32, u32)| (operations[operation as usize], callers[caller as usize]);
        let groups = other.groups.into_values().into_iter();
        let groups: Vec<u32> = groups.map(|origin| self.groups.of(&renumbered(origin), Clone::clone)).collect();
        let resources: Vec<u32> =
            other.resources.into_values().iter().map(|set| self.resources.of(set, Clone::clone)).collect();
        let renumbering = Arc::new(Renumbering { groups, resources, first_log_file: number(self.log_files.len()) });
        self.log_files.append(&mut other.log_files);
        self.failure = self.failure.take().or(other.failure);
        other.aside.iter_mut().for_each(|run| run.renumber(&renumbering));
        self.aside.append(&mut other.aside);
        while !other.calls.is_empty() {
            let rest = other.calls.len().saturating_sub(FEW);
            make_room(&mut self.calls, other.calls.len() - rest);
            self.calls.extend(other.calls.drain(rest..).map(|call| renumbering.apply(call)));
            other.calls.shrink_to_fit();
        }
    }

    /// Who called.
    pub fn callers(&self) -> impl Iterator<Item = &SessionCaller> {
        self.callers.values()
    }

    /// Puts equal copies together, now that all calls are there. Where some were put aside, the others are, too.
    pub(super) fn settle(self) -> Result<SettledCalls, AsideError> {
        let Self { operations, callers, groups, resources, log_files, mut calls, mut aside, room, failure, .. } = self;
        if let Some(failure) = failure {
            return Err(failure);
        }
        match &room {
            Some(room) if !aside.is_empty() => {
                aside.push(AsideRun::by_parts(room, &mut calls)?);
                calls = Vec::new();
            }
            _ => unite(&mut calls, &log_files),
        }
        let (operations, callers) = (operations.into_values(), callers.into_values());
        let (groups, resources) = (groups.into_values(), resources.into_values());
        Ok(SettledCalls { operations, callers, groups, resources, log_files, calls, aside })
    }

    /// Where calls go that are too many.
    pub(super) fn room(&self) -> Option<CallRoom> {
        self.room.clone()
    }
}

/// Makes room for `more`, and for little besides.
fn make_room(calls: &mut Vec<GroupedCall>, more: usize) {
    if calls.capacity() - calls.len() < more {
        calls.reserve_exact(more.max(calls.len() / 8).max(512));
    }
}

fn number(count: usize) -> u32 {
    // Memory ends before four billion log files.
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Seconds since 1970, where they are few enough.
fn second(time: Timestamp) -> Option<u32> {
    u32::try_from(time.seconds()).ok()
}
