//! Credentials, region and endpoint: the SDK's chain, with the options in front of it.

use std::time::Duration;

use aws_config::default_provider::region::DefaultRegionChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use tokio::runtime::{Builder, Runtime};

use super::mfa::{self, SESSION};
use super::options::AwsOptions;
use super::profiles::{Profiles, in_use};
use super::regions::is_region;
use super::trust_store;
use crate::domain::trouble::{SourceTrouble, TroubleKind};

/// Asked where neither flag, environment nor profile names a region: S3 tells from there where a bucket lies.
const ANY_REGION: &str = "us-east-1";

/// The threads that wait for the network. What comes over it is decoded elsewhere.
const THREADS: usize = 2;

/// Starts what runs all requests of a source.
pub(crate) fn runtime() -> Result<Runtime, SourceTrouble> {
    let runtime = Builder::new_multi_thread().worker_threads(THREADS).thread_name("aws").enable_all().build();
    runtime.map_err(|error| SourceTrouble::new(TroubleKind::Failure, format!("no threads for the network: {error}")))
}

/// What reaches AWS with the first credentials, or with those of `role`, which is assumed with them. Nothing is sent
/// yet, except for what finding a region takes, and a role that asks for the code of a device.
pub(crate) async fn connect(options: &AwsOptions, role: Option<&str>) -> Result<SdkConfig, SourceTrouble> {
    let (profiles, profile) = (Profiles::load(), in_use(options.profile.as_deref()));
    let (region, named_by) = region(options).await;
    if !has_own_endpoint(options) {
        check_region(&region, named_by)?;
    }
    let mut loader = loader(options).region(region.clone());
    let client = trust_store::http_client(&profiles, &profile)?;
    if let Some(client) = &client {
        loader = loader.http_client(client.clone());
    }
    if options.no_sign_request {
        return Ok(loader.no_credentials().load().await);
    }
    // The SDK's own chain prefers keys of the environment to the profile, unless that was asked for.
    let has_keys = || std::env::var_os("AWS_ACCESS_KEY_ID").is_some_and(|key| !key.is_empty());
    let asks = (options.profile.is_some() || !has_keys()) && profiles.mfa(&profile).is_some();
    let config = if asks {
        let config = loader.no_credentials().load().await;
        let session = mfa::credentials(&profiles, &profile, &config).await?;
        let session = session.map(SharedCredentialsProvider::new);
        let mut builder = config.into_builder();
        builder.set_credentials_provider(session);
        builder.build()
    } else if let Some(profile) = &options.profile {
        let mut chain = ProviderConfig::without_region().with_region(Some(region));
        if let Some(client) = client {
            chain = chain.with_http_client(client);
        }
        let provider = ProfileFileCredentialsProvider::builder().configure(&chain).profile_name(profile).build();
        loader.credentials_provider(provider).load().await
    } else {
        loader.load().await
    };
    Ok(match role {
        Some(role) => assume(config, role, options.external_id.as_deref()).await,
        None => config,
    })
}

/// Whether another service than AWS's may be meant, whose regions have any name.
pub(super) fn has_own_endpoint(options: &AwsOptions) -> bool {
    let (profiles, profile) = (Profiles::load(), in_use(options.profile.as_deref()));
    let is_set = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        name.to_string_lossy().starts_with("AWS_ENDPOINT_URL") && !value.is_empty()
    };
    options.endpoint_url.is_some()
        || std::env::vars_os().any(is_set)
        || ["endpoint_url", "services"].iter().any(|key| profiles.get(&profile, key).is_some())
}

/// Refuses what no region can be called, before its name becomes that of a host.
fn check_region(region: &Region, named_by: &str) -> Result<(), SourceTrouble> {
    if is_region(region.as_ref()) {
        return Ok(());
    }
    let message = format!("there is no region '{region}' ({named_by}); one is written like eu-west-1");
    Err(SourceTrouble::new(TroubleKind::Usage, message))
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

/// The region of the flag, else of the environment or the profile, and which of them names it. It is known before the
/// credentials are, since a profile that assumes a role asks STS there.
async fn region(options: &AwsOptions) -> (Region, &'static str) {
    if let Some(region) = &options.region {
        return (Region::new(region.clone()), "--aws-region");
    }
    let mut chain = DefaultRegionChain::builder();
    if let Some(profile) = &options.profile {
        chain = chain.profile_name(profile);
    }
    // The SDK takes an empty variable for the name of a region.
    let found = chain.build().region().await.filter(|region| !region.as_ref().is_empty());
    let has = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let named_by = match () {
        () if has("AWS_REGION") => "AWS_REGION",
        () if has("AWS_DEFAULT_REGION") => "AWS_DEFAULT_REGION",
        () => "the region of the profile",
    };
    (found.unwrap_or(Region::from_static(ANY_REGION)), named_by)
}

async fn assume(config: SdkConfig, role: &str, external_id: Option<&str>) -> SdkConfig {
    let mut builder = AssumeRoleProvider::builder(role).session_name(SESSION).configure(&config);
    if let Some(external_id) = external_id {
        builder = builder.external_id(external_id);
    }
    let provider = builder.build().await;
    let provider = SharedCredentialsProvider::new(provider);
    config.into_builder().credentials_provider(provider).build()
}
