//! What was seen before: the baseline that tells what is new. A plain value; where it comes from (an older archive,
//! the store) is not its business. The order in which events are added makes no difference.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::network::Networks;
use crate::domain::assumption::{Assumption, Outcome};
use crate::domain::source_address::SourceAddress;
use crate::domain::subject::Subject;
use crate::domain::timestamp::Timestamp;
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

/// One thing that events can show: its kind, and the names that make it out. An absent name is the empty one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fact {
    /// What it is about.
    pub kind: FactKind,
    /// Its names, as [`FactKind`] lists them.
    pub parts: Vec<Box<str>>,
}

impl Fact {
    /// A fact of these names.
    #[must_use]
    pub fn new(kind: FactKind, parts: &[&str]) -> Self {
        Self { kind, parts: parts.iter().map(|part| Box::from(*part)).collect() }
    }

    /// The account of an event together with its organization.
    #[must_use]
    pub fn account_organization(event: &Assumption) -> Option<Self> {
        let (account, organization) = (event.account_id.as_deref()?, event.subject.organization()?);
        Some(Self::new(FactKind::AccountOrganization, &[account, issuer(event), organization]))
    }

    /// The account of an event together with its workspace; for workspaces only.
    #[must_use]
    pub fn account_workspace(event: &Assumption) -> Option<Self> {
        let account = event.account_id.as_deref()?;
        let [issuer, organization, project, workspace] = workspace_parts(event)?;
        Some(Self::new(FactKind::AccountWorkspace, &[account, issuer, organization, project, workspace]))
    }

    /// The workspace of an event, with everything that its name is relative to.
    #[must_use]
    pub fn workspace(event: &Assumption) -> Option<Self> {
        workspace_parts(event).map(|parts| Self::new(FactKind::Workspace, &parts))
    }

    /// The deployment of a Stack's event.
    #[must_use]
    pub fn deployment(event: &Assumption) -> Option<Self> {
        match &event.subject {
            Subject::Stack { organization, project, stack, deployment, .. } => {
                Some(Self::new(FactKind::Deployment, &[issuer(event), organization, project, stack, deployment]))
            }
            _ => None,
        }
    }

    /// The project of an event.
    #[must_use]
    pub fn project(event: &Assumption) -> Option<Self> {
        let (organization, project) = (event.subject.organization()?, event.subject.project()?);
        Some(Self::new(FactKind::Project, &[issuer(event), organization, project]))
    }

    /// The organization of an event.
    #[must_use]
    pub fn organization(event: &Assumption) -> Option<Self> {
        Some(Self::new(FactKind::Organization, &[issuer(event), event.subject.organization()?]))
    }

    /// The role that an event asks for.
    #[must_use]
    pub fn role(event: &Assumption) -> Option<Self> {
        Some(Self::new(FactKind::Role, &[event.role_arn.as_deref()?]))
    }

    /// The network that an event came from.
    #[must_use]
    pub fn network(event: &Assumption, networks: &Networks) -> Option<Self> {
        Some(Self::new(FactKind::Network, &[&networks.network_of(event.source_address.as_ref()?)]))
    }

    /// The subject of an event without its phase: what the plan and the apply have in common.
    #[must_use]
    pub fn subject(event: &Assumption) -> Self {
        Self::new(FactKind::Subject, &[issuer(event), &event.subject.without_phase().to_string()])
    }

    /// Everything that one event shows.
    #[must_use]
    pub fn all(event: &Assumption, networks: &Networks) -> Vec<Self> {
        let agent = event.user_agent.as_deref().unwrap_or_default();
        let one = |kind, part: Option<&str>| part.map(|part| Self::new(kind, &[part]));
        let shown = [
            Self::organization(event),
            Self::project(event),
            Self::workspace(event),
            Self::deployment(event),
            module(event),
            one(FactKind::Account, event.account_id.as_deref()),
            Self::account_organization(event),
            Self::account_workspace(event),
            Self::role(event),
            one(FactKind::Address, event.source_address.as_ref().map(SourceAddress::as_str)),
            Self::network(event, networks),
            one(FactKind::TerraformVersion, terraform_version(agent)),
            one(FactKind::ProviderVersion, provider_version(agent)),
            Some(Self::subject(event)),
        ];
        shown.into_iter().flatten().collect()
    }
}

