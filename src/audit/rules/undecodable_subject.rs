//! A subject of a known issuer that has none of the documented forms.

use super::each::each;
use super::gather::{FindingPlace, RuleHit};
use super::rule::{BoxedDetector, DetectorFactory, Rule, RuleContext};
use crate::domain::finding::Severity;
use crate::domain::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "undecodable-subject",
    title: "a subject of a known issuer has none of the documented forms",
    severity: Severity::Medium,
    meaning: "HCP Terraform or a named Terraform Enterprise host signed the subject, but it is not a complete \
              workspace run, Stack operation or module test. No other rule can tell whose it is.",
    why: "The subject is all that a trust policy can check. A form that is not documented may slip through a pattern that was \
          written for those that are.",
    source: "https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/workload-identity-tokens",
    remedy: "Read the subject in the evidence. If it is a new form of HCP Terraform, wait for a release that knows it; if not, \
             see who could have a token issued with it.",
    unknown: "Forms that were introduced after this program.",
    needs: "",
    through_others: "",
    open: DetectorFactory::Always(open),
};

fn open(context: RuleContext<'_>) -> BoxedDetector<'_> {
    each(&RULE, context.asked, move |event| {
        let Subject::Other(text) = &event.assumption.subject else { return None };
        if !event.issuer_is_named {
            return None;
        }
        let place = FindingPlace::account(event.assumption);
        let severity = if event.granted { RULE.severity } else { Severity::Low };
        Some(RuleHit::new(severity, RULE.title, place).showing("subject", &**text))
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::audit::rules::sample::{RuleCase, check};

    #[test]
    fn cases() {
        let any = RuleCase::new();
        check(&RULE, &any, "sub=organization:acme:team:t:run_phase:plan", "medium account=111122223333 count=1");
        check(&RULE, &any, "sub=x denied | sub=y denied", "low account=111122223333 count=2");
        check(&RULE, &any, "sub=x role=a denied | sub=x role=b denied", "low account=111122223333 count=2");
        check(&RULE, &any, "org=acme", "");
        check(&RULE, &any, "issuer=token.actions.githubusercontent.com sub=repo:acme/web", "");
        check(
            &RULE,
            &any.host("tfe.corp.example"),
            "issuer=TFE.corp.example sub=x",
            "medium account=111122223333 count=1",
        );
    }
}
