//! An item of `aws cloudtrail lookup-events`: the event is a JSON text, or for those who parsed it an object.

use super::carrier::{Carrier, Holds, Members};
use super::opened::CarriedContent;

pub(super) const CARRIER: Carrier = Carrier {
    name: "LookupEvents",
    holds: Holds::OneEvent,
    keys: &["CloudTrailEvent"],
    hints: &["EventId", "EventName"],
    open,
    ..Carrier::NOTHING
};

fn open<'a>(item: &Members<'a>) -> Option<CarriedContent<'a>> {
    if let Some((event, scan)) = item.object("CloudTrailEvent") {
        return Some(CarriedContent::Object(event, scan));
    }
    if let Some(event) = item.string("CloudTrailEvent") {
        return Some(CarriedContent::Event(event));
    }
    let is_item = item.has("CloudTrailEvent") || (item.has("EventId") && item.has("EventName"));
    is_item.then_some(CarriedContent::NoEvent)
}
