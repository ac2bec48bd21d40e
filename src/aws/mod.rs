//! Floor 1: how to reach AWS: credentials and clients, found as every AWS user expects, and what their errors mean.
//!
//! The options are plain values, and there also in a build without AWS. Everything else is asynchronous, and stays
//! with the sources and notifications that use it.

#[cfg(feature = "aws")]
pub(crate) mod bounds;

#[cfg(feature = "aws")]
pub(crate) mod connect;

#[cfg(feature = "aws")]
mod explain;

#[cfg(feature = "aws")]
pub(crate) mod failure;

#[cfg(feature = "aws")]
pub(crate) mod grant;

#[cfg(feature = "aws")]
pub(crate) mod identity;

#[cfg(feature = "aws")]
pub mod mfa;

mod options;

#[cfg(feature = "aws")]
pub(crate) mod profiles;

#[cfg(feature = "aws")]
pub(crate) mod public_keys;

pub mod regions;

#[cfg(feature = "aws")]
mod sign_in;

#[cfg(feature = "aws")]
mod trust_store;

pub use options::AwsOptions;
