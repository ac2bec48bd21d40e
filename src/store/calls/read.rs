//! Reads stored calls back, as a scan of the same log files would have read them.

use std::collections::{HashMap, HashSet};

use super::assemble::{ASKED, COLUMNS, CallAssembler, NOT_ASKED, hashed_id};
use super::kept::KeptCalls;
use super::write::hash_of_id;
use crate::audit::activity::grouped_calls::GroupedCalls;
use crate::audit::activity::put_aside::CallRoom;
use crate::audit::activity::written::WrittenByRuns;
use crate::audit::filter::Filter;
use crate::domain::assumption::Assumption;
use crate::domain::issuer::Issuers;
use crate::domain::resource_write::ResourceWrite;
use crate::domain::session_call::SessionCall;
use crate::domain::timestamp::Timestamp;
use crate::domain::window::Window;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::intern::uuid_bytes;
use crate::store::question::StoreQuestion;
use crate::store::read::WindowContents;
use crate::store::rows::narrow::RowSelection;
use crate::store::rows::walk::RowWalk;
use crate::store::tally::StoreTally;

/// What is asked about calls.
#[derive(Debug, Clone, Copy)]
pub struct CallsQuestion<'a> {
    /// The issuers.
    pub issuers: &'a Issuers,
    /// The window of the log files.
    pub window: Window,
    /// How many days late a log file may be.
    pub late_days: u32,
    /// The minutes within a day at which parts of the answer begin.
    pub begins: &'a [Timestamp],
    /// Whether what calls asked for is wanted, and the keys that they made.
    pub parameters: bool,
    /// Whether it is wanted what others did with what these calls wrote and made.
    pub others: bool,
    /// How many calls of which only a little is wanted may lie in memory, and the window of which more is wanted than how many
    /// there are; nothing where each is wanted whole.
    pub grouped: Option<(&'a CallRoom, Window)>,
}

/// Everything that a store has about the calls of a window.
#[derive(Debug, Default)]
pub struct StoredCalls {
    /// The events, and what all of it rests on.
    pub contents: WindowContents,
    /// The calls, copies and all, in no order. Some may be of sessions that no run began.
    pub calls: Vec<SessionCall>,
    /// More of them, of which only a little is kept each, where that was asked for and the store can tell their copies.
    pub grouped: GroupedCalls,
    /// The principals of the sessions that events began, by the `content` of the event.
    pub principals: HashMap<[u8; 32], Box<str>>,
    /// What anybody did with what these calls wrote and made, copies and all, in no order; only where it was asked for.
    pub writes: Vec<ResourceWrite>,
}

impl Store {
    /// The calls of the log files of a window, and the events that tell whose they are.
    pub fn calls(&self, asked: &CallsQuestion<'_>) -> Result<StoredCalls, StoreError> {
        self.at_one_moment(|| {
            let filter = Filter { window: asked.window, ..Filter::default() };
            let CallsQuestion { issuers, late_days, .. } = *asked;
            let question = StoreQuestion { issuers, filter: &filter, whole_runs: None, late_days };
            let mut tallied = self.tally(&question)?;
            tallied.coverage.early = self.early(asked.begins, asked.window, late_days)?;
            let events = self.events_of_files(&question, &tallied)?;
            if events.is_empty() {
                tallied.coverage.issuers = self.issuers_seen()?;
            }
            tallied.coverage.incomplete.extend(self.about_calls(asked)?);
            self.reject_unread_calls(&mut tallied.coverage)?;
            let principals = self.principals_of(&question, &events)?;
            // Where some are not whole, copies are told when all are there.
            let are_whole = self.fewer_files(asked.window, late_days, KeptCalls::Each)? == 0;
            let (calls, grouped) = match asked.grouped.filter(|_| are_whole) {
                Some((room, window)) => {
                    let mut grouped = GroupedCalls::within(room.clone(), window);
                    let others = self.group_calls(asked, &mut grouped)?;
                    (self.calls_at(&others, asked)?, grouped)
                }
                None => (self.calls_of_files(asked)?, GroupedCalls::default()),
            };
            let mut writes = if asked.others { self.writes_of_files(asked)? } else { Vec::new() };
            WrittenByRuns::new(&calls).retain(&mut writes);
            let StoreTally { coverage, forbidden, notes, .. } = tallied;
            let contents = WindowContents { events, coverage, forbidden, notes };
            Ok(StoredCalls { contents, calls, grouped, principals, writes })
        })
    }