fn issuer(event: &Assumption) -> &str {
    event.issuer.as_deref().unwrap_or_default()
}

fn workspace_parts(event: &Assumption) -> Option<[&str; 4]> {
    match &event.subject {
        Subject::Workspace { organization, project, workspace, .. } => {
            Some([issuer(event), organization, project, workspace])
        }
        _ => None,
    }
}

fn module(event: &Assumption) -> Option<Fact> {
    match &event.subject {
        Subject::ModuleTest { organization, module, .. } => {
            Some(Fact::new(FactKind::Module, &[issuer(event), organization, module]))
        }
        _ => None,
    }
}

/// When a fact was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The first time.
    pub first: Timestamp,
    /// The last time.
    pub last: Timestamp,
    /// Whether it was ever part of an assumption that was granted. A stranger who was only ever denied is not known.
    pub granted: bool,
}

impl Seen {
    /// Both sightings together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            first: self.first.min(other.first),
            last: self.last.max(other.last),
            granted: self.granted || other.granted,
        }
    }
}

/// What was seen before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    networks: Networks,
    facts: BTreeMap<Fact, Seen>,
}

impl Known {
    /// Nothing yet. Source addresses will count for these `networks`.
    #[must_use]
    pub fn new(networks: Networks) -> Self {
        Self { networks, facts: BTreeMap::new() }
    }

    /// Whether nothing was seen, so that nothing can be called new.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    /// The networks that source addresses count for.
    #[must_use]
    pub fn networks(&self) -> &Networks {
        &self.networks
    }

    /// Takes what an event shows.
    pub fn add(&mut self, event: &Assumption) {
        let granted = matches!(event.outcome, Outcome::Granted { .. });
        let seen = Seen { first: event.time, last: event.time, granted };
        for fact in Fact::all(event, &self.networks) {
            self.insert(fact, seen);
        }
    }

    /// Takes a fact, as a store has it. Of network facts, those of the same [`Networks`] only.
    pub fn insert(&mut self, fact: Fact, seen: Seen) {
        match self.facts.entry(fact) {
            Entry::Vacant(slot) => drop(slot.insert(seen)),
            Entry::Occupied(mut slot) => *slot.get_mut() = slot.get().and(seen),
        }
    }

    /// Takes all that another baseline of the same networks has.
    pub fn merge(&mut self, other: Self) {
        for (fact, seen) in other.facts {
            self.insert(fact, seen);
        }
    }

    /// When a fact was seen; `None` if never.
    #[must_use]
    pub fn seen(&self, fact: &Fact) -> Option<Seen> {
        self.facts.get(fact).copied()
    }

    /// Whether a fact was part of an assumption that was granted.
    #[must_use]
    pub fn was_granted(&self, fact: &Fact) -> bool {
        self.seen(fact).is_some_and(|seen| seen.granted)
    }

    /// Every fact of a kind, ordered by its parts.
    pub fn of_kind(&self, kind: FactKind) -> impl Iterator<Item = (&Fact, Seen)> {
        let from = Fact { kind, parts: Vec::new() };
        self.facts.range(from..).take_while(move |(fact, _)| fact.kind == kind).map(|(fact, seen)| (fact, *seen))
    }

