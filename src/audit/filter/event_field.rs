//! The parts of an event that can be looked at one by one.

/// A part of an event. Whatever depends on one part alone needs to be worked out once for all events that have it in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventField {
    /// Its second.
    Time,
    /// The hour of its time, and thereby the day.
    Hour,
    /// Its id.
    EventId,
    /// The account.
    Account,
    /// The region.
    Region,
    /// The source address.
    Address,
    /// The subject, decoded or not.
    Subject,
    /// The run id.
    Run,
    /// The role.
    Role,
    /// The session name.
    Session,
    /// The issuer.
    Issuer,
    /// The audience.
    Audience,
    /// Whether it was granted, else the error code.
    Outcome,
    /// The issued access key.
    AccessKey,
    /// The user agent.
    Agent,
    /// The log file.
    LogFile,
}
