//! Versions of Terraform and of its AWS provider, as far as one is older than another.

use std::cmp::Ordering;

/// The numbers in front of a version: `1.9.0-beta1` is 1, 9, 0. What follows them says nothing about support.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(Vec<u64>);

impl Version {
    /// Reads a version; `dev` and other words are none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let numbers = text.split(['-', '+']).next()?;
        let parts: Option<Vec<u64>> = numbers.split('.').take(4).map(|part| part.parse().ok()).collect();
        parts.filter(|parts| !parts.is_empty()).map(Self)
    }

    /// Whether it is older than `limit`; `1.9` and `1.9.0` are the same.
    #[must_use]
    pub fn is_below(&self, limit: &Self) -> bool {
        let count = self.0.len().max(limit.0.len());
        let part = |version: &Self, at: usize| version.0.get(at).copied().unwrap_or(0);
        let order = (0..count).map(|at| part(self, at).cmp(&part(limit, at))).find(|order| order.is_ne());
        order == Some(Ordering::Less)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_versions_are_below() {
        let check = |version: &str, limit: &str, expected: Option<bool>| {
            let below = Version::parse(version).zip(Version::parse(limit)).map(|(one, other)| one.is_below(&other));
            assert_eq!(below, expected, "{version} {limit}");
        };
        check("1.5.7", "1.9", Some(true));
        check("1.10.0", "1.9", Some(false));
        check("1.9.0", "1.9", Some(false));
        check("1.9", "1.9.1", Some(true));
        check("1.9.0-beta1", "1.9", Some(false));
        check("v0.15.5", "1", Some(true));
        check("dev", "1", None);
        check("", "1", None);
        check("1..2", "1", None);
        check("99999999999999999999", "1", None);
    }
}
