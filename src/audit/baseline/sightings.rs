//! Values and when they were seen, before anything is made of them: what several of them show is told once.

use std::hash::Hash;

use hashbrown::HashMap;

use super::fact::{FactKind, FactRef, account_organization, account_workspace, of_address, of_agent, of_owner};
use super::seen::SeenTimes;
use crate::audit::network::Networks;
use crate::domain::source_address::SourceAddress;
use crate::domain::subject::SubjectOwner;

/// When everything was seen that facts are made of. An absent issuer is the empty one.
#[derive(Debug)]
pub struct Sightings<'a, S = SeenTimes> {
    /// By issuer, numbered in the order in which they came.
    owners: HashMap<(&'a str, SubjectOwner<'a>), usize>,
    places: Vec<(usize, Option<&'a str>, S)>,
    roles: Vec<(&'a str, S)>,
    addresses: Vec<(&'a SourceAddress, S)>,
    agents: Vec<(&'a str, S)>,
}

/// What is noted of a value each time that it is seen.
pub trait Sighting: Copy {
    /// Both together, in any order.
    #[must_use]
    fn and(self, other: Self) -> Self;
}

impl Sighting for SeenTimes {
    fn and(self, other: Self) -> Self {
        Self::and(self, other)
    }
}

impl<S> Default for Sightings<'_, S> {
    fn default() -> Self {
        Self {
            owners: HashMap::new(),
            places: Vec::new(),
            roles: Vec::new(),
            addresses: Vec::new(),
            agents: Vec::new(),
        }
    }
}

fn note<K: Hash + Eq, S: Sighting>(sightings: &mut HashMap<K, S>, key: K, seen: S) {
    sightings.entry(key).and_modify(|known| *known = known.and(seen)).or_insert(seen);
}

impl<'a, S: Sighting> Sightings<'a, S> {
    /// The same values with something else noted of each.
    #[must_use]
    pub fn map<T>(self, to: impl Fn(S) -> T) -> Sightings<'a, T> {
        fn each<V, S, T>(from: Vec<(V, S)>, to: impl Fn(S) -> T) -> Vec<(V, T)> {
            from.into_iter().map(|(value, seen)| (value, to(seen))).collect()
        }
        let places = self.places.into_iter().map(|(owner, account, seen)| (owner, account, to(seen)));
        Sightings {
            owners: self.owners,
            places: places.collect(),
            roles: each(self.roles, &to),
            addresses: each(self.addresses, &to),
            agents: each(self.agents, &to),
        }
    }

    /// Takes the owner of a subject, at an account.
    pub fn owner(&mut self, issuer: &'a str, owner: SubjectOwner<'a>, account: Option<&'a str>, seen: S) {
        let next = self.owners.len();
        let number = *self.owners.entry((issuer, owner)).or_insert(next);
        self.places.push((number, account, seen));
    }

    /// Takes the ARN of a role.
    pub fn role(&mut self, role: &'a str, seen: S) {
        self.roles.push((role, seen));
    }

    /// Takes a source address.
    pub fn address(&mut self, address: &'a SourceAddress, seen: S) {
        self.addresses.push((address, seen));
    }

    /// Takes a user agent.
    pub fn agent(&mut self, agent: &'a str, seen: S) {
        self.agents.push((agent, seen));
    }

    /// Everything that they show; each once if each value was taken once, but that a subject which is not decoded can come
    /// twice.
    pub fn each(self, networks: &Networks, mut take: impl FnMut(&FactRef<'_>, S)) {
        let mut names: Vec<((&str, SubjectOwner<'_>), usize)> = self.owners.into_iter().collect();
        names.sort_unstable_by_key(|(_, number)| *number);
        let mut owners: Vec<Option<S>> = vec![None; names.len()];
        let mut accounts: HashMap<&str, S> = HashMap::new();
        // What several owners, addresses or agents show.
        let mut shared: HashMap<FactRef<'_>, S> = HashMap::new();
        for (number, account, seen) in self.places {
            // Each number is a place.
            let ((issuer, owner), _) = names[number];
            owners[number] = Some(owners[number].map_or(seen, |known| known.and(seen)));
            let Some(account) = account else { continue };
            note(&mut accounts, account, seen);
            if let Some(pair) = account_organization(account, issuer, owner) {
                note(&mut shared, pair, seen);
            }
            if let Some(pair) = account_workspace(account, issuer, owner) {
                take(&pair, seen);
            }
        }
        for (((issuer, owner), _), seen) in names.into_iter().zip(owners) {
            let Some(seen) = seen else { continue };
            for shown in of_owner(issuer, owner) {
                if matches!(shown.kind(), FactKind::Organization | FactKind::Project) {
                    note(&mut shared, shown, seen);
                } else {
                    take(&shown, seen);
                }
            }
        }
        for (account, seen) in accounts {
            take(&FactRef::new(FactKind::Account, &[account]), seen);
        }
        for (role, seen) in self.roles {
            take(&FactRef::new(FactKind::Role, &[role]), seen);
        }
        for (address, seen) in self.addresses {
            let [address, network] = of_address(address, networks);
            take(&address, seen);
            note(&mut shared, network, seen);
        }
        for (agent, seen) in self.agents {
            of_agent(agent).for_each(|shown| note(&mut shared, shown, seen));
        }
        for (shown, seen) in shared {
            take(&shown, seen);
        }
    }
}
