//! Who is let in from outside the accounts that are known.

use crate::audit::activity::call_target::CallTarget;
use crate::audit::activity::run_call_group::RunCallGroup;
use crate::audit::activity::runs_activity::RunsActivity;
use crate::domain::role::{arn_account, is_account};

/// Those whom the calls of a group let in and who are of no known account; `*` is everybody. Services, and principals that are
/// named by ids that tell no account, are left out.
pub(super) fn strangers<'a>(group: &'a RunCallGroup, activity: &RunsActivity<'_>) -> Vec<&'a str> {
    let grantees = group.kind.targets.iter().filter_map(|target| match target {
        CallTarget::Grantee(text) => Some(&**text),
        _ => None,
    });
    let is_stranger = |grantee: &&str| *grantee == "*" || account(grantee).is_some_and(|it| !activity.knows(it));
    grantees.filter(is_stranger).collect()
}

/// The account of a principal: its id, or the ARN of IAM or STS.
fn account(grantee: &str) -> Option<&str> {
    if is_account(grantee) {
        return Some(grantee);
    }
    let service = grantee.split(':').nth(2)?;
    matches!(service, "iam" | "sts").then(|| arn_account(grantee)).flatten()
}