    /// The events of the log files of a question, copies and all, one log file after the other.
    fn events_of_files(&self, question: &StoreQuestion<'_>, tallied: &StoreTally) -> rusqlite::Result<Vec<Assumption>> {
        let selection = if tallied.are_all_read() {
            RowSelection::all()
        } else {
            RowSelection::of_files(self.files_read(question.filter.window, question.late_days).replace("f.", "w."))
        };
        RowWalk::new(self, question, tallied)?.events(&selection)
    }

    /// The principals of the sessions that these events began.
    fn principals_of(
        &self,
        question: &StoreQuestion<'_>,
        events: &[Assumption],
    ) -> rusqlite::Result<HashMap<[u8; 32], Box<str>>> {
        let asked: HashSet<&[u8; 32]> = events.iter().map(|event| &event.content).collect();
        let sql = format!(
            "SELECT a.content, p.text FROM log_files AS f CROSS JOIN assumptions AS a
                ON a.id >= f.first_row AND a.id < f.first_row + f.rows AND a.log_file = f.id
            JOIN call_principals AS p ON p.id = a.principal WHERE {}",
            self.files_read(question.filter.window, question.late_days)
        );
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let mut principals = HashMap::new();
        while let Some(row) = rows.next()? {
            let content: [u8; 32] = row.get(0)?;
            if asked.contains(&content) {
                principals.insert(content, row.get(1)?);
            }
        }
        Ok(principals)
    }

    /// The calls of the log files of a question.
    fn calls_of_files(&self, asked: &CallsQuestion<'_>) -> rusqlite::Result<Vec<SessionCall>> {
        let parameters = if asked.parameters { ASKED } else { NOT_ASKED };
        let sql = format!(
            "SELECT {COLUMNS}, {parameters} FROM log_files AS f CROSS JOIN calls AS c ON c.log_file = f.id
            LEFT JOIN call_sessions AS s ON s.log_file = c.log_file AND s.place = c.place WHERE {}",
            self.files_read(asked.window, asked.late_days)
        );
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let mut assembler = CallAssembler::new(self);
        let mut calls = Vec::new();
        while let Some(row) = rows.next()? {
            calls.push(assembler.call(row)?);
        }
        if assembler.has_hashed_ids {
            name_by_hashes(&mut calls);
        }
        Ok(calls)
    }
}

impl Store {
    /// The first call that cannot be put together, if any.
    pub(in crate::store) fn first_call_that_fails(&self) -> rusqlite::Result<Option<String>> {
        let sql = format!(
            "SELECT {COLUMNS}, {ASKED}, c.place FROM calls AS c JOIN log_files AS f ON f.id = c.log_file
            LEFT JOIN call_sessions AS s ON s.log_file = c.log_file AND s.place = c.place"
        );
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let mut assembler = CallAssembler::new(self);
        while let Some(row) = rows.next()? {
            if let Err(error) = assembler.call(row) {
                let (file, place): (i64, i64) = (row.get(0)?, row.get(16)?);
                return Ok(Some(format!("call {place} of log file {file} cannot be read: {error}")));
            }
        }
        Ok(None)
    }
}

/// Where some calls are not whole, the same events are told from the same part of their ids and hashes.
fn name_by_hashes(calls: &mut [SessionCall]) {
    let mut names: HashMap<Box<str>, Box<str>> = HashMap::new();
    for call in calls.iter_mut() {
        let Some(id) = &call.event_id else { continue };
        call.content[8..].fill(0);
        if let Some(bytes) = uuid_bytes(id) {
            names.insert(hashed_id(hash_of_id(bytes)), id.clone());
        }
    }
    for call in calls.iter_mut() {
        if let Some(name) = call.event_id.as_deref().and_then(|id| names.get(id)) {
            call.event_id = Some(name.clone());
        }
    }
}
