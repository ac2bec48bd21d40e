//! Answers what a scan of the same log files would answer, with the same counters. Whatever is read goes through the same
//! code as the events of a scan, so the two cannot differ.

use std::collections::BTreeMap;

use rusqlite::Transaction;

use super::error::StoreError;
use super::handle::Store;
pub use super::question::StoreQuestion;
use super::rows::narrow::RowSelection;
use super::rows::walk::RowWalk;
use super::tally::StoreTally;
use crate::audit::coverage::Coverage;
use crate::audit::filter::Filter;
use crate::audit::filter::select::{Selected, select};
use crate::audit::runs::dedupe::Deduplicated;
use crate::audit::runs::of_window::{AnswerWindow, deduplicate_for};
use crate::domain::assumption::Assumption;
use crate::domain::issuer::Issuers;
use crate::domain::tally::KeptTally;
use crate::domain::timestamp::Timestamp;
use crate::domain::window::Window;

/// What a store answers.
#[derive(Debug)]
pub struct StoreAnswer {
    /// The events, and what removed the others.
    pub selected: Selected,
    /// What they rest on, with every counter filled in.
    pub coverage: Coverage,
    /// Sources of which nothing could be read for want of permission.
    pub forbidden: Vec<String>,
    /// What to say about it, a line each.
    pub notes: Vec<String>,
}

/// Everything that a store has for a window, to be put beside what else is read.
#[derive(Debug, Default)]
pub struct WindowContents {
    /// Kept events, copies and all.
    pub events: Vec<Assumption>,
    /// What they rest on; the counters of kept events are not filled in.
    pub coverage: Coverage,
    /// Sources of which nothing could be read for want of permission.
    pub forbidden: Vec<String>,
    /// What to say about it, a line each.
    pub notes: Vec<String>,
}

/// The cache of a walk over the events.
pub(super) const WALK_KIB: i64 = 4 << 10;

impl Store {
    /// Answers, from one state of the store.
    pub fn ask(&self, question: &StoreQuestion<'_>) -> Result<StoreAnswer, StoreError> {
        self.ask_for(question, None)
    }

    /// The same, where the answer is about a window within what the question reads.
    pub fn ask_for(
        &self,
        question: &StoreQuestion<'_>,
        about: Option<AnswerWindow>,
    ) -> Result<StoreAnswer, StoreError> {
        self.at_one_moment(|| self.answer(question, about))
    }

    /// Everything for a window. `begins` are the minutes within a day at which parts of the answer begin.
    pub fn contents(
        &self,
        issuers: &Issuers,
        window: Window,
        late_days: u32,
        begins: &[Timestamp],
    ) -> Result<WindowContents, StoreError> {
        self.at_one_moment(|| {
            let filter = Filter { window, ..Filter::default() };
            let question = StoreQuestion { issuers, filter: &filter, whole_runs: None, late_days };
            let mut tallied = self.tally(&question)?;
            tallied.coverage.early = self.early(begins, window, late_days)?;
            let events = RowWalk::new(self, &question, &tallied)?.events(&RowSelection::all())?;
            if events.is_empty() {
                tallied.coverage.issuers = self.issuers_seen()?;
            }
            let StoreTally { coverage, forbidden, notes, .. } = tallied;
            Ok(WindowContents { events, coverage, forbidden, notes })
        })
    }

    /// What keeps others from changing anything, unless that is so already.
    pub(super) fn transaction(&self) -> rusqlite::Result<Option<Transaction<'_>>> {
        self.connection.is_autocommit().then(|| self.connection.unchecked_transaction()).transpose()
    }

    pub(super) fn at_one_moment<T>(&self, read: impl FnOnce() -> rusqlite::Result<T>) -> Result<T, StoreError> {
        let at_once = || {
            let transaction = self.transaction()?;
            let answer = read()?;
            transaction.map_or(Ok(()), Transaction::finish)?;
            Ok(answer)
        };
        let answer: rusqlite::Result<T> = at_once();
        let answer = answer.map_err(|error| self.error(error))?;
        self.is_as_it_was()?;
        Ok(answer)
    }

    fn answer(&self, question: &StoreQuestion<'_>, about: Option<AnswerWindow>) -> rusqlite::Result<StoreAnswer> {
        let mut tallied = self.tally(question)?;
        let events = self.candidates(question, (question.filter, about), &tallied)?;
        let mut selected = select(events, question.filter, question.whole_runs);
        let reported = selected.kept.reported;
        selected.kept = self.balance(question, &mut tallied, reported, &mut selected.removed)?;
        Ok(StoreAnswer { selected, coverage: tallied.coverage, forbidden: tallied.forbidden, notes: tallied.notes })
    }

    /// Fills in what became of kept events, of which so many are reported.
    pub(super) fn balance(
        &self,
        question: &StoreQuestion<'_>,
        tallied: &mut StoreTally,
        reported: u64,
        removed: &mut BTreeMap<&'static str, u64>,
    ) -> rusqlite::Result<KeptTally> {
        let (duplicate, conflicts) = self.count_copies(question, tallied)?;
        let filtered = tallied.coverage.records.kept.saturating_sub(reported + duplicate + conflicts);
        let left_out = filtered.saturating_sub(removed.values().sum());
        if left_out > 0 {
            removed.insert("the window and filters", left_out);
        }
        let kept = KeptTally { reported, filtered, duplicate, conflicts };
        tallied.coverage.kept = kept;
        tallied.coverage.conflicts = if conflicts > 0 { self.contradictions(question)? } else { Vec::new() };
        if reported == 0 {
            tallied.coverage.issuers = self.issuers_seen()?;
        }
        Ok(kept)
    }

    /// Every event that the question reads and `filter` lets pass, once, and perhaps others; those of the window that it is
    /// about, where there is one, as that window alone has them.
    pub(super) fn candidates(
        &self,
        question: &StoreQuestion<'_>,
        (filter, about): (&Filter, Option<AnswerWindow>),
        tallied: &StoreTally,
    ) -> rusqlite::Result<Deduplicated> {
        let mut walk = RowWalk::new(self, question, tallied)?;
        if question.whole_runs.is_some() {
            return walk.events(&RowSelection::all()).map(|events| deduplicate_for(events, about));
        }
        let Some(narrowed) = self.narrowed(filter, tallied)? else { return Ok(Deduplicated::default()) };
        if filter.window.from.is_none() {
            // No page is read twice.
            self.connection.pragma_update(None, "cache_size", -WALK_KIB)?;
        }
        walk.distinct(&narrowed, about)
    }
}
