//! How far each session is from its run, and by which link.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::link::{Join, Link};
use super::reach::{Reached, take};
use super::sessions::Sessions;
use super::table::{Row, SessionTable};

/// The links of all starts that are reached.
#[derive(Debug)]
pub(super) struct Chains {
    /// Of each start.
    pub links: Vec<Option<Link>>,
    /// Of each session that there is, how many are between it and the run.
    pub hops: Vec<u32>,
    /// The starts, each behind the one that began its session.
    pub order: Vec<usize>,
}

/// Links each start to a session as the join table says with all sessions known.
///
/// By `principal` that is the one with the fewest hops. Where links go in a circle, as only forged records or keys given out
/// twice make them, the start in it that was reached first keeps the link by which it was reached: that one comes from
/// outside.
pub(super) fn chain(sessions: &Sessions<'_>, reached: &[Option<Reached>], table: &SessionTable) -> Chains {
    let mut growing = Growing {
        sessions,
        chains: Chains { links: vec![None; reached.len()], hops: vec![0; sessions.all.len()], order: Vec::new() },
        batches: BTreeMap::from([(0, (0..sessions.assumptions.len()).collect())]),
    };
    let mut children: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut lasting = BTreeSet::new();
    let known = (0..reached.len()).filter_map(|start| Some((start, reached[start]?)));
    let mut by_round: Vec<(usize, usize, Link)> = known.map(|(start, it)| (it.round, start, it.link)).collect();
    by_round.sort_unstable_by_key(|(round, start, _)| (*round, *start));
    for (_, start, _) in &by_round {
        let claim = sessions.starts[*start].claim;
        let row = claim.and_then(|claim| table.row(&sessions.all, &claim, Some(sessions.begun(*start))));
        match (row, claim) {
            (Some(Row::Session(_, session)), _) => children.entry(session).or_default().push(*start),
            (Some(Row::Lasting(_)), Some(claim)) => drop(lasting.insert((claim.principal, claim.time, *start))),
            _ => growing.link(*start, Link::Name),
        }
    }
    for (_, start, link) in &by_round {
        growing.grow(&mut children, &mut lasting, table);
        growing.link(*start, *link);
    }
    growing.grow(&mut children, &mut lasting, table);
    growing.chains
}

struct Growing<'a> {
    sessions: &'a Sessions<'a>,
    chains: Chains,
    /// Sessions whose children are not linked yet, by hops.
    batches: BTreeMap<u32, Vec<usize>>,
}

impl Growing<'_> {
    /// Links a start, if it is not linked yet; its session is one hop farther.
    fn link(&mut self, start: usize, link: Link) {
        if self.chains.links[start].is_some() {
            return;
        }
        let hops = match link {
            Link::Session(_, session) => self.chains.hops[session],
            Link::Name => 0,
        };
        let begun = self.sessions.begun(start);
        self.chains.links[start] = Some(link);
        self.chains.order.push(start);
        self.chains.hops[begun] = hops.saturating_add(1);
        self.batches.entry(self.chains.hops[begun]).or_default().push(begun);
    }

    /// Links what hangs on the sessions that are linked, the nearest to the run first.
    fn grow(
        &mut self,
        children: &mut HashMap<usize, Vec<usize>>,
        lasting: &mut BTreeSet<(usize, i64, usize)>,
        table: &SessionTable,
    ) {
        while let Some((_, mut batch)) = self.batches.pop_first() {
            let all = &self.sessions.all;
            // A start is taken by the first session that it lies in.
            batch.sort_unstable_by_key(|at| (Reverse(all[*at].start), all[*at].rank));
            for session in batch {
                for start in children.remove(&session).unwrap_or_default() {
                    let claim = self.sessions.starts[start].claim;
                    let own = Some(self.sessions.begun(start));
                    let link = claim.and_then(|claim| table.row(all, &claim, own)).and_then(Row::link);
                    self.link(start, link.unwrap_or(Link::Name));
                }
                for start in take(lasting, all[session].principal, all[session].span()) {
                    self.link(start, Link::Session(Join::Principal, session));
                }
            }
        }
    }
}
