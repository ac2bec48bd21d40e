//! Whose each call is.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::Arc;

use super::chains::{Chains, chain};
use super::link::{Join, Link};
use super::origin::RunOrigin;
use super::origins::Origins;
use super::reach::reach;
use super::sessions::{Claim, Sessions};
use super::table::{Row, SessionTable};
use super::via::Via;
use crate::domain::assumption::Assumption;
use crate::domain::issuer::{IssuerRole, Issuers};
use crate::domain::role::run_id_of_session;
use crate::domain::session_call::{SessionCall, SessionCaller};
use crate::domain::timestamp::Timestamp;

/// Whose a call is, and how that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribution {
    /// The run. Calls that come from the same share it.
    pub origin: Arc<RunOrigin>,
    /// The call's own link.
    pub join: Join,
    /// How many sessions are between the call's and the run's own; 0 is the run's own.
    pub hops: u32,
    /// The role whose credentials made the call.
    pub role_arn: Option<Arc<str>>,
    /// The roles before it. A session without a known role leaves none.
    pub via: Via,
}

/// Attributes calls to the runs whose credentials made them, directly or by chaining (DESIGN §9): one answer for each call,
/// none for a call that is of no run. The order of the calls makes no difference.
///
/// `events` are deduplicated assumptions in their order, from 12 hours before the window on; denied ones begin no session.
/// `principals` are the `assumedRoleUser.assumedRoleId` of granted ones, by [`Assumption::content`].
///
/// Each call gets the first row of the join table that holds, over all sessions that there are:
/// - `key`: of several sessions with that key and principal the nearest to the creation date, within 2 seconds; without a
///   creation date the one that had begun last by the call's time (2 seconds later at the most), else the first after it. Then
///   the smallest event id.
/// - `session`: the nearest to the creation date, then the smallest event id. The run is that of all that are as near.
/// - `principal`: the run is that of all sessions in which the call lies; `hops`, `via` and `role_arn` are of the one with
///   the fewest hops, of these the one that began last, then the smallest event id.
/// - `name`: `hops` is 0.
///
/// A call that succeeded and gave out credentials begins a session, which there is only if the call is attributed. No call
/// belongs to the session that it begins. Where links go in a circle, the call in it that can be reached by the fewest hops
/// keeps the link by which it was.
#[must_use]
pub fn attribute<S: BuildHasher>(
    events: &[&Assumption],
    principals: &HashMap<[u8; 32], Box<str>, S>,
    issuers: &Issuers,
    calls: &[SessionCall],
) -> Vec<Option<Attribution>> {
    let mut attributor = Attributor::new(events, principals, issuers, calls);
    calls.iter().enumerate().map(|(at, call)| attributor.of_call(at, call)).collect()
}

/// Attributes calls, one by one.
pub(super) struct Attributor<'a> {
    issuers: &'a Issuers,
    sessions: Sessions<'a>,
    table: SessionTable,
    chains: Chains,
    origins: Origins<'a>,
    ways: Ways,
    shortest: Vec<Vec<Option<usize>>>,
}

