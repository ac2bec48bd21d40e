//! What is new in a window, and what was there before and is gone.

use super::rhythm::Rhythm;
use crate::audit::baseline::past::{BaselineOrigin, Presence, WindowHistory};
use crate::audit::baseline::sightings::Sightings;
use crate::audit::baseline::{Fact, FactKind, SeenTimes};
use crate::domain::timestamp::{Day, Timestamp};
use crate::domain::window::Window;

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
pub struct NewFact {
    /// What.
    pub fact: Fact,
    /// When first, in the window.
    pub first: Timestamp,
    /// Whether it was granted in the window.
    pub granted: bool,
    /// Whether it was denied before.
    pub denied_before: bool,
}

/// Something that should have been seen in the window by its own rhythm in the windows before, and was not; of a window that
/// is compared with one other, whatever only that one has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoneFact {
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
    pub origin: BaselineOrigin,
    /// How many windows before are known.
    pub windows: u32,
    /// By kind in the order of [`KINDS`], then by names. Empty where there is no past.
    pub new: Vec<NewFact>,
    /// In the same order.
    pub gone: Vec<GoneFact>,
}

impl Changes {
    /// What `now`, the sightings of `window`, has that the past has not, and the other way round.
    #[must_use]
    pub fn new(window: Window, now: Sightings<'_>, past: &WindowHistory) -> Self {
        let windows = u32::try_from(past.counts.len()).unwrap_or(u32::MAX);
        let mut changes = Self { origin: past.origin.clone(), windows, new: Vec::new(), gone: Vec::new() };
        if past.origin == BaselineOrigin::Nothing {
            return changes;
        }
        let mut here: Vec<bool> = past.steady().map(|_| false).collect();
        now.each(past.known().networks(), |shown, SeenTimes { first, granted, .. }| {
            if place(shown.kind()).is_none() {
                return;
            }
            if let Some(place) = past.place(shown) {
                here[place] = true;
            }
            let then = past.known().seen(shown);
            if then.is_none_or(|then| granted && !then.granted) {
                changes.new.push(NewFact { fact: Fact::of(shown), first, granted, denied_before: then.is_some() });
            }
        });
        for ((fact, presence), here) in past.steady().zip(here) {
            if !here && place(fact.kind).is_some() && changes.is_overdue(presence, window) {
                let windows = presence.windows.count_ones();
                changes.gone.push(GoneFact { fact: fact.clone(), last: presence.last, windows });
            }
        }
        let order = |one: &Fact, other: &Fact| place(one.kind).cmp(&place(other.kind)).then_with(|| one.cmp(other));
        changes.new.sort_unstable_by(|one, other| order(&one.fact, &other.fact));
        changes.gone.sort_unstable_by(|one, other| order(&one.fact, &other.fact));
        changes
    }

    /// Whether what was seen like that, and not in `window`, is news.
    fn is_overdue(&self, Presence { windows, .. }: Presence, window: Window) -> bool {
        if matches!(self.origin, BaselineOrigin::Window(_)) {
            return windows != 0;
        }
        Rhythm { seen: windows, known: self.windows }.is_overdue(date(window))
    }

    /// How many new facts there are of each kind that has any, in the order of [`KINDS`].
    #[must_use]
    pub fn new_by_kind(&self) -> Vec<(FactKind, usize)> {
        let counts = KINDS.map(|kind| (kind, self.new.iter().filter(|new| new.fact.kind == kind).count()));
        counts.into_iter().filter(|(_, count)| *count > 0).collect()
    }
}

/// The day on which a window begins that is one day long.
fn date(window: Window) -> Option<Day> {
    let (from, to) = window.from.zip(window.to)?;
    (to.seconds() - from.seconds() == 86_400).then(|| from.day())
}

fn place(kind: FactKind) -> Option<usize> {
    KINDS.iter().position(|known| *known == kind)
}

#[cfg(test)]
mod tests {
    use super::super::sample::{at, event};
    use super::*;
    use crate::audit::baseline::encoded::EncodedEvents;
    use crate::audit::network::Networks;

    fn changes(workspaces: &[(&str, bool)], past: &WindowHistory) -> Changes {
        let event = |(workspace, granted): &(&str, bool)| event("2026-11-02T10:00:00Z", workspace, *granted);
        let events: Vec<_> = workspaces.iter().map(event).collect();
        // A Friday.
        let window = Window { from: Some(at("2026-11-06T00:00:00Z")), to: Some(at("2026-11-07T00:00:00Z")) };
        Changes::new(window, EncodedEvents::new(events.iter().collect(), 3_600).sightings(), past)
    }

    fn names(facts: impl Iterator<Item = Fact>) -> Vec<String> {
        facts
            .filter(|fact| fact.kind == FactKind::Workspace)
            .map(|fact| fact.parts().nth(3).unwrap().to_owned())
            .collect()
    }

    #[test]
    fn new_is_what_was_never_granted_before() {
        let mut past = WindowHistory::nothing(Networks::default());
        let before = [("a", true), ("b", false), ("c", false)];
        let before = before.map(|(workspace, granted)| event("2026-11-01T10:00:00Z", workspace, granted));
        past.add_older(&EncodedEvents::new(before.iter().collect(), 3_600));
        past.origin = BaselineOrigin::Since(at("2026-11-01T00:00:00Z"));
        let now = [("a", true), ("b", true), ("c", false), ("d", false)];
        let found = changes(&now, &past);
        assert_eq!(names(found.new.iter().map(|new| new.fact.clone())), ["b", "d"]);
        assert_eq!(found.new.iter().filter(|new| new.denied_before).count(), 2); // b, and its place in the account
        past.origin = BaselineOrigin::Nothing;
        assert_eq!(changes(&now, &past).new, []);
    }

    #[test]
    fn gone_is_what_should_have_been_there() {
        let mut past = WindowHistory::nothing(Networks::default());
        past.origin = BaselineOrigin::Since(at("2026-11-01T00:00:00Z"));
        for names in [
            &["long", "steady", "here", "lately"][..],
            &["rare", "long", "steady", "here"],
            &["steady", "here", "lately"],
            &["steady", "here"],
        ] {
            let events: Vec<_> = names.iter().map(|name| event("2026-11-01T10:00:00Z", name, true)).collect();
            past.add_window(&EncodedEvents::new(events.iter().collect(), 3_600));
        }
        let found = changes(&[("here", true)], &past);
        assert_eq!(found.gone.iter().map(|gone| gone.windows).max(), Some(4));
        assert_eq!(names(found.gone.iter().map(|gone| gone.fact.clone())), ["lately", "steady"]);
        // In a comparison all that only the other window has is gone.
        past.origin = BaselineOrigin::Window(Window::default());
        let found = changes(&[("here", true)], &past);
        assert_eq!(names(found.gone.iter().map(|gone| gone.fact.clone())), ["lately", "long", "rare", "steady"]);
    }
}
