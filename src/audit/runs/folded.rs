//! The runs of many events, each folded when it is looked at: a report looks at one after the other.

use super::group::{fold_one, order};
use crate::domain::assumption::Assumption;
use crate::domain::run::Run;

/// Runs, in the order of runs.
#[derive(Debug)]
pub struct Runs<'a> {
    /// The events of one run after the other.
    events: Vec<&'a Assumption>,
    /// Where in them each run begins and ends, in the order of runs.
    spans: Vec<(usize, usize)>,
}

impl<'a> Runs<'a> {
    /// The runs that [`assign`](super::group::assign) gave to events, which are in the order of events.
    #[must_use]
    pub fn new(events: &[&'a Assumption], assigned: &[usize]) -> Self {
        let count = assigned.iter().max().map_or(0, |last| last + 1);
        let mut ends = vec![0; count];
        for run in assigned {
            ends[*run] += 1;
        }
        let mut end = 0;
        for run in &mut ends {
            (*run, end) = (end, end + *run);
        }
        let starts = ends.clone();
        // Every place is filled: the events are as many as the places.
        let mut sorted = events.to_vec();
        for (event, run) in events.iter().zip(assigned) {
            sorted[ends[*run]] = event;
            ends[*run] += 1;
        }
        let mut spans: Vec<(usize, usize)> = starts.into_iter().zip(ends).filter(|(start, end)| start < end).collect();
        spans.sort_unstable_by(|one, other| order(&sorted[one.0..one.1], &sorted[other.0..other.1]));
        Self { events: sorted, spans }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Each run, in the order of runs.
    pub fn iter(&self) -> impl Iterator<Item = Run<'a>> {
        self.spans.iter().filter_map(|(start, end)| fold_one(self.events.get(*start..*end)?))
    }
}
