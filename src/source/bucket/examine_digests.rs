//! Whether validation is on for the trail of an archive: digests are there, and recent.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::address::BucketAddress;
use super::client::Bucket;
use super::discover::discover;
use super::layout::{FolderKind, whole_region};
use super::open::DiscoveredBucket;
use super::span::DayFolders;
use crate::aws::public_keys;
use crate::domain::digest_key::DigestKey;
use crate::domain::log_key::LogKey;
use crate::domain::log_kind::LogKind;
use crate::domain::public_key::PublicKeyQuestion;
use crate::domain::timestamp::Timestamp;
use crate::domain::window::Window;
use crate::source::doctor::{CheckResult, Diagnosis};
use crate::source::question::RemoteQuestion;

/// So many regions of accounts are looked at.
const MOST: usize = 200;

/// A digest comes each hour, and some time after it: one of so many seconds ago is recent.
const RECENT: i64 = 3 * 3_600;

/// How many keys a page of a listing has.
const PAGE: i32 = 1_000;

/// Tells whether validation is on.
pub(super) fn digests(
    found: &DiscoveredBucket,
    address: &BucketAddress,
    question: &RemoteQuestion,
    diagnosis: &mut Diagnosis,
) {
    let address = BucketAddress { prefix: whole_region(&address.prefix, LogKind::Digest), ..address.clone() };
    let searched = found.runtime.block_on(discover(&found.bucket, &address, LogKind::Digest, None));
    let folders: Vec<String> = match searched {
        Ok(layout) => layout.dated.into_iter().map(|(folder, _)| folder).take(MOST).collect(),
        Err(refusal) => {
            diagnosis.add("digests", CheckResult::Note, format!("cannot be listed: {}", refusal.failure.reason()));
            return;
        }
    };
    let newest = found.runtime.block_on(newest_of(&found.bucket, &folders, question.now));
    let age = |key: &DigestKey| question.now.seconds() - key.end.seconds();
    let recent = newest.iter().filter(|key| age(key) <= RECENT);
    let places: BTreeSet<_> = recent.clone().map(|key| (&*key.chain.account, &*key.chain.region)).collect();
    let silent = found.layout.dated.iter().filter(|(folder, _)| {
        let LogKey { account, region, .. } = LogKey::parse(folder);
        account.zip(region).is_some_and(|(account, region)| !places.contains(&(&*account, &*region)))
    });
    match (recent.max_by_key(|key| key.end), folders.is_empty(), silent.count()) {
        (Some(key), _, 0) => {
            let text =
                format!("validation is on: the newest digest is of {}, {} min before now", key.end, age(key) / 60);
            diagnosis.add("digests", CheckResult::Good, text);
        }
        (Some(_), _, silent) => {
            let text = format!("{silent} regions of accounts have log files and no digest of the last hours");
            diagnosis.add("digests", CheckResult::Note, text);
        }
        (None, false, _) => {
            let text = "there are some, but none of the last hours: validation or the trail was switched off";
            diagnosis.add("digests", CheckResult::Note, text);
        }
        (None, true, _) => {
            let text = "there are none: validation is off for the trail, so that nobody can tell whether the archive is \
                        whole; aws cloudtrail update-trail --enable-log-file-validation --name TRAIL switches it on";
            diagnosis.add("digests", CheckResult::Note, text);
        }
    }
    if question.verifies {
        keys(found, &newest, question, diagnosis);
    }
}

/// The newest digest of each folder that has one of yesterday or today.
async fn newest_of(bucket: &Arc<Bucket>, folders: &[String], now: Timestamp) -> Vec<DigestKey> {
    let yesterday = Timestamp::from_seconds(now.seconds() - 86_400).unwrap_or(now);
    let days = DayFolders::new(&Window { from: Some(yesterday), to: None }, 0, now);
    let mut running = JoinSet::new();
    for folder in folders {
        let (bucket, slices) = (Arc::clone(bucket), days.slices(folder, &FolderKind::of(folder, LogKind::Digest)));
        running.spawn(async move {
            let mut newest: Option<DigestKey> = None;
            for slice in slices {
                let _slot = bucket.pace.slot().await;
                let Ok(page) = bucket.list_some(&slice, PAGE).await else { continue };
                let keys = page.objects.iter().filter_map(|object| DigestKey::parse(&object.key));
                newest = keys.chain(newest).max_by_key(|key| key.end);
            }
            newest
        });
    }
    let mut newest: Vec<DigestKey> = running.join_all().await.into_iter().flatten().collect();
    newest.sort_by(|one, other| (&one.chain, one.end).cmp(&(&other.chain, other.end)));
    newest
}

/// Tries to list the public keys of a region that signed, else of that of the bucket.
fn keys(found: &DiscoveredBucket, newest: &[DigestKey], question: &RemoteQuestion, diagnosis: &mut Diagnosis) {
    let region = newest.first().map(|key| key.chain.region.to_string()).or_else(|| found.bucket.region());
    let (Some(region), Some(from)) = (region, Timestamp::from_seconds(question.now.seconds() - 86_400)) else { return };
    let asked = PublicKeyQuestion { region: region.as_str().into(), from, to: question.now };
    match found.runtime.block_on(public_keys::list(&found.config, &asked)) {
        Ok(keys) => {
            let text = format!("{} of {region} in the last day", keys.len());
            diagnosis.add(public_keys::ACTION, CheckResult::Good, text);
        }
        Err(failure) => {
            let verdict = if failure.is_forbidden() { CheckResult::Denied } else { CheckResult::Failed };
            diagnosis.add(public_keys::ACTION, verdict, format!("{region}: {}", failure.reason()));
            diagnosis.hints.extend(failure.trouble(&question.aws, public_keys::ACTION, "*").hints);
        }
    }
}
