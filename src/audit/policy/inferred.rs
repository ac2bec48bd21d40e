//! What AWS checked beside a call and did not log: roles that were passed on, tags that were set as something came to be.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::ObservedCall;
use super::action::{Permission, permission, prefix};
use super::parameters::values;
use super::resources::resources_of;
use super::table::{INFERRED, Inference};
use super::template::{Filled, held};

/// Services whose requests name roles that nobody passes on: they act on the role itself, or look at it.
const NO_PASSING: [&str; 6] = ["access-analyzer", "iam", "organizations", "ram", "signin", "sts"];

/// Members that name a role somebody else takes.
const NOT_PASSED: [&str; 4] = ["crossaccountrole", "crossaccountrolearn", "rolealiasarn", "targetrolearn"];

/// Events that change nothing pass nothing.
const READS: [&str; 6] = ["BatchGet", "Describe", "Get", "List", "Search", "Simulate"];

/// How deep a request nests, and how many roles it names, at most.
const DEEPEST: usize = 64;
const MOST: usize = 1_000;

/// The actions that the call needs besides its own, with their resources as a policy writes them.
///
/// - `iam:PassRole` on each role ARN that a member with `role` in its name holds, in a request that is no read.
/// - Where the request sets tags as it creates: the action that tags. Others that AWS documents, see `inferred.tsv`.
#[must_use]
pub fn inferred(call: &ObservedCall<'_>) -> BTreeMap<String, BTreeSet<String>> {
    let mut inferred = BTreeMap::<String, BTreeSet<String>>::new();
    let (Some(service), Some(parameters)) = (prefix(call.event_source), call.parameters) else { return inferred };
    let reads = READS.iter().any(|verb| call.event_name.starts_with(verb));
    if !reads && !NO_PASSING.contains(&service) {
        let mut roles = BTreeSet::new();
        collect_roles(parameters, false, 0, &mut roles);
        if !roles.is_empty() {
            inferred.insert("iam:PassRole".to_owned(), roles);
        }
    }
    for row in INFERRED.get(service).into_iter().flatten().filter(|row| row.fits(call.event_name)) {
        if values_or_members(parameters, call, row.value.parameter) {
            inferred.entry(row.value.action.to_owned()).or_default().extend(resources(call, &row.value));
        }
    }
    inferred.retain(|_, resources| !resources.is_empty());
    inferred
}

/// Whether there is something at the path, be it a text, a list of tags or an object of them.
fn values_or_members(parameters: &Value, call: &ObservedCall<'_>, path: &str) -> bool {
    let member = parameters.as_object().into_iter().flatten().find(|(name, _)| name.eq_ignore_ascii_case(path));
    let is_filled = |value: &Value| match value {
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        _ => false,
    };
    member.is_some_and(|(_, value)| is_filled(value)) || !values(parameters, call.event_name, path).is_empty()
}

fn resources(call: &ObservedCall<'_>, inference: &Inference) -> Vec<String> {
    let Some(template) = &inference.template else {
        let Permission::Actions(own) = permission(call.event_source, call.event_name) else { return Vec::new() };
        let of_own = own.iter().map(|action| resources_of(call, action).0);
        return of_own.flatten().collect();
    };
    match template.fill(call) {
        Filled::Arns(arns) => arns,
        Filled::Unnameable => Vec::new(),
    }
}

/// The role ARNs below members whose name holds `role`.
fn collect_roles(value: &Value, named: bool, depth: usize, roles: &mut BTreeSet<String>) {
    if depth > DEEPEST || roles.len() >= MOST {
        return;
    }
    match value {
        Value::String(text) if named && is_role(text) => roles.extend(held(text)),
        Value::Array(items) => items.iter().for_each(|item| collect_roles(item, named, depth + 1, roles)),
        Value::Object(members) => {
            for (name, member) in members {
                let name = name.to_ascii_lowercase();
                let names_role = name.contains("role") && !NOT_PASSED.contains(&name.as_str());
                let through = named && (member.is_object() || member.is_array() || name == "content");
                collect_roles(member, names_role || through, depth + 1, roles);
            }
        }
        _ => {}
    }
}

