//! A record of Kinesis Data Streams: `kinesis.data` in what a function gets.

use super::carrier::{Carrier, Holds, Members};
use super::opened::CarriedContent;

pub(super) const CARRIER: Carrier =
    Carrier { name: "Kinesis", holds: Holds::Base64, keys: &["kinesis"], open, ..Carrier::NOTHING };

fn open<'a>(record: &Members<'a>) -> Option<CarriedContent<'a>> {
    record.string_inside("kinesis", "data").map(CarriedContent::Base64)
}
