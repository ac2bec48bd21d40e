//! What lies before a window, with what only the rules look at.

use std::borrow::Cow;

use super::Baseline;
use super::encoded::EncodedEvents;
use super::past::WindowHistory;
use crate::domain::assumption::Assumption;
use crate::domain::issuer::{IssuerRole, Issuers};
use crate::domain::subject::Subject;

/// What lies before a window.
#[derive(Debug)]
pub struct Earlier {
    /// What the reports hold it against.
    pub past: WindowHistory,
    /// What else was seen with issuers that nobody named; nothing where there is none.
    pub look_alikes: Option<Baseline>,
    /// How many events that was, beside those that were pruned.
    pub events: u64,
}

impl Earlier {
    /// Everything that was seen, with whatever issuer.
    #[must_use]
    pub fn known(&self) -> Cow<'_, Baseline> {
        let Some(look_alikes) = &self.look_alikes else { return Cow::Borrowed(self.past.known()) };
        let mut known = self.past.known().clone();
        known.take(look_alikes);
        Cow::Owned(known)
    }

    /// Takes the events of the window behind, in the order of events. Only a window `is_whole` has numbers.
    pub fn add(&mut self, events: &[Assumption], issuers: &Issuers, run_gap: i64, is_whole: bool) {
        let (shown, others): (Vec<_>, Vec<_>) = events.iter().partition(|event| is_shown(event, issuers));
        let encoded = EncodedEvents::new(shown, run_gap);
        if is_whole {
            self.past.add_window(&encoded);
        } else {
            self.past.add_older(&encoded);
        }
        for event in others {
            let nothing = || Baseline::new(self.past.known().networks().clone());
            self.look_alikes.get_or_insert_with(nothing).add(event);
        }
    }
}

/// Whether reports show an event: it is of an issuer that was asked for. Only the rules look at others.
#[must_use]
pub fn is_shown(event: &Assumption, issuers: &Issuers) -> bool {
    // What was decoded is of a named issuer.
    !matches!(event.subject, Subject::Other(_))
        || issuers.role(event.issuer.as_deref().unwrap_or_default()) != IssuerRole::Foreign
}
