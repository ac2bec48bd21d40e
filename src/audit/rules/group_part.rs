//! The calls of a group that a rule is about: all of them, or those after a time.

use crate::audit::activity::run_call_group::{GroupEvent, RunCallGroup};
use crate::domain::timestamp::Timestamp;

/// Some or all calls of a group.
#[derive(Debug, Clone, Copy)]
pub struct GroupPart<'a> {
    /// The group.
    pub group: &'a RunCallGroup,
    /// The first of these calls that is known.
    pub first: &'a GroupEvent,
    /// The last one.
    pub last: &'a GroupEvent,
    /// How many there are, at least.
    pub calls: u64,
}

impl<'a> GroupPart<'a> {
    /// All calls.
    #[must_use]
    pub fn all(group: &'a RunCallGroup) -> Self {
        Self { group, first: &group.first, last: &group.last, calls: group.calls }
    }

    /// Those after a time. Of a group only the first and the last call have a time: where the first one is earlier, the last
    /// one alone is known to be later.
    #[must_use]
    pub fn after(group: &'a RunCallGroup, time: Timestamp) -> Option<Self> {
        if group.first.time > time {
            return Some(Self::all(group));
        }
        (group.last.time > time).then_some(Self { first: &group.last, calls: 1, ..Self::all(group) })
    }
}
