//! Whether an answer says that there is more than it holds (DESIGN §11).

use serde::Deserialize;

use super::keys::KnownKey;

/// What a member says about how much there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ExtentClaim {
    /// Nothing.
    Nothing,
    /// There is more.
    More,
    /// There are so many in all.
    Total(u64),
}

/// A member that says how much there is, beside a list.
#[derive(Debug)]
pub(super) struct ExtentRule {
    /// The keys of such lists; none for any list.
    pub(super) beside: &'static [&'static str],
    /// The key.
    pub(super) key: &'static str,
    /// What its value says.
    pub(super) says: fn(&[u8]) -> ExtentClaim,
    /// What a person is told if that is more than there is: what the answer has, and why there is more.
    pub(super) words: &'static str,
}

/// Tokens of more, beside any list. The `nextForwardToken` of `get-log-events` is always there and means nothing.
pub(super) const TOKENS: &[ExtentRule] = &[
    ExtentRule { beside: &[], key: "NextToken", says: more_if_text, words: MORE_PAGES },
    ExtentRule {
        beside: &[],
        key: "nextToken",
        says: more_if_text,
        words: "a nextToken: the answer has more pages than were saved",
    },
];

const MORE_PAGES: &str = "a NextToken: the answer has more pages than were saved";

fn more_if_text(value: &[u8]) -> ExtentClaim {
    if value.starts_with(b"\"") { ExtentClaim::More } else { ExtentClaim::Nothing }
}

/// More, if that is what the key says.
pub(super) fn more_if_true(value: &[u8]) -> ExtentClaim {
    if value == b"true" { ExtentClaim::More } else { ExtentClaim::Nothing }
}

/// More, unless a text is this one. Of one that is larger than a record may be, no more than its quote is here.
pub(super) fn more_unless(value: &[u8], complete: &str) -> ExtentClaim {
    match serde_json::from_slice::<String>(value) {
        Ok(text) if text != complete => ExtentClaim::More,
        Err(_) if value == b"\"" => ExtentClaim::More,
        _ => ExtentClaim::Nothing,
    }
}

/// A total that a number states, which some write with a fraction.
pub(super) fn total_of(number: Option<f64>) -> ExtentClaim {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast of a float saturates")]
    number.map_or(ExtentClaim::Nothing, |number| ExtentClaim::Total(number as u64))
}

/// Reads a value as what a claim is made of.
pub(super) fn read<'a, T: Deserialize<'a>>(value: &'a [u8]) -> Option<T> {
    serde_json::from_slice(value).ok()
}

/// What an object has said so far.
#[derive(Debug, Default)]
pub(in crate::decode) struct Extent {
    /// The lists that are there, of which most objects have one, and how many elements all of them have.
    first: Option<&'static str>,
    lists: Vec<&'static str>,
    elements: u64,
    claims: Vec<(&'static ExtentRule, ExtentClaim)>,
}

impl Extent {
    /// Notes a member that may make a claim.
    pub(in crate::decode) fn note(&mut self, key: &KnownKey, value: &[u8]) {
        for rule in key.extents() {
            match (rule.says)(value) {
                ExtentClaim::Nothing => {}
                claim if self.claims.iter().any(|(other, said)| other.beside == rule.beside && *said == claim) => {}
                claim => self.claims.push((rule, claim)),
            }
        }
    }

    /// Notes a list of so many elements.
    pub(in crate::decode) fn add_list(&mut self, key: &'static str, elements: u64) {
        if *self.first.get_or_insert(key) != key && !self.lists.contains(&key) {
            self.lists.push(key);
        }
        self.elements += elements;
    }

