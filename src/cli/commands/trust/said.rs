//! What the reader of a trust policy must know before it is put to use, a line for each thing and not for each role.

use std::collections::{BTreeMap, BTreeSet};

use crate::audit::trust::expect::Expectation;
use crate::audit::trust::propose::Proposal;
use crate::cli::context::CommandContext;
use crate::cli::terminal::talk::Level;
use crate::report::trust_policy::document;

/// How large a trust policy may be by default, in characters without white space (IAM quotas; can be raised to 8192).
const POLICY_QUOTA: usize = 2048;

/// So many names stand in a line; the rows have all.
const SHOWN: usize = 5;

/// Who got in that nobody expects; `for_review` where a policy is held against what was seen, and none is made.
pub(super) fn strangers(
    strangers: &BTreeMap<&str, BTreeSet<&str>>,
    expectation: &Expectation,
    for_review: bool,
    context: &CommandContext<'_>,
) {
    for (organization, roles) in strangers {
        let what = match (expectation.admit_unexpected, for_review) {
            (true, _) => "it is covered, since --admit-unexpected was given",
            (false, true) => "its subjects are not among those that the policy should admit",
            (false, false) => {
                "it is left out; if it is yours, name it in expected_organizations, or give --admit-unexpected"
            }
        };
        let text = format!("organization {organization}, which nobody expects, was granted {}: {what}", list(roles));
        context.talk.say(Level::Warning, &text);
    }
}

/// What else there is to say of proposals.
pub(super) fn about(proposals: &[Proposal], expectation: &Expectation, any_phase: bool, context: &CommandContext<'_>) {
    let say = |text: String| context.talk.say(Level::Warning, &text);
    let organizations: BTreeSet<&str> = proposals.iter().flat_map(|it| &it.organizations).map(|name| &**name).collect();
    if !expectation.is_stated() && !organizations.is_empty() {
        let who = list(&organizations);
        say(format!(
            "no flag and no config file says which organizations are yours, so the policies admit every one that got in: {who}; name yours in expected_organizations, or with --org"
        ));
    }
    let shared = roles(proposals, |it| it.organizations.len() > 1);
    if !shared.is_empty() {
        say(format!("covers more than one organization: {}; --org names those that shall get in", list(&shared)));
    }
    stops(proposals, &say);
    let split = roles(proposals, |it| !it.split.is_empty());
    if any_phase && !split.is_empty() {
        say(format!("--any-phase undoes the split of plan and apply, which have roles of their own: {}", list(&split)));
    }
    let unseen: usize = proposals.iter().map(|it| it.unseen.len()).sum();
    if unseen > 0 {
        let on = list(&roles(proposals, |it| !it.unseen.is_empty()));
        // A wildcard would undo the split of those that have one.
        let advice = if split.is_empty() {
            "a longer window, or --any-phase, covers them"
        } else {
            "a longer window may show them"
        };
        let phases = if unseen == 1 {
            "one phase of a workspace was".to_owned()
        } else {
            format!("{unseen} phases of workspaces were")
        };
        say(format!("{phases} not seen, and not admitted to {on}; the column unseen has them, and {advice}"));
    }
    for proposal in proposals {
        let length = document(&proposal.trusts).to_string().chars().count();
        if length > POLICY_QUOTA {
            let role = &proposal.role_arn;
            say(format!(
                "{role}: the policy has {length} characters, and IAM takes {POLICY_QUOTA} unless the quota was raised"
            ));
        }
    }
}

/// What stops working: a line for each reason.
fn stops(proposals: &[Proposal], say: &impl Fn(String)) {
    let mut reasons: BTreeMap<&str, (BTreeSet<&str>, BTreeSet<&str>)> = BTreeMap::new();
    for proposal in proposals {
        for stop in &proposal.stops {
            let (subjects, roles) = reasons.entry(stop.reason).or_default();
            subjects.insert(&stop.subject);
            roles.insert(&proposal.role_arn);
        }
    }
    for (reason, (subjects, roles)) in reasons {
        say(format!("stops working, {reason}: {} on {}", list(&subjects), list(&roles)));
    }
}

fn roles(proposals: &[Proposal], is_one: impl Fn(&Proposal) -> bool) -> BTreeSet<&str> {
    proposals.iter().filter(|it| is_one(it)).map(|it| &*it.role_arn).collect()
}

fn list(names: &BTreeSet<&str>) -> String {
    let shown: Vec<&str> = names.iter().copied().take(SHOWN).collect();
    let more = names.len().saturating_sub(SHOWN);
    if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") }
}
