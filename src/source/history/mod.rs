//! Event history: LookupEvents, in every region asked for at once.
//!
//! Its pages are log files like any others. The same event may come on two of them; that is settled by its id, later.

mod kind;
pub mod pace;
pub mod page;
pub mod reach;
pub mod turnover;

#[cfg(feature = "aws")]
mod examine;
#[cfg(feature = "aws")]
mod lookup;
#[cfg(feature = "aws")]
mod open;
#[cfg(feature = "aws")]
mod remember;
#[cfg(feature = "aws")]
mod turns;

pub(super) use kind::KIND;
