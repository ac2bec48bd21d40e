//! Rules about what one role is given to: they gather, for each role, the distinct uses of it.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::hash::BuildHasher as _;

use hashbrown::{DefaultHashBuilder as RandomState, HashTable};

use super::gather::{Gather, Growing, Place, SHOWN};
use super::{Detector, Event, Opened, Rule};
use crate::domain::assumption::Assumption;
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

/// Few roles are a finding, and there may be as many as events: of the others only the number is kept.
struct ByRole<'a, F> {
    rule: &'static Rule,
    name: &'static str,
    of: F,
    judge: Judge,
    /// Places in `roles`, by the use and the role of their first event.
    places: HashTable<usize>,
    hasher: RandomState,
    roles: Vec<Role<'a>>,
    /// Every event with a use, and its place in `roles`.
    events: Vec<(&'a Assumption, usize)>,
}

struct Role<'a> {
    first: &'a Assumption,
    /// From the second on: every value, and the first ones in the order in which they were seen.
    several: Option<Box<Several<'a>>>,
}

struct Several<'a> {
    values: BTreeSet<Cow<'a, str>>,
    shown: Vec<Cow<'a, str>>,
}

/// Makes the detector of a rule. `of` tells the use that an event makes of its role; `name` is what a use is called in
/// the evidence.
pub(super) fn by_role<'a, F>(rule: &'static Rule, name: &'static str, of: F, judge: Judge) -> Opened<'a>
where
    F: Fn(&'a Assumption) -> Option<Use<'a>> + 'a,
{
    let (places, hasher) = (HashTable::new(), RandomState::default());
    Box::new(ByRole { rule, name, of, judge, places, hasher, roles: Vec::new(), events: Vec::new() })
}

impl<'a, F: Fn(&'a Assumption) -> Option<Use<'a>>> Detector<'a> for ByRole<'a, F> {
    fn see(&mut self, event: Event<'a>) {
        let event = Some(event).filter(|event| event.granted).map(|event| event.assumption);
        let Some(event) = event.filter(|event| event.role_arn.is_some()) else { return };
        let Some(Use { place, value }) = (self.of)(event) else { return };
        let hash = self.hasher.hash_one((&place, &event.role_arn));
        let is_same = |at: &usize| {
            let first = self.roles[*at].first;
            first.role_arn == event.role_arn && (self.of)(first).is_some_and(|of_first| of_first.place == place)
        };
        let at = if let Some(at) = self.places.find(hash, is_same) {
            *at
        } else {
            let at = self.roles.len();
            let (of, hasher, roles) = (&self.of, &self.hasher, &self.roles);
            let rehash = |at: &usize| {
                let first = roles[*at].first;
                hasher.hash_one((of(first).map(|of_first| of_first.place).unwrap_or_default(), &first.role_arn))
            };
            self.places.insert_unique(hash, at, rehash);
            self.roles.push(Role { first: event, several: None });
            at
        };
        self.events.push((event, at));
        let Role { first, several } = &mut self.roles[at];
        if several.is_none() {
            let Some(Use { value: of_first, .. }) = (self.of)(first).filter(|of_first| of_first.value != value) else {
                return;
            };
            *several = Some(Box::new(Several { values: BTreeSet::from([of_first.clone()]), shown: vec![of_first] }));
        }
        if let Some(several) = several.as_mut().filter(|several| !several.values.contains(&value)) {
            if several.shown.len() <= SHOWN {
                several.shown.push(value.clone());
            }
            several.values.insert(value);
        }
    }

    fn finish(self: Box<Self>) -> Gather<'a> {
        let Self { rule, name, of, judge, roles, events, .. } = *self;
        let mut found: Vec<Option<(Severity, Growing<'a>)>> = Vec::new();
        found.resize_with(roles.len(), || None);
        for (role, found) in roles.iter().zip(&mut found) {
            let severity = match &role.several {
                Some(several) => judge(&several.values),
                None => of(role.first).and_then(|of_first| judge(&BTreeSet::from([of_first.value]))),
            };
            *found = severity.map(|severity| (severity, Growing::before(role.first)));
        }
        for (event, at) in events {
            if let Some((_, growing)) = &mut found[at] {
                growing.add(event);
            }
        }
        let mut gather = Gather::new(rule);
        for (role, found) in roles.into_iter().zip(found) {
            let (Some((severity, mut growing)), Some(of_first)) = (found, of(role.first)) else { continue };
            let shown = role.several.map_or_else(|| vec![of_first.value], |several| several.shown);
            for value in shown {
                growing.show(name, value);
            }
            gather.put(severity, rule.title, of_first.place.with_role(role.first), growing);
        }
        gather
    }
}
