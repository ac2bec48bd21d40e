//! The default audience where another one is configured.

use super::each::each;
use super::gather::{FindingPlace, RuleHit};
use super::rule::{BoxedDetector, DetectorFactory, Rule, RuleContext};
use crate::domain::finding::Severity;

pub(super) const RULE: Rule = Rule {
    id: "default-audience",
    title: "a token with the default audience got in",
    severity: Severity::Medium,
    meaning: "The audience is aws.workload.identity, which every organization can use, though the config key \
              audience names another one. If it was denied, the severity is low: the workspace lacks the \
              variable.",
    why: "An audience of your own is a second hurdle for strangers only if no identity provider and no role also \
          accepts the default one.",
    source: "https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/aws-configuration",
    remedy: "Remove aws.workload.identity from the identity provider's audiences and from the role's condition; set \
             TFC_AWS_WORKLOAD_IDENTITY_AUDIENCE in all workspaces.",
    unknown: "The rule says nothing about insiders: whoever sets a workspace's variables chooses the audience.",
    needs: "audience",
    through_others: "",
    open: DetectorFactory::IfGiven(open),
};

/// DOMAIN §1, Variables.
const DEFAULT: &str = "aws.workload.identity";

fn open(context: RuleContext<'_>) -> Option<BoxedDetector<'_>> {
    let is_custom = context.settings.audience.as_deref().is_some_and(|audience| audience != DEFAULT);
    if !is_custom {
        return None;
    }
    Some(each(&RULE, context.asked, move |event| {
        if !event.issuer_is_named || event.assumption.audience.as_deref() != Some(DEFAULT) {
            return None;
        }
        let (severity, title) = if event.granted {
            (RULE.severity, RULE.title)
        } else {
            (Severity::Low, "a token with the default audience was denied")
        };
        Some(RuleHit::new(severity, title, FindingPlace::organization(event.assumption)))
    }))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::audit::rules::sample::{RuleCase, check};

    #[test]
    fn cases() {
        let custom = RuleCase::new().audience("aws.workload.identity.acme");
        let place = "account=111122223333 org=acme";
        check(&RULE, &custom, "audience=aws.workload.identity", &format!("medium {place} count=1"));
        check(&RULE, &custom, "audience=aws.workload.identity denied", &format!("low {place} count=1"));
        let roles = "audience=aws.workload.identity role=a | audience=aws.workload.identity role=b";
        check(&RULE, &custom, roles, &format!("medium {place} count=2"));
        check(&RULE, &custom, "audience=aws.workload.identity.acme | audience=aws.workload.identity.x | audience=", "");
        check(&RULE, &custom, "issuer=oidc.eks.example sub=x audience=aws.workload.identity", "");
        check(&RULE, &RuleCase::new(), "audience=aws.workload.identity", "");
        check(&RULE, &RuleCase::new().audience("aws.workload.identity"), "audience=aws.workload.identity", "");
    }
}
