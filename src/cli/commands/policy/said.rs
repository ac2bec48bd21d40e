//! What the reader of policies must know before they are put to use. Of several policies a line tells each kind of thing, and
//! `-v` tells it of each policy.

use std::collections::BTreeSet;

use crate::audit::activity::permissions::NeededPermissions;
use crate::audit::policy::statements::{Grants, INLINE_LIMIT, MANAGED_LIMIT};
use crate::cli::context::CommandContext;
use crate::cli::reading::words::counted_as;
use crate::cli::terminal::talk::Level;
use crate::report::permission_policy::size;

/// So many names stand in a line that is about several policies.
const SHOWN: usize = 6;

/// Some of the events that a trail records only where it was set up for data events.
const DATA_ACTIONS: [&str; 6] = [
    "s3:GetObject",
    "s3:PutObject",
    "s3:DeleteObject",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "lambda:InvokeFunction",
];

/// What is part of the policies beside what was used.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    /// What was denied.
    pub(super) include_denied: bool,
    /// What is inferred.
    pub(super) with_inferred: bool,
}

/// One kind of thing that a policy lacks, or has too wide.
struct Remark {
    level: Level,
    text: &'static str,
    names: fn(&NeededPermissions, Asked) -> BTreeSet<String>,
}

const REMARKS: [Remark; 6] = [
    Remark {
        level: Level::Warning,
        text: "no IAM action is known for these events, and the policy lacks them",
        names: |needed, _| needed.unmapped.clone(),
    },
    Remark {
        level: Level::Warning,
        text: "left out, so that the next apply may fail; --with-inferred adds what AWS checks and does not log",
        names: |needed, asked| if asked.with_inferred { BTreeSet::new() } else { actions(&needed.inferred) },
    },
    Remark {
        level: Level::Warning,
        text: "iam:PassRole may be wanting for the roles of these instance profiles, which no call names",
        names: |needed, _| needed.profiles.clone(),
    },
    Remark {
        level: Level::Info,
        text: "was denied and is left out; --include-denied adds it",
        names: |needed, asked| if asked.include_denied { BTreeSet::new() } else { actions(&needed.denied) },
    },
    Remark {
        level: Level::Info,
        text: "on * because some calls name no resource, or none that a policy can hold",
        names: |needed, asked| {
            let denied = asked.include_denied.then_some(&needed.denied_unnameable);
            needed.unnameable.iter().chain(denied.into_iter().flatten()).cloned().collect()
        },
    },
    Remark {
        level: Level::Debug,
        text: "on * because AWS has no narrower resource",
        names: |needed, _| needed.unscoped.clone(),
    },
];

fn actions(grants: &Grants) -> BTreeSet<String> {
    grants.iter().map(|(action, _)| action.to_owned()).collect()
}

/// Says it.
pub(super) fn about(found: &[NeededPermissions], asked: Asked, context: &CommandContext<'_>) {
    let in_full = found.len() == 1 || context.names_all();
    let mut is_short = false;
    for remark in &REMARKS {
        let each: Vec<(&NeededPermissions, BTreeSet<String>)> = found
            .iter()
            .map(|needed| (needed, (remark.names)(needed, asked)))
            .filter(|(_, names)| !names.is_empty())
            .collect();
        if in_full {
            for (needed, names) in each {
                let names = names.into_iter().collect::<Vec<_>>().join(", ");
                context.talk.say(remark.level, &format!("{}: {}: {names}", needed.group.name(), remark.text));
            }
        } else if !each.is_empty() {
            let of = format!("{} of {}", each.len(), counted_as(found.len(), "policy", "policies"));
            let names: BTreeSet<String> = each.into_iter().flat_map(|(_, names)| names).collect();
            context.talk.say(remark.level, &format!("{of}: {}: {}", remark.text, some(&names)));
            is_short |= remark.level != Level::Debug;
        }
    }
    if is_short {
        context.talk.say(Level::Info, "-v says which policies these are");
    }
    joins(found, context);
    sizes(found, asked, context);
    data_events(found, context);
}

/// The first names, and how many more there are.
fn some(names: &BTreeSet<String>) -> String {
    let first = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = names.len().saturating_sub(SHOWN);
    if more > 0 { format!("{first} and {more} more") } else { first }
}

/// Calls that may be somebody else's.
fn joins(found: &[NeededPermissions], context: &CommandContext<'_>) {
    let loose: Vec<&NeededPermissions> = found.iter().filter(|needed| needed.loosely_joined > 0).collect();
    let count = |of: fn(&NeededPermissions) -> u64| loose.iter().map(|needed| of(needed)).sum::<u64>();
    let of = match loose.as_slice() {
        [] => return,
        [one] => one.group.name(),
        several => format!("{} of {}", several.len(), counted_as(found.len(), "policy", "policies")),
    };
    let what = format!(
        "{of}: {} of {} calls were joined to their run by the principal or the session name alone, and may be somebody \
         else's with the same ones; activity --calls shows which",
        count(|needed| needed.loosely_joined),
        count(|needed| needed.calls)
    );
    context.talk.say(Level::Warning, &what);
}

/// Policies that IAM does not take.
fn sizes(found: &[NeededPermissions], asked: Asked, context: &CommandContext<'_>) {
    for needed in found {
        let size = size(&needed.statements(asked.include_denied, asked.with_inferred));
        let (limit, of, remedy) = if size > INLINE_LIMIT {
            (INLINE_LIMIT, "all inline policies of a role", "split it into several managed ones")
        } else if size > MANAGED_LIMIT {
            (MANAGED_LIMIT, "a managed policy", "split it, or make it an inline one")
        } else {
            continue;
        };
        let name = needed.group.name();
        let text =
            format!("{name}: the policy has {size} characters, more than the {limit} that {of} may have; {remedy}");
        context.talk.say(Level::Warning, &text);
    }
}

/// What a trail records only on demand, where nothing of it was recorded.
fn data_events(found: &[NeededPermissions], context: &CommandContext<'_>) {
    let is_data = |needed: &NeededPermissions| DATA_ACTIONS.iter().any(|action| needed.used(true).0.contains(action));
    if !found.is_empty() && !found.iter().any(is_data) {
        let text = "the log files hold no data events of these runs, such as s3:GetObject on the state's bucket; a trail \
                    records data events only where it was set up to; if the runs use data, the policies lack these actions";
        context.talk.say(Level::Info, text);
    }
}
