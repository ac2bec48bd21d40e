//! What a report says of a window: how much happened, what is new, what vanished, who was refused. Values only; the
//! words and pages are made of them by `report`.

pub mod figures;

pub mod changes;

mod rhythm;

pub mod denials;

pub mod activity;

pub mod access;

pub mod shares;

pub mod quiet;

pub mod deeds;

#[cfg(test)]
pub(in crate::audit) mod sample;

use std::collections::BTreeSet;

use self::access::Access;
use self::activity::RunsOverTime;
use self::changes::Changes;
use self::deeds::RunDeeds;
use self::denials::Denial;
use self::figures::{Figure, figures};
use self::quiet::QuietRegion;
use self::shares::Share;
use super::baseline::FactKind;
use super::baseline::counts::WindowCounts;
use super::baseline::encoded::{EncodedEvents, EventCodes};
use super::baseline::past::WindowHistory;
use super::coverage::Coverage;
use super::runs::fold::RunsInOrder;
use crate::domain::assumption::Assumption;
use crate::domain::finding::Finding;
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
    pub runs: RunsInOrder<'a>,
    /// The numbers.
    pub figures: Vec<Figure>,
    /// Those of the windows of the same length before, the latest first, as far as they are known whole.
    pub before: Vec<WindowCounts>,
    /// What is new and what vanished.
    pub changes: Changes,
    /// Refused assumptions, put together.
    pub denials: Vec<Denial>,
    /// Runs over time.
    pub activity: RunsOverTime,
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
    /// What the runs did, where their calls were asked for.
    pub deeds: Option<RunDeeds<'a>>,
    /// What all this rests on.
    pub coverage: &'a Coverage,
    /// Places that delivered log files before and none in the window.
    pub quiet: Vec<QuietRegion>,
    /// Organizations with an event, by name.
    pub organizations: BTreeSet<&'a str>,
}

impl<'a> Review<'a> {
    /// Reviews `events`, all of which are within `window`. What the rules find comes later.
    #[must_use]
    pub fn new(window: Window, events: &EncodedEvents<'a>, past: &WindowHistory, coverage: &'a Coverage) -> Self {
        let networks = past.known().networks();
        let assigned: Vec<usize> = events.codes.iter().map(|codes| codes.run as usize).collect();
        let denials = denials::denials(events, past);
        let changes = Changes::new(window, events.sightings(), past);
        let owners = events.owners.iter();
        let by_agent = |version: fn(&str) -> Option<&str>| -> Vec<Option<Box<str>>> {
            let agents = events.agents.iter().map(|event| version(event.user_agent.as_deref()?));
            agents.map(|name| name.map(Into::into)).collect()
        };
        let by_address = events.addresses.iter();
        let by_address: Vec<Option<Box<str>>> =
            by_address.map(|event| Some(networks.network_of(event.source_address.as_ref()?))).collect();
        let shares = |kind, names: &[Option<Box<str>>], code: fn(&EventCodes) -> u32| {
            shares::shares(events, kind, past, |codes| names[code(codes) as usize].as_deref())
        };
        Self {
            window,
            runs: RunsInOrder::new(&events.events, &assigned),
            before: past.counts.clone(),
            figures: figures(WindowCounts::of(events), &past.counts),
            changes,
            denials,
            activity: RunsOverTime::new(window, events),
            access: Access::new(events, past),
            networks: shares(FactKind::Network, &by_address, |codes| codes.address),
            terraform_versions: shares(FactKind::TerraformVersion, &by_agent(terraform_version), |codes| codes.agent),
            provider_versions: shares(FactKind::ProviderVersion, &by_agent(provider_version), |codes| codes.agent),
            organizations: owners.filter_map(|event| event.subject.organization()).collect(),
            quiet: quiet::quiet(coverage, window),
            findings: Vec::new(),
            deeds: None,
            coverage,
            events: events.events.clone(),
        }
    }

    /// The number of that name.
    #[must_use]
    pub fn count(&self, name: &str) -> u64 {
        self.figures.iter().find(|figure| figure.name == name).map_or(0, |figure| figure.value)
    }
}
