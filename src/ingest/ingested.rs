//! What a scan gives.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::audit::aside::events::AsideEvents;
use crate::audit::aside::file::AsideError;
use crate::audit::coverage::Coverage;
use crate::domain::assumption::Assumption;
use crate::domain::call::Call;
#[cfg(feature = "store")]
use crate::store::read::WindowContents;

#[cfg(feature = "store")]
use super::room::take_over;
use super::second_pass::SessionCalls;

/// What was read.
#[derive(Debug, Default)]
pub struct Ingested {
    /// Kept events, copies and all, in no order.
    pub events: Vec<Assumption>,
    /// The same, where they are more than may lie in memory; then `events` has none.
    pub aside: Option<AsideEvents>,
    /// Why events could not be put aside, so that there is no answer.
    pub failure: Option<AsideError>,
    /// Calls with long-lived credentials, copies and all, in no order; none unless asked for.
    pub calls: Vec<Call>,
    /// Calls that were made with the credentials of sessions; none unless asked for.
    pub sessions: SessionCalls,
    /// What was read and what is missing; the counters of kept events are not filled in yet.
    pub coverage: Coverage,
    /// Sources of which nothing could be read for want of permission.
    pub forbidden: Vec<String>,
    /// What to do about what failed, a line each.
    pub advice: Vec<String>,
    /// What extracts among the sources lack of what is asked for, so that there is no answer.
    pub lack: Option<String>,
    /// Extracts whose end is cut off.
    pub cut_off: BTreeSet<Arc<str>>,
}

#[cfg(feature = "store")]
impl Ingested {
    /// Puts what a store has beside what was read.
    pub fn add(&mut self, contents: WindowContents) {
        let WindowContents { events, mut coverage, forbidden, notes: _ } = contents;
        take_over(&mut self.events, events);
        self.forbidden.extend(forbidden);
        self.coverage.sources.append(&mut coverage.sources);
        self.coverage.merge(coverage);
        self.coverage.failed.sort_unstable();
        self.coverage.find_gaps();
    }
}
