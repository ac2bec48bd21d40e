//! Where a table is read: an account and a region.

use aws_sdk_athena::Client;

use super::request::client;
use super::table::{AthenaTable, GLUE};
use crate::aws::AwsOptions;
use crate::aws::connect::connect;
use crate::aws::regions::partition;
use crate::domain::trouble::SourceTrouble;
use crate::source::paged::account_region::{AccountRegion, name_account, places};
use crate::source::paged::regions::Regions;

/// How the region is named.
const NAMED_AS: &str = "--aws-region eu-west-1";

/// An account and a region.
#[derive(Debug, Clone)]
pub(super) struct TablePlace {
    pub(super) place: AccountRegion,
    pub(super) client: Client,
}

impl TablePlace {
    /// The place where a role leads, or the first credentials. Where somebody remembers, its account is named.
    pub(super) async fn of(role: Option<&str>, aws: &AwsOptions, names: bool) -> Result<Self, SourceTrouble> {
        let config = connect(aws, role).await?;
        let (mut found, _) = places(&Regions::Own, NAMED_AS, role, &config, aws).await?;
        if names {
            name_account(&mut found, &config, aws).await?;
        }
        // There is one region of one's own.
        let place = found.remove(0);
        Ok(Self { client: client(&config, &place.region), place })
    }

    /// How the table is called there: its ARN, unless nobody says whose it is.
    pub(super) fn label(&self, table: &AthenaTable) -> String {
        let Some(account) = &self.place.account else { return format!("athena:{table}") };
        let (region, partition) = (&self.place.region, partition(&self.place.region));
        let AthenaTable { database, table: name, .. } = table;
        let arn = match table.catalog() {
            GLUE => format!("arn:{partition}:glue:{region}:{account}:table/{database}/{name}"),
            catalog => format!("arn:{partition}:athena:{region}:{account}:datacatalog/{catalog}/{database}/{name}"),
        };
        // Days of some rows say nothing of the others.
        let only = table.only();
        if only.is_empty() { arn } else { format!("{arn}?{only}") }
    }

    /// How to reach AWS there, for those who explain a failure.
    pub(super) fn aws(&self, aws: &AwsOptions) -> AwsOptions {
        AwsOptions { region: Some(self.place.region.to_string()), ..aws.clone() }
    }

    /// The ARN of something of Athena in this place, as part of a policy.
    pub(super) fn resource(&self, service: &str, rest: &str) -> String {
        let account = self.place.account.as_deref().unwrap_or("*");
        let region = &self.place.region;
        format!("arn:{}:{service}:{region}:{account}:{rest}", partition(region))
    }

    /// The role that it is reached with, in front of a reason.
    pub(super) fn role(&self) -> String {
        self.place.role.as_deref().map_or_else(String::new, |role| format!("as {role}: "))
    }
}
