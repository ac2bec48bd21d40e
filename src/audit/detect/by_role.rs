//! Rules about what one role is given to: they gather, for each role, the distinct uses of it.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use super::gather::{Gather, Growing, Place};
use super::{Detector, Event, Opened, Rule};
use crate::domain::finding::Severity;

/// One use of a role that was granted.
pub(super) struct Use<'a> {
    /// Whose uses are compared with it, without the role.
    pub(super) place: Place<'a>,
    /// What makes it differ from others.
    pub(super) value: Cow<'a, str>,
}

/// Which set of uses is a finding, and how severe.
pub(super) type Judge = fn(&BTreeSet<Cow<'_, str>>) -> Option<Severity>;

struct ByRole<'a, F> {
    rule: &'static Rule,
    name: &'static str,
    of: F,
    judge: Judge,
    roles: HashMap<Place<'a>, (BTreeSet<Cow<'a, str>>, Growing<'a>)>,
}

/// Makes the detector of a rule. `of` tells the use that an event makes of its role; `name` is what a use is called in
/// the evidence.
pub(super) fn by_role<'a, F>(rule: &'static Rule, name: &'static str, of: F, judge: Judge) -> Opened<'a>
where
    F: FnMut(Event<'a>) -> Option<Use<'a>> + 'a,
{
    Box::new(ByRole { rule, name, of, judge, roles: HashMap::new() })
}

impl<'a, F: FnMut(Event<'a>) -> Option<Use<'a>>> Detector<'a> for ByRole<'a, F> {
    fn see(&mut self, event: Event<'a>) {
        if !event.granted || event.assumption.role_arn.is_none() {
            return;
        }
        let Some(Use { place, value }) = (self.of)(event) else { return };
        let fresh = || (BTreeSet::new(), Growing::before(event.assumption));
        let (values, growing) = self.roles.entry(place.with_role(event.assumption)).or_insert_with(fresh);
        growing.add(event.assumption);
        growing.show(self.name, value.clone());
        values.insert(value);
    }

    fn finish(self: Box<Self>) -> Gather<'a> {
        let mut gather = Gather::new(self.rule);
        for (place, (values, growing)) in self.roles {
            if let Some(severity) = (self.judge)(&values) {
                gather.put(severity, self.rule.title, place, growing);
            }
        }
        gather
    }
}
