//! The calls of a group that a rule is about: all of them, or those after a time.

use crate::audit::activity::run_call_group::{GroupEvent, RunCallGroup};
use crate::domain::timestamp::Timestamp;

/// Some or all calls of a group.
#[derive(Debug, Clone, Copy)]
pub struct GroupPart<'a> {
    /// The group.
    pub group: &'a RunCallGroup,
    /// When the first of these calls was completed.
    pub first: Timestamp,
    /// When the last one was.
    pub last: Timestamp,
    /// The first of these calls of which more is known than its time.
    pub event: &'a GroupEvent,
    /// How many there are.
    pub calls: u64,
}

impl<'a> GroupPart<'a> {
    /// All calls.
    #[must_use]
    pub fn all(group: &'a RunCallGroup) -> Self {
        Self { group, first: group.first.time, last: group.last.time, event: &group.first, calls: group.calls() }
    }

    /// Those after a time. Of calls between the first and the last of a group nothing but the time is known.
    #[must_use]
    pub fn after(group: &'a RunCallGroup, time: Timestamp) -> Option<Self> {
        let all = Self::all(group);
        if all.first > time {
            return Some(all);
        }
        let later = &group.times[group.times.partition_point(|call| *call <= time)..];
        later.first().map(|first| Self { first: *first, event: &group.last, calls: later.len() as u64, ..all })
    }
}
