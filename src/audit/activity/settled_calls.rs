//! Calls by groups when all are there: copies are removed, and what is left is counted, or told one by one.

use std::sync::Arc;

use super::grouped_call::{GroupedCall, unite, uuid, uuid_text};
use super::put_aside::{AsideRun, PARTS};
use crate::audit::aside::file::AsideError;
use crate::domain::session_call::{Operation, SessionCall, SessionCaller};

/// What the calls of a group have in common: what was called, and who called.
pub(super) type OriginRef<'a> = (&'a Arc<Operation>, &'a Arc<SessionCaller>);

/// The calls when all are there, with what their numbers mean.
#[derive(Debug, Default)]
pub(super) struct SettledCalls {
    pub(super) operations: Vec<Arc<Operation>>,
    pub(super) callers: Vec<Arc<SessionCaller>>,
    /// Each group by the numbers of its operation and its caller.
    pub(super) groups: Vec<(u32, u32)>,
    pub(super) resources: Vec<Box<[Arc<str>]>>,
    pub(super) log_files: Vec<Arc<str>>,
    /// Those in memory: all, or those of the part that was [loaded](Self::load) last.
    pub(super) calls: Vec<GroupedCall>,
    pub(super) aside: Vec<AsideRun>,
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
