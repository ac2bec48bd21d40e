//! What is new in a window, and what was there before and is gone.

use hashbrown::HashSet;

use super::past::{Origin, Past};
use crate::audit::known::{Fact, FactKind, Seen};
use crate::audit::sightings::Sightings;
use crate::domain::timestamp::Timestamp;

/// The kinds of facts that are reported as new, in the order in which they are shown.
pub const KINDS: [FactKind; 12] = [
    FactKind::Organization,
    FactKind::Project,
    FactKind::Workspace,
    FactKind::Deployment,
    FactKind::Module,
    FactKind::Account,
    FactKind::AccountWorkspace,
    FactKind::Role,
    FactKind::Network,
    FactKind::Address,
    FactKind::TerraformVersion,
    FactKind::ProviderVersion,
];

/// Something that was not seen before, or was only ever denied before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct New {
    /// What.
    pub fact: Fact,
    /// When first, in the window.
    pub first: Timestamp,
    /// Whether it was granted in the window.
    pub granted: bool,
    /// Whether it was denied before.
    pub denied_before: bool,
}

/// Something that was seen in at least half of the windows before, and not in this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gone {
    /// What.
    pub fact: Fact,
    /// Its last event.
    pub last: Timestamp,
    /// In how many of the windows before it was seen.
    pub windows: u32,
}

/// What changed against the past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// What the window was held against.
    pub origin: Origin,
    /// How many windows before are known.
    pub windows: u32,
    /// By kind in the order of [`KINDS`], then by names. Empty where there is no past.
    pub new: Vec<New>,
    /// In the same order.
    pub gone: Vec<Gone>,
}

impl Changes {
    /// What `now` has that the past has not, and the other way round.
    #[must_use]
    pub fn new(now: Sightings<'_>, past: &Past) -> Self {
        let windows = u32::try_from(past.counts.len()).unwrap_or(u32::MAX);
        let mut changes = Self { origin: past.origin.clone(), windows, new: Vec::new(), gone: Vec::new() };
        if past.origin == Origin::Nothing {
            return changes;
        }
        let mut here: HashSet<&Fact> = HashSet::new();
        now.each(past.known.networks(), |shown, Seen { first, granted, .. }| {
            if place(shown.kind()).is_none() {
                return;
            }
            here.extend(past.presence.get_key_value(shown).map(|(fact, _)| fact));
            let then = past.known.seen(shown);
            if then.is_none_or(|then| granted && !then.granted) {
                changes.new.push(New { fact: Fact::of(shown), first, granted, denied_before: then.is_some() });
            }
        });
        for (fact, presence) in past.presence.iter().filter(|(fact, _)| place(fact.kind).is_some()) {
            if presence.windows * 2 >= windows && !here.contains(fact) {
                changes.gone.push(Gone { fact: fact.clone(), last: presence.last, windows: presence.windows });
            }
        }
        let order = |one: &Fact, other: &Fact| place(one.kind).cmp(&place(other.kind)).then_with(|| one.cmp(other));
        changes.new.sort_unstable_by(|one, other| order(&one.fact, &other.fact));
        changes.gone.sort_unstable_by(|one, other| order(&one.fact, &other.fact));
        changes
    }

    /// How many new facts there are of each kind that has any, in the order of [`KINDS`].
    #[must_use]
    pub fn new_by_kind(&self) -> Vec<(FactKind, usize)> {
        let counts = KINDS.map(|kind| (kind, self.new.iter().filter(|new| new.fact.kind == kind).count()));
        counts.into_iter().filter(|(_, count)| *count > 0).collect()
    }
}

fn place(kind: FactKind) -> Option<usize> {
    KINDS.iter().position(|known| *known == kind)
}

#[cfg(test)]
mod tests {
    use super::super::past::Presence;
    use super::super::sample::{at, event};
    use super::*;
    use crate::audit::encoded::Encoded;
    use crate::audit::known::{Known, Shown};
    use crate::audit::network::Networks;

    fn known(workspaces: &[(&str, bool)]) -> Known {
        let mut known = Known::new(Networks::default());
        for (workspace, granted) in workspaces {
            known.add(&event("2026-11-02T10:00:00Z", workspace, *granted));
        }
        known
    }

    fn changes(workspaces: &[(&str, bool)], past: &Past) -> Changes {
        let event = |(workspace, granted): &(&str, bool)| event("2026-11-02T10:00:00Z", workspace, *granted);
        let events: Vec<_> = workspaces.iter().map(event).collect();
        Changes::new(Encoded::new(events.iter().collect(), 3_600).sightings(), past)
    }

    fn names(facts: impl Iterator<Item = Fact>) -> Vec<String> {
        facts
            .filter(|fact| fact.kind == FactKind::Workspace)
            .map(|fact| fact.parts().nth(3).unwrap().to_owned())
            .collect()
    }

    #[test]
    fn new_is_what_was_never_granted_before() {
        let mut past = Past::nothing(Networks::default());
        past.known = known(&[("a", true), ("b", false), ("c", false)]);
        past.origin = Origin::Since(at("2026-11-01T00:00:00Z"));
        let now = [("a", true), ("b", true), ("c", false), ("d", false)];
        let found = changes(&now, &past);
        assert_eq!(names(found.new.iter().map(|new| new.fact.clone())), ["b", "d"]);
        assert_eq!(found.new.iter().filter(|new| new.denied_before).count(), 2); // b, and its place in the account
        past.origin = Origin::Nothing;
        assert_eq!(changes(&now, &past).new, []);
    }

    #[test]
    fn gone_is_what_was_there_more_often_than_not() {
        let mut past = Past::nothing(Networks::default());
        past.origin = Origin::Since(at("2026-11-01T00:00:00Z"));
        past.counts = vec![super::super::counts::Counts::default(); 4];
        let fact = |name: &str| Fact::of(&Shown::workspace(&event("2026-11-02T10:00:00Z", name, true)).unwrap());
        for (name, windows) in [("rare", 1), ("half", 2), ("steady", 4), ("here", 4)] {
            past.presence.insert(fact(name), Presence { windows, last: at("2026-11-02T10:00:00Z") });
        }
        let changes = changes(&[("here", true)], &past);
        assert_eq!(names(changes.gone.iter().map(|gone| gone.fact.clone())), ["half", "steady"]);
    }
}
