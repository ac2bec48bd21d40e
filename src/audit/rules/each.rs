//! Rules that look at each event alone.

use super::gather::{Gather, Hit};
use super::rule::{Detector, Event, Opened, Rule};
use crate::domain::assumption::Assumption;
use crate::domain::finding::Finding;

/// The detector of a rule that looks at each event alone.
struct Each<'a, F> {
    gather: Gather<'a>,
    judge: F,
}

/// Makes a detector of a function that says whether an event is a hit.
pub(super) fn each<'a, F>(rule: &'static Rule, judge: F) -> Opened<'a>
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

    fn finish(self: Box<Self>, _: &[&'a Assumption]) -> Vec<Finding> {
        self.gather.into_findings()
    }
}
