//! The coverage block of JSON reports (DESIGN §4, §8): exactly these members, in this order.
//!
//! `malformed` has at most 10,000 records, the first by file and offset; `records.malformed` counts all of them, so that a
//! longer list shows by its number.

use std::collections::BTreeSet;
use std::fmt::Display;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::audit::coverage::{
    Conflict, Coverage, FailedFile, Gap, MalformedList, SourceCoverage, VerdictTally, Verification, Verified,
};
use crate::domain::digest_key::ChainKey;
use crate::domain::log_kind::LogKind;
use crate::domain::tally::{ByteTally, CallTally, FileTally, KeptTally, RecordTally};
use crate::domain::timestamp::Timestamp;
use crate::domain::verdict::VerifiedFile;

/// The block as a value that serialises.
#[must_use]
pub fn value(coverage: &Coverage) -> impl Serialize {
    CoverageObject::of(coverage)
}

/// The order of the fields is part of the contract.
#[derive(Serialize)]
pub(super) struct CoverageObject<'a> {
    window: Span,
    sources: Vec<SourceObject<'a>>,
    files: FilesObject<'a>,
    bytes: BytesObject,
    records: RecordsObject,
    kept: KeptObject,
    failed: Vec<FailedObject<'a>>,
    gaps: GapDays<'a>,
    malformed: MalformedObjects<'a>,
    conflicts: Vec<ConflictObject<'a>>,
    truncated: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    calls: Option<CallsObject>,
    /// What else is missing, a sentence each; absent where nothing is.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    incomplete: &'a BTreeSet<String>,
    verification: VerificationObject,
    /// Log files that no digest covers yet, and that were left out for that; absent where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_yet_covered: Vec<&'a str>,
    /// Digests that are missing, not valid, or that nobody can tell of; absent where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    digests_not_valid: Vec<DigestObject<'a>>,
    /// Chains of digests that end before the window does; absent where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    digests_end_early: Vec<ChainEndObject<'a>>,
}

/// A digest that makes the answer incomplete.
#[derive(Serialize)]
struct DigestObject<'a> {
    file: &'a str,
    verdict: &'a str,
    reason: &'a str,
}

/// A chain of digests, and the end of its newest one.
#[derive(Serialize)]
struct ChainEndObject<'a> {
    account_id: &'a str,
    region: &'a str,
    trail: &'a str,
    last: String,
}

/// The word, or the counts, of DESIGN §10.
struct VerificationObject(Verification);

#[derive(Serialize)]
struct VerdictCounts {
    valid: u64,
    invalid: u64,
    missing: u64,
    unlisted: u64,
    unchecked: u64,
}

impl VerdictCounts {
    fn of(tally: VerdictTally) -> Self {
        let VerdictTally { valid, invalid, missing, unlisted, unchecked } = tally;
        Self { valid, invalid, missing, unlisted, unchecked }
    }
}

impl Serialize for VerificationObject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (logs, digests) = match self.0 {
            Verification::Unverified => return serializer.serialize_str("unverified"),
            Verification::Verified => return serializer.serialize_str("verified"),
            Verification::Counts { logs, digests } => (logs, digests),
        };
        let mut object = serializer.serialize_map(Some(2))?;
        object.serialize_entry("log_files", &VerdictCounts::of(logs))?;
        object.serialize_entry("digests", &VerdictCounts::of(digests))?;
        object.end()
    }
}

/// Two ends, each `null` where it is open.
#[derive(Serialize)]
struct Span {
    from: Option<String>,
    to: Option<String>,
}

#[derive(Serialize)]
struct SourceObject<'a> {
    source: &'a str,
    files: u64,
    folders: Span,
    /// Absent where no service tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes_scanned: Option<u64>,
}

#[derive(Serialize)]
struct FilesObject<'a> {
    total: u64,
    read: u64,
    failed: u64,
    skipped: Skipped<'a>,
}

#[derive(Serialize)]
struct BytesObject {
    read: u64,
    inflated: u64,
}

#[derive(Serialize)]
struct RecordsObject {
    total: u64,
    kept: u64,
    other: u64,
    malformed: u64,
}

#[derive(Serialize)]
struct KeptObject {
    reported: u64,
    filtered: u64,
    duplicate: u64,
    conflicts: u64,
}

#[derive(Serialize)]
struct FailedObject<'a> {
    file: &'a str,
    reason: &'a str,
}

#[derive(Serialize)]
struct GapObject<'a> {
    account_id: &'a str,
    region: &'a str,
    date: String,
    kind: &'static str,
}

/// Gaps day by day. They are written as they are counted out, since there may be very many.
struct GapDays<'a>(&'a [Gap]);

impl Serialize for GapDays<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().flat_map(|gap| {
            gap.each_day().map(|day| GapObject {
                account_id: &gap.account_id,
                region: &gap.region,
                date: day.to_string(),
                kind: gap.kind.as_str(),
            })
        }))
    }
}

/// The malformed records, as they are counted out.
struct MalformedObjects<'a>(&'a MalformedList);

