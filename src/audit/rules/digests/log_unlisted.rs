//! A log file lies in the archive, and no digest lists it, though the digests of its hour are there and valid.

use super::over_files::over_files;
use crate::audit::coverage::Verified;
use crate::audit::rules::rule::{DetectorFactory, Rule};
use crate::domain::finding::{Finding, Severity};
use crate::domain::verdict::Verdict;

pub(in crate::audit::rules) const RULE: Rule = Rule {
    id: "log-unlisted",
    title: "a log file is there that CloudTrail did not list",
    severity: Severity::High,
    meaning: "A log file lies in the archive, and no digest lists it, though the digests of its hour are there and \
          valid.",
    why: "CloudTrail lists every log file that it writes. One that it does not list may be forged, to make \
          somebody look guilty or to bury what happened.",
    source: super::SOURCE,
    remedy: "Find out who wrote it (S3 data events), and move it out of the archive. Let nobody but CloudTrail \
          write there.",
    unknown: "A second trail without validation that writes to the same place looks the same. A backfill digest \
          may still list it.",
    needs: super::NEEDS,
    through_others: "",
    open: DetectorFactory::OfDigests(find),
};

fn find(verified: &Verified) -> Vec<Finding> {
    over_files(&RULE, verified, |file| file.verdict == Verdict::Unlisted)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::audit::rules::digests::sample::check;
    use crate::domain::verdict::{InvalidReason, MissingReason, UncheckedReason, Verdict, VerifiedKind};

    #[test]
    fn cases() {
        check(
            &RULE,
            &[(VerifiedKind::Log, "eu-west-1", Verdict::Unlisted)],
            &["high 111122223333 1 file=eu-west-1.json.gz region=eu-west-1 verdict=unlisted"],
        );
        for near in [
            Verdict::Missing(MissingReason::Listed),
            Verdict::Invalid(InvalidReason::Gzip),
            Verdict::Unchecked(UncheckedReason::OddName),
        ] {
            check(&RULE, &[(VerifiedKind::Log, "eu-west-1", near)], &[]);
        }
    }
}
