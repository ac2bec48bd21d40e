//! Whose each session is: which assumptions, or names, it comes from.

use std::sync::Arc;

use hashbrown::HashMap;

use super::chains::Chains;
use super::link::{Join, Link};
use super::origin::RunOrigin;
use super::sessions::{Claim, Sessions};
use super::table::SessionTable;
use crate::domain::assumption::Assumption;
use crate::domain::subject::Subject;

/// Places of assumptions among the events, ascending, and behind these of names. They stand for all that a session can come
/// from: the first one, the last one, and for each cell the first that disagrees with the first one. Whatever order many are
/// united in, they are the same.
type Places = Arc<[usize]>;

/// What sessions come from.
#[derive(Debug)]
pub(super) struct Origins<'a> {
    events: &'a [&'a Assumption],
    names: Vec<Box<str>>,
    places_of_names: HashMap<Box<str>, usize>,
    /// Of each node: a session, or several of one principal.
    found: Vec<Places>,
    /// The first node of the groups of one start, and that of each principal's lasting sessions.
    groups: usize,
    lasting: Vec<usize>,
    shared: HashMap<Places, Arc<RunOrigin>>,
}

impl<'a> Origins<'a> {
    /// Of the sessions that there are. `names` are the run ids that the session names of starts speak of.
    pub(super) fn new(
        events: &'a [&'a Assumption],
        sessions: &Sessions<'_>,
        table: &SessionTable,
        chains: &Chains,
        names: &[Option<Box<str>>],
    ) -> Self {
        let groups = sessions.all.len();
        let mut next = groups + table.by_principal.len();
        let mut lasting = Vec::new();
        for tree in &table.lasting {
            lasting.push(next);
            next += tree.nodes.len();
        }
        let (shared, places_of_names) = (HashMap::new(), HashMap::new());
        let mut origins =
            Self { events, names: Vec::new(), places_of_names, found: Vec::new(), groups, lasting, shared };
        let mut graph = Graph { sources: vec![Vec::new(); next], own: vec![None; next] };
        for (session, at) in sessions.assumptions.iter().enumerate() {
            graph.own[session] = Some(*at);
        }
        for start in chains.order.iter().copied() {
            let begun = sessions.begun(start);
            match chains.links[start] {
                Some(link @ Link::Session(..)) => {
                    graph.sources[begun] = origins.nodes(sessions, table, sessions.starts[start].claim.as_ref(), link);
                }
                _ => graph.own[begun] = names[start].as_deref().map(|name| origins.place_of_name(name)),
            }
        }
        origins.gather(&mut graph, table);
        origins.found = graph.solve(|one, other| origins.united(one, other));
        origins
    }

    /// Groups come from their members, and what lasts from the nodes above.
    fn gather(&self, graph: &mut Graph, table: &SessionTable) {
        let mut place = 0;
        while place < table.by_principal.len() {
            let group = table.by_principal.group_of(place);
            graph.sources[self.groups + place] = table.by_principal.sessions(group.clone()).collect();
            place = group.end;
        }
        for (tree, first) in table.lasting.iter().zip(&self.lasting) {
            for (node, here) in tree.nodes.iter().enumerate().skip(1) {
                let above = (node > 1).then_some(first + node / 2);
                graph.sources[first + node] = here.iter().copied().chain(above).collect();
            }
        }
    }

    /// The nodes that a link comes from: by key the session; by its start all ties; by principal all that last.
    fn nodes(&self, sessions: &Sessions<'_>, table: &SessionTable, claim: Option<&Claim>, link: Link) -> Vec<usize> {
        match (link, claim) {
            (Link::Session(Join::Session, session), Some(claim)) => {
                let ties = table.ties(&sessions.all, claim, session);
                ties.into_iter().map(|group| self.groups + group.start).collect()
            }
            (Link::Session(Join::Principal, _), Some(claim)) => {
                let leaf = table.lasting[claim.principal].leaf(claim.time);
                leaf.map(|leaf| self.lasting[claim.principal] + leaf).into_iter().collect()
            }
            (Link::Session(_, session), _) => vec![session],
            (Link::Name, _) => Vec::new(),
        }
    }

    /// The run of a call that is linked to a session.
    pub(super) fn of_session(
        &mut self,
        sessions: &Sessions<'_>,
        table: &SessionTable,
        claim: Option<&Claim>,
        link: Link,
    ) -> Arc<RunOrigin> {
        let nodes = self.nodes(sessions, table, claim, link);
        let places = nodes.into_iter().fold(Places::default(), |all, node| self.united(&all, &self.found[node]));
        self.shared(places)
    }

    /// The run that a session name speaks of.
    pub(super) fn of_name(&mut self, run_id: &str) -> Arc<RunOrigin> {
        let place = self.place_of_name(run_id);
        self.shared([place].into())
    }

    fn place_of_name(&mut self, run_id: &str) -> usize {
        if let Some(place) = self.places_of_names.get(run_id) {
            return *place;
        }
        let place = self.events.len() + self.names.len();
        self.names.push(run_id.into());
        self.places_of_names.insert(run_id.into(), place);
        place
    }

    /// One value for all calls that come from the same.
    fn shared(&mut self, places: Places) -> Arc<RunOrigin> {
        if let Some(origin) = self.shared.get(&places) {
            return Arc::clone(origin);
        }
        let run_id = |at: &usize| self.cells(*at)[RUN_ID];
        let first = places.first().and_then(run_id);
        let is_named = places.last().is_some_and(|last| *last >= self.events.len());
        let origin = match first {
            _ if !is_named => RunOrigin::Assumptions((*places).into()),
            Some(id) if places.iter().all(|at| run_id(at) == first) => RunOrigin::Name(id.into()),
            _ => RunOrigin::Assumptions([].into()),
        };
        let origin = Arc::new(origin);
        self.shared.insert(places, Arc::clone(&origin));
        origin
    }

    /// What stands for both.
    fn united(&self, one: &Places, other: &Places) -> Places {
        if other.is_empty() || one == other {
            return Arc::clone(one);
        }
        if one.is_empty() {
            return Arc::clone(other);
        }
        let mut all: Vec<usize> = one.iter().chain(&**other).copied().collect();
        all.sort_unstable();
        all.dedup();
        let (Some(first), Some(last)) = (all.first(), all.last()) else { return Arc::clone(one) };
        let (mut seen, mut kept) = ([false; CELLS], vec![*first]);
        let cells = self.cells(*first);
        for at in &all[1..] {
            let mine = self.cells(*at);
            let mut is_new = at == last;
            for cell in 0..CELLS {
                let disagrees = mine[cell] != cells[cell] && !seen[cell];
                seen[cell] |= disagrees;
                is_new |= disagrees;
            }
            if is_new {
                kept.push(*at);
            }
        }
        kept.into()
    }

    /// What calls of different runs, or of parts of one, can disagree in.
    fn cells(&self, at: usize) -> [Option<&str>; CELLS] {
        let Some(event) = self.events.get(at) else {
            let mut cells = [None; CELLS];
            cells[RUN_ID] = self.names.get(at - self.events.len()).map(|name| &**name);
            return cells;
        };
        let subject = &event.subject;
        let verbatim = match subject {
            Subject::Other(text) => Some(&**text),
            _ => None,
        };
        [
            event.run_id.as_deref(),
            event.issuer.as_deref(),
            subject.organization(),
            subject.project(),
            subject.workspace(),
            subject.stack(),
            subject.deployment(),
            subject.module(),
            subject.phase(),
            verbatim,
        ]
    }
}

