//! Calls of which only a little is wanted, from their rows to numbers: most of a row is a number already, whose meaning is looked
//! up once.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use hashbrown::HashMap;
use rusqlite::Row;
use rusqlite::types::ValueRef;

use super::assemble::{CallAssembler, ResourceTable};
use super::read::CallsQuestion;
use crate::audit::activity::grouped_calls::{GroupedCalls, NumberedCall};
use crate::store::handle::Store;
use crate::store::rows::columns::time;
use crate::store::text_table::TextTable;

/// Where a call lies: its log file, and its place in it.
pub(super) type CallPlace = (i64, i64);

/// What is read of each row.
const COLUMNS: &str =
    "c.log_file, c.place, c.time, c.caller, c.operation, c.event_id, c.shared_id, c.content, c.resources";

/// What rows mean among the groups.
struct Grouping<'a> {
    store: &'a Store,
    groups: &'a mut GroupedCalls,
    assembler: CallAssembler<'a>,
    files: TextTable,
    resources: ResourceTable,
    /// The number of a group by those of its operation, 0 where it does not matter, and its caller.
    known: HashMap<(i64, i64), u32>,
    /// That of a list of resources.
    lists: HashMap<Option<i64>, u32>,
    /// The log file of the row before, and its number.
    last: Option<(i64, u32)>,
    /// Which calls began a session.
    beginning: HashSet<CallPlace>,
}

impl Store {
    /// Takes the calls of the log files of a question among groups. Gives the places of those that can only be kept whole: those
    /// that began a session or were received by several accounts, or that have an id of another form.
    pub(super) fn group_calls(
        &self,
        asked: &CallsQuestion<'_>,
        groups: &mut GroupedCalls,
    ) -> rusqlite::Result<BTreeSet<CallPlace>> {
        let mut grouping = Grouping {
            store: self,
            groups,
            assembler: CallAssembler::new(self),
            files: TextTable::of_log_files(),
            resources: ResourceTable::new(),
            known: HashMap::new(),
            lists: HashMap::new(),
            last: None,
            beginning: self.calls_that_begin(asked)?,
        };
        let sql = format!(
            "SELECT {COLUMNS} FROM log_files AS f CROSS JOIN calls AS c ON c.log_file = f.id WHERE {}",
            self.files_read(asked.window, asked.late_days)
        );
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let mut others = BTreeSet::new();
        while let Some(row) = rows.next()? {
            let place = (row.get(0)?, row.get(1)?);
            if !grouping.take(place, row)? {
                others.insert(place);
            }
        }
        Ok(others)
    }

    /// The calls that began a session. They are few: what is found by itself need not be looked for beside each call.
    fn calls_that_begin(&self, asked: &CallsQuestion<'_>) -> rusqlite::Result<HashSet<CallPlace>> {
        let sql = format!(
            "SELECT s.log_file, s.place FROM log_files AS f CROSS JOIN call_sessions AS s ON s.log_file = f.id WHERE {}",
            self.files_read(asked.window, asked.late_days)
        );
        let mut statement = self.connection.prepare(&sql)?;
        let places = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        places.collect()
    }
}

impl Grouping<'_> {
    /// Takes the call of a row with [`COLUMNS`]: whether it could.
    fn take(&mut self, place: CallPlace, row: &Row<'_>) -> rusqlite::Result<bool> {
        let (ValueRef::Blob(id), ValueRef::Blob(content)) = (row.get_ref(5)?, row.get_ref(7)?) else {
            return Ok(false);
        };
        let (Ok(id), Some(content)) = (id.try_into(), content.first_chunk()) else { return Ok(false) };
        if row.get_ref(6)? != ValueRef::Null || self.beginning.contains(&place) {
            return Ok(false);
        }
        let time = time(row, 2)?;
        let is_told = self.groups.tells(time);
        let group = self.group(if is_told { row.get(4)? } else { 0 }, row.get(3)?)?;
        let resources = self.resources(if is_told { row.get(8)? } else { None })?;
        let log_file = self.log_file(place.0)?;
        Ok(self.groups.add_numbered(&NumberedCall { id, content: *content, time, group, resources, log_file }))
    }

    fn group(&mut self, operation: i64, caller: i64) -> rusqlite::Result<u32> {
        if let Some(number) = self.known.get(&(operation, caller)) {
            return Ok(*number);
        }
        let what = if operation == 0 { None } else { Some(self.assembler.operation(operation)?) };
        let number = self.groups.group(what.as_ref(), &self.assembler.caller(caller)?);
        self.known.insert((operation, caller), number);
        Ok(number)
    }

    fn resources(&mut self, id: Option<i64>) -> rusqlite::Result<u32> {
        if let Some(number) = self.lists.get(&id) {
            return Ok(*number);
        }
        let arns: Box<[Arc<str>]> = match id {
            Some(id) => self.resources.read(self.store, id)?,
            None => Box::default(),
        };
        let number = self.groups.resources(&arns);
        self.lists.insert(id, number);
        Ok(number)
    }

    fn log_file(&mut self, id: i64) -> rusqlite::Result<u32> {
        match self.last {
            Some((last, number)) if last == id => Ok(number),
            _ => {
                let number = self.groups.log_file(&self.files.known(self.store, id)?);
                self.last = Some((id, number));
                Ok(number)
            }
        }
    }
}
