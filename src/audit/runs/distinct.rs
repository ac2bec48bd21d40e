//! Counts distinct runs by group, one event at a time and in any order: the runs of [`assign`](super::assign::assign) in
//! memory that goes with runs, not with events.
//!
//! Which of two events of one second comes first is not known here. Where that makes a difference, there is no count.

use std::collections::HashMap;

use hashbrown::DefaultHashBuilder;

use super::inferred::Inferred;
use crate::audit::numbers::ValueNumbers;
use crate::domain::subject::Subject;

/// Names are brought together when there are that many, and then whenever they have doubled.
const AT_LEAST: usize = 1 << 16;

/// So many of the last names are compared before one is taken: events of one run come close to each other.
const RECENT: usize = 1 << 12;

/// The id of a run, exact: up to 16 bytes of text behind `run-`, or 0 and the number of a longer one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunId([u64; 2]);

impl RunId {
    /// The id of what follows `run-`, where it needs no number.
    #[must_use]
    pub fn short(rest: &str) -> Option<Self> {
        let rest = rest.as_bytes();
        let mut bytes = [0; 16];
        bytes.get_mut(..rest.len())?.copy_from_slice(rest);
        let high = |bits: u128| u64::try_from(bits >> 64).unwrap_or_default();
        (!rest.is_empty() && !rest.contains(&0)).then(|| {
            let bits = u128::from_be_bytes(bytes);
            Self([high(bits), high(bits << 64)])
        })
    }
}

/// What tells an event's run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunKey {
    /// A number of [`DistinctRuns::owner`], and the id.
    Named(u32, RunId),
    /// For want of an id, time tells the rest.
    Inferred {
        /// A number of [`DistinctRuns::subject`].
        subject: u32,
        /// A number of [`DistinctRuns::session`].
        session: u32,
        /// As [`reach`](super::inferred::reach) tells it.
        reach: i64,
    },
}

/// Whose run it is: the issuer and the organization.
type RunOwner = (Option<Box<str>>, Option<Box<str>>);

/// Whose session it is, the phase, and the role.
type SessionKey = (u32, Option<Box<str>>, Option<Box<str>>);

/// Events of one subject, role and group without a gap between them, in seconds, both ends inside: they are of one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct EventSpan {
    subject: u32,
    session: u32,
    group: u32,
    first: i64,
    last: i64,
    /// How far the furthest of their sessions reaches.
    reach: i64,
}

impl EventSpan {
    /// Takes what has no gap to it.
    fn take(&mut self, other: Self) {
        (self.first, self.last) = (self.first.min(other.first), self.last.max(other.last));
        self.reach = self.reach.max(other.reach);
    }
}

/// The runs seen so far.
#[derive(Debug)]
pub struct DistinctRuns {
    run_gap: i64,
    owners: ValueNumbers<RunOwner>,
    subjects: ValueNumbers<(Option<Box<str>>, Subject)>,
    sessions: ValueNumbers<SessionKey>,
    long_ids: ValueNumbers<Box<str>>,
    /// Group, owner and id.
    named: Vec<(u32, u32, RunId)>,
    named_limit: usize,
    recent: Vec<Option<(u32, u32, RunId)>>,
    /// By session and group, what the next event may go on with.
    open: HashMap<(u32, u32), EventSpan, DefaultHashBuilder>,
    closed: Vec<EventSpan>,
    closed_limit: usize,
}

/// How many runs there are.
#[derive(Debug, PartialEq, Eq)]
pub struct RunCounts {
    /// Distinct runs of each group.
    pub by_group: Vec<u64>,
    /// Distinct runs of all.
    pub all: usize,
}

