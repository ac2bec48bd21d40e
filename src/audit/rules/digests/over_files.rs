//! Rules that look at each file that is not as CloudTrail wrote it.

use crate::audit::coverage::Verified;
use crate::audit::rules::asked::Asked;
use crate::audit::rules::gather::{FindingCollector, FindingPlace, RuleHit};
use crate::audit::rules::rule::Rule;
use crate::domain::finding::Finding;
use crate::domain::verdict::VerifiedFile;

/// One finding for each account, region and trail with files that a rule speaks of; `is_meant` tells which these are.
pub(super) fn over_files(
    rule: &'static Rule,
    verified: &Verified,
    is_meant: impl Fn(&VerifiedFile) -> bool,
) -> Vec<Finding> {
    let mut found = FindingCollector::new(rule, Asked::ALL);
    for file in verified.troubles.iter().filter(|file| is_meant(file)) {
        let hit = RuleHit::new(rule.severity, rule.title, FindingPlace::of_file(file));
        found.add_file(hit.showing("verdict", file.verdict.to_string()).showing("file", &*file.file), file);
    }
    found.into_findings()
}
