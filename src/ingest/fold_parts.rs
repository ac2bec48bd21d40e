//! Puts rows of extracts together part after part, so that of many millions only those of some parts lie in memory.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::fold::FoldedFile;
use super::kept_events::keeps_stored;
use super::options::IngestOptions;
use super::pool::on_each;
use super::row_keeper::KeptRows;
use crate::audit::aside::file::AsideError;
use crate::audit::aside::parts::PARTS;

/// Why rows are not put together.
#[derive(Debug)]
pub(super) enum FoldFailure {
    /// They lack something that is asked for.
    Lack(String),
    /// Rows could not be put aside, or read back.
    Aside(AsideError),
}

impl From<AsideError> for FoldFailure {
    fn from(error: AsideError) -> Self {
        Self::Aside(error)
    }
}

/// Hands each log file on to something that `new` makes, in no order: there is one of it for each thread.
pub(super) fn fold_parts<R: Send>(
    mut kept: KeptRows,
    options: &IngestOptions,
    new: impl Fn() -> R + Sync,
    take: impl Fn(&mut R, FoldedFile) + Sync,
) -> Result<Vec<R>, FoldFailure> {
    let told = kept.told.take();
    let missing = options.work_list.as_ref().zip(told).map(|(list, told)| list.missing(&told)).unwrap_or_default();
    let Some(parts) = kept.parts()? else {
        if let Some(lack) = kept.rows.lack_of_issuers(&options.issuers) {
            return Err(FoldFailure::Lack(lack));
        }
        let mut result = new();
        for file in kept.rows.fold(options, missing) {
            take(&mut result, file);
        }
        return Ok(vec![result]);
    };
    let missing = parts.missing_by_part(missing);
    let (next, sources, keeps_stored) = (AtomicUsize::new(0), kept.rows.sources, keeps_stored(options));
    let results = on_each(options.threads.get(), || {
        let (mut result, mut common) = (new(), parts.in_common());
        loop {
            let part = next.fetch_add(1, Ordering::Relaxed);
            if part >= PARTS {
                return Ok(result);
            }
            let rows = parts.read(part, &sources, keeps_stored, &mut common)?;
            if let Some(lack) = rows.lack_of_calls(options).or_else(|| rows.lack_of_issuers(&options.issuers)) {
                return Err(FoldFailure::Lack(lack));
            }
            for file in rows.fold(options, missing[part].clone()) {
                take(&mut result, file);
            }
        }
    });
    results.into_iter().collect()
}