    /// What says that there is more than this, if anything does.
    pub(in crate::decode) fn has_more(&self) -> Option<&'static str> {
        let holds = |(rule, claim): &&(&ExtentRule, ExtentClaim)| {
            let is_beside =
                rule.beside.is_empty() || self.first.iter().chain(&self.lists).any(|list| rule.beside.contains(list));
            is_beside
                && match claim {
                    ExtentClaim::Total(total) => *total > self.elements,
                    claim => *claim == ExtentClaim::More,
                }
        };
        let said = self.claims.iter().filter(|_| self.first.is_some()).find(holds);
        said.map(|(rule, _)| rule.words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_that_there_is_more() {
        let check = |list: &'static str, elements: u64, key: &str, value: &str, expected: bool| {
            let mut extent = Extent::default();
            KnownKey::of(key.as_bytes()).inspect(|key| extent.note(key, value.as_bytes()));
            assert_eq!(extent.has_more(), None);
            extent.add_list(list, elements);
            assert_eq!(extent.has_more().is_some(), expected, "{list} of {elements} beside {key}: {value}");
        };
        check("Events", 50, "NextToken", "\"x\"", true);
        check("Events", 50, "NextToken", "null", false);
        check("events", 50, "nextToken", "\"x\"", true);
        check("events", 50, "nextForwardToken", "\"x\"", false);
        check("results", 2, "status", "\"Running\"", true);
        check("results", 2, "status", "\"Complete\"", false);
        check("results", 2, "status", "\"", true);
        check("results", 2, "status", "{", false);
        check("Records", 2, "status", "\"active\"", false);
        check("results", 2, "statistics", r#"{"recordsMatched":2.0,"recordsScanned":90.0}"#, false);
        check("results", 2, "statistics", r#"{"recordsMatched":3.0}"#, true);
        check("results", 2, "statistics", r#"{"bytesScanned":3.0}"#, false);
        check("results", 2, "preview", "true", true);
        check("results", 2, "preview", "false", false);
        check("result", 0, "preview", "true", true);
        check("QueryResultRows", 2, "QueryStatistics", r#"{"ResultsCount":2,"TotalResultsCount":2}"#, false);
        check("QueryResultRows", 2, "QueryStatistics", r#"{"ResultsCount":2,"TotalResultsCount":5}"#, true);
        check("QueryResultRows", 2, "QueryStatus", "\"RUNNING\"", true);
        check("QueryResultRows", 2, "QueryStatus", "\"FINISHED\"", false);
        check("hits", 2, "total", "2", false);
        check("hits", 2, "total", "3", true);
        check("hits", 2, "total", r#"{"value":2,"relation":"eq"}"#, false);
        check("hits", 2, "total", r#"{"value":3,"relation":"eq"}"#, true);
        check("hits", 2, "total", r#"{"value":2,"relation":"gte"}"#, true);
        check("Records", 2, "total", "3", false);
        check("data", 2, "meta", r#"{"page":{"after":"x"}}"#, true);
        check("data", 2, "meta", r#"{"page":{}}"#, false);
        check("data", 2, "meta", r#"{"elapsed":9,"page":{},"status":"timeout"}"#, true);
        check("data", 2, "meta", r#"{"elapsed":9,"status":"done"}"#, false);
        check(
            "data",
            2,
            "links",
            r#"{"next":"https://api.datadoghq.com/api/v2/logs/events?page%5Bcursor%5D=x"}"#,
            true,
        );
        check("data", 2, "links", r#"{"next":null}"#, false);
        check("Records", 2, "links", r#"{"next":"x"}"#, false);
        check("hits", 2, "timed_out", "true", true);
        check("hits", 2, "timed_out", "false", false);
        check("hits", 2, "terminated_early", "true", true);
        check("hits", 2, "_shards", r#"{"total":5,"successful":4,"skipped":0,"failed":1,"failures":[{}]}"#, true);
        check("hits", 2, "_shards", r#"{"total":5,"successful":5,"skipped":3,"failed":0}"#, false);
        check("hits", 2, "_clusters", r#"{"total":2,"successful":1,"skipped":0,"partial":1}"#, true);
    }
}
