//! A session that is longer than allowed.

use super::each::each;
use super::gather::{FindingPlace, RuleHit};
use super::rule::{BoxedDetector, DetectorFactory, Rule, RuleContext};
use crate::domain::finding::Severity;

pub(super) const RULE: Rule = Rule {
    id: "long-session",
    title: "a session is longer than allowed",
    severity: Severity::Low,
    meaning: "The caller asked for, and got, a session that lasts longer than max_session.",
    why: "Credentials cannot be taken back before they expire. The provider renews sessions of an hour by itself, so \
          a longer session only helps somebody who takes the credentials elsewhere.",
    source: "https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html",
    remedy: "Lower the role's maximum session duration, and remove the duration from the provider's configuration.",
    unknown: "How long a session is where the caller did not ask: STS then gives an hour.",
    needs: "max_session",
    through_others: "",
    open: DetectorFactory::IfGiven(open),
};

fn open(context: RuleContext<'_>) -> Option<BoxedDetector<'_>> {
    let limit = context.settings.max_session?;
    Some(each(&RULE, context.asked, move |event| {
        let seconds = event.assumption.duration_seconds.filter(|seconds| *seconds > limit)?;
        if !event.granted || !event.issuer_is_named {
            return None;
        }
        let place = FindingPlace::workspace(event.assumption);
        Some(RuleHit::new(RULE.severity, RULE.title, place).showing("duration_seconds", seconds.to_string()))
    }))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::audit::rules::sample::{RuleCase, check};

    #[test]
    fn cases() {
        let hour = RuleCase::new().max_session(3_600);
        check(&RULE, &hour, "duration=3601", "low account=111122223333 org=acme project=p workspace=w count=1");
        check(&RULE, &hour, "duration=3600 | org=acme", "");
        check(&RULE, &hour, "duration=43200 denied", "");
        check(&RULE, &hour, "issuer=oidc.eks.example sub=x duration=43200", "");
        check(&RULE, &RuleCase::new(), "duration=43200", "");
    }
}
