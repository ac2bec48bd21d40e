//! One log group that is there, and what CloudWatch says of it.

use std::sync::Arc;

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::{LogGroup, LogGroupClass};

use super::fetch::ask;
use super::groups::{LogGroupArn, LogGroupName};
use super::range::GroupAge;
use super::turns::LogTurns;
use crate::aws::failure::RequestFailure;
use crate::aws::regions::partition;
use crate::domain::timestamp::Timestamp;
use crate::source::paged::account_region::AccountRegion;

/// The permission to look for groups.
pub(super) const DESCRIBE: &str = "logs:DescribeLogGroups";

/// As many as the API gives at once.
const PAGE: i32 = 50;

/// How a group can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReadBy {
    /// FilterLogEvents.
    Filter,
    /// Logs Insights alone.
    Query,
    /// Nothing: it only passes logs on.
    Nothing,
}

/// Where groups are looked for.
#[derive(Debug, Clone)]
pub(super) struct LogRegion {
    pub(super) place: AccountRegion,
    pub(super) client: Client,
    pub(super) turns: Arc<LogTurns>,
}

/// One log group.
#[derive(Debug, Clone)]
pub(super) struct FoundGroup {
    pub(super) region: LogRegion,
    pub(super) name: Box<str>,
    /// How it is called in reports: its ARN, unless nobody says whose it is.
    pub(super) label: Arc<str>,
    /// Whether requests name it by its ARN, which may be that of another account.
    pub(super) by_arn: bool,
    pub(super) read_by: ReadBy,
    pub(super) age: GroupAge,
    /// Bytes that it holds.
    pub(super) stored: u64,
}

impl LogRegion {
    /// How a group of this place is called before it is found.
    pub(super) fn label(&self, group: &LogGroupName) -> String {
        let region = &self.place.region;
        match (group, &self.place.account) {
            (LogGroupName::Arn(arn), _) => arn.to_string(),
            (_, Some(account)) => format!("arn:{}:logs:{region}:{account}:log-group:{group}", partition(region)),
            (_, None) => format!("cloudwatch-logs:{group}@{region}"),
        }
    }

    /// The groups of that name, or whose names begin so.
    pub(super) async fn describe(&self, group: &LogGroupName) -> Result<Vec<FoundGroup>, RequestFailure> {
        let mut found = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let request = self.client.describe_log_groups().log_group_name_prefix(group.name()).limit(PAGE);
            let request = request.set_next_token(token.take());
            let page = ask(&self.turns, &self.place.region, || {
                let request = request.clone();
                async move { request.send().await.map_err(|error| RequestFailure::of(&error)) }
            });
            let page = page.await?;
            found.extend(page.log_groups().iter().filter_map(|described| self.found(group, described)));
            token = page.next_token().map(str::to_owned);
            // The names are in order, and the one that is wanted is the first that begins with itself.
            if token.is_none() || !matches!(group, LogGroupName::Beginning(_)) {
                return Ok(found);
            }
        }
    }

    /// A group that is read though nothing is known of it.
    pub(super) fn unknown(&self, group: &LogGroupName) -> FoundGroup {
        FoundGroup {
            region: self.clone(),
            name: group.name().into(),
            label: self.label(group).into(),
            by_arn: matches!(group, LogGroupName::Arn(_)),
            read_by: ReadBy::Filter,
            age: GroupAge::default(),
            stored: 0,
        }
    }

    /// A group of an answer, if it is meant.
    fn found(&self, group: &LogGroupName, described: &LogGroup) -> Option<FoundGroup> {
        let name = described.log_group_name()?;
        let arn = described.log_group_arn().or(described.arn()).and_then(LogGroupArn::parse);
        let is_meant = match group {
            LogGroupName::Beginning(front) => name.starts_with(&**front),
            LogGroupName::Named(wanted) => name == &**wanted,
            LogGroupName::Arn(wanted) => arn.as_ref() == Some(wanted),
        };
        let read_by = match described.log_group_class() {
            Some(LogGroupClass::InfrequentAccess) => ReadBy::Query,
            Some(LogGroupClass::Delivery) => ReadBy::Nothing,
            _ => ReadBy::Filter,
        };
        let named = LogGroupName::Named(name.into());
        let found = FoundGroup {
            name: name.into(),
            label: arn.map_or_else(|| self.label(&named), |arn| arn.to_string()).into(),
            read_by,
            age: GroupAge {
                created: described.creation_time().and_then(|at| Timestamp::from_seconds(at.div_euclid(1_000))),
                kept_days: described.retention_in_days().map(i64::from),
                // What CloudTrail Lake gives back is imported into this class.
                is_imported: read_by == ReadBy::Query,
            },
            stored: described.stored_bytes().and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or_default(),
            ..self.unknown(group)
        };
        is_meant.then_some(found)
    }
}

impl FoundGroup {
    /// Who has to wait, where many ask.
    pub(super) fn who(&self) -> &str {
        &self.label
    }

    /// As part of a policy: what a statement about it names.
    pub(super) fn resource(&self) -> String {
        let account = self.region.place.account.as_deref().unwrap_or("*");
        let region = &self.region.place.region;
        match LogGroupArn::parse(&self.label) {
            Some(arn) => format!("{arn}:*"),
            None => format!("arn:{}:logs:{region}:{account}:log-group:{}:*", partition(region), self.name),
        }
    }
}
