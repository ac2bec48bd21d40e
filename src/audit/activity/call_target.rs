//! What a call was aimed at, as far as rules ask: whom it let in, and which role it took.

use std::sync::Arc;

use serde_json::Value;

use crate::domain::session_call::SessionCall;

/// One thing that the parameters of a call name, or its answer or its refusal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CallTarget {
    /// A role, or the root of an account, whose credentials the call asked for.
    Role(Arc<str>),
    /// For whom a signed token was asked for.
    Audience(Arc<str>),
    /// Whom a write lets in: an account, the ARN of a principal, or `*`.
    Grantee(Arc<str>),
    /// A long-lived access key that the call made.
    Key(Arc<str>),
    /// It takes or gives back the lock of a Terraform state.
    StateLock,
}

/// Members whose texts, or whose members' texts, are those who are let in: of KMS, Lambda and `EventBridge`, SNS and SQS, RAM, RDS,
/// EC2, SSM and Redshift, each in the spelling of its API, in lower case.
const GRANTEES: [&str; 11] = [
    "granteeprincipal",
    "principal",
    "awsaccountid",
    "awsaccountids",
    "principals",
    "valuestoadd",
    "accountidstoadd",
    "accountwithrestoreaccess",
    "launchpermission",
    "createvolumepermission",
    "accountids",
];

/// So deep grantees are looked for.
const DEEPEST: usize = 12;

