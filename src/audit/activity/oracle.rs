//! The attribution once more, slow and straight from the sentences of DESIGN §9: every call is held against every session.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::link::Join;
use super::sample::{World, show};
use crate::domain::role::run_id_of_session;
use crate::domain::session_call::{CallOutcome, SessionCall};
use crate::domain::timestamp::Timestamp;

/// What began a session: an assumption or a call, by its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Begun {
    Event(usize),
    Call(usize),
}

struct Session<'a> {
    begun: Begun,
    key: Option<&'a str>,
    principal: &'a str,
    start: i64,
    end: i64,
    event_id: &'a str,
}

/// A row of the table that holds: the sessions that it holds for.
type Row = (Join, Vec<Begun>);

/// The row of each start, and the session that it is linked to.
type Links = BTreeMap<usize, (Row, Option<Begun>)>;

/// What a run is known from: an assumption by its place, or a run id.
type Source = Result<usize, String>;

struct Oracle<'a> {
    world: &'a World,
    sessions: BTreeMap<Begun, Session<'a>>,
}

impl<'a> Oracle<'a> {
    fn new(world: &'a World) -> Self {
        let events = world.events.iter().enumerate().filter_map(|(at, event)| {
            let session = Session {
                begun: Begun::Event(at),
                key: event.outcome.access_key_id(),
                principal: world.principals.get(&event.content)?,
                start: event.time.seconds(),
                end: event.session_end()?.seconds(),
                event_id: event.event_id.as_deref()?,
            };
            Some(session)
        });
        let calls = world.calls.iter().enumerate().filter_map(|(at, call)| {
            let issued = call.issued.as_ref().filter(|_| call.operation.outcome() == CallOutcome::Ok)?;
            let (to, from) = (issued.principal_id.as_deref(), call.caller.principal_id.as_deref());
            if call.caller.access_key_id.as_deref() == Some(&*issued.access_key_id) && (to.is_none() || to == from) {
                return None;
            }
            let session = Session {
                begun: Begun::Call(at),
                key: Some(&issued.access_key_id),
                principal: issued.principal_id.as_deref().or(call.caller.principal_id.as_deref())?,
                start: call.time.seconds(),
                end: issued.end.seconds(),
                event_id: call.event_id.as_deref()?,
            };
            Some(session)
        });
        Self { world, sessions: events.chain(calls).map(|session| (session.begun, session)).collect() }
    }

