//! What a run left behind for whoever wants to come back.

use std::borrow::Cow;
use std::sync::Arc;

use super::NEEDS;
use super::lasting_effect::{Lasting, lasting};
use super::over_runs::over_runs;
use super::strangers::strangers;
use crate::audit::activity::call_target::CallTarget;
use crate::audit::activity::run_call_group::RunCallGroup;
use crate::audit::activity::runs_activity::RunsActivity;
use crate::audit::rules::gather::{FindingPlace, RuleHit};
use crate::audit::rules::group_part::GroupPart;
use crate::audit::rules::rule::{BoxedCallDetector, DetectorFactory, Rule, RuleContext};
use crate::domain::finding::Severity;
use crate::domain::session_call::CallOutcome;

pub(in crate::audit::rules) const RULE: Rule = Rule {
    id: "persistence",
    title: "a run turned off what records or watches, or let in a principal of no known account",
    severity: Severity::High,
    meaning: "A run stopped or deleted a trail, a detector or another watch, or let in everybody or a principal whose account is not \
              known (high); made a way in that lasts, such as a key, a user, a password or a trusted issuer, or changed a watch \
              (medium); or was denied one of these (low). One finding for each operation of a run.",
    why: "Credentials of a run end within hours. Whoever stole them first makes something that does not end, and turns off what would \
          show it.",
    source: "https://attack.mitre.org/techniques/T1098/001/",
    remedy: "Compare each with the approved change. If it was not approved, delete the key, the user, the provider or the grant, turn \
             logging on again, and treat the role as compromised. Name accounts that are yours or trusted in [accounts].",
    unknown: "Whether the configuration says just that: Terraform is what many make users, keys and trails with. Grants are read out of \
              the parameters of calls, which CloudTrail cuts at 100 KB; an account is known if it is named in [accounts], if a run \
              was given a role in it, or if its log files were read. A grant to everybody under a condition is left out.",
    needs: NEEDS,
    through_others: "whether a key that it made was used",
    open: DetectorFactory::OfCalls(open),
};

const WAY_IN: &str = "a run made a way in that lasts, or changed what records or watches";

const DENIED: &str = "a run was denied what would have lasted";

fn open<'a>(_: RuleContext<'a>, activity: &'a RunsActivity<'a>) -> BoxedCallDetector<'a> {
    over_runs(&RULE, move |run, found| {
        for group in run.groups {
            let strangers = strangers(group, activity);
            let (lasting, effect) = lasting(group).unzip();
            let (severity, title) = match (group.outcome(), lasting) {
                (CallOutcome::Failed, _) => continue,
                (_, None) if strangers.is_empty() => continue,
                (CallOutcome::Denied, _) => (Severity::Low, DENIED),
                (CallOutcome::Ok, Some(Lasting::WayIn | Lasting::WatchChanged)) if strangers.is_empty() => {
                    (Severity::Medium, WAY_IN)
                }
                (CallOutcome::Ok, _) => (RULE.severity, RULE.title),
            };
            let place = FindingPlace::run_of_calls(group).and("call", group.call());
            let hit = RuleHit::new(severity, title, place)
                .showing_all("effect", effect)
                .showing_all("lets_in", strangers.into_iter().map(Cow::Borrowed))
                .showing_all("resource", group.named())
                .showing_all("access_key", keys(group))
                .showing_all(
                    "key_used",
                    keys(group).filter(|_| activity.knows_others()).map(|key| used(key, activity)),
                );
            found.add_calls(hit, GroupPart::all(group));
        }
    })
}

/// The long-lived keys that the calls made.
fn keys(group: &RunCallGroup) -> impl Iterator<Item = &str> {
    group.kind.targets.iter().filter_map(|target| match target {
        CallTarget::Key(key) => Some(&**key),
        _ => None,
    })
}

