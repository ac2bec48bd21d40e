//! Results of a query of CloudWatch Logs Insights: rows of cells, each with its `field` and `value`. Cells are read by
//! [`super::table`].

use serde::Deserialize;

use super::carrier::{Carrier, Holds};
use super::extent::{ExtentClaim, ExtentRule, more_unless, read, total_of};

pub(super) const CARRIER: Carrier = Carrier {
    name: "CloudWatch Logs Insights",
    holds: Holds::AnyText,
    rows: &["results"],
    extents: &[
        ExtentRule { beside: &["results"], key: "status", says: |value| more_unless(value, "Complete") },
        ExtentRule { beside: &["results"], key: "statistics", says: matched },
    ],
    ..Carrier::NOTHING
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Statistics {
    records_matched: Option<f64>,
}

fn matched(value: &[u8]) -> ExtentClaim {
    total_of(read(value).and_then(|statistics: Statistics| statistics.records_matched))
}