    /// What this has and `past` has not, or has only of denials while this has it granted; in the order of facts.
    pub fn new_since<'a>(&'a self, past: &'a Self) -> impl Iterator<Item = (&'a Fact, Seen)> {
        let is_new = move |fact: &Fact, seen: Seen| past.seen(fact).is_none_or(|then| seen.granted && !then.granted);
        self.facts.iter().filter(move |(fact, seen)| is_new(fact, **seen)).map(|(fact, seen)| (fact, *seen))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(subject: &str, seconds: i64, granted: bool) -> Assumption {
        Assumption {
            time: Timestamp::from_seconds(seconds).unwrap(),
            event_id: None,
            account_id: Some("111122223333".into()),
            region: None,
            source_address: Some(SourceAddress::new("192.0.2.7")),
            subject: Subject::parse(subject),
            issuer: Some("app.terraform.io".into()),
            audience: None,
            role_arn: Some("arn:aws:iam::111122223333:role/deploy".into()),
            role_session_name: None,
            run_id: None,
            duration_seconds: None,
            verification_method: None,
            outcome: if granted {
                Outcome::Granted { access_key_id: None }
            } else {
                Outcome::Denied { code: "AccessDenied".into() }
            },
            user_agent: Some("Terraform/1.9.5 terraform-provider-aws/5.70.0".into()),
            log_file: "f".into(),
            content: [0; 32],
            record: None,
        }
    }

    const PLAN: &str = "organization:acme:project:p:workspace:web:run_phase:plan";
    const APPLY: &str = "organization:acme:project:p:workspace:web:run_phase:apply";
    const STACK: &str = "organization:acme:project:p:stack:net:deployment:prod:operation:apply";

    #[test]
    fn an_event_shows_each_of_its_facts() {
        let shown: Vec<String> = Fact::all(&event(PLAN, 1, true), &Networks::default())
            .iter()
            .map(|fact| format!("{:?} {}", fact.kind, fact.parts.join("|")))
            .collect();
        assert_eq!(
            shown,
            [
                "Organization app.terraform.io|acme",
                "Project app.terraform.io|acme|p",
                "Workspace app.terraform.io|acme|p|web",
                "Account 111122223333",
                "AccountOrganization 111122223333|app.terraform.io|acme",
                "AccountWorkspace 111122223333|app.terraform.io|acme|p|web",
                "Role arn:aws:iam::111122223333:role/deploy",
                "Address 192.0.2.7",
                "Network 192.0.2.0/24",
                "TerraformVersion 1.9.5",
                "ProviderVersion 5.70.0",
                "Subject app.terraform.io|organization:acme:project:p:workspace:web:run_phase:",
            ]
        );
    }

    #[test]
    fn order_makes_no_difference_and_merging_is_adding() {
        let events = [event(PLAN, 5, false), event(APPLY, 3, true), event(STACK, 9, true)];
        let add = |order: &[usize]| {
            let mut known = Known::default();
            for at in order {
                known.add(&events[*at]);
            }
            known
        };
        let whole = add(&[0, 1, 2]);
        assert_eq!(whole, add(&[2, 1, 0]));
        let mut merged = add(&[2]);
        merged.merge(add(&[0, 1]));
        assert_eq!(whole, merged);
        let seen = whole.seen(&Fact::subject(&events[0])).unwrap();
        assert_eq!((seen.first.seconds(), seen.last.seconds(), seen.granted), (3, 5, true));
    }

    #[test]
    fn what_was_only_denied_is_new_when_granted() {
        let (mut past, mut now) = (Known::default(), Known::default());
        past.add(&event(PLAN, 1, false));
        now.add(&event(PLAN, 2, false));
        assert_eq!(now.new_since(&past).count(), 0);
        now.add(&event(APPLY, 3, true));
        let workspace = Fact::workspace(&event(PLAN, 1, true)).unwrap();
        assert!(now.new_since(&past).any(|(fact, _)| *fact == workspace));
        assert!(!past.was_granted(&workspace));
        now.add(&event(STACK, 4, true));
        let names: Vec<&str> = now.of_kind(FactKind::Deployment).map(|(fact, _)| &*fact.parts[3]).collect();
        assert_eq!(names, ["net"]);
    }

    #[test]
    fn every_kind_is_listed_once_and_in_order() {
        assert!(FactKind::ALL.is_sorted_by(|one, other| one < other));
    }
}
