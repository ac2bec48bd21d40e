//! Calls of one kind, made by one run at one place, become one row (DESIGN §9).

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use hashbrown::DefaultHashBuilder;

use super::attribute::Attribution;
use super::link::Join;
use super::run_call::{RunCall, who_called};
use super::run_cells::RunCells;
use crate::audit::numbers::SharedNumbers;
use crate::domain::session_call::{Operation, SessionCaller};
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
    pub(super) fn of(
        run: &Arc<RunCells>,
        operation: &Arc<Operation>,
        caller: &SessionCaller,
        attribution: &Attribution,
    ) -> Self {
        Self {
            run: Arc::clone(run),
            operation: Arc::clone(operation),
            role_arn: attribution.role_arn.clone(),
            hops: attribution.hops,
            via: attribution.via.roles(),
            join: attribution.join,
            caller: caller.invoked_by.clone().unwrap_or_else(|| who_called(caller).into()),
        }
    }
}

/// Rows that grow call by call.
#[derive(Debug, Default)]
pub(super) struct GrowingRows {
    runs: SharedNumbers<RunCells>,
    operations: SharedNumbers<Operation>,
    rows: HashMap<NumberedKind, RowFigures, DefaultHashBuilder>,
}

/// A [`CallKind`] by the numbers of its run and its operation, which many rows have in common.
#[derive(Debug, PartialEq, Eq, Hash)]
struct NumberedKind {
    run: u32,
    operation: u32,
    role_arn: Option<Arc<str>>,
    hops: u32,
    via: Vec<Arc<str>>,
    join: Join,
    caller: Arc<str>,
}

/// What a row counts.
#[derive(Debug)]
pub(super) struct RowFigures {
    calls: u64,
    first_seen: Timestamp,
    last_seen: Timestamp,
    resources: BTreeSet<Arc<str>>,
}

impl GrowingRows {
    /// The figures of a kind, of which there is a call at some time.
    pub(super) fn of(&mut self, kind: CallKind, time: Timestamp) -> &mut RowFigures {
        let CallKind { run, operation, role_arn, hops, via, join, caller } = kind;
        let (run, operation) = (self.runs.of(&run), self.operations.of(&operation));
        let kind = NumberedKind { run, operation, role_arn, hops, via, join, caller };
        let none = || RowFigures { calls: 0, first_seen: time, last_seen: time, resources: BTreeSet::new() };
        self.rows.entry(kind).or_insert_with(none)
    }

    /// The rows, in no order that means anything: whoever shows them sorts them by their cells.
    pub(super) fn finish(self) -> Vec<ActivityRow> {
        let (runs, operations) = (self.runs.into_values(), self.operations.into_values());
        let row = |(kind, figures)| {
            let NumberedKind { run, operation, role_arn, hops, via, join, caller } = kind;
            let RowFigures { calls, first_seen, last_seen, resources } = figures;
            let (run, operation) = (Arc::clone(&runs[run as usize]), Arc::clone(&operations[operation as usize]));
            let kind = CallKind { run, operation, role_arn, hops, via, join, caller };
            ActivityRow { kind, calls, first_seen, last_seen, resources }
        };
        self.rows.into_iter().map(row).collect()
    }
}

impl RowFigures {
    /// One call more.
    pub(super) fn count(&mut self, time: Timestamp) {
        self.calls += 1;
        self.first_seen = self.first_seen.min(time);
        self.last_seen = self.last_seen.max(time);
    }

    /// What a call names.
    pub(super) fn name(&mut self, resources: &[Arc<str>]) {
        self.resources.extend(resources.iter().map(Arc::clone));
    }
}

/// Folds calls into rows, in no order that means anything.
#[must_use]
pub fn fold(calls: &[RunCall]) -> Vec<ActivityRow> {
    let mut rows = GrowingRows::default();
    for call in calls {
        rows.add(call);
    }
    rows.finish()
}

impl GrowingRows {
    /// Takes a call in.
    pub(super) fn add(&mut self, call: &RunCall) {
        let kind = CallKind::of(&call.run, &call.call.operation, &call.call.caller, &call.attribution);
        let figures = self.of(kind, call.call.time);
        figures.count(call.call.time);
        figures.name(&call.call.resources);
    }
}
