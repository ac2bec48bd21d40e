//! Event history: LookupEvents, in one region of one account at a time.

pub mod pace;
pub mod page;
pub mod patience;
pub mod reach;
pub mod regions;
