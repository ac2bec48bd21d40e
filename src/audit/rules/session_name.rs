//! A workspace whose session is not named after a run.

use super::each::each;
use super::gather::{FindingPlace, RuleHit};
use super::rule::{BoxedDetector, DetectorFactory, Rule, RuleContext};
use crate::domain::finding::Severity;
use crate::domain::subject::SubjectKind;

pub(super) const RULE: Rule = Rule {
    id: "unusual-session-name",
    title: "a workspace's session is not named after a run",
    severity: Severity::Medium,
    meaning: "HCP Terraform names the sessions of workspaces terraform-run-RUNID, and this session has another \
              name. AWS SDKs make up a name of digits (low) where none is given; for Stacks that is normal.",
    why: "Terraform itself does not choose other names. Whoever calls STS by hand with the token of a run does, for example a script \
          in the run, or somebody who copied the token out of it.",
    source: "https://github.com/HackTricks-wiki/hacktricks-cloud/blob/master/src/pentesting-ci-cd/terraform-security.md",
    remedy: "Look at the user agent and the source address of the events and at the code of the workspace. Replace scripts that call \
             STS themselves by TFC_AWS_PROVIDER_AUTH.",
    unknown: "Whether the name was set on purpose in an assume_role_with_web_identity block. A thief who knows the pattern is not seen. \
              The names of module tests are not documented, so they are left out.",
    needs: "",
    through_others: "",
    open: DetectorFactory::Always(open),
};

fn open(context: RuleContext<'_>) -> BoxedDetector<'_> {
    each(&RULE, context.asked, move |event| {
        let assumption = event.assumption;
        let session = assumption.role_session_name.as_deref()?;
        let is_default = is_clock(session);
        let is_usual = match assumption.subject.kind() {
            SubjectKind::Workspace => is_of_run(session),
            SubjectKind::Stack => is_of_run(session) || is_default,
            SubjectKind::ModuleTest | SubjectKind::Other => true,
        };
        if is_usual {
            return None;
        }
        let severity = if event.granted && !is_default { RULE.severity } else { Severity::Low };
        let hit =
            RuleHit::new(severity, RULE.title, FindingPlace::workspace(assumption)).showing("session_name", session);
        Some(match assumption.user_agent.as_deref() {
            Some(agent) => hit.showing("user_agent", agent),
            None => hit,
        })
    })
}

/// `terraform-run-` and an id, of whatever kind of run.
fn is_of_run(session: &str) -> bool {
    let id = session.strip_prefix("terraform-run-").unwrap_or_default();
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Unix time in nanoseconds, alone or behind the name of the SDK (DOMAIN §1).
fn is_clock(session: &str) -> bool {
    let digits = session.strip_prefix("aws-go-sdk-").unwrap_or(session);
    digits.len() >= 10 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::audit::rules::sample::{RuleCase, check};

    #[test]
    fn cases() {
        let any = RuleCase::new();
        let place = "account=111122223333 org=acme project=p workspace=w";
        check(&RULE, &any, "session=build-session", &format!("medium {place} count=1"));
        check(&RULE, &any, "session=build-session denied", &format!("low {place} count=1"));
        check(&RULE, &any, "session=1699456147945229070", &format!("low {place} count=1"));
        check(&RULE, &any, "session=x-terraform-run-run-abc", &format!("medium {place} count=1"));
        check(&RULE, &any, "session=terraform-run-run-abc | session=terraform-run-abc", "");
        check(&RULE, &any, "session=terraform-run-trun-abc", "");
        check(&RULE, &any, "stack=s session=1699456147945229070 | stack=s session=aws-go-sdk-1699456147945229070", "");
        check(&RULE, &any, "stack=s session=mine", "medium account=111122223333 org=acme project=p count=1");
        check(&RULE, &any, "module=m session=mine", "");
        check(&RULE, &any, "issuer=token.actions.githubusercontent.com sub=x session=GitHubActions", "");
    }
}
