//! Terraform or its AWS provider in a version that is out of support.

use super::each::each;
use super::gather::{FindingPlace, RuleHit};
use super::rule::{BoxedDetector, DetectorFactory, Rule, RuleContext};
use super::settings::Settings;
use crate::domain::assumption::Assumption;
use crate::domain::finding::Severity;
use crate::domain::user_agent::{provider_version, terraform_version};
use crate::domain::version::Version;

pub(super) const RULE: Rule = Rule {
    id: "end-of-support",
    title: "a run uses a version that is out of support",
    severity: Severity::Low,
    meaning: "The user agent names a Terraform or AWS provider version below the one in end_of_support.",
    why: "Versions out of support get no security fixes, and old providers call STS in ways that newer rules do not expect.",
    source: "https://www.hashicorp.com/customer-success/self-managed-support",
    remedy: "Upgrade Terraform in the workspace's settings, or the provider in its lock file.",
    unknown: "Where OpenTofu runs, its own version stands in the place of Terraform's. User agents can be made up; a provider called dev \
              has no version.",
    needs: "end_of_support",
    through_others: "",
    open: DetectorFactory::IfGiven(open),
};

fn open(context: RuleContext<'_>) -> Option<BoxedDetector<'_>> {
    let settings = context.settings;
    if settings.terraform_support.is_none() && settings.provider_support.is_none() {
        return None;
    }
    Some(each(&RULE, context.asked, move |event| {
        if !event.granted || !event.is_decoded() {
            return None;
        }
        let old = old_versions(event.assumption, settings);
        if old.iter().all(Option::is_none) {
            return None;
        }
        let hit = RuleHit::new(RULE.severity, RULE.title, FindingPlace::workspace(event.assumption));
        Some(old.into_iter().flatten().fold(hit, |hit, (name, version)| hit.showing(name, version)))
    }))
}

/// The versions of an event that are below their limits, with their names.
fn old_versions<'a>(event: &'a Assumption, settings: &Settings) -> [Option<(&'static str, &'a str)>; 2] {
    let agent = event.user_agent.as_deref().unwrap_or_default();
    let old = |version: Option<&'a str>, limit: &Option<Version>| {
        let limit = limit.as_ref()?;
        version.filter(|version| Version::parse(version).is_some_and(|version| version.is_below(limit)))
    };
    [
        old(terraform_version(agent), &settings.terraform_support).map(|version| ("terraform_version", version)),
        old(provider_version(agent), &settings.provider_support).map(|version| ("provider_version", version)),
    ]
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::audit::rules::sample::{RuleCase, check};

    #[test]
    fn cases() {
        let limits = RuleCase::new().support("1.9", "5.0");
        let found = "low account=111122223333 org=acme project=p workspace=w count=1";
        check(&RULE, &limits, "agent=Terraform/1.5.7_terraform-provider-aws/5.1.0", found);
        check(&RULE, &limits, "agent=Terraform/1.10.0_terraform-provider-aws/4.67.0", found);
        check(&RULE, &limits, "agent=Terraform/1.9.0_terraform-provider-aws/5.0.0", "");
        check(&RULE, &limits, "agent=Terraform/1.10.0_terraform-provider-aws/dev", "");
        check(&RULE, &limits, "agent=Terraform/1.5.7 denied", "");
        check(&RULE, &limits, "agent=myTerraform/1.5.7", "");
        check(&RULE, &RuleCase::new(), "agent=Terraform/0.12.0", "");
    }
}
