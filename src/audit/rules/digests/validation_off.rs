//! Log files of an account and region are there, and either no digest is, or the newest one is much older than they are.

use super::over_files::over_files;
use crate::audit::coverage::Verified;
use crate::audit::rules::rule::{DetectorFactory, Rule};
use crate::domain::finding::{Finding, Severity};
use crate::domain::verdict::{UncheckedReason, Verdict, VerifiedKind};

pub(in crate::audit::rules) const RULE: Rule = Rule {
    id: "validation-off",
    title: "no digest covers the log files of an account and region",
    severity: Severity::Medium,
    meaning: "Log files of an account and region are there, and either no digest is, or the newest one is much \
          older than they are.",
    why: "Without digests nobody can tell whether log files were altered, removed or added. Somebody who can \
          change the trail may have switched validation off first.",
    source: super::SOURCE,
    remedy: "Switch log file validation on for the trail (aws cloudtrail update-trail --enable-log-file- \
          validation), and look for UpdateTrail calls that switched it off.",
    unknown: "Whether the digests were not copied with the log files, or the copy is older than they are.",
    needs: super::NEEDS,
    through_others: "",
    open: DetectorFactory::OfDigests(find),
};

fn find(verified: &Verified) -> Vec<Finding> {
    over_files(&RULE, verified, |file| {
        let is_off = matches!(
            file.verdict,
            Verdict::Unchecked(UncheckedReason::NoDigest | UncheckedReason::ChainEnded | UncheckedReason::BeforeFirst)
        );
        file.kind == VerifiedKind::Log && is_off
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::audit::rules::digests::sample::check;
    use crate::domain::verdict::{InvalidReason, MissingReason, UncheckedReason, Verdict, VerifiedKind};

    #[test]
    fn cases() {
        for (reason, word) in [(UncheckedReason::NoDigest, "no-digest"), (UncheckedReason::ChainEnded, "chain-ended")] {
            check(
                &RULE,
                &[(VerifiedKind::Log, "eu-west-1", Verdict::Unchecked(reason))],
                &[&format!("medium 111122223333 1 file=eu-west-1.json.gz region=eu-west-1 verdict=unchecked ({word})")],
            );
        }
        for near in [
            Verdict::Unlisted,
            Verdict::Invalid(InvalidReason::Hash),
            Verdict::Missing(MissingReason::Listed),
            Verdict::Unchecked(UncheckedReason::NoKey),
            Verdict::Unchecked(UncheckedReason::OddName),
        ] {
            check(&RULE, &[(VerifiedKind::Log, "eu-west-1", near)], &[]);
        }
    }
}
