//! The least IAM policy that reads log groups.

use std::collections::BTreeSet;

use serde_json::json;

use super::describe::{DESCRIBE, FoundGroup, ReadBy};
use super::{filter, insights};

/// The policy for what was found. Which groups there are, and what a query gave, cannot be limited to a group.
pub(super) fn policy(groups: &[FoundGroup], asks_for_regions: bool) -> String {
    let of = |read_by: ReadBy| -> BTreeSet<String> {
        groups.iter().filter(|group| group.read_by == read_by).map(FoundGroup::resource).collect()
    };
    let (filtered, queried) = (of(ReadBy::Filter), of(ReadBy::Query));
    let mut anywhere = vec![DESCRIBE];
    let mut statements = Vec::new();
    if !filtered.is_empty() {
        statements
            .push(json!({"Sid": "ReadLogGroups", "Effect": "Allow", "Action": filter::ACTION, "Resource": filtered}));
    }
    if !queried.is_empty() {
        statements
            .push(json!({"Sid": "QueryLogGroups", "Effect": "Allow", "Action": insights::START, "Resource": queried}));
        anywhere.push(insights::RESULTS);
    }
    if asks_for_regions {
        anywhere.push("account:ListRegions");
    }
    statements.push(json!({"Sid": "FindLogGroups", "Effect": "Allow", "Action": anywhere, "Resource": "*"}));
    serde_json::to_string_pretty(&json!({"Version": "2012-10-17", "Statement": statements})).unwrap_or_default()
}
