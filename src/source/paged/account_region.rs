//! The places to ask: the accounts of the first credentials or of the roles, and the regions of each.

use std::sync::Arc;

use aws_config::default_provider::region::DefaultRegionChain;
use aws_config::meta::region::ProvideRegion as _;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::{Region, SdkConfig};
use aws_sdk_account::types::RegionOptStatus;

use super::regions::Regions;
use crate::aws::AwsOptions;
use crate::aws::failure::RequestFailure;
use crate::aws::identity::identity;
use crate::aws::regions::known;
use crate::domain::trouble::{SourceTrouble, TroubleKind};

/// One region of one account.
#[derive(Debug, Clone)]
pub(in crate::source) struct AccountRegion {
    /// The role that was assumed to get there.
    pub(in crate::source) role: Option<Arc<str>>,
    /// The account, where a role names it.
    pub(in crate::source) account: Option<Box<str>>,
    pub(in crate::source) region: Box<str>,
    /// Whether the account may not have the region at all.
    pub(in crate::source) doubtful: bool,
}

impl AccountRegion {
    /// Whether a failure says that the account does not have this region: there its credentials are not known.
    pub(in crate::source) fn is_not_enabled(&self, failure: &RequestFailure) -> bool {
        let unknown = ["UnrecognizedClientException", "InvalidClientTokenId", "AuthFailure"];
        self.doubtful && matches!(failure, RequestFailure::BadCredentials(code) if unknown.contains(&code.as_str()))
    }
}

/// Refuses to ask without credentials: unlike buckets, `what` is never public.
pub(in crate::source) fn refuse_anonymous(what: &str, options: &AwsOptions) -> Result<(), SourceTrouble> {
    if options.no_sign_request {
        return Err(SourceTrouble::new(
            TroubleKind::Usage,
            format!("{what} is never public, and --no-sign-request sends no credentials"),
        )
        .hint("leave --no-sign-request out; it is for public buckets"));
    }
    Ok(())
}

/// The account of a role.
pub(in crate::source) fn account_of(role: &str) -> Option<&str> {
    let account = role.split(':').nth(4)?;
    (account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())).then_some(account)
}

/// What stands for the account of the first credentials, where several sources use them.
pub(in crate::source) const OWN_ACCOUNT: &str = "";

/// The roles to read with, or the first credentials.
pub(in crate::source) fn roles(aws: &AwsOptions) -> Vec<Option<&str>> {
    match aws.role_arns.as_slice() {
        [] => vec![None],
        roles => roles.iter().map(|role| Some(role.as_str())).collect(),
    }
}

/// Finds out whose credentials these are, where no role tells: what is remembered belongs to an account.
pub(in crate::source) async fn name_account(
    places: &mut [AccountRegion],
    config: &SdkConfig,
    aws: &AwsOptions,
) -> Result<(), SourceTrouble> {
    if places.iter().all(|place| place.account.is_some()) {
        return Ok(());
    }
    let found = identity(config).await.map_err(|failure| failure.trouble(aws, "sts:GetCallerIdentity", "*"))?;
    let Some(account) = account_of(&found) else {
        let message = format!("the account of these credentials is unknown: {found} names none");
        return Err(SourceTrouble::new(TroubleKind::Failure, message));
    };
    for place in places {
        place.account.get_or_insert_with(|| account.into());
    }
    Ok(())
}

/// The places of one account, reached with `config`, and what is to be said about them. `named_as` says how regions are
/// named in the text of such a source.
pub(in crate::source) async fn places(
    regions: &Regions,
    named_as: &str,
    role: Option<&str>,
    config: &SdkConfig,
    options: &AwsOptions,
) -> Result<(Vec<AccountRegion>, Option<String>), SourceTrouble> {
    let place = |region: &str, doubtful| AccountRegion {
        role: role.map(Arc::from),
        account: role.and_then(account_of).map(Box::from),
        region: region.into(),
        doubtful,
    };
    match regions {
        Regions::Own => Ok((vec![place(&own_region(options, named_as).await?, false)], None)),
        Regions::Named(named) => Ok((named.iter().map(|region| place(region, false)).collect(), None)),
        Regions::All => match enabled(config).await {
            Ok(enabled) => Ok((enabled.iter().map(|region| place(region, false)).collect(), None)),
            Err(failure @ (RequestFailure::NoCredentials(_) | RequestFailure::BadCredentials(_))) => {
                Err(failure.trouble(options, "account:ListRegions", "*"))
            }
            Err(failure) => {
                let known = known(config.region().map_or("", |region| region.as_ref()));
                let note = format!(
                    "the list of enabled regions is not readable ({}), so all {} regions that this version knows \
                     are tried, and those that refuse the credentials are left out; the permission \
                     account:ListRegions gives the list",
                    failure.reason(),
                    known.len()
                );
                Ok((known.iter().map(|known| place(known.name, !known.always_enabled)).collect(), Some(note)))
            }
        },
    }
}

/// The region of flag, environment, profile or machine, in the order that every tool has.
async fn own_region(options: &AwsOptions, named_as: &str) -> Result<String, SourceTrouble> {
    if let Some(region) = &options.region {
        return Ok(region.clone());
    }
    let (mut chain, mut profile) = (DefaultRegionChain::builder(), ProfileFileRegionProvider::builder());
    if let Some(name) = &options.profile {
        chain = chain.profile_name(name);
        profile = profile.profile_name(name);
    }
    let named = |region: &Region| !region.as_ref().is_empty();
    let found = match chain.build().region().await.filter(named) {
        Some(region) => Some(region),
        // An empty variable ends the SDK's chain, though it names nothing.
        None => profile.build().region().await.filter(named),
    };
    found.map(|region| region.as_ref().to_owned()).ok_or_else(|| {
        SourceTrouble::new(TroubleKind::Usage, "neither environment nor profile names a region")
            .hint(format!("name the regions: {named_as}"))
            .hint("or set --aws-region, AWS_REGION, or the region of the profile")
    })
}

/// The regions that an account has enabled, in the order of their names. A region that is being enabled or disabled
/// cannot be asked.
async fn enabled(config: &SdkConfig) -> Result<Vec<String>, RequestFailure> {
    let client = aws_sdk_account::Client::new(config);
    let mut pages = client
        .list_regions()
        .region_opt_status_contains(RegionOptStatus::Enabled)
        .region_opt_status_contains(RegionOptStatus::EnabledByDefault)
        .into_paginator()
        .send();
    let mut names = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| RequestFailure::of(&error))?;
        names.extend(page.regions().iter().filter_map(|region| region.region_name().map(str::to_owned)));
    }
    if names.is_empty() {
        return Err(RequestFailure::Impossible("the account names no region".to_owned()));
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_name_their_account() {
        assert_eq!(account_of("arn:aws:iam::111122223333:role/tfc/audit"), Some("111122223333"));
        assert_eq!(account_of("arn:aws:iam::aws:role/audit"), None);
        assert_eq!(account_of("audit"), None);
    }
}
