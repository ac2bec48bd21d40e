//! Counts what was decoded of a log file, for a scan and for a sync.

use std::sync::Arc;

use crate::audit::coverage::{
    Coverage, DayKey, DayTally, FailedFile, FileCount, FileOutcome, MalformedRecord, delivery_of,
};
use crate::decode::{Decoded, FileEnd};
use crate::domain::log_key::LogKey;
use crate::domain::log_kind::LogKind;
use crate::domain::tally::Skip;

/// The day of a log file.
pub(super) fn day_of(key: &LogKey) -> DayKey {
    DayKey::of(key)
}

/// Counts a log file under its name: what became of it, and what it is in the counts of its day.
pub(super) fn count(
    coverage: &mut Coverage,
    file: &Arc<str>,
    key: &LogKey,
    decoded: &mut Decoded,
) -> (FileOutcome, DayTally) {
    let outcome = match &decoded.ended {
        FileEnd::Read => FileOutcome::Read,
        FileEnd::Failed(_) => FileOutcome::Failed,
        FileEnd::Digest => FileOutcome::Skipped(Skip::Kind(LogKind::Digest)),
        FileEnd::Skipped(why) => FileOutcome::Skipped(*why),
        // Whoever reads log files waits with these until all are known.
        FileEnd::Unlisted => FileOutcome::Skipped(Skip::Unverified),
    };
    let (bytes, records) = (decoded.bytes, decoded.records);
    // One that is read though it came too late for the window is of no day that the window is told by.
    let last = coverage.window.last_folder(coverage.late_days).filter(|_| decoded.judged.is_some());
    let delivered = delivery_of(key).filter(|day| last.is_none_or(|last| *day <= last));
    let count = FileCount { files: 1, outcome, delivered, bytes, records };
    coverage.count(&count);
    coverage.count_early(key, &count);
    if let Some(row) = decoded.judged.take() {
        coverage.verified.get_or_insert_default().take(*row);
    }
    match outcome {
        FileOutcome::Read => {}
        FileOutcome::Failed => {
            let reason = decoded.failure().unwrap_or_default();
            coverage.failed.push(FailedFile { file: Arc::clone(file), reason });
        }
        FileOutcome::Skipped(why) => {
            coverage.name_skipped(file, why);
            return (outcome, DayTally::default());
        }
    }
    coverage.malformed.extend(decoded.malformed.iter().map(|malformed| MalformedRecord {
        file: Arc::clone(file),
        offset: malformed.offset,
        reason: malformed.reason.to_string(),
    }));
    if let Some(words) = decoded.has_more.take() {
        coverage.truncated.insert(Arc::clone(file), words);
    }
    for (issuer, count) in std::mem::take(&mut decoded.issuers) {
        *coverage.issuers.entry(issuer).or_default() += count;
    }
    (outcome, count.of_day(1))
}
