//! Floor 2: the embedded store.

pub mod sql;
