//! Log files of a sync that no digest lists, and what digests say besides, after all log files are known.

use std::sync::Arc;

use super::item::{FileFate, SyncItem, WorkerNews};
use super::ledger::Ledger;
use super::tally::SyncTally;
use crate::decode::FileEnd;
use crate::domain::archive_judge::ArchiveJudge;
use crate::domain::log_key::LogKey;
use crate::ingest::unlisted::{UnlistedFate, UnlistedLog, not_verified};
use crate::source::Unlisted;

/// Whether what was found is a log file that no digest lists.
pub(super) fn is_unlisted(item: &SyncItem) -> bool {
    matches!(&item.what, FileFate::Decoded(decoded) if decoded.ended == FileEnd::Unlisted)
}

/// Says what becomes of log files that no digest lists: what is not as CloudTrail wrote it has failed, and is tried again like
/// all that failed; what the next digest will tell of is left for the next sync.
pub(super) fn settle<L: Ledger>(
    unlisted: Vec<SyncItem>,
    judge: &dyn ArchiveJudge,
    tally: &mut SyncTally,
    ledger: &mut L,
) -> Result<(), L::Error> {
    for SyncItem { source, version, key, what } in unlisted {
        let FileFate::Decoded(decoded) = what else { continue };
        let file = Arc::clone(&decoded.log_file);
        let log = UnlistedLog { source, file: Arc::clone(&file), key: key.clone(), bytes: decoded.bytes };
        match log.fate(judge) {
            UnlistedFate::Failed(verdict) => {
                let unlisted = Unlisted { file, reason: not_verified(verdict), forbidden: false };
                let item = SyncItem { source, version, key, what: FileFate::Failed(unlisted) };
                ledger.take(&item)?;
                tally.take(WorkerNews::Item(item));
                tally.count_verdict(&log, verdict);
            }
            fate => tally.leave(&log, fate),
        }
    }
    let mut say = judge.rest();
    // What was read before and has not changed is not met again in a source behind an API.
    if !tally.sees_all() {
        say.missing.clear();
    }
    for row in &say.missing {
        let unlisted = Unlisted { file: Arc::clone(&row.file), reason: not_verified(row.verdict), forbidden: false };
        tally.miss(LogKey::parse(&row.file), unlisted);
    }
    tally.take_digests(say);
    Ok(())
}
