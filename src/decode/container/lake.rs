//! What `GetQueryResults` of CloudTrail Lake gives: rows of cells, each an object of one member. Cells are read by
//! [`super::table`].

use serde::Deserialize;

use super::carrier::{Carrier, Holds};
use super::extent::{ExtentClaim, ExtentRule, more_unless, read, total_of};

pub(super) const CARRIER: Carrier = Carrier {
    name: "CloudTrail Lake",
    holds: Holds::AnyText,
    rows: &["QueryResultRows"],
    extents: &[
        ExtentRule {
            beside: &["QueryResultRows"],
            key: "QueryStatus",
            says: |value| more_unless(value, "FINISHED"),
            words: "a QueryStatus other than FINISHED: the query had not come to its end",
        },
        ExtentRule {
            beside: &["QueryResultRows"],
            key: "QueryStatistics",
            says: total,
            words: "QueryStatistics.TotalResultsCount above its rows",
        },
    ],
    ..Carrier::NOTHING
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Statistics {
    total_results_count: Option<f64>,
}

fn total(value: &[u8]) -> ExtentClaim {
    total_of(read(value).and_then(|statistics: Statistics| statistics.total_results_count))
}
