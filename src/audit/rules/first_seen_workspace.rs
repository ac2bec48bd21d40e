//! A workspace or deployment that got in for the first time.

use super::first_seen::{Decisive, Novelty, first_seen};
use super::gather::FindingPlace;
use super::rule::{BoxedDetector, DetectorFactory, Rule, RuleContext};
use crate::audit::baseline::FactRef;
use crate::domain::assumption::Assumption;
use crate::domain::finding::Severity;

pub(super) const RULE: Rule = Rule {
    id: "first-seen-workspace",
    title: "a workspace got in for the first time",
    severity: Severity::Info,
    meaning: "No assumption of the workspace, or of the Stack's deployment, was granted in the baseline, though some of its project were.",
    why: "Most new workspaces are work as usual. In a quiet account each one is worth a line.",
    source: "https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/aws-configuration",
    remedy: "Check that somebody asked for it; a role that admits every workspace of the project should name its workspaces.",
    unknown: "Whether the workspace is new or only renamed.",
    needs: "a baseline",
    through_others: "what was seen before it",
    open: DetectorFactory::IfGiven(open),
};

fn open(context: RuleContext<'_>) -> Option<BoxedDetector<'_>> {
    let new = Novelty::of(Decisive::Owner, workspace_or_deployment, FindingPlace::workspace);
    first_seen(&RULE, context, Novelty { wider: &[FactRef::organization, FactRef::project], ..new })
}

fn workspace_or_deployment(event: &Assumption) -> Option<FactRef<'_>> {
    FactRef::workspace(event).or_else(|| FactRef::deployment(event))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::audit::rules::sample::{RuleCase, check};

    #[test]
    fn cases() {
        let known = RuleCase::new().before("org=acme project=p workspace=w role=r");
        check(&RULE, &known, "workspace=new", "info account=111122223333 org=acme project=p workspace=new count=1");
        check(&RULE, &known, "stack=s", "info account=111122223333 org=acme project=p count=1");
        check(&RULE, &known, "workspace=w phase=apply", "");
        check(&RULE, &known, "workspace=new denied", "");
        check(&RULE, &known, "project=new workspace=w", "");
        check(&RULE, &RuleCase::new(), "workspace=new", "");
    }
}
