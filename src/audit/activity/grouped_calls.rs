//! Calls of which only a little is kept each, for answers that need no more: which ones there are, when they were made, and
//! what they named. What was called and who called stands once for all that have it in common.

use std::sync::Arc;

use super::grouped_call::{GroupedCall, unite, uuid, uuid_text};
use super::put_aside::{AsideRun, CallRoom, PARTS, Renumbering};
use crate::audit::aside::file::AsideError;
use crate::audit::numbers::{SharedNumbers, ValueNumbers};
use crate::domain::session_call::{Operation, SessionCall, SessionCaller};
use crate::domain::timestamp::Timestamp;

/// What the calls of a group have in common: what was called, and who called.
pub(super) type OriginRef<'a> = (&'a Arc<Operation>, &'a Arc<SessionCaller>);

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
    /// Those that were too many.
    aside: Vec<AsideRun>,
    failure: Option<AsideError>,
}

/// A call whose event id is a UUID, by the bytes of that; the words of AWS and the parameters are not among what is known.
#[derive(Debug, Clone, Copy)]
pub struct PlainCall<'a> {
    /// The event id.
    pub id: [u8; 16],
    /// The first half of the SHA-256 of the record.
    pub content: [u8; 16],
    /// When it was completed.
    pub time: Timestamp,
    /// What was called. Whoever gives equal ones as one spares comparing them.
    pub operation: &'a Arc<Operation>,
    /// Who called; the same.
    pub caller: &'a Arc<SessionCaller>,
    /// The ARNs that it names.
    pub resources: &'a [Arc<str>],
    /// Where it was read.
    pub log_file: &'a Arc<str>,
}

/// The calls when all are there, with what their numbers mean.
#[derive(Debug, Default)]
pub(super) struct SettledCalls {
    pub(super) operations: Vec<Arc<Operation>>,
    pub(super) callers: Vec<Arc<SessionCaller>>,
    /// Each group by the numbers of its operation and its caller.
    pub(super) groups: Vec<(u32, u32)>,
    pub(super) resources: Vec<Box<[Arc<str>]>>,
    log_files: Vec<Arc<str>>,
    /// Those in memory: all, or those of the part that was [loaded](Self::load) last.
    pub(super) calls: Vec<GroupedCall>,
    aside: Vec<AsideRun>,
}

/// With fewer calls nobody looks for copies among them before all are there.
const FEW: usize = 1 << 14;

impl GroupedCalls {
    /// None yet, of which no more lie in memory than there is room for.
    #[must_use]
    pub fn within(room: CallRoom) -> Self {
        Self { room: Some(room), ..Self::default() }
    }

    /// Takes a call, or gives it back where it has to be kept whole.
    pub fn add(&mut self, call: SessionCall) -> Result<(), Box<SessionCall>> {
        let Some(id) = call.event_id.as_deref().and_then(uuid) else { return Err(Box::new(call)) };
        if call.issued.is_some() || call.shared_event_id.is_some() {
            return Err(Box::new(call));
        }
        let content = std::array::from_fn(|at| call.content[at]);
        let SessionCall { operation, caller, resources, log_file, .. } = &call;
        let plain = PlainCall { id, content, time: call.time, operation, caller, resources, log_file };
        if self.add_plain(&plain) { Ok(()) } else { Err(Box::new(call)) }
    }

