//! What permission did an observed call need? From the event's own words to IAM actions, the ARNs they were used on, and
//! the statements of a policy (DESIGN §9). Pure values; the facts stand in the tables beside this file, whose heads say
//! where they come from and what was checked. What a record names is escaped, so that no name is a wildcard. Where a call
//! names no resource, or one that a policy cannot hold, the resource is `*`, and the caller is told: `resources::Scope`.

pub mod action;

mod table;

mod parameters;

mod template;

pub mod resources;

pub mod inferred;

pub mod statements;

use serde_json::Value;

/// A call as its record has it.
#[derive(Debug, Clone, Copy)]
pub struct ObservedCall<'a> {
    /// `eventSource`, with or without `.amazonaws.com`.
    pub event_source: &'a str,
    /// `eventName`.
    pub event_name: &'a str,
    /// `aws`, `aws-cn`, … of the role that called.
    pub partition: &'a str,
    /// `awsRegion`.
    pub region: &'a str,
    /// The account that received the event, in which its resources lie.
    pub account_id: &'a str,
    /// The ARNs of `resources[]`, as they are.
    pub resources: &'a [&'a str],
    /// `requestParameters`, where they were read.
    pub parameters: Option<&'a Value>,
}
