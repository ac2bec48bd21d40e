//! What events show: names of organizations, workspaces, roles, networks, versions, and which go together.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use hashbrown::Equivalent;

use crate::audit::network::Networks;
use crate::domain::assumption::Assumption;
use crate::domain::source_address::SourceAddress;
use crate::domain::subject::SubjectOwner;
use crate::domain::user_agent::{provider_version, terraform_version};

/// What a fact is about. The comment names the parts of such a fact, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FactKind {
    /// Issuer, organization.
    Organization,
    /// Issuer, organization, project.
    Project,
    /// Issuer, organization, project, workspace.
    Workspace,
    /// Issuer, organization, project, Stack, deployment.
    Deployment,
    /// Issuer, organization, module.
    Module,
    /// Account id.
    Account,
    /// Account id, then the parts of an organization.
    AccountOrganization,
    /// Account id, then the parts of a workspace.
    AccountWorkspace,
    /// Role ARN.
    Role,
    /// Source address, as the record has it.
    Address,
    /// A network's name or block ([`Networks::network_of`]).
    Network,
    /// Terraform version.
    TerraformVersion,
    /// Version of the AWS provider.
    ProviderVersion,
    /// Issuer, subject without its phase.
    Subject,
}

impl FactKind {
    /// Every kind, in the order of its declaration.
    pub const ALL: [Self; 14] = [
        Self::Organization,
        Self::Project,
        Self::Workspace,
        Self::Deployment,
        Self::Module,
        Self::Account,
        Self::AccountOrganization,
        Self::AccountWorkspace,
        Self::Role,
        Self::Address,
        Self::Network,
        Self::TerraformVersion,
        Self::ProviderVersion,
        Self::Subject,
    ];
}

/// The most names that make out a fact.
const PARTS: usize = 5;

/// One thing that events can show: its kind, and the names that make it out, borrowed where an event has them. An absent
/// name is the empty one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactRef<'a> {
    kind: FactKind,
    /// Those beyond `count` are empty.
    parts: [Cow<'a, str>; PARTS],
    count: usize,
}

/// The same, kept: all names are one text. A copy costs no memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it is about.
    pub kind: FactKind,
    count: u8,
    /// Where each name ends but the last of [`PARTS`]; the end of the text for those beyond `count`.
    ends: [u32; PARTS - 1],
    text: Arc<str>,
}

impl Fact {
    /// A fact of these names, of which there are five at most.
    #[must_use]
    pub fn new(kind: FactKind, parts: &[&str]) -> Self {
        Self::of(&FactRef::new(kind, parts))
    }

    /// The fact that is shown.
    #[must_use]
    pub fn of(shown: &FactRef<'_>) -> Self {
        let text: Arc<str> = match &shown.parts {
            [one, rest @ ..] if rest.iter().all(|part| part.is_empty()) => Arc::from(&**one),
            parts => parts.concat().into(),
        };
        let mut ends = [0; PARTS - 1];
        let mut end = 0;
        for (part, slot) in shown.parts.iter().zip(&mut ends) {
            end += part.len();
            // A record is no longer than --max-record, far below 4 GiB.
            *slot = u32::try_from(end).unwrap_or(u32::MAX);
        }
        Self { kind: shown.kind, count: u8::try_from(shown.count).unwrap_or(u8::MAX), ends, text }
    }

    /// Its names, as [`FactKind`] lists them.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        let end = |at: usize| self.ends.get(at).map_or(self.text.len(), |end| *end as usize);
        let start = move |at: usize| at.checked_sub(1).map_or(0, end);
        (0..usize::from(self.count)).map(move |at| self.text.get(start(at)..end(at)).unwrap_or_default())
    }

    /// Whether it is what is shown.
    pub(in crate::audit) fn is(&self, shown: &FactRef<'_>) -> bool {
        self.kind == shown.kind
            && usize::from(self.count) == shown.count
            && self.parts().zip(&shown.parts).all(|(one, other)| one == &**other)
    }
}

/// By kind, then by names, one after the other.
impl Ord for Fact {
    fn cmp(&self, other: &Self) -> Ordering {
        self.kind.cmp(&other.kind).then_with(|| self.parts().cmp(other.parts()))
    }
}

impl PartialOrd for Fact {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// As [`FactRef`] does.
impl Hash for Fact {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.kind.hash(state);
        self.parts().for_each(|part| part.hash(state));
    }
}

/// A fact is found by what shows it.
impl Equivalent<Fact> for FactRef<'_> {
    fn equivalent(&self, fact: &Fact) -> bool {
        fact.is(self)
    }
}

