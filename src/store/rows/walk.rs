//! The one walk over stored rows. Rows that stand by themselves are visited as they are; where that takes several rows, the
//! event is put together out of them, by the code that puts those of a scan together, and is visited in their place.

use std::collections::HashSet;

use rusqlite::Row;

use super::columns::{COPY, ID, ISSUER, SUBJECT};
use super::narrow::RowSelection;
use super::state::{RowStanding, RowStates};
use crate::audit::runs::dedupe::{Deduplicated, deduplicate, distinct};
use crate::audit::runs::of_window::{AnswerWindow, deduplicate_for};
use crate::domain::assumption::Assumption;
use crate::domain::issuer::IssuerRole;
use crate::store::assemble::Assembler;
use crate::store::corrections::rows_of_an_event;
use crate::store::handle::Store;
use crate::store::question::StoreQuestion;
use crate::store::tally::StoreTally;

/// What is done with the events of a walk.
pub(in crate::store) trait RowVisitor {
    /// Whether it takes rows of look-alikes as they are; otherwise it is given their events.
    const TAKES_ROWS_OF_LOOK_ALIKES: bool;

    /// What it reads of rows: [`COLUMNS`](super::columns::COLUMNS), and then columns of its own.
    fn columns(&self) -> &[&'static str];

    /// Whether neither a row nor any that comes after it changes anything.
    fn is_done(&self, _row: &Row<'_>) -> rusqlite::Result<bool> {
        Ok(false)
    }

    /// Takes the event of a row whose issuer has that role.
    fn row(&mut self, assembler: &mut Assembler<'_>, row: &Row<'_>, role: IssuerRole) -> rusqlite::Result<()>;

    /// Takes an event that was put together.
    fn event(&mut self, event: Assumption);
}

/// A walk over the rows that a question reads.
pub(in crate::store) struct RowWalk<'a> {
    store: &'a Store,
    /// The part of SQL that tells which log files count.
    files: String,
    are_all_read: bool,
    states: RowStates,
    /// Rows whose events were put together.
    seen: HashSet<i64>,
    /// Rows whose copies were looked for.
    complete: HashSet<i64>,
    /// Whose texts it knows.
    pub(in crate::store) assembler: Assembler<'a>,
}

impl<'a> RowWalk<'a> {
    pub(in crate::store) fn new(
        store: &'a Store,
        question: &StoreQuestion<'a>,
        tallied: &StoreTally,
    ) -> rusqlite::Result<Self> {
        Ok(Self {
            store,
            files: store.files_read(question.filter.window, question.late_days),
            are_all_read: tallied.are_all_read(),
            states: RowStates::new(store, tallied.look_alikes, tallied.is_as_stored && tallied.are_all_read())?,
            seen: HashSet::new(),
            complete: HashSet::new(),
            assembler: Assembler::new(store, question.issuers),
        })
    }

    /// Visits the events of those rows that are asked for: whether a row was left since another one stands for its event.
    pub(in crate::store) fn visit<V: RowVisitor>(
        &mut self,
        narrowed: &RowSelection,
        visitor: &mut V,
    ) -> rusqlite::Result<bool> {
        let RowSelection { from, condition } = narrowed;
        let columns = visitor.columns().join(", ");
        let sql = if self.are_all_read {
            format!("SELECT {columns} FROM {from} WHERE {condition}")
        } else {
            let files = &self.files;
            format!(
                "SELECT {columns} FROM {from} JOIN log_files AS f ON f.id = a.log_file WHERE {files} AND {condition}"
            )
        };
        let store = self.store;
        let mut statement = store.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let mut is_any_left = false;
        let mut last: Option<(Option<i64>, IssuerRole)> = None;
        while let Some(row) = rows.next()? {
            if visitor.is_done(row)? {
                break;
            }
            let is_alone = match self.states.of(row.get(ID)?, row.get(COPY)?) {
                RowStanding::Alone => true,
                RowStanding::Copied => false,
                RowStanding::Replaced => {
                    is_any_left = true;
                    continue;
                }
                RowStanding::Unasked => continue,
            };
            let issuer: Option<i64> = row.get(ISSUER)?;
            let role = match last {
                Some((before, role)) if before == issuer => role,
                _ => self.assembler.role(issuer)?,
            };
            last = Some((issuer, role));
            if role == IssuerRole::Foreign && !self.assembler.keeps_subject(row.get(SUBJECT)?)? {
                continue;
            }
            if is_alone && (V::TAKES_ROWS_OF_LOOK_ALIKES || role != IssuerRole::Foreign) {
                visitor.row(&mut self.assembler, row, role)?;
                continue;
            }
            let id = row.get(ID)?;
            if !self.seen.contains(&id) {
                let mut copies = Vec::new();
                self.add_copies(id, &mut copies)?;
                deduplicate(copies).events.into_iter().for_each(|event| visitor.event(event));
            }
        }
        Ok(is_any_left)
    }

