//! Which permissions the calls of runs needed, by role, workspace, phase or run (DESIGN §9, `policy`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::link::Join;
use super::run_call::RunCall;
use crate::audit::policy::ObservedCall;
use crate::audit::policy::action::{Permission, permission};
use crate::audit::policy::inferred::inferred;
use crate::audit::policy::resources::{Scope, resources_of};
use crate::audit::policy::statements::{Grants, Statement};
use crate::domain::session_call::CallOutcome;
use crate::domain::timestamp::Timestamp;

/// By what calls are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PermissionsBy {
    /// The role that made them.
    Role,
    /// The workspace of their run.
    Workspace,
    /// The workspace and the phase.
    Phase,
    /// The run.
    Run,
}

/// What the calls of a group have in common; what they are not put together by is absent. In the order of the columns.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct PermissionsGroup {
    /// The role.
    pub role_arn: Option<Arc<str>>,
    /// Its organization.
    pub organization: Option<Arc<str>>,
    /// Its project.
    pub project: Option<Arc<str>>,
    /// Its workspace.
    pub workspace: Option<Arc<str>>,
    /// Its phase.
    pub phase: Option<Arc<str>>,
    /// Its run.
    pub run_id: Option<Arc<str>>,
}

impl PermissionsGroup {
    fn of(call: &RunCall, by: PermissionsBy) -> Self {
        let run = &call.run;
        let role = Self { role_arn: call.attribution.role_arn.clone(), ..Self::default() };
        let workspace = Self {
            organization: run.organization.clone(),
            project: run.project.clone(),
            workspace: run.workspace.clone(),
            ..Self::default()
        };
        match by {
            PermissionsBy::Role => role,
            PermissionsBy::Workspace => workspace,
            PermissionsBy::Phase => Self { phase: run.phase.clone(), ..workspace },
            PermissionsBy::Run => Self { run_id: run.run_id.clone(), ..workspace },
        }
    }

    /// A name for people and for Terraform: the most particular part that there is.
    #[must_use]
    pub fn name(&self) -> String {
        if let Some(role) = &self.role_arn {
            return role.to_string();
        }
        let parts = [&self.organization, &self.project, &self.workspace, &self.phase, &self.run_id];
        let parts: Vec<&str> = parts.into_iter().flatten().map(|part| &**part).collect();
        if parts.is_empty() { "unknown".to_owned() } else { parts.join("/") }
    }
}

/// Which permissions the calls of a group needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededPermissions {
    /// What the calls have in common.
    pub group: PermissionsGroup,
    /// What the runs used themselves.
    pub granted: Grants,
    /// What AWS services used on their behalf, with the runs' credentials.
    pub forwarded: Grants,
    /// What was refused.
    pub denied: Grants,
    /// What AWS checks beside the calls and does not log.
    pub inferred: Grants,
    /// Actions on `*` since AWS documents no narrower resource.
    pub unscoped: BTreeSet<String>,
    /// Actions on `*` since the calls do not name their resource.
    pub unnameable: BTreeSet<String>,
    /// The same of what was refused, which is part of a policy only on demand.
    pub denied_unnameable: BTreeSet<String>,
    /// Events that no IAM action is known for, as `service:EventName`.
    pub unmapped: BTreeSet<String>,
    /// Instance profiles that calls name, whose roles they pass on: no call says which these are.
    pub profiles: BTreeSet<String>,
    /// How many of the calls were joined to their run by a principal or a session name alone.
    pub loosely_joined: u64,
    /// How many calls all this rests on: those that succeeded and those that were denied.
    pub calls: u64,
    /// When the first of them was completed.
    pub first_seen: Timestamp,
    /// When the last one was.
    pub last_seen: Timestamp,
}

impl NeededPermissions {
    fn new(group: PermissionsGroup, time: Timestamp) -> Self {
        Self {
            group,
            granted: Grants::default(),
            forwarded: Grants::default(),
            denied: Grants::default(),
            inferred: Grants::default(),
            unscoped: BTreeSet::new(),
            unnameable: BTreeSet::new(),
            denied_unnameable: BTreeSet::new(),
            unmapped: BTreeSet::new(),
            profiles: BTreeSet::new(),
            loosely_joined: 0,
            calls: 0,
            first_seen: time,
            last_seen: time,
        }
    }

