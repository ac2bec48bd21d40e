//! How to reach AWS, as asked for.

use std::num::NonZeroUsize;

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
