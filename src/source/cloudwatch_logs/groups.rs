//! Which log groups of which regions a text names: `[GROUP[,GROUP…]][@REGION[,REGION…]|@all]`.

use std::fmt;

use crate::aws::regions::is_region;
use crate::source::paged::regions::Regions;

/// What the names of the groups begin with that AWS makes itself where CloudTrail's management events go to CloudWatch.
pub const OWN_GROUPS: &str = "aws/cloudtrail/managementevents";

/// The longest name of a log group.
const LONGEST: usize = 512;

/// Log groups, as a text names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogGroups {
    /// Each once, in the order given. None stands for those that AWS makes itself.
    pub groups: Vec<LogGroupName>,
    /// The regions of those that no ARN names.
    pub regions: Regions,
}

/// One log group, or several.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogGroupName {
    /// The group of that name.
    Named(Box<str>),
    /// All groups whose names begin so.
    Beginning(Box<str>),
    /// One group of one region and account.
    Arn(LogGroupArn),
}

/// The ARN of a log group, without the `:*` that some of AWS's answers put behind it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogGroupArn {
    /// Such as `aws`.
    pub partition: Box<str>,
    /// Where it is.
    pub region: Box<str>,
    /// Whose it is.
    pub account: Box<str>,
    /// Its name.
    pub name: Box<str>,
}

/// Why a text names no log groups.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogGroupsError {
    /// A name that no log group can have.
    #[error(
        "'{0}' is no name of a log group; write cloudwatch-logs:GROUP, cloudwatch-logs:GROUP@eu-west-1, or the ARN of the group"
    )]
    Name(String),
    /// No region.
    #[error("'{0}' is no region; write cloudwatch-logs:GROUP@eu-west-1,us-east-1, or cloudwatch-logs:GROUP@all")]
    Region(String),
    /// An ARN of something else.
    #[error("'{0}' is no ARN of a log group; one is written arn:aws:logs:REGION:ACCOUNT:log-group:NAME")]
    Arn(String),
    /// Regions beside nothing but ARNs.
    #[error("the ARN of a log group names its region already; leave out @{0}")]
    ArnAndRegion(String),
}

impl LogGroups {
    /// Reads what follows `cloudwatch-logs:`, or an ARN that was pasted.
    pub fn parse(text: &str) -> Result<Self, LogGroupsError> {
        let (names, regions) = text.split_once('@').map_or((text, None), |(names, regions)| (names, Some(regions)));
        let mut groups: Vec<LogGroupName> = Vec::new();
        for name in names.split(',').filter(|_| !names.is_empty()) {
            let group = LogGroupName::parse(name)?;
            if !groups.contains(&group) {
                groups.push(group);
            }
        }
        let is_arn = |group: &LogGroupName| matches!(group, LogGroupName::Arn(_));
        if let Some(regions) = regions.filter(|_| !groups.is_empty() && groups.iter().all(is_arn)) {
            return Err(LogGroupsError::ArnAndRegion(regions.to_owned()));
        }
        let regions = match regions {
            None => Regions::Own,
            Some("") => return Err(LogGroupsError::Region(String::new())),
            Some(regions) => {
                let bad = regions.split(',').find(|region| !is_region(region)).unwrap_or(regions);
                Regions::parse(regions).map_err(|_| LogGroupsError::Region(bad.to_owned()))?
            }
        };
        Ok(Self { groups, regions })
    }

    /// The same for all texts that name the same groups.
    #[must_use]
    pub fn sorted(&self) -> Self {
        let mut groups = self.groups.clone();
        groups.sort_unstable();
        Self { groups, regions: self.regions.sorted() }
    }

    /// The groups that are looked for in each of the regions.
    #[must_use]
    pub fn by_region(&self) -> Vec<LogGroupName> {
        if self.groups.is_empty() {
            return vec![LogGroupName::Beginning(OWN_GROUPS.into())];
        }
        self.groups.iter().filter(|group| !matches!(group, LogGroupName::Arn(_))).cloned().collect()
    }

    /// The groups that have a region of their own.
    pub fn arns(&self) -> impl Iterator<Item = &LogGroupArn> {
        self.groups.iter().filter_map(|group| match group {
            LogGroupName::Arn(arn) => Some(arn),
            _ => None,
        })
    }
}

