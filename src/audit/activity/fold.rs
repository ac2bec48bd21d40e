//! Calls of one kind, made by one run at one place, become one row (DESIGN §9).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::link::Join;
use super::run_call::RunCall;
use super::run_cells::RunCells;
use crate::domain::session_call::Operation;
use crate::domain::timestamp::Timestamp;

/// Everything in which the calls of a row are equal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallKind {
    /// Whose calls they are.
    pub run: Arc<RunCells>,
    /// What was called.
    pub operation: Arc<Operation>,
    /// The role that called.
    pub role_arn: Option<Arc<str>>,
    /// How many sessions lie between the run and the call.
    pub hops: u32,
    /// The roles of these sessions, beginning with the run's own.
    pub via: Vec<Arc<str>>,
    /// How the calls were joined to the session.
    pub join: Join,
    /// `run`, or the service that called on its behalf.
    pub caller: Arc<str>,
}

/// Calls of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivityRow {
    /// What they have in common.
    pub kind: CallKind,
    /// How many there are.
    pub calls: u64,
    /// When the first one was completed.
    pub first_seen: Timestamp,
    /// When the last one was.
    pub last_seen: Timestamp,
    /// The distinct ARNs that they name.
    pub resources: BTreeSet<Arc<str>>,
}

impl CallKind {
    fn of(call: &RunCall) -> Self {
        let run: Arc<str> = "run".into();
        Self {
            run: Arc::clone(&call.run),
            operation: Arc::clone(&call.call.operation),
            role_arn: call.attribution.role_arn.clone(),
            hops: call.attribution.hops,
            via: call.attribution.via.roles(),
            join: call.attribution.join,
            caller: call.call.caller.invoked_by.clone().unwrap_or(run),
        }
    }
}

/// Folds calls into rows, in no order that means anything: whoever shows them sorts them by their cells.
#[must_use]
pub fn fold(calls: &[RunCall]) -> Vec<ActivityRow> {
    let mut rows: BTreeMap<CallKind, ActivityRow> = BTreeMap::new();
    for call in calls {
        let kind = CallKind::of(call);
        let time = call.call.time;
        let row = rows.entry(kind).or_insert_with_key(|kind| ActivityRow {
            kind: kind.clone(),
            calls: 0,
            first_seen: time,
            last_seen: time,
            resources: BTreeSet::new(),
        });
        row.calls += 1;
        row.first_seen = row.first_seen.min(time);
        row.last_seen = row.last_seen.max(time);
        row.resources.extend(call.call.resources.iter().map(Arc::clone));
    }
    rows.into_values().collect()
}