impl Hash for FactRef<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.kind.hash(state);
        self.parts.iter().take(self.count).for_each(|part| part.hash(state));
    }
}

impl<'a> FactRef<'a> {
    /// Of these names, five at most.
    #[must_use]
    pub fn new(kind: FactKind, parts: &[&'a str]) -> Self {
        debug_assert!(parts.len() <= PARTS);
        let mut names = [const { Cow::Borrowed("") }; PARTS];
        for (part, slot) in parts.iter().zip(&mut names) {
            *slot = Cow::Borrowed(part);
        }
        Self { kind, parts: names, count: parts.len() }
    }

    /// What it is about.
    #[must_use]
    pub fn kind(&self) -> FactKind {
        self.kind
    }

    /// Of one name that was made for it.
    #[must_use]
    pub fn made(kind: FactKind, part: String) -> Self {
        let mut shown = Self::new(kind, &[""]);
        shown.parts[0] = Cow::Owned(part);
        shown
    }
}

/// Of events.
impl FactRef<'_> {
    /// The account of an event together with its organization.
    #[must_use]
    pub fn account_organization(event: &Assumption) -> Option<FactRef<'_>> {
        account_organization(event.account_id.as_deref()?, issuer(event), event.subject.owner())
    }

    /// The account of an event together with its workspace; for workspaces only.
    #[must_use]
    pub fn account_workspace(event: &Assumption) -> Option<FactRef<'_>> {
        account_workspace(event.account_id.as_deref()?, issuer(event), event.subject.owner())
    }

    /// The workspace of an event, with everything that its name is relative to.
    #[must_use]
    pub fn workspace(event: &Assumption) -> Option<FactRef<'_>> {
        workspace(issuer(event), event.subject.owner())
    }

    /// The deployment of a Stack's event.
    #[must_use]
    pub fn deployment(event: &Assumption) -> Option<FactRef<'_>> {
        deployment(issuer(event), event.subject.owner())
    }

    /// The project of an event.
    #[must_use]
    pub fn project(event: &Assumption) -> Option<FactRef<'_>> {
        project(issuer(event), event.subject.owner())
    }

    /// The organization of an event.
    #[must_use]
    pub fn organization(event: &Assumption) -> Option<FactRef<'_>> {
        organization(issuer(event), event.subject.owner())
    }

    /// The role that an event asks for.
    #[must_use]
    pub fn role(event: &Assumption) -> Option<FactRef<'_>> {
        Some(FactRef::new(FactKind::Role, &[event.role_arn.as_deref()?]))
    }

    /// The subject of an event without its phase: what the plan and the apply have in common.
    #[must_use]
    pub fn subject(event: &Assumption) -> FactRef<'_> {
        subject(issuer(event), event.subject.owner())
    }

    /// Everything that one event shows.
    #[must_use]
    pub fn all<'a>(event: &'a Assumption, networks: &Networks) -> Vec<FactRef<'a>> {
        let account = event.account_id.as_deref();
        let (issuer, owner) = (issuer(event), event.subject.owner());
        let mut all = of_owner(issuer, owner);
        all.extend(account.map(|account| FactRef::new(FactKind::Account, &[account])));
        all.extend(account.and_then(|account| account_organization(account, issuer, owner)));
        all.extend(account.and_then(|account| account_workspace(account, issuer, owner)));
        all.extend(FactRef::role(event));
        all.extend(event.source_address.iter().flat_map(|address| of_address(address, networks)));
        all.extend(event.user_agent.iter().flat_map(|agent| of_agent(agent)));
        all
    }
}

fn issuer(event: &Assumption) -> &str {
    event.issuer.as_deref().unwrap_or_default()
}

/// What the owner of a subject shows by itself.
pub(in crate::audit) fn of_owner<'a>(issuer: &'a str, owner: SubjectOwner<'a>) -> Vec<FactRef<'a>> {
    let shown = [
        organization(issuer, owner),
        project(issuer, owner),
        workspace(issuer, owner),
        deployment(issuer, owner),
        module(issuer, owner),
        Some(subject(issuer, owner)),
    ];
    shown.into_iter().flatten().collect()
}

/// What a source address shows.
pub(in crate::audit) fn of_address<'a>(address: &'a SourceAddress, networks: &Networks) -> [FactRef<'a>; 2] {
    let network = networks.network_of(address).into_string();
    [FactRef::new(FactKind::Address, &[address.as_str()]), FactRef::made(FactKind::Network, network)]
}

