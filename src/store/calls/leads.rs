//! What leads to the run of an id, and on from it, by indices: from an event to all of its run, from a call to whoever made it and
//! to whom it gave credentials.

use std::collections::BTreeSet;

use rusqlite::types::Value;
use rusqlite::{Params, Row};

use super::grouped::CallPlace;
use crate::store::handle::Store;
use crate::store::intern::uuid_bytes;
use crate::store::stretch::subjects_of_owner;

/// What is looked at of an event: its principal, its id, its subject and its run id.
type EventRow = (Option<i64>, Value, i64, Option<String>);

/// What is looked at of a call: whoever made it, to whom it gave credentials, its id, and the one that copies share.
type CallRow = (i64, i64, Value, Value);

/// What is related so far.
pub(super) struct Related<'a> {
    store: &'a Store,
    principals: BTreeSet<i64>,
    runs: BTreeSet<String>,
    subjects: BTreeSet<i64>,
    /// Rows of events.
    pub(super) events: BTreeSet<i64>,
    /// Calls.
    pub(super) calls: BTreeSet<CallPlace>,
    /// Those of which nothing was looked up yet.
    open_principals: Vec<i64>,
    open_events: Vec<i64>,
    open_calls: Vec<CallPlace>,
}

fn one(row: &Row<'_>) -> rusqlite::Result<i64> {
    row.get(0)
}

fn two(row: &Row<'_>) -> rusqlite::Result<CallPlace> {
    Ok((row.get(0)?, row.get(1)?))
}

/// The events of a run id.
const BY_RUN: &str = "SELECT id FROM assumptions INDEXED BY assumptions_by_run WHERE run = ?";

/// Those of other session names with that run id. Few names have one, and no index leads from a name to its events: an inner join
/// would read all events, whether or not there is such a name.
const BY_SESSION: &str =
    "SELECT a.id FROM sessions AS s CROSS JOIN assumptions AS a ON a.session = s.id WHERE s.run_id = ?";

/// The sessions that have its name.
const BY_PRINCIPAL: &str = "SELECT id FROM call_principals INDEXED BY call_principals_by_run WHERE run = ?";

const BY_EVENT: &str = "SELECT log_file, place FROM calls INDEXED BY calls_by_event
    WHERE whole AND substr(event_id, 1, 4) = substr(?1, 1, 4) AND event_id = ?1";

const BY_SHARED: &str = "SELECT log_file, place FROM calls INDEXED BY calls_by_shared
    WHERE whole AND shared_id IS NOT NULL AND substr(shared_id, 1, 4) = substr(?1, 1, 4) AND shared_id = ?1";

/// The subject of an event, if it is one of a workspace.
const WORKSPACE: &str = "SELECT s.id FROM assumptions AS a JOIN subjects AS s ON s.id = a.subject
    WHERE a.id = ? AND s.workspace IS NOT NULL";

/// The events, and their copies, with which the workspace of a subject was applied.
const APPLIES: &str = "WITH applies AS (
        SELECT c.id, c.event_id, c.copy FROM subjects AS s CROSS JOIN subjects AS t ON t.organization = s.organization
            AND t.workspace = s.workspace AND t.project IS s.project AND t.phase = 'apply'
        CROSS JOIN assumptions AS c INDEXED BY assumptions_by_subject ON c.subject = t.id WHERE s.id = ?
    )
    SELECT id FROM applies
    UNION ALL SELECT d.id FROM applies AS c CROSS JOIN assumptions AS d ON d.event_id = c.event_id
        WHERE c.copy <> 0 AND c.event_id IS NOT NULL";

impl<'a> Related<'a> {
    pub(super) fn new(store: &'a Store) -> Self {
        Self {
            store,
            principals: BTreeSet::new(),
            runs: BTreeSet::new(),
            subjects: BTreeSet::new(),
            events: BTreeSet::new(),
            calls: BTreeSet::new(),
            open_principals: Vec::new(),
            open_events: Vec::new(),
            open_calls: Vec::new(),
        }
    }

    fn all<T>(
        &self,
        sql: &str,
        given: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        let store = self.store;
        let mut statement = store.connection.prepare_cached(sql)?;
        let rows = statement.query_map(given, read)?;
        rows.collect()
    }

    /// Whatever has that id.
    pub(super) fn begin(&mut self, what: &str) -> rusqlite::Result<()> {
        self.add_run(what.to_owned())?;
        for id in self.all("SELECT principal FROM call_callers WHERE access_key = ?", [what], one)? {
            self.add_principal(id);
        }
        let by_key =
            "SELECT id FROM assumptions INDEXED BY assumptions_by_key WHERE principal IS NOT NULL AND access_key = ?";
        self.add_events(by_key, [what])?;
        self.add_calls("SELECT log_file, place FROM call_sessions WHERE access_key = ?", [what])?;
        let id = uuid_bytes(what).map_or_else(|| Value::Text(what.to_owned()), |bytes| Value::Blob(bytes.to_vec()));
        self.add_events("SELECT id FROM assumptions WHERE event_id = ?", [&id])?;
        self.add_calls(BY_EVENT, [&id])?;
        self.add_calls(BY_SHARED, [&id])
    }

    /// Looks up what is related to what was found, until nothing new is.
    pub(super) fn follow(&mut self) -> rusqlite::Result<()> {
        loop {
            if let Some(principal) = self.open_principals.pop() {
                self.follow_principal(principal)?;
            } else if let Some(event) = self.open_events.pop() {
                self.follow_event(event)?;
            } else if let Some(place) = self.open_calls.pop() {
                self.follow_call(place)?;
            } else {
                return Ok(());
            }
        }
    }

