//! Which sessions there are: round by round, the calls that can belong to the known sessions make theirs known.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::link::{Join, Link};
use super::sessions::{Sessions, TOLERANCE};

/// How the session of a start became known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reached {
    /// In which round; the least number of sessions between the start and a run, or a name.
    pub round: usize,
    /// The first row of the join table that held for the sessions known until then.
    pub link: Link,
}

/// Starts that are not reached yet: (principal or key, second, start).
type Waiting = BTreeSet<(usize, i64, usize)>;

/// What of the starts that are not reached yet a session is looked up by. One that was reached by another way is only
/// removed where it is met, once in each.
#[derive(Debug, Default)]
struct Unreached {
    /// By key and creation date.
    keyed: Waiting,
    /// By key and time, those without a creation date.
    undated: Waiting,
    /// By principal and creation date.
    dated: Waiting,
    /// By principal and time.
    timed: Waiting,
    reached: Vec<Option<Reached>>,
}

/// For each start how it is reached, if it is. `is_named` says which has a session name that speaks of a run.
pub(super) fn reach(sessions: &Sessions<'_>, is_named: impl Fn(usize) -> bool) -> Vec<Option<Reached>> {
    let mut unreached = Unreached::new(sessions);
    let mut batch: Vec<usize> = (0..sessions.assumptions.len()).collect();
    for round in 0.. {
        let mut found = unreached.fitting(sessions, &mut batch, round);
        if round == 0 {
            let by_name =
                (0..sessions.starts.len()).filter(|start| is_named(*start) && unreached.reached[*start].is_none());
            for start in by_name.collect::<Vec<_>>() {
                unreached.reached[start] = Some(Reached { round, link: Link::Name });
                found.push(start);
            }
        }
        if found.is_empty() {
            break;
        }
        batch = found.into_iter().map(|start| sessions.begun(start)).collect();
    }
    unreached.reached
}

impl Unreached {
    fn new(sessions: &Sessions<'_>) -> Self {
        let mut unreached = Self { reached: vec![None; sessions.starts.len()], ..Self::default() };
        for (start, claim) in sessions.starts.iter().enumerate().filter_map(|(at, start)| Some((at, start.claim?))) {
            unreached.timed.insert((claim.principal, claim.time, start));
            if let Some(created) = claim.created {
                unreached.dated.insert((claim.principal, created, start));
                unreached.keyed.extend(claim.key.map(|key| (key, created, start)));
            } else {
                unreached.undated.extend(claim.key.map(|key| (key, claim.time, start)));
            }
        }
        unreached
    }

    /// The starts that can belong to a session of the batch. The rows of the join table come one after the other, and in each
    /// the sessions in the order in which they win: a start is taken by the one that it is linked to.
    fn fitting(&mut self, sessions: &Sessions<'_>, batch: &mut [usize], round: usize) -> Vec<usize> {
        let all = &sessions.all;
        let mut taken = Taken { found: Vec::new(), round, reached: &mut self.reached };
        batch.sort_unstable_by_key(|at| all[*at].rank);
        for distance in 0..=TOLERANCE {
            for (at, key) in batch.iter().filter_map(|at| Some((*at, all[*at].key?))) {
                for created in [all[at].start - distance, all[at].start + distance] {
                    taken.take(&mut self.keyed, key, (created, created), Link::Session(Join::Key, at));
                }
            }
        }
        batch.sort_unstable_by_key(|at| (Reverse(all[*at].start), all[*at].rank));
        for (at, key) in batch.iter().filter_map(|at| Some((*at, all[*at].key?))) {
            taken.take(&mut self.undated, key, (all[at].start - TOLERANCE, i64::MAX), Link::Session(Join::Key, at));
        }
        batch.sort_unstable_by_key(|at| (all[*at].start, all[*at].rank));
        for (at, key) in batch.iter().filter_map(|at| Some((*at, all[*at].key?))) {
            taken.take(&mut self.undated, key, (i64::MIN, i64::MAX), Link::Session(Join::Key, at));
        }
        batch.sort_unstable_by_key(|at| all[*at].rank);
        for distance in 0..=TOLERANCE {
            for at in batch.iter().copied() {
                for created in [all[at].start - distance, all[at].start + distance] {
                    let link = Link::Session(Join::Session, at);
                    taken.take(&mut self.dated, all[at].principal, (created, created), link);
                }
            }
        }
        batch.sort_unstable_by_key(|at| (Reverse(all[*at].start), all[*at].rank));
        for at in batch.iter().copied() {
            let link = Link::Session(Join::Principal, at);
            taken.take(&mut self.timed, all[at].principal, all[at].span(), link);
        }
        taken.found
    }
}

/// The starts that a round reaches.
struct Taken<'a> {
    found: Vec<usize>,
    round: usize,
    reached: &'a mut [Option<Reached>],
}

impl Taken<'_> {
    /// Takes those between two seconds that no other session has taken.
    fn take(&mut self, waiting: &mut Waiting, id: usize, seconds: (i64, i64), link: Link) {
        for start in take(waiting, id, seconds) {
            if self.reached[start].is_none() {
                self.reached[start] = Some(Reached { round: self.round, link });
                self.found.push(start);
            }
        }
    }
}

/// Removes what is waiting between two seconds.
pub(super) fn take(waiting: &mut Waiting, id: usize, (from, to): (i64, i64)) -> Vec<usize> {
    if from > to {
        return Vec::new();
    }
    let found: Vec<_> = waiting.range((id, from, 0)..=(id, to, usize::MAX)).copied().collect();
    for it in &found {
        waiting.remove(it);
    }
    found.into_iter().map(|(_, _, start)| start).collect()
}
