//! A message of SQS: `Body` in what `receive-message` prints, `body` in the record that a function gets.

use super::carrier::{Carrier, Holds, Members};
use super::opened::CarriedContent;

pub(super) const CARRIER: Carrier = Carrier {
    name: "SQS",
    holds: Holds::AnyText,
    keys: &["Body", "body"],
    lists: &["Messages"],
    open,
    ..Carrier::NOTHING
};

fn open<'a>(message: &Members<'a>) -> Option<CarriedContent<'a>> {
    message.string("Body").or_else(|| message.string("body")).map(CarriedContent::Text)
}
