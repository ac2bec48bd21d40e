//! The events of each run folded into one value, when it is looked at: a report looks at one after the other.

use std::borrow::Borrow;
use std::cmp::Ordering;

use crate::domain::assumption::Assumption;
use crate::domain::run::{Grouping, Run};
use crate::domain::source_address::SourceAddress;
use crate::domain::user_agent::{provider_version, terraform_version};

/// Runs, in the order of runs.
#[derive(Debug)]
pub struct RunsInOrder<'a> {
    /// The events of one run after the other.
    events: Vec<&'a Assumption>,
    /// Where in them each run begins and ends, in the order of runs.
    spans: Vec<(usize, usize)>,
}

impl<'a> RunsInOrder<'a> {
    /// The runs that [`assign`](super::assign::assign) gave to events, which are in the order of events.
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
        self.events().filter_map(fold_one)
    }

    /// The events of each run, in the order of runs.
    pub fn events(&self) -> impl Iterator<Item = &[&'a Assumption]> {
        self.spans.iter().filter_map(|(start, end)| self.events.get(*start..*end))
    }
}

/// Folds events into the runs that [`assign`](super::assign::assign) gave them, in the order of runs.
#[must_use]
pub fn fold<'a>(events: &[&'a Assumption], assigned: &[usize]) -> Vec<Run<'a>> {
    RunsInOrder::new(events, assigned).iter().collect()
}

/// Folds the events of one run, which are in the order of events. It has the names of the first.
#[must_use]
pub fn fold_one<'a>(events: &[&'a Assumption]) -> Option<Run<'a>> {
    let all = || events.iter().copied();
    let agents = || all().filter_map(|event| event.user_agent.as_deref());
    let first = *events.first()?;
    Some(Run {
        run_id: first.run_id.as_deref(),
        kind: first.subject.kind(),
        issuer: first.issuer.as_deref(),
        organization: first.subject.organization(),
        project: first.subject.project(),
        workspace: first.subject.workspace(),
        stack: first.subject.stack(),
        deployment: first.subject.deployment(),
        phases: all().filter_map(|event| event.subject.phase()).collect(),
        first_seen: all().map(|event| event.time).min()?,
        last_seen: all().map(|event| event.time).max()?,
        account_ids: all().filter_map(|event| event.account_id.as_deref()).collect(),
        regions: all().filter_map(|event| event.region.as_deref()).collect(),
        source_ips: all().filter_map(|event| event.source_address.as_ref().map(SourceAddress::as_str)).collect(),
        role_arns: all().filter_map(|event| event.role_arn.as_deref()).collect(),
        assumptions: events.len() as u64,
        denied: all().filter(|event| event.outcome.is_denied()).count() as u64,
        terraform_versions: agents().filter_map(terraform_version).collect(),
        provider_versions: agents().filter_map(provider_version).collect(),
        grouping: if first.run_id.is_some() { Grouping::RunId } else { Grouping::Inferred },
        smallest_event_id: all().filter_map(|event| event.event_id.as_deref()).min(),
    })
}

/// The order of runs (DESIGN §3), of their events in the order of events: a run has the names and the time of its first.
#[must_use]
pub fn order<E: Borrow<Assumption>>(one: &[E], other: &[E]) -> Ordering {
    fn smallest<E: Borrow<Assumption>>(events: &[E]) -> Option<&str> {
        events.iter().filter_map(|event| event.borrow().event_id.as_deref()).min()
    }
    fn names(event: &Assumption) -> [Option<&str>; 7] {
        let subject = &event.subject;
        [
            event.run_id.as_deref(),
            subject.organization(),
            subject.workspace(),
            event.issuer.as_deref(),
            subject.project(),
            subject.stack(),
            subject.deployment(),
        ]
    }
    let compare = |one: &Assumption, other: &Assumption| {
        one.time
            .cmp(&other.time)
            .then_with(|| names(one).cmp(&names(other)))
            .then_with(|| one.subject.kind().as_str().cmp(other.subject.kind().as_str()))
    };
    let first =
        one.first().zip(other.first()).map_or(Ordering::Equal, |(one, other)| compare(one.borrow(), other.borrow()));
    first.then_with(|| smallest(one).cmp(&smallest(other)))
}
