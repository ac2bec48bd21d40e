//! A notification of SNS, as a queue or an endpoint gets it, and the same in the record that a function gets.

use super::carrier::{Carrier, Holds, Members, unquoted};
use super::opened::CarriedContent;

pub(super) const MESSAGE: Carrier =
    Carrier { name: "SNS", holds: Holds::AnyText, keys: &["Message"], hints: &["Type"], open, ..Carrier::NOTHING };

/// The notification in `Records[].Sns`.
pub(super) const RECORD: Carrier =
    Carrier { name: "SNS of a function", holds: Holds::AnyText, keys: &["Sns"], open: open_record, ..Carrier::NOTHING };

fn open<'a>(notification: &Members<'a>) -> Option<CarriedContent<'a>> {
    let message = notification.string("Message")?;
    let kind = notification.text("Type").unwrap_or_default();
    Some(if is_subscription(&kind) { CarriedContent::Test } else { CarriedContent::Text(message) })
}

fn open_record<'a>(record: &Members<'a>) -> Option<CarriedContent<'a>> {
    let message = record.string_inside("Sns", "Message")?;
    let kind = record.inside("Sns", "Type").and_then(unquoted).unwrap_or_default();
    Some(if is_subscription(&kind) { CarriedContent::Test } else { CarriedContent::Text(message) })
}

fn is_subscription(kind: &str) -> bool {
    matches!(kind, "SubscriptionConfirmation" | "UnsubscribeConfirmation")
}
