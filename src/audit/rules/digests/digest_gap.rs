//! A digest file that another one names is not there, or the chain begins anew in between.

use super::over_files::over_files;
use crate::audit::coverage::Verified;
use crate::audit::rules::rule::{DetectorFactory, Rule};
use crate::domain::finding::{Finding, Severity};
use crate::domain::verdict::{Verdict, VerifiedKind};

pub(in crate::audit::rules) const RULE: Rule = Rule {
    id: "digest-gap",
    title: "the chain of digests has a hole",
    severity: Severity::High,
    meaning: "A digest file that another one names is not there, or the chain begins anew in between.",
    why: "For the hours of a hole nobody can tell whether log files were removed, and switching validation off \
          for a while looks like that.",
    source: super::SOURCE,
    remedy: "Restore the digest from a version or a replica of the bucket. If validation or logging was switched \
          off, find the call (UpdateTrail, StopLogging) and who made it.",
    unknown: "Whether the digest was removed, never copied, or not written since the trail was stopped on purpose.",
    needs: super::NEEDS,
    through_others: "",
    open: DetectorFactory::OfDigests(find),
};

fn find(verified: &Verified) -> Vec<Finding> {
    over_files(&RULE, verified, |file| file.kind == VerifiedKind::Digest && matches!(file.verdict, Verdict::Missing(_)))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::audit::rules::digests::sample::check;
    use crate::domain::verdict::{InvalidReason, MissingReason, UncheckedReason, Verdict, VerifiedKind};

    #[test]
    fn cases() {
        for (reason, word) in [(MissingReason::Gap, "gap"), (MissingReason::Listed, "listed")] {
            check(
                &RULE,
                &[(VerifiedKind::Digest, "eu-west-1", Verdict::Missing(reason))],
                &[&format!("high 111122223333 1 file=eu-west-1.json.gz region=eu-west-1 verdict=missing ({word})")],
            );
        }
        check(&RULE, &[(VerifiedKind::Log, "eu-west-1", Verdict::Missing(MissingReason::Listed))], &[]);
        for near in [
            Verdict::Invalid(InvalidReason::Signature),
            Verdict::Unchecked(UncheckedReason::OlderExpired),
            Verdict::Unchecked(UncheckedReason::NoSignature),
        ] {
            check(&RULE, &[(VerifiedKind::Digest, "eu-west-1", near)], &[]);
        }
    }
}
