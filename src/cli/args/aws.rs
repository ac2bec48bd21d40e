//! `--profile`, `--aws-region`, `--endpoint-url`, `--role-arn`, `--external-id`, `--path-style`, `--no-sign-request`,
//! `--requester-pays`, `--concurrency`.

use std::num::NonZeroUsize;

use clap::Args;

use crate::aws::AwsOptions;

/// How to reach AWS, as typed.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "AWS")]
pub struct AwsArgs {
    /// Profile of the shared AWS configuration; it wins over keys in the environment
    ///
    /// Without it credentials are found as by the AWS CLI: environment, AWS_PROFILE, SSO, web identity, container and
    /// instance roles.
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Region of the client, in place of AWS_REGION and the profile's; that of a bucket is found by itself
    #[arg(long, value_name = "REGION")]
    pub aws_region: Option<String>,
    /// Endpoint for all services, in place of AWS_ENDPOINT_URL and AWS's own
    #[arg(long, value_name = "URL", value_parser = endpoint)]
    pub endpoint_url: Option<String>,
    /// Role to assume; repeatable for event history, where each role adds an account
    ///
    /// Buckets are read with the first role.
    #[arg(long, value_name = "ARN", value_delimiter = ',', value_parser = role)]
    pub role_arn: Vec<String>,
    /// External ID that the trust policies of the roles require
    #[arg(long, value_name = "ID", requires = "role_arn")]
    pub external_id: Option<String>,
    /// Put the bucket into the path of URLs, not into their host
    #[arg(long)]
    pub path_style: bool,
    /// Send no credentials, for a public bucket
    #[arg(long, conflicts_with_all = ["profile", "role_arn"])]
    pub no_sign_request: bool,
    /// Agree to pay for requests to a bucket, where its owner has made it a Requester Pays bucket
    #[arg(long, conflicts_with = "no_sign_request")]
    pub requester_pays: bool,
    /// Requests at a time [default: 16 to 128, as they succeed]
    #[arg(long, value_name = "N", value_parser = concurrency)]
    pub concurrency: Option<NonZeroUsize>,
}

impl AwsArgs {
    /// The options they make.
    #[must_use]
    pub fn options(&self) -> AwsOptions {
        AwsOptions {
            profile: self.profile.clone(),
            region: self.aws_region.clone(),
            endpoint_url: self.endpoint_url.clone(),
            role_arns: self.role_arn.clone(),
            external_id: self.external_id.clone(),
            path_style: self.path_style,
            no_sign_request: self.no_sign_request,
            requester_pays: self.requester_pays,
            concurrency: self.concurrency,
        }
    }
}

fn endpoint(text: &str) -> Result<String, &'static str> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match rest {
        Some(rest) if !rest.is_empty() && !rest.starts_with('/') => Ok(text.to_owned()),
        _ => Err("not an endpoint; write it like https://host or http://127.0.0.1:9000"),
    }
}

/// The ARN of a role. The error says what is wrong with the text.
pub fn role(text: &str) -> Result<String, &'static str> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    match parts[..] {
        ["arn", _, "iam", "", _, resource] if resource.starts_with("role/") => Ok(text.to_owned()),
        _ => Err("not the ARN of a role; write it like arn:aws:iam::111122223333:role/audit"),
    }
}

fn concurrency(text: &str) -> Result<NonZeroUsize, &'static str> {
    match text.parse::<NonZeroUsize>() {
        Ok(count) if count.get() <= 1024 => Ok(count),
        _ => Err("not a number from 1 to 1024"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_checked() {
        assert!(endpoint("http://127.0.0.1:9000").is_ok() && endpoint("https://s3.example.com/x").is_ok());
        assert!(endpoint("127.0.0.1:9000").is_err() && endpoint("https://").is_err());
        assert!(role("arn:aws:iam::111122223333:role/a/b").is_ok());
        assert!(role("arn:aws-cn:iam::111122223333:role/b").is_ok());
        assert!(role("arn:aws:iam::111122223333:user/b").is_err() && role("audit").is_err());
        assert!(concurrency("64").is_ok() && concurrency("0").is_err() && concurrency("9999").is_err());
    }
}
