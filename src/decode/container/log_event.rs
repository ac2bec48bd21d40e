//! A log event of CloudWatch Logs, in a subscription payload or as `filter-log-events` and `get-log-events` print it.

use super::carrier::{Carrier, Holds, Members};
use super::opened::CarriedContent;

pub(super) const CARRIER: Carrier = Carrier {
    name: "CloudWatch Logs",
    holds: Holds::AnyText,
    keys: &["message"],
    lists: &["logEvents"],
    open,
    ..Carrier::NOTHING
};

fn open<'a>(event: &Members<'a>) -> Option<CarriedContent<'a>> {
    event.string("message").map(CarriedContent::Message)
}