    fn follow_principal(&mut self, id: i64) -> rusqlite::Result<()> {
        self.add_events("SELECT id FROM assumptions WHERE principal = ?", [id])?;
        self.add_calls(
            "SELECT c.log_file, c.place FROM call_callers AS r JOIN calls AS c INDEXED BY calls_by_caller
                ON c.caller = r.id AND c.whole WHERE r.principal = ?",
            [id],
        )?;
        // A session may be of a run by its name alone.
        for run in
            self.all("SELECT run FROM call_principals WHERE id = ? AND run IS NOT NULL", [id], |row| row.get(0))?
        {
            self.add_run(run)?;
        }
        self.add_calls("SELECT log_file, place FROM call_sessions WHERE principal = ?", [id])
    }

    /// All of its run, its copies, and its session.
    fn follow_event(&mut self, id: i64) -> rusqlite::Result<()> {
        let sql = "SELECT a.principal, a.event_id, a.subject,
                CASE WHEN s.kind <> 'other' THEN coalesce('run-' || a.run, n.run_id) END
            FROM assumptions AS a JOIN subjects AS s ON s.id = a.subject LEFT JOIN sessions AS n ON n.id = a.session
            WHERE a.id = ?";
        let read =
            |row: &Row<'_>| -> rusqlite::Result<EventRow> { Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)) };
        for (principal, event_id, subject, run) in self.all(sql, [id], read)? {
            self.add_principal(principal.unwrap_or(0));
            match run {
                Some(run) => self.add_run(run)?,
                // Which of them are one run depends on all.
                None => self.add_owner(subject)?,
            }
            if event_id == Value::Null {
                let sql = "SELECT c.id FROM assumptions AS m JOIN assumptions AS c
                    ON c.content = m.content AND c.event_id IS NULL WHERE m.id = ?";
                self.add_events(sql, [id])?;
            } else {
                self.add_events("SELECT id FROM assumptions WHERE event_id = ?", [&event_id])?;
            }
        }
        Ok(())
    }

    /// All events of a subject in any phase.
    fn add_owner(&mut self, subject: i64) -> rusqlite::Result<()> {
        if self.subjects.contains(&subject) {
            return Ok(());
        }
        for subject in subjects_of_owner(&self.store.connection, subject)? {
            self.subjects.insert(subject);
            self.add_events("SELECT id FROM assumptions WHERE subject = ?", [subject])?;
        }
        Ok(())
    }

    /// Its copies, whoever made it, and to whom it gave credentials. A copy of one without an id is the same record, so that it
    /// has the same caller.
    fn follow_call(&mut self, place: CallPlace) -> rusqlite::Result<()> {
        let sql = "SELECT r.principal, ifnull(s.principal, 0), c.event_id, c.shared_id
            FROM calls AS c JOIN call_callers AS r ON r.id = c.caller
            LEFT JOIN call_sessions AS s ON s.log_file = c.log_file AND s.place = c.place
            WHERE c.log_file = ? AND c.place = ?";
        let read =
            |row: &Row<'_>| -> rusqlite::Result<CallRow> { Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)) };
        for (caller, to, event_id, shared_id) in self.all(sql, place, read)? {
            self.add_principal(caller);
            self.add_principal(to);
            for (sql, id) in [(BY_EVENT, event_id), (BY_SHARED, shared_id)] {
                if id != Value::Null {
                    self.add_calls(sql, [&id])?;
                }
            }
        }
        Ok(())
    }

    /// Beside what leads to the run, when the other runs of its workspaces began to apply: that ends what it applies, says a
    /// rule. Nothing is looked up of those.
    pub(super) fn add_applies(&mut self) -> rusqlite::Result<()> {
        let mut workspaces = BTreeSet::new();
        for event in &self.events {
            workspaces.extend(self.all(WORKSPACE, [event], one)?);
        }
        let mut applies = BTreeSet::new();
        for subject in workspaces {
            applies.extend(self.all(APPLIES, [subject], one)?);
        }
        self.events.append(&mut applies);
        Ok(())
    }

    /// One of 0 is none.
    fn add_principal(&mut self, id: i64) {
        if id != 0 && self.principals.insert(id) {
            self.open_principals.push(id);
        }
    }

    fn add_run(&mut self, id: String) -> rusqlite::Result<()> {
        if self.runs.contains(&id) {
            return Ok(());
        }
        self.add_events(BY_RUN, [id.strip_prefix("run-").unwrap_or_default()])?;
        self.add_events(BY_SESSION, [&id])?;
        let principals = self.all(BY_PRINCIPAL, [&id], one)?;
        self.runs.insert(id);
        for id in principals {
            self.add_principal(id);
        }
        Ok(())
    }

    fn add_events(&mut self, sql: &str, given: impl Params) -> rusqlite::Result<()> {
        for id in self.all(sql, given, one)? {
            if self.events.insert(id) {
                self.open_events.push(id);
            }
        }
        Ok(())
    }

    fn add_calls(&mut self, sql: &str, given: impl Params) -> rusqlite::Result<()> {
        for place in self.all(sql, given, two)? {
            if self.calls.insert(place) {
                self.open_calls.push(place);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_only_where_a_name_has_the_run_id() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(&folder.path().join("store.db")).unwrap();
        let mut statement = store.connection.prepare(&format!("EXPLAIN QUERY PLAN {BY_SESSION}")).unwrap();
        let steps: Vec<String> =
            statement.query_map(["run-1"], |row| row.get("detail")).unwrap().map(Result::unwrap).collect();
        assert!(steps[0].starts_with("SCAN s") && steps[1].contains(" a"), "{steps:#?}");
    }
}