    fn call(&self, at: usize) -> &'a SessionCall {
        &self.world.calls[at]
    }

    /// The first row that holds for a call, with these sessions known. A call does not belong to the session it begins.
    fn row(&self, at: usize, known: &BTreeSet<Begun>) -> Option<Row> {
        let call = self.call(at);
        let (time, created) = (call.time.seconds(), call.caller.session_created.map(Timestamp::seconds));
        let of_principal: Vec<&Session<'_>> = known
            .iter()
            .filter(|begun| **begun != Begun::Call(at))
            .map(|begun| &self.sessions[begun])
            .filter(|session| call.caller.principal_id.as_deref() == Some(session.principal))
            .collect();
        let distance = |session: &&Session<'_>| created.map(|created| created.abs_diff(session.start));
        let is_near = |session: &&Session<'_>| distance(session).is_some_and(|seconds| seconds <= 2);
        let keyed: Vec<&Session<'_>> = of_principal
            .iter()
            .copied()
            .filter(|session| session.key.is_some() && session.key == call.caller.access_key_id.as_deref())
            .filter(|session| created.is_none() || is_near(session))
            .collect();
        let chosen = if created.is_some() {
            keyed.iter().min_by_key(|session| (distance(session), session.event_id))
        } else {
            let begun = keyed.iter().filter(|session| session.start <= time + 2);
            let first = || keyed.iter().min_by_key(|session| (session.start, session.event_id));
            begun.min_by_key(|session| (Reverse(session.start), session.event_id)).or_else(first)
        };
        if let Some(chosen) = chosen {
            return Some((Join::Key, vec![chosen.begun]));
        }
        let mut near: Vec<&Session<'_>> = of_principal.iter().copied().filter(is_near).collect();
        near.sort_by_key(|session| (distance(session), session.event_id));
        near.retain({
            let nearest = near.first().map(distance);
            move |session| Some(distance(session)) == nearest
        });
        if !near.is_empty() {
            return Some((Join::Session, near.iter().map(|session| session.begun).collect()));
        }
        let lasting = of_principal.iter().filter(|session| session.start - 2 <= time && time <= session.end + 2);
        let lasting: Vec<Begun> = lasting.map(|session| session.begun).collect();
        if !lasting.is_empty() {
            return Some((Join::Principal, lasting));
        }
        self.name(at).map(|_| (Join::Name, Vec::new()))
    }

    fn name(&self, at: usize) -> Option<String> {
        let caller = &self.call(at).caller;
        caller.issuer.as_deref().filter(|issuer| *issuer == "app.terraform.io")?;
        run_id_of_session(caller.session_name()?)
    }

    /// The session that a row links a call to, of those with known hops.
    fn chosen(&self, row: &Row, hops: &BTreeMap<Begun, u32>) -> Option<Begun> {
        match row.0 {
            Join::Name => None,
            Join::Key | Join::Session => row.1.first().copied().filter(|begun| hops.contains_key(begun)),
            Join::Principal => {
                let known = row.1.iter().copied().filter(|begun| hops.contains_key(begun));
                let session = |begun: &Begun| &self.sessions[begun];
                known.min_by_key(|it| (hops[it], Reverse(session(it).start), session(it).event_id))
            }
        }
    }

    fn starts(&self) -> Vec<usize> {
        let starts = self.sessions.keys().filter_map(|begun| match begun {
            Begun::Call(at) => Some(*at),
            Begun::Event(_) => None,
        });
        starts.collect()
    }

    fn of_events(&self) -> BTreeSet<Begun> {
        self.sessions.keys().copied().filter(|begun| matches!(begun, Begun::Event(_))).collect()
    }

    /// The starts in the order in which they are reached, with the row that held then, and its session.
    fn reached(&self) -> Vec<(usize, Row, Option<Begun>)> {
        let mut known = self.of_events();
        let mut reached: Vec<(usize, Row, Option<Begun>)> = Vec::new();
        loop {
            let mut found: Vec<_> = self.starts();
            found.retain(|at| !known.contains(&Begun::Call(*at)));
            found.sort_by_key(|at| (self.call(*at).time, &self.call(*at).event_id));
            let equal: BTreeMap<Begun, u32> = known.iter().map(|begun| (*begun, 0)).collect();
            let rows = found.into_iter().filter_map(|at| Some((at, self.row(at, &known)?)));
            let found: Vec<_> = rows.map(|(at, row)| (at, row.clone(), self.chosen(&row, &equal))).collect();
            if found.is_empty() {
                return reached;
            }
            known.extend(found.iter().map(|(at, ..)| Begun::Call(*at)));
            reached.extend(found);
        }
    }

    /// The row and the session of each start, and the hops of each session.
    fn links(&self) -> (Links, BTreeMap<Begun, u32>) {
        let reached = self.reached();
        let mut hops: BTreeMap<Begun, u32> = self.of_events().into_iter().map(|begun| (begun, 0)).collect();
        let known = self.known(&reached);
        let mut links: Links = BTreeMap::new();
        loop {
            let open = || reached.iter().filter(|(at, ..)| !links.contains_key(at));
            let next = open().filter_map(|(at, ..)| {
                let row = self.row(*at, &known)?;
                let chosen = self.chosen(&row, &hops);
                (row.0 == Join::Name || chosen.is_some()).then_some((*at, row, chosen))
            });
            let of = |chosen: &Option<Begun>| chosen.map_or(0, |begun| hops[&begun]);
            let next = next.min_by_key(|(.., chosen)| of(chosen));
            // In a circle the one that was reached first keeps its link, among all that are in its row now.
            let broken = || {
                let (at, row, chosen) = open().next()?.clone();
                Some((at, self.now(at, row, chosen, &known), chosen))
            };
            let Some((at, row, chosen)) = next.or_else(broken) else { return (links, hops) };
            hops.insert(Begun::Call(at), of(&chosen) + 1);
            links.insert(at, (row, chosen));
        }
    }

    fn known(&self, reached: &[(usize, Row, Option<Begun>)]) -> BTreeSet<Begun> {
        self.of_events().into_iter().chain(reached.iter().map(|(at, ..)| Begun::Call(*at))).collect()
    }

    /// A row that held earlier, with the sessions that are as good as the chosen one with all known.
    fn now(&self, at: usize, row: Row, chosen: Option<Begun>, known: &BTreeSet<Begun>) -> Row {
        let call = self.call(at);
        let (time, created) = (call.time.seconds(), call.caller.session_created.map_or(0, Timestamp::seconds));
        let Some(chosen) = chosen.map(|begun| &self.sessions[&begun]) else { return row };
        let same = known.iter().map(|begun| &self.sessions[begun]).filter(|it| it.principal == chosen.principal);
        let same = same.filter(|session| match row.0 {
            Join::Session => session.start.abs_diff(created) == chosen.start.abs_diff(created),
            Join::Principal => session.start - 2 <= time && time <= session.end + 2,
            Join::Key | Join::Name => session.begun == chosen.begun,
        });
        (row.0, same.map(|session| session.begun).collect())
    }

    /// What each session comes from.
    fn sources(&self, links: &Links) -> BTreeMap<Begun, BTreeSet<Source>> {
        let mut sources: BTreeMap<Begun, BTreeSet<Source>> = BTreeMap::new();
        for begun in self.of_events() {
            let Begun::Event(at) = begun else { continue };
            sources.insert(begun, BTreeSet::from([Ok(at)]));
        }
        loop {
            let before = sources.clone();
            for (at, (row, _)) in links {
                let found = self.united(*at, row, &sources);
                sources.entry(Begun::Call(*at)).or_default().extend(found);
            }
            if sources == before {
                return sources;
            }
        }
    }

    fn united(&self, at: usize, row: &Row, sources: &BTreeMap<Begun, BTreeSet<Source>>) -> BTreeSet<Source> {
        if row.0 == Join::Name {
            return self.name(at).map(Err).into_iter().collect();
        }
        row.1.iter().filter_map(|begun| sources.get(begun)).flatten().cloned().collect()
    }

    /// The role of a linked call, and the roles before it.
    fn way(&self, at: usize, link: Option<Begun>, links: &Links) -> (Option<Arc<str>>, Vec<Arc<str>>) {
        let (role, via) = match link {
            None => (None, Vec::new()),
            Some(Begun::Event(event)) => (self.world.events[event].role_arn.clone(), Vec::new()),
            Some(Begun::Call(start)) => {
                let (before, mut via) = self.way(start, links[&start].1, links);
                via.extend(before.clone());
                (self.call(start).issued.as_ref().unwrap().role_arn.clone().or(before), via)
            }
        };
        (role.or_else(|| self.call(at).caller.role_arn.clone()), via)
    }

    /// The cell that all sources have; a name has none but the run id.
    fn agreed(sources: &BTreeSet<Source>, cell: impl Fn(&Source) -> Option<String>) -> Option<String> {
        let cells: BTreeSet<Option<String>> = sources.iter().map(cell).collect();
        cells.iter().next().cloned().flatten().filter(|_| cells.len() == 1)
    }

    fn attributed(&self) -> Vec<(String, String)> {
        let (links, hops) = self.links();
        let known = self.known(&self.reached());
        let sources = self.sources(&links);
        let shown = (0..self.world.calls.len()).map(|at| {
            let link = links.get(&at).cloned().or_else(|| {
                let row = self.row(at, &known)?;
                let chosen = self.chosen(&row, &hops);
                Some((row, chosen))
            });
            let shown = link.map_or_else(
                || "-".to_owned(),
                |(row, chosen)| {
                    let sources = self.united(at, &row, &sources);
                    let event = |source: &Source| source.as_ref().ok().map(|at| &self.world.events[*at]);
                    let run = Self::agreed(&sources, |source| match source {
                        Ok(at) => self.world.events[*at].run_id.as_deref().map(str::to_owned),
                        Err(id) => Some(id.clone()),
                    });
                    let phase = Self::agreed(&sources, |it| event(it)?.subject.phase().map(str::to_owned));
                    let workspace = Self::agreed(&sources, |it| event(it)?.subject.workspace().map(str::to_owned));
                    let (role, via) = self.way(at, chosen, &links);
                    let hops = chosen.map_or(0, |begun| hops[&begun]);
                    let run = (run.as_deref(), phase.as_deref(), workspace.as_deref());
                    show(row.0, hops, role.as_deref(), run, &via)
                },
            );
            (self.call(at).event_id.as_deref().unwrap().to_owned(), shown)
        });
        let mut shown: Vec<_> = shown.collect();
        shown.sort();
        shown
    }
}

