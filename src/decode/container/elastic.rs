//! A document of Elasticsearch or OpenSearch: in `hits.hits[]`, one a line as elasticdump writes them, or alone. Its
//! `_source` is the record, or has its text in `event.original`, as its `fields` may too.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::carrier::{Carrier, Holds, Members};
use super::extent::{ExtentClaim, ExtentRule, more_if_true, read, total_of};
use super::one_object::QuotedText;
use super::opened::CarriedContent;

pub(super) const CARRIER: Carrier = Carrier {
    name: "Elasticsearch",
    holds: Holds::AnyText,
    keys: &["event", "event.original", "fields"],
    hints: &["original"],
    lists: &["hits"],
    nests: &["hits", "_source"],
    extents: &[
        of_hits("total", total, "a hits.total above its hits"),
        of_hits("timed_out", more_if_true, "timed_out: the search was given up"),
        of_hits("terminated_early", more_if_true, "terminated_early: the search ended before its end"),
        of_hits("_shards", parts, "_shards that failed: the answer lacks what they hold"),
        of_hits("_clusters", parts, "_clusters that failed: the answer lacks what they hold"),
    ],
    open,
    ..Carrier::NOTHING
};

const fn of_hits(key: &'static str, says: fn(&[u8]) -> ExtentClaim, words: &'static str) -> ExtentRule {
    ExtentRule { beside: &["hits"], key, says, words }
}

fn open<'a>(source: &Members<'a>) -> Option<CarriedContent<'a>> {
    let nested = source.string_inside("event", "original");
    let text = nested.or_else(|| source.string("event.original"));
    text.or_else(|| of_fields(source)).map(CarriedContent::Message)
}

/// The first value of a field as a search gives it that asks for `fields`.
fn of_fields<'a>(hit: &Members<'a>) -> Option<QuotedText<'a>> {
    let values: Vec<&'a RawValue> = serde_json::from_slice(hit.inside("fields", "event.original")?).ok()?;
    let first = values.first().map(|value| value.get().as_bytes());
    first.filter(|value| value.starts_with(b"\"")).map(|value| QuotedText::new(value, None))
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Total {
    Number(f64),
    Bound { value: f64, relation: Option<String> },
}

fn total(value: &[u8]) -> ExtentClaim {
    match read(value) {
        Some(Total::Number(number) | Total::Bound { value: number, relation: None }) => total_of(Some(number)),
        Some(Total::Bound { relation: Some(relation), .. }) if relation != "eq" => ExtentClaim::More,
        Some(Total::Bound { value, .. }) => total_of(Some(value)),
        None => ExtentClaim::Nothing,
    }
}

/// The shards or clusters that were asked. One that is skipped has nothing to say.
#[derive(Deserialize)]
struct Parts {
    failed: Option<f64>,
    partial: Option<f64>,
}

fn parts(value: &[u8]) -> ExtentClaim {
    match read(value) {
        Some(Parts { failed, partial }) if [failed, partial].iter().flatten().any(|missing| *missing > 0.0) => {
            ExtentClaim::More
        }
        _ => ExtentClaim::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use crate::decode::{DecodeLimits, Decoder, FileEnd};
    use crate::domain::issuer::Issuers;

    fn told(file: &str) -> String {
        let found = Decoder::new(Issuers::default(), DecodeLimits::default()).bytes(&"x".into(), file.as_bytes());
        let malformed: Vec<String> = found.malformed.iter().map(|malformed| malformed.reason.to_string()).collect();
        format!("{:?} {:?} {malformed:?} {}", found.records, found.issuers, found.ended == FileEnd::Read)
    }

    #[test]
    fn a_text_counts_the_same_with_and_without_white_space_around_it() {
        let event = |name: &str| format!(r#"{{"eventVersion":"1.11","userIdentity":{{}},"eventName":"{name}"}}"#);
        let (other, ours) = (event("PutObject"), event("AssumeRoleWithWebIdentity"));
        let (spelled, cut) = (event("Assume\\u0052oleWithWebIdentity"), &other[..60]);
        let member = |key: &str, text: &str| format!("\"{key}\":{}", serde_json::to_string(text).unwrap_or_default());
        let mut told_apart = std::collections::HashSet::new();
        for text in [&other, &ours, &spelled, cut, &format!("{other}{ours}"), &format!("{{\"Records\":[{ours}]}}")] {
            let original = member("original", text);
            for members in [
                vec![original.clone()],
                vec![original.clone(), member("original", &other)],
                vec![member("original", &other), original.clone()],
                vec![original.clone(), member("copy", &ours)],
                vec![member("WithWebIdentity", &ours), original.clone()],
                vec![member("copy", text)],
            ] {
                for end in ["}", "]", "},{", "}}"] {
                    let file = |white: &str| {
                        let members = members.join(&format!("{white},{white}"));
                        format!("{{\"_source\":{{\"event\":{{{white}{members}{white}{end}}}}}\n{{\"_source\":{other}}}")
                    };
                    let expected = told(&file(" "));
                    assert_eq!(told(&file("")), expected, "{}", file(""));
                    told_apart.insert(expected);
                }
            }
        }
        assert!(told_apart.len() > 6, "{told_apart:?}");
    }
}
