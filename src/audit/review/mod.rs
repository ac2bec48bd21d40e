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

use hashbrown::HashMap;

use self::access::Access;
use self::activity::Activity;
use self::changes::Changes;
use self::counts::{Counts, Figure, figures};
use self::denials::Denial;
use self::past::Past;
use self::quiet::Quiet;
use self::shares::Share;
use super::coverage::Coverage;
use super::group::assign;
use super::known::{FactKind, Known};
use super::runs::Runs;
use crate::domain::assumption::Assumption;
use crate::domain::finding::Finding;
use crate::domain::source_address::SourceAddress;
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
    pub runs: Runs<'a>,
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
        let runs = Runs::new(&events, &assigned);
        let now = Known::of(&events, past.known.networks().clone());
        let counts = Counts::of(&events, &assigned);
        let agents = |event: &'a Assumption| event.user_agent.as_deref().unwrap_or_default();
        let denials = denials::denials(&events, &now, past);
        let names = now.networks().clone();
        let changes = Changes::new(now, past);
        // Events have few addresses, and to find a network takes longer than to find an address.
        let mut of_address: HashMap<&SourceAddress, Box<str>> = HashMap::new();
        for address in events.iter().filter_map(|event| event.source_address.as_ref()) {
            of_address.entry(address).or_insert_with(|| names.network_of(address));
        }
        let shares = |kind, name: &dyn Fn(&'a Assumption) -> Option<&'a str>| {
            shares::shares(&events, &assigned, kind, past, name)
        };
        let networks = shares::shares(&events, &assigned, FactKind::Network, past, &|event| {
            of_address.get(event.source_address.as_ref()?).map(|network| &**network)
        });
        Self {
            window,
            figures: figures(counts, &past.counts),
            changes,
            denials,
            activity: Activity::new(window, &events, &assigned),
            access: Access::new(&events),
            networks,
            terraform_versions: shares(FactKind::TerraformVersion, &|event| terraform_version(agents(event))),
            provider_versions: shares(FactKind::ProviderVersion, &|event| provider_version(agents(event))),
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
