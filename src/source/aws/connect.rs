//! Credentials, region and endpoint: the SDK's chain, with the options in front of it.

use std::time::Duration;

use aws_config::default_provider::region::DefaultRegionChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, Region, SdkConfig};
use tokio::runtime::{Builder, Runtime};

use super::AwsOptions;
use crate::source::trouble::{Cause, Trouble};

/// Asked where neither flag, environment nor profile names a region: S3 tells from there where a bucket lies.
const ANY_REGION: &str = "us-east-1";

/// The name under which our own role sessions appear in the logs that we read.
const SESSION: &str = "tfctrail";

/// The threads that wait for the network. What comes over it is decoded elsewhere.
const THREADS: usize = 2;

/// Starts what runs all requests of a source.
pub(crate) fn runtime() -> Result<Runtime, Trouble> {
    let runtime = Builder::new_multi_thread().worker_threads(THREADS).thread_name("aws").enable_all().build();
    runtime.map_err(|error| Trouble::new(Cause::Failure, format!("no threads for the network: {error}")))
}

/// What reaches AWS with the first credentials, or with those of `role`, which is assumed with them. Nothing is sent
/// yet, except for what finding a region takes.
pub(crate) async fn connect(options: &AwsOptions, role: Option<&str>) -> SdkConfig {
    let region = region(options).await;
    let loader = loader(options).region(region.clone());
    let config = if options.no_sign_request {
        loader.no_credentials().load().await
    } else if let Some(profile) = &options.profile {
        // The SDK's own chain would prefer keys of the environment to the profile that was asked for.
        let chain = ProviderConfig::without_region().with_region(Some(region));
        let provider = ProfileFileCredentialsProvider::builder().configure(&chain).profile_name(profile).build();
        loader.credentials_provider(provider).load().await
    } else {
        loader.load().await
    };
    match role {
        Some(role) => assume(config, role, options.external_id.as_deref()).await,
        None => config,
    }
}

fn loader(options: &AwsOptions) -> ConfigLoader {
    let timeouts =
        TimeoutConfig::builder().connect_timeout(Duration::from_secs(10)).read_timeout(Duration::from_mins(1)).build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest()).timeout_config(timeouts);
    if let Some(profile) = &options.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(endpoint) = &options.endpoint_url {
        loader = loader.endpoint_url(endpoint);
    }
    loader
}

/// The region of the flag, else of the environment or the profile. It is known before the credentials are, since a
/// profile that assumes a role asks STS there.
async fn region(options: &AwsOptions) -> Region {
    if let Some(region) = &options.region {
        return Region::new(region.clone());
    }
    let mut chain = DefaultRegionChain::builder();
    if let Some(profile) = &options.profile {
        chain = chain.profile_name(profile);
    }
    // The SDK takes an empty variable for the name of a region.
    let found = chain.build().region().await.filter(|region| !region.as_ref().is_empty());
    found.unwrap_or(Region::from_static(ANY_REGION))
}

async fn assume(config: SdkConfig, role: &str, external_id: Option<&str>) -> SdkConfig {
    let mut builder = AssumeRoleProvider::builder(role).session_name(SESSION).configure(&config);
    if let Some(external_id) = external_id {
        builder = builder.external_id(external_id);
    }
    let provider = builder.build().await;
    let provider = aws_credential_types::provider::SharedCredentialsProvider::new(provider);
    config.into_builder().credentials_provider(provider).build()
}
