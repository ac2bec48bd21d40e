//! One role that several organizations get.

use super::by_role::{Among, by_role};
use super::rule::{BoxedDetector, DetectorFactory, Rule, RuleContext};
use crate::domain::assumption::Assumption;
use crate::domain::finding::Severity;
use crate::domain::issuer::HCP_HOSTS;

pub(super) const RULE: Rule = Rule {
    id: "role-shared-by-organizations",
    title: "one role is given to several organizations",
    severity: Severity::High,
    meaning: "Runs of more than one organization got the same role. An organization of the same name on another issuer is another \
              one.",
    why: "A role that admits more than one organization has a trust policy without a condition on the organization, or a loose \
          one; whoever it admits beside you has the same permissions.",
    source: "https://www.wiz.io/blog/avoiding-mistakes-with-aws-oidc-integration-conditions",
    remedy: "Give each organization a role of its own, with the organization spelt out in the condition on the subject.",
    unknown: "Whether all of them are yours; for a renamed organization, set organization_aliases.",
    needs: "",
    through_others: "who else was given its roles",
    open: DetectorFactory::Always(open),
};

fn open<'a>(context: RuleContext<'a>) -> BoxedDetector<'a> {
    let settings = context.settings;
    let of = move |event: &'a Assumption| {
        let organization = settings.current_name(event.subject.organization()?);
        let issuer = event.issuer.as_deref().unwrap_or_default();
        Some(if issuer == HCP_HOSTS[0] { organization.into() } else { format!("{issuer}/{organization}").into() })
    };
    by_role(&RULE, context.asked, Among::Account, "organization", of, |organizations| {
        (organizations.len() > 1).then_some(RULE.severity)
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::audit::rules::sample::{RuleCase, check};

    #[test]
    fn cases() {
        let any = RuleCase::new();
        check(&RULE, &any, "org=acme role=r | org=evil role=r", "high account=111122223333 count=2");
        check(&RULE, &any, "org=acme role=r | org=acme role=r", "");
        check(&RULE, &any, "org=acme role=r | org=evil role=r2", "");
        check(&RULE, &any, "org=acme role=r | org=evil role=r denied", "");
        check(&RULE, &any.alias("old", "acme"), "org=old role=r | org=acme role=r", "");
        let europe = "org=acme role=r issuer=app.eu.terraform.io";
        check(&RULE, &any, &format!("org=acme role=r | {europe}"), "high account=111122223333 count=2");
    }
}
