//! What a call's row says of its run.

use std::sync::Arc;

use super::origin::RunOrigin;
use crate::domain::assumption::Assumption;
use crate::domain::run::Grouping;

/// The cells of a run. What several assumptions disagree in is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunCells {
    /// Organization name.
    pub organization: Option<Arc<str>>,
    /// Project name.
    pub project: Option<Arc<str>>,
    /// Workspace name.
    pub workspace: Option<Arc<str>>,
    /// Stack name.
    pub stack: Option<Arc<str>>,
    /// Deployment name.
    pub deployment: Option<Arc<str>>,
    /// Module name.
    pub module: Option<Arc<str>>,
    /// The phase whose credentials these are.
    pub phase: Option<Arc<str>>,
    /// `run-…`, where a session name had it.
    pub run_id: Option<Arc<str>>,
    /// The host that issued the token.
    pub issuer: Option<Arc<str>>,
    /// How the assumptions of the run were put together.
    pub grouping: Option<Arc<str>>,
}

impl RunCells {
    /// Those of an origin among these events.
    #[must_use]
    pub fn of(origin: &RunOrigin, events: &[&Assumption]) -> Self {
        let agreed = |cell: fn(&Assumption) -> Option<&str>| origin.agreed(events, cell).map(Arc::from);
        Self {
            organization: agreed(|event| event.subject.organization()),
            project: agreed(|event| event.subject.project()),
            workspace: agreed(|event| event.subject.workspace()),
            stack: agreed(|event| event.subject.stack()),
            deployment: agreed(|event| event.subject.deployment()),
            module: agreed(|event| event.subject.module()),
            phase: agreed(|event| event.subject.phase()),
            run_id: origin.run_id(events).map(Arc::from),
            issuer: agreed(|event| event.issuer.as_deref()),
            grouping: agreed(|event| {
                let grouping = if event.run_id.is_some() { Grouping::RunId } else { Grouping::Inferred };
                Some(grouping.as_str())
            }),
        }
    }
}
