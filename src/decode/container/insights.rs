//! Results of a query of CloudWatch Logs Insights: rows of cells, each with its `field` and `value`. Cells are read by
//! [`super::table`]. The console copies rows as objects, in which a message of JSON may be an object too.

use serde::Deserialize;

use super::carrier::{Carrier, Holds, Members};
use super::extent::{ExtentClaim, ExtentRule, more_unless, read, total_of};
use super::opened::CarriedContent;

pub(super) const CARRIER: Carrier = Carrier {
    name: "CloudWatch Logs Insights",
    holds: Holds::AnyText,
    keys: &["@message"],
    rows: &["results"],
    extents: &[
        ExtentRule {
            beside: &["results"],
            key: "status",
            says: |value| more_unless(value, "Complete"),
            words: "a status other than Complete: the query had not come to its end",
        },
        ExtentRule {
            beside: &["results"],
            key: "statistics",
            says: matched,
            words: "statistics.recordsMatched above its rows",
        },
    ],
    open,
    ..Carrier::NOTHING
};

fn open<'a>(row: &Members<'a>) -> Option<CarriedContent<'a>> {
    if let Some((message, scan)) = row.object("@message") {
        return Some(CarriedContent::Object(message, scan));
    }
    row.string("@message").map(CarriedContent::Message)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Statistics {
    records_matched: Option<f64>,
}

fn matched(value: &[u8]) -> ExtentClaim {
    total_of(read(value).and_then(|statistics: Statistics| statistics.records_matched))
}
