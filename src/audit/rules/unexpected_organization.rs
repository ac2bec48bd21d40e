//! An organization that nobody expects.

use super::each::each;
use super::gather::{FindingPlace, RuleHit};
use super::rule::{BoxedDetector, DetectorFactory, Rule, RuleContext};
use crate::domain::finding::Severity;

pub(super) const RULE: Rule = Rule {
    id: "unexpected-organization",
    title: "an organization that is not expected got in",
    severity: Severity::Critical,
    meaning: "A token of an organization outside expected_organizations was presented for a role. Granted, the stranger had its \
              permissions; denied, somebody tried.",
    why: "HCP Terraform is one issuer for all its customers. A role whose trust policy has no condition on the subject, or a \
          loose one such as organization:acme*, lets every customer in. AWS refuses such policies when they are written today, but \
          leaves those that exist alone.",
    source: "https://www.wiz.io/blog/avoiding-mistakes-with-aws-oidc-integration-conditions",
    remedy: "Granted: pin the subject in the role's trust policy to your organization, project and workspace, and review what the \
             session did. Denied: make sure that no other role admits it. If the organization is yours, add it to \
             expected_organizations.",
    unknown: "Whether an organization of the expected name is still yours: names can be given up and registered again.",
    needs: "expected_organizations",
    through_others: "",
    open: DetectorFactory::IfGiven(open),
};

const DENIED: &str = "an organization that is not expected was denied";

fn open(context: RuleContext<'_>) -> Option<BoxedDetector<'_>> {
    let settings = context.settings;
    if settings.expected_organizations.is_empty() {
        return None;
    }
    Some(each(&RULE, context.asked, move |event| {
        let organization = event.assumption.subject.organization()?;
        if settings.expects(organization) {
            return None;
        }
        // A stranger who tries many roles of an account is one, and the roles are evidence.
        let place = FindingPlace::organization(event.assumption);
        let (severity, title) = if event.granted { (RULE.severity, RULE.title) } else { (Severity::Medium, DENIED) };
        Some(RuleHit::new(severity, title, place).showing("subject", event.assumption.subject.to_string()))
    }))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::audit::rules::sample::{RuleCase, check};

    #[test]
    fn cases() {
        let acme = RuleCase::new().expects(&["acme"]);
        check(&RULE, &acme, "org=evil", "critical account=111122223333 org=evil count=1");
        check(&RULE, &acme, "org=evil denied | org=evil denied", "medium account=111122223333 org=evil count=2");
        let many: Vec<String> = (0..20).map(|at| format!("org=evil role=r{at} denied")).collect();
        check(&RULE, &acme, &many.join(" | "), "medium account=111122223333 org=evil count=20");
        check(&RULE, &acme, "org=evil role=a | org=evil role=b", "critical account=111122223333 org=evil count=2");
        let two = "critical account=111122223333 org=evil count=1 | critical account=222233334444 org=evil count=1";
        check(&RULE, &acme, "org=evil | org=evil account=222233334444", two);
        check(&RULE, &acme, "org=acme | org=acme denied", "");
        check(&RULE, &acme, "org=acme-evil", "critical account=111122223333 org=acme-evil count=1");
        check(&RULE, &acme, "org=ACME", "critical account=111122223333 org=ACME count=1");
        check(&RULE, &acme.alias("old", "acme"), "org=old", "");
        check(&RULE, &acme.alias("old", "acme"), "org=older", "critical account=111122223333 org=older count=1");
        check(&RULE, &acme, "issuer=token.actions.githubusercontent.com sub=repo:evil/x", "");
        check(&RULE, &RuleCase::new(), "org=evil", "");
    }
}
