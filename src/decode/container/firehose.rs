//! A record of Firehose, `data` in what a function or an endpoint gets, and `Data` as `aws kinesis get-records` prints it.

use super::carrier::{Carrier, Holds, Members};
use super::opened::CarriedContent;

pub(super) const CARRIER: Carrier =
    Carrier { name: "Firehose", holds: Holds::Base64, keys: &["data", "Data"], open, ..Carrier::NOTHING };

fn open<'a>(record: &Members<'a>) -> Option<CarriedContent<'a>> {
    record.string("data").or_else(|| record.string("Data")).map(CarriedContent::Base64)
}
