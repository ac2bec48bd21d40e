//! Whether an archive is what CloudTrail wrote (DESIGN §10, DOMAIN §7): digest files are judged by their signatures and by
//! their successors, log files by the digests that list them. Values in, values out; whoever reads the files brings them.

pub mod tally;

pub mod public_keys;

pub mod signatures;

pub mod copies;

pub mod digests;

pub mod logs;

mod listed;

pub use listed::LATE_SECONDS;

mod unlisted;

pub mod book;

#[cfg(test)]
mod sample;

#[cfg(test)]
mod tests;
