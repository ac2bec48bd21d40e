//! Which Terraform run got into which AWS account, from where.

pub mod audit;
pub mod cli;
pub mod decode;
pub mod domain;
pub mod ingest;
pub mod progress;
pub mod report;
pub mod source;
