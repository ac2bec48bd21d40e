//! What a function that CloudWatch Logs calls gets: `awslogs.data`, a subscription payload.

use super::carrier::{Carrier, Holds, Members};
use super::opened::CarriedContent;

pub(super) const CARRIER: Carrier =
    Carrier { name: "Lambda of CloudWatch Logs", holds: Holds::Base64, keys: &["awslogs"], open, ..Carrier::NOTHING };

fn open<'a>(event: &Members<'a>) -> Option<CarriedContent<'a>> {
    event.string_inside("awslogs", "data").map(CarriedContent::Base64)
}
