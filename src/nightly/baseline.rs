//! Baselines that somebody names in place of what the sources have from before a window, and since when anything is known.

use super::plan::can_be;
use crate::audit::baseline::Baseline;
use crate::audit::baseline::earlier::{Earlier, is_shown};
use crate::audit::coverage::Coverage;
use crate::domain::assumption::Assumption;
use crate::domain::issuer::Issuers;
use crate::domain::timestamp::{Day, Timestamp};
use crate::store::recollect::Recollection;

/// What a named baseline knows.
#[derive(Debug, Clone)]
pub struct NamedBaseline {
    /// What it is called in a report.
    pub name: String,
    /// What the reports hold a window against.
    pub known: Baseline,
    /// The same with what only the rules see, where there is any.
    pub with_look_alikes: Option<Baseline>,
    /// What it lacks, in words, if it lacks anything: what is new may be old then.
    pub lack: Option<String>,
}

impl NamedBaseline {
    /// What events show, and what is remembered of others that were pruned.
    #[must_use]
    pub fn of_events(name: String, issuers: &Issuers, events: &[Assumption], remembered: &Recollection) -> Self {
        let shown = shown(issuers, events);
        let known = |events: &[&Assumption], remembered: &Baseline| {
            let mut known = Baseline::of(events, remembered.networks().clone());
            known.take(remembered);
            known
        };
        let has_look_alikes = shown.len() < events.len() || !remembered.look_alikes.is_empty();
        let all = || known(&events.iter().collect::<Vec<_>>(), &remembered.everything());
        let with_look_alikes = has_look_alikes.then(all);
        Self { name, known: known(&shown, &remembered.known), with_look_alikes, lack: None }
    }

    /// What a store tells without its events.
    #[must_use]
    pub fn of_earlier(name: String, earlier: &Earlier) -> Self {
        let with_look_alikes = earlier.look_alikes.is_some().then(|| earlier.known().into_owned());
        Self { name, known: earlier.past.known().clone(), with_look_alikes, lack: None }
    }
}

/// The events that reports show: those of the issuers asked for.
#[must_use]
pub fn shown<'a>(issuers: &Issuers, events: &'a [Assumption]) -> Vec<&'a Assumption> {
    events.iter().filter(|event| is_shown(event, issuers)).collect()
}

/// The first day of which anything is known, out of the log files that were read and the events: one date that cannot be
/// does not decide where the past begins. What was pruned and is not remembered is not known.
#[must_use]
pub fn known_since(
    coverage: &Coverage,
    events: &[&Assumption],
    of_snapshot: Option<Timestamp>,
    remembered: &Recollection,
    now: Timestamp,
) -> Option<Timestamp> {
    let can_be = |day: &Day| can_be(*day, now);
    let read = coverage.days.iter().filter(|(_, day)| day.files > 0);
    let folder = read.filter_map(|(key, _)| key.date).filter(can_be).min();
    let event = events.iter().map(|event| event.time.day()).find(can_be);
    let event = event.or(of_snapshot.map(Timestamp::day).filter(can_be));
    let first = remembered.first.map(Timestamp::day).filter(can_be);
    let since = folder.into_iter().chain(event).chain(first).min().map(Day::start)?;
    Some(remembered.forgotten.map_or(since, |forgotten| since.max(forgotten)))
}
