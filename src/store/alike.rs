//! What a store holds of issuers that nobody named: events that were kept for their subject alone. They lie beside the
//! others, which take no notice of them; a question that asks for them gets them, and its counters then have them as kept.

use std::collections::HashSet;

use super::copies::CROSSED;
use super::open::Store;
use super::read::{Question, files_read};
use super::tally::{day, number};
use crate::audit::coverage::{Coverage, DayKey};
use crate::domain::issuer::{IssuerRole, Issuers};

/// What a question has to do with events that were kept for their subject alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alikes {
    /// None of them is asked for, or there is none.
    Apart,
    /// Some may be, with their subjects as they are.
    Verbatim,
    /// Some may be, and subjects of some are to be decoded.
    Decoded,
}

impl Store {
    /// What these issuers have to do with them.
    pub(super) fn alikes(&self, issuers: &Issuers, scopes: &[(i64, Issuers)]) -> rusqlite::Result<Alikes> {
        let is_wider = |(_, scope): &(i64, Issuers)| !scope.clone().with_look_alikes().covers(issuers);
        if !issuers.keeps_look_alikes() && !scopes.iter().any(is_wider) {
            return Ok(Alikes::Apart);
        }
        let sql = "SELECT DISTINCT ifnull(i.text, '') FROM assumptions AS a INDEXED BY assumptions_with_copies
            LEFT JOIN issuers AS i ON i.id = a.issuer WHERE a.copy <> 0 AND a.copy >= 4";
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        let mut alikes = Alikes::Apart;
        while let Some(row) = rows.next()? {
            match issuers.role(row.get_ref(0)?.as_str()?) {
                IssuerRole::Terraform => return Ok(Alikes::Decoded),
                IssuerRole::Foreign if !issuers.keeps_look_alikes() => {}
                IssuerRole::Selected | IssuerRole::Foreign => alikes = Alikes::Verbatim,
            }
        }
        Ok(alikes)
    }

    /// Rows of events of which other rows are kept for their subject alone, where any of those may be asked for.
    pub(super) fn crossed(&self, alikes: Alikes) -> rusqlite::Result<HashSet<i64>> {
        if alikes == Alikes::Apart {
            return Ok(HashSet::new());
        }
        let mut statement = self.connection.prepare_cached(&format!("SELECT c.id {CROSSED}"))?;
        let rows = statement.query_map([], |row| row.get(0))?;
        rows.collect()
    }

    /// Counts those that are asked for as kept, as a scan does.
    pub(super) fn take_in_alikes(&self, coverage: &mut Coverage, question: &Question<'_>) -> rusqlite::Result<()> {
        let sql = format!(
            "SELECT ifnull(i.text, ''), s.text, a1.text, r1.text, f.date, count(*)
            FROM assumptions AS a INDEXED BY assumptions_with_copies JOIN log_files AS f ON f.id = a.log_file
            JOIN subjects AS s ON s.id = a.subject
            LEFT JOIN issuers AS i ON i.id = a.issuer
            LEFT JOIN texts AS a1 ON a1.id = f.account
            LEFT JOIN texts AS r1 ON r1.id = f.region
            WHERE a.copy <> 0 AND a.copy >= 4 AND {} GROUP BY a.issuer, a.subject, f.account, f.region, f.date",
            files_read(question.filter.window, question.late_days)
        );
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let is_named = question.issuers.role(row.get_ref(0)?.as_str()?) != IssuerRole::Foreign;
            if !is_named && !question.issuers.keeps_subject(row.get_ref(1)?.as_str()?) {
                continue;
            }
            let count = number(row, 5)?;
            coverage.records.kept += count;
            coverage.records.other -= count.min(coverage.records.other);
            let key = DayKey { account_id: row.get(2)?, region: row.get(3)?, date: day(row.get(4)?) };
            if let Some(day) = coverage.days.get_mut(&key) {
                day.kept += count;
            }
        }
        Ok(())
    }

    /// How many of them are missing from the log files that a question is about.
    pub(super) fn pruned_alikes(&self, question: &Question<'_>) -> rusqlite::Result<u64> {
        let files = files_read(question.filter.window, question.late_days);
        let sql = format!(
            "SELECT max(0, ifnull((SELECT sum(f.rows - f.kept) FROM log_files AS f WHERE {files}), 0) - (
                SELECT count(*) FROM assumptions AS a INDEXED BY assumptions_with_copies
                JOIN log_files AS f ON f.id = a.log_file WHERE a.copy <> 0 AND a.copy >= 4 AND {files}
            ))"
        );
        self.connection.query_row(&sql, [], |row| number(row, 0))
    }
}
