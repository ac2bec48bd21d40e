//! What a store holds of issuers that nobody named: events that were kept for their subject alone. They lie beside the
//! others, which take no notice of them; a question that asks for them gets them, and its counters then have them as kept.

use super::handle::Store;
use super::question::StoreQuestion;
use super::rows::columns::number;
use super::rows::state::{IS_LOOK_ALIKE, LookAlikes};
use super::write::day;
use crate::audit::coverage::{Coverage, DayKey};
use crate::domain::issuer::{IssuerRole, Issuers};

impl Store {
    /// What these issuers have to do with them.
    pub(super) fn look_alikes(&self, issuers: &Issuers, scopes: &[(i64, Issuers)]) -> rusqlite::Result<LookAlikes> {
        let is_wider = |(_, scope): &(i64, Issuers)| !scope.clone().with_look_alikes().covers(issuers);
        if !issuers.keeps_look_alikes() && !scopes.iter().any(is_wider) {
            return Ok(LookAlikes::Apart);
        }
        let sql = format!(
            "SELECT DISTINCT ifnull(i.text, '') FROM assumptions AS a INDEXED BY assumptions_with_copies
            LEFT JOIN issuers AS i ON i.id = a.issuer WHERE {IS_LOOK_ALIKE}"
        );
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let mut look_alikes = LookAlikes::Apart;
        while let Some(row) = rows.next()? {
            match issuers.role(row.get_ref(0)?.as_str()?) {
                IssuerRole::Terraform => return Ok(LookAlikes::Decoded),
                IssuerRole::Foreign if !issuers.keeps_look_alikes() => {}
                IssuerRole::Selected | IssuerRole::Foreign => look_alikes = LookAlikes::Verbatim,
            }
        }
        Ok(look_alikes)
    }

    /// Counts those that are asked for as kept, as a scan does.
    pub(super) fn take_in_look_alikes(
        &self,
        coverage: &mut Coverage,
        question: &StoreQuestion<'_>,
    ) -> rusqlite::Result<()> {
        let sql = format!(
            "SELECT ifnull(i.text, ''), s.text, a1.text, r1.text, f.date, count(*)
            FROM assumptions AS a INDEXED BY assumptions_with_copies JOIN log_files AS f ON f.id = a.log_file
            JOIN subjects AS s ON s.id = a.subject
            LEFT JOIN issuers AS i ON i.id = a.issuer
            LEFT JOIN texts AS a1 ON a1.id = f.account
            LEFT JOIN texts AS r1 ON r1.id = f.region
            WHERE {IS_LOOK_ALIKE} AND {} GROUP BY a.issuer, a.subject, f.account, f.region, f.date",
            self.files_read(question.filter.window, question.late_days)
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
    pub(super) fn pruned_look_alikes(&self, question: &StoreQuestion<'_>) -> rusqlite::Result<u64> {
        let files = self.files_read(question.filter.window, question.late_days);
        let sql = format!(
            "SELECT max(0, ifnull((SELECT sum(f.rows - f.kept) FROM log_files AS f WHERE {files}), 0) - (
                SELECT count(*) FROM assumptions AS a INDEXED BY assumptions_with_copies
                JOIN log_files AS f ON f.id = a.log_file WHERE {IS_LOOK_ALIKE} AND {files}
            ))"
        );
        self.connection.query_row(&sql, [], |row| number(row, 0))
    }
}
