//! Rules about what one role is given to: they gather, for each role, the distinct uses of it.

use std::borrow::Cow;
use std::collections::BTreeSet;

use hashbrown::HashMap;

use super::asked::Asked;
use super::gather::{FindingCollector, FindingPlace, GrowingFinding, SHOWN};
use super::rule::{BoxedDetector, Detector, Rule, RuleEvent};
use crate::domain::assumption::Assumption;
use crate::domain::finding::{Finding, Severity};

/// Whose uses of a role are compared with each other.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Among {
    /// All in one account.
    Account,
    /// Those of one organization in one account.
    Organization,
}

/// Which set of two uses or more is a finding, and how severe.
pub(super) type Judge = fn(&BTreeSet<Cow<'_, str>>) -> Option<Severity>;

/// Few roles are a finding, and there may be as many as events: of the others only the first event is kept.
struct ByRole<'a, F> {
    rule: &'static Rule,
    asked: Asked<'a>,
    among: Among,
    name: &'static str,
    of: F,
    judge: Judge,
    /// By the code of the role in the account: the first use there, by which it has its place.
    firsts: Vec<Option<&'a Assumption>>,
    /// The first uses by other organizations, by that code and the organization; their places follow on [`MORE`].
    more: HashMap<(u32, u32), u32>,
    more_firsts: Vec<&'a Assumption>,
    /// By place, from the second value on.
    several: HashMap<u32, RoleValues<'a>>,
    /// Of each event its place, or [`NOT`].
    events: Vec<u32>,
}

/// An event that makes no use of a role.
const NOT: u32 = u32::MAX;

/// There are never so many roles.
const MORE: u32 = 1 << 31;

/// Every value, and the first ones in the order in which they were seen.
struct RoleValues<'a> {
    values: BTreeSet<Cow<'a, str>>,
    shown: Vec<Cow<'a, str>>,
}

/// Makes the detector of a rule. `of` tells what makes the use that an event makes of its role differ from others; `name`
/// is what that is called in the evidence.
pub(super) fn by_role<'a, F>(
    rule: &'static Rule,
    asked: Asked<'a>,
    among: Among,
    name: &'static str,
    of: F,
    judge: Judge,
) -> BoxedDetector<'a>
where
    F: Fn(&'a Assumption) -> Option<Cow<'a, str>> + 'a,
{
    Box::new(ByRole {
        rule,
        asked,
        among,
        name,
        of,
        judge,
        firsts: Vec::new(),
        more: HashMap::new(),
        more_firsts: Vec::new(),
        several: HashMap::new(),
        events: Vec::new(),
    })
}

impl<'a, F: Fn(&'a Assumption) -> Option<Cow<'a, str>>> ByRole<'a, F> {
    /// The place of the role that an event uses, and the first use there unless it is this one.
    fn place(&mut self, event: RuleEvent<'a>) -> (u32, Option<&'a Assumption>) {
        let (assumption, code) = (event.assumption, event.codes.grant);
        let at = code as usize;
        if self.firsts.len() <= at {
            self.firsts.resize(at + 1, None);
        }
        let Some(first) = self.firsts[at] else {
            self.firsts[at] = Some(assumption);
            return (code, None);
        };
        if self.among == Among::Account || first.subject.organization() == assumption.subject.organization() {
            return (code, Some(first));
        }
        let next = self.more_firsts.len();
        let number = u32::try_from(next).unwrap_or(u32::MAX);
        let place = *self.more.entry((code, event.codes.organization)).or_insert(MORE | number);
        let first = self.more_firsts.get((place ^ MORE) as usize).copied();
        if first.is_none() {
            self.more_firsts.push(assumption);
        }
        (place, first)
    }

    fn first(&self, place: u32) -> Option<&'a Assumption> {
        if place < MORE {
            *self.firsts.get(place as usize)?
        } else {
            self.more_firsts.get((place ^ MORE) as usize).copied()
        }
    }

    /// Takes the use that an event makes of a role: the place of the role.
    fn take(&mut self, event: RuleEvent<'a>) -> Option<u32> {
        event.assumption.role_arn.as_ref().filter(|_| event.granted)?;
        let value = (self.of)(event.assumption)?;
        let (place, first) = self.place(event);
        let Some(first) = first else { return Some(place) };
        if let Some(several) = self.several.get_mut(&place) {
            if several.shown.len() <= SHOWN && !several.values.contains(&value) {
                several.shown.push(value.clone());
            }
            several.values.insert(value);
        } else if let Some(of_first) = (self.of)(first).filter(|of_first| *of_first != value) {
            let shown = vec![of_first.clone(), value.clone()];
            self.several.insert(place, RoleValues { values: BTreeSet::from([of_first, value]), shown });
        }
        Some(place)
    }
}

impl<'a, F: Fn(&'a Assumption) -> Option<Cow<'a, str>>> Detector<'a> for ByRole<'a, F> {
    fn see(&mut self, event: RuleEvent<'a>) {
        let place = self.take(event).unwrap_or(NOT);
        self.events.push(place);
    }

    fn finish(mut self: Box<Self>, events: &[&'a Assumption]) -> Vec<Finding> {
        let mut several: Vec<(u32, RoleValues<'a>)> = std::mem::take(&mut self.several).into_iter().collect();
        several.sort_unstable_by_key(|(place, _)| *place);
        let begin = |(place, several): &(u32, RoleValues<'a>)| {
            let severity = (self.judge)(&several.values)?;
            Some((*place, (severity, GrowingFinding::before(self.first(*place)?, self.asked))))
        };
        let mut found: HashMap<u32, (Severity, GrowingFinding<'a>)> = several.iter().filter_map(begin).collect();
        if !found.is_empty() {
            for (event, place) in events.iter().zip(&self.events) {
                if let Some((_, growing)) = found.get_mut(place) {
                    growing.add(event);
                }
            }
        }
        let mut gather = FindingCollector::new(self.rule, self.asked);
        for (place, several) in several {
            let (Some((severity, mut growing)), Some(first)) = (found.remove(&place), self.first(place)) else {
                continue;
            };
            for value in several.shown {
                growing.show(self.name, value);
            }
            let place = match self.among {
                Among::Account => FindingPlace::account(first),
                Among::Organization => FindingPlace::organization(first),
            };
            gather.put(severity, self.rule.title, place.with_role(first), growing);
        }
        gather.into_findings()
    }
}
