//! When something was seen.

use crate::domain::assumption::{Assumption, Outcome};
use crate::domain::timestamp::Timestamp;

/// When a fact was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenTimes {
    /// The first time.
    pub first: Timestamp,
    /// The last time.
    pub last: Timestamp,
    /// Whether it was ever part of an assumption that was granted. A stranger who was only ever denied is not known.
    pub granted: bool,
}

impl SeenTimes {
    /// That of one event.
    #[must_use]
    pub fn by(event: &Assumption) -> Self {
        let granted = matches!(event.outcome, Outcome::Granted { .. });
        Self { first: event.time, last: event.time, granted }
    }

    /// Both sightings together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            first: self.first.min(other.first),
            last: self.last.max(other.last),
            granted: self.granted || other.granted,
        }
    }
}
