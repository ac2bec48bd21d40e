//! Refused assumptions, put together by who asked for what.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hashbrown::HashSet;

use crate::audit::baseline::FactRef;
use crate::audit::baseline::encoded::EncodedEvents;
use crate::audit::baseline::past::WindowHistory;
use crate::domain::assumption::{Assumption, Outcome};
use crate::domain::source_address::SourceAddress;
use crate::domain::subject::Subject;
use crate::domain::timestamp::Timestamp;

/// Refusals of one subject at one role, with one answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// The issuer's host.
    pub issuer: Option<Arc<str>>,
    /// Who asked: the signed subject without its phase.
    pub subject: Subject,
    /// The account that refused.
    pub account_id: Option<Arc<str>>,
    /// The role asked for.
    pub role_arn: Option<Arc<str>>,
    /// The error code.
    pub code: Arc<str>,
    /// Phases that asked.
    pub phases: BTreeSet<Box<str>>,
    /// Where from.
    pub source_ips: BTreeSet<Box<str>>,
    /// The first time.
    pub first: Timestamp,
    /// The last time.
    pub last: Timestamp,
    /// How often.
    pub count: u64,
    /// Whether the organization was never granted anything, neither before nor in the window: somebody else's run.
    pub stranger: bool,
}

type DenialKey<'a> = (Option<&'a str>, String, Option<&'a str>, Option<&'a str>, &'a str);

/// The denials among `events`: strangers first, then from the most frequent, then by subject, account, role and code.
#[must_use]
pub fn denials(events: &EncodedEvents<'_>, past: &WindowHistory) -> Vec<Denial> {
    // Most windows have no denial, and nobody to be told from strangers.
    let mut granted: Option<HashSet<FactRef<'_>>> = None;
    let mut is_stranger = |event| {
        let granted = granted.get_or_insert_with(|| who_was_granted(events));
        let who = who(event);
        !granted.contains(&who) && !past.known().was_granted(&who)
    };
    let mut denials: BTreeMap<DenialKey<'_>, Denial> = BTreeMap::new();
    for event in &events.events {
        let Outcome::Denied { code } = &event.outcome else { continue };
        let subject = event.subject.without_phase();
        let key = (
            event.issuer.as_deref(),
            subject.to_string(),
            event.account_id.as_deref(),
            event.role_arn.as_deref(),
            &**code,
        );
        let denial = denials.entry(key).or_insert_with(|| Denial {
            issuer: event.issuer.clone(),
            subject,
            account_id: event.account_id.clone(),
            role_arn: event.role_arn.clone(),
            code: code.clone(),
            phases: BTreeSet::new(),
            source_ips: BTreeSet::new(),
            first: event.time,
            last: event.time,
            count: 0,
            stranger: is_stranger(event),
        });
        denial.phases.extend(event.subject.phase().map(Into::into));
        denial.source_ips.extend(event.source_address.as_ref().map(SourceAddress::as_str).map(Into::into));
        denial.last = event.time;
        denial.count += 1;
    }
    let mut denials: Vec<Denial> = denials.into_values().collect();
    // Stable, so that equal ones stay in the order of their keys.
    denials.sort_by_key(|denial| (!denial.stranger, std::cmp::Reverse(denial.count)));
    denials
}

fn who(event: &Assumption) -> FactRef<'_> {
    FactRef::organization(event).unwrap_or_else(|| FactRef::subject(event))
}

fn who_was_granted<'a>(events: &EncodedEvents<'a>) -> HashSet<FactRef<'a>> {
    let mut granted = vec![false; events.owners.len()];
    for (event, codes) in events.iter() {
        granted[codes.owner as usize] |= matches!(event.outcome, Outcome::Granted { .. });
    }
    let owners = events.owners.iter().zip(granted).filter(|(_, granted)| *granted);
    owners.map(|(first, _)| who(first)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample::event;
    use super::*;
    use crate::audit::network::Networks;

    #[test]
    fn denials_are_put_together_and_strangers_come_first() {
        let stranger = |time| {
            let mut event = event(time, "x", false);
            event.subject = Subject::parse("organization:quietfox:project:p:workspace:x:run_phase:plan");
            event
        };
        let events = [
            event("2026-11-02T10:00:00Z", "web", true),
            event("2026-11-02T10:01:00Z", "web", false),
            event("2026-11-02T10:02:00Z", "web", false),
            stranger("2026-11-02T11:00:00Z"),
        ];
        let events: Vec<&Assumption> = events.iter().collect();
        let found = denials(&EncodedEvents::new(events, 3_600), &WindowHistory::nothing(Networks::default()));
        let shown: Vec<_> = found
            .iter()
            .map(|denial| (denial.subject.organization().unwrap(), denial.stranger, denial.count))
            .collect();
        assert_eq!(shown, [("quietfox", true, 1), ("acme", false, 2)]);
        assert_eq!(found[1].last.to_string(), "2026-11-02T10:02:00Z");
    }
}
