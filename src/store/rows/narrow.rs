//! How a filter narrows a walk: what can be left out by time, subject or run is left to an index.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::state::LookAlikes;
use crate::audit::filter::Filter;
use crate::domain::timestamp::Timestamp;
use crate::domain::window::Window;
use crate::store::handle::Store;
use crate::store::tally::StoreTally;

/// With more subjects than that, a walk over the time of the window takes less.
const SUBJECTS: usize = 2_000;

const BY_TIME: &str = "assumptions AS a INDEXED BY assumptions_by_time";

/// Which rows are walked over, in SQL; a row is `a`.
#[derive(Debug)]
pub(in crate::store) struct RowSelection {
    /// What follows `FROM`.
    pub(super) from: &'static str,
    /// What follows `WHERE`.
    pub(super) condition: String,
}

impl RowSelection {
    /// All rows.
    pub(in crate::store) fn all() -> Self {
        Self { from: "assumptions AS a", condition: "1".to_owned() }
    }

    /// The rows with these numbers, with commas between.
    pub(in crate::store) fn of_ids(ids: &str) -> Self {
        Self { condition: format!("a.id IN ({ids})"), ..Self::all() }
    }

    /// The rows of log files `w` that a part of SQL selects.
    pub(in crate::store) fn of_files(condition: String) -> Self {
        let from = "log_files AS w CROSS JOIN assumptions AS a
            ON a.id >= w.first_row AND a.id < w.first_row + w.rows AND a.log_file = w.id";
        Self { from, condition }
    }

    /// All rows before a point in time, in the order of time.
    pub(in crate::store) fn before(end: Option<Timestamp>) -> Self {
        let condition = end.map_or_else(|| "1".to_owned(), |end| format!("a.time < {}", end.seconds()));
        Self { from: BY_TIME, condition: condition + " ORDER BY a.time" }
    }
}

impl Store {
    /// Where to look, and what for, so that nothing is missed that can pass; nothing where nothing can.
    pub(in crate::store) fn narrowed(
        &self,
        filter: &Filter,
        tallied: &StoreTally,
    ) -> rusqlite::Result<Option<RowSelection>> {
        let mut condition = String::from("1");
        let Window { from, to } = filter.window;
        if let Some(from) = from {
            let _ = write!(condition, " AND a.time >= {}", from.seconds());
        }
        if let Some(to) = to {
            let _ = write!(condition, " AND a.time < {}", to.seconds());
        }
        // What reaches back to the beginning is most of it: a walk over all of it keeps nearby what lies side by side.
        let from = match from {
            None => "assumptions AS a NOT INDEXED",
            Some(_) => BY_TIME,
        };
        if let Some(runs) = self.runs_asked_for(filter)? {
            let from = "assumptions AS a INDEXED BY assumptions_by_run";
            return Ok(Some(RowSelection { from, condition: format!("{condition} AND a.run IN ({runs})") }));
        }
        let is_as_stored = tallied.is_as_stored && tallied.look_alikes != LookAlikes::Decoded;
        let Some(subjects) = self.subjects_that_pass(filter, is_as_stored)? else {
            return Ok(Some(RowSelection { from, condition }));
        };
        if subjects.is_empty() {
            return Ok(None);
        }
        if subjects.len() > SUBJECTS {
            return Ok(Some(RowSelection { from, condition }));
        }
        let list: Vec<String> = subjects.iter().map(ToString::to_string).collect();
        let from = "assumptions AS a INDEXED BY assumptions_by_subject";
        Ok(Some(RowSelection { from, condition: format!("{condition} AND a.subject IN ({})", list.join(",")) }))
    }

    /// The runs of `--run`, as SQL, where they are named and are all in the index of runs.
    fn runs_asked_for(&self, filter: &Filter) -> rusqlite::Result<Option<String>> {
        let Some(literals) = filter.run.literals() else { return Ok(None) };
        let mut list = Vec::new();
        for literal in literals {
            let sql = "SELECT 1 FROM sessions WHERE run_id = ?";
            let Some(run) = literal.strip_prefix("run-") else { return Ok(None) };
            let plain = !run.is_empty() && run.bytes().all(|byte| byte.is_ascii_alphanumeric());
            if !plain || self.connection.prepare_cached(sql)?.exists([literal])? {
                return Ok(None);
            }
            list.push(format!("'{run}'"));
        }
        Ok(Some(list.join(",")))
    }

    /// The subjects that pass; nothing where the filter does not look at them.
    fn subjects_that_pass(&self, filter: &Filter, is_as_stored: bool) -> rusqlite::Result<Option<BTreeSet<i64>>> {
        let Filter { org, project, workspace, stack, deployment, phase, kind, .. } = filter;
        let patterns = [org, project, workspace, stack, deployment, phase];
        let looks = patterns.iter().any(|patterns| !patterns.is_empty()) || !kind.is_empty();
        if !looks || !is_as_stored {
            return Ok(None);
        }
        let sql = "SELECT id, kind, organization, project, workspace, stack, deployment, phase FROM subjects";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        let mut passing = BTreeSet::new();
        while let Some(row) = rows.next()? {
            let cell = |at: usize| -> rusqlite::Result<Option<&str>> { Ok(row.get_ref(at)?.as_str_or_null()?) };
            let mut passes = kind.pass(cell(1)?.unwrap_or_default());
            for (patterns, at) in patterns.iter().zip(2..) {
                passes = passes && patterns.pass(cell(at)?);
            }
            if passes {
                passing.insert(row.get(0)?);
            }
        }
        Ok(Some(passing))
    }
}