    fn add(&mut self, call: &RunCall) {
        let operation = &call.call.operation;
        let (service, event_name) =
            (operation.service.as_deref().unwrap_or_default(), operation.event_name.as_deref().unwrap_or_default());
        let is_denied = operation.outcome() == CallOutcome::Denied;
        self.calls += 1;
        self.loosely_joined += u64::from(matches!(call.attribution.join, Join::Principal | Join::Name));
        self.first_seen = self.first_seen.min(call.call.time);
        self.last_seen = self.last_seen.max(call.call.time);
        let actions = match permission(service, event_name) {
            Permission::Actions(actions) => actions,
            Permission::None => return,
            Permission::Unknown => {
                if !is_denied {
                    self.unmapped.insert(format!("{service}:{event_name}"));
                }
                return;
            }
        };
        let parameters: Option<Value> =
            call.call.parameters.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let resources: Vec<&str> = call.call.resources.iter().map(|arn| &**arn).collect();
        let observed = ObservedCall {
            event_source: service,
            event_name,
            partition: partition(call),
            region: operation.region.as_deref().unwrap_or_default(),
            account_id: operation.account_id.as_deref().unwrap_or_default(),
            resources: &resources,
            parameters: parameters.as_ref(),
        };
        for action in actions {
            let (resources, scope) = resources_of(&observed, &action);
            let used = match (is_denied, &call.call.caller.invoked_by) {
                (true, _) => &mut self.denied,
                (false, Some(_)) => &mut self.forwarded,
                (false, None) => &mut self.granted,
            };
            used.add(&action, resources);
            match scope {
                Scope::Named => {}
                Scope::Unscoped => drop(self.unscoped.insert(action)),
                Scope::Unnameable if is_denied => drop(self.denied_unnameable.insert(action)),
                Scope::Unnameable => drop(self.unnameable.insert(action)),
            }
        }
        if !is_denied {
            if operation.read_only != Some(true)
                && service != "iam"
                && let Some(parameters) = &parameters
            {
                profiles_in(parameters, 0, &mut self.profiles);
            }
            for (action, resources) in inferred(&observed) {
                self.inferred.add(&action, resources);
            }
        }
    }

    /// The policy: what was used, with `denied` also what was refused, and with `with_inferred` what was inferred.
    #[must_use]
    pub fn statements(&self, denied: bool, with_inferred: bool) -> Vec<Statement> {
        let mut used = self.granted.clone();
        if denied {
            used.extend(&self.denied);
        }
        let mut statements = used.statements();
        statements.extend(self.forwarded.named_statements("Forwarded"));
        if with_inferred {
            statements.extend(self.inferred.inferred_statements());
        }
        statements
    }

    /// The actions and the resources of its own policy, what was denied among them if that is wanted.
    #[must_use]
    pub fn used(&self, denied: bool) -> (BTreeSet<&str>, BTreeSet<&str>) {
        let grants = [Some(&self.granted), Some(&self.forwarded), denied.then_some(&self.denied)];
        let pairs = || grants.into_iter().flatten().flat_map(Grants::iter);
        let actions = pairs().map(|(action, _)| action).collect();
        let resources = pairs().flat_map(|(_, resources)| resources.iter().map(String::as_str)).collect();
        (actions, resources)
    }
}

/// How deep a request nests at most.
const DEEPEST: usize = 64;

/// The names or ARNs of the instance profiles in a request.
fn profiles_in(value: &Value, depth: usize, found: &mut BTreeSet<String>) {
    let members = match value {
        Value::Array(items) if depth < DEEPEST => return items.iter().for_each(|it| profiles_in(it, depth + 1, found)),
        Value::Object(members) if depth < DEEPEST => members,
        _ => return,
    };
    for (key, value) in members {
        if !key.to_ascii_lowercase().contains("instanceprofile") {
            profiles_in(value, depth + 1, found);
            continue;
        }
        let named = ["arn", "name"].into_iter().filter_map(|key| value.get(key)).chain([value]);
        found.extend(named.filter_map(Value::as_str).take(1).map(str::to_owned));
    }
}

/// The partition of the role that called, else that of the region.
fn partition(call: &RunCall) -> &str {
    let of_role = call.attribution.role_arn.as_deref().and_then(|arn| arn.strip_prefix("arn:")?.split(':').next());
    of_role.unwrap_or(match call.call.operation.region.as_deref().unwrap_or_default() {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    })
}

/// Puts together what calls needed, in the order of the groups. Calls that failed for another reason than a permission tell
/// nothing, and a group without any other has no entry.
#[must_use]
pub fn needed(calls: &[RunCall], by: PermissionsBy) -> Vec<NeededPermissions> {
    let mut groups: BTreeMap<PermissionsGroup, NeededPermissions> = BTreeMap::new();
    for call in calls.iter().filter(|call| call.call.operation.outcome() != CallOutcome::Failed) {
        let group = PermissionsGroup::of(call, by);
        let fresh = |group: &PermissionsGroup| NeededPermissions::new(group.clone(), call.call.time);
        groups.entry(group).or_insert_with_key(fresh).add(call);
    }
    groups.into_values().collect()
}