impl DistinctRuns {
    /// None yet. Events of one subject without a run id that are more than `run_gap` seconds apart are different runs.
    #[must_use]
    pub fn new(run_gap: i64) -> Self {
        Self {
            run_gap,
            owners: ValueNumbers::default(),
            subjects: ValueNumbers::default(),
            sessions: ValueNumbers::default(),
            long_ids: ValueNumbers::default(),
            named: Vec::new(),
            named_limit: AT_LEAST,
            recent: vec![None; RECENT],
            open: HashMap::default(),
            closed: Vec::new(),
            closed_limit: AT_LEAST,
        }
    }

    /// The number of who runs with an id belong to.
    pub fn owner(&mut self, issuer: Option<&str>, organization: Option<&str>) -> u32 {
        let owner = (issuer.map(Into::into), organization.map(Into::into));
        self.owners.of(&owner, Clone::clone)
    }

    /// The number of a subject, of any phase.
    pub fn subject(&mut self, issuer: Option<&str>, subject: &Subject) -> u32 {
        let subject = (issuer.map(Into::into), subject.without_phase());
        self.subjects.of(&subject, Clone::clone)
    }

    /// The number of what one session and its renewals have in common: a number of [`Self::subject`], the phase, the role.
    pub fn session(&mut self, subject: u32, phase: Option<&str>, role_arn: Option<&str>) -> u32 {
        let session = (subject, phase.map(Into::into), role_arn.map(Into::into));
        self.sessions.of(&session, Clone::clone)
    }

    /// A run id, with its `run-`.
    pub fn id(&mut self, run_id: &str) -> RunId {
        run_id
            .strip_prefix("run-")
            .and_then(RunId::short)
            .unwrap_or_else(|| RunId([0, self.long_ids.of(run_id, |id| id.into()).into()]))
    }

    /// Takes an event of a group.
    pub fn add(&mut self, group: u32, run: RunKey, seconds: i64) {
        match run {
            RunKey::Named(owner, id) => self.add_named((group, owner, id)),
            RunKey::Inferred { subject, session, reach } => {
                self.add_inferred(EventSpan { subject, session, group, first: seconds, last: seconds, reach });
            }
        }
    }

    fn add_named(&mut self, name: (u32, u32, RunId)) {
        let [high, low] = name.2.0;
        let mixed = (high.rotate_left(32) ^ low).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 52;
        let at = usize::try_from(mixed ^ u64::from(name.0)).unwrap_or_default() % RECENT;
        if self.recent[at] == Some(name) {
            return;
        }
        self.recent[at] = Some(name);
        self.named.push(name);
        if self.named.len() >= self.named_limit {
            self.named.sort_unstable();
            self.named.dedup();
            self.named_limit = AT_LEAST.max(self.named.len() * 2);
        }
    }

    fn add_inferred(&mut self, event: EventSpan) {
        let open = self.open.entry((event.session, event.group)).or_insert(event);
        if event.first.saturating_sub(open.last) <= self.run_gap
            && open.first.saturating_sub(event.first) <= self.run_gap
        {
            open.take(event);
            return;
        }
        self.closed.push(*open);
        *open = event;
        if self.closed.len() >= self.closed_limit {
            self.join();
            self.closed_limit = AT_LEAST.max(self.closed.len() * 2);
        }
    }

    /// Puts spans of one subject, role and group together that have no gap between them.
    fn join(&mut self) {
        let gap = self.run_gap;
        self.closed.sort_unstable_by_key(|span| (span.session, span.group, span.first));
        self.closed.dedup_by(|span, before| {
            let goes_on = (span.session, span.group) == (before.session, before.group)
                && span.first.saturating_sub(before.last) <= gap;
            if goes_on {
                before.take(*span);
            }
            goes_on
        });
    }

    /// The counts of `groups` groups; nothing where they depend on which of some events of one second comes first.
    #[must_use]
    pub fn finish(mut self, groups: usize) -> Option<RunCounts> {
        let mut counts = RunCounts { by_group: vec![0; groups], all: 0 };
        self.count_inferred(&mut counts)?;
        let mut named = self.named;
        named.sort_unstable();
        named.dedup();
        for (group, ..) in &named {
            count(&mut counts.by_group, *group);
        }
        for (group, ..) in &mut named {
            *group = 0;
        }
        named.sort_unstable();
        named.dedup();
        counts.all += named.len();
        Some(counts)
    }

