//! Keeps the rows of extracts until all of them are here: in memory, and those that do not fit there in files, in parts. All rows
//! of one log file lie in one part, so that parts are put together one after the other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::call_bytes::CallsInCommon;
use super::fold::GatheredRows;
use super::row_bytes::{put_call_row, put_event, put_tally, take_rows};
use super::work_list::ToldFiles;
use crate::audit::aside::file::AsideError;
use crate::audit::aside::parts::{AsideParts, PARTS};
use crate::audit::aside::text_numbers::TextNumbers;
use crate::audit::aside::writer::EventRoom;
use crate::decode::extract::{Attempt, ExtractRows, TakeRows};
use crate::domain::shared::SharedTexts;

/// The memory of a row, about, with what it is put together by.
const ROW_BYTES: usize = 900;

/// Keeps the rows that one worker finds.
#[derive(Debug, Clone)]
pub(super) struct RowKeeper(Arc<Mutex<KeptRows>>);

/// What was kept.
#[derive(Debug)]
pub(super) struct KeptRows {
    /// The rows in memory.
    pub(super) rows: GatheredRows,
    texts: SharedTexts,
    /// The source that is read now.
    source: usize,
    room: Option<EventRoom>,
    aside: Vec<RowsAside>,
    /// The log files that tallies speak of, and those that lie beside extracts, where somebody has a list of them.
    pub(super) told: Option<ToldFiles>,
    /// Why rows could not be put aside.
    failure: Option<AsideError>,
}

/// Rows that one worker put aside.
#[derive(Debug)]
struct RowsAside {
    parts: AsideParts,
    texts: TextNumbers,
    /// The source and the attempt of the last event or call in each part.
    last: Vec<Option<(usize, Arc<Attempt>)>>,
}

impl RowKeeper {
    /// Keeps none yet; `has_list` says that somebody knows which log files there should be.
    pub(super) fn new(room: Option<&EventRoom>, has_list: bool) -> Self {
        Self(Arc::new(Mutex::new(KeptRows {
            rows: GatheredRows::default(),
            texts: SharedTexts::default(),
            source: 0,
            room: room.cloned(),
            aside: Vec::new(),
            told: has_list.then(ToldFiles::default),
            failure: None,
        })))
    }

    fn kept(&self) -> MutexGuard<'_, KeptRows> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whoever takes rows of a large extract before it is read to its end.
    pub(super) fn taker(&self) -> TakeRows {
        let keeper = self.clone();
        Box::new(move |rows| {
            let mut kept = keeper.kept();
            let source = kept.source;
            kept.take(source, rows);
        })
    }

    /// Says which source the next rows are of.
    pub(super) fn read_source(&self, source: usize) {
        self.kept().source = source;
    }

    /// Takes the last rows of an extract of a source.
    pub(super) fn take(&self, source: usize, name: &Arc<str>, mut rows: ExtractRows) {
        let mut kept = self.kept();
        kept.rows.sources.insert(source);
        if rows.is_cut_off {
            kept.rows.cut_off.insert(Arc::clone(name));
        }
        kept.take(source, &mut rows);
    }

    /// Notes that a source has extracts, though what was met of them cannot be read.
    pub(super) fn hold(&self, source: usize) {
        self.kept().rows.sources.insert(source);
    }

    /// Notes a log file of a source that was met itself, where somebody has a list of them.
    pub(super) fn meet(&self, source: &str, log_file: &str) {
        if let Some(told) = &mut self.kept().told {
            told.add(source, log_file);
        }
    }

    /// Puts what another worker kept beside it.
    pub(super) fn merge(&self, other: &Self) {
        let mut other = std::mem::replace(&mut *other.kept(), KeptRows::none());
        let mut kept = self.kept();
        kept.rows.merge(std::mem::take(&mut other.rows));
        kept.aside.append(&mut other.aside);
        if let (Some(mine), Some(told)) = (&mut kept.told, other.told) {
            mine.merge(told);
        }
        kept.failure = kept.failure.take().or(other.failure);
    }

    /// All that was kept.
    pub(super) fn finish(&self) -> KeptRows {
        std::mem::replace(&mut *self.kept(), KeptRows::none())
    }
}

impl KeptRows {
    fn none() -> Self {
        Self {
            rows: GatheredRows::default(),
            texts: SharedTexts::default(),
            source: 0,
            room: None,
            aside: Vec::new(),
            told: None,
            failure: None,
        }
    }

