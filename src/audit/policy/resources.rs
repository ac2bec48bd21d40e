//! What an action was used on.

use std::collections::BTreeSet;

use super::ObservedCall;
use super::action::prefix;
use super::table::{RESOURCES, Row, UNSCOPED};
use super::template::{Filled, Template, held};

/// No single call names more; beyond it, the resource counts as not nameable.
const MOST: usize = 1_000;

/// Why a resource is what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// The call names its resources, or at least their kind.
    Named,
    /// AWS documents no resource for this action but `*`.
    Unscoped,
    /// The action has resources, and the call does not say which.
    Unnameable,
}

/// The resources of one of the call's actions, as a policy writes them, and whether they are the narrowest there are:
/// ARNs of the event that fit the action; where there are none, ARNs made of request parameters; `*` only where neither
/// names one. Sorted, without repeats, never empty.
#[must_use]
pub fn resources_of(call: &ObservedCall<'_>, action: &str) -> (Vec<String>, Scope) {
    let (service, name) = action.split_once(':').unwrap_or((action, ""));
    if UNSCOPED.get(service).is_some_and(|rows| rows.iter().any(|row| row.fits(name))) {
        return (any(), Scope::Unscoped);
    }
    let arns = match RESOURCES.get(service).map(|rows| fitting(rows, call, name)) {
        Some(templates) if !templates.is_empty() => by_templates(call, name, &templates),
        _ => of_the_service(call, service),
    };
    match arns {
        Some(arns) if !arns.is_empty() && arns.len() <= MOST => (arns.into_iter().collect(), Scope::Named),
        _ => (any(), Scope::Unnameable),
    }
}

fn any() -> Vec<String> {
    vec!["*".to_owned()]
}

/// A row holds for an action, or with `@` in front for an event.
fn fitting<'t>(rows: &'t [Row<Template>], call: &ObservedCall<'_>, name: &str) -> Vec<&'t Template> {
    let of_event = |row: &Row<Template>| {
        let mut events = row.patterns.iter().filter_map(|pattern| pattern.strip_prefix('@'));
        events.any(|event| event == call.event_name)
    };
    rows.iter().filter(|row| row.fits(name) || of_event(row)).map(|row| &row.value).collect()
}

/// None where a value is there that cannot stand in a policy.
fn by_templates(call: &ObservedCall<'_>, name: &str, templates: &[&Template]) -> Option<BTreeSet<String>> {
    // What an action creates has another ARN the next time.
    let creates = name.starts_with("Create");
    let mut arns = BTreeSet::new();
    let mut kinds = BTreeSet::new();
    for template in templates {
        if !template.is_named() {
            kinds.extend(filled(template, call)?);
            continue;
        }
        let seen = call.resources.iter().filter(|_| !(creates && template.is_open()));
        let seen: Vec<&str> = seen.copied().filter(|arn| template.fits(arn)).collect();
        if seen.is_empty() {
            arns.extend(filled(template, call)?);
        } else {
            for arn in seen {
                arns.insert(held(arn)?);
            }
        }
    }
    arns.append(&mut kinds);
    Some(arns)
}

fn filled(template: &Template, call: &ObservedCall<'_>) -> Option<Vec<String>> {
    match template.fill(call) {
        Filled::Arns(arns) => Some(arns),
        Filled::Unnameable => None,
    }
}

