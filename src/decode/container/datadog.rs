//! A log of Datadog: the record is its `attributes`, which the answers of the API have in `attributes` once more.

use serde::Deserialize;

use super::carrier::{Carrier, Holds};
use super::extent::{ExtentClaim, ExtentRule, read};

pub(super) const CARRIER: Carrier = Carrier {
    name: "Datadog",
    holds: Holds::Nothing,
    lists: &["data"],
    nests: &["attributes"],
    extents: &[ExtentRule { beside: &["data"], key: "meta", says: pages }],
    ..Carrier::NOTHING
};

#[derive(Deserialize)]
struct Meta {
    page: Option<Page>,
}

#[derive(Deserialize)]
struct Page {
    after: Option<String>,
}

fn pages(value: &[u8]) -> ExtentClaim {
    match read(value).and_then(|meta: Meta| meta.page?.after) {
        Some(_) => ExtentClaim::More,
        None => ExtentClaim::Nothing,
    }
}
