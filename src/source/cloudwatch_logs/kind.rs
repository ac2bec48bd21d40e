//! CloudWatch Logs as a kind of source.

use std::sync::Arc;

use super::groups::{LogGroupArn, LogGroups};
use crate::aws::AwsOptions;
use crate::source::kind::{RemoteKind, RemoteSource, Supply};
#[cfg(feature = "aws")]
use crate::source::{
    kind::{EstimatedWork, Examined, OpenedSource, RemoteReading},
    question::RemoteQuestion,
};

/// What its texts begin with.
const SCHEME: &str = "cloudwatch-logs:";

/// Why nothing of it can be named.
const NO_LOG_FILES: &str = "a log group has no log files; name files or the keys of objects";

/// What is known of log groups of CloudWatch.
pub(crate) static KIND: RemoteKind = RemoteKind {
    scheme: SCHEME,
    form: "cloudwatch-logs:[GROUP,…]",
    about: "CloudWatch Logs is searched for role assumptions in log groups that get CloudTrail's events, by their names, ARNs \
            or beginnings (NAME*), in the profile's region or in those behind an @ (@eu-west-1,us-east-1 or @all); without a \
            name, in the groups that AWS makes itself.",
    word: "cloudwatch-logs",
    supply: Supply::Pages,
    // It is searched for one event name, which is not that of every call.
    holds_calls: false,
    parse: |text| match LogGroups::parse(text) {
        Ok(groups) => Ok(Arc::new(groups)),
        Err(error) => Err(error.to_string()),
    },
    is_pasted: |text| text.starts_with("arn:") && text.split(',').all(|arn| LogGroupArn::parse(arn).is_some()),
    respelt,
    of_key: |_| Err(NO_LOG_FILES.to_owned()),
    of_keys: |_| Err(NO_LOG_FILES.to_owned()),
};

/// Without its colon, with another sign in its place, or with capitals.
fn respelt(text: &str) -> Option<String> {
    let front = text.get(.."cloudwatch-logs".len()).filter(|front| front.eq_ignore_ascii_case("cloudwatch-logs"));
    let front = front.or_else(|| text.get(..14).filter(|front| front.eq_ignore_ascii_case("cloudwatchlogs")))?;
    let rest = text[front.len()..].trim_start_matches([':', '/', '=']);
    LogGroups::parse(rest).is_ok().then(|| format!("{SCHEME}{rest}"))
}

impl RemoteSource for LogGroups {
    fn kind(&self) -> &'static RemoteKind {
        &KIND
    }

    fn label(&self) -> String {
        format!("{SCHEME}{self}")
    }

    /// All log groups of all accounts are one source: their log files never have the same name.
    fn identity(&self) -> String {
        SCHEME.to_owned()
    }

    /// Who looks for a group decides which one is found.
    fn part(&self, aws: &AwsOptions) -> String {
        format!("{}{}", self.sorted(), aws.asker(aws.region.as_deref()))
    }

    #[cfg(feature = "aws")]
    fn open(&self, reading: &mut RemoteReading<'_>) -> OpenedSource {
        super::open::open(self, reading.source, reading.question, reading.notes)
    }

    #[cfg(feature = "aws")]
    fn estimate(&self, reading: &mut RemoteReading<'_>) -> EstimatedWork {
        super::estimate::estimate(self, reading.question, reading.notes)
    }

    #[cfg(feature = "aws")]
    fn examine(&self, question: &RemoteQuestion) -> Examined {
        super::examine::examine(self, question)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_of_log_groups_are_pasted() {
        let arn = "arn:aws:logs:eu-west-1:111122223333:log-group:trail";
        assert!((KIND.is_pasted)(arn) && (KIND.is_pasted)(&format!("{arn}:*,{arn}2")));
        assert!(!(KIND.is_pasted)("arn:aws:s3:::logs") && !(KIND.is_pasted)("trail"));
    }

    #[test]
    fn what_was_meant_is_said() {
        let check = |text: &str, expected: Option<&str>| assert_eq!(respelt(text).as_deref(), expected, "{text}");
        check("cloudwatch-logs", Some("cloudwatch-logs:"));
        check("CloudWatch-Logs:Trail@all", Some("cloudwatch-logs:Trail@all"));
        check("cloudwatchlogs:trail", Some("cloudwatch-logs:trail"));
        check("cloudwatch-logs/a b", None);
        check("cloud", None);
    }
}
