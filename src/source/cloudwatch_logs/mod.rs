//! CloudWatch Logs: `cloudwatch-logs:GROUP[,GROUP…]`, in every region asked for at once.
//!
//! A message of a log group is a record, or a wrapping of one that the decoder opens like any other. What a group gives
//! goes by the time of its log events, which for a trail is that of the delivery; so it is asked for as log files are: from
//! the minute in which the window begins to the end of its late days (DESIGN §2). A group of the class Standard is searched
//! by FilterLogEvents; one of the class Infrequent Access can only be queried, by Logs Insights.

pub mod groups;
mod kind;
pub mod page;
pub mod pattern;
pub mod range;

#[cfg(feature = "aws")]
mod describe;
#[cfg(feature = "aws")]
mod estimate;
#[cfg(feature = "aws")]
mod examine;
#[cfg(feature = "aws")]
mod fetch;
#[cfg(feature = "aws")]
mod filter;
#[cfg(feature = "aws")]
mod find;
#[cfg(feature = "aws")]
mod insights;
#[cfg(feature = "aws")]
mod open;
#[cfg(feature = "aws")]
mod policy;
#[cfg(feature = "aws")]
mod reading;
#[cfg(feature = "aws")]
mod remember;
#[cfg(feature = "aws")]
mod turns;

pub(super) use kind::KIND;