impl<'a> Attributor<'a> {
    /// `calls` are all that begin sessions; there may be others among them.
    pub(super) fn new<S: BuildHasher>(
        events: &'a [&'a Assumption],
        principals: &'a HashMap<[u8; 32], Box<str>, S>,
        issuers: &'a Issuers,
        calls: &'a [SessionCall],
    ) -> Self {
        let sessions = Sessions::new(events, principals, calls);
        let names: Vec<Option<Box<str>>> =
            sessions.starts.iter().map(|start| named_run(&calls[start.call].caller, issuers)).collect();
        let reached = reach(&sessions, |start| names[start].is_some());
        let known = sessions.assumptions.len();
        let table = SessionTable::new(&sessions, |at| at < known || reached[at - known].is_some());
        let chains = chain(&sessions, &reached, &table);
        let origins = Origins::new(events, &sessions, &table, &chains, &names);
        let ways = Ways::new(events, calls, &sessions, &chains);
        let shortest = shortest(&sessions, &table, &chains);
        Self { issuers, sessions, table, chains, origins, ways, shortest }
    }

    /// One of the calls, by its place among them.
    pub(super) fn of_call(&mut self, at: usize, call: &SessionCall) -> Option<Attribution> {
        let claim = self.claim(&call.caller, call.time);
        let link = match self.sessions.start(at) {
            Some(start) => self.chains.links[start],
            None => claim.and_then(|claim| self.link(&claim, self.row(&claim)?)),
        };
        self.of_link(&call.caller, claim.as_ref(), link)
    }

    /// What a caller tells of its session by a call at some time.
    pub(super) fn claim(&self, caller: &SessionCaller, time: Timestamp) -> Option<Claim> {
        self.sessions.claim(caller, time)
    }

    /// The row of the join table that holds for a call that begins no session.
    pub(super) fn row(&self, claim: &Claim) -> Option<Row> {
        self.table.row(&self.sessions.all, claim, None)
    }

    /// The same, where it holds whenever the call was made.
    pub(super) fn lasting_row(&self, claim: &Claim) -> Option<Row> {
        self.table.lasting_row(&self.sessions.all, claim)
    }

    /// A call that begins no session, for which that row holds. It is the same for all calls of the caller with that row.
    pub(super) fn of_row(
        &mut self,
        caller: &SessionCaller,
        claim: Option<&Claim>,
        row: Option<Row>,
    ) -> Option<Attribution> {
        let link = claim.zip(row).and_then(|(claim, row)| self.link(claim, row));
        self.of_link(caller, claim, link)
    }

    fn link(&self, claim: &Claim, row: Row) -> Option<Link> {
        match row {
            Row::Session(join, session) => Some(Link::Session(join, session)),
            Row::Lasting(leaf) => Some(Link::Session(Join::Principal, self.shortest[claim.principal][leaf]?)),
        }
    }

    fn of_link(&mut self, caller: &SessionCaller, claim: Option<&Claim>, link: Option<Link>) -> Option<Attribution> {
        let (origin, join, hops) = match link {
            Some(link @ Link::Session(join, session)) => {
                (self.origins.of_session(&self.sessions, &self.table, claim, link), join, self.chains.hops[session])
            }
            _ => (self.origins.of_name(&named_run(caller, self.issuers)?), Join::Name, 0),
        };
        let (role_arn, via) = self.ways.of_link(link.unwrap_or(Link::Name), caller);
        Some(Attribution { origin, join, hops, role_arn, via })
    }
}

/// The run that the session name of a caller speaks of, if a selected issuer vouched for its session.
fn named_run(caller: &SessionCaller, issuers: &Issuers) -> Option<Box<str>> {
    let id = run_id_of_session(caller.session_name()?)?;
    let is_selected = issuers.role(caller.issuer.as_deref()?) != IssuerRole::Foreign;
    is_selected.then(|| id.into())
}

/// For each principal and each node of what lasts of it the session that a call there is linked to: by hops, the latest
/// start, the smallest rank.
fn shortest(sessions: &Sessions<'_>, table: &SessionTable, chains: &Chains) -> Vec<Vec<Option<usize>>> {
    let key = |at: &usize| (chains.hops[*at], Reverse(sessions.all[*at].start), sessions.all[*at].rank);
    let of_tree = |nodes: &Vec<Vec<usize>>| {
        let mut best: Vec<Option<usize>> = Vec::with_capacity(nodes.len());
        for (node, here) in nodes.iter().enumerate() {
            let above = best.get(node / 2).copied().flatten();
            best.push(here.iter().copied().chain(above).min_by_key(key));
        }
        best
    };
    table.lasting.iter().map(|tree| of_tree(&tree.nodes)).collect()
}

/// The role of each session, and the roles before it.
struct Ways {
    roles: Vec<Option<Arc<str>>>,
    vias: Vec<Via>,
}

impl Ways {
    fn new(events: &[&Assumption], calls: &[SessionCall], sessions: &Sessions<'_>, chains: &Chains) -> Self {
        let count = sessions.all.len();
        let mut ways = Self { roles: vec![None; count], vias: vec![Via::default(); count] };
        for (session, at) in sessions.assumptions.iter().enumerate() {
            ways.roles[session].clone_from(&events[*at].role_arn);
        }
        for start in chains.order.iter().copied() {
            let call = &calls[sessions.starts[start].call];
            let (role, via) = ways.of_link(chains.links[start].unwrap_or(Link::Name), &call.caller);
            let begun = sessions.begun(start);
            ways.vias[begun] = role.iter().fold(via, |via, role| via.then(Arc::clone(role)));
            ways.roles[begun] = call.issued.as_ref().and_then(|issued| issued.role_arn.clone()).or(role);
        }
        ways
    }

    /// The role with whose credentials a linked call was made, which the call tells where its session does not; and those
    /// before it.
    fn of_link(&self, link: Link, caller: &SessionCaller) -> (Option<Arc<str>>, Via) {
        let (role, via) = match link {
            Link::Session(_, session) => (self.roles[session].clone(), self.vias[session].clone()),
            Link::Name => (None, Via::default()),
        };
        (role.or_else(|| caller.role_arn.clone()), via)
    }
}
