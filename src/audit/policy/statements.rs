//! From what was used to the statements that allow just that.

use std::collections::{BTreeMap, BTreeSet};

/// Characters that a managed policy may have, without white space (IAM and STS quotas).
pub const MANAGED_LIMIT: usize = 6_144;

/// Characters that all inline policies of a role may have together, without white space (IAM and STS quotas).
pub const INLINE_LIMIT: usize = 10_240;

/// The name of the statement that holds what was inferred.
pub const INFERRED: &str = "Inferred";

/// Actions with the resources each was used on. Filled in any order, it is the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants(BTreeMap<String, BTreeSet<String>>);

/// One statement: all its actions on all its resources. Both are sorted; an action has no wildcard.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Statement {
    /// Only what was inferred has one.
    pub sid: Option<String>,
    /// `service:Name`.
    pub actions: Vec<String>,
    /// As a policy writes them: `*`, or ARNs whose names are escaped.
    pub resources: Vec<String>,
}

impl Grants {
    /// Adds an action on resources.
    pub fn add(&mut self, action: &str, resources: impl IntoIterator<Item = String>) {
        self.0.entry(action.to_owned()).or_default().extend(resources);
    }

    /// Adds all of another.
    pub fn extend(&mut self, other: &Self) {
        for (action, resources) in &other.0 {
            self.add(action, resources.iter().cloned());
        }
    }

    /// Each action with its resources, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &BTreeSet<String>)> {
        self.0.iter().map(|(action, resources)| (action.as_str(), resources))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One statement for all actions that were used on the same resources, so none is allowed where it was not used. An
    /// action that needed `*` once needs nothing beside it. In the order of their first actions.
    #[must_use]
    pub fn statements(&self) -> Vec<Statement> {
        let mut by_resources = BTreeMap::<Vec<String>, Vec<String>>::new();
        for (action, resources) in self.0.iter().filter(|(_, resources)| !resources.is_empty()) {
            let all = resources.contains("*").then(|| vec!["*".to_owned()]);
            let resources = all.unwrap_or_else(|| resources.iter().cloned().collect());
            by_resources.entry(resources).or_default().push(action.clone());
        }
        let statements = by_resources.into_iter();
        let mut statements: Vec<Statement> =
            statements.map(|(resources, actions)| Statement { sid: None, actions, resources }).collect();
        statements.sort();
        statements
    }

    /// As [`Self::statements`], each with a Sid of its own: `Inferred`, where there are several `Inferred2` and so on.
    #[must_use]
    pub fn inferred_statements(&self) -> Vec<Statement> {
        self.named_statements(INFERRED)
    }

    /// As [`Self::statements`], each with a Sid: `name`, and where there are several, the others with a number behind it.
    #[must_use]
    pub fn named_statements(&self, name: &str) -> Vec<Statement> {
        let sids = std::iter::once(name.to_owned()).chain((2..).map(|number| format!("{name}{number}")));
        self.statements()
            .into_iter()
            .zip(sids)
            .map(|(statement, sid)| Statement { sid: Some(sid), ..statement })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_share_a_statement_only_with_the_same_resources() {
        let mut grants = Grants::default();
        for (action, resource) in [
            ("s3:PutObject", "arn:b"),
            ("s3:GetObject", "arn:b"),
            ("s3:GetObject", "arn:a"),
            ("s3:PutObject", "arn:a"),
            ("ec2:RunInstances", "arn:a"),
            ("ec2:DescribeVpcs", "*"),
            ("iam:GetRole", "*"),
            ("iam:GetRole", "arn:a"),
        ] {
            grants.add(action, [resource.to_owned()]);
        }
        let statements: Vec<String> = grants
            .statements()
            .iter()
            .map(|statement| format!("{} on {}", statement.actions.join(" "), statement.resources.join(" ")))
            .collect();
        assert_eq!(
            statements,
            [
                "ec2:DescribeVpcs iam:GetRole on *",
                "ec2:RunInstances on arn:a",
                "s3:GetObject s3:PutObject on arn:a arn:b"
            ]
        );
    }
}
