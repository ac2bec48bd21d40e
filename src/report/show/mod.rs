//! What `show` says of runs: a page for people, and JSON. Other formats have the rows of their time line.

pub mod json;

pub mod page;

/// What a page is told besides its runs.
pub mod setting;

/// Which session led to which.
pub(in crate::report) mod roles;

/// What a run created, changed and deleted, what it was refused and what it read.
pub(in crate::report) mod did;

#[cfg(test)]
mod tests;