/// Where no row knows the action: the event's ARNs of its service, else the one that a request to tag names.
fn of_the_service(call: &ObservedCall<'_>, service: &str) -> Option<BTreeSet<String>> {
    let is_of_service = |arn: &str| {
        let mut parts = arn.splitn(6, ':');
        parts.next() == Some("arn")
            && parts.nth(1).is_some_and(|name| prefix(name) == Some(service))
            && parts.count() == 3
    };
    let named = call.parameters.map(|parameters| super::parameters::values(parameters, call.event_name, "resourceArn"));
    let seen: Vec<&str> = call.resources.iter().copied().filter(|arn| is_of_service(arn)).collect();
    if !seen.is_empty() {
        return seen.into_iter().map(held).collect();
    }
    named.unwrap_or_default().iter().filter(|arn| is_of_service(arn)).map(|arn| held(arn)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn check(source: &str, event: &str, action: &str, arns: &[&str], parameters: &Value, wanted: &[&str]) {
        let call = ObservedCall {
            event_source: source,
            event_name: event,
            partition: "aws",
            region: "eu-west-1",
            account_id: "111122223333",
            resources: arns,
            parameters: Some(parameters),
        };
        let (found, scope) = resources_of(&call, action);
        assert_eq!(found, wanted, "{event} {parameters}");
        assert_eq!(scope != Scope::Named, wanted == ["*"], "{event} {parameters}");
    }

    #[test]
    fn parameters_name_resources() {
        let on = "arn:aws:ec2:eu-west-1:111122223333";
        for (service, event, parameters, wanted) in [
            ("s3", "PutBucketPolicy", json!({"bucketName": "logs"}), vec!["arn:aws:s3:::logs"]),
            ("s3", "PutObject", json!({"bucketName": "logs", "key": "a/b"}), vec!["arn:aws:s3:::logs/a/b"]),
            (
                "s3",
                "PutObject",
                json!({"bucketName": "logs", "key": "${a}*?"}),
                vec!["arn:aws:s3:::logs/${$}{a}${*}${?}"],
            ),
            ("s3", "PutObject", json!({"bucketName": "logs", "key": "a\u{7}"}), vec!["arn:aws:s3:::logs/a?"]),
            (
                "logs",
                "PutRetentionPolicy",
                json!({"logGroupName": "/aws/lambda/f"}),
                vec![
                    "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/f",
                    "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/f:*",
                ],
            ),
            ("s3", "PutObject", json!({"bucketName": "logs", "key": "/a"}), vec!["arn:aws:s3:::logs//a"]),
            ("iam", "DeleteRole", json!({"roleName": "web"}), vec!["arn:aws:iam::111122223333:role/web"]),
            (
                "iam",
                "CreateRole",
                json!({"roleName": "web", "path": "/a/"}),
                vec!["arn:aws:iam::111122223333:role/a/web"],
            ),
            ("iam", "DeleteRole", json!({"roleName": "a/*"}), vec!["*"]),
            (
                "iam",
                "AttachRolePolicy",
                json!({"roleName": "w", "policyArn": "arn:aws:iam::aws:policy/P"}),
                vec!["arn:aws:iam::111122223333:role/w"],
            ),
            (
                "sqs",
                "DeleteQueue",
                json!({"queueUrl": "https://sqs.eu-west-1.amazonaws.com/1/q"}),
                vec!["arn:aws:sqs:eu-west-1:111122223333:q"],
            ),
            (
                "sqs",
                "SendMessage",
                json!({"queueUrl": "https://sqs.eu-west-1.amazonaws.com/999988887777/q"}),
                vec!["arn:aws:sqs:eu-west-1:999988887777:q"],
            ),
            ("ssm", "PutParameter", json!({"name": "/a/b"}), vec!["arn:aws:ssm:eu-west-1:111122223333:parameter/a/b"]),
            (
                "secretsmanager",
                "CreateSecret",
                json!({"name": "db"}),
                vec!["arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-??????"],
            ),
            ("kms", "DescribeKey", json!({"keyId": "k-1"}), vec!["arn:aws:kms:eu-west-1:111122223333:key/k-1"]),
            ("kms", "DescribeKey", json!({"keyId": "alias/a"}), vec!["*"]),
            (
                "dynamodb",
                "DescribeTable",
                json!({"tableName": "t"}),
                vec!["arn:aws:dynamodb:eu-west-1:111122223333:table/t"],
            ),
            (
                "lambda",
                "GetFunction",
                json!({"functionName": "arn:aws:lambda:eu-west-1:1:function:f"}),
                vec!["arn:aws:lambda:eu-west-1:1:function:f"],
            ),
            (
                "ecs",
                "UpdateService",
                json!({"cluster": "arn:aws:ecs:e:1:cluster/c", "service": "s"}),
                vec!["arn:aws:ecs:eu-west-1:111122223333:service/c/s"],
            ),
            (
                "route53",
                "ChangeResourceRecordSets",
                json!({"hostedZoneId": "/hostedzone/Z1"}),
                vec!["arn:aws:route53:::hostedzone/Z1"],
            ),
            ("ec2", "DeleteVpc", json!({"vpcId": "vpc-1"}), vec!["arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-1"]),
            ("ec2", "DescribeVpcs", json!({"vpcSet": {}}), vec!["*"]),
            ("ec2", "CreateVpc", json!({"cidrBlock": "10.0.0.0/8"}), vec!["arn:aws:ec2:eu-west-1:111122223333:vpc/*"]),
            ("eks", "TagResource", Value::Null, vec!["*"]),
        ] {
            check(service, event, &format!("{service}:{event}"), &[], &parameters, &wanted);
        }
        let objects = json!({"bucketName": "logs", "delete": ""});
        check("s3", "DeleteObjects", "s3:DeleteObject", &["arn:aws:s3:::logs"], &objects, &["arn:aws:s3:::logs/*"]);
        let seen = ["arn:aws:s3:::logs/a"];
        check("s3", "DeleteObjects", "s3:DeleteObject", &seen, &objects, &seen);
        let group = json!({"groupName": "web", "vpcId": "vpc-1"});
        let wanted = [format!("{on}:security-group/*"), format!("{on}:vpc/vpc-1")];
        check(
            "ec2",
            "CreateSecurityGroup",
            "ec2:CreateSecurityGroup",
            &[],
            &group,
            &wanted.each_ref().map(String::as_str),
        );
        let tags = json!({"resourcesSet": {"items": [{"resourceId": "i-1"}, {"resourceId": "tgw-1"}]}});
        let wanted = [format!("{on}:instance/i-1"), format!("{on}:transit-gateway/tgw-1")];
        check("ec2", "CreateTags", "ec2:CreateTags", &[], &tags, &wanted.each_ref().map(String::as_str));
        let api = json!({"restApiId": "x1"});
        let on = "arn:aws:apigateway:eu-west-1::/restapis/x1";
        check("apigateway", "GetResources", "apigateway:GET", &[], &api, &[on, &format!("{on}/*")]);
    }

    #[test]
    fn of_the_arns_of_an_event_those_count_that_fit_the_action() {
        let both = ["arn:aws:s3:::logs", "arn:aws:s3:::logs/a*"];
        check("s3", "GetObject", "s3:GetObject", &both, &Value::Null, &["arn:aws:s3:::logs/a${*}"]);
        check("s3", "HeadBucket", "s3:ListBucket", &both, &Value::Null, &["arn:aws:s3:::logs"]);
        let key = ["arn:aws:kms:eu-west-1:1:key/k", "arn:aws:s3:::logs"];
        check("kms", "Decrypt", "kms:Decrypt", &key, &json!({"keyId": "alias/a"}), &["arn:aws:kms:eu-west-1:1:key/k"]);
        check("kms", "CreateKey", "kms:CreateKey", &key, &Value::Null, &["*"]);
        let hostile = ["arn:*:s3:::logs"];
        check("s3", "HeadBucket", "s3:ListBucket", &hostile, &Value::Null, &["*"]);
        let other = ["arn:aws:backup:e:1:backup-vault:v", "arn:aws:s3:::logs", "x"];
        check("backup", "DeleteBackupVault", "backup:DeleteBackupVault", &other, &Value::Null, &other[..1]);
        check("backup", "DeleteBackupVault", "backup:DeleteBackupVault", &other[1..], &Value::Null, &["*"]);
    }
}
