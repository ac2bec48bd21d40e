//! What runs did, as the rules over calls see it: run by run, with the assumptions that the calls are held against.

use std::collections::{BTreeMap, BTreeSet};

use super::run_call_group::RunCallGroup;
use crate::audit::runs::assign::assign;
use crate::domain::assumption::Assumption;
use crate::domain::resource_write::ResourceWrite;
use crate::domain::role::arn_account;
use crate::domain::timestamp::Timestamp;

/// The calls and the assumptions of all runs.
#[derive(Debug, Default)]
pub struct RunsActivity<'a> {
    groups: Vec<RunCallGroup>,
    assumptions: BTreeMap<usize, Vec<&'a Assumption>>,
    accounts: BTreeSet<Box<str>>,
    /// By the ARN, in the order of events.
    outside: BTreeMap<&'a str, Vec<&'a ResourceWrite>>,
    /// The first use of each key that a run made.
    uses: BTreeMap<&'a str, &'a ResourceWrite>,
    knows_others: bool,
}

/// Those of one run.
#[derive(Debug, Clone, Copy)]
pub struct RunActivity<'a> {
    /// A number that tells runs apart.
    pub number: usize,
    /// Its calls; at least one group, in the order of groups.
    pub groups: &'a [RunCallGroup],
    /// Its assumptions, in the order of events; none where only calls were read.
    pub assumptions: &'a [&'a Assumption],
}

impl<'a> RunsActivity<'a> {
    /// `groups` are in their order; their numbers are those of runs among `events`, which are deduplicated assumptions in
    /// order, with the same `run_gap`. `accounts` are ours, as somebody else knows; so are those whose roles runs were given.
    #[must_use]
    pub fn new(
        groups: Vec<RunCallGroup>,
        events: &[&'a Assumption],
        run_gap: i64,
        accounts: impl IntoIterator<Item = Box<str>>,
    ) -> Self {
        let numbered: Vec<_> = assign(events, run_gap).into_iter().zip(events.iter().copied()).collect();
        Self::of_numbered(groups, &numbered, None, accounts)
    }

    /// The same of assumptions with the numbers of their runs. Of runs those count from `since` on; accounts are ours whenever
    /// runs were given their roles.
    #[must_use]
    pub fn of_numbered(
        groups: Vec<RunCallGroup>,
        events: &[(usize, &'a Assumption)],
        since: Option<Timestamp>,
        accounts: impl IntoIterator<Item = Box<str>>,
    ) -> Self {
        let mut assumptions: BTreeMap<usize, Vec<&'a Assumption>> = BTreeMap::new();
        for (run, event) in events.iter().filter(|(_, event)| since.is_none_or(|since| since <= event.time)) {
            assumptions.entry(*run).or_default().push(event);
        }
        let granted = events.iter().map(|(_, event)| event).filter(|event| event.outcome.error_code().is_none());
        let of_roles = granted.filter_map(|event| arn_account(event.role_arn.as_deref()?)).map(Box::from);
        // An account whose log files are here is one of those who keep the archive.
        let of_logs = groups.iter().filter_map(|group| group.kind.operation.account_id.as_deref()).map(Box::from);
        let accounts = accounts.into_iter().chain(of_roles).chain(of_logs).collect();
        Self { groups, assumptions, accounts, outside: BTreeMap::new(), uses: BTreeMap::new(), knows_others: false }
    }

    /// The same with the writes of others to the resources of runs, and the uses of keys that runs made, in the order of events.
    #[must_use]
    pub fn with_outside(mut self, writes: &'a [ResourceWrite]) -> Self {
        self.knows_others = true;
        for write in writes {
            if let Some(key) = write.created_key.as_deref() {
                self.uses.entry(key).or_insert(write);
            }
            for arn in write.resources.iter().filter(|_| write.is_write) {
                self.outside.entry(arn).or_default().push(write);
            }
        }
        self
    }

    /// Whether it is known what others did.
    #[must_use]
    pub fn knows_others(&self) -> bool {
        self.knows_others
    }

    /// The first use of a key that a run made, if anybody used it.
    #[must_use]
    pub fn use_of(&self, key: &str) -> Option<&'a ResourceWrite> {
        self.uses.get(key).copied()
    }

    /// What others wrote to a resource, in the order of events.
    #[must_use]
    pub fn outside(&self, arn: &str) -> &[&'a ResourceWrite] {
        self.outside.get(arn).map_or(&[], Vec::as_slice)
    }

    /// The runs that called, in the order of their numbers.
    pub fn runs(&self) -> impl Iterator<Item = RunActivity<'_>> {
        self.groups.chunk_by(|one, other| one.kind.number == other.kind.number).map(|groups| {
            let number = groups.first().map_or(0, |group| group.kind.number);
            let assumptions = self.assumptions.get(&number).map_or(&[][..], Vec::as_slice);
            RunActivity { number, groups, assumptions }
        })
    }

    /// The assumptions of each run, by its number.
    pub fn assumptions(&self) -> impl Iterator<Item = (usize, &[&'a Assumption])> {
        self.assumptions.iter().map(|(number, events)| (*number, events.as_slice()))
    }

    /// Whether an account is known as ours: by its name, by its log files, or because a run was given a role in it.
    #[must_use]
    pub fn knows(&self, account: &str) -> bool {
        self.accounts.contains(account)
    }
}
