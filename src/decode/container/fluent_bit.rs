//! A record of Fluent Bit, or of a container's log file: the line is in `log`.

use super::carrier::{Carrier, Holds, Members};
use super::opened::CarriedContent;

pub(super) const CARRIER: Carrier =
    Carrier { name: "Fluent Bit", holds: Holds::AnyText, keys: &["log"], open, ..Carrier::NOTHING };

fn open<'a>(record: &Members<'a>) -> Option<CarriedContent<'a>> {
    record.string("log").map(CarriedContent::Message)
}
