//! How often each network or version was seen.

use hashbrown::{HashMap, HashSet};

use crate::audit::baseline::encoded::{EncodedEvents, EventCodes};
use crate::audit::baseline::past::{BaselineOrigin, WindowHistory};
use crate::audit::baseline::{FactKind, FactRef};
use crate::domain::assumption::Outcome;

/// One name and its part of the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The name.
    pub name: Box<str>,
    /// Runs with it.
    pub runs: u64,
    /// Assumptions with it.
    pub assumptions: u64,
    /// How many of them were denied.
    pub denied: u64,
    /// Whether it was never granted before.
    pub new: bool,
}

/// The names of one kind, from the one with the most runs, then by name. `name` gives that of an event.
#[must_use]
pub fn shares<'b>(
    events: &EncodedEvents<'_>,
    kind: FactKind,
    past: &WindowHistory,
    name: impl Fn(&EventCodes) -> Option<&'b str>,
) -> Vec<Share> {
    let mut counts: HashMap<&str, (HashSet<u32>, u64, u64)> = HashMap::new();
    for (event, codes) in events.iter() {
        if let Some(name) = name(&codes) {
            let (runs, assumptions, denied) = counts.entry(name).or_default();
            runs.insert(codes.run);
            *assumptions += 1;
            *denied += u64::from(matches!(event.outcome, Outcome::Denied { .. }));
        }
    }
    let mut shares: Vec<Share> = counts
        .into_iter()
        .map(|(name, (runs, assumptions, denied))| Share {
            new: past.origin != BaselineOrigin::Nothing && past.known().seen(&FactRef::new(kind, &[name])).is_none(),
            name: name.into(),
            runs: runs.len() as u64,
            assumptions,
            denied,
        })
        .collect();
    shares.sort_unstable_by(|one, other| other.runs.cmp(&one.runs).then_with(|| one.name.cmp(&other.name)));
    shares
}
