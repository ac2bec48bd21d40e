//! What a trust policy is held against.

use std::collections::BTreeSet;

use super::evaluate::{Admission, Token};
use super::expect::{Expectation, OrganizationStanding};
use super::policy::Policy;

/// What was granted the role: subject, issuer and audience.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// The subject, as in the token.
    pub subject: String,
    /// The issuer; none if the event does not tell it.
    pub issuer: Option<String>,
    /// The audience; none if the event does not tell it.
    pub audience: Option<String>,
}

/// What a policy is held against.
#[derive(Debug, Clone, Copy)]
pub struct PolicyUse<'a> {
    /// What was granted the role to whom it shall be granted.
    pub grants: &'a BTreeSet<Grant>,
    /// What was granted the role to organizations that nobody expects.
    pub strangers: &'a BTreeSet<Grant>,
    /// Whose organizations are expected.
    pub expectation: &'a Expectation,
    /// The issuers to review the policy for.
    pub issuers: &'a BTreeSet<String>,
}

impl PolicyUse<'_> {
    /// What the policy answers to what was granted. What the event does not tell may have been anything that serves.
    pub(super) fn answer(&self, policy: &Policy, grant: &Grant) -> Admission {
        let issuers = match &grant.issuer {
            Some(issuer) => vec![issuer.as_str()],
            None => self.issuers.iter().map(String::as_str).collect(),
        };
        let named = policy.statements.iter().flat_map(|statement| &statement.conditions);
        let named: BTreeSet<&str> = named.flat_map(|condition| condition.values.iter().map(String::as_str)).collect();
        let audiences = match &grant.audience {
            Some(audience) => vec![audience.as_str()],
            None => named.into_iter().chain([DEFAULT_AUDIENCE]).collect(),
        };
        let tokens = issuers
            .iter()
            .flat_map(|issuer| audiences.iter().map(|audience| Token { issuer, subject: &grant.subject, audience }));
        tokens.map(|token| policy.answer(token)).max().unwrap_or(Admission::No)
    }

    /// Whether an organization shall not get in.
    pub(super) fn is_unexpected(&self, organization: &str) -> bool {
        self.expectation.of(Some(organization)) == OrganizationStanding::Unexpected
    }
}

/// The audience of HCP Terraform's tokens for AWS where nothing else is asked for (DOMAIN §1).
pub(super) const DEFAULT_AUDIENCE: &str = "aws.workload.identity";
