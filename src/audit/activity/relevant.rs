//! Which of the calls that were read count: those of selected issuers, and those of principals to which sessions of runs
//! lead. A reading may have kept more, since it tells principals apart by hashes.

use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;

use crate::domain::issuer::{IssuerRole, Issuers};
use crate::domain::role::run_id_of_session;
use crate::domain::session_call::{SessionCall, SessionCaller};

/// Whether a selected issuer's token began the session.
fn is_selected(caller: &SessionCaller, issuers: &Issuers) -> bool {
    caller.issuer.as_deref().is_some_and(|issuer| issuers.role(issuer) != IssuerRole::Foreign)
}

/// What tells which calls count.
#[derive(Debug)]
pub(super) struct Relevance<'a> {
    reached: HashSet<&'a str>,
    issuers: &'a Issuers,
}

impl<'a> Relevance<'a> {
    /// By all calls that hand credentials on, and all callers.
    pub(super) fn new<S: BuildHasher>(
        calls: &'a [SessionCall],
        callers: impl Iterator<Item = &'a SessionCaller>,
        principals: &'a HashMap<[u8; 32], Box<str>, S>,
        issuers: &'a Issuers,
    ) -> Self {
        let mut reached: HashSet<&str> = principals.values().map(|principal| &**principal).collect();
        for caller in callers {
            let is_run = caller.session_name().is_some_and(|name| run_id_of_session(name).is_some());
            if is_run && is_selected(caller, issuers) {
                reached.extend(caller.principal_id.as_deref());
            }
        }
        let mut next: HashMap<&str, HashSet<&str>> = HashMap::new();
        for call in calls {
            let to = call.issued.as_ref().and_then(|issued| issued.principal_id.as_deref());
            if let (Some(principal), Some(to)) = (call.caller.principal_id.as_deref(), to) {
                next.entry(principal).or_default().insert(to);
            }
        }
        let mut open: Vec<&str> = reached.iter().copied().collect();
        while let Some(principal) = open.pop() {
            for to in next.get(principal).into_iter().flatten() {
                if reached.insert(to) {
                    open.push(to);
                }
            }
        }
        Self { reached, issuers }
    }

    /// Whether the calls of a caller count.
    pub(super) fn counts(&self, caller: &SessionCaller) -> bool {
        let of_known = caller.principal_id.as_deref().is_some_and(|principal| self.reached.contains(principal));
        of_known || is_selected(caller, self.issuers)
    }

    /// Which of some calls count.
    pub(super) fn of(&self, calls: &[SessionCall]) -> Vec<bool> {
        calls.iter().map(|call| self.counts(&call.caller)).collect()
    }
}

/// Leaves the calls that count.
pub fn retain<S: BuildHasher>(
    calls: &mut Vec<SessionCall>,
    principals: &HashMap<[u8; 32], Box<str>, S>,
    issuers: &Issuers,
) {
    let callers = calls.iter().map(|call| &*call.caller);
    let counts = Relevance::new(calls, callers, principals, issuers).of(calls);
    leave(calls, counts);
}

/// Leaves the calls that are marked.
pub(super) fn leave(calls: &mut Vec<SessionCall>, marks: Vec<bool>) {
    let mut marks = marks.into_iter();
    calls.retain(|_| marks.next().unwrap_or_default());
}
