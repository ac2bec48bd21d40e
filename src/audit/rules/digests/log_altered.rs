//! The text of a log file has another hash than its digest, which CloudTrail signed, lists; or a digest file itself was altered.

use super::over_files::over_files;
use crate::audit::coverage::Verified;
use crate::audit::rules::rule::{DetectorFactory, Rule};
use crate::domain::finding::{Finding, Severity};
use crate::domain::verdict::Verdict;

pub(in crate::audit::rules) const RULE: Rule = Rule {
    id: "log-altered",
    title: "a log file is not as CloudTrail wrote it",
    severity: Severity::Critical,
    meaning: "The text of a log file has another hash than its digest, which CloudTrail signed, lists; or a digest \
          file itself was altered.",
    why: "Whoever can write to the archive can hide what they did, or make others look guilty. No report of \
          these log files is evidence.",
    source: super::SOURCE,
    remedy: "Restore the files from a version or a replica of the bucket, find out who wrote to it (S3 data \
          events), and let nobody but CloudTrail write there.",
    unknown: "Who altered it, and what stood there before. Where a program packed log files anew with other text, \
          nobody need have meant harm.",
    needs: super::NEEDS,
    through_others: "",
    open: DetectorFactory::OfDigests(find),
};

fn find(verified: &Verified) -> Vec<Finding> {
    over_files(&RULE, verified, |file| matches!(file.verdict, Verdict::Invalid(_)))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::audit::rules::digests::sample::check;
    use crate::domain::verdict::{InvalidReason, MissingReason, UncheckedReason, Verdict, VerifiedKind};

    #[test]
    fn cases() {
        let hash = Verdict::Invalid(InvalidReason::Hash);
        check(
            &RULE,
            &[(VerifiedKind::Log, "eu-west-1", hash), (VerifiedKind::Log, "eu-west-1", hash)],
            &["critical 111122223333 2 file=eu-west-1.json.gz region=eu-west-1 verdict=invalid (hash)"],
        );
        let signature = Verdict::Invalid(InvalidReason::Signature);
        check(
            &RULE,
            &[(VerifiedKind::Digest, "us-east-1", signature)],
            &["critical 111122223333 1 file=us-east-1.json.gz region=us-east-1 verdict=invalid (signature)"],
        );
        for near in [
            Verdict::Unlisted,
            Verdict::Missing(MissingReason::Listed),
            Verdict::Unchecked(UncheckedReason::DigestNotValid),
        ] {
            check(&RULE, &[(VerifiedKind::Log, "eu-west-1", near)], &[]);
        }
    }
}
