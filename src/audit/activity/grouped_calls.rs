//! Calls of which only a little is kept each, for answers that need no more: which ones there are, when they were made, and
//! what they named. What was called and who called stands once for all that have it in common.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use hashbrown::DefaultHashBuilder;

use crate::audit::numbers::ValueNumbers;
use crate::domain::session_call::{Operation, SessionCall, SessionCaller};
use crate::domain::timestamp::Timestamp;

/// What the calls of a group have in common: what was called, and who called.
pub(super) type Origin = (Arc<Operation>, Arc<SessionCaller>);

/// A call, or several copies of one that are equal. 52 bytes, for there may be millions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct GroupedCall {
    /// The event id, which is a UUID.
    id: [u8; 16],
    /// The first half of the SHA-256 of the record.
    content: [u8; 16],
    /// Seconds since 1970.
    time: u32,
    /// The number of the group; whoever divides groups numbers them anew.
    pub(super) group: u32,
    /// The number of the set of resources.
    pub(super) resources: u32,
    /// The number of the log file.
    log_file: u32,
    /// How many equal copies there were.
    copies: u32,
}

/// Calls by groups. Each is what is left of a whole call that began no session, was not received by several accounts, and
/// has a UUID for its event id; the words of AWS and the parameters are not kept.
#[derive(Debug, Default)]
pub struct GroupedCalls {
    groups: ValueNumbers<Origin>,
    /// The number of a group by the addresses of both values, which `groups` keeps.
    by_address: HashMap<(usize, usize), u32, DefaultHashBuilder>,
    resources: ValueNumbers<Box<[Arc<str>]>>,
    log_files: Vec<Arc<str>>,
    calls: Vec<GroupedCall>,
    /// How many calls there were after copies were last looked for.
    settled: usize,
}

/// The calls when all are there, with what their numbers mean.
#[derive(Debug, Default)]
pub(super) struct SettledCalls {
    pub(super) groups: Vec<Origin>,
    pub(super) resources: Vec<Box<[Arc<str>]>>,
    log_files: Vec<Arc<str>>,
    pub(super) calls: Vec<GroupedCall>,
}

/// With fewer calls nobody looks for copies among them before all are there.
const FEW: usize = 1 << 14;

impl GroupedCalls {
    /// Takes a call, or gives it back where it has to be kept whole.
    pub fn add(&mut self, call: SessionCall) -> Result<(), Box<SessionCall>> {
        let id = call.event_id.as_deref().and_then(uuid);
        let (Some(id), Ok(time)) = (id, u32::try_from(call.time.seconds())) else { return Err(Box::new(call)) };
        if call.issued.is_some() || call.shared_event_id.is_some() {
            return Err(Box::new(call));
        }
        let content = std::array::from_fn(|at| call.content[at]);
        let address = (Arc::as_ptr(&call.operation).addr(), Arc::as_ptr(&call.caller).addr());
        let group = if let Some(group) = self.by_address.get(&address) {
            *group
        } else {
            let before = self.groups.len();
            let group = self.groups.of(&(call.operation, call.caller), Clone::clone);
            // Of an equal value that is another one, nobody keeps the address.
            if self.groups.len() > before {
                self.by_address.insert(address, group);
            }
            group
        };
        let resources = self.resources.of(&call.resources, Clone::clone);
        if !self.log_files.last().is_some_and(|last| Arc::ptr_eq(last, &call.log_file)) {
            self.log_files.push(call.log_file);
        }
        let log_file = number(self.log_files.len() - 1);
        self.push(GroupedCall { id, content, time, group, resources, log_file, copies: 1 });
        Ok(())
    }

    fn push(&mut self, call: GroupedCall) {
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
        let groups: Vec<u32> =
            other.groups.into_values().iter().map(|origin| self.groups.of(origin, Clone::clone)).collect();
        let resources: Vec<u32> =
            other.resources.into_values().iter().map(|set| self.resources.of(set, Clone::clone)).collect();
        let first = number(self.log_files.len());
        self.log_files.append(&mut other.log_files);
        drop(other.by_address);
        while !other.calls.is_empty() {
            let rest = other.calls.len().saturating_sub(FEW);
            make_room(&mut self.calls, other.calls.len() - rest);
            self.calls.extend(other.calls.drain(rest..).map(|call| GroupedCall {
                group: groups[call.group as usize],
                resources: resources[call.resources as usize],
                log_file: first + call.log_file,
                ..call
            }));
            other.calls.shrink_to_fit();
        }
    }

    /// Who called.
    pub fn callers(&self) -> impl Iterator<Item = &SessionCaller> {
        self.groups.values().map(|(_, caller)| &**caller)
    }

