//! A call that matters to a run that did not make it: a write to a resource that the run wrote, or the use of a key that it made.

use std::sync::Arc;

use super::timestamp::Timestamp;

/// Such a call. Text is as the record has it, without what is secret by
/// its shape.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ResourceWrite {
    /// When it was completed.
    pub time: Timestamp,
    /// The event's identity; empty where the record has none.
    pub event_id: Box<str>,
    /// The id that all copies of one call across accounts share (`sharedEventID`).
    pub shared_event_id: Option<Box<str>>,
    /// The account that received the event.
    pub account_id: Option<Arc<str>>,
    /// `eventSource` without `.amazonaws.com`.
    pub service: Option<Arc<str>>,
    /// `eventName`.
    pub event_name: Option<Arc<str>>,
    /// `userIdentity.type`, such as `IAMUser` or `AWSService`.
    pub kind: Option<Arc<str>>,
    /// Who called: the ARN of the principal, else its id, else the service.
    pub principal: Option<Arc<str>>,
    /// The distinct ARNs of `resources`, in the order of their bytes.
    pub resources: Box<[Arc<str>]>,
    /// The key that a run made, where the call was made with one.
    pub created_key: Option<Arc<str>>,
    /// Whether it succeeded, does not only read, and names a resource that a run wrote.
    pub is_write: bool,
    /// Where the event was read.
    pub log_file: Arc<str>,
}