impl Serialize for MalformedObjects<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|record| MalformedObject {
            file: &record.file,
            offset: record.offset,
            reason: &record.reason,
        }))
    }
}

#[derive(Serialize)]
struct CallsObject {
    read: u64,
    attributed: u64,
    filtered: u64,
    duplicate: u64,
    conflicts: u64,
    shared_copies: u64,
    unattributed: u64,
}

impl CallsObject {
    fn of(calls: CallTally) -> Self {
        let CallTally { attributed, filtered, duplicate, conflicts, shared_copies, unattributed } = calls;
        Self { read: calls.read(), attributed, filtered, duplicate, conflicts, shared_copies, unattributed }
    }
}

#[derive(Serialize)]
struct MalformedObject<'a> {
    file: &'a str,
    offset: u64,
    reason: &'a str,
}

#[derive(Serialize)]
struct ConflictObject<'a> {
    event_id: &'a str,
    files: Vec<&'a str>,
}

/// How many files were skipped, by reason; where digests were read, also those that no digest covers yet.
struct Skipped<'a> {
    files: &'a FileTally,
    is_verified: bool,
}

impl Serialize for Skipped<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        for (kind, count) in LogKind::SKIPPED.iter().zip(self.files.skipped_kinds) {
            object.serialize_entry(kind.as_str(), &count)?;
        }
        object.serialize_entry("window", &self.files.skipped_window)?;
        object.serialize_entry("special", &self.files.skipped_special)?;
        object.serialize_entry("service", &self.files.skipped_service)?;
        if self.is_verified {
            object.serialize_entry("unverified", &self.files.skipped_unverified)?;
        }
        object.end()
    }
}

fn span(from: Option<impl Display>, to: Option<impl Display>) -> Span {
    Span { from: from.map(|from| from.to_string()), to: to.map(|to| to.to_string()) }
}

impl<'a> CoverageObject<'a> {
    pub(super) fn of(coverage: &'a Coverage) -> Self {
        // Taken apart in full, so that a new counter cannot be forgotten here.
        let FileTally {
            total,
            read,
            failed,
            skipped_kinds: _,
            skipped_window: _,
            skipped_special: _,
            skipped_service: _,
            skipped_unverified: _,
        } = coverage.files;
        let files = FilesObject {
            total,
            read,
            failed,
            skipped: Skipped { files: &coverage.files, is_verified: coverage.verified.is_some() },
        };
        let ByteTally { read, inflated } = coverage.bytes;
        let RecordTally { total, kept, other, malformed } = coverage.records;
        let KeptTally { reported, filtered, duplicate, conflicts } = coverage.kept;
        let window = coverage.window.shown();
        let troubled = coverage.verified.iter().flat_map(Verified::troubled_digests);
        let early = coverage.verified.iter().flat_map(|it| it.ends_early(coverage.window, coverage.today));
        Self {
            window: span(window.from, window.to),
            sources: coverage.sources.iter().map(SourceObject::of).collect(),
            files,
            bytes: BytesObject { read, inflated },
            records: RecordsObject { total, kept, other, malformed },
            kept: KeptObject { reported, filtered, duplicate, conflicts },
            failed: coverage.failed.iter().map(FailedObject::of).collect(),
            gaps: GapDays(&coverage.gaps),
            malformed: MalformedObjects(&coverage.malformed),
            conflicts: coverage.conflicts.iter().map(ConflictObject::of).collect(),
            truncated: coverage.truncated.keys().map(|file| &**file).collect(),
            calls: coverage.calls.map(CallsObject::of),
            incomplete: &coverage.incomplete,
            verification: VerificationObject(coverage.verification()),
            not_yet_covered: coverage.verified.iter().flat_map(|it| &it.waiting).map(|name| &**name).collect(),
            digests_not_valid: troubled.map(DigestObject::of).collect(),
            digests_end_early: early.map(|(chain, last)| ChainEndObject::of(chain, last)).collect(),
        }
    }
}

impl<'a> DigestObject<'a> {
    fn of(row: &'a VerifiedFile) -> Self {
        Self { file: &row.file, verdict: row.verdict.as_str(), reason: row.verdict.reason() }
    }
}

impl<'a> ChainEndObject<'a> {
    fn of(chain: &'a ChainKey, last: Timestamp) -> Self {
        let ChainKey { account, region, trail, .. } = chain;
        Self { account_id: account, region, trail, last: last.to_string() }
    }
}

impl<'a> SourceObject<'a> {
    fn of(source: &'a SourceCoverage) -> Self {
        let folders = span(source.first_folder, source.last_folder);
        Self { source: &source.source, files: source.files, folders, bytes_scanned: source.scanned }
    }
}

impl<'a> FailedObject<'a> {
    fn of(failed: &'a FailedFile) -> Self {
        Self { file: &failed.file, reason: &failed.reason }
    }
}

impl<'a> ConflictObject<'a> {
    fn of(conflict: &'a Conflict) -> Self {
        Self { event_id: &conflict.event_id, files: conflict.files.iter().map(|file| &**file).collect() }
    }
}
