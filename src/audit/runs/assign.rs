//! Which run each event belongs to (DESIGN §3, §8).

use std::hash::Hash;

use hashbrown::HashMap;

use super::inferred::{Inferred, reach};
use crate::domain::assumption::Assumption;
use crate::domain::subject::SubjectOwner;

/// Assigns events to runs, one after the other in the order of events; runs are numbered in the order in which they first
/// appear. With a run id, the name of a run tells it: `N` is the issuer, the organization and the id. Without one, events of
/// one owner `O`, who is the issuer and the subject without its phase, are different runs where they are more than the gap
/// apart, unless the later one renews a session `S` of the same phase and role (DESIGN §8).
///
/// Texts can stand for themselves in all of them, or numbers for texts.
#[derive(Debug)]
pub struct Assigner<N, O, S> {
    run_gap: i64,
    runs: usize,
    named: HashMap<N, usize>,
    inferred: HashMap<O, Inferred<S>>,
}

impl<N: Hash + Eq, O: Hash + Eq, S: Hash + Eq> Assigner<N, O, S> {
    /// No run yet; the gap is in seconds.
    #[must_use]
    pub fn new(run_gap: i64) -> Self {
        Self { run_gap, runs: 0, named: HashMap::new(), inferred: HashMap::new() }
    }

    /// How many runs there are.
    #[must_use]
    pub fn runs(&self) -> usize {
        self.runs
    }

    /// The run of an event with a run id.
    pub fn named(&mut self, name: N) -> usize {
        let runs = &mut self.runs;
        *self.named.entry(name).or_insert_with(|| fresh(runs))
    }

    /// The run of an event without a run id.
    pub fn inferred(&mut self, event: &Assumption, owner: O, session: S) -> usize {
        let runs = &mut self.runs;
        let known = self.inferred.entry(owner).or_default();
        known.next(self.run_gap, event.time.seconds(), (session, reach(event)), || fresh(runs))
    }
}

/// The number of a run that begins.
fn fresh(runs: &mut usize) -> usize {
    *runs += 1;
    *runs - 1
}

/// The phase and the role of a session, of whose owner the rest is known.
type PhaseAndRole<'a> = (Option<&'a str>, Option<&'a str>);

/// For each event, which run it belongs to, as an [`Assigner`] tells it. `events` are in the order of events.
#[must_use]
pub fn assign(events: &[&Assumption], run_gap: i64) -> Vec<usize> {
    let mut runs: Assigner<_, (Option<&str>, SubjectOwner<'_>), PhaseAndRole<'_>> = Assigner::new(run_gap);
    let mut assigned = Vec::with_capacity(events.len());
    for event in events {
        let issuer = event.issuer.as_deref();
        let run = if let Some(run_id) = event.run_id.as_deref() {
            runs.named((issuer, event.subject.organization(), run_id))
        } else {
            let session = (event.subject.phase(), event.role_arn.as_deref());
            runs.inferred(event, (issuer, event.subject.owner()), session)
        };
        assigned.push(run);
    }
    assigned
}
