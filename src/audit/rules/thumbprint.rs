//! A public issuer that is trusted by a pinned thumbprint.

use super::each::each;
use super::gather::{FindingPlace, RuleHit};
use super::rule::{BoxedDetector, DetectorFactory, Rule, RuleContext};
use crate::domain::finding::Severity;
use crate::domain::issuer::HCP_HOSTS;

pub(super) const RULE: Rule = Rule {
    id: "thumbprint-verification",
    title: "HCP Terraform is trusted by a pinned certificate thumbprint",
    severity: Severity::Medium,
    meaning: "AWS checked the certificate of app.terraform.io or app.eu.terraform.io against the thumbprint of the identity provider, \
              and not against its own store of certificate authorities.",
    why: "AWS uses thumbprints only for issuers that its store does not trust. HCP Terraform has a public certificate, so this is odd: \
          a pin may outlive its key, or vouch for a certificate that is not HashiCorp's.",
    source: "https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateOpenIDConnectProviderThumbprint.html",
    remedy: "Compare the identity provider's thumbprints with the certificate that the host shows; create the provider again without \
             one.",
    unknown: "Why AWS fell back to it. Events of some years ago do not say how the issuer was verified.",
    needs: "",
    through_others: "",
    open: DetectorFactory::Always(open),
};

fn open(context: RuleContext<'_>) -> BoxedDetector<'_> {
    each(&RULE, context.asked, move |event| {
        let assumption = event.assumption;
        let is_pinned = assumption.verification_method.as_deref() == Some("Thumbprint");
        // A Terraform Enterprise host may have a private authority, for which thumbprints are made.
        let issuer = assumption.issuer.as_deref().filter(|_| is_pinned && event.issuer_is_named)?;
        let host = HCP_HOSTS.into_iter().find(|host| issuer.eq_ignore_ascii_case(host))?;
        Some(RuleHit::new(RULE.severity, RULE.title, FindingPlace::account(assumption).with("issuer", host)))
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::audit::rules::sample::{RuleCase, check};

    #[test]
    fn cases() {
        let any = RuleCase::new();
        check(&RULE, &any, "verified=Thumbprint | verified=Thumbprint", "medium account=111122223333 count=2");
        check(&RULE, &any, "verified=IAMTrustStore | org=acme", "");
        check(&RULE, &any.host("tfe.corp.example"), "issuer=tfe.corp.example verified=Thumbprint", "");
        check(&RULE, &any, "issuer=oidc.eks.example sub=x verified=Thumbprint", "");
    }
}
