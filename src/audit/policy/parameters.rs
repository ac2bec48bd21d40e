//! The texts below a path of request parameters.

use std::borrow::Cow;

use serde_json::Value;

/// No list of a request is longer; what is cut off makes no resource.
const MOST: usize = 10_000;

/// All texts and numbers below a path whose members stand between dots, through lists, in any case. EC2 wraps some
/// requests in a member of the operation's name, and some texts in `{"tag": 1, "content": …}`.
pub(super) fn values<'a>(parameters: &'a Value, event_name: &str, path: &str) -> Vec<Cow<'a, str>> {
    let mut found = Vec::new();
    collect(unwrapped(parameters, event_name), path, &mut found);
    found
}

fn unwrapped<'a>(parameters: &'a Value, event_name: &str) -> &'a Value {
    let wrapped = parameters.as_object().filter(|members| members.len() == 1).and_then(|members| members.iter().next());
    match wrapped {
        Some((name, inner)) if name.strip_suffix("Request") == Some(event_name) => inner,
        _ => parameters,
    }
}

fn collect<'a>(value: &'a Value, path: &str, found: &mut Vec<Cow<'a, str>>) {
    if found.len() >= MOST {
        return;
    }
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, path, found)),
        Value::String(text) if path.is_empty() => found.push(Cow::Borrowed(text)),
        Value::Number(number) if path.is_empty() => found.push(Cow::Owned(number.to_string())),
        Value::Object(members) if path.is_empty() => {
            if let Some(Value::String(text)) = members.get("content") {
                found.push(Cow::Borrowed(text));
            }
        }
        Value::Object(members) => {
            let named = members.iter().filter(|(name, _)| name.eq_ignore_ascii_case(first));
            named.for_each(|(_, member)| collect(member, rest, found));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_lead_through_lists_wrappers_and_any_case() {
        let plain =
            json!({"instancesSet": {"items": [{"instanceId": "i-1"}, {"instanceId": "i-2"}]}, "n": 3, "ids": ["a"]});
        let wrapped = json!({"DeleteNatGatewayRequest": {"NatGatewayId": {"tag": 1, "content": "nat-1"}}});
        for (parameters, event, path, wanted) in [
            (&plain, "StopInstances", "instancesSet.items.instanceId", vec!["i-1", "i-2"]),
            (&plain, "StopInstances", "instancesset.items.INSTANCEID", vec!["i-1", "i-2"]),
            (&plain, "StopInstances", "n", vec!["3"]),
            (&plain, "StopInstances", "ids", vec!["a"]),
            (&plain, "StopInstances", "instancesSet", vec![]),
            (&plain, "StopInstances", "ids.more", vec![]),
            (&wrapped, "DeleteNatGateway", "natGatewayId", vec!["nat-1"]),
            (&wrapped, "Other", "natGatewayId", vec![]),
            (&Value::Null, "Other", "natGatewayId", vec![]),
        ] {
            assert_eq!(values(parameters, event, path), wanted, "{path}");
        }
    }
}
