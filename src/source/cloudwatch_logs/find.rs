//! Looks for the log groups that a text names, in each account and region.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_config::SdkConfig;

use super::describe::{DESCRIBE, FoundGroup, LogRegion};
use super::fetch::client;
use super::groups::{LogGroupArn, LogGroupName, LogGroups};
use super::turns::turns;
use crate::aws::AwsOptions;
use crate::aws::connect::connect;
use crate::aws::failure::RequestFailure;
use crate::domain::trouble::{SourceTrouble, TroubleKind};
use crate::source::paged::account_region::{AccountRegion, OWN_ACCOUNT, account_of, name_account, places, roles};
use crate::source::paged::regions::Regions;
use crate::source::question::RemoteQuestion;
use crate::source::unlisted::Unlisted;

/// How regions are named.
const NAMED_AS: &str = "cloudwatch-logs:GROUP@eu-west-1,us-east-1, or cloudwatch-logs:GROUP@all";

/// What was found of a source.
#[derive(Debug, Default)]
pub(super) struct FoundGroups {
    /// Each once, in the order in which they were looked for.
    pub(super) groups: Vec<FoundGroup>,
    /// What could not be looked for, with what to do about it.
    pub(super) failed: Vec<(Unlisted, Vec<String>)>,
    /// Groups that were named and are not there.
    pub(super) absent: Vec<String>,
    /// How all are called that were looked for, found or not.
    pub(super) looked_for: BTreeSet<String>,
    /// Where they were looked for.
    pub(super) regions: BTreeSet<String>,
    /// What to say about it.
    pub(super) notes: Vec<String>,
}

/// Looks for groups. Where somebody remembers, all accounts are named.
pub(super) async fn find(
    groups: &LogGroups,
    question: &RemoteQuestion,
    names: bool,
) -> Result<FoundGroups, SourceTrouble> {
    let mut found = FoundGroups::default();
    for role in roles(&question.aws) {
        let config = connect(&question.aws, role).await?;
        let mut wanted = by_region(groups, role, &config, &question.aws, &mut found.notes).await?;
        wanted.extend(by_arn(groups, role, &question.aws));
        for (mut place, names_here) in wanted {
            if names {
                name_account(std::slice::from_mut(&mut place), &config, &question.aws).await?;
            }
            found.regions.insert(place.region.to_string());
            let region = LogRegion {
                client: client(&config, &place.region),
                turns: turns(place.account.as_deref().unwrap_or(OWN_ACCOUNT), &place.region),
                place,
            };
            for name in names_here {
                found.look(&region, &name, &question.aws).await;
            }
        }
    }
    // Two names may mean one group.
    let mut seen = BTreeSet::new();
    found.groups.retain(|group| seen.insert((group.region.place.role.clone(), Arc::clone(&group.label))));
    // In all regions there are groups that are in some of them only.
    if groups.regions == Regions::All && !found.groups.is_empty() {
        found.absent.clear();
    }
    found.check(groups)?;
    Ok(found)
}

/// What is looked for in the regions of one account.
async fn by_region(
    groups: &LogGroups,
    role: Option<&str>,
    config: &SdkConfig,
    aws: &AwsOptions,
    notes: &mut Vec<String>,
) -> Result<Vec<(AccountRegion, Vec<LogGroupName>)>, SourceTrouble> {
    let names = groups.by_region();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let (places, note) = places(&groups.regions, NAMED_AS, role, config, aws).await?;
    notes.extend(note);
    Ok(places.into_iter().map(|place| (place, names.clone())).collect())
}

/// The groups that have a region of their own. Where a role leads into the account of one, the other roles do not read it.
fn by_arn(groups: &LogGroups, role: Option<&str>, aws: &AwsOptions) -> Vec<(AccountRegion, Vec<LogGroupName>)> {
    let reads = |arn: &&LogGroupArn| {
        let leads = |role: &str| account_of(role) == Some(&*arn.account);
        match role {
            None => true,
            Some(role) if aws.role_arns.iter().any(|role| leads(role)) => leads(role),
            Some(role) => aws.role_arns.first().is_some_and(|first| first == role),
        }
    };
    let place = |arn: &LogGroupArn| AccountRegion {
        role: role.map(Arc::from),
        account: role.and_then(account_of).map(Box::from),
        region: arn.region.clone(),
        doubtful: false,
    };
    groups.arns().filter(reads).map(|arn| (place(arn), vec![LogGroupName::Arn(arn.clone())])).collect()
}

impl FoundGroups {
    /// Looks for one name in one place.
    async fn look(&mut self, region: &LogRegion, name: &LogGroupName, aws: &AwsOptions) {
        let label = region.label(name);
        self.looked_for.insert(label.clone());
        match region.describe(name).await {
            Ok(found) if !found.is_empty() => {
                self.looked_for.extend(found.iter().map(|group| group.label.to_string()));
                self.groups.extend(found);
            }
            // Another account's is not among one's own.
            Ok(_) if matches!(name, LogGroupName::Arn(_)) => self.groups.push(region.unknown(name)),
            Ok(_) => self.absent.extend(matches!(name, LogGroupName::Named(_)).then_some(label)),
            Err(failure) if region.place.is_not_enabled(&failure) => {}
            Err(RequestFailure::Denied(..)) if !matches!(name, LogGroupName::Beginning(_)) => {
                self.notes.push(format!("{label} is read without knowing its class: {DESCRIBE} is denied"));
                self.groups.push(region.unknown(name));
            }
            Err(failure) => {
                let aws = AwsOptions { region: Some(region.place.region.to_string()), ..aws.clone() };
                let trouble = failure.trouble(&aws, DESCRIBE, "*");
                let role = region.place.role.as_deref().map_or_else(String::new, |role| format!("as {role}: "));
                let reason = format!("{role}{}; all events of it are missing", trouble.message);
                let unlisted = Unlisted { file: label.into(), reason, forbidden: failure.is_forbidden() };
                self.failed.push((unlisted, trouble.hints));
            }
        }
    }

    /// Fails where there is no group at all, and nothing else is wrong.
    fn check(&self, groups: &LogGroups) -> Result<(), SourceTrouble> {
        if !self.groups.is_empty() || !self.failed.is_empty() {
            return Ok(());
        }
        let regions: Vec<&str> = self.regions.iter().map(String::as_str).collect();
        let regions = regions.join(", ");
        let names: Vec<String> = groups.by_region().iter().map(LogGroupName::to_string).collect();
        let trouble = SourceTrouble::new(
            TroubleKind::Failure,
            format!("there is no log group {} in {regions}", names.join(" or ")),
        );
        let first = self.regions.first().map_or("", String::as_str);
        let trouble = trouble.hint(format!(
            "these are there: aws logs describe-log-groups --region {first} --query 'logGroups[].logGroupName'"
        ));
        Err(if groups.groups.is_empty() {
            trouble.hint("AWS makes that group where CloudTrail's management events go to CloudWatch; the group of a trail is named by cloudwatch-logs:GROUP")
        } else {
            trouble.hint("other regions: cloudwatch-logs:GROUP@all; other accounts: --role-arn")
        })
    }
}
