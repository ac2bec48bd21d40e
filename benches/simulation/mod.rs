//! Many workers over one archive in S3, simulated: what the work list, the limits of S3, log files of all sizes, slow workers and
//! tasks that fail make of the time that the work itself takes.
//!
//! Times are whole microseconds and there are no fractions, so that equal seeds give equal figures on every machine.

pub(crate) mod archive;
pub(crate) mod engine;
pub(crate) mod event;
pub(crate) mod limit;
pub(crate) mod price;
pub(crate) mod process;
#[path = "../corpus/rng.rs"]
#[expect(dead_code, reason = "a corpus uses the rest")]
pub(crate) mod rng;
pub(crate) mod run;
pub(crate) mod table;

/// Microseconds of a second.
pub(crate) const SECOND: u64 = 1_000_000;
