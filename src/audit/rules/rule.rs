//! What a rule is: what it says of itself, and the detector that it opens.

use super::asked::Asked;
use super::settings::Settings;
use crate::audit::activity::runs_activity::{RunActivity, RunsActivity};
use crate::audit::baseline::Baseline;
use crate::audit::baseline::encoded::{EventCodes, RunPhase};
use crate::audit::coverage::Verified;
use crate::domain::assumption::Assumption;
use crate::domain::finding::{Finding, Severity};
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
    /// What it has to know of others, or of another time, to say all that it can of a run: a question about the run alone does
    /// not tell that. Empty if nothing.
    pub through_others: &'static str,
    /// Makes its detector.
    pub open: DetectorFactory,
}

impl Rule {
    /// Whether all that it needs is given.
    #[must_use]
    pub fn can_speak(&self, context: RuleContext<'_>) -> bool {
        match self.open {
            DetectorFactory::Always(_) => true,
            DetectorFactory::IfGiven(open) => open(context).is_some(),
            DetectorFactory::OfCalls(_) => context.activity.is_some(),
            DetectorFactory::OfDigests(_) => context.verified.is_some(),
        }
    }
}

/// A detector that was made.
pub type BoxedDetector<'a> = Box<dyn Detector<'a> + 'a>;

/// How the detector of a rule is made.
#[derive(Debug, Clone, Copy)]
pub enum DetectorFactory {
    /// It can always speak.
    Always(for<'a> fn(RuleContext<'a>) -> BoxedDetector<'a>),
    /// It cannot where what it needs is not given.
    IfGiven(for<'a> fn(RuleContext<'a>) -> Option<BoxedDetector<'a>>),
    /// It speaks of calls, where these were read.
    OfCalls(for<'a> fn(RuleContext<'a>, &'a RunsActivity<'a>) -> BoxedCallDetector<'a>),
    /// It speaks of the archive, where its digests were read.
    OfDigests(fn(&Verified) -> Vec<Finding>),
}

/// A detector of calls that was made.
pub type BoxedCallDetector<'a> = Box<dyn CallDetector<'a> + 'a>;

/// What rules compare events with.
#[derive(Debug, Clone, Copy)]
pub struct RuleContext<'a> {
    /// What is configured.
    pub settings: &'a Settings,
    /// What was seen before the first of the events; none if nobody said.
    pub known: Option<&'a Baseline>,
    /// The calls of runs; none where they were not read.
    pub activity: Option<&'a RunsActivity<'a>>,
    /// What digests say of the archive; nothing where they were not read.
    pub verified: Option<&'a Verified>,
    /// Of which events findings are shown.
    pub asked: Asked<'a>,
}

/// An event on its way through the rules.
#[derive(Debug, Clone, Copy)]
pub struct RuleEvent<'a> {
    /// What happened.
    pub assumption: &'a Assumption,
    /// Its values.
    pub codes: EventCodes,
    /// The phase of the run that it belongs to.
    pub step: RunPhase<'a>,
    /// Whether credentials were issued.
    pub granted: bool,
    /// Whether its issuer is HCP Terraform or a named Terraform Enterprise host.
    pub issuer_is_named: bool,
}

impl RuleEvent<'_> {
    /// Whether its subject was decoded, so that its names are known.
    #[must_use]
    pub fn is_decoded(&self) -> bool {
        self.assumption.subject.kind() != SubjectKind::Other
    }
}

/// A rule at work.
pub trait Detector<'a> {
    /// Takes the next event; they come in the order of events, each once.
    fn see(&mut self, event: RuleEvent<'a>);

    /// What it found; `events` are those that it has seen.
    fn finish(self: Box<Self>, events: &[&'a Assumption]) -> Vec<Finding>;
}

/// A rule over calls at work. It sees what runs called in groups, and never a single call, so that whoever keeps groups alone
/// can ask it.
pub trait CallDetector<'a> {
    /// Takes the next run that called; they come in the order of their numbers, each once.
    fn see(&mut self, run: RunActivity<'a>);

    /// What it found.
    fn finish(self: Box<Self>) -> Vec<Finding>;
}
