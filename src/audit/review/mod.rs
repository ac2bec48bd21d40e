//! What a report says of a window: how much happened, what is new, what vanished, who was refused. Values only; the
//! words and pages are made of them by `report`.

pub mod counts;

pub mod past;

pub mod changes;

pub mod denials;

pub mod activity;

pub mod access;

pub mod shares;

pub mod quiet;

#[cfg(test)]
mod sample;

use std::collections::BTreeSet;

use self::access::Access;
use self::activity::Activity;
use self::changes::Changes;
use self::counts::{Counts, Figure, figures};
use self::denials::Denial;
use self::past::{Past, known_of};
use self::quiet::Quiet;
use self::shares::Share;
use super::coverage::Coverage;
use super::group::{assign, fold};
use super::known::FactKind;
use crate::domain::assumption::Assumption;
use crate::domain::finding::Finding;
use crate::domain::run::Run;
use crate::domain::user_agent::{provider_version, terraform_version};
use crate::domain::window::Window;

/// What happened in a window, held against its past.
#[derive(Debug)]
pub struct Review<'a> {
    /// The window; both ends are given.
    pub window: Window,
    /// Its events, in the order of events.
    pub events: Vec<&'a Assumption>,
    /// Its runs, in the order of runs.
    pub runs: Vec<Run>,
    /// The numbers.
    pub figures: Vec<Figure>,
    /// What is new and what vanished.
    pub changes: Changes,
    /// Refused assumptions, put together.
    pub denials: Vec<Denial>,
    /// Runs over time.
    pub activity: Activity,
    /// Who got into which account.
    pub access: Access,
    /// Where calls came from, from the most used.
    pub networks: Vec<Share>,
    /// Terraform versions by runs, from the most used.
    pub terraform_versions: Vec<Share>,
    /// Versions of the AWS provider by runs, from the most used.
    pub provider_versions: Vec<Share>,
    /// What the rules found, in the order of findings.
    pub findings: Vec<Finding>,
    /// What all this rests on.
    pub coverage: &'a Coverage,
    /// Places that delivered log files before and none in the window.
    pub quiet: Vec<Quiet>,
    /// Organizations with an event, by name.
    pub organizations: BTreeSet<&'a str>,
}

impl<'a> Review<'a> {
    /// Reviews `events`, which are in the order of events and all within `window`. Events of one subject without a run
    /// id that are more than `run_gap` seconds apart are different runs.
    #[must_use]
    pub fn new(
        window: Window,
        events: Vec<&'a Assumption>,
        past: &Past,
        findings: Vec<Finding>,
        coverage: &'a Coverage,
        run_gap: i64,
    ) -> Self {
        let assigned = assign(&events, run_gap);
        let runs = fold(&events, &assigned);
        let now = known_of(&events, past.known.networks().clone());
        let counts = Counts::of(&events, &assigned);
        let agents = |event: &'a Assumption| event.user_agent.as_deref().unwrap_or_default();
        let network = |event: &Assumption| {
            let address = event.source_address.as_ref()?;
            Some(now.networks().network_of(address).into_string())
        };
        let share = |kind, name: &dyn Fn(&'a Assumption) -> Option<String>| {
            shares::shares(&events, &assigned, kind, past, name)
        };
        Self {
            window,
            figures: figures(counts, &past.counts),
            changes: Changes::new(&now, past),
            denials: denials::denials(&events, &now, past),
            activity: Activity::new(window, &events, &assigned),
            access: Access::new(&events),
            networks: share(FactKind::Network, &|event| network(event)),
            terraform_versions: share(FactKind::TerraformVersion, &|event| {
                terraform_version(agents(event)).map(str::to_owned)
            }),
            provider_versions: share(FactKind::ProviderVersion, &|event| {
                provider_version(agents(event)).map(str::to_owned)
            }),
            organizations: events.iter().filter_map(|event| event.subject.organization()).collect(),
            quiet: quiet::quiet(coverage, window),
            runs,
            events,
            findings,
            coverage,
        }
    }

    /// The number of that name.
    #[must_use]
    pub fn count(&self, name: &str) -> u64 {
        self.figures.iter().find(|figure| figure.name == name).map_or(0, |figure| figure.value)
    }
}