/// What a call was aimed at, each once, in order. Grantees are looked for only in calls that do not only read. The parameters must
/// have been asked for.
#[must_use]
pub fn targets(call: &SessionCall) -> Vec<CallTarget> {
    let operation = &*call.operation;
    let service = operation.service.as_deref().unwrap_or_default();
    let event = operation.event_name.as_deref().unwrap_or_default();
    let is_write = operation.read_only == Some(false);
    let is_start = service == "sts" && matches!(event, "AssumeRole" | "AssumeRoot" | "GetWebIdentityToken");
    if !is_write && !is_start {
        return Vec::new();
    }
    let parameters: Value =
        call.parameters.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let mut found = Vec::new();
    if is_start {
        found.extend(role(call, &parameters).map(|role| CallTarget::Role(role.into())));
        texts(parameters.get("audience"), &mut |text| found.push(CallTarget::Audience(text.into())));
    }
    if is_write {
        grantees(&parameters, DEEPEST, &mut |text| found.push(CallTarget::Grantee(text.into())));
        found.extend(call.created_key.as_deref().map(|key| CallTarget::Key(key.into())));
        if is_lock(service, call) {
            found.push(CallTarget::StateLock);
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The role that the call took; where it was refused, the one that the refusal speaks of.
fn role(call: &SessionCall, parameters: &Value) -> Option<String> {
    let issued = call.issued.as_ref().and_then(|issued| issued.role_arn.as_deref());
    let asked = ["roleArn", "targetPrincipal"].iter().find_map(|name| parameters.get(name)?.as_str());
    let refused = || {
        let message = call.error_message.as_deref()?;
        let (_, rest) = message.split_once("on resource: ")?;
        rest.split_ascii_whitespace().next().map(|arn| arn.trim_end_matches('.'))
    };
    issued.or(asked).or_else(refused).map(str::to_owned)
}

/// A lock is an item of `DynamoDB` with a `LockID`, or an object of S3 with the name of the state and `.tflock`.
fn is_lock(service: &str, call: &SessionCall) -> bool {
    let has = |part: &str| call.parameters.as_deref().is_some_and(|text| text.contains(part));
    match service {
        "dynamodb" => has("\"LockID\""),
        "s3" => has(".tflock\"") || call.resources.iter().any(|arn| arn.ends_with(".tflock")),
        _ => false,
    }
}

/// Those whom parameters let in: the principals of policies, also of policies in texts, and those of the members above.
fn grantees(value: &Value, depth: usize, take: &mut impl FnMut(&str)) {
    if depth == 0 {
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| grantees(item, depth - 1, take)),
        Value::Object(members) => {
            for (name, member) in members {
                let lower = name.to_ascii_lowercase();
                if lower == "statement" {
                    statements(member, take);
                } else if GRANTEES.contains(&lower.as_str()) {
                    named(member, depth - 1, take);
                } else {
                    grantees(member, depth - 1, take);
                }
            }
        }
        Value::String(text) if text.trim_start().starts_with('{') => {
            if let Ok(policy) = serde_json::from_str::<Value>(text) {
                grantees(&policy, depth - 1, take);
            }
        }
        _ => {}
    }
}

/// The principals of statements that allow. One for everybody under a condition is not for everybody.
fn statements(value: &Value, take: &mut impl FnMut(&str)) {
    let all = value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
    for statement in all {
        let is_deny = statement["Effect"].as_str().is_some_and(|effect| effect.eq_ignore_ascii_case("deny"));
        if is_deny {
            continue;
        }
        let is_bound = statement["Condition"].as_object().is_some_and(|conditions| !conditions.is_empty());
        let principal = &statement["Principal"];
        let principal = principal.as_object().map_or(principal, |kinds| kinds.get("AWS").unwrap_or(&Value::Null));
        texts(Some(principal), &mut |text| {
            if text != "*" || !is_bound {
                take(text);
            }
        });
        if !statement["NotPrincipal"].is_null() && !is_bound {
            take("*");
        }
    }
}

/// The texts of a member that names grantees; of EC2 those that are added, where `all` is everybody.
fn named(value: &Value, depth: usize, take: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => take(if text == "all" { "*" } else { text }),
        Value::Array(items) if depth > 0 => items.iter().for_each(|item| named(item, depth - 1, take)),
        Value::Object(members) if depth > 0 => {
            let kept = members.iter().filter(|(name, _)| name.as_str() != "remove");
            kept.for_each(|(_, member)| named(member, depth - 1, take));
        }
        _ => {}
    }
}

/// A text, or each text of a list.
fn texts(value: Option<&Value>, take: &mut impl FnMut(&str)) {
    match value {
        Some(Value::String(text)) => take(text),
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).for_each(take),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::audit::activity::sample;
    use crate::domain::session_call::Operation;

    fn of(service: &str, event: &str, read_only: bool, parameters: &Value) -> Vec<String> {
        let mut call = sample::call("c t=1");
        call.operation = Arc::new(Operation {
            service: Some(service.into()),
            event_name: Some(event.into()),
            read_only: Some(read_only),
            ..Operation::clone(&call.operation)
        });
        call.parameters = Some(parameters.to_string().into());
        shown(&call)
    }

    fn shown(call: &SessionCall) -> Vec<String> {
        let shown = targets(call).into_iter().map(|target| match target {
            CallTarget::Role(text) => format!("role {text}"),
            CallTarget::Audience(text) => format!("audience {text}"),
            CallTarget::Grantee(text) => format!("grantee {text}"),
            CallTarget::Key(text) => format!("key {text}"),
            CallTarget::StateLock => "lock".to_owned(),
        });
        shown.collect()
    }

    #[test]
    fn grantees_stand_in_policies_and_in_members_of_their_own() {
        let allow = json!({"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::999900001111:root", "1"]}});
        let one = json!({"Statement": {"Effect": "Allow", "Principal": "*"}});
        for (service, event, parameters, expected) in [
            (
                "s3",
                "PutBucketPolicy",
                json!({"bucketPolicy": {"Statement": [allow]}}),
                vec!["grantee 1", "grantee arn:aws:iam::999900001111:root"],
            ),
            ("kms", "PutKeyPolicy", json!({"policy": one.to_string()}), vec!["grantee *"]),
            (
                "s3",
                "PutBucketPolicy",
                json!({"bucketPolicy": {"Statement": [{"Effect": "Deny", "Principal": "*"}]}}),
                vec![],
            ),
            (
                "s3",
                "PutBucketPolicy",
                json!({"bucketPolicy": {"Statement": [
                    {"Effect": "Allow", "Principal": {"AWS": "*"}, "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}},
                    {"Effect": "Allow", "Principal": {"Service": "logs.amazonaws.com"}},
                ]}}),
                vec![],
            ),
            (
                "s3",
                "PutBucketPolicy",
                json!({"bucketPolicy": {"Statement": [{"NotPrincipal": {"AWS": "1"}}]}}),
                vec!["grantee *"],
            ),
            ("kms", "CreateGrant", json!({"granteePrincipal": "arn:x"}), vec!["grantee arn:x"]),
            (
                "lambda",
                "AddPermission20150331v2",
                json!({"principal": "1", "action": "lambda:InvokeFunction"}),
                vec!["grantee 1"],
            ),
            ("sqs", "AddPermission", json!({"aWSAccountIds": ["1", "2"]}), vec!["grantee 1", "grantee 2"]),
            (
                "ec2",
                "ModifySnapshotAttribute",
                json!({"createVolumePermission": {"add": {"items": [{"userId": "1"}, {"group": "all"}]}, "remove": {"items": [{"userId": "2"}]}}}),
                vec!["grantee *", "grantee 1"],
            ),
            ("rds", "ModifyDBSnapshotAttribute", json!({"valuesToAdd": ["all"]}), vec!["grantee *"]),
            ("dynamodb", "PutItem", json!({"tableName": "t", "key": {"LockID": "x"}}), vec!["lock"]),
            ("s3", "PutObject", json!({"bucketName": "b", "key": "web.tfstate.tflock"}), vec!["lock"]),
            ("s3", "PutObject", json!({"bucketName": "b", "key": "web.tfstate"}), vec![]),
        ] {
            assert_eq!(of(service, event, false, &parameters), expected, "{event} {parameters}");
            assert_eq!(of(service, event, true, &parameters), [""; 0], "{event}");
        }
    }

    #[test]
    fn what_sts_was_asked_for() {
        let asked = json!({"roleArn": "arn:r"});
        assert_eq!(of("sts", "AssumeRole", true, &asked), ["role arn:r"]);
        assert_eq!(of("iam", "AssumeRole", true, &asked), [""; 0]);
        assert_eq!(of("sts", "AssumeRoot", true, &json!({"targetPrincipal": "1"})), ["role 1"]);
        let audience = json!({"audience": ["https://a", "https://b"]});
        assert_eq!(of("sts", "GetWebIdentityToken", true, &audience), ["audience https://a", "audience https://b"]);
        assert_eq!(shown(&sample::call("c t=1 gives=K to=arn:given")), ["role arn:given"]);
        let mut refused = sample::call("c t=1 error=AccessDenied");
        refused.error_message =
            Some("User: arn:u is not authorized to perform: sts:AssumeRole on resource: arn:r".into());
        assert_eq!(shown(&refused), ["role arn:r"]);
    }

    #[test]
    fn hostile_parameters_are_bounded() {
        let mut deep = json!({"principal": "1"});
        for _ in 0..40 {
            deep = json!([deep]);
        }
        assert_eq!(of("x", "Put", false, &deep), [""; 0]);
        assert_eq!(of("x", "Put", false, &json!("{\"Statement\": \"x\"")), [""; 0]);
    }
}
