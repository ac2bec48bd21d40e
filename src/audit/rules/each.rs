//! Rules that look at each event alone.

use super::asked::Asked;
use super::gather::{FindingCollector, RuleHit};
use super::rule::{BoxedDetector, Detector, Rule, RuleEvent};
use crate::domain::assumption::Assumption;
use crate::domain::finding::Finding;

/// The detector of a rule that looks at each event alone.
struct Each<'a, F> {
    gather: FindingCollector<'a>,
    judge: F,
}

/// Makes a detector of a function that says whether an event is a hit.
pub(super) fn each<'a, F>(rule: &'static Rule, asked: Asked<'a>, judge: F) -> BoxedDetector<'a>
where
    F: FnMut(RuleEvent<'a>) -> Option<RuleHit<'a>> + 'a,
{
    Box::new(Each { gather: FindingCollector::new(rule, asked), judge })
}

impl<'a, F: FnMut(RuleEvent<'a>) -> Option<RuleHit<'a>>> Detector<'a> for Each<'a, F> {
    fn see(&mut self, event: RuleEvent<'a>) {
        if let Some(hit) = (self.judge)(event) {
            self.gather.add(hit, event.assumption);
        }
    }

    fn finish(self: Box<Self>, _: &[&'a Assumption]) -> Vec<Finding> {
        self.gather.into_findings()
    }
}