    /// Spans that overlap, have no gap between them, or renew each other's sessions are one run, whatever their groups.
    fn count_inferred(&mut self, counts: &mut RunCounts) -> Option<()> {
        self.closed.extend(std::mem::take(&mut self.open).into_values());
        self.closed.sort_unstable_by_key(|span| (span.subject, span.first));
        let mut seen = Vec::with_capacity(self.closed.len());
        let mut runs = Inferred::default();
        let mut subject = None;
        for (at, span) in self.closed.iter().enumerate() {
            if subject.replace(span.subject) != Some(span.subject) {
                runs = Inferred::default();
            }
            if runs.begins(self.run_gap, span.first) {
                let run = runs.renewed(&span.session, span.first);
                let same_second = |other: &&EventSpan| (other.subject, other.first) == (span.subject, span.first);
                let mut others = self.closed[at + 1..].iter().take_while(same_second);
                if others.any(|other| runs.renewed(&other.session, other.first) != run) {
                    return None;
                }
            }
            let run = runs.next(self.run_gap, span.first, (span.session, span.reach), || {
                counts.all += 1;
                counts.all
            });
            runs.extend(span.last);
            seen.push((span.group, run));
        }
        seen.sort_unstable();
        seen.dedup();
        for (group, _) in seen {
            count(&mut counts.by_group, group);
        }
        Some(())
    }
}

