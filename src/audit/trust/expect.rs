//! Which organizations a trust may admit. A proposal never widens: whoever got in without being expected is left out of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::audit::filter::pattern::Patterns;
use crate::domain::assumption::{Assumption, Outcome};

/// Who shall get in (DESIGN §8).
#[derive(Debug, Clone, Default)]
pub struct Expectation {
    /// The organizations that are ours, as `expected_organizations` names them; empty if it names none.
    pub organizations: BTreeSet<Box<str>>,
    /// Renamed organizations: the old name and the new one.
    pub aliases: BTreeMap<Box<str>, Box<str>>,
    /// The organizations asked for; where nobody names ours, these are.
    pub asked: Patterns,
    /// Whether those get in that are not ours.
    pub admit_unexpected: bool,
}

/// What an organization is to a trust.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OrganizationStanding {
    /// It shall get in.
    Covered,
    /// It is ours, and was not asked for.
    NotAsked,
    /// A name that one of ours had before, and that anybody can take now.
    Former,
    /// Nobody expects it.
    Unexpected,
    /// Of a subject that names no organization.
    Unknown,
}

impl OrganizationStanding {
    /// Why a subject is not covered; empty if it is.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Covered => "",
            Self::NotAsked => "not of the organizations asked for",
            Self::Former => "of a name that an organization of yours had before: whoever takes it now would get in",
            Self::Unexpected => "of an organization that nobody expects",
            Self::Unknown => "of no organization that can be told",
        }
    }
}

impl Expectation {
    /// Whether anybody says who is expected.
    #[must_use]
    pub fn is_stated(&self) -> bool {
        !self.organizations.is_empty() || !self.asked.is_empty()
    }

    /// What an organization is.
    #[must_use]
    pub fn of(&self, organization: Option<&str>) -> OrganizationStanding {
        let Some(name) = organization else {
            return if self.is_stated() { OrganizationStanding::Unknown } else { OrganizationStanding::Covered };
        };
        let asked = self.asked.pass(Some(name));
        let (admitted, is_former) = (self.admit_unexpected, self.aliases.contains_key(name));
        if self.organizations.is_empty() {
            return if asked || admitted { OrganizationStanding::Covered } else { OrganizationStanding::Unexpected };
        }
        match (self.organizations.contains(name), asked) {
            (true, true) => OrganizationStanding::Covered,
            (true, false) => OrganizationStanding::NotAsked,
            (false, true) if admitted => OrganizationStanding::Covered,
            (false, _) if is_former => OrganizationStanding::Former,
            (false, _) => OrganizationStanding::Unexpected,
        }
    }
}

/// Organizations that were granted roles though nobody expects them, whether they are admitted now or not: the roles of each.
#[must_use]
pub fn strangers<'a>(
    events: impl IntoIterator<Item = &'a Assumption>,
    expectation: &Expectation,
) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
    let strict = Expectation { admit_unexpected: false, ..expectation.clone() };
    let mut strangers: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for event in events.into_iter().filter(|event| matches!(event.outcome, Outcome::Granted { .. })) {
        let Some(organization) = event.subject.organization() else { continue };
        if strict.of(Some(organization)) == OrganizationStanding::Unexpected {
            strangers.entry(organization).or_default().extend(event.role_arn.as_deref());
        }
    }
    strangers
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `ours`, `asked` and `aliases` with blanks between them.
    fn check(ours: &str, asked: &str, admit_unexpected: bool, expected: &[(&str, OrganizationStanding)]) {
        let expectation = Expectation {
            organizations: ours.split_whitespace().map(Into::into).collect(),
            aliases: BTreeMap::from([("before".into(), "acme".into())]),
            asked: Patterns::new(asked.split_whitespace().map(|text| text.parse().unwrap()).collect()),
            admit_unexpected,
        };
        for (name, standing) in expected {
            let name = Some(*name).filter(|name| !name.is_empty());
            assert_eq!(expectation.of(name), *standing, "{ours} | {asked} | {name:?}");
        }
    }

    #[test]
    fn who_is_expected_is_said_by_the_names_or_else_by_what_is_asked_for() {
        use OrganizationStanding::{Covered, Former, NotAsked, Unexpected, Unknown};
        check("", "", false, &[("acme", Covered), ("evil", Covered), ("", Covered)]);
        check("acme", "", false, &[("acme", Covered), ("evil", Unexpected), ("ACME", Unexpected), ("", Unknown)]);
        check("acme", "", false, &[("before", Former), ("acme-evil", Unexpected)]);
        check("acme", "", true, &[("acme", Covered), ("evil", Covered), ("before", Covered), ("", Unknown)]);
        check("", "acme", false, &[("acme", Covered), ("evil", Unexpected), ("", Unknown)]);
        check("", "acme", true, &[("evil", Covered)]);
        check("", "!evil", false, &[("acme", Covered), ("evil", Unexpected)]);
        // A pattern never takes in who is not ours.
        check("acme beta", "acme*", false, &[("acme", Covered), ("acme-evil", Unexpected), ("beta", NotAsked)]);
        check("acme", "evil", false, &[("acme", NotAsked), ("evil", Unexpected)]);
        check("acme", "evil", true, &[("acme", NotAsked), ("evil", Covered), ("other", Unexpected)]);
    }
}
