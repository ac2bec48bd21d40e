//! A valid digest lists a log file that is not there.

use super::over_files::over_files;
use crate::audit::coverage::Verified;
use crate::audit::rules::rule::{DetectorFactory, Rule};
use crate::domain::finding::{Finding, Severity};
use crate::domain::verdict::{Verdict, VerifiedKind};

pub(in crate::audit::rules) const RULE: Rule = Rule {
    id: "log-missing",
    title: "a log file was removed",
    severity: Severity::High,
    meaning: "A valid digest lists a log file that is not there.",
    why: "What was called at that time cannot be told any more, and removing log files is how somebody hides it.",
    source: super::SOURCE,
    remedy: "Restore the log file from a version or a replica of the bucket, and find out who removed it. Keep a \
          copy of the archive complete.",
    unknown: "Whether it was removed or never copied. A lifecycle rule removes log files, too, but then the older \
          ones with them.",
    needs: super::NEEDS,
    through_others: "",
    open: DetectorFactory::OfDigests(find),
};

fn find(verified: &Verified) -> Vec<Finding> {
    over_files(&RULE, verified, |file| file.kind == VerifiedKind::Log && matches!(file.verdict, Verdict::Missing(_)))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::audit::rules::digests::sample::check;
    use crate::domain::verdict::{InvalidReason, MissingReason, UncheckedReason, Verdict, VerifiedKind};

    #[test]
    fn cases() {
        let missing = Verdict::Missing(MissingReason::Listed);
        check(
            &RULE,
            &[(VerifiedKind::Log, "eu-west-1", missing)],
            &["high 111122223333 1 file=eu-west-1.json.gz region=eu-west-1 verdict=missing (listed)"],
        );
        check(&RULE, &[(VerifiedKind::Digest, "eu-west-1", missing)], &[]);
        for near in
            [Verdict::Unlisted, Verdict::Invalid(InvalidReason::Hash), Verdict::Unchecked(UncheckedReason::NoDigest)]
        {
            check(&RULE, &[(VerifiedKind::Log, "eu-west-1", near)], &[]);
        }
    }
}
