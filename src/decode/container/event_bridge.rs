//! An event of EventBridge: the record is its `detail`, for some who pass it on as text. S3's own events name an object.

use super::carrier::{Carrier, Holds, Members};
use super::opened::CarriedContent;

pub(super) const CARRIER: Carrier = Carrier {
    name: "EventBridge",
    holds: Holds::AnyText,
    keys: &["detail"],
    hints: &["source"],
    open,
    ..Carrier::NOTHING
};

fn open<'a>(event: &Members<'a>) -> Option<CarriedContent<'a>> {
    if let Some((detail, scan)) = event.object("detail") {
        let names_object = event.is("source", "aws.s3")
            && event.inside("detail", "object").is_some_and(|object| object.starts_with(b"{"));
        return Some(if names_object { CarriedContent::ObjectName } else { CarriedContent::Object(detail, scan) });
    }
    event.string("detail").map(CarriedContent::Text)
}