/// Numbers that are the same in every run (Knuth's MMIX constants).
pub(super) struct Random(pub u64);

impl Random {
    pub(super) fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    pub(super) fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(u64::try_from(of.len()).unwrap())).unwrap()]
    }

    /// A cell that is there in most lines.
    fn cell(&mut self, name: &str, kinds: u64) -> String {
        match self.below(kinds + 1) {
            0 => String::new(),
            kind => format!("{name}={}{}", name.to_uppercase(), kind % kinds),
        }
    }

    /// An assumption, or a call that may begin a session.
    pub(super) fn line(&mut self, at: u64, seconds: u64) -> String {
        let time = self.below(seconds);
        let mut words = if self.below(4) == 0 {
            let (run, phase, workspace) = (self.below(3), self.one(&["plan", "apply"]), self.below(3));
            vec![format!("e{at} t={time} run=run-{run} phase={phase} workspace=w{workspace}")]
        } else {
            let mut words = vec![format!("c{at} t={time}")];
            if self.below(3) > 0 {
                words.extend([format!("gives=KEY{}", self.below(3)), self.cell("to", 3)]);
                words.extend((self.below(5) > 0).then(|| format!("as=P:terraform-run-r{}", self.below(3))));
            }
            words.extend((self.below(2) == 0).then(|| format!("created={}", (time + 3).saturating_sub(self.below(9)))));
            words.extend((self.below(8) == 0).then(|| "issuer=app.terraform.io".to_owned()));
            words.extend((self.below(12) == 0).then(|| "error=NoSuchBucket".to_owned()));
            words
        };
        let principal = format!("p=P:terraform-run-r{}", self.below(3));
        let end = format!("end={}", time + self.one(&[1, 3, 9]));
        words.extend([self.cell("role", 3), self.cell("key", 3), principal, end]);
        words.join(" ")
    }

    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            let other = self.below(u64::try_from(at).unwrap() + 1);
            items.swap(at, usize::try_from(other).unwrap());
        }
    }
}

