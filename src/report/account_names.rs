//! Names shown beside the ids of accounts in formats for people. Data formats keep the bare ids (DESIGN §3).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// What people call accounts, by account id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountNames(BTreeMap<Box<str>, Box<str>>);

impl AccountNames {
    /// From pairs of an account id and its name.
    #[must_use]
    pub fn new(pairs: impl IntoIterator<Item = (Box<str>, Box<str>)>) -> Self {
        Self(pairs.into_iter().collect())
    }

    /// The ids of the accounts that have this name.
    pub fn ids_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(_, known)| ***known == *name).map(|(id, _)| &**id)
    }

    /// The ids of all accounts that have a name.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(|id| &**id)
    }

    /// Ids of accounts with their names.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(id, name)| (&**id, &**name))
    }

    /// The names, each once, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let names: BTreeSet<&str> = self.0.values().map(|name| &**name).collect();
        names.into_iter()
    }

    /// Whether no account has a name.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `111122223333 (production)`, or the id alone. The name is as free as any text: whoever shows it escapes it.
    #[must_use]
    pub fn beside<'a>(&self, id: &'a str) -> Cow<'a, str> {
        self.0.get(id).map_or(Cow::Borrowed(id), |name| Cow::Owned(format!("{id} ({name})")))
    }
}
