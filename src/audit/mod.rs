//! Floor 1: from values to values. No input or output.

pub mod aside;

pub mod coverage;

pub mod runs;

pub mod numbers;

pub mod summary;

pub mod headline;

pub mod filter;

pub mod keys;

pub mod trust;

pub mod network;

pub mod overdue;

pub mod baseline;

pub mod rules;

pub mod review;

/// What runs did: their calls, and whose each is (DESIGN §9).
pub mod activity;

/// What permission an observed call needed (DESIGN §9): actions, resources, statements.
pub mod policy;

/// Whether an archive is what CloudTrail wrote (DESIGN §10).
#[cfg(feature = "verify")]
pub mod verify;
