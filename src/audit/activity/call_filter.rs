//! Which calls are in a report: the window, the filters of their runs, and those of the calls themselves (DESIGN §9).

use std::collections::BTreeSet;

use super::run_call::{RunCall, who_called};
use super::run_cells::RunCells;
use crate::audit::filter::Filter;
use crate::audit::filter::address_pattern::AddressPatterns;
use crate::audit::filter::pattern::Patterns;
use crate::domain::role::role_name;
use crate::domain::session_call::{CallOutcome, Operation, SessionCaller};

/// The filters of calls. All of them hold together.
#[derive(Debug, Clone, Default)]
pub struct CallFilter {
    /// The times of calls, and the cells of their runs. Its other conditions speak of assumptions alone.
    pub run: Filter,
    /// Accounts that received the calls.
    pub account: Patterns,
    /// Regions of the calls.
    pub region: Patterns,
    /// Roles that made the calls, by ARN or bare name.
    pub role: Patterns,
    /// Source addresses of the calls.
    pub ip: AddressPatterns,
    /// Services that were called.
    pub service: Patterns,
    /// Names of events.
    pub event_name: Patterns,
    /// `run`, or the service that called on its behalf.
    pub caller: Patterns,
    /// Only calls that do not only read.
    pub writes: bool,
    /// Only calls that were denied.
    pub denied: bool,
}

impl CallFilter {
    /// What filters of events ask of calls.
    #[must_use]
    pub fn of_events(filter: &Filter) -> Self {
        Self {
            run: filter.clone(),
            account: filter.account.clone(),
            region: filter.region.clone(),
            role: filter.role.clone(),
            ip: filter.ip.clone(),
            ..Self::default()
        }
    }

    /// The only accounts whose calls pass, where they are named by their ids.
    #[must_use]
    pub fn accounts_asked(&self) -> Option<BTreeSet<Box<str>>> {
        self.account.literals().map(|accounts| accounts.into_iter().map(Box::from).collect())
    }

    /// Whether a call is in the report.
    #[must_use]
    pub fn passes(&self, call: &RunCall) -> bool {
        let (caller, operation) = (&call.call.caller, &call.call.operation);
        self.run.window.contains(call.call.time)
            && self.passes_at_any_time(&call.run, call.attribution.role_arn.as_deref(), operation, caller)
    }

    /// Whether calls of a run with that in common are in the report, if they lie in the window.
    pub(super) fn passes_at_any_time(
        &self,
        run: &RunCells,
        role: Option<&str>,
        operation: &Operation,
        caller: &SessionCaller,
    ) -> bool {
        let asked = &self.run;
        asked.org.pass(run.organization.as_deref())
            && asked.project.pass(run.project.as_deref())
            && asked.workspace.pass(run.workspace.as_deref())
            && asked.stack.pass(run.stack.as_deref())
            && asked.deployment.pass(run.deployment.as_deref())
            && asked.phase.pass(run.phase.as_deref())
            && asked.run.pass(run.run_id.as_deref())
            && self.account.pass(operation.account_id.as_deref())
            && self.region.pass(operation.region.as_deref())
            && role.map_or_else(|| self.role.pass(None), |arn| self.role.pass_any(&[arn, role_name(arn)]))
            && self.ip.pass(caller.source_address.as_ref())
            && self.service.pass(operation.service.as_deref())
            && self.event_name.pass(operation.event_name.as_deref())
            && self.caller.pass(Some(who_called(caller)))
            && (!self.writes || operation.read_only == Some(false))
            && (!self.denied || operation.outcome() == CallOutcome::Denied)
    }
}
