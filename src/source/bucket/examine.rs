//! Tries everything that reading an archive takes, one by one.

use std::collections::BTreeSet;

use super::address::BucketAddress;
use super::advice::advice;
use super::answer::{ListedObject, Refusal};
use super::estimate::{SliceCount, count_all};
use super::examine_digests::digests;
use super::open::{DiscoveredBucket, find};
use super::policy::policy;
use crate::aws::failure::RequestFailure;
use crate::domain::log_key::LogKey;
use crate::domain::trouble::{SourceTrouble, TroubleKind};
use crate::source::caller::who;
use crate::source::doctor::{CheckResult, Diagnosis};
use crate::source::question::RemoteQuestion;

/// How many archive folders are shown.
const SHOWN: usize = 20;

/// Examines an archive. Trouble in finding it is part of the diagnosis, unless the machine itself is in trouble.
pub(super) fn examine(address: &BucketAddress, question: &RemoteQuestion) -> Result<Diagnosis, SourceTrouble> {
    let mut diagnosis = Diagnosis::default();
    who(question, &mut diagnosis)?;
    // Nobody is allowed nothing: what else is denied says nothing more.
    if diagnosis.is_anonymous() {
        return Ok(diagnosis);
    }
    let mut notes = Vec::new();
    let found = match find(address, 0, question, &mut notes) {
        Ok(found) => found,
        Err(trouble) => {
            let denied = trouble.cause == TroubleKind::Permission;
            let verdict = if denied { CheckResult::Denied } else { CheckResult::Failed };
            diagnosis.add("s3:ListBucket", verdict, trouble.message);
            diagnosis.hints.extend(trouble.hints);
            diagnosis.policy = Some(policy(address, &[], &BTreeSet::new(), question.verifies));
            return Ok(diagnosis);
        }
    };
    let region = found.runtime.block_on(found.bucket.find_region()).or_else(|| found.bucket.region());
    diagnosis.add("region", CheckResult::Good, region.unwrap_or_else(|| "unknown".to_owned()));
    diagnosis.add("s3:ListBucket", CheckResult::Good, format!("{} requests to find the layout", found.layout.requests));
    layout(&found, &mut diagnosis);
    let counted = found.runtime.block_on(count_all(&found, address, 0, question));
    for (prefix, refusal) in &found.layout.refused {
        refused("s3:ListBucket", prefix, refusal, address, question, &mut diagnosis);
    }
    for counted in &counted {
        if let Some(refusal) = &counted.refusal {
            refused("s3:ListBucket", &counted.work.prefix, refusal, address, question, &mut diagnosis);
        }
    }
    let keys = newest(&found, &counted, address, question, &mut diagnosis);
    digests(&found, address, question, &mut diagnosis);
    window(&counted, question, &mut diagnosis);
    diagnosis.policy = Some(policy(address, &found.layout.dated, &keys, question.verifies));
    Ok(diagnosis)
}

fn layout(found: &DiscoveredBucket, diagnosis: &mut Diagnosis) {
    let layout = &found.layout;
    for (prefix, _) in layout.dated.iter().take(SHOWN) {
        diagnosis.add("layout", CheckResult::Good, format!("log files by day below {prefix}"));
    }
    if layout.dated.len() > SHOWN {
        diagnosis.add(
            "layout",
            CheckResult::Good,
            format!("and {} more regions of accounts", layout.dated.len() - SHOWN),
        );
    }
    if !layout.objects.is_empty() {
        let text = format!("{} objects outside of folders by day", layout.objects.len());
        diagnosis.add("layout", CheckResult::Good, text);
    }
    if layout.dated.is_empty() && layout.objects.is_empty() {
        diagnosis.add("layout", CheckResult::Failed, "no archive and no log file was found here");
    }
    if layout.unseen > 0 {
        diagnosis.add("layout", CheckResult::Note, layout.not_looked_into());
    }
}

fn refused(
    action: &'static str,
    place: &str,
    refusal: &Refusal,
    address: &BucketAddress,
    question: &RemoteQuestion,
    diagnosis: &mut Diagnosis,
) {
    let failure = &refusal.failure;
    let verdict = if failure.is_forbidden() { CheckResult::Denied } else { CheckResult::Failed };
    diagnosis.add(action, verdict, format!("{place}: {}", failure.reason()));
    let lines = advice(failure, action, &address.bucket, &question.aws);
    let new: Vec<String> = lines.into_iter().filter(|line| !diagnosis.hints.contains(line)).collect();
    diagnosis.hints.extend(new);
}

/// Fetches the newest log file: the keys of KMS that it took.
fn newest(
    found: &DiscoveredBucket,
    counted: &[SliceCount],
    address: &BucketAddress,
    question: &RemoteQuestion,
    diagnosis: &mut Diagnosis,
) -> BTreeSet<String> {
    let delivered = |object: &&ListedObject| LogKey::parse(&object.key).delivered;
    let Some(newest) = counted.iter().filter_map(|counted| counted.newest.as_ref()).max_by_key(delivered) else {
        diagnosis.add("s3:GetObject", CheckResult::Note, "not tried: no log file in the window");
        return BTreeSet::new();
    };
    let key = match found.runtime.block_on(found.bucket.probe(newest)) {
        Ok(key) => key,
        Err(refusal) => {
            let kms = matches!(&refusal.failure, RequestFailure::Denied(_, message) if message.contains("kms:Decrypt"));
            let action = if kms { "kms:Decrypt" } else { "s3:GetObject" };
            refused(action, &newest.key, &refusal, address, question, diagnosis);
            return BTreeSet::new();
        }
    };
    diagnosis.add("s3:GetObject", CheckResult::Good, newest.key.clone());
    match &key {
        Some(key) => diagnosis.add("kms:Decrypt", CheckResult::Good, key.clone()),
        None => diagnosis.add("kms:Decrypt", CheckResult::Good, "not needed: the newest log file has no key of KMS"),
    }
    if let Some(delivered) = delivered(&newest) {
        let lag = question.now.seconds() - delivered.seconds();
        let text = format!("{delivered}, {} min before now", lag.div_euclid(60));
        diagnosis.add("newest log file", CheckResult::Good, text);
    }
    key.into_iter().collect()
}

fn window(counted: &[SliceCount], question: &RemoteQuestion, diagnosis: &mut Diagnosis) {
    let sum = |count: fn(&SliceCount) -> u64| counted.iter().map(count).sum::<u64>();
    let show =
        |end: Option<crate::domain::timestamp::Timestamp>| end.map_or_else(|| "now".to_owned(), |end| end.to_string());
    let text = format!(
        "{} objects, {} bytes, {} list requests from {} to {}",
        sum(|counted| counted.work.get_requests),
        sum(|counted| counted.work.bytes),
        sum(|counted| counted.work.list_requests),
        show(question.window.from),
        show(question.window.to),
    );
    diagnosis.add("window", CheckResult::Good, text);
}
