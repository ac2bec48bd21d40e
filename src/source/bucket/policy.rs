//! The least IAM policy that reads an archive.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::address::{BucketAddress, objects_arn};
use super::layout::FolderKind;
use crate::aws::public_keys;

/// The policy for what was found: listing below the start and the archives, fetching log files, and the keys of KMS that
/// they are encrypted with. Digests lie beside the log files; whoever `verifies` also asks CloudTrail for its public keys.
pub(crate) fn policy(
    address: &BucketAddress,
    dated: &[(String, FolderKind)],
    kms_keys: &BTreeSet<String>,
    verifies: bool,
) -> String {
    let bucket = address.arn(address.region.as_deref());
    let objects = objects_arn(&address.bucket, address.region.as_deref());
    let roots: BTreeSet<&str> = dated.iter().map(|(prefix, _)| root(prefix)).collect();
    let mut listed: BTreeSet<String> = roots.iter().map(|root| format!("{root}*")).collect();
    let start = address.prefix.as_str();
    if dated.is_empty() {
        listed.insert(if start.is_empty() { String::new() } else { format!("{start}*") });
    } else if !roots.iter().any(|root| !root.is_empty() && start.starts_with(root)) {
        // The folders from which, and through which, the layout is discovered.
        listed.insert(start.to_owned());
        for root in roots.iter().filter(|root| root.starts_with(start)) {
            let slashes = root.match_indices('/').map(|(at, _)| at).filter(|at| *at >= start.len());
            listed.extend(slashes.map(|at| root[..=at].to_owned()).filter(|folder| folder != root));
        }
    }
    let fetched: Vec<String> = if dated.is_empty() {
        vec![format!("{objects}{start}*")]
    } else {
        roots.iter().map(|root| format!("{objects}{root}*")).collect()
    };
    let mut statements = vec![
        json!({"Sid": "ListArchive", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": bucket,
            "Condition": {"StringLike": {"s3:prefix": listed}}}),
        json!({"Sid": "ReadLogFiles", "Effect": "Allow", "Action": "s3:GetObject", "Resource": fetched}),
    ];
    if !kms_keys.is_empty() {
        statements
            .push(json!({"Sid": "DecryptLogFiles", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": kms_keys}));
    }
    if verifies {
        let action = public_keys::ACTION;
        statements.push(json!({"Sid": "ListPublicKeys", "Effect": "Allow", "Action": action, "Resource": "*"}));
    }
    let policy: Value = json!({"Version": "2012-10-17", "Statement": statements});
    serde_json::to_string_pretty(&policy).unwrap_or_default()
}

/// Up to `AWSLogs/`, or the whole of a copy's folder.
fn root(prefix: &str) -> &str {
    prefix.rfind("AWSLogs/").map_or(prefix, |at| &prefix[..at + "AWSLogs/".len()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::log_kind::LogKind;

    /// `expected` is the listed prefixes, and behind `|` the fetched ones.
    fn check(start: &str, dated: &[&str], expected: &str) {
        let address = format!("logs/{start}").parse().unwrap();
        let dated: Vec<_> =
            dated.iter().map(|prefix| ((*prefix).to_owned(), FolderKind::of(prefix, LogKind::CloudTrail))).collect();
        let policy: Value = serde_json::from_str(&policy(&address, &dated, &BTreeSet::new(), false)).unwrap();
        let texts = |value: &Value| {
            let texts: Vec<&str> = value.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
            texts.join(" ").replace("arn:aws:s3:::logs/", "")
        };
        let [listed, fetched] = [0, 1].map(|at| &policy["Statement"][at]);
        let listed = texts(&listed["Condition"]["StringLike"]["s3:prefix"]);
        assert_eq!(format!("{listed}|{}", texts(&fetched["Resource"])), expected);
    }

    #[test]
    fn no_more_is_granted_than_is_read() {
        let region = "AWSLogs/o-x/1/CloudTrail/eu-west-1/";
        check("", &[region, "AWSLogs/o-x/2/CloudTrail/eu-west-1/"], " AWSLogs/*|AWSLogs/*");
        check("AWSLogs/", &[region], "AWSLogs/*|AWSLogs/*");
        let below = format!("my/prefix/{region}");
        check("my/", &[&below], "my/ my/prefix/ my/prefix/AWSLogs/*|my/prefix/AWSLogs/*");
        check("my", &[&below], "my my/ my/prefix/ my/prefix/AWSLogs/*|my/prefix/AWSLogs/*");
        check("", &[&below], " my/ my/prefix/ my/prefix/AWSLogs/*|my/prefix/AWSLogs/*");
        check("flat/", &[], "flat/*|flat/*");
    }

    #[test]
    fn keys_of_kms_are_named() {
        let address = "logs".parse().unwrap();
        let keys = BTreeSet::from(["arn:aws:kms:eu-west-1:1:key/k".to_owned()]);
        let text = policy(&address, &[], &keys, false);
        assert!(text.contains("\"Action\": \"kms:Decrypt\"") && !text.contains("ListPublicKeys"));
        assert!(policy(&address, &[], &keys, true).contains("\"Action\": \"cloudtrail:ListPublicKeys\""));
    }
}