/// `arn:PARTITION:iam::ACCOUNT:role/NAME`.
fn is_role(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [arn, _, service, region, account, resource] = parts[..] else { return false };
    arn == "arn"
        && service == "iam"
        && region.is_empty()
        && account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && resource.strip_prefix("role/").is_some_and(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn roles_are_passed_and_tags_are_set() {
        let role = "arn:aws:iam::111122223333:role/web";
        let function = "arn:aws:lambda:eu-west-1:111122223333:function:f";
        let vpc = "arn:aws:ec2:eu-west-1:111122223333:vpc/*";
        let snapshot = ["arn:aws:ec2:eu-west-1:111122223333:snapshot/*", "arn:aws:ec2:eu-west-1::snapshot/*"];
        let tags = json!({"items": [{"resourceType": "vpc", "tags": []}]});
        let of_snapshot = json!({"items": [{"resourceType": "snapshot", "tags": []}]});
        let replication = json!({"ReplicationConfiguration": {"Role": role}});
        for (source, event, parameters, wanted) in [
            (
                "lambda",
                "CreateFunction20150331",
                json!({"functionName": "f", "role": role}),
                vec![("iam:PassRole", vec![role])],
            ),
            (
                "lambda",
                "CreateFunction20150331",
                json!({"functionName": "f", "tags": {"a": "b"}}),
                vec![("lambda:TagResource", vec![function])],
            ),
            ("lambda", "CreateFunction20150331", json!({"functionName": "f", "tags": {}}), vec![]),
            ("lambda", "ListFunctions20150331", json!({"role": role}), vec![]),
            ("sts", "AssumeRole", json!({"roleArn": role}), vec![]),
            (
                "sts",
                "AssumeRole",
                json!({"roleArn": role, "tags": [{"key": "a", "value": "b"}], "sourceIdentity": "x"}),
                vec![("sts:SetSourceIdentity", vec![role]), ("sts:TagSession", vec![role])],
            ),
            (
                "sts",
                "AssumeRole",
                json!({"roleArn": role, "transitiveTagKeys": ["a"]}),
                vec![("sts:TagSession", vec![role])],
            ),
            (
                "iam",
                "AddRoleToInstanceProfile",
                json!({"roleName": "web", "instanceProfileName": "p"}),
                vec![("iam:PassRole", vec![role])],
            ),
            ("s3", "PutBucketReplication", replication, vec![("iam:PassRole", vec![role])]),
            ("ecs", "RegisterTaskDefinition", json!({"tags": [{"value": role}], "family": role}), vec![]),
            (
                "ecs",
                "RegisterTaskDefinition",
                json!({"taskRoleArn": "arn:aws:iam::111122223333:role/*"}),
                vec![("iam:PassRole", vec!["arn:aws:iam::111122223333:role/${*}"])],
            ),
            ("eks", "CreatePodIdentityAssociation", json!({"targetRoleArn": role}), vec![]),
            ("ec2", "CreateVpc", json!({"tagSpecificationSet": tags}), vec![("ec2:CreateTags", vec![vpc])]),
            (
                "ec2",
                "CreateSnapshot",
                json!({"tagSpecificationSet": of_snapshot}),
                vec![("ec2:CreateTags", snapshot.to_vec())],
            ),
            (
                "s3",
                "CopyObject",
                json!({"x-amz-copy-source": "/b/k"}),
                vec![("s3:GetObject", vec!["arn:aws:s3:::b/k"])],
            ),
        ] {
            let call = ObservedCall {
                event_source: source,
                event_name: event,
                partition: "aws",
                region: "eu-west-1",
                account_id: "111122223333",
                resources: &[],
                parameters: Some(&parameters),
            };
            let wanted: BTreeMap<String, BTreeSet<String>> = wanted
                .into_iter()
                .map(|(action, arns)| (action.to_owned(), arns.into_iter().map(str::to_owned).collect()))
                .collect();
            assert_eq!(inferred(&call), wanted, "{event} {parameters}");
        }
    }
}