/// How many cells there are.
const CELLS: usize = 10;

/// The cell of the run id, which alone a name has.
const RUN_ID: usize = 0;

/// What each node is, and which other nodes it comes from. There may be circles.
struct Graph {
    sources: Vec<Vec<usize>>,
    own: Vec<Option<usize>>,
}

/// A node that was not visited yet, and one whose value stands.
const NEW: usize = 0;
const DONE: usize = usize::MAX;

impl Graph {
    /// The union of all that each node comes from, directly or not. The nodes of a circle come from the same: Tarjan's
    /// algorithm finds them, each behind those that it comes from, and needs no recursion here, since chains can be long.
    fn solve(&self, united: impl Fn(&Places, &Places) -> Places) -> Vec<Places> {
        let count = self.sources.len();
        let mut found = vec![Places::default(); count];
        let (mut index, mut low, mut stack, mut next) = (vec![NEW; count], vec![NEW; count], Vec::new(), NEW);
        for root in 0..count {
            let mut work = vec![(root, 0)];
            while let Some((node, at)) = work.last_mut() {
                let node = *node;
                if index[node] == NEW {
                    next += 1;
                    (index[node], low[node]) = (next, next);
                    stack.push(node);
                }
                if index[node] == DONE {
                    work.pop();
                } else if let Some(source) = self.sources[node].get(*at).copied() {
                    *at += 1;
                    if index[source] == NEW {
                        work.push((source, 0));
                    } else if index[source] != DONE {
                        low[node] = low[node].min(index[source]);
                    }
                } else {
                    work.pop();
                    if let Some((parent, _)) = work.last() {
                        low[*parent] = low[*parent].min(low[node]);
                    }
                    if low[node] == index[node] {
                        let from = stack.iter().rposition(|it| *it == node).unwrap_or_default();
                        self.close(&stack.split_off(from), &mut index, &mut found, &united);
                    }
                }
            }
        }
        found
    }

    /// Gives all nodes of a circle, or one that is in none, what they come from.
    fn close(
        &self,
        circle: &[usize],
        index: &mut [usize],
        found: &mut [Places],
        united: impl Fn(&Places, &Places) -> Places,
    ) {
        let mut all = Places::default();
        for node in circle.iter().copied() {
            if let Some(own) = self.own[node] {
                all = united(&all, &[own].into());
            }
            for source in self.sources[node].iter().copied().filter(|source| index[*source] == DONE) {
                all = united(&all, &found[source]);
            }
        }
        for node in circle.iter().copied() {
            index[node] = DONE;
            found[node] = Arc::clone(&all);
        }
    }
}
