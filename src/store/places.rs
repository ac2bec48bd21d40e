//! Which places a store knows beside its log files: days that have some which were not read, since they are of another
//! window (DESIGN §8).

use rusqlite::params;

use super::error::StoreError;
use super::handle::Store;
use super::write::{StoreWriter, day};
use crate::audit::coverage::{Coverage, DAYS_BEFORE, DayKey};
use crate::source::DaysBefore;

impl StoreWriter {
    /// Takes days of places that have log files which were not read.
    pub fn know(&mut self, source: usize, days: &[DayKey]) -> Result<(), StoreError> {
        if days.is_empty() {
            return Ok(());
        }
        self.change(|writer| {
            for DayKey { account_id, region, date } in days {
                let account = writer.name(account_id.as_deref())?;
                let region = writer.name(region.as_deref())?;
                if let (Some(account), Some(region), Some(date)) = (account, region, date) {
                    let sql = "INSERT OR IGNORE INTO known_days VALUES (?, ?, ?, ?)";
                    let values = params![writer.source_id(source), account, region, date.number()];
                    writer.connection().prepare_cached(sql)?.execute(values)?;
                }
            }
            Ok(())
        })
    }

    /// Takes what folders have before the window, and that they were looked into.
    pub fn look_before(&mut self, source: usize, before: &[DaysBefore]) -> Result<(), StoreError> {
        for DaysBefore { folder, first, days } in before {
            let key = |key: &crate::domain::log_key::LogKey| DayKey {
                account_id: key.account.clone(),
                region: key.region.clone(),
                date: key.date,
            };
            self.know(source, &days.iter().map(key).collect::<Vec<_>>())?;
            self.change(|writer| {
                let sql = "INSERT OR IGNORE INTO looked_before VALUES (?, ?, ?)";
                let values = params![writer.source_id(source), folder, first.number()];
                writer.connection().prepare_cached(sql)?.execute(values).map(drop)
            })?;
        }
        Ok(())
    }
}

impl Store {
    /// Tells a coverage which places have log files on the days before its window. What the store did not read of the
    /// window itself stays missing.
    pub(super) fn know_places(&self, coverage: &mut Coverage) -> rusqlite::Result<()> {
        let Some(first) = coverage.window.first_day() else { return Ok(()) };
        let sql = "SELECT DISTINCT a.text, r.text, k.date FROM known_days AS k
            JOIN texts AS a ON a.id = k.account JOIN texts AS r ON r.id = k.region
            WHERE k.date >= ? AND k.date < ?";
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query([first.plus(-DAYS_BEFORE).number(), first.number()])?;
        while let Some(row) = rows.next()? {
            coverage.know(DayKey { account_id: row.get(0)?, region: row.get(1)?, date: day(row.get(2)?) });
        }
        Ok(())
    }
}
