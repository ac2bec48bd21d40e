//! Counts of calls by any keys (DESIGN §9, `--by`). It does not know what the keys mean.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

use super::run_call::RunCall;
use crate::audit::summary::GroupTexts;
use crate::domain::session_call::CallOutcome;
use crate::domain::timestamp::Timestamp;

/// Calls that have their keys in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallGroup {
    /// What they have in common.
    pub keys: GroupTexts,
    /// Distinct runs that made them.
    pub runs: u64,
    /// How many they are.
    pub calls: u64,
    /// How many of them were denied.
    pub denied: u64,
    /// How many of them failed for another reason.
    pub failed: u64,
    /// When the first one was completed.
    pub first_seen: Timestamp,
    /// When the last one was.
    pub last_seen: Timestamp,
}

/// Puts calls with equal keys together, ordered by the keys as bytes, one key after the other.
#[must_use]
pub fn count<C: Borrow<RunCall>>(calls: impl IntoIterator<Item = (GroupTexts, C)>) -> Vec<CallGroup> {
    let mut groups: BTreeMap<GroupTexts, (CallGroup, BTreeSet<usize>)> = BTreeMap::new();
    for (keys, call) in calls {
        let call = call.borrow();
        let time = call.call.time;
        let (group, runs) = groups.entry(keys).or_insert_with_key(|keys| {
            let keys = keys.clone();
            let none = CallGroup { keys, runs: 0, calls: 0, denied: 0, failed: 0, first_seen: time, last_seen: time };
            (none, BTreeSet::new())
        });
        runs.insert(call.number);
        group.calls += 1;
        match call.call.operation.outcome() {
            CallOutcome::Ok => {}
            CallOutcome::Denied => group.denied += 1,
            CallOutcome::Failed => group.failed += 1,
        }
        group.first_seen = group.first_seen.min(time);
        group.last_seen = group.last_seen.max(time);
    }
    groups.into_values().map(|(group, runs)| CallGroup { runs: runs.len() as u64, ..group }).collect()
}
