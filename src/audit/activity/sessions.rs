//! The sessions that there can be, and what calls tell about theirs, in numbers: what is compared often is no text any more.

use std::collections;
use std::hash::BuildHasher;

use hashbrown::HashMap;

use super::dedupe::{event_id, order};
use crate::domain::assumption::Assumption;
use crate::domain::session_call::{SessionCall, SessionCaller};
use crate::domain::timestamp::Timestamp;

/// Times of the same moment are so many seconds apart at the most (DESIGN §9).
pub(super) const TOLERANCE: i64 = 2;

/// A session that a granted assumption began, or that a call begins if its own session is one of a run.
#[derive(Debug)]
pub(super) struct Session {
    pub principal: usize,
    /// The access key together with the principal: a key alone joins nothing.
    pub key: Option<usize>,
    /// Seconds, as `eventTime` has them.
    pub start: i64,
    pub end: i64,
    /// Its place among all sessions by the id of the event that began it, then by that event's content.
    pub rank: usize,
}

impl Session {
    /// The first and the last second of the calls that lie in it.
    pub(super) fn span(&self) -> (i64, i64) {
        (self.start - TOLERANCE, self.end + TOLERANCE)
    }
}

/// What a call tells about its session.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim {
    pub principal: usize,
    pub key: Option<usize>,
    pub created: Option<i64>,
    pub time: i64,
}

/// A call that begins a session if it is attributed.
#[derive(Debug)]
pub(super) struct Start {
    /// Its place among the calls.
    pub call: usize,
    /// None where no session has its principal.
    pub claim: Option<Claim>,
}

/// All sessions that there can be: first those of assumptions, then for each start its own.
#[derive(Debug)]
pub(super) struct Sessions<'a> {
    pub all: Vec<Session>,
    /// The assumption of each of the first ones, by its place among the events.
    pub assumptions: Vec<usize>,
    /// In the order of events.
    pub starts: Vec<Start>,
    start_of_call: HashMap<usize, usize>,
    principals: HashMap<&'a str, usize>,
    keys: HashMap<(usize, &'a str), usize>,
}

impl<'a> Sessions<'a> {
    /// Those of `events` and `calls`; `assumed` has the principals of assumptions by content.
    pub(super) fn new<S: BuildHasher>(
        events: &[&'a Assumption],
        assumed: &'a collections::HashMap<[u8; 32], Box<str>, S>,
        calls: &'a [SessionCall],
    ) -> Self {
        let mut sessions = Self {
            all: Vec::new(),
            assumptions: Vec::new(),
            starts: Vec::new(),
            start_of_call: HashMap::new(),
            principals: HashMap::new(),
            keys: HashMap::new(),
        };
        let mut ids: Vec<(&str, &[u8; 32])> = Vec::new();
        for (at, event) in events.iter().enumerate() {
            let (Some(end), Some(principal)) = (event.session_end(), assumed.get(&event.content)) else { continue };
            let key = event.outcome.access_key_id();
            if sessions.add(principal, key, event.time.seconds(), end.seconds()) {
                sessions.assumptions.push(at);
                ids.push((event.event_id.as_deref().unwrap_or(""), &event.content));
            }
        }
        let mut starting: Vec<usize> = (0..calls.len()).filter(|at| calls[*at].begins_session()).collect();
        starting.sort_by(|one, other| order(&calls[*one], &calls[*other]));
        for at in starting {
            let call = &calls[at];
            let Some(issued) = &call.issued else { continue };
            let principal = issued.principal_id.as_deref().or(call.caller.principal_id.as_deref()).unwrap_or("");
            if sessions.add(principal, Some(&issued.access_key_id), call.time.seconds(), issued.end.seconds()) {
                sessions.start_of_call.insert(at, sessions.starts.len());
                sessions.starts.push(Start { call: at, claim: None });
                ids.push((event_id(call), &call.content));
            }
        }
        let mut ranked: Vec<usize> = (0..ids.len()).collect();
        ranked.sort_by_key(|at| ids[*at]);
        ranked.into_iter().enumerate().for_each(|(rank, at)| sessions.all[at].rank = rank);
        for at in 0..sessions.starts.len() {
            let call = &calls[sessions.starts[at].call];
            sessions.starts[at].claim = sessions.claim(&call.caller, call.time);
        }
        sessions
    }

    /// Adds a session of which nothing is known yet but what joins calls to it. One without a principal joins none.
    fn add(&mut self, principal: &'a str, key: Option<&'a str>, start: i64, end: i64) -> bool {
        if principal.is_empty() {
            return false;
        }
        let next = self.principals.len();
        let principal = *self.principals.entry(principal).or_insert(next);
        let next = self.keys.len();
        let key = key.filter(|key| !key.is_empty()).map(|key| *self.keys.entry((principal, key)).or_insert(next));
        self.all.push(Session { principal, key, start, end, rank: 0 });
        true
    }

    /// What a call tells about its session; nothing if none that there can be has its principal.
    pub(super) fn claim(&self, caller: &SessionCaller, time: Timestamp) -> Option<Claim> {
        let principal = *self.principals.get(caller.principal_id.as_deref()?)?;
        let key = caller.access_key_id.as_deref().and_then(|key| self.keys.get(&(principal, key)).copied());
        let created = caller.session_created.map(Timestamp::seconds);
        Some(Claim { principal, key, created, time: time.seconds() })
    }

    /// The start that a call is, by its place among the calls.
    pub(super) fn start(&self, call: usize) -> Option<usize> {
        self.start_of_call.get(&call).copied()
    }

    /// The session that a start begins.
    pub(super) fn begun(&self, start: usize) -> usize {
        self.assumptions.len() + start
    }

    /// How many principals there are; they are numbered from 0.
    pub(super) fn principals(&self) -> usize {
        self.principals.len()
    }
}
