//! A workspace or deployment that got in for the first time.

use super::first_seen::{Decisive, New, first_seen};
use super::gather::Place;
use super::rule::{Context, Open, Opened, Rule};
use crate::audit::baseline::Shown;
use crate::domain::assumption::Assumption;
use crate::domain::finding::Severity;

pub(super) const RULE: Rule = Rule {
    id: "first-seen-workspace",
    title: "a workspace got in for the first time",
    severity: Severity::Info,
    meaning: "No assumption of the workspace, or of the Stack's deployment, was granted in the baseline, though some of its project were.",
    why: "Most new workspaces are work as usual. In a quiet account each one is worth a line.",
    source: "https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/aws-configuration",
    remedy: "Check that somebody asked for it; a role that any workspace of the project gets should name its workspaces.",
    unknown: "Whether the workspace is new or only renamed.",
    needs: "a baseline",
    open: Open::IfGiven(open),
};

fn open(context: Context<'_>) -> Option<Opened<'_>> {
    let new = New::of(Decisive::Owner, workspace_or_deployment, Place::workspace);
    first_seen(&RULE, context, New { wider: &[Shown::organization, Shown::project], ..new })
}

fn workspace_or_deployment(event: &Assumption) -> Option<Shown<'_>> {
    Shown::workspace(event).or_else(|| Shown::deployment(event))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::audit::rules::sample::{Case, check};

    #[test]
    fn cases() {
        let known = Case::new().before("org=acme project=p workspace=w role=r");
        check(&RULE, &known, "workspace=new", "info account=111122223333 org=acme project=p workspace=new count=1");
        check(&RULE, &known, "stack=s", "info account=111122223333 org=acme project=p count=1");
        check(&RULE, &known, "workspace=w phase=apply", "");
        check(&RULE, &known, "workspace=new denied", "");
        check(&RULE, &known, "project=new workspace=w", "");
        check(&RULE, &Case::new(), "workspace=new", "");
    }
}