fn count(groups: &mut [u64], group: u32) {
    if let Some(count) = usize::try_from(group).ok().and_then(|group| groups.get_mut(group)) {
        *count += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    /// Events as `(group, subject or run, second)`; a run is told from a subject by its text. Behind a `/` stands the role,
    /// and behind a `+` for how many seconds its session reaches.
    fn check(gap: i64, events: &[(u32, &str, i64)]) {
        assert!(is_counted(gap, events), "{events:?}");
    }

    /// Whether there is a count, which then is right.
    fn is_counted(gap: i64, events: &[(u32, &str, i64)]) -> bool {
        let mut runs = DistinctRuns::new(gap);
        let mut sets: BTreeMap<u32, BTreeSet<(&str, usize)>> = BTreeMap::new();
        let mut all = BTreeSet::new();
        let slowly = slowly(gap, events);
        for ((group, text, second), run) in events.iter().zip(slowly) {
            let (owner, session, reach) = parts(text, *second);
            let key = if owner.starts_with("run-") {
                let (owner, id) = (runs.owner(Some("issuer"), None), runs.id(owner));
                RunKey::Named(owner, id)
            } else {
                let subject = runs.subject(None, &Subject::Other(owner.into()));
                RunKey::Inferred { subject, session: runs.session(subject, None, Some(session)), reach }
            };
            runs.add(*group, key, *second);
            sets.entry(*group).or_default().insert((owner, run));
            all.insert((owner, run));
        }
        let groups = sets.keys().last().map_or(0, |last| *last as usize + 1);
        let mut by_group = vec![0; groups];
        for (group, runs) in sets {
            by_group[group as usize] = runs.len() as u64;
        }
        let Some(found) = runs.finish(groups) else { return false };
        assert_eq!(found, RunCounts { by_group, all: all.len() }, "{events:?}");
        true
    }

    /// Owner, session and reach.
    fn parts(text: &str, second: i64) -> (&str, &str, i64) {
        let (session, reach) = text.split_once('+').map_or((text, i64::MIN), |(front, seconds)| {
            (front, second.saturating_add(seconds.parse::<i64>().unwrap()))
        });
        (session.split_once('/').map_or(session, |(owner, _)| owner), session, reach)
    }

    /// Which run of its owner each event is in, each event against all that come before it.
    fn slowly(gap: i64, events: &[(u32, &str, i64)]) -> Vec<usize> {
        let mut order: Vec<usize> = (0..events.len()).collect();
        order.sort_by_key(|at| events[*at].2);
        let mut found = vec![0; events.len()];
        for (place, at) in order.iter().enumerate() {
            let (owner, session, _) = parts(events[*at].1, 0);
            if owner.starts_with("run-") {
                continue;
            }
            let second = events[*at].2;
            let before: Vec<usize> =
                order[..place].iter().rev().copied().filter(|at| parts(events[*at].1, 0).0 == owner).collect();
            let near = before.first().filter(|it| second.saturating_sub(events[**it].2) <= gap);
            let renewed = before.iter().find(|it| {
                let (_, its, reach) = parts(events[**it].1, events[**it].2);
                its == session && reach >= second
            });
            found[*at] = match near.or(renewed) {
                Some(it) => found[*it],
                None => 1 + before.iter().map(|it| found[*it]).max().unwrap_or_default(),
            };
        }
        found
    }

    #[test]
    fn runs_are_counted_once_in_each_group() {
        check(60, &[]);
        check(60, &[(0, "run-a", 5), (1, "run-a", 500), (0, "run-a", 9_000), (0, "run-b", 5)]);
        let long = ["run-0123456789abcdef", "run-0123456789abcdefg", "run-0123456789abcdefh"];
        check(60, &long.map(|run| (0, run, 1)));
        check(60, &[(0, "run-", 0), (0, "run-\0", 0), (0, "run-a", 0), (0, "run-a\0", 0)]);
    }

    #[test]
    fn gaps_split_runs_and_other_groups_bridge_them() {
        check(60, &[(0, "s", 0), (0, "s", 60), (0, "s", 121)]);
        check(60, &[(0, "s", 121), (0, "s", 60), (0, "s", 0)]);
        check(60, &[(0, "s", 0), (1, "s", 50), (0, "s", 100), (0, "t", 50)]);
        check(60, &[(0, "s/a+200", 0), (1, "s/a", 200), (0, "s/a", 261), (0, "s/b", 150)]);
        check(60, &[(0, "s/a+900", 0), (1, "s/b", 100), (0, "s/a", 500), (0, "s/b", 520)]);
        check(0, &[(0, "s", 3), (0, "s", 3), (1, "s", 4), (0, "s", i64::MAX / 2), (0, "s", i64::MIN / 2)]);
    }

    #[test]
    fn where_the_order_in_a_second_matters_there_is_no_count() {
        let before = (0, "s/a+300", 0);
        // One of the two renews what is before, and the other one begins a run, unless it comes behind it.
        assert!(!is_counted(60, &[before, (0, "s/a", 200), (0, "s/b", 200)]));
        assert!(!is_counted(60, &[(1, "s/b", 200), (0, "s/a", 200), before]));
        check(60, &[before, (0, "s/a", 200), (1, "s/a", 200)]);
        check(60, &[before, (0, "s/a", 400), (0, "s/b", 400)]);
        check(60, &[before, (0, "s/a", 30), (0, "s/b", 30), (0, "s/a", 200), (0, "s/b", 201)]);
    }

    #[test]
    fn any_order_of_many_events_counts_the_same() {
        // A fixed sequence that looks like none.
        let mut state = 7_u64;
        let mut below = |limit: u32| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            u32::try_from(state >> 33).unwrap() % limit
        };
        let mut counted = 0;
        let texts = ["run-a", "run-b", "run-0123456789abcdefg", "s", "t", "u", "s/a+50", "s/b+90", "s/a+300", "t/a+40"];
        for round in 0..400 {
            let events: Vec<(u32, &str, i64)> =
                (0..60).map(|_| (below(3), texts[below(10) as usize], below(1_000 + round * 20).into())).collect();
            counted += usize::from(is_counted(below(40).into(), &events));
        }
        assert!((300..400).contains(&counted), "{counted}");
    }
}
