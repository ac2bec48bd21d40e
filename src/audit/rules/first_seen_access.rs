//! A known workspace in an account that it never was in.

use super::first_seen::{Decisive, New, first_seen};
use super::gather::Place;
use super::rule::{Context, Open, Opened, Rule};
use crate::audit::baseline::Shown;
use crate::domain::finding::Severity;

pub(super) const RULE: Rule = Rule {
    id: "first-seen-access",
    title: "a workspace got into an account for the first time",
    severity: Severity::Medium,
    meaning: "The workspace was granted roles before, but none in this account.",
    why: "Workspaces seldom change their accounts. One that reaches further was given a role there, or found one that admits it.",
    source: "https://blog.plerion.com/hacking-terraform-state-privilege-escalation/",
    remedy: "Check that somebody moved or extended the workspace; if not, see who changed its variables, and tighten the role's trust policy.",
    unknown: "Who changed the variables: that is in Terraform's audit log.",
    needs: "a baseline",
    open: Open::IfGiven(open),
};

fn open(context: Context<'_>) -> Option<Opened<'_>> {
    let new = New::of(Decisive::Access, Shown::account_workspace, Place::workspace);
    first_seen(&RULE, context, New { wider: &[Shown::workspace], ..new })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::audit::rules::sample::{Case, check};

    #[test]
    fn cases() {
        let known = Case::new().before("org=acme project=p workspace=w role=r");
        check(
            &RULE,
            &known,
            "account=222233334444",
            "medium account=222233334444 org=acme project=p workspace=w count=1",
        );
        check(&RULE, &known, "account=111122223333", "");
        check(&RULE, &known, "account=222233334444 denied", "");
        check(&RULE, &known, "account=222233334444 workspace=new", "");
        check(&RULE, &Case::new(), "account=222233334444", "");
    }
}