impl LogGroupName {
    fn parse(text: &str) -> Result<Self, LogGroupsError> {
        if text.starts_with("arn:") {
            return LogGroupArn::parse(text).map(Self::Arn).ok_or_else(|| LogGroupsError::Arn(text.to_owned()));
        }
        match text.strip_suffix('*') {
            Some(front) if is_name(front) => Ok(Self::Beginning(front.into())),
            None if is_name(text) => Ok(Self::Named(text.into())),
            _ => Err(LogGroupsError::Name(text.to_owned())),
        }
    }

    /// What is asked for.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Named(name) | Self::Beginning(name) => name,
            Self::Arn(arn) => &arn.name,
        }
    }
}

impl LogGroupArn {
    /// Reads one; nothing for an ARN of something else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_suffix(":*").unwrap_or(text);
        let [_, partition, "logs", region, account, "log-group", name] = text.split(':').collect::<Vec<_>>()[..] else {
            return None;
        };
        let is_partition = partition == "aws" || partition.starts_with("aws-");
        let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        let is_whole = text.starts_with("arn:") && is_partition && is_region(region) && is_account && is_name(name);
        is_whole.then(|| Self {
            partition: partition.into(),
            region: region.into(),
            account: account.into(),
            name: name.into(),
        })
    }
}

/// What CreateLogGroup takes: letters, digits, and `_ - / . #`.
fn is_name(text: &str) -> bool {
    let may = |byte: u8| byte.is_ascii_alphanumeric() || b"_-/.#".contains(&byte);
    !text.is_empty() && text.len() <= LONGEST && text.bytes().all(may)
}

/// As it was typed, without repetitions.
impl fmt::Display for LogGroups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let groups: Vec<String> = self.groups.iter().map(LogGroupName::to_string).collect();
        f.write_str(&groups.join(","))?;
        match self.regions {
            Regions::Own => Ok(()),
            _ => write!(f, "@{}", self.regions),
        }
    }
}

impl fmt::Display for LogGroupName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => f.write_str(name),
            Self::Beginning(front) => write!(f, "{front}*"),
            Self::Arn(arn) => arn.fmt(f),
        }
    }
}

impl fmt::Display for LogGroupArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, region, account, name } = self;
        write!(f, "arn:{partition}:logs:{region}:{account}:log-group:{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:logs:eu-west-1:111122223333:log-group:CloudTrail/logs";

    #[test]
    fn texts_name_groups_and_regions() {
        let check = |text: &str, shown: &str, by_region: &[&str], regions: &str| {
            let found = LogGroups::parse(text).unwrap();
            let names: Vec<String> = found.by_region().iter().map(LogGroupName::to_string).collect();
            assert_eq!((found.to_string().as_str(), found.regions.to_string().as_str()), (shown, regions), "{text}");
            assert_eq!(names, by_region, "{text}");
            assert_eq!(LogGroups::parse(&found.to_string()), Ok(found), "{text}");
        };
        check("", "", &["aws/cloudtrail/managementevents*"], "");
        check("@all", "@all", &["aws/cloudtrail/managementevents*"], "all");
        check("a,b/c,a", "a,b/c", &["a", "b/c"], "");
        check("org-*@eu-west-1,us-east-1", "org-*@eu-west-1,us-east-1", &["org-*"], "eu-west-1,us-east-1");
        check(ARN, ARN, &[], "");
        check(&format!("{ARN}:*"), ARN, &[], "");
        check(&format!("a,{ARN}@all"), &format!("a,{ARN}@all"), &["a"], "all");
        assert_eq!(
            LogGroups::parse("b,a@us-east-1,eu-west-1").unwrap().sorted().to_string(),
            "a,b@eu-west-1,us-east-1"
        );
    }

    #[test]
    fn what_names_no_group_is_refused() {
        let check = |text: &str, part: &str| {
            let error = LogGroups::parse(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        };
        for text in ["a,", ",", "a b", "a*b", "*", "a:b", "a?", "ä"] {
            check(text, "is no name of a log group");
        }
        for text in ["a@", "a@eu", "a@eu-west-1,", "@EU-WEST-1"] {
            check(text, "is no region");
        }
        check("arn:aws:s3:::logs", "is no ARN of a log group");
        check(&format!("{ARN}:log-stream:x"), "is no ARN of a log group");
        check(&format!("{ARN}@eu-west-1"), "names its region already");
    }
}
