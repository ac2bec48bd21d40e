//! Which rows of a store are copies of others: how many a scan of the same log files would have removed, and which events
//! have copies of another content.

use std::collections::BTreeSet;
use std::sync::Arc;

use rusqlite::Row;
use rusqlite::types::ValueRef;

use super::columns::{event_id, number};
use super::narrow::RowSelection;
use super::state::{
    ANY_LOOK_ALIKE_COPIED, CONFLICT, CROSSED, DUPLICATE, IS_REPLACED, LOOK_ALIKE, LOOK_ALIKE_COPIED, LookAlikes,
};
use super::walk::RowWalk;
use crate::audit::coverage::Conflict;
use crate::audit::runs::dedupe::{Deduplicated, deduplicate};
use crate::domain::issuer::IssuerRole;
use crate::store::corrections;
use crate::store::handle::Store;
use crate::store::question::StoreQuestion;
use crate::store::tally::StoreTally;

/// Whether a question asks for an event whose issuer stands in that column of a row, and its subject in the next one.
fn is_asked_for(question: &StoreQuestion<'_>, row: &Row<'_>, issuer: usize) -> rusqlite::Result<bool> {
    let is_named = question.issuers.role(row.get_ref(issuer)?.as_str()?) != IssuerRole::Foreign;
    Ok(is_named || question.issuers.keeps_subject(row.get_ref(issuer + 1)?.as_str()?))
}

impl Store {
    /// How many copies a scan would have removed: those of the same content, and the others.
    pub(in crate::store) fn count_copies(
        &self,
        question: &StoreQuestion<'_>,
        tallied: &StoreTally,
    ) -> rusqlite::Result<(u64, u64)> {
        if tallied.is_as_stored && tallied.are_all_read() && self.are_look_alikes_alone(tallied.look_alikes)? {
            let sql = format!(
                "SELECT count(*) FILTER (WHERE copy = {DUPLICATE}), count(*) FILTER (WHERE copy = {CONFLICT})
                FROM assumptions AS a INDEXED BY assumptions_with_copies WHERE copy <> 0 AND {IS_REPLACED}"
            );
            return self.connection.query_row(&sql, [], |row| Ok((number(row, 0)?, number(row, 1)?)));
        }
        let all = format!(
            "SELECT id FROM assumptions INDEXED BY assumptions_with_copies WHERE copy <> 0 AND copy <> {LOOK_ALIKE}"
        );
        let rows = match tallied.look_alikes {
            LookAlikes::Apart => format!("{all} AND copy < {LOOK_ALIKE}"),
            LookAlikes::Verbatim | LookAlikes::Decoded => format!("{all} UNION SELECT c.id {CROSSED}"),
        };
        if corrections::any(&self.connection)? {
            let narrowed = RowSelection { condition: format!("a.id IN ({rows})"), ..RowSelection::all() };
            let events = RowWalk::new(self, question, tallied)?.events(&narrowed)?;
            let Deduplicated { duplicate, conflicts, .. } = deduplicate(events);
            return Ok((duplicate, conflicts));
        }
        self.count_among(&rows, question)
    }

    /// Whether no event that is kept for its subject alone and is asked for has copies.
    fn are_look_alikes_alone(&self, asked: LookAlikes) -> rusqlite::Result<bool> {
        let sql = format!("SELECT NOT {ANY_LOOK_ALIKE_COPIED}");
        Ok(asked == LookAlikes::Apart || self.connection.query_row(&sql, [], |row| row.get(0))?)
    }

    /// The same among the rows that a part of SQL selects, where nothing was corrected.
    fn count_among(&self, rows: &str, question: &StoreQuestion<'_>) -> rusqlite::Result<(u64, u64)> {
        let sql = format!(
            "SELECT a.event_id IS NULL, coalesce(a.event_id, a.content), coalesce(f.label, f.name), a.content,
                ifnull(i.text, ''), s.text
            FROM ({rows}) AS copied JOIN assumptions AS a ON a.id = copied.id
            JOIN log_files AS f ON f.id = a.log_file
            JOIN subjects AS s ON s.id = a.subject
            LEFT JOIN issuers AS i ON i.id = a.issuer
            WHERE {}",
            self.files_read(question.filter.window, question.late_days)
        );
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let mut copies = Vec::new();
        while let Some(row) = rows.next()? {
            if is_asked_for(question, row, 4)? {
                let identity = match row.get_ref(1)? {
                    ValueRef::Text(text) => (1, text.to_vec()),
                    other => (0, other.as_blob()?.to_vec()),
                };
                let label: String = row.get(2)?;
                let content: Vec<u8> = row.get(3)?;
                copies.push(((row.get::<_, bool>(0)?, identity), label, content));
            }
        }
        copies.sort_unstable();
        let (mut duplicate, mut conflicts) = (0, 0);
        let mut stands = None;
        for (identity, _, content) in &copies {
            match stands {
                Some((before, first)) if before == identity => {
                    *(if first == content { &mut duplicate } else { &mut conflicts }) += 1;
                }
                _ => stands = Some((identity, content)),
            }
        }
        Ok((duplicate, conflicts))
    }

    /// The events that a question asks for, of its log files, whose copies differ, in the order of ids.
    pub(in crate::store) fn contradictions(&self, question: &StoreQuestion<'_>) -> rusqlite::Result<Vec<Conflict>> {
        let sql = format!(
            "SELECT a.event_id, coalesce(f.label, f.name), a.content, ifnull(i.text, ''), s.text
            FROM assumptions AS a JOIN log_files AS f ON f.id = a.log_file
            JOIN subjects AS s ON s.id = a.subject
            LEFT JOIN issuers AS i ON i.id = a.issuer
            WHERE a.event_id IN (
                SELECT event_id FROM assumptions INDEXED BY assumptions_with_copies
                WHERE copy <> 0 AND copy IN ({CONFLICT}, {LOOK_ALIKE_COPIED}) AND event_id IS NOT NULL
            ) AND {}
            ORDER BY a.event_id",
            self.files_read(question.filter.window, question.late_days)
        );
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let mut conflicts: Vec<(Conflict, BTreeSet<Vec<u8>>)> = Vec::new();
        while let Some(row) = rows.next()? {
            if !is_asked_for(question, row, 3)? {
                continue;
            }
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
