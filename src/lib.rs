//! Which Terraform run got into which AWS account, from where.

pub mod audit;
pub mod cli;
pub mod domain;
pub mod progress;
