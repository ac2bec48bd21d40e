//! The policy of calls of all kinds, written for an evaluator that others wrote (`tests/conformance/test_permissions.py`).

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tfctrail::audit::policy::ObservedCall;
use tfctrail::audit::policy::action::{Permission, permission};
use tfctrail::audit::policy::inferred::inferred;
use tfctrail::audit::policy::resources::resources_of;
use tfctrail::audit::policy::statements::Grants;
use tfctrail::report::permission_policy;

const CALLS: &str = include_str!("conformance/permissions/calls.ndjson");

fn pairs(grants: &Grants) -> Vec<Value> {
    let pairs =
        grants.iter().flat_map(|(action, resources)| resources.iter().map(move |resource| json!([action, resource])));
    pairs.collect()
}

#[test]
fn the_policy_of_all_kinds_of_calls_is_written_for_its_judge() {
    let (mut own, mut besides, mut mapped) = (Grants::default(), Grants::default(), Vec::new());
    for line in CALLS.lines() {
        let call: Value = serde_json::from_str(line).unwrap();
        let (source, event) = (call["source"].as_str().unwrap(), call["event"].as_str().unwrap());
        let resources: Vec<&str> =
            call["resources"].as_array().unwrap().iter().map(|arn| arn.as_str().unwrap()).collect();
        let call = ObservedCall {
            event_source: source,
            event_name: event,
            partition: "aws",
            region: "eu-west-1",
            account_id: "111122223333",
            resources: &resources,
            parameters: Some(&call["parameters"]),
        };
        let actions = match permission(source, event) {
            Permission::Actions(actions) => actions,
            Permission::None => Vec::new(),
            Permission::Unknown => panic!("{source} {event} is not known"),
        };
        for action in &actions {
            let (resources, scope) = resources_of(&call, action);
            mapped.push(json!([source, event, action, format!("{scope:?}"), resources]));
            own.add(action, resources);
        }
        for (action, resources) in inferred(&call) {
            besides.add(&action, resources);
        }
    }
    let mut statements = own.statements();
    assert!(statements.iter().flat_map(|statement| &statement.actions).all(|action| !action.contains('*')));
    statements.extend(besides.inferred_statements());
    let written = json!({
        "policy": permission_policy::document(&statements),
        "size": permission_policy::size(&statements),
        "observed": pairs(&own),
        "inferred": pairs(&besides),
        "calls": mapped,
    });
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    fs::write(folder.join("permissions.json"), written.to_string()).unwrap();
    fs::write(folder.join("permissions.tf"), permission_policy::hcl("observed", &statements)).unwrap();
}
