//! The public output schema, version 1: the columns of every report, one entry each (DESIGN §3).
//! Scripts rely on names and order, so columns are only ever added at the end.

pub mod activity;

pub mod calls;

pub mod timeline;

pub mod events;

pub mod runs;

pub mod summary;

pub mod coverage;

pub mod decode;

pub mod keys;

pub mod policy;

pub mod trust;

pub mod work;

pub mod sync;

pub mod findings;

pub mod rules;

#[cfg(feature = "verify")]
pub mod verify;

#[cfg(feature = "store")]
pub mod store;

/// The version of this schema, part of JSON reports.
pub const SCHEMA_VERSION: u64 = 1;
