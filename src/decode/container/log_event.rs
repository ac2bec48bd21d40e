//! A log event of CloudWatch Logs, in a subscription payload or as `filter-log-events` and `get-log-events` print it.

use super::carrier::{Carrier, Members};
use super::opened::CarriedContent;

pub(super) const CARRIER: Carrier = Carrier { keys: &["message"], hints: &[], open };

fn open<'a>(event: &Members<'a>) -> Option<CarriedContent<'a>> {
    event.string("message").map(CarriedContent::Message)
}
