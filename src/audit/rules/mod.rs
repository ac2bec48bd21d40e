//! Rules: what a security reviewer must not have to look for. Each is a file that says what it finds, why that matters,
//! what it cannot know, and proves it with cases; a new one is a file and a line in [`RULES`].
//!
//! All rules see each event once, in the order of events, so that the findings are the same for any order of files and
//! cost next to nothing beside reading them. A rule that needs something which is not configured, or a baseline that
//! is not there, is not opened at all. Rules over calls see what each run called, in groups, where calls were read;
//! rules over digests see what is not as CloudTrail wrote it, where digests were read.

pub mod settings;

pub mod suppress;

pub mod asked;

pub mod gather;

pub mod rule;

mod group_part;

mod each;

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

mod calls;

mod digests;

#[cfg(test)]
mod sample;

#[cfg(test)]
mod tests;

use self::rule::{BoxedCallDetector, BoxedDetector, CallDetector};
pub use self::rule::{DetectorFactory, Rule, RuleContext, RuleEvent};
use super::baseline::encoded::EncodedEvents;
use super::coverage::Verified;
use crate::domain::assumption::Outcome;
use crate::domain::finding::Finding;
use crate::domain::issuer::IssuerRole;
use crate::domain::subject::SubjectKind;

/// Every rule, in the order in which they are documented.
pub const RULES: [&Rule; 38] = [
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
    &calls::write_in_plan::RULE,
    &calls::persistence::RULE,
    &calls::chained_out::RULE,
    &calls::denied_read::RULE,
    &calls::many_denials::RULE,
    &calls::session_elsewhere::RULE,
    &calls::session_after_run::RULE,
    &calls::changed_outside::RULE,
    &digests::log_altered::RULE,
    &digests::log_missing::RULE,
    &digests::log_unlisted::RULE,
    &digests::digest_gap::RULE,
    &digests::validation_off::RULE,
];

/// Runs `rules` over events that are deduplicated and filtered, and over the calls of the context. The findings are in their
/// order.
#[must_use]
pub fn detect<'a>(rules: &[&'static Rule], events: &EncodedEvents<'a>, context: RuleContext<'a>) -> Vec<Finding> {
    let mut detectors: Vec<_> = rules
        .iter()
        .filter_map(|rule| match rule.open {
            DetectorFactory::Always(open) => Some(open(context)),
            DetectorFactory::IfGiven(open) => open(context),
            DetectorFactory::OfCalls(_) | DetectorFactory::OfDigests(_) => None,
        })
        .collect();
    for (assumption, codes) in events.iter() {
        // Only of a known issuer is a subject decoded; the others need the look into the list of hosts.
        let is_decoded = assumption.subject.kind() != SubjectKind::Other;
        let issuer = assumption.issuer.as_deref().unwrap_or_default();
        let event = RuleEvent {
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
    let finish = |detector: BoxedDetector<'a>| detector.finish(&events.events);
    let mut findings: Vec<Finding> = detectors.into_iter().flat_map(finish).collect();
    findings.extend(detect_calls(rules, context));
    findings.extend(context.verified.into_iter().flat_map(|verified| of_digests(rules, verified)));
    findings.sort_unstable_by(Finding::order);
    findings
}

/// Runs those of `rules` that speak of the archive.
fn of_digests(rules: &[&'static Rule], verified: &Verified) -> Vec<Finding> {
    let found = rules.iter().filter_map(|rule| match rule.open {
        DetectorFactory::OfDigests(find) => Some(find(verified)),
        _ => None,
    });
    found.flatten().collect()
}

/// Runs those of `rules` that speak of calls.
fn detect_calls<'a>(rules: &[&'static Rule], context: RuleContext<'a>) -> Vec<Finding> {
    let Some(activity) = context.activity else { return Vec::new() };
    let opened = rules.iter().filter_map(|rule| match rule.open {
        DetectorFactory::OfCalls(open) => Some(open(context, activity)),
        DetectorFactory::Always(_) | DetectorFactory::IfGiven(_) | DetectorFactory::OfDigests(_) => None,
    });
    let mut detectors: Vec<BoxedCallDetector<'a>> = opened.collect();
    for run in activity.runs() {
        for detector in &mut detectors {
            detector.see(run);
        }
    }
    detectors.into_iter().flat_map(CallDetector::finish).collect()
}
