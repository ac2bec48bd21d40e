//! Puts rows of extracts together part after part, so that of many millions only those of some parts lie in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::fold::{FoldedFile, GatheredRows};
use super::kept_events::keeps_stored;
use super::options::IngestOptions;
use super::pool::on_each;
use super::row_keeper::{KeptRows, RowParts};
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
    AllRows::of(kept)?.fold_each(options, missing, keeps_stored(options), new, |result, rows, missing| {
        if let Some(lack) = rows.lack_of_calls(options).or_else(|| rows.lack_of_issuers(&options.issuers)) {
            return Err(FoldFailure::Lack(lack));
        }
        rows.fold(options, missing).into_iter().for_each(|file| take(result, file));
        Ok(())
    })
}

/// The rows of all extracts.
pub(super) enum AllRows {
    /// In memory.
    Here(GatheredRows),
    /// In parts, with the sources that they are of.
    Aside(RowParts, BTreeSet<usize>),
}

impl AllRows {
    pub(super) fn of(mut kept: KeptRows) -> Result<Self, AsideError> {
        Ok(match kept.parts()? {
            None => Self::Here(kept.rows),
            Some(parts) => Self::Aside(parts, kept.rows.sources),
        })
    }

    /// What rows lack, if `lack` finds anything in those of some log files: of several things always the same one.
    #[cfg(feature = "store")]
    pub(super) fn lack(&self, lack: impl Fn(&GatheredRows) -> Option<String>) -> Result<Option<String>, AsideError> {
        match self {
            Self::Here(rows) => Ok(lack(rows)),
            Self::Aside(parts, sources) => {
                let mut common = parts.in_common();
                let mut of_part = |part| Ok(lack(&parts.read(part, sources, true, &mut common)?));
                let lacks = (0..PARTS).map(&mut of_part).collect::<Result<Vec<_>, AsideError>>()?;
                Ok(lacks.into_iter().flatten().min())
            }
        }
    }

    /// Hands on the rows of some log files after those of others, with those log files that are `missing` and belong to them, in no
    /// order. Whoever takes them is made by `new`, once for each thread.
    pub(super) fn fold_each<R: Send>(
        self,
        options: &IngestOptions,
        missing: BTreeMap<Arc<str>, usize>,
        keeps_stored: bool,
        new: impl Fn() -> R + Sync,
        take: impl Fn(&mut R, GatheredRows, BTreeMap<Arc<str>, usize>) -> Result<(), FoldFailure> + Sync,
    ) -> Result<Vec<R>, FoldFailure> {
        let (parts, sources) = match self {
            Self::Here(rows) => {
                let mut result = new();
                take(&mut result, rows, missing)?;
                return Ok(vec![result]);
            }
            Self::Aside(parts, sources) => (parts, sources),
        };
        let (next, missing) = (AtomicUsize::new(0), parts.missing_by_part(missing));
        let results = on_each(options.threads.get(), || {
            let (mut result, mut common, mut lacks) = (new(), parts.in_common(), Vec::new());
            loop {
                let part = next.fetch_add(1, Ordering::Relaxed);
                if part >= PARTS {
                    return Ok((result, lacks.into_iter().min()));
                }
                let rows = parts.read(part, &sources, keeps_stored, &mut common)?;
                match take(&mut result, rows, missing[part].clone()) {
                    // Of several things, always the same one is told.
                    Err(FoldFailure::Lack(lack)) => lacks.push(lack),
                    other => other?,
                }
            }
        });
        let results = results.into_iter().collect::<Result<Vec<_>, FoldFailure>>()?;
        let (results, lacks): (Vec<R>, Vec<Option<String>>) = results.into_iter().unzip();
        lacks.into_iter().flatten().min().map_or(Ok(results), |lack| Err(FoldFailure::Lack(lack)))
    }
}
