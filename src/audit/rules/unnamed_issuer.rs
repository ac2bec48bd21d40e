//! A subject of Terraform's form that an issuer signed whom nobody named.

use super::each::each;
use super::gather::{FindingPlace, RuleHit};
use super::rule::{BoxedDetector, DetectorFactory, Rule, RuleContext};
use crate::domain::finding::Severity;
use crate::domain::subject::{Subject, SubjectKind};

pub(super) const RULE: Rule = Rule {
    id: "unnamed-issuer",
    title: "an issuer that nobody named signs Terraform subjects, and gets in",
    severity: Severity::High,
    meaning: "The subject has one of the documented forms of Terraform in full, but its issuer is neither HCP Terraform nor a host \
              given by --tfe-host or tfe_hosts.",
    why: "Either a Terraform Enterprise host is missing from this audit, and its runs with it, or somebody created an identity \
          provider of their own in the account, which is a known way to keep access: who owns the issuer signs any subject.",
    source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html",
    remedy: "If the host is yours, name it with --tfe-host. If not, remove the identity provider from IAM, and find out who created \
             it (CreateOpenIDConnectProvider in CloudTrail).",
    unknown: "Who owns the host: a Terraform Enterprise host of yours looks the same until it is named.",
    needs: "",
    through_others: "",
    open: DetectorFactory::Always(open),
};

const DENIED: &str = "an issuer that nobody named signs Terraform subjects, and was denied";

fn open(context: RuleContext<'_>) -> BoxedDetector<'_> {
    each(&RULE, context.asked, move |event| {
        let Subject::Other(text) = &event.assumption.subject else { return None };
        if event.issuer_is_named || Subject::parse(text).kind() == SubjectKind::Other {
            return None;
        }
        let issuer = event.assumption.issuer.as_deref().unwrap_or_default();
        let place = FindingPlace::account(event.assumption).with("issuer", issuer);
        let (severity, title) = if event.granted { (RULE.severity, RULE.title) } else { (Severity::Medium, DENIED) };
        Some(RuleHit::new(severity, title, place).showing("subject", &**text))
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::audit::rules::sample::{RuleCase, check};

    #[test]
    fn cases() {
        let any = RuleCase::new();
        let like = "sub=organization:acme:project:p:workspace:w:run_phase:plan";
        let host = "issuer=tfe.corp.example";
        check(&RULE, &any, &format!("{host} {like}"), "high account=111122223333 count=1");
        check(&RULE, &any, &format!("{host} {like} denied"), "medium account=111122223333 count=1");
        check(&RULE, &any.host("tfe.corp.example"), &format!("{host} {like}"), "");
        check(&RULE, &any, "org=acme", "");
        check(&RULE, &any, "issuer=agent.buildkite.com sub=organization:acme:pipeline:web:ref:refs/heads/main", "");
        check(&RULE, &any, "issuer=token.actions.githubusercontent.com sub=repo:acme/web:ref:refs/heads/main", "");
    }
}
