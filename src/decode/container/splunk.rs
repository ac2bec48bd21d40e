//! A result of Splunk: its text is in `_raw`, alone, in `results`, or in `result` as the export writes it line by line.

use super::carrier::{Carrier, Holds, Members};
use super::extent::{ExtentRule, more_if_true};
use super::opened::CarriedContent;

pub(super) const CARRIER: Carrier = Carrier {
    name: "Splunk",
    holds: Holds::AnyText,
    keys: &["_raw"],
    rows: &["results"],
    nests: &["result"],
    extents: &[ExtentRule {
        beside: &["results", "result"],
        key: "preview",
        says: more_if_true,
        words: "preview: true: the search had not come to its end",
    }],
    open,
    ..Carrier::NOTHING
};

fn open<'a>(result: &Members<'a>) -> Option<CarriedContent<'a>> {
    result.string("_raw").map(CarriedContent::Message)
}