    /// Every event of those rows, once; those of the window that the answer is about, where there is one, as that window alone
    /// has them.
    pub(in crate::store) fn distinct(
        &mut self,
        narrowed: &RowSelection,
        about: Option<AnswerWindow>,
    ) -> rusqlite::Result<Deduplicated> {
        let (mut events, copied) = self.assembled(narrowed)?;
        if copied.is_empty() && about.is_none() {
            return Ok(distinct(events));
        }
        self.seen.extend(&copied);
        for id in copied {
            self.add_copies(id, &mut events)?;
        }
        Ok(deduplicate_for(events, about))
    }

    /// The event of each of those rows, copies and all.
    pub(in crate::store) fn events(&mut self, narrowed: &RowSelection) -> rusqlite::Result<Vec<Assumption>> {
        Ok(self.assembled(narrowed)?.0)
    }

    /// The event of each row, and the rows among them that have copies.
    fn assembled(&mut self, narrowed: &RowSelection) -> rusqlite::Result<(Vec<Assumption>, Vec<i64>)> {
        let (columns, files, RowSelection { from, condition }) = (Assembler::COLUMNS, &self.files, narrowed);
        let sql = format!(
            "SELECT {columns} FROM {from} JOIN log_files AS f ON f.id = a.log_file WHERE {files} AND {condition}"
        );
        let mut statement = self.store.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let (mut events, mut copied) = (Vec::new(), Vec::new());
        while let Some(row) = rows.next()? {
            let Some(event) = self.assembler.event(row)? else { continue };
            events.push(event);
            let (id, copy) = (row.get(Assembler::ID)?, row.get(Assembler::COPY)?);
            if self.states.has_copies(id, copy) {
                copied.push(id);
            }
        }
        Ok((events, copied))
    }

    /// Adds the events of a row and of its copies that the question reads, beside those that were seen before.
    fn add_copies(&mut self, id: i64, events: &mut Vec<Assumption>) -> rusqlite::Result<()> {
        if self.complete.contains(&id) {
            return Ok(());
        }
        let sql = copies_of_a_row(&self.files);
        let mut statement = self.store.connection.prepare_cached(&sql)?;
        let mut rows = statement.query([id])?;
        while let Some(row) = rows.next()? {
            let id = row.get(Assembler::ID)?;
            self.complete.insert(id);
            if self.seen.insert(id) {
                events.extend(self.assembler.event(row)?);
            }
        }
        Ok(())
    }
}

/// The statement that gives a row and its copies, in the log files that this part of SQL selects.
fn copies_of_a_row(files: &str) -> String {
    format!(
        "SELECT {} FROM assumptions AS a JOIN log_files AS f ON f.id = a.log_file
        WHERE {files} AND a.id IN ({rows_of_an_event})",
        Assembler::COLUMNS,
        rows_of_an_event = rows_of_an_event()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_found_without_reading_the_whole_table() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(&folder.path().join("store.db")).unwrap();
        let sql = format!("EXPLAIN QUERY PLAN {}", copies_of_a_row("1"));
        let mut statement = store.connection.prepare(&sql).unwrap();
        let steps: Vec<String> =
            statement.query_map([1], |row| row.get("detail")).unwrap().map(Result::unwrap).collect();
        let scanned: Vec<_> = steps.iter().filter(|step| step.starts_with("SCAN") && *step != "SCAN family").collect();
        assert!(scanned.is_empty() && steps.iter().any(|step| step.starts_with("SEARCH c")), "{steps:#?}");
    }
}
