//! From the name of an event to the IAM actions that it needed.

use super::table::{EXCEPTIONS, SERVICES, SOURCES, fits};

/// What permission a call needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Permission {
    /// All of these, as IAM writes them: `s3:GetBucketLocation`.
    Actions(Vec<String>),
    /// AWS answers it to everybody: `GetCallerIdentity`.
    None,
    /// It is not known; to be listed by its event source and name.
    Unknown,
}

/// What an event of this source and name needed. By rule the prefix of its service with its own name, without the version
/// that Lambda and `CloudFront` append; what differs stands in `exceptions.tsv`.
#[must_use]
pub fn permission(event_source: &str, event_name: &str) -> Permission {
    let name = without_version(event_name);
    let Some(prefix) = prefix(event_source).filter(|_| is_name(name)) else { return Permission::Unknown };
    match exception(prefix, name) {
        None => Permission::Actions(vec![format!("{prefix}:{name}")]),
        Some("-") => Permission::None,
        Some("?") => Permission::Unknown,
        Some(actions) => Permission::Actions(actions.split(' ').map(str::to_owned).collect()),
    }
}

/// The prefix of the actions of an event source; none where it is no service of IAM.
pub(super) fn prefix(event_source: &str) -> Option<&'static str> {
    let host = event_source.strip_suffix(".cn").unwrap_or(event_source);
    let host = host.strip_suffix(".amazonaws.com").unwrap_or(host);
    let prefix = SOURCES.get(host).copied().unwrap_or(host);
    SERVICES.binary_search(&prefix).ok().map(|at| SERVICES[at])
}

/// Of several that fit the longest.
fn exception(prefix: &str, name: &str) -> Option<&'static str> {
    let rows = EXCEPTIONS.get(prefix)?.iter().filter(|row| row.fits(name));
    // A name as it is wins over one with a star of the same length.
    rows.max_by_key(|row| (row.patterns[0].trim_end_matches('*').len(), fits(name, row.patterns[0])))
        .map(|row| row.value)
}

/// A name that may stand in a policy: nothing in it is a wildcard.
fn is_name(name: &str) -> bool {
    (1..=128).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// `CreateFunction20150331`, `GetPolicy20150331v2`, `UpdateDistribution2020_05_31` without what stands behind the name.
fn without_version(name: &str) -> &str {
    let begin = name.trim_end_matches(|last: char| last.is_ascii_digit() || last == 'v');
    let behind = &name[begin.len()..];
    let date = behind.split('v').next().unwrap_or_default();
    // The underscores of a date.
    let (begin, date) = match name.get(name.len().saturating_sub(10)..) {
        Some(last) if is_date(last) => (&name[..name.len() - 10], last),
        _ => (begin, date),
    };
    if !begin.is_empty() && (is_date(date) || (date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit()))) {
        begin
    } else {
        name
    }
}

/// `2020_05_31`.
fn is_date(text: &str) -> bool {
    text.len() == 10
        && text
            .bytes()
            .enumerate()
            .all(|(at, byte)| if matches!(at, 4 | 7) { byte == b'_' } else { byte.is_ascii_digit() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_have_their_actions() {
        for (source, name, actions) in [
            ("ec2", "RunInstances", "ec2:RunInstances"),
            ("s3", "GetBucketLocation", "s3:GetBucketLocation"),
            ("s3", "HeadObject", "s3:GetObject"),
            ("s3", "HeadBucket", "s3:ListBucket"),
            ("s3", "ListObjectsV2", "s3:ListBucket"),
            ("s3", "UploadPart", "s3:PutObject"),
            ("s3", "GetBucketVersioning", "s3:GetBucketVersioning"),
            ("s3", "PutBucketLifecycle", "s3:PutLifecycleConfiguration"),
            ("s3", "PutBucketEncryption", "s3:PutEncryptionConfiguration"),
            ("s3", "PutBucketReplication", "s3:PutReplicationConfiguration"),
            ("s3", "ListBuckets", "s3:ListAllMyBuckets"),
            ("lambda", "CreateFunction20150331", "lambda:CreateFunction"),
            ("lambda", "GetPolicy20150331v2", "lambda:GetPolicy"),
            ("lambda", "Invoke", "lambda:InvokeFunction"),
            ("cloudfront", "UpdateDistribution2020_05_31", "cloudfront:UpdateDistribution"),
            ("kms", "ReEncrypt", "kms:ReEncryptFrom kms:ReEncryptTo"),
            ("kms", "CreateGrant", "kms:CreateGrant"),
            ("wafv2", "GetWebACL", "wafv2:GetWebACL"),
            ("apigateway", "CreateRestApi", "apigateway:POST"),
            ("apigateway", "GetMethod", "apigateway:GET"),
            ("apigateway", "ImportApi", "apigateway:PUT"),
            ("monitoring", "PutMetricAlarm", "cloudwatch:PutMetricAlarm"),
            ("tagging", "GetResources", "tag:GetResources"),
            ("email", "SendEmail", "ses:SendEmail"),
            ("autoscaling", "RegisterScalableTarget", "application-autoscaling:RegisterScalableTarget"),
            ("budgets", "CreateBudget", "budgets:ModifyBudget"),
            ("budgets", "CreateBudgetAction", "budgets:CreateBudgetAction"),
            ("sts", "GetCallerIdentity", "-"),
            ("sts", "AssumeRole", "sts:AssumeRole"),
            ("dynamodb", "ExecuteStatement", "?"),
            ("nothing", "DescribeNothing", "?"),
            ("ec2", "Describe*", "?"),
            ("ec2", "", "?"),
            ("ec2", "20150331", "ec2:20150331"),
        ] {
            let wanted = match actions {
                "-" => Permission::None,
                "?" => Permission::Unknown,
                actions => Permission::Actions(actions.split(' ').map(str::to_owned).collect()),
            };
            for suffix in ["", ".amazonaws.com", ".amazonaws.com.cn"] {
                assert_eq!(permission(&format!("{source}{suffix}"), name), wanted, "{source} {name}");
            }
        }
    }
}
