//! Which of the deduplicated events a report is about.

use std::collections::{BTreeMap, HashSet};

use super::Filter;
use crate::audit::coverage::Conflict;
use crate::audit::runs::assign::assign;
use crate::audit::runs::dedupe::{Copies, Deduplicated};
use crate::domain::assumption::Assumption;
use crate::domain::tally::KeptTally;

/// What removes corrections that say nothing by themselves.
const UNMATCHED: &str = "corrections of other events";

/// What removes events that lie outside of the window.
const WINDOW: &str = "--from/--to";

/// The events of a report, and what became of the others.
#[derive(Debug, Default)]
pub struct Selected {
    /// In the order of events.
    pub events: Vec<Assumption>,
    /// The counters; they balance with what was kept.
    pub kept: KeptTally,
    /// How many events each condition removed, by its flag. An event counts for the first that removes it.
    pub removed: BTreeMap<&'static str, u64>,
    /// The copies of each event that has several.
    pub copies: Vec<Copies>,
    /// The events whose copies differ, in the order of ids.
    pub contradictions: Vec<Conflict>,
}

impl Selected {
    /// Adds what became of others. Copies are not told apart by then.
    pub fn add(&mut self, other: Self) {
        self.events.extend(other.events);
        self.kept.add(other.kept);
        for (flag, count) in other.removed {
            *self.removed.entry(flag).or_default() += count;
        }
        self.contradictions.extend(other.contradictions);
    }
}

/// Keeps the events that pass the filter; with `whole_runs`, all events of each run that has one that passes.
#[must_use]
pub fn select(deduplicated: Deduplicated, filter: &Filter, whole_runs: Option<i64>) -> Selected {
    let Deduplicated { mut events, duplicate, conflicts, unmatched, elsewhere, copied, contradictions } = deduplicated;
    let mut verdicts: Vec<Option<&'static str>> = events.iter().map(|event| filter.removes(event)).collect();
    if let Some(run_gap) = whole_runs {
        let all: Vec<&Assumption> = events.iter().collect();
        let runs = assign(&all, run_gap);
        let wanted: HashSet<usize> =
            runs.iter().zip(&verdicts).filter(|(_, verdict)| verdict.is_none()).map(|(run, _)| *run).collect();
        for (run, verdict) in runs.iter().zip(&mut verdicts) {
            if wanted.contains(run) {
                *verdict = None;
            }
        }
    }
    let mut selected = Selected {
        kept: KeptTally { duplicate, conflicts, ..KeptTally::default() },
        copies: copied,
        contradictions,
        ..Selected::default()
    };
    if unmatched > 0 {
        selected.kept.filtered = unmatched;
        selected.removed.insert(UNMATCHED, unmatched);
    }
    if elsewhere > 0 {
        selected.kept.filtered += elsewhere;
        selected.removed.insert(WINDOW, elsewhere);
    }
    for verdict in &verdicts {
        match verdict {
            None => selected.kept.reported += 1,
            Some(flag) => {
                selected.kept.filtered += 1;
                *selected.removed.entry(flag).or_default() += 1;
            }
        }
    }
    let mut verdicts = verdicts.into_iter();
    events.retain(|_| verdicts.next().flatten().is_none());
    selected.events = events;
    selected
}
