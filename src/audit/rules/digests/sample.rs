//! Files with verdicts, for the tests of rules over digests.

use crate::audit::coverage::Verified;
use crate::audit::rules::rule::{DetectorFactory, Rule};
use crate::domain::timestamp::Timestamp;
use crate::domain::verdict::{Verdict, VerifiedFile, VerifiedKind};

/// What digests say where these files are not valid.
fn verified(files: &[(VerifiedKind, &str, Verdict)]) -> Verified {
    let file = |(kind, region, verdict): &(VerifiedKind, &str, Verdict)| VerifiedFile {
        kind: *kind,
        account: Some("111122223333".into()),
        region: Some((*region).into()),
        trail: None,
        file: format!("{region}.json.gz").into(),
        time: Timestamp::from_seconds(1_762_041_600),
        verdict: *verdict,
        digest: None,
        events: None,
    };
    Verified { troubles: files.iter().map(file).collect(), ..Verified::default() }
}

/// Expects findings of `rule`, each as `severity account count values`.
pub(super) fn check(rule: &'static Rule, files: &[(VerifiedKind, &str, Verdict)], expected: &[&str]) {
    let DetectorFactory::OfDigests(find) = rule.open else { panic!("{} speaks of no digests", rule.id) };
    let shown: Vec<String> = find(&verified(files))
        .iter()
        .map(|finding| {
            let values: Vec<String> =
                finding.evidence.values.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let account = finding.account_id.as_deref().unwrap_or("-");
            format!("{} {account} {} {}", finding.severity, finding.count, values.join(" "))
        })
        .collect();
    assert_eq!(shown, expected);
}
