//! A caller that is no Terraform.

use hashbrown::HashMap;

use super::each::each;
use super::gather::{FindingPlace, RuleHit};
use super::rule::{BoxedDetector, DetectorFactory, Rule, RuleContext};
use crate::domain::finding::Severity;

pub(super) const RULE: Rule = Rule {
    id: "unusual-user-agent",
    title: "a run's token was used by something that is no Terraform provider",
    severity: Severity::Medium,
    meaning: "The user agent names neither terraform-provider-aws, nor another Terraform provider, nor a \
              Terraform or OpenTofu backend. If it was denied, the severity is low.",
    why: "STS is called by the AWS provider inside the run. The AWS CLI or an SDK of another language there is a script in the run, or a \
          copy of the token at work elsewhere.",
    source: "https://github.com/HackTricks-wiki/hacktricks-cloud/blob/master/src/pentesting-ci-cd/terraform-security.md",
    remedy: "Find the script, or treat the token as stolen and review what the session did.",
    unknown: "A user agent can be made up, so one that is right proves nothing. Events without one are left out.",
    needs: "",
    through_others: "",
    open: DetectorFactory::Always(open),
};

fn open(context: RuleContext<'_>) -> BoxedDetector<'_> {
    let mut of_terraform: HashMap<u32, bool> = HashMap::new();
    each(&RULE, context.asked, move |event| {
        let agent = event.assumption.user_agent.as_deref()?;
        let names_terraform = || agent.split_ascii_whitespace().any(is_terraform);
        if !event.is_decoded() || *of_terraform.entry(event.codes.agent).or_insert_with(names_terraform) {
            return None;
        }
        let severity = if event.granted { RULE.severity } else { Severity::Low };
        Some(RuleHit::new(severity, RULE.title, FindingPlace::workspace(event.assumption)).showing("user_agent", agent))
    })
}

/// Whether a word of a user agent is Terraform's. Tokens by name, not by position (DOMAIN §3).
pub(super) fn is_terraform(token: &str) -> bool {
    let name = token.split('/').next().unwrap_or_default();
    name == "Terraform" || name.starts_with("terraform-provider-") || name == "OpenTofu-S3-Backend"
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::audit::rules::sample::{RuleCase, check};

    #[test]
    fn cases() {
        let any = RuleCase::new();
        let place = "account=111122223333 org=acme project=p workspace=w";
        check(&RULE, &any, "agent=aws-cli/2.15.0_Python/3.11", &format!("medium {place} count=1"));
        check(&RULE, &any, "agent=Boto3/1.34 denied", &format!("low {place} count=1"));
        check(&RULE, &any, "agent=myTerraform/9_x-terraform-provider-aws/9", &format!("medium {place} count=1"));
        check(&RULE, &any, "agent=APN/1.0_Terraform/1.9.5_terraform-provider-aws/5.70.0", "");
        check(&RULE, &any, "agent=APN/1.0_HashiCorp/1.0_Terraform/1.9.5", "");
        check(&RULE, &any, "agent=APN/1.0_OpenTofu-S3-Backend/1.0", "");
        check(&RULE, &any, "agent=terraform-provider-awscc/1.0", "");
        check(&RULE, &any, "agent=", "");
        check(&RULE, &any, "issuer=token.actions.githubusercontent.com sub=x agent=aws-sdk-js/3", "");
    }
}
