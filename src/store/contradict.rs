//! Which events of a store have copies of another content, and in which log files.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::assemble::event_id;
use super::open::Store;
use super::read::{Question, files_read};
use crate::audit::coverage::Conflict;

impl Store {
    /// The events of the log files of a question whose copies differ, in the order of ids.
    pub(super) fn contradictions(&self, question: &Question<'_>) -> rusqlite::Result<Vec<Conflict>> {
        let sql = format!(
            "SELECT a.event_id, coalesce(f.label, f.name), a.content
            FROM assumptions AS a JOIN log_files AS f ON f.id = a.log_file
            WHERE a.event_id IN (
                SELECT event_id FROM assumptions INDEXED BY assumptions_with_copies
                WHERE copy <> 0 AND copy IN (3, 5) AND event_id IS NOT NULL
            ) AND {}
            ORDER BY a.event_id",
            files_read(question.filter.window, question.late_days)
        );
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let mut conflicts: Vec<(Conflict, BTreeSet<Vec<u8>>)> = Vec::new();
        while let Some(row) = rows.next()? {
            let Some(id) = event_id(row, 0)? else { continue };
            let (file, content): (Box<str>, Vec<u8>) = (row.get(1)?, row.get(2)?);
            if conflicts.last().is_none_or(|(last, _)| last.event_id != id) {
                conflicts.push((Conflict { event_id: id, files: Vec::new() }, BTreeSet::new()));
            }
            if let Some((conflict, contents)) = conflicts.last_mut() {
                conflict.files.push(Arc::from(file));
                contents.insert(content);
            }
        }
        let differ = conflicts.into_iter().filter(|(_, contents)| contents.len() > 1).map(|(mut conflict, _)| {
            conflict.files.sort_unstable();
            conflict.files.dedup();
            conflict
        });
        let mut differ: Vec<Conflict> = differ.collect();
        differ.sort_unstable();
        Ok(differ)
    }
}
