//! A document of Elasticsearch or OpenSearch: in `hits.hits[]`, one a line as elasticdump writes them, or alone. Its
//! `_source` is the record, or has its text in `event.original`.

use serde::Deserialize;

use super::carrier::{Carrier, Holds, Members};
use super::extent::{ExtentClaim, ExtentRule, more_if_true, read, total_of};
use super::opened::CarriedContent;

pub(super) const CARRIER: Carrier = Carrier {
    name: "Elasticsearch",
    holds: Holds::AnyText,
    keys: &["event", "event.original"],
    hints: &["original"],
    lists: &["hits"],
    nests: &["hits", "_source"],
    extents: &[
        ExtentRule { beside: &["hits"], key: "total", says: total },
        ExtentRule { beside: &["hits"], key: "timed_out", says: more_if_true },
        ExtentRule { beside: &["hits"], key: "terminated_early", says: more_if_true },
        ExtentRule { beside: &["hits"], key: "_shards", says: parts },
        ExtentRule { beside: &["hits"], key: "_clusters", says: parts },
    ],
    open,
    ..Carrier::NOTHING
};

fn open<'a>(source: &Members<'a>) -> Option<CarriedContent<'a>> {
    let nested = source.inside("event", "original").filter(|original| original.starts_with(b"\""));
    nested.or_else(|| source.string("event.original")).map(CarriedContent::Message)
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