/// What a user agent shows.
pub(in crate::audit) fn of_agent(agent: &str) -> impl Iterator<Item = FactRef<'_>> {
    let terraform = terraform_version(agent).map(|version| FactRef::new(FactKind::TerraformVersion, &[version]));
    let provider = provider_version(agent).map(|version| FactRef::new(FactKind::ProviderVersion, &[version]));
    terraform.into_iter().chain(provider)
}

fn organization<'a>(issuer: &'a str, owner: SubjectOwner<'a>) -> Option<FactRef<'a>> {
    Some(FactRef::new(FactKind::Organization, &[issuer, owner.organization()?]))
}

fn project<'a>(issuer: &'a str, owner: SubjectOwner<'a>) -> Option<FactRef<'a>> {
    let (organization, project) = match owner {
        SubjectOwner::Workspace { organization, project, .. } => (organization, project?),
        SubjectOwner::Stack { organization, project, .. } => (organization, project),
        SubjectOwner::ModuleTest { .. } | SubjectOwner::Other(_) => return None,
    };
    Some(FactRef::new(FactKind::Project, &[issuer, organization, project]))
}

fn workspace<'a>(issuer: &'a str, owner: SubjectOwner<'a>) -> Option<FactRef<'a>> {
    let SubjectOwner::Workspace { organization, project, workspace } = owner else { return None };
    // No project is named by an empty text, so that stands for none.
    Some(FactRef::new(FactKind::Workspace, &[issuer, organization, project.unwrap_or_default(), workspace]))
}

fn deployment<'a>(issuer: &'a str, owner: SubjectOwner<'a>) -> Option<FactRef<'a>> {
    let SubjectOwner::Stack { organization, project, stack, deployment } = owner else { return None };
    Some(FactRef::new(FactKind::Deployment, &[issuer, organization, project, stack, deployment]))
}

fn module<'a>(issuer: &'a str, owner: SubjectOwner<'a>) -> Option<FactRef<'a>> {
    let SubjectOwner::ModuleTest { organization, module } = owner else { return None };
    Some(FactRef::new(FactKind::Module, &[issuer, organization, module]))
}

fn subject<'a>(issuer: &'a str, owner: SubjectOwner<'a>) -> FactRef<'a> {
    let mut shown = FactRef::new(FactKind::Subject, &[issuer, ""]);
    shown.parts[1] = Cow::Owned(owner.to_string());
    shown
}

/// An account together with an organization.
pub(in crate::audit) fn account_organization<'a>(
    account: &'a str,
    issuer: &'a str,
    owner: SubjectOwner<'a>,
) -> Option<FactRef<'a>> {
    Some(FactRef::new(FactKind::AccountOrganization, &[account, issuer, owner.organization()?]))
}

/// An account together with a workspace.
pub(in crate::audit) fn account_workspace<'a>(
    account: &'a str,
    issuer: &'a str,
    owner: SubjectOwner<'a>,
) -> Option<FactRef<'a>> {
    let SubjectOwner::Workspace { organization, project, workspace } = owner else { return None };
    let project = project.unwrap_or_default();
    Some(FactRef::new(FactKind::AccountWorkspace, &[account, issuer, organization, project, workspace]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_keep_their_names_apart_and_are_ordered_by_them() {
        let names: [&[&str]; 8] = [
            &["", ""],
            &["", "ab"],
            &["a", "b"],
            &["a", "b", ""],
            &["a", "b", "", "", "c"],
            &["a\0", "b"],
            &["ab", ""],
            &["é", "", "", "", ""],
        ];
        let facts = names.map(|names| Fact::new(FactKind::Role, names));
        let hasher = hashbrown::DefaultHashBuilder::default();
        let hash = |value: &dyn Fn(&mut dyn Hasher)| {
            let mut state = std::hash::BuildHasher::build_hasher(&hasher);
            value(&mut state);
            state.finish()
        };
        for (at, (fact, own)) in facts.iter().zip(names).enumerate() {
            assert_eq!(fact.parts().collect::<Vec<_>>(), own);
            for (other, names) in names.iter().enumerate() {
                let shown = FactRef::new(FactKind::Role, names);
                assert_eq!(fact.is(&shown), at == other);
                assert_eq!(*fact == Fact::of(&shown), at == other);
                assert_eq!(fact.cmp(&facts[other]), own.cmp(names));
            }
            let shown = FactRef::new(FactKind::Role, own);
            assert_eq!(hash(&|mut state| fact.hash(&mut state)), hash(&|mut state| shown.hash(&mut state)));
        }
        assert!(Fact::new(FactKind::Account, &["z"]) < Fact::new(FactKind::Role, &["a"]));
    }
}
