//! Floor 3: drives the line from sources to events and coverage, or into a store. Synchronous; knows no AWS and no command
//! line.

mod counts;

mod unlisted;

pub mod options;

pub mod pool;
pub mod second_pass;

mod outside_writes;

pub mod scan;

#[cfg(feature = "store")]
pub mod sync;

#[cfg(feature = "verify")]
pub mod verify;
