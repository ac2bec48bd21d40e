//! A record of Kinesis Data Streams: `kinesis.data` in what a function gets.

use super::carrier::{Carrier, Members};
use super::opened::CarriedContent;

pub(super) const CARRIER: Carrier = Carrier { keys: &["kinesis"], hints: &[], open };

fn open<'a>(record: &Members<'a>) -> Option<CarriedContent<'a>> {
    let data = record.inside("kinesis", "data")?;
    data.starts_with(b"\"").then_some(CarriedContent::Base64(data))
}
