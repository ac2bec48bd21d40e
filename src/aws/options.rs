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

impl AwsOptions {
    /// Who asks, behind a text about what is asked for: the profile, `region` where it decides what is found, and the roles in
    /// order. A store tells by it whose part of a source it has, so that it stays as it is.
    #[must_use]
    pub fn asker(&self, region: Option<&str>) -> String {
        let mut roles: Vec<&str> = self.role_arns.iter().map(String::as_str).collect();
        roles.sort_unstable();
        let profile = self.profile.iter().map(|profile| format!(" profile {profile}"));
        profile.chain(region.into_iter().chain(roles).map(|part| format!(" {part}"))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_is_told_in_order() {
        let options = AwsOptions {
            profile: Some("audit".to_owned()),
            region: Some("eu-west-1".to_owned()),
            role_arns: vec!["arn:b".to_owned(), "arn:a".to_owned()],
            ..AwsOptions::default()
        };
        assert_eq!(options.asker(options.region.as_deref()), " profile audit eu-west-1 arn:a arn:b");
        assert_eq!(options.asker(None), " profile audit arn:a arn:b");
        assert_eq!(AwsOptions::default().asker(None), "");
    }
}