#[test]
fn the_fast_way_gives_what_the_slow_one_does_in_any_order() {
    let (mut joins, mut far, mut broken) = (BTreeMap::<String, usize>::new(), 0, 0);
    for seed in 0..800 {
        let mut random = Random(seed);
        let (count, seconds) = (2 + random.below(24), random.one(&[4, 12, 30]));
        let mut lines: Vec<String> = (0..count).map(|at| random.line(at, seconds)).collect();
        let world = World::new(&lines);
        let oracle = Oracle::new(&world);
        let expected = oracle.attributed();
        assert_eq!(world.attributed(), expected, "seed {seed}:\n{}", lines.join("\n"));
        random.shuffle(&mut lines);
        assert_eq!(World::new(&lines).attributed(), expected, "seed {seed}, shuffled:\n{}", lines.join("\n"));
        for (_, shown) in &expected {
            let mut words = shown.split(' ');
            *joins.entry(words.next().unwrap().to_owned()).or_default() += 1;
            far += usize::from(words.next().is_some_and(|hops| hops.parse::<u32>().unwrap() > 2));
        }
        let known = oracle.known(&oracle.reached());
        broken += oracle
            .links()
            .0
            .iter()
            .filter(|(at, (row, _))| Some(row.0) != oracle.row(**at, &known).map(|it| it.0))
            .count();
    }
    // The worlds have something of everything.
    assert!(joins.len() == 5 && joins.values().all(|count| *count > 200), "{joins:?}");
    assert!(far > 200 && broken > 20, "{far} {broken}");
}
