//! A subject that comes back after a long silence.

use hashbrown::HashMap;

use super::each::each;
use super::gather::{FindingPlace, RuleHit};
use super::rule::{BoxedDetector, DetectorFactory, Rule, RuleContext};
use crate::audit::baseline::FactRef;
use crate::domain::finding::Severity;
use crate::domain::timestamp::Timestamp;

pub(super) const RULE: Rule = Rule {
    id: "return-after-silence",
    title: "a workspace is back after a long silence",
    severity: Severity::Medium,
    meaning: "The subject, in any phase, asked for no role for longer than silence (90 d), and now it did. If \
              that was denied, the severity is low.",
    why: "A subject is made of names. Where an organization, project or workspace was given up, somebody else may have registered its \
          name, and a role that nobody cleaned up still admits it.",
    source: "https://astrix.security/learn/blog/subjugation-hijacking-cloud-identities-by-recycling-namespaces-in-global-oidc-issuers/",
    remedy: "Ask the owner of the workspace whether the run was theirs. Remove roles and conditions of what is not used any more.",
    unknown: "Whether the workspace was idle or only the logs are missing: see the gaps in the coverage. A workspace that runs once a quarter looks the same.",
    needs: "",
    through_others: "when its workspace ran before",
    open: DetectorFactory::Always(open),
};

fn open(context: RuleContext<'_>) -> BoxedDetector<'_> {
    let (silence, known) = (context.settings.silence, context.known);
    let mut last: HashMap<u32, Timestamp> = HashMap::new();
    each(&RULE, context.asked, move |event| {
        if !event.is_decoded() {
            return None;
        }
        let assumption = event.assumption;
        let before = last.insert(event.codes.owner, assumption.time);
        let before = before.or_else(|| known?.seen(&FactRef::subject(assumption)).map(|seen| seen.last))?;
        let seconds = assumption.time.seconds() - before.seconds();
        if seconds <= silence {
            return None;
        }
        let severity = if event.granted { RULE.severity } else { Severity::Low };
        let hit = RuleHit::new(severity, RULE.title, FindingPlace::workspace(assumption));
        Some(hit.showing("last_seen_before", before.to_string()))
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::audit::rules::sample::{RuleCase, check};

    #[test]
    fn cases() {
        let any = RuleCase::new();
        let place = "account=111122223333 org=acme project=p workspace=w";
        check(&RULE, &any, "at=0s | at=91d phase=apply", &format!("medium {place} count=1"));
        check(&RULE, &any, "at=0s | at=91d denied", &format!("low {place} count=1"));
        check(&RULE, &any, "at=0s | at=90d", "");
        check(&RULE, &any, "at=0s | at=50d | at=100d", "");
        check(&RULE, &any, "at=0s | at=91d workspace=v", "");
        check(&RULE, &any.before("workspace=w"), "at=91d", &format!("medium {place} count=1"));
        check(&RULE, &any.before("workspace=w"), "at=89d", "");
        check(&RULE, &any.silence(3_600), "at=0s | at=3601s", &format!("medium {place} count=1"));
    }
}
