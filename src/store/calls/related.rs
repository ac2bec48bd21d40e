//! Everything that leads to the run of an id, and on from it, by indices: a question about one run reads little of a store,
//! however much it has. What is found is read with the same code as all else.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;

use super::assemble::{ASKED, COLUMNS, CallAssembler, NOT_ASKED};
use super::grouped::CallPlace;
use super::leads::Related;
use super::read::{CallsQuestion, StoredCalls};
use crate::audit::filter::Filter;
use crate::domain::session_call::SessionCall;
use crate::domain::tally::KeptTally;
use crate::domain::window::Window;
use crate::store::corrections;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::question::StoreQuestion;
use crate::store::read::WindowContents;
use crate::store::rows::columns::number;
use crate::store::rows::narrow::RowSelection;
use crate::store::rows::state::{IS_STANDING, LookAlikes};
use crate::store::rows::walk::RowWalk;
use crate::store::tally::StoreTally;

impl Store {
    /// The calls and the events of the runs that `what` may lead to, which is the id of a run, an access key or an event, and what
    /// tells whose they are; the calls of all who are on the way. The counters of kept events are those of `window`. Nothing
    /// where there are none, or where only all of the store tells.
    pub fn calls_of(
        &self,
        asked: &CallsQuestion<'_>,
        what: &str,
        window: Window,
    ) -> Result<Option<StoredCalls>, StoreError> {
        self.at_one_moment(|| self.related(asked, what, window))
    }

    fn related(&self, asked: &CallsQuestion<'_>, what: &str, window: Window) -> rusqlite::Result<Option<StoredCalls>> {
        let filter = Filter { window: asked.window, ..Filter::default() };
        let CallsQuestion { issuers, late_days, .. } = *asked;
        let question = StoreQuestion { issuers, filter: &filter, whole_runs: None, late_days };
        let mut tallied = self.tally(&question)?;
        tallied.coverage.early = self.early(asked.begins, asked.window, late_days)?;
        let is_plain = tallied.is_as_stored && tallied.look_alikes == LookAlikes::Apart;
        if !is_plain || corrections::any(&self.connection)? {
            return Ok(None);
        }
        let mut found = Related::new(self);
        found.begin(what)?;
        found.follow()?;
        if found.events.is_empty() && found.calls.is_empty() {
            return Ok(None);
        }
        found.add_applies()?;
        let ids: Vec<String> = found.events.iter().map(ToString::to_string).collect();
        let selection = RowSelection::of_ids(&ids.join(","));
        let events = RowWalk::new(self, &question, &tallied)?.events(&selection)?;
        let principals = self.principals_at(&found.events)?;
        let calls = self.calls_at(&found.calls, asked)?;
        let kept = self.kept_in(&question, &tallied, window)?;
        tallied.coverage.kept = kept;
        tallied.coverage.conflicts = if kept.conflicts > 0 { self.contradictions(&question)? } else { Vec::new() };
        if kept.reported == 0 {
            tallied.coverage.issuers = self.issuers_seen()?;
        }
        tallied.coverage.incomplete.extend(self.about_calls(asked)?);
        self.reject_unread_calls(&mut tallied.coverage)?;
        let StoreTally { coverage, forbidden, notes, .. } = tallied;
        let contents = WindowContents { events, coverage, forbidden, notes };
        Ok(Some(StoredCalls { contents, calls, principals, ..StoredCalls::default() }))
    }

    /// What became of kept events, where every one of a window is reported.
    fn kept_in(
        &self,
        question: &StoreQuestion<'_>,
        tallied: &StoreTally,
        window: Window,
    ) -> rusqlite::Result<KeptTally> {
        let (duplicate, conflicts) = self.count_copies(question, tallied)?;
        let standing = tallied.coverage.records.kept.saturating_sub(duplicate + conflicts);
        let reported = if window == Window::default() {
            standing
        } else {
            let mut sql = format!(
                "SELECT count(*) FROM assumptions AS a INDEXED BY assumptions_by_time JOIN log_files AS f ON f.id = a.log_file
                WHERE {IS_STANDING} AND {}",
                self.files_read(question.filter.window, question.late_days)
            );
            for (end, sign) in [(window.from, ">="), (window.to, "<")] {
                if let Some(end) = end {
                    // Writing to a String cannot fail.
                    let _ = write!(sql, " AND a.time {sign} {}", end.seconds());
                }
            }
            self.connection.query_row(&sql, [], |row| number(row, 0))?
        };
        Ok(KeptTally { reported, filtered: standing.saturating_sub(reported), duplicate, conflicts })
    }

    /// The principals of the sessions that these rows began, by the `content` of the event.
    fn principals_at(&self, events: &BTreeSet<i64>) -> rusqlite::Result<HashMap<[u8; 32], Box<str>>> {
        let sql = "SELECT a.content, p.text FROM assumptions AS a JOIN call_principals AS p ON p.id = a.principal
            WHERE a.id = ?";
        let mut statement = self.connection.prepare(sql)?;
        let mut principals = HashMap::new();
        for id in events {
            let mut rows = statement.query([id])?;
            if let Some(row) = rows.next()? {
                principals.insert(row.get(0)?, row.get(1)?);
            }
        }
        Ok(principals)
    }

    /// The calls at some places in the log files of a question.
    pub(super) fn calls_at(
        &self,
        places: &BTreeSet<CallPlace>,
        asked: &CallsQuestion<'_>,
    ) -> rusqlite::Result<Vec<SessionCall>> {
        let parameters = if asked.parameters { ASKED } else { NOT_ASKED };
        let sql = format!(
            "SELECT {COLUMNS}, {parameters}
            FROM calls AS c JOIN log_files AS f ON f.id = c.log_file
            LEFT JOIN call_sessions AS s ON s.log_file = c.log_file AND s.place = c.place
            WHERE c.log_file = ? AND c.place = ? AND {}",
            self.files_read(asked.window, asked.late_days)
        );
        let mut statement = self.connection.prepare(&sql)?;
        let mut assembler = CallAssembler::new(self);
        let mut calls = Vec::new();
        for place in places {
            let mut rows = statement.query(*place)?;
            if let Some(row) = rows.next()? {
                calls.push(assembler.call(row)?);
            }
        }
        Ok(calls)
    }
}
