//! Rules: what a security reviewer must not have to look for. Each is a file that says what it finds, why that matters,
//! what it cannot know, and proves it with cases; a new one is a file and a line in [`RULES`].
//!
//! All rules see each event once, in the order of events, so that the findings are the same for any order of files and
//! cost next to nothing beside reading them. A rule that needs something which is not configured, or a baseline that
//! is not there, is not opened at all.

pub mod settings;

pub mod suppress;

pub mod gather;

mod by_role;

mod unexpected_organization;

mod denied_stranger;

mod unnamed_issuer;

mod undecodable_subject;

mod shared_role_organizations;

mod shared_role_projects;

mod shared_role_phases;

mod wide_trust;

mod unexpected_network;

mod scattered_run;

mod late_assumption;

mod session_name;

mod user_agent;

mod return_after_silence;

mod denial_burst;

mod thumbprint;

mod default_audience;

mod long_session;

mod end_of_support;

mod first_seen;

mod first_seen_organization;

mod first_seen_project;

mod first_seen_workspace;

mod first_seen_access;

mod first_seen_role;

mod first_seen_network;

#[cfg(test)]
mod sample;

#[cfg(test)]
mod tests;

use self::gather::{Gather, Hit};
use self::settings::Settings;
use super::baseline::Baseline;
use super::baseline::encoded::{Codes, Encoded, Step};
use crate::domain::assumption::{Assumption, Outcome};
use crate::domain::finding::{Finding, Severity};
use crate::domain::issuer::IssuerRole;
use crate::domain::subject::SubjectKind;

/// A rule, as `findings --rules` documents it.
#[derive(Debug)]
pub struct Rule {
    /// Its name in rows, flags and suppressions; never changes its meaning.
    pub id: &'static str,
    /// What it finds, in a few words.
    pub title: &'static str,
    /// The most severe finding that it makes.
    pub severity: Severity,
    /// What a finding of it means.
    pub meaning: &'static str,
    /// Why that matters.
    pub why: &'static str,
    /// Where that is published.
    pub source: &'static str,
    /// How to fix it.
    pub remedy: &'static str,
    /// What it cannot know, so that a finding may still be no matter, or a matter be missed.
    pub unknown: &'static str,
    /// What must be given for it to speak; empty if nothing.
    pub needs: &'static str,
    /// Makes its detector.
    pub open: Open,
}

impl Rule {
    /// Whether all that it needs is given.
    #[must_use]
    pub fn can_speak(&self, context: Context<'_>) -> bool {
        match self.open {
            Open::Always(_) => true,
            Open::IfGiven(open) => open(context).is_some(),
        }
    }
}

/// A detector that was made.
type Opened<'a> = Box<dyn Detector<'a> + 'a>;

/// How the detector of a rule is made.
#[derive(Debug, Clone, Copy)]
pub enum Open {
    /// It can always speak.
    Always(for<'a> fn(Context<'a>) -> Opened<'a>),
    /// It cannot where what it needs is not given.
    IfGiven(for<'a> fn(Context<'a>) -> Option<Opened<'a>>),
}

/// Every rule, in the order in which they are documented.
pub const RULES: [&Rule; 25] = [
    &unexpected_organization::RULE,
    &denied_stranger::RULE,
    &unnamed_issuer::RULE,
    &undecodable_subject::RULE,
    &shared_role_organizations::RULE,
    &shared_role_projects::RULE,
    &shared_role_phases::RULE,
    &wide_trust::RULE,
    &unexpected_network::RULE,
    &scattered_run::RULE,
    &late_assumption::RULE,
    &session_name::RULE,
    &user_agent::RULE,
    &return_after_silence::RULE,
    &denial_burst::RULE,
    &thumbprint::RULE,
    &default_audience::RULE,
    &long_session::RULE,
    &end_of_support::RULE,
    &first_seen_organization::RULE,
    &first_seen_project::RULE,
    &first_seen_workspace::RULE,
    &first_seen_access::RULE,
    &first_seen_role::RULE,
    &first_seen_network::RULE,
];

/// What rules compare events with.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// What is configured.
    pub settings: &'a Settings,
    /// What was seen before the first of the events; none if nobody said.
    pub known: Option<&'a Baseline>,
}

/// An event on its way through the rules.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// What happened.
    pub assumption: &'a Assumption,
    /// Its values.
    pub codes: Codes,
    /// The phase of the run that it belongs to.
    pub step: Step<'a>,
    /// Whether credentials were issued.
    pub granted: bool,
    /// Whether its issuer is HCP Terraform or a named Terraform Enterprise host.
    pub issuer_is_named: bool,
}

impl Event<'_> {
    /// Whether its subject was decoded, so that its names are known.
    #[must_use]
    pub fn is_decoded(&self) -> bool {
        self.assumption.subject.kind() != SubjectKind::Other
    }
}

/// A rule at work.
pub trait Detector<'a> {
    /// Takes the next event; they come in the order of events, each once.
    fn see(&mut self, event: Event<'a>);

    /// What it found; `events` are those that it has seen.
    fn finish(self: Box<Self>, events: &[&'a Assumption]) -> Gather<'a>;
}

/// The detector of a rule that looks at each event alone.
struct Each<'a, F> {
    gather: Gather<'a>,
    judge: F,
}

/// Makes a detector of a function that says whether an event is a hit.
fn each<'a, F>(rule: &'static Rule, judge: F) -> Opened<'a>
where
    F: FnMut(Event<'a>) -> Option<Hit<'a>> + 'a,
{
    Box::new(Each { gather: Gather::new(rule), judge })
}

impl<'a, F: FnMut(Event<'a>) -> Option<Hit<'a>>> Detector<'a> for Each<'a, F> {
    fn see(&mut self, event: Event<'a>) {
        if let Some(hit) = (self.judge)(event) {
            self.gather.add(hit, event.assumption);
        }
    }

    fn finish(self: Box<Self>, _: &[&'a Assumption]) -> Gather<'a> {
        self.gather
    }
}

/// Runs `rules` over events that are deduplicated and filtered. The findings are in their order.
#[must_use]
pub fn detect<'a>(rules: &[&'static Rule], events: &Encoded<'a>, context: Context<'a>) -> Vec<Finding> {
    let mut detectors: Vec<_> = rules
        .iter()
        .filter_map(|rule| match rule.open {
            Open::Always(open) => Some(open(context)),
            Open::IfGiven(open) => open(context),
        })
        .collect();
    for (assumption, codes) in events.iter() {
        // Only of a known issuer is a subject decoded; the others need the look into the list of hosts.
        let is_decoded = assumption.subject.kind() != SubjectKind::Other;
        let issuer = assumption.issuer.as_deref().unwrap_or_default();
        let event = Event {
            assumption,
            codes,
            step: events.steps[codes.step as usize],
            granted: matches!(assumption.outcome, Outcome::Granted { .. }),
            issuer_is_named: is_decoded || context.settings.issuers.role(issuer) == IssuerRole::Terraform,
        };
        for detector in &mut detectors {
            detector.see(event);
        }
    }
    let finish = |detector: Opened<'a>| detector.finish(&events.events).into_findings();
    let mut findings: Vec<Finding> = detectors.into_iter().flat_map(finish).collect();
    findings.sort_unstable_by(Finding::order);
    findings
}
