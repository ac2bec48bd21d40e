//! A session that left for an account that nobody knows.

use super::NEEDS;
use super::over_runs::over_runs;
use crate::audit::activity::call_target::CallTarget;
use crate::audit::activity::run_call_group::RunCallGroup;
use crate::audit::activity::runs_activity::RunsActivity;
use crate::audit::rules::gather::{FindingCollector, FindingPlace, RuleHit};
use crate::audit::rules::group_part::GroupPart;
use crate::audit::rules::rule::{BoxedCallDetector, DetectorFactory, Rule, RuleContext};
use crate::domain::finding::Severity;
use crate::domain::role::{arn_account, is_account};
use crate::domain::session_call::CallOutcome;

pub(in crate::audit::rules) const RULE: Rule = Rule {
    id: "chained-out",
    title: "a run went on into an account that is not known",
    severity: Severity::High,
    meaning: "A session of a run assumed a role in an account that [accounts] of the config file does not name, in which no run was given \
              a role, and of which no log file was read (high; low where [accounts] is empty, or if it was denied); or it asked for a \
              signed token that says to others who it is (GetWebIdentityToken, medium).",
    why: "With a role in an account of somebody else, data leaves, and what happens there is in no log of yours. A token of AWS is taken \
          by services outside of AWS as well.",
    source: "https://hackingthe.cloud/aws/post_exploitation/role-chain-juggling/",
    remedy: "Find out whose account or audience it is. If it is yours, name it in [accounts]; if not, take sts:AssumeRole on foreign roles \
             and sts:GetWebIdentityToken from the role, or refuse them by a service control policy.",
    unknown: "Which accounts are yours, where nobody names them and only the log files of some are read. A refused AssumeRole names the \
              role only in its message.",
    needs: NEEDS,
    through_others: "",
    open: DetectorFactory::OfCalls(open),
};

const DENIED: &str = "a run was denied a role in an account that is not known";

const TOKEN: &str = "a run asked for a token that tells others who it is";

fn open<'a>(context: RuleContext<'a>, activity: &'a RunsActivity<'a>) -> BoxedCallDetector<'a> {
    let are_named = !context.settings.accounts.is_empty();
    over_runs(&RULE, move |run, found| {
        for group in run.groups.iter().filter(|group| group.kind.operation.service.as_deref() == Some("sts")) {
            if group.kind.operation.event_name.as_deref() == Some("GetWebIdentityToken") {
                add_token(group, found);
                continue;
            }
            for target in &group.kind.targets {
                let CallTarget::Role(role) = target else { continue };
                let account = Some(&**role).filter(|text| is_account(text)).or_else(|| arn_account(role));
                let Some(account) = account.filter(|account| !activity.knows(account)) else { continue };
                let (severity, title) = match (group.outcome(), are_named) {
                    (CallOutcome::Failed, _) => continue,
                    (CallOutcome::Denied, _) => (Severity::Low, DENIED),
                    (CallOutcome::Ok, true) => (RULE.severity, RULE.title),
                    (CallOutcome::Ok, false) => (Severity::Low, RULE.title),
                };
                let place = FindingPlace::run_of_calls(group)
                    .and(if title == DENIED { "denied_into" } else { "into" }, account);
                found
                    .add_calls(RuleHit::new(severity, title, place).showing("assumed", &**role), GroupPart::all(group));
            }
        }
    })
}

fn add_token<'a>(group: &'a RunCallGroup, found: &mut FindingCollector<'a>) {
    if group.outcome() != CallOutcome::Ok {
        return;
    }
    let audiences = group.kind.targets.iter().filter_map(|target| match target {
        CallTarget::Audience(text) => Some(&**text),
        _ => None,
    });
    let hit = RuleHit::new(Severity::Medium, TOKEN, FindingPlace::run_of_calls(group));
    found.add_calls(hit.showing_all("audience", audiences), GroupPart::all(group));
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::audit::rules::calls::sample::{check, evidence};
    use crate::audit::rules::sample::RuleCase;

    #[test]
    fn cases() {
        let any = RuleCase::new();
        let named = any.account("111122223333");
        let assume =
            |account: &str| format!(r#"call=sts:AssumeRole read params={{"roleArn":"arn:aws:iam::{account}:role/x"}}"#);
        let found = |severity: &str| {
            format!("{severity} account=111122223333 org=acme project=p workspace=w run=run-1 count=1")
        };
        check(&RULE, &named, "", &assume("999900001111"), &found("high"));
        check(&RULE, &any, "", &assume("999900001111"), &found("low"));
        check(&RULE, &named, "", &format!("{} error=AccessDenied", assume("999900001111")), &found("low"));
        check(&RULE, &named, "", &format!("{} error=RegionDisabledException", assume("999900001111")), "");
        check(&RULE, &named, "", &assume("111122223333"), "");
        check(&RULE, &named.account("999900001111"), "", &assume("999900001111"), "");
        check(&RULE, &named, "run=run-9 account=999900001111", &assume("999900001111"), "");
        // Denied, the run was given no role there.
        check(&RULE, &named, "run=run-9 account=999900001111 denied", &assume("999900001111"), &found("high"));
        check(&RULE, &named, "", &assume("999900001111").replace("sts:", "iam:"), "");
        let two = format!("{} | {}", assume("999900001111"), assume("999900002222"));
        check(&RULE, &named, "", &two, &format!("{0} | {0}", found("high")));
        let root = r#"call=sts:AssumeRoot read params={"targetPrincipal":"999900001111"}"#;
        check(&RULE, &named, "", root, &found("high"));
    }

    #[test]
    fn tokens_for_others() {
        let token = r#"call=sts:GetWebIdentityToken read params={"audience":["https://evil.example"]}"#;
        let found = "medium account=111122223333 org=acme project=p workspace=w run=run-1 count=1";
        check(&RULE, &RuleCase::new(), "", token, found);
        check(&RULE, &RuleCase::new(), "", &format!("{token} error=AccessDenied"), "");
        let shown = evidence(&RULE, &RuleCase::new(), "", token);
        assert!(shown.contains(&"audience=https://evil.example".to_owned()), "{shown:?}");
    }
}
