//! Floor 1: from bytes to values, a pure function that never fails as a whole (DESIGN §1).
//!
//! In: the bytes of one log file, plain or gzip. Out: [`Decoded`]: the assumptions in it, the calls where they were asked for, its tally, and what was wrong.
//! It does not deduplicate, filter, or know where files come from.

pub mod container;
pub mod defect;
pub mod digest;
pub mod extract;
pub mod ours;
pub mod pack;
pub mod record;
pub mod structure;

mod collect;
#[cfg(feature = "parquet")]
mod columns;
mod decoder;
mod fields;
mod members;
mod nothing;
mod plain_json;
mod quoted;
mod savepoint;

pub use collect::{Decoded, FileEnd};
pub use decoder::{DecodeLimits, Decoder};
