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

/// Leaves the calls that count.
pub fn retain<S: BuildHasher>(
    calls: &mut Vec<SessionCall>,
    principals: &HashMap<[u8; 32], Box<str>, S>,
    issuers: &Issuers,
) {
    let mut reached: HashSet<&str> = principals.values().map(|principal| &**principal).collect();
    let mut next: HashMap<&str, HashSet<&str>> = HashMap::new();
    for call in calls.iter() {
        let Some(principal) = call.caller.principal_id.as_deref() else { continue };
        let is_run = call.caller.session_name().is_some_and(|name| run_id_of_session(name).is_some());
        if is_run && is_selected(&call.caller, issuers) {
            reached.insert(principal);
        }
        if let Some(to) = call.issued.as_ref().and_then(|issued| issued.principal_id.as_deref()) {
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
    let counts: Vec<bool> = calls
        .iter()
        .map(|call| {
            let of_known = call.caller.principal_id.as_deref().is_some_and(|principal| reached.contains(principal));
            of_known || is_selected(&call.caller, issuers)
        })
        .collect();
    let mut counts = counts.into_iter();
    calls.retain(|_| counts.next().unwrap_or_default());
}
