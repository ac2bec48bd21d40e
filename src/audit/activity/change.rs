//! What a call that is no read did, as far as its name and its parameters say.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::domain::session_call::{CallOutcome, SessionCall};

/// What became of the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// There is a new one.
    Created,
    /// It is another than before, or that is all that the name of the event says.
    Changed,
    /// It is gone, or will be.
    Deleted,
}

/// Verbs that make something new.
const CREATE: [&str; 12] = [
    "Create",
    "Run",
    "Allocate",
    "Register",
    "Import",
    "Launch",
    "Copy",
    "Request",
    "Provision",
    "Restore",
    "Purchase",
    "Issue",
];

/// Verbs after which something is gone.
const DELETE: [&str; 7] = ["Delete", "BatchDelete", "Terminate", "Release", "Deregister", "Destroy", "Purge"];

impl Change {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 3] = [Self::Created, Self::Changed, Self::Deleted];

    /// What a call did that succeeded and, as its record says, does not only read. One that begins a session is a hop of a chain,
    /// and changes nothing.
    #[must_use]
    pub fn of(call: &SessionCall) -> Option<Self> {
        let operation = &*call.operation;
        let is_write = operation.read_only == Some(false) && operation.outcome() == CallOutcome::Ok;
        (is_write && !call.begins_session()).then(|| Self::of_name(operation.event_name.as_deref().unwrap_or_default()))
    }

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Deleted => "deleted",
        }
    }

    /// By the verb in front of the name of an event. Tags belong to a resource, which stays.
    fn of_name(name: &str) -> Self {
        let begins = |verb: &str| {
            let rest = name.strip_prefix(verb);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(|next: char| next.is_ascii_uppercase()))
        };
        if name.ends_with("Tags") || name.ends_with("Tagging") {
            Self::Changed
        } else if DELETE.iter().any(|verb| begins(verb)) || (name.starts_with("Schedule") && name.contains("Deletion"))
        {
            Self::Deleted
        } else if CREATE.iter().any(|verb| begins(verb)) {
            Self::Created
        } else {
            Self::Changed
        }
    }
}

/// So many names of a call are collected.
const MOST: usize = 1_000;

/// So deep a name is looked for.
const DEEPEST: usize = 6;

/// What a call was about: the ARNs of its resources; where the event carries none, the names and ids in its parameters, as
/// `bucketName=logs`. Sorted, without repeats. The parameters must have been asked for.
#[must_use]
pub fn touched(call: &SessionCall) -> BTreeSet<String> {
    if !call.resources.is_empty() {
        return call.resources.iter().map(ToString::to_string).collect();
    }
    let parameters: Option<Value> = call.parameters.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let mut names = BTreeSet::new();
    if let Some(parameters) = parameters {
        collect(&parameters, DEEPEST, &mut names);
    }
    names
}

fn collect(value: &Value, depth: usize, names: &mut BTreeSet<String>) {
    if depth == 0 {
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, depth - 1, names)),
        Value::Object(members) => {
            for (member, value) in members {
                match value {
                    Value::String(text) if is_name(member) && !text.is_empty() => {
                        if names.len() < MOST {
                            names.insert(format!("{member}={text}"));
                        }
                    }
                    value => collect(value, depth - 1, names),
                }
            }
        }
        _ => {}
    }
}

/// Whether the value of a member names something.
fn is_name(member: &str) -> bool {
    let lower = member.to_ascii_lowercase();
    ["name", "arn", "identifier"].iter().any(|end| lower.ends_with(end))
        || lower == "id"
        || ["Id", "ID"].iter().any(|end| member.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::activity::sample;

    #[test]
    fn the_verb_of_an_event_says_what_became_of_the_resource() {
        for (name, expected) in [
            ("CreateBucket", Change::Created),
            ("RunInstances", Change::Created),
            ("CreateTags", Change::Changed),
            ("DeleteTags", Change::Changed),
            ("PutBucketTagging", Change::Changed),
            ("PutBucketPolicy", Change::Changed),
            ("Runner", Change::Changed),
            ("", Change::Changed),
            ("DeleteBucket", Change::Deleted),
            ("TerminateInstances", Change::Deleted),
            ("ScheduleKeyDeletion", Change::Deleted),
            ("ScheduleRun", Change::Changed),
        ] {
            assert_eq!(Change::of_name(name), expected, "{name}");
        }
    }

    #[test]
    fn a_call_names_its_resources_or_what_its_parameters_name() {
        let with = |parameters: &str, arns: &str| {
            let mut call = sample::call(&format!("c t=1{arns}"));
            call.parameters = Some(parameters.into());
            touched(&call).into_iter().collect::<Vec<_>>()
        };
        let policy =
            r#"{"roleName":"deploy","policyArn":"arn:aws:iam::aws:policy/A","maxItems":3,"clientToken":"x","n":""}"#;
        assert_eq!(with(policy, ""), ["policyArn=arn:aws:iam::aws:policy/A", "roleName=deploy"]);
        assert_eq!(with(policy, " arns=arn:b,arn:a"), ["arn:a", "arn:b"]);
        let nested = r#"{"resourcesSet":{"items":[{"resourceId":"i-1"},{"resourceId":"i-1"},{"resourceId":"i-2"}]}}"#;
        assert_eq!(with(nested, ""), ["resourceId=i-1", "resourceId=i-2"]);
        let many: Vec<String> = (0..2 * MOST).map(|at| format!(r#"{{"id":"{at}"}}"#)).collect();
        assert_eq!(with(&format!("[{}]", many.join(",")), "").len(), MOST);
        let deep = format!("{}{{\"id\":\"1\"}}{}", "[".repeat(9), "]".repeat(9));
        assert!(with(&deep, "").is_empty() && with("no JSON", "").is_empty());
    }
}
