//! What the calls of a run come to: what they changed, what was refused, and through which roles they went.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::call_target::{CallTarget, targets};
use super::change::{Change, touched};
use super::run_call::RunCall;
use crate::domain::session_call::{CallOutcome, SessionCall};
use crate::domain::timestamp::Timestamp;

/// Calls of one kind at one place: at least one, in the order of events.
#[derive(Debug, Clone)]
pub struct Deed<'a> {
    /// The service; `?` where the record has none.
    pub service: &'a str,
    /// The name of the event; `?` where the record has none.
    pub event_name: &'a str,
    /// The account that received it; `?` where the record has none.
    pub account: &'a str,
    /// `run`, or the service that called on the run's behalf.
    pub caller: &'a str,
    /// The error code; empty where the calls succeeded or the record has none.
    pub code: &'a str,
    /// The calls.
    pub calls: Vec<&'a RunCall>,
}

impl Deed<'_> {
    /// What it was done to: ARNs, else names in the parameters. Where it succeeded, also the long-lived keys that it made
    /// (`accessKeyId=`) and whom it let in (`lets_in=`).
    #[must_use]
    pub fn touched(&self) -> BTreeSet<String> {
        self.calls.iter().flat_map(|call| touched(&call.call).into_iter().chain(effects(&call.call))).collect()
    }

    /// When the first of the calls was completed.
    #[must_use]
    pub fn first(&self) -> Option<Timestamp> {
        self.calls.first().map(|call| call.call.time)
    }

    /// When the last one was.
    #[must_use]
    pub fn last(&self) -> Option<Timestamp> {
        self.calls.last().map(|call| call.call.time)
    }

    /// The first message of AWS about it.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.calls.iter().find_map(|call| call.call.error_message.as_deref())
    }
}

/// The way in that a call made.
fn effects(call: &SessionCall) -> Vec<String> {
    if call.operation.outcome() != CallOutcome::Ok {
        return Vec::new();
    }
    let effect = |target| match target {
        CallTarget::Key(key) => Some(format!("accessKeyId={key}")),
        CallTarget::Grantee(whom) => Some(format!("lets_in={whom}")),
        CallTarget::Role(_) | CallTarget::Audience(_) | CallTarget::StateLock => None,
    };
    targets(call).into_iter().filter_map(effect).collect()
}

fn grouped<'a>(calls: &[&'a RunCall], is_wanted: impl Fn(&RunCall) -> bool) -> Vec<Deed<'a>> {
    let mut deeds: BTreeMap<[&'a str; 5], Vec<&'a RunCall>> = BTreeMap::new();
    for call in calls.iter().copied().filter(|call| is_wanted(call)) {
        let operation = &call.call.operation;
        let text = |text: &'a Option<Arc<str>>| text.as_deref().unwrap_or("?");
        let kind = [
            text(&operation.service),
            text(&operation.event_name),
            text(&operation.account_id),
            call.caller(),
            operation.error_code.as_deref().unwrap_or_default(),
        ];
        deeds.entry(kind).or_default().push(call);
    }
    let deed = |([service, event_name, account, caller, code], calls): ([&'a str; 5], Vec<&'a RunCall>)| Deed {
        service,
        event_name,
        account,
        caller,
        code,
        calls,
    };
    deeds.into_iter().map(deed).collect()
}

/// What calls that succeeded created, changed or deleted, by service, event, account and caller.
#[must_use]
pub fn changes<'a>(calls: &[&'a RunCall], change: Change) -> Vec<Deed<'a>> {
    grouped(calls, |call| Change::of(&call.call) == Some(change))
}

/// What was denied or failed, by the same and the error code, in the order of the first calls.
#[must_use]
pub fn failures<'a>(calls: &[&'a RunCall], outcome: CallOutcome) -> Vec<Deed<'a>> {
    let mut deeds = grouped(calls, |call| call.call.operation.outcome() == outcome);
    deeds.sort_by_key(Deed::first);
    deeds
}

/// A role that was reached through others, and what was called with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// The roles, beginning with the run's own; of a longer way its beginning, and always its end.
    pub roles: Vec<Arc<str>>,
    /// How many calls were made with the last one.
    pub calls: u64,
    /// How many of them were denied.
    pub denied: u64,
    /// When the first one was completed.
    pub first: Timestamp,
}

/// So many roles of a way are told.
pub const DEEPEST: usize = 12;

/// Stands for a role that no record tells.
const UNKNOWN: &str = "a role that the log files do not tell";

/// The roles that lead to a call, its own the last.
#[must_use]
pub fn way(call: &RunCall) -> Vec<Arc<str>> {
    let via = &call.attribution.via;
    // A way can be as long as a log file, and each call has one.
    let mut way: Vec<Arc<str>> = via.backwards().skip(via.len().saturating_sub(DEEPEST)).cloned().collect();
    way.reverse();
    way.push(call.attribution.role_arn.clone().unwrap_or_else(|| Arc::from(UNKNOWN)));
    way
}

/// The roles that a run went on to, in the order of their ways.
#[must_use]
pub fn chains(calls: &[&RunCall]) -> Vec<Chain> {
    let mut chains: BTreeMap<Vec<Arc<str>>, Chain> = BTreeMap::new();
    for call in calls.iter().filter(|call| call.attribution.hops > 0) {
        let roles = way(call);
        let chain = chains.entry(roles).or_insert_with_key(|roles| Chain {
            roles: roles.clone(),
            calls: 0,
            denied: 0,
            first: call.call.time,
        });
        chain.calls += 1;
        chain.denied += u64::from(call.call.operation.outcome() == CallOutcome::Denied);
        chain.first = chain.first.min(call.call.time);
    }
    chains.into_values().collect()
}
