//! What digests say, in words and as JSON, for all pages of a report.

use std::fmt::Write as _;

use serde::Serialize;

use crate::audit::coverage::{ChainHours, VerdictTally, Verified};
use crate::domain::timestamp::Timestamp;
use crate::domain::verdict::{Verdict, VerifiedFile};
use crate::report::coverage_text::grouped;

/// `24 digests: 23 valid, 1 missing`.
#[must_use]
pub(in crate::report) fn chain_words(hours: &[(Timestamp, Verdict)]) -> String {
    let mut tally = VerdictTally::default();
    for (_, verdict) in hours {
        tally.count(*verdict);
    }
    let VerdictTally { valid, invalid, missing, unlisted, unchecked } = tally;
    let counts = [
        (valid, "valid"),
        (invalid, "altered"),
        (missing, "missing"),
        (unlisted, "unlisted"),
        (unchecked, "unchecked"),
    ];
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts.map(|(count, word)| format!("{} {word}", grouped(count))).collect();
    let many = if hours.len() == 1 { "digest" } else { "digests" };
    format!("{} {many}: {}", grouped(hours.len() as u64), counts.join(", "))
}

/// The account, the region and the trail of a file, as far as they are known.
#[must_use]
pub(in crate::report) fn file_place(file: &VerifiedFile) -> String {
    let parts = [&file.account, &file.region, &file.trail].into_iter().flatten();
    parts.fold(String::new(), |mut place, part| {
        // Writing to a String cannot fail.
        let _ = write!(place, "{}{part}", if place.is_empty() { "" } else { " " });
        place
    })
}

#[derive(Serialize)]
pub(super) struct VerificationPage<'a> {
    chains: Vec<ChainObject<'a>>,
    files: Vec<FileObject<'a>>,
}

#[derive(Serialize)]
struct ChainObject<'a> {
    account_id: &'a str,
    region: &'a str,
    trail: &'a str,
    backfill: bool,
    digests: usize,
    valid: usize,
    first: Option<String>,
    last: Option<String>,
}

/// A file that is not valid, as a row of `verify`.
#[derive(Serialize)]
struct FileObject<'a> {
    kind: &'static str,
    account_id: Option<&'a str>,
    region: Option<&'a str>,
    trail: Option<&'a str>,
    log_file: &'a str,
    time: Option<String>,
    verdict: &'static str,
    reason: Option<&'static str>,
    digest: Option<&'a str>,
}

impl<'a> VerificationPage<'a> {
    pub(super) fn of(verified: &'a Verified) -> Self {
        Self { chains: chains(&verified.chains), files: verified.troubles.iter().map(FileObject::of).collect() }
    }
}

fn chains(chains: &ChainHours) -> Vec<ChainObject<'_>> {
    let end = |hour: Option<&(Timestamp, Verdict)>| hour.map(|(end, _)| end.to_string());
    chains
        .iter()
        .map(|(chain, hours)| ChainObject {
            account_id: &chain.account,
            region: &chain.region,
            trail: &chain.trail,
            backfill: chain.is_backfill,
            digests: hours.len(),
            valid: hours.iter().filter(|(_, verdict)| *verdict == Verdict::Valid).count(),
            first: end(hours.first()),
            last: end(hours.last()),
        })
        .collect()
}

impl<'a> FileObject<'a> {
    fn of(file: &'a VerifiedFile) -> Self {
        Self {
            kind: file.kind.as_str(),
            account_id: file.account.as_deref(),
            region: file.region.as_deref(),
            trail: file.trail.as_deref(),
            log_file: &file.file,
            time: file.time.map(|time| time.to_string()),
            verdict: file.verdict.as_str(),
            reason: Some(file.verdict.reason()).filter(|reason| !reason.is_empty()),
            digest: file.digest.as_deref(),
        }
    }
}
