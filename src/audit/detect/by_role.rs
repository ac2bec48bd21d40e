//! Rules about what one role is given to: they gather, for each role, the distinct uses of it.

use std::borrow::Cow;
use std::collections::BTreeSet;

use hashbrown::HashMap;

use super::gather::{Gather, Growing, Place, SHOWN};
use super::{Detector, Event, Opened, Rule};
use crate::domain::assumption::Assumption;
use crate::domain::finding::Severity;

/// Whose uses of a role are compared with each other.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Among {
    /// All in one account.
    Account,
    /// Those of one organization in one account.
    Organization,
}

/// Which set of uses is a finding, and how severe.
pub(super) type Judge = fn(&BTreeSet<Cow<'_, str>>) -> Option<Severity>;

/// Few roles are a finding, and there may be as many as events: of the others only the number is kept.
struct ByRole<'a, F> {
    rule: &'static Rule,
    among: Among,
    name: &'static str,
    of: F,
    judge: Judge,
    /// Places in `roles`, by the code of the role in the account, or [`NOT`].
    places: Vec<u32>,
    /// Those of other organizations than the first one there, by that code and the organization.
    more_places: HashMap<(u32, u32), u32>,
    roles: Vec<Role<'a>>,
    /// Of each event its place in `roles`, or [`NOT`].
    events: Vec<u32>,
}

/// An event that makes no use of a role. There are never so many roles.
const NOT: u32 = u32::MAX;

struct Role<'a> {
    first: &'a Assumption,
    organization: u32,
    /// From the second on: every value, and the first ones in the order in which they were seen.
    several: Option<Box<Several<'a>>>,
}

struct Several<'a> {
    values: BTreeSet<Cow<'a, str>>,
    shown: Vec<Cow<'a, str>>,
}

/// Makes the detector of a rule. `of` tells what makes the use that an event makes of its role differ from others; `name`
/// is what that is called in the evidence.
pub(super) fn by_role<'a, F>(rule: &'static Rule, among: Among, name: &'static str, of: F, judge: Judge) -> Opened<'a>
where
    F: Fn(&'a Assumption) -> Option<Cow<'a, str>> + 'a,
{
    let (places, more_places, roles, events) = (Vec::new(), HashMap::new(), Vec::new(), Vec::new());
    Box::new(ByRole { rule, among, name, of, judge, places, more_places, roles, events })
}

impl<'a, F: Fn(&'a Assumption) -> Option<Cow<'a, str>>> ByRole<'a, F> {
    /// The place of the role that an event uses.
    fn place(&mut self, event: Event<'a>) -> Option<u32> {
        let Event { assumption, codes, granted, .. } = event;
        assumption.role_arn.as_ref().filter(|_| granted)?;
        let value = (self.of)(assumption)?;
        let organization = if self.among == Among::Organization { codes.organization } else { NOT };
        let next = u32::try_from(self.roles.len()).unwrap_or(NOT);
        let grant = codes.grant as usize;
        if self.places.len() <= grant {
            self.places.resize(grant + 1, NOT);
        }
        let of_grant = &mut self.places[grant];
        let at = match self.roles.get(*of_grant as usize) {
            None => {
                *of_grant = next;
                next
            }
            Some(first) if first.organization == organization => *of_grant,
            Some(_) => *self.more_places.entry((codes.grant, organization)).or_insert(next),
        };
        let Some(Role { first, several, .. }) = self.roles.get_mut(at as usize) else {
            self.roles.push(Role { first: assumption, organization, several: None });
            return Some(at);
        };
        if several.is_none() {
            let Some(of_first) = (self.of)(first).filter(|of_first| *of_first != value) else { return Some(at) };
            *several = Some(Box::new(Several { values: BTreeSet::from([of_first.clone()]), shown: vec![of_first] }));
        }
        if let Some(several) = several.as_mut().filter(|several| !several.values.contains(&value)) {
            if several.shown.len() <= SHOWN {
                several.shown.push(value.clone());
            }
            several.values.insert(value);
        }
        Some(at)
    }
}

impl<'a, F: Fn(&'a Assumption) -> Option<Cow<'a, str>>> Detector<'a> for ByRole<'a, F> {
    fn see(&mut self, event: Event<'a>) {
        let place = self.place(event).unwrap_or(NOT);
        self.events.push(place);
    }

    fn finish(self: Box<Self>, events: &[&'a Assumption]) -> Gather<'a> {
        let Self { rule, among, name, of, judge, roles, events: places, .. } = *self;
        let severity = |role: &Role<'a>| match &role.several {
            Some(several) => judge(&several.values),
            None => of(role.first).and_then(|of_first| judge(&BTreeSet::from([of_first]))),
        };
        let mut found: HashMap<u32, (Severity, Growing<'a>)> = (0..)
            .zip(&roles)
            .filter_map(|(at, role)| Some((at, (severity(role)?, Growing::before(role.first)))))
            .collect();
        if !found.is_empty() {
            for (event, at) in events.iter().zip(places) {
                if let Some((_, growing)) = found.get_mut(&at) {
                    growing.add(event);
                }
            }
        }
        let mut gather = Gather::new(rule);
        for (at, role) in (0..).zip(roles) {
            let Some((severity, mut growing)) = found.remove(&at) else { continue };
            let shown = role.several.map_or_else(|| of(role.first).into_iter().collect(), |several| several.shown);
            for value in shown {
                growing.show(name, value);
            }
            let place = match among {
                Among::Account => Place::account(role.first),
                Among::Organization => Place::organization(role.first),
            };
            gather.put(severity, rule.title, place.with_role(role.first), growing);
        }
        gather
    }
}
