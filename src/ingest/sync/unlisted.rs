//! Log files of a sync that no digest lists, and what digests say besides, after all log files are known.

use std::sync::Arc;

use super::item::{FileFate, SyncItem, WorkerNews};
use super::ledger::Ledger;
use super::tally::SyncTally;
use crate::audit::coverage::ToldByDigests;
use crate::decode::FileEnd;
use crate::domain::archive_judge::ArchiveJudge;
use crate::domain::window::Window;
use crate::ingest::unlisted::{UnlistedFate, UnlistedLog, not_verified};
use crate::source::{SourceSpec, Unlisted};

/// Whether what was found is a log file that no digest lists.
pub(super) fn is_unlisted(item: &SyncItem) -> bool {
    matches!(&item.what, FileFate::Decoded(decoded) if decoded.ended == FileEnd::Unlisted)
}

/// What digests were asked about, and what of that could not be told.
pub(super) struct AskedDigests {
    window: Window,
    incomplete: Vec<String>,
}

impl AskedDigests {
    /// Hands what they said to the ledger, by source.
    pub(super) fn tell<L: Ledger>(
        &self,
        specs: &[SourceSpec],
        tally: &SyncTally,
        ledger: &mut L,
    ) -> Result<(), L::Error> {
        let Some(verified) = tally.verified() else { return Ok(()) };
        let labels: Vec<String> = specs.iter().map(SourceSpec::label).collect();
        let told = ToldByDigests { window: self.window, verified, incomplete: &self.incomplete, labels: &labels };
        (0..specs.len()).try_for_each(|source| ledger.take_told(source, &told))
    }
}

/// Says what becomes of log files that no digest lists: what is not as CloudTrail wrote it has failed, and is tried again like
/// all that failed; what the next digest will tell of is left for the next sync.
pub(super) fn settle<L: Ledger>(
    unlisted: Vec<SyncItem>,
    judge: &dyn ArchiveJudge,
    tally: &mut SyncTally,
    ledger: &mut L,
) -> Result<AskedDigests, L::Error> {
    for SyncItem { source, version, key, what } in unlisted {
        let FileFate::Decoded(decoded) = what else { continue };
        let file = Arc::clone(&decoded.log_file);
        let log = UnlistedLog { source, file: Arc::clone(&file), key: key.clone(), bytes: decoded.bytes };
        match log.fate(judge) {
            UnlistedFate::Failed(row) => {
                let unlisted = Unlisted { file, reason: not_verified(row.verdict), forbidden: false };
                let item = SyncItem { source, version, key, what: FileFate::Failed(unlisted) };
                ledger.take(&item)?;
                tally.take(WorkerNews::Item(item));
                tally.count_verdict(row);
            }
            fate => tally.leave(&log, fate),
        }
    }
    let mut say = judge.rest();
    // What was read before and has not changed is not met again in a source behind an API.
    if !tally.sees_all() {
        ledger.leave_unheld(&mut say.missing)?;
    }
    tally.miss(say.missing.len() as u64);
    let (window, incomplete) = (say.window, say.incomplete.clone());
    tally.take_digests(say);
    Ok(AskedDigests { window, incomplete })
}
