//! Which Terraform run got into which AWS account, from where.
//!
//! ```text
//! source ─▶ Chunk ─▶ decode (all cores) ─▶ Assumption ─▶ group ─▶ Run ─▶ Row ─▶ report
//! ```
//!
//! Data flows one way, and a module uses only those above it in this list.

pub mod domain;

pub mod platform;

pub mod progress;

pub mod decode;

pub mod audit;

pub mod aws;

pub mod source;

#[cfg(feature = "store")]
pub mod store;

pub mod report;

pub mod notify;

pub mod schedule;

pub mod ingest;

#[cfg(feature = "store")]
pub mod nightly;

#[cfg(feature = "cli")]
pub mod cli;