/// Whether and for what a key was used first.
fn used(key: &str, activity: &RunsActivity<'_>) -> String {
    let Some(first) = activity.use_of(key) else { return format!("{key} not in what was read") };
    let text = |text: &Option<Arc<str>>| text.as_deref().unwrap_or("?").to_owned();
    format!("{key} at {} for {}:{}", first.time, text(&first.service), text(&first.event_name))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::audit::rules::calls::sample::{check, evidence, evidence_outside};
    use crate::audit::rules::sample::RuleCase;

    const PLACE: &str = "account=111122223333 org=acme project=p workspace=w run=run-1";

    #[test]
    fn cases() {
        let any = RuleCase::new();
        let one = |severity: &str| format!("{severity} {PLACE} count=1");
        for call in ["iam:CreateAccessKey", "iam:CreateOpenIDConnectProvider", "cloudtrail:PutEventSelectors"] {
            check(&RULE, &any, "", &format!("call={call} write"), &one("medium"));
            check(&RULE, &any, "", &format!("call={call} write error=AccessDenied"), &one("low"));
            check(&RULE, &any, "", &format!("call={call} write error=LimitExceeded"), "");
        }
        for call in ["cloudtrail:StopLogging", "guardduty:DeleteDetector", "config:StopConfigurationRecorder"] {
            check(&RULE, &any, "", &format!("call={call} write"), &one("high"));
        }
        check(&RULE, &any, "", "call=iam:CreateRole write | call=iam:GetUser read | call=s3:StopLogging write", "");
        let two = format!("{} | {}", one("high"), one("medium"));
        check(&RULE, &any, "", "call=iam:CreateUser write | call=cloudtrail:DeleteTrail write", &two);
        let same = "call=iam:CreateUser write | call=iam:CreateUser write at=9s ip=198.51.100.1";
        check(&RULE, &any, "", same, &format!("medium {PLACE} count=2"));
        check(
            &RULE,
            &any,
            "",
            "call=iam:CreateUser write | call=iam:CreateAccessKey write",
            &format!("{0} | {0}", one("medium")),
        );
    }

    #[test]
    fn strangers_are_of_no_known_account() {
        let any = RuleCase::new();
        let grant = |to: &str| format!(r#"call=kms:CreateGrant write params={{"granteePrincipal":"{to}"}}"#);
        let found = format!("high {PLACE} count=1");
        check(&RULE, &any, "", &grant("arn:aws:iam::999900001111:root"), &found);
        check(&RULE, &any, "", &grant("999900001111"), &found);
        check(&RULE, &any, "", &grant("*"), &found);
        check(&RULE, &any.account("999900001111"), "", &grant("arn:aws:iam::999900001111:root"), "");
        check(&RULE, &any.account("999900001111"), "", &grant("*"), &found);
        // The run was given a role there, or the log files of that account are here.
        check(&RULE, &any, "run=run-2 account=999900001111", &grant("999900001111"), "");
        check(
            &RULE,
            &any,
            "",
            &format!("{} | call=iam:GetUser read account=999900001111 hops=1", grant("999900001111")),
            "",
        );
        for nobody in
            ["rds.amazonaws.com", "AIDAEXAMPLE", "arn:aws:iam::111122223333:role/x", "arn:aws:iam::cloudfront:user/x"]
        {
            check(&RULE, &any, "", &grant(nobody), "");
        }
        let trust = r#"call=iam:UpdateAssumeRolePolicy write params={"policyDocument":"{\"Statement\":{\"Principal\":{\"AWS\":\"999900001111\"}}}"}"#;
        check(&RULE, &any, "", trust, &found);
        check(&RULE, &any, "", &trust.replace("999900001111", "111122223333"), &format!("medium {PLACE} count=1"));
    }

    #[test]
    fn it_says_whether_a_key_was_used() {
        let call = "call=iam:CreateAccessKey write key=AKIA1";
        let shown = |uses: &str| evidence_outside(&RULE, &RuleCase::new(), call, uses);
        let has = |shown: Vec<String>, text: &str| assert!(shown.iter().any(|it| it == text), "{text}: {shown:?}");
        has(shown("at=9s by=anna key=AKIA2"), "key_used=AKIA1 not in what was read");
        let used = "at=9s by=ci key=AKIA1 | at=20s by=ci key=AKIA1";
        has(shown(used), "key_used=AKIA1 at 2026-09-21T14:13:29Z for s3:PutBucketTagging");
        has(shown(used), "access_key=AKIA1");
    }

    #[test]
    fn it_says_what_and_whom() {
        let call = r#"call=iam:CreateAccessKey write params={"userName":"ci"}"#;
        let shown = evidence(&RULE, &RuleCase::new(), "", call);
        assert!(shown.contains(&"resource=userName=ci".to_owned()), "{shown:?}");
        assert!(shown.contains(&"effect=a key without an end".to_owned()), "{shown:?}");
    }
}