    /// Takes a call that began no session and was not received by several accounts: whether it could.
    pub fn add_plain(&mut self, call: &PlainCall<'_>) -> bool {
        let PlainCall { id, content, operation, caller, .. } = *call;
        let Ok(time) = u32::try_from(call.time.seconds()) else { return false };
        let origin = (self.operations.of(operation), self.callers.of(caller));
        let group = self.groups.of(&origin, Clone::clone);
        let resources = self.resources.of(call.resources, |arns: &[Arc<str>]| arns.into());
        if !self.log_files.last().is_some_and(|last| Arc::ptr_eq(last, call.log_file)) {
            self.log_files.push(Arc::clone(call.log_file));
        }
        let log_file = number(self.log_files.len() - 1);
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

impl SettledCalls {
    /// In how many parts the calls are there.
    pub(super) fn parts(&self) -> usize {
        if self.are_aside() { PARTS } else { 1 }
    }

    /// Whether they lie in memory in parts, one after the other.
    pub(super) fn are_aside(&self) -> bool {
        !self.aside.is_empty()
    }

    /// Brings the calls of a part into memory, in place of those of another one. Equal copies are put together.
    pub(super) fn load(&mut self, part: usize) -> Result<(), AsideError> {
        if self.are_aside() {
            self.calls.clear();
            for run in &mut self.aside {
                run.read_part(part, &mut self.calls)?;
            }
            unite(&mut self.calls, &self.log_files);
        }
        Ok(())
    }

    /// Takes out, as whole calls, those whose event has one of these ids.
    pub(super) fn take_copies_of(&mut self, ids: &[[u8; 16]]) -> Vec<SessionCall> {
        let is_here = |id: &&[u8; 16]| self.calls.binary_search_by_key(*id, |call| call.id).is_ok();
        let mut both: Vec<[u8; 16]> = ids.iter().filter(is_here).copied().collect();
        both.sort_unstable();
        let mut taken = Vec::new();
        if !both.is_empty() {
            let is_both = |call: &GroupedCall| both.binary_search(&call.id).is_ok();
            for call in self.calls.iter().filter(|call| is_both(call)) {
                let origin = self.origin(self.groups[call.group as usize]);
                taken.extend(std::iter::repeat_n(self.whole(call, origin), call.copies as usize));
            }
            self.calls.retain(|call| !is_both(call));
        }
        taken
    }

    /// Leaves one copy of each call, that with the smallest log file, then the smallest content. Gives how many removed copies
    /// had its content, and how many another one.
    pub(super) fn deduplicate(&mut self) -> (u64, u64) {
        let (mut duplicates, mut conflicts) = (0, 0);
        let name = |call: &GroupedCall| &self.log_files[call.log_file as usize];
        // Copies of one event are neighbours, the smaller content first.
        self.calls.dedup_by(|next, stands| {
            if next.id != stands.id {
                return false;
            }
            if name(next) < name(stands) {
                std::mem::swap(next, stands);
            }
            conflicts += u64::from(next.copies);
            true
        });
        for call in &mut self.calls {
            duplicates += u64::from(call.copies) - 1;
            call.copies = 1;
        }
        (duplicates, conflicts)
    }

    /// Puts the calls in memory in the order of events.
    pub(super) fn sort(&mut self) {
        self.calls.sort_unstable_by_key(GroupedCall::place);
    }

    /// What numbers of an operation and a caller stand for.
    pub(super) fn origin(&self, (operation, caller): (u32, u32)) -> OriginRef<'_> {
        (&self.operations[operation as usize], &self.callers[caller as usize])
    }

    /// A call as it was, but for the words of AWS and the second half of its content.
    pub(super) fn whole(&self, call: &GroupedCall, (operation, caller): OriginRef<'_>) -> SessionCall {
        let mut content = [0; 32];
        content[..16].copy_from_slice(&call.content);
        SessionCall {
            time: call.time(),
            event_id: Some(uuid_text(&call.id).into()),
            shared_event_id: None,
            content,
            operation: Arc::clone(operation),
            caller: Arc::clone(caller),
            resources: self.resources[call.resources as usize].clone(),
            issued: None,
            created_key: None,
            parameters: None,
            error_message: None,
            log_file: Arc::clone(&self.log_files[call.log_file as usize]),
        }
    }
}

/// The ids of calls that are UUIDs: copies of them may be in groups.
pub(super) fn uuids_of(calls: &[SessionCall]) -> Vec<[u8; 16]> {
    calls.iter().filter_map(|call| call.event_id.as_deref().and_then(uuid)).collect()
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
