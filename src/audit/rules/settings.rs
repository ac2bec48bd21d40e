//! What an organization expects of itself. Rules that need something which is not given stay silent.

use std::collections::{BTreeMap, BTreeSet};

use crate::audit::network::Networks;
use crate::domain::issuer::Issuers;
use crate::domain::version::Version;

/// The configured values that rules compare with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The issuers that are known; other rules than that of unnamed issuers speak about these only.
    pub issuers: Issuers,
    /// The organizations that are ours; empty if nobody named them.
    pub expected_organizations: BTreeSet<Box<str>>,
    /// Renamed organizations: the old name and the new one.
    pub organization_aliases: BTreeMap<Box<str>, Box<str>>,
    /// The networks that calls come from; empty if nobody named them.
    pub networks: Networks,
    /// The audience that tokens have.
    pub audience: Option<Box<str>>,
    /// The longest session that a run may request, in seconds.
    pub max_session: Option<u32>,
    /// After so many seconds without an event, a subject that comes back is worth a look.
    pub silence: i64,
    /// An assumption so many seconds after the first one of its run's phase is no renewal any more.
    pub replay_after: i64,
    /// Versions of Terraform below this one are out of support.
    pub terraform_support: Option<Version>,
    /// The same for the AWS provider.
    pub provider_support: Option<Version>,
    /// So many denials …
    pub burst: usize,
    /// … within so many seconds are a burst.
    pub burst_within: i64,
    /// The accounts that are named as ours; those that runs are given roles in need not be.
    pub accounts: BTreeSet<Box<str>>,
    /// So many denied calls of one run are many.
    pub denied_calls: u64,
    /// After so many seconds without a call, a phase of a run is taken to be over.
    pub quiet_after: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            issuers: Issuers::default(),
            expected_organizations: BTreeSet::new(),
            organization_aliases: BTreeMap::new(),
            networks: Networks::default(),
            audience: None,
            max_session: None,
            silence: 90 * 86_400,
            replay_after: 86_400,
            terraform_support: None,
            provider_support: None,
            // One plan of ten provider aliases that are all tried twice (DOMAIN §1) is not a burst yet.
            burst: 21,
            burst_within: 3_600,
            accounts: BTreeSet::new(),
            // One missing permission is denied once for each resource of a kind.
            denied_calls: 21,
            // Terraform asks every few seconds whether a resource is ready; the longest pause that one may configure is longer.
            quiet_after: 3_600,
        }
    }
}

impl Settings {
    /// The name that an organization has now.
    #[must_use]
    pub fn current_name<'a>(&'a self, organization: &'a str) -> &'a str {
        self.organization_aliases.get(organization).map_or(organization, |name| name)
    }

    /// Whether an organization is ours, under its present name or an earlier one. Everybody is where none is named.
    #[must_use]
    pub fn expects(&self, organization: &str) -> bool {
        self.expected_organizations.is_empty()
            || self.expected_organizations.contains(organization)
            || self.expected_organizations.contains(self.current_name(organization))
    }
}