    fn take(&mut self, source: usize, rows: &mut ExtractRows) {
        if let Some(told) = &mut self.told {
            for tally in &rows.tallies {
                told.add(&tally.source, &tally.attempt.log_file);
            }
        }
        if self.aside.is_empty() {
            rows.events.iter_mut().filter_map(|row| row.event.as_mut()).for_each(|event| self.texts.share(event));
        }
        self.rows.tallies.extend(rows.tallies.drain(..).map(|tally| (source, tally)));
        self.rows.events.extend(rows.events.drain(..).map(|event| (source, event)));
        self.rows.calls.extend(rows.calls.drain(..).map(|call| (source, call)));
        let Some(room) = &self.room else { return };
        let most = if self.aside.is_empty() { room.bytes() / ROW_BYTES } else { 0 };
        let rows = self.rows.events.len() + self.rows.calls.len() + self.rows.tallies.len();
        if rows > most && self.failure.is_none() {
            self.failure = self.put_aside().err();
        }
    }

    /// Puts all rows in memory aside.
    fn put_aside(&mut self) -> Result<(), AsideError> {
        let Some(room) = &self.room else { return Ok(()) };
        if self.aside.is_empty() {
            self.texts = SharedTexts::default();
            self.aside.push(RowsAside { parts: room.parts(), texts: room.texts(), last: vec![None; PARTS] });
        }
        let Some(RowsAside { parts, texts, last }) = self.aside.first_mut() else { return Ok(()) };
        for (source, row) in self.rows.events.drain(..) {
            let part = room.part_of(&row.attempt.log_file);
            parts.put(part, |out| put_event(source, &row, last[part].as_ref(), texts, out))?;
            last[part] = Some((source, row.attempt));
        }
        for (source, row) in self.rows.calls.drain(..) {
            let part = room.part_of(&row.attempt.log_file);
            parts.put(part, |out| put_call_row(source, &row, last[part].as_ref(), texts, out))?;
            last[part] = Some((source, row.attempt));
        }
        for (source, tally) in self.rows.tallies.drain(..) {
            let part = room.part_of(&tally.attempt.log_file);
            parts.put(part, |out| put_tally(source, &tally, texts, out))?;
        }
        // Where nothing more comes in large lists, they take nothing.
        self.rows.events.shrink_to(1 << 12);
        self.rows.calls.shrink_to(1 << 12);
        self.rows.tallies.shrink_to(1 << 12);
        Ok(())
    }

    /// Rows in parts, where some were put aside; then all of them are.
    pub(super) fn parts(&mut self) -> Result<Option<RowParts>, AsideError> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        let Some(room) = self.room.clone().filter(|_| !self.aside.is_empty()) else { return Ok(None) };
        self.put_aside()?;
        let mut parts = Vec::new();
        for RowsAside { parts: mut of_one, .. } in self.aside.drain(..) {
            of_one.close()?;
            parts.push(Mutex::new(of_one));
        }
        Ok(Some(RowParts { parts, room }))
    }
}

/// What the rows have in common that one thread reads.
#[derive(Debug)]
pub(super) struct RowsInCommon {
    texts: TextNumbers,
    calls: CallsInCommon,
}

/// Rows that were put aside.
#[derive(Debug)]
pub(super) struct RowParts {
    parts: Vec<Mutex<AsideParts>>,
    room: EventRoom,
}

impl RowParts {
    /// What the rows have in common that a thread reads.
    pub(super) fn in_common(&self) -> RowsInCommon {
        RowsInCommon { texts: self.room.texts(), calls: CallsInCommon::default() }
    }

    /// The rows of a part, of which all are of these `sources`. Where that is enough, events are as they were put aside.
    pub(super) fn read(
        &self,
        part: usize,
        sources: &BTreeSet<usize>,
        keeps_stored: bool,
        common: &mut RowsInCommon,
    ) -> Result<GatheredRows, AsideError> {
        let mut rows = GatheredRows { sources: sources.clone(), ..GatheredRows::default() };
        for of_one in &self.parts {
            // What one worker wrote stands by itself.
            let mut bytes = Vec::new();
            of_one.lock().unwrap_or_else(PoisonError::into_inner).read(part, &mut bytes)?;
            let room = keeps_stored.then_some(&self.room);
            take_rows(&bytes, (&mut common.texts, &mut common.calls, room), &mut rows)?;
        }
        Ok(rows)
    }

    /// Log files that are missing, each in its part.
    pub(super) fn missing_by_part(&self, missing: BTreeMap<Arc<str>, usize>) -> Vec<BTreeMap<Arc<str>, usize>> {
        let mut parts = vec![BTreeMap::new(); PARTS];
        for (log_file, source) in missing {
            parts[self.room.part_of(&log_file)].insert(log_file, source);
        }
        parts
    }
}
