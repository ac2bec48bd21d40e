//! A log of Datadog: the record is its `attributes`, which the answers of the API have in `attributes` once more.

use serde::Deserialize;

use super::carrier::{Carrier, Holds};
use super::extent::{ExtentClaim, ExtentRule, read};

pub(super) const CARRIER: Carrier = Carrier {
    name: "Datadog",
    holds: Holds::Nothing,
    lists: &["data"],
    nests: &["attributes"],
    extents: &[
        ExtentRule { beside: &["data"], key: "meta", says: pages, words: PAGES },
        ExtentRule { beside: &["data"], key: "links", says: links, words: "links.next: the answer has more pages" },
    ],
    ..Carrier::NOTHING
};

const PAGES: &str = "meta.page.after, or a status of timeout: the answer has more pages, or was given up";

#[derive(Deserialize)]
struct Meta {
    page: Option<Page>,
    /// `timeout` where the search was given up.
    status: Option<String>,
}

#[derive(Deserialize)]
struct Page {
    after: Option<String>,
}

#[derive(Deserialize)]
struct Links {
    next: Option<String>,
}

fn pages(value: &[u8]) -> ExtentClaim {
    match read(value) {
        Some(Meta { page: Some(Page { after: Some(_) }), .. }) => ExtentClaim::More,
        Some(Meta { status: Some(status), .. }) if status == "timeout" => ExtentClaim::More,
        _ => ExtentClaim::Nothing,
    }
}

fn links(value: &[u8]) -> ExtentClaim {
    match read(value) {
        Some(Links { next: Some(_) }) => ExtentClaim::More,
        _ => ExtentClaim::Nothing,
    }
}
