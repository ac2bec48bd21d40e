//! As whom requests are made.

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;

use super::failure::RequestFailure;

/// The ARN of whoever the credentials belong to, as STS tells.
pub(crate) async fn identity(config: &SdkConfig) -> Result<String, RequestFailure> {
    let builder = aws_sdk_sts::config::Builder::from(config).retry_config(RetryConfig::standard().with_max_attempts(2));
    let client = aws_sdk_sts::Client::from_conf(builder.build());
    let found = client.get_caller_identity().send().await.map_err(|error| RequestFailure::of(&error))?;
    Ok(found.arn.unwrap_or_else(|| "unknown".to_owned()))
}