    /// Puts equal copies together, now that all calls are there.
    pub(super) fn settle(self) -> SettledCalls {
        let Self { groups, by_address, resources, log_files, mut calls, settled: _ } = self;
        drop(by_address);
        unite(&mut calls, &log_files);
        SettledCalls { groups: groups.into_values(), resources: resources.into_values(), log_files, calls }
    }
}

impl SettledCalls {
    /// Takes out, as whole calls, those whose event is also among these.
    pub(super) fn take_copies_of(&mut self, whole: &[SessionCall]) -> Vec<SessionCall> {
        let ids = whole.iter().filter_map(|call| call.event_id.as_deref().and_then(uuid));
        let is_here = |id: &[u8; 16]| self.calls.binary_search_by_key(id, |call| call.id).is_ok();
        let mut both: Vec<[u8; 16]> = ids.filter(is_here).collect();
        both.sort_unstable();
        let mut taken = Vec::new();
        if !both.is_empty() {
            let is_both = |call: &GroupedCall| both.binary_search(&call.id).is_ok();
            for call in self.calls.iter().filter(|call| is_both(call)) {
                taken.extend(std::iter::repeat_n(
                    self.whole(call, &self.groups[call.group as usize]),
                    call.copies as usize,
                ));
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

    /// Puts the calls in the order of events. That of the bytes of UUIDs is that of their texts.
    pub(super) fn sort(&mut self) {
        self.calls.sort_unstable_by_key(|call| (call.time, u128::from_be_bytes(call.id)));
    }

    /// A call as it was, but for the words of AWS and the second half of its content.
    pub(super) fn whole(&self, call: &GroupedCall, (operation, caller): &Origin) -> SessionCall {
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

impl GroupedCall {
    /// When it was completed.
    pub(super) fn time(&self) -> Timestamp {
        Timestamp::from_seconds(self.time.into()).unwrap_or(Timestamp::LAST)
    }
}

/// Sorts calls by event, then by content, and leaves of equal copies the one with the smallest log file.
fn unite(calls: &mut Vec<GroupedCall>, log_files: &[Arc<str>]) {
    let name = |call: &GroupedCall| &log_files[call.log_file as usize];
    let order = |one: &GroupedCall, other: &GroupedCall| -> Ordering {
        // The order of the bytes, without looking at them one by one.
        let number = u128::from_be_bytes;
        let by_id = number(one.id).cmp(&number(other.id));
        let by_content = by_id.then_with(|| number(one.content).cmp(&number(other.content)));
        by_content.then_with(|| name(one).cmp(name(other)))
    };
    calls.sort_unstable_by(order);
    calls.dedup_by(|next, stands| {
        let is_same = (next.id, next.content) == (stands.id, stands.content);
        stands.copies += if is_same { next.copies } else { 0 };
        is_same
    });
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

/// The bytes of a UUID that is written as AWS writes it.
fn uuid(text: &str) -> Option<[u8; 16]> {
    let text: &[u8; 36] = text.as_bytes().try_into().ok()?;
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; 16];
    for (byte, at) in bytes.iter_mut().zip(PLACES) {
        *byte = digit(text[at])? << 4 | digit(text[at + 1])?;
    }
    DASHES.iter().all(|at| text[*at] == b'-').then_some(bytes)
}

/// Where the bytes of a UUID stand in its text, and the dashes.
const PLACES: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
const DASHES: [usize; 4] = [8, 13, 18, 23];

fn uuid_text(bytes: &[u8; 16]) -> String {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let mut text = String::with_capacity(36);
    for byte in bytes {
        if DASHES.contains(&text.len()) {
            text.push('-');
        }
        text.push(DIGITS[usize::from(byte >> 4)]);
        text.push(DIGITS[usize::from(byte & 15)]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_its_bytes_only_where_these_tell_its_text() {
        let text = "00112233-4455-6677-8899-aabbccddeeff";
        let bytes = uuid(text).unwrap();
        assert_eq!((bytes[0], bytes[1], bytes[15]), (0, 0x11, 0xff));
        assert_eq!(uuid_text(&bytes), text);
        for other in [
            "",
            "00112233-4455-6677-8899-AABBCCDDEEFF",
            "00112233-4455-6677-8899-aabbccddeef",
            "00112233-4455-6677-8899-aabbccddeeff0",
            "001122334-455-6677-8899-aabbccddeeff",
            "0011223g-4455-6677-8899-aabbccddeeff",
        ] {
            assert_eq!(uuid(other), None, "{other}");
        }
    }
}
