//! What a store lacks of calls, in words.

use super::kept::KeptCalls;
use super::read::CallsQuestion;
use crate::audit::coverage::Coverage;
use crate::domain::timestamp::Timestamp;
use crate::domain::window::Window;
use crate::source::kinds;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::rows::columns::number;

/// What is kept of the calls of runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CallInfo {
    /// Log files of which what sums need is kept.
    pub sums: u64,
    /// Log files of which each call is kept.
    pub each: u64,
    /// Log files that hold more of them, and were not read a second time.
    pub missing: u64,
    /// Calls that were pruned.
    pub pruned: u64,
}

/// So many log files that could not be read again are named.
const NAMED: usize = 20;

impl Store {
    /// Of how many log files that were read in a window less is kept than that, none of those of which nothing is kept among
    /// them.
    pub fn files_with_fewer(&self, window: Window, late_days: u32, wanted: KeptCalls) -> Result<u64, StoreError> {
        self.fewer_files(window, late_days, wanted).map_err(|error| self.error(error))
    }

    /// The same inside of another question.
    pub(super) fn fewer_files(&self, window: Window, late_days: u32, wanted: KeptCalls) -> rusqlite::Result<u64> {
        let any =
            "SELECT EXISTS (SELECT 1 FROM days AS d JOIN scopes AS s ON s.id = d.scope WHERE s.calls BETWEEN 1 AND ?)";
        let most = wanted.number() - 1;
        if !self.connection.query_row(any, [most], |row| row.get::<_, bool>(0))? {
            return Ok(0);
        }
        let sql = format!(
            "SELECT count(*) FROM log_files AS f JOIN scopes AS s ON s.id = f.scope
            WHERE f.outcome = 'read' AND f.total > 0 AND s.calls BETWEEN 1 AND ? AND {}",
            self.files_read(window, late_days)
        );
        self.connection.query_row(&sql, [most], |row| number(row, 0))
    }

    /// Whether any log file was read, and calls were kept of none of them.
    pub fn lacks_calls(&self) -> Result<bool, StoreError> {
        let lacks = || {
            let sql = "SELECT EXISTS (SELECT 1 FROM days WHERE outcome = 'read')";
            Ok(self.most_calls()? == KeptCalls::None && self.connection.query_row(sql, [], |row| row.get(0))?)
        };
        lacks().map_err(|error| self.error(error))
    }

    /// Adds to the coverage of a window what only a question about calls is told: which log files may hold more about calls of runs
    /// than is kept, and records that no reader of calls could read.
    pub fn cover_calls(&self, asked: &CallsQuestion<'_>, coverage: &mut Coverage) -> Result<(), StoreError> {
        let mut add = || {
            coverage.incomplete.extend(self.about_calls(asked)?);
            self.reject_unread_calls(coverage)
        };
        add().map_err(|error| self.error(error))
    }

    /// The same inside of another question.
    pub(super) fn about_calls(&self, asked: &CallsQuestion<'_>) -> rusqlite::Result<Vec<String>> {
        let CallsQuestion { window, late_days, others, .. } = *asked;
        let mut lines = self.about_unread_calls(window, late_days)?;
        lines.extend(self.about_pruned_calls(window)?);
        let one = "holds more calls of runs, and had to be read a second time";
        let more = "hold more calls of runs, and were not read a second time";
        lines.extend(self.noted(("call_notes", "missing"), (one, more), asked)?);
        if others {
            lines.extend(self.about_unread_writes(window, late_days)?);
            for column in ["missing", "unreadable"] {
                let one = "had to be read once more for what others did with what runs wrote";
                let more = "do not tell all of what others did with what runs wrote";
                lines.extend(self.noted(("write_notes", column), (one, more), asked)?);
            }
        }
        Ok(lines)
    }

