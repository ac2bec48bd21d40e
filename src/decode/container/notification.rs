//! Notifications that an object was written: that of S3, and the one that CloudTrail sends over SNS. They name a log file
//! and hold no event. A test of S3 names none.

use super::carrier::{Carrier, Holds, Members};
use super::opened::CarriedContent;

pub(super) const CARRIER: Carrier = Carrier {
    name: "object notification",
    holds: Holds::Nothing,
    keys: &["s3", "s3ObjectKey"],
    hints: &["Event", "object"],
    open,
    ..Carrier::NOTHING
};

fn open<'a>(notification: &Members<'a>) -> Option<CarriedContent<'a>> {
    if notification.text("Event").is_some_and(|event| event == "s3:TestEvent") {
        return Some(CarriedContent::Test);
    }
    let s3 = notification.inside("s3", "object").is_some_and(|object| object.starts_with(b"{"));
    let cloudtrail =
        notification.value("s3ObjectKey").is_some_and(|keys| keys.starts_with(b"[") || keys.starts_with(b"\""));
    (s3 || cloudtrail).then_some(CarriedContent::ObjectName)
}
