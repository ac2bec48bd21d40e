//! Which findings somebody asked for: those of events that pass the filters. Rules see the others too, for what they know of
//! one organization, role or phase is known through others.

use hashbrown::HashSet;

use crate::domain::assumption::Assumption;

/// The events that somebody asked for.
#[derive(Debug, Default)]
pub struct AskedEvents(HashSet<[u8; 32]>);

impl AskedEvents {
    /// These. No two events have the same content.
    #[must_use]
    pub fn of<'e>(events: impl IntoIterator<Item = &'e Assumption>) -> Self {
        Self(events.into_iter().map(|event| event.content).collect())
    }
}

/// Which events make that a finding is shown.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a>(Option<&'a AskedEvents>);

impl<'a> Asked<'a> {
    /// All of them.
    pub const ALL: Self = Self(None);

    /// These alone.
    #[must_use]
    pub fn only(events: &'a AskedEvents) -> Self {
        Self(Some(events))
    }

    /// Whether it is one of them.
    #[must_use]
    pub fn takes(self, event: &Assumption) -> bool {
        self.0.is_none_or(|events| events.0.contains(&event.content))
    }
}
