//! Rules about what the baseline has not: without one, or with an empty one, everything would be new, and they are not
//! opened. Only what was granted counts, on both sides.

use super::gather::{FindingCollector, FindingPlace, RuleHit};
use super::rule::{BoxedDetector, Detector, Rule, RuleContext, RuleEvent};
use crate::audit::baseline::{Baseline, FactRef};
use crate::domain::assumption::Assumption;
use crate::domain::finding::Finding;

/// What alone decides whether an event shows something new.
#[derive(Clone, Copy)]
pub(super) enum Decisive {
    /// The owner of the subject.
    Owner,
    /// The owner and the account.
    Access,
    /// The role.
    Role,
    /// The source address.
    Address,
}

/// What a rule calls new.
#[derive(Clone, Copy)]
pub(super) struct Novelty<'a> {
    /// What `fact`, `wider` and `skip` look at.
    pub(super) of: Decisive,
    /// The fact that is looked for in the baseline.
    pub(super) fact: for<'e> fn(&'e Assumption) -> Option<FactRef<'e>>,
    /// Facts that include it. Where one of them is new as well, that is said of it, and not of each of its parts.
    pub(super) wider: &'static [for<'e> fn(&'e Assumption) -> Option<FactRef<'e>>],
    /// Where the finding is.
    pub(super) place: fn(&'a Assumption) -> FindingPlace<'a>,
    /// Events that it says nothing about.
    pub(super) skip: fn(RuleContext<'_>, &Assumption) -> bool,
}

impl<'a> Novelty<'a> {
    /// A fact that the baseline has not, whatever includes it.
    pub(super) fn of(
        of: Decisive,
        fact: for<'e> fn(&'e Assumption) -> Option<FactRef<'e>>,
        place: fn(&'a Assumption) -> FindingPlace<'a>,
    ) -> Self {
        Self { of, fact, wider: &[], place, skip: |_, _| false }
    }
}

/// Makes the detector of a rule; none without a baseline.
pub(super) fn first_seen<'a>(
    rule: &'static Rule,
    context: RuleContext<'a>,
    new: Novelty<'a>,
) -> Option<BoxedDetector<'a>> {
    let known = context.known.filter(|known| !known.is_empty())?;
    let gather = FindingCollector::new(rule, context.asked);
    Some(Box::new(FirstSeen { rule, context, known, new, gather, judged: Vec::new() }))
}

struct FirstSeen<'a> {
    rule: &'static Rule,
    context: RuleContext<'a>,
    known: &'a Baseline,
    new: Novelty<'a>,
    gather: FindingCollector<'a>,
    /// By the code of what decides it: whether it is new.
    judged: Vec<Option<bool>>,
}

impl<'a> FirstSeen<'a> {
    fn is_new(&self, event: &'a Assumption) -> bool {
        let is_new = |fact: &for<'e> fn(&'e Assumption) -> Option<FactRef<'e>>| {
            fact(event).is_some_and(|fact| !self.known.was_granted(&fact))
        };
        !(self.new.skip)(self.context, event) && is_new(&self.new.fact) && !self.new.wider.iter().any(is_new)
    }
}

impl<'a> Detector<'a> for FirstSeen<'a> {
    fn see(&mut self, event: RuleEvent<'a>) {
        if !event.granted || !event.is_decoded() {
            return;
        }
        let code = match self.new.of {
            Decisive::Owner => event.codes.owner,
            Decisive::Access => event.codes.access,
            Decisive::Role => event.codes.role,
            Decisive::Address => event.codes.address,
        } as usize;
        if self.judged.len() <= code {
            self.judged.resize(code + 1, None);
        }
        let is_new = self.judged[code].unwrap_or_else(|| self.is_new(event.assumption));
        self.judged[code] = Some(is_new);
        if is_new {
            let hit = RuleHit::new(self.rule.severity, self.rule.title, (self.new.place)(event.assumption));
            self.gather.add(hit, event.assumption);
        }
    }

    fn finish(self: Box<Self>, _: &[&'a Assumption]) -> Vec<Finding> {
        self.gather.into_findings()
    }
}
