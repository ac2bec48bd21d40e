//! Rules about what the baseline has not: without one, or with an empty one, everything would be new, and they are not
//! opened. Only what was granted counts, on both sides.

use super::gather::{Hit, Place};
use super::{Context, Opened, Rule, each};
use crate::audit::known::Shown;
use crate::domain::assumption::Assumption;

/// What a rule calls new.
#[derive(Clone, Copy)]
pub(super) struct New<'a> {
    /// The fact that is looked for in the baseline.
    pub(super) fact: for<'e> fn(&'e Assumption) -> Option<Shown<'e>>,
    /// Facts that include it. Where one of them is new as well, that is said of it, and not of each of its parts.
    pub(super) wider: &'static [for<'e> fn(&'e Assumption) -> Option<Shown<'e>>],
    /// Where the finding is.
    pub(super) place: fn(&'a Assumption) -> Place<'a>,
    /// Events that it says nothing about.
    pub(super) skip: fn(Context<'_>, &Assumption) -> bool,
}

/// Makes the detector of a rule; none without a baseline.
pub(super) fn first_seen<'a>(rule: &'static Rule, context: Context<'a>, new: New<'a>) -> Option<Opened<'a>> {
    let known = context.known.filter(|known| !known.is_empty())?;
    Some(each(rule, move |event| {
        let assumption = event.assumption;
        if !event.granted || !event.is_decoded() || (new.skip)(context, assumption) {
            return None;
        }
        let is_new = |fact: &for<'e> fn(&'e Assumption) -> Option<Shown<'e>>| {
            fact(assumption).is_some_and(|fact| !known.was_granted(&fact))
        };
        if !is_new(&new.fact) || new.wider.iter().any(is_new) {
            return None;
        }
        Some(Hit::new(rule.severity, rule.title, (new.place)(assumption)))
    }))
}
