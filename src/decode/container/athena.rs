//! A row of the table of CloudTrail's log files that Athena's `UNLOAD` wrote as JSON: a record whose names are all in lower
//! case. [`super::table`] knows them.

use super::carrier::{Carrier, Holds, Members};
use super::opened::CarriedContent;

pub(super) const CARRIER: Carrier = Carrier {
    name: "Athena",
    holds: Holds::Nothing,
    keys: &["useridentity"],
    hints: &["eventname", "eventtime"],
    open,
    ..Carrier::NOTHING
};

fn open<'a>(row: &Members<'a>) -> Option<CarriedContent<'a>> {
    let is_row = ["useridentity", "eventname", "eventtime"].iter().all(|name| row.has(name));
    is_row.then(|| CarriedContent::LowerCase(row.whole()))
}