    /// The log files of a question of which a column of a table of notes says why something is missing: what is so with `one` of
    /// them, and with `more`.
    fn noted(
        &self,
        (table, column): (&str, &str),
        (one, more): (&str, &str),
        asked: &CallsQuestion<'_>,
    ) -> rusqlite::Result<Vec<String>> {
        let sql = format!(
            "SELECT coalesce(f.label, f.name), n.{column}
            FROM {table} AS n INDEXED BY {table}_{column} JOIN log_files AS f ON f.id = n.log_file
            WHERE n.{column} IS NOT NULL AND {} ORDER BY 1",
            self.files_read(asked.window, asked.late_days)
        );
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let (mut lines, mut count) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            count += 1;
            if count <= NAMED {
                let (file, why): (String, String) = (row.get(0)?, row.get(1)?);
                lines.push(format!("{file} {one}, but {why}"));
            }
        }
        if count > NAMED {
            lines.push(format!("{} more log files {more}", count - NAMED));
        }
        Ok(lines)
    }

    /// That calls were removed from the store, where a window reaches them.
    fn about_pruned_calls(&self, window: Window) -> rusqlite::Result<Option<String>> {
        let sql = "SELECT max(before) FROM pruned WHERE calls > 0";
        let before = self.connection.query_row(sql, [], |row| row.get::<_, Option<i64>>(0))?;
        let before = before.and_then(Timestamp::from_seconds);
        let reached = before.filter(|before| window.from.is_none_or(|from| from < *before));
        Ok(reached.map(|before| format!("calls of runs before {before} were pruned from the store")))
    }

    /// Of how many log files calls are kept as sums, of how many each is kept, and how many may hold more of them.
    pub(in crate::store) fn numbers_of_calls(&self) -> rusqlite::Result<CallInfo> {
        let sql = "SELECT ifnull(sum(d.files) FILTER (WHERE s.calls = 1), 0), ifnull(sum(d.files) FILTER (WHERE s.calls > 1), 0),
                (SELECT count(*) FROM call_notes WHERE missing IS NOT NULL), (SELECT ifnull(sum(calls), 0) FROM pruned)
            FROM days AS d JOIN scopes AS s ON s.id = d.scope WHERE d.outcome = 'read'";
        self.connection.query_row(sql, [], |row| {
            Ok(CallInfo {
                sums: number(row, 0)?,
                each: number(row, 1)?,
                missing: number(row, 2)?,
                pruned: number(row, 3)?,
            })
        })
    }

    /// The sources with log files in a window of which no more than so much is kept: their names, their kinds, and how many log
    /// files.
    fn read_for(
        &self,
        kept: KeptCalls,
        window: Window,
        late_days: u32,
    ) -> rusqlite::Result<Vec<(String, String, u64)>> {
        let any = "SELECT EXISTS (SELECT 1 FROM days AS d JOIN scopes AS s ON s.id = d.scope
            WHERE d.outcome = 'read' AND d.total > 0 AND s.calls = ?)";
        if !self.connection.query_row(any, [kept.number()], |row| row.get::<_, bool>(0))? {
            return Ok(Vec::new());
        }
        let sql = format!(
            "SELECT o.label, o.kind, count(*) FROM log_files AS f JOIN scopes AS s ON s.id = f.scope
            JOIN sources AS o ON o.id = f.source
            WHERE f.outcome = 'read' AND f.total > 0 AND s.calls = ? AND {} GROUP BY f.source ORDER BY f.source",
            self.files_read(window, late_days)
        );
        let mut statement = self.connection.prepare(&sql)?;
        let sources = statement.query_map([kept.number()], |row| Ok((row.get(0)?, row.get(1)?, number(row, 2)?)))?;
        sources.collect()
    }

    /// Which sources have log files in a window that were read for each call, and not for what others did.
    fn about_unread_writes(&self, window: Window, late_days: u32) -> rusqlite::Result<Vec<String>> {
        let sources = self.read_for(KeptCalls::Each, window, late_days)?;
        let line = |(label, _, files)| {
            format!(
                "{files} log files of {label} were read without what others did with what runs wrote; \
                 sync --activity=calls reads them again where they still exist"
            )
        };
        Ok(sources.into_iter().map(line).collect())
    }

    /// Which sources have log files in a window that were read without their calls.
    fn about_unread_calls(&self, window: Window, late_days: u32) -> rusqlite::Result<Vec<String>> {
        let sources = self.read_for(KeptCalls::None, window, late_days)?;
        let line = |(label, kind, files): (String, String, u64)| {
            if kinds::is_paged(&kind) {
                format!("{label} holds no calls of runs, only role assumptions")
            } else {
                format!(
                    "{files} log files of {label} were read without the calls of runs; sync --activity reads them again \
                     where they still exist"
                )
            }
        };
        Ok(sources.into_iter().map(line).collect())
    }
}
