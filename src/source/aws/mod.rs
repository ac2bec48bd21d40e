//! How to reach AWS: credentials and clients, found as every AWS user expects, and what their errors mean.
//!
//! The options are plain values, and there also in a build without AWS. Everything else is asynchronous, and stays
//! below this floor.

use std::num::NonZeroUsize;

#[cfg(feature = "aws")]
pub(crate) mod bounds;

#[cfg(feature = "aws")]
pub(crate) mod connect;

#[cfg(feature = "aws")]
pub(crate) mod explain;

#[cfg(feature = "aws")]
pub(crate) mod identity;

#[cfg(feature = "aws")]
pub mod mfa;

#[cfg(feature = "aws")]
pub(crate) mod profiles;

#[cfg(feature = "aws")]
mod sign_in;

#[cfg(feature = "aws")]
mod trust_store;

/// How to reach AWS, as asked for. Everything not given comes from the environment and from the shared configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AwsOptions {
    /// The profile; it wins over keys in the environment.
    pub profile: Option<String>,
    /// The region of the client.
    pub region: Option<String>,
    /// An endpoint for all services in place of AWS's own.
    pub endpoint_url: Option<String>,
    /// Roles to assume, each with the first credentials.
    pub role_arns: Vec<String>,
    /// What those roles may demand.
    pub external_id: Option<String>,
    /// Bucket names in the path of a URL, not in its host.
    pub path_style: bool,
    /// No credentials at all, for public buckets.
    pub no_sign_request: bool,
    /// The reader pays for the requests to a bucket, which S3 wants to be said in each of them.
    pub requester_pays: bool,
    /// Requests at a time; chosen as they succeed where not given.
    pub concurrency: Option<NonZeroUsize>,
}
