//! Runs of events that have no run id, told by nearness in time and by renewals (DESIGN §3 and §8).

use std::hash::Hash;

use hashbrown::HashMap;

use crate::domain::assumption::Assumption;
use crate::domain::timestamp::Timestamp;

/// So many seconds after its session has ended, an event of the same subject and role still renews it.
const RENEWAL: i64 = 600;

/// Up to which second an event of the same subject and role renews the session of this one. A denied call has none.
#[must_use]
pub fn reach(event: &Assumption) -> i64 {
    reach_of(event.session_end().map(Timestamp::seconds))
}

/// The same of a session that ends at that second.
#[must_use]
pub fn reach_of(session_end: Option<i64>) -> i64 {
    session_end.map_or(i64::MIN, |end| end.saturating_add(RENEWAL))
}

/// The runs of one owner, a subject without its phase, whose events come in the order of time. `S` tells subject and
/// role apart.
///
/// An event belongs to the run of the event before it unless they are more than the gap apart; else to the run of the
/// last event of the same subject and role whose session it renews; else it begins a run.
#[derive(Debug)]
pub struct Inferred<S> {
    run: usize,
    last: i64,
    /// Sessions that may still be renewed, of each the run and how far it reaches. A later one that reaches as far
    /// stands in front of an earlier one, so that they reach the less far the later they are.
    sessions: HashMap<S, Vec<(i64, usize)>>,
}

impl<S: Hash + Eq> Default for Inferred<S> {
    fn default() -> Self {
        Self { run: 0, last: i64::MIN, sessions: HashMap::new() }
    }
}

impl<S: Hash + Eq> Inferred<S> {
    /// The run of the next event, at that second; `fresh` numbers a run that begins.
    pub fn next(
        &mut self,
        run_gap: i64,
        seconds: i64,
        (session, reach): (S, i64),
        fresh: impl FnOnce() -> usize,
    ) -> usize {
        if self.begins(run_gap, seconds) {
            if let Some(known) = self.sessions.get_mut(&session) {
                // Time goes on, so that what is over stays over.
                while known.pop_if(|(reach, _)| *reach < seconds).is_some() {}
            }
            self.run = self.renewed(&session, seconds).unwrap_or_else(fresh);
        }
        self.last = self.last.max(seconds);
        if reach >= seconds {
            let known = self.sessions.entry(session).or_default();
            while known.pop_if(|(before, _)| *before <= reach).is_some() {}
            known.push((reach, self.run));
        }
        self.run
    }

    /// Whether an event at that second is too far from the ones before to belong to their run for its time alone.
    #[must_use]
    pub fn begins(&self, run_gap: i64, seconds: i64) -> bool {
        self.last == i64::MIN || seconds.saturating_sub(self.last) > run_gap
    }

    /// The run that an event of that subject and role renews at that second, if there is one.
    pub fn renewed(&self, session: &S, seconds: i64) -> Option<usize> {
        let known = self.sessions.get(session)?;
        known.iter().rev().find(|(reach, _)| *reach >= seconds).map(|(_, run)| *run)
    }

    /// Takes that events of the same run follow up to that second.
    pub fn extend(&mut self, seconds: i64) {
        self.last = self.last.max(seconds);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Events as `(second, session, reach)`, and the runs that they are in.
    fn check(run_gap: i64, events: &[(i64, &str, i64)], expected: &[usize]) {
        let mut runs = Inferred::default();
        let mut next = 0..;
        let found: Vec<usize> = events
            .iter()
            .map(|(second, session, reach)| runs.next(run_gap, *second, (*session, *reach), || next.next().unwrap()))
            .collect();
        assert_eq!(found, expected, "{events:?}");
    }

    #[test]
    fn a_renewal_goes_on_with_its_run() {
        let none = i64::MIN;
        check(60, &[], &[]);
        check(60, &[(0, "plan", none), (60, "plan", none), (121, "plan", none)], &[0, 0, 1]);
        check(60, &[(0, "plan", 200), (200, "plan", 400), (401, "plan", none)], &[0, 0, 1]);
        // Another subject or role renews nothing.
        check(60, &[(0, "plan", 200), (100, "apply", 300), (300, "apply", none)], &[0, 1, 1]);
        // Whatever is near belongs to it too.
        check(60, &[(0, "plan", 200), (200, "plan", 201), (230, "apply", none)], &[0, 0, 0]);
        // The one before has begun a run meanwhile; the renewal goes on with its own, and then what follows that.
        let events = [(0, "plan", 900), (100, "apply", 0), (500, "plan", 0), (520, "apply", 0), (600, "apply", 0)];
        check(60, &events, &[0, 1, 0, 0, 2]);
        // Of two that it may renew, the later one.
        check(
            60,
            &[(0, "a", 900), (10, "b", none), (100, "b", none), (130, "a", 500), (450, "a", 0)],
            &[0, 0, 1, 1, 1],
        );
        // The later one is over, the earlier one is not.
        check(60, &[(0, "a", 900), (100, "b", none), (130, "a", 200), (450, "a", 0)], &[0, 1, 1, 0]);
        check(60, &[(0, "a", 900), (2_000, "a", 0)], &[0, 1]);
    }
}
