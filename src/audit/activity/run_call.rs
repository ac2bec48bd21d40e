//! A call with its run.

use std::sync::Arc;

use super::attribute::Attribution;
use super::run_cells::RunCells;
use crate::domain::session_call::{SessionCall, SessionCaller};

/// A call, and the run that made it.
#[derive(Debug, Clone)]
pub struct RunCall {
    /// The call.
    pub call: SessionCall,
    /// How it belongs to the run.
    pub attribution: Attribution,
    /// What is known of the run.
    pub run: Arc<RunCells>,
    /// A number that tells runs apart.
    pub number: usize,
}

impl RunCall {
    /// `run`, or the service that called on the run's behalf.
    #[must_use]
    pub fn caller(&self) -> &str {
        who_called(&self.call.caller)
    }
}

/// `run`, or the service that called on the run's behalf.
pub(super) fn who_called(caller: &SessionCaller) -> &str {
    caller.invoked_by.as_deref().unwrap_or("run")
}
