//! A token that is used when its phase should be over.

use hashbrown::HashMap;

use super::each::each;
use super::gather::{FindingPlace, RuleHit};
use super::rule::{BoxedDetector, DetectorFactory, Rule, RuleContext};
use crate::domain::finding::Severity;
use crate::domain::timestamp::Timestamp;

pub(super) const RULE: Rule = Rule {
    id: "late-assumption",
    title: "a run's token was used long after its phase began, or after its plan was over",
    severity: Severity::High,
    meaning: "An assumption came later than replay_after (24 h) after the first one of the same phase of the run, or a plan's token was \
              used more than five minutes after the apply had begun.",
    why: "A token can be used again until the phase's timeout. A phase that is still busy renews its session within hours; what comes \
          later, or out of turn, looks like a copy of the token in other hands.",
    source: "https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/workload-identity-tokens",
    remedy: "Look at the run in Terraform: if it was over by then, treat the token as stolen, review what the session did, and look at \
             who could read the run's files.",
    unknown: "How long a phase really took: raise replay_after where applies last longer. Time between plan and apply does not count, \
              since a run may wait for approval. Events without a run id cannot be placed.",
    needs: "",
    through_others: "",
    open: DetectorFactory::Always(open),
};

const DENIED: &str = "a run's token was tried long after its phase began, or after its plan was over, and was denied";

/// The plan's last call and the apply's first may come in together; whole seconds and clocks allow for no less.
const SLACK: i64 = 300;

fn open(context: RuleContext<'_>) -> BoxedDetector<'_> {
    let replay_after = context.settings.replay_after;
    // By the run: when its apply began.
    let mut applied: HashMap<u32, Timestamp> = HashMap::new();
    each(&RULE, context.asked, move |event| {
        let assumption = event.assumption;
        assumption.run_id.as_ref()?;
        let phase = assumption.subject.phase()?;
        let since = |then: Timestamp| assumption.time.seconds() - then.seconds();
        let of_phase = since(event.step.first.time);
        let of_apply = match phase {
            "apply" => {
                applied.entry(event.codes.run).or_insert(assumption.time);
                None
            }
            "plan" => applied.get(&event.codes.run).map(|began| since(*began)),
            _ => None,
        };
        if of_phase <= replay_after && of_apply.is_none_or(|seconds| seconds <= SLACK) {
            return None;
        }
        let (severity, title) = if event.granted { (RULE.severity, RULE.title) } else { (Severity::Medium, DENIED) };
        Some(RuleHit::new(severity, title, FindingPlace::run(assumption)).showing("phase", phase))
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::audit::rules::sample::{RuleCase, check};

    #[test]
    fn cases() {
        let any = RuleCase::new();
        let place = "account=111122223333 org=acme project=p workspace=w run=run-1";
        check(&RULE, &any, "at=0s | at=86401s", &format!("high {place} count=1"));
        check(&RULE, &any, "at=0s | at=86401s denied", &format!("medium {place} count=1"));
        check(&RULE, &any, "at=0s | at=86400s", "");
        // A run may wait for days until somebody approves it.
        check(&RULE, &any, "at=0s | at=9d phase=apply", "");
        check(&RULE, &any, "at=0s phase=apply | at=301s phase=plan", &format!("high {place} count=1"));
        check(&RULE, &any, "at=0s phase=apply | at=300s phase=plan", "");
        check(&RULE, &any, "at=0s | at=2d run=run-2", "");
        check(&RULE, &any, "at=0s session=build | at=2d session=build", "");
        check(&RULE, &any.replay_after(172_800), "at=0s | at=2d", "");
    }
}
