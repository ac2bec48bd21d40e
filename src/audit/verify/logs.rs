//! The log files that are there, as names and texts tell them.

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::log_key::LogKey;
use crate::domain::timestamp::Timestamp;

/// A log file that is there.
#[derive(Debug, Clone)]
pub struct FoundLog {
    /// Its name in the source.
    pub file: Arc<str>,
    /// What the name says.
    pub key: LogKey,
}

/// An account and a region.
pub(super) type Place<'a> = (&'a str, &'a str);

pub(super) fn place_of(key: &LogKey) -> Option<Place<'_>> {
    Some((key.account.as_deref()?, key.region.as_deref()?))
}

/// When the newest log file of each account and region was delivered.
#[derive(Debug, Clone, Default)]
pub struct NewestLogs(HashMap<Box<str>, HashMap<Box<str>, Timestamp>>);

impl NewestLogs {
    /// Takes the name of a log file that is there. One that speaks of a time after `now` counts for none.
    pub fn see(&mut self, key: &LogKey, now: Timestamp) {
        if let (Some(place), Some(delivered)) = (place_of(key), key.delivered)
            && delivered <= now
        {
            self.raise(place, delivered);
        }
    }

    /// Takes what another one has seen.
    pub fn merge(&mut self, other: &Self) {
        for (account, regions) in &other.0 {
            for (region, delivered) in regions {
                self.raise((account, region), *delivered);
            }
        }
    }

    /// When the newest one of that place was delivered.
    pub(super) fn of(&self, (account, region): Place<'_>) -> Option<Timestamp> {
        self.0.get(account)?.get(region).copied()
    }

    fn raise(&mut self, (account, region): Place<'_>, delivered: Timestamp) {
        // Most often the place is known, and then nothing is copied.
        match self.0.get_mut(account).and_then(|regions| regions.get_mut(region)) {
            Some(last) => *last = (*last).max(delivered),
            None => {
                self.0.entry(account.into()).or_default().insert(region.into(), delivered);
            }
        }
    }
}
